"""The one finish: the written pages, taken through the steps that come after writing.

Sphinx has written some pages, and the rest are as an earlier build finished them. Each new page
is read once, goes through every step of ``order.PAGES``, and is written once. What later steps and
the checks of a build want to know of a page (its words, links and style sheets) is noted at that
one reading, and kept for the next build, so that a page that did not change is not read again.

A page is known to be finished by its digest. So to run all of this twice changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.application import Sphinx

from . import order

__all__ = ["Facts", "Site", "attributes", "facts_of", "kept", "local_file", "read_facts"]

Change = Callable[[str, Path], str]

_AFTER_OTHERS = 900  # extensions of others write style sheets and scripts when a build is finished
_FACTS = "written.json"
_TAG = re.compile(r"<[a-zA-Z][^>]*>")
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL)
_SHEET = re.compile(r'[ \t]*<link\b[^>]*\brel="stylesheet"[^>]*>\n?')
_WORD = re.compile(r"[\w-]+")


@dataclass
class Facts:
    """What is known of a finished page.

    Attributes:
        digest: of the file.
        words: every word of its tags.
        script_words: every word of the scripts that stand in it.
        scripts: the files of the site that it loads as scripts.
        sheets: the style sheets of the site that it links to, each with its medium.
        ids: what links may lead to.
        links: where its links lead.
        assets: what it loads.
        without_alt: images that say nothing to those who cannot see them.
    """

    digest: str = ""
    words: list[str] = field(default_factory=list)
    script_words: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    sheets: list[tuple[str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    assets: list[str] = field(default_factory=list)
    without_alt: list[str] = field(default_factory=list)


class Site:
    """A site that is being finished.

    Attributes:
        folder: where it is written.
        facts: what is known of each page, by its path in the folder, in alphabetical order.
        texts: the pages that are written now, on their way through the steps.
    """

    def __init__(self, app: Sphinx) -> None:
        self.app = app
        self.folder = Path(app.outdir)
        self.facts: dict[str, Facts] = {}
        self.texts: dict[str, str] = {}

    def read(self, known: dict[str, Facts]) -> None:
        """Read every page that is not known as it is."""
        for path in _pages(self.folder):
            name = path.relative_to(self.folder).as_posix()
            content = path.read_bytes()
            facts = known.get(name, Facts())
            if facts.digest != _digest(content):
                self.texts[name] = content.decode()
            self.facts[name] = facts

    def change(self, changes: list[Change]) -> None:
        """Take each page that was read through the steps, and note what is to be known of it."""
        for name, text in self.texts.items():
            path = self.folder / name
            for change in changes:
                text = change(text, path)
            self.texts[name] = text
            self.facts[name] = facts_of(text, path, self.folder)

    def text(self, name: str) -> str:
        """A page as it is now; it will be written again."""
        if name not in self.texts:
            self.texts[name] = (self.folder / name).read_text(encoding="utf-8")
        return self.texts[name]

    def write(self) -> None:
        """Write every page that was read, once."""
        for name, text in self.texts.items():
            content = text.encode()
            (self.folder / name).write_bytes(content)
            self.facts[name].digest = _digest(content)


def setup(app: Sphinx) -> dict[str, bool]:
    """Have the written pages finished at the end of a build, whichever rooms are there."""
    app.add_config_value("kept_folder", "", "", types=[str])
    app.add_config_value("build_record", {}, "", types=[dict])
    app.connect("build-finished", _finish, priority=_AFTER_OTHERS)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _finish(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    for step in order.steps(app, order.BEFORE_PAGES):
        step(app)
    site = Site(app)
    site.read(read_facts(Path(app.doctreedir)))
    site.change(order.steps(app, order.PAGES))
    for step in order.steps(app, order.SITE):
        step(site)
    site.write()
    _sweep(site)
    kept = {name: vars(facts) for name, facts in site.facts.items()}
    Path(app.doctreedir, _FACTS).write_text(json.dumps(kept), encoding="utf-8")


def _sweep(site: Site) -> None:
    """Remove images that a page showed in an earlier build and none shows now."""
    shown = {
        unquote(urlsplit(address).path.rpartition("/")[2])
        for facts in site.facts.values()
        for address in [*facts.assets, *facts.links]
        if "_images/" in address
    }
    images = site.folder / "_images"
    for path in sorted(images.iterdir()) if images.is_dir() else ():
        if path.name not in shown:
            path.unlink()


def read_facts(doctrees: Path) -> dict[str, Facts]:
    """What the last build that read into ``doctrees`` noted of each page."""
    path = doctrees / _FACTS
    if not path.is_file():
        return {}
    noted = json.loads(path.read_text(encoding="utf-8"))
    return {name: Facts(**facts) for name, facts in noted.items()}


def facts_of(text: str, path: Path, site: Path) -> Facts:
    """Note of a page what later steps and checks want to know."""
    home = site.resolve()

    def in_site(address: str) -> str:
        file = local_file(path, address)
        return file.relative_to(home).as_posix() if file else ""

    parser = _Links()
    parser.feed(text)
    scripts = _SCRIPT.findall(text)
    files = (in_site(attributes(given).get("src", "")) for given, _ in scripts)
    sheets = (attributes(link) for link in _SHEET.findall(text))
    found = ((in_site(given.get("href", "")), given.get("media", "all")) for given in sheets)
    return Facts(
        words=sorted(set(_WORD.findall("\n".join(_TAG.findall(_SCRIPT.sub("", text)))))),
        script_words=sorted(set(_WORD.findall("\n".join(body for _, body in scripts)))),
        scripts=[file for file in files if file],
        sheets=[(file, medium) for file, medium in found if file],
        ids=sorted(parser.ids),
        links=list(dict.fromkeys(parser.links)),
        assets=list(dict.fromkeys(parser.assets)),
        without_alt=parser.without_alt,
    )


class _Links(HTMLParser):
    """What a page defines and what it asks for."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.assets: list[str] = []
        self.without_alt: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in ("id", "name") if tag == "a" else ("id",):
            if given.get(name):
                self.ids.add(str(given[name]))
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag == "link" and given.get("href"):
            leads = {"canonical", "author", "search", "index", "next", "prev"}
            target = self.links if leads & set(str(given.get("rel")).split()) else self.assets
            target.append(str(given["href"]))
        if tag in {"img", "script", "source", "iframe", "audio", "video"} and given.get("src"):
            self.assets.append(str(given["src"]))
        if tag == "img" and "alt" not in given:  # an empty one says: for decoration
            self.without_alt.append(str(given.get("src") or ""))


def _pages(site: Path) -> Iterator[Path]:
    """Every page of a site, in order."""
    for path in sorted(site.rglob("*.html")):
        if "_static" not in path.relative_to(site).parts:
            yield path


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def attributes(tag: str) -> dict[str, str]:
    """The attributes of a tag as Sphinx and the theme write them: in double quotes, or bare."""
    found = re.findall(r'\s([\w:-]+)(?:="([^"]*)")?', tag)
    return dict(found)


def local_file(page: Path, address: str) -> Path | None:
    """The file of the site that a page means by ``address``, if there is one."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path:
        return None
    path = (page.parent / unquote(parts.path)).resolve()
    return path if path.is_file() else None


def kept(app: Sphinx, name: str, made_of: object, make: Callable[[], bytes]) -> bytes:
    """Return what an earlier build made of the same things, or make it and keep it.

    The build names a folder whose own name stands for the code, the settings and the versions of
    all that is at work; so what is kept there can differ by ``made_of`` alone.

    Args:
        app: the application.
        name: what is kept, for those who look into the folder.
        made_of: all that the result depends on; its ``repr`` must say it in full.
        make: called where nothing is kept.
    """
    digest = hashlib.sha256(repr(made_of).encode()).hexdigest()[:32]
    folder = Path(app.config.kept_folder or Path(app.doctreedir, "kept"))
    path = folder / f"{name}-{digest}"
    if path.is_file():
        return path.read_bytes()
    content = make()
    folder.mkdir(parents=True, exist_ok=True)
    # By a rename, so that an interruption leaves no half of it.
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.write_bytes(content)
    unfinished.replace(path)
    return content
