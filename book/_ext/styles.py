"""One style sheet for the whole site, without the rules that can match nothing in it.

A browser shows nothing before it has every style sheet, and the theme's are for every site that
can be. Here those that pages link to are joined in their order, and a rule goes if a class, id,
attribute or element that its selector names occurs nowhere: in no tag of any page, and as no
word of any script that a page loads. Scripts count as a whole, since open menus, tooltips and
search results are made of words in them; so does what is not looked at, such as ``:not()`` and
the values of attributes. What goes could therefore never have matched. That needs no browser
and no matching of selectors, and adding a page can only add rules. Custom properties that nothing
reads go as well, which about half of the theme's are.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import tinycss2
from sphinx.application import Sphinx
from written import attributes, local_file, pages, rewrite, when_written

JOINED = Path("_static", "styles", "site.css")
LINK = re.compile(r'[ \t]*<link\b[^>]*\brel="stylesheet"[^>]*>\n?')
TAG = re.compile(r"<[a-zA-Z][^>]*>")
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL)
WORD = re.compile(r"[\w-]+")
ADDRESS = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"'\s]*))\s*\)""")
IMPORT = re.compile(r"""@import\s+(?:url\()?["']?([^"')]+)["']?\)?\s*;""")
GROUPS = {"media", "supports", "layer", "container"}  # at-rules that hold rules


class Words:
    """What occurs in a site: every word of its tags and of the scripts that it loads."""

    def __init__(self, tags: str, scripts: str) -> None:
        self._in_scripts = set(WORD.findall(scripts))
        self._words = set(WORD.findall(tags)) | self._in_scripts
        # "tooltip-" + place: a script may put names together.
        self._beginnings = tuple(word for word in self._in_scripts if re.search(r"\w\w-$", word))

    def __contains__(self, name: str) -> bool:
        return (
            name in self._words
            or name.lower() in self._words
            or name.startswith(self._beginnings)
            or (name.startswith("data-") and _camel_case(name[5:]) in self._in_scripts)
        )


def _camel_case(name: str) -> str:
    """The name by which a script knows an attribute: ``bs-theme`` is ``dataset.bsTheme``."""
    first, *others = name.split("-")
    return first + "".join(other.capitalize() for other in others)


def words_of(site: Path) -> Words:
    """The words of all pages of a site."""
    tags, scripts, files = [], [], set()
    for page in pages(site):
        text = page.read_text(encoding="utf-8")
        tags += TAG.findall(SCRIPT.sub("", text))
        for given, body in SCRIPT.findall(text):
            scripts.append(body)
            file = local_file(page, attributes(given).get("src", ""))
            files.update({file} if file else ())
    scripts += [file.read_text(encoding="utf-8") for file in sorted(files)]
    return Words("\n".join(tags), "\n".join(scripts))


def reduced(css: str, words: Words) -> str:
    """Return a style sheet without what can have no effect in a site of these words."""
    return without_unread(without_unused(css, words), words)


def without_unused(css: str, words: Words) -> str:
    """Return a style sheet without the rules that can match nothing."""

    def used(rule: Any) -> str:
        found = [part for part in _parts(rule.prelude) if _can_match(part, words)]
        block = tinycss2.serialize(rule.content).strip()
        selectors = ",".join(tinycss2.serialize(part).strip() for part in found)
        return f"{selectors}{{{block}}}" if found and block else ""

    return "".join(f"{rule}\n" for rule in _written(_rules(css), used))


def without_unread(css: str, words: Words) -> str:
    """Return a style sheet without the custom properties that nothing reads.

    Nothing reads what is a word of no page and no script, and stands in no ``var()`` but those of
    other such properties.
    """
    rules = _rules(css)
    readers = _readers(rules)
    read: set[str] = set()
    waiting = ["", *(name for name in readers if name in words)]
    while waiting:
        if (name := waiting.pop()) not in read:
            read.add(name)
            waiting += readers[name]

    def of_read(rule: Any) -> str:
        block = ";".join(
            part.serialize()
            for part in _declarations(rule)
            if not _is_custom(part) or part.name in read
        )
        return f"{tinycss2.serialize(rule.prelude).strip()}{{{block}}}" if block else ""

    return "".join(f"{rule}\n" for rule in _written(rules, of_read))


def _rules(css: Any) -> list[Any]:
    return tinycss2.parse_rule_list(css, skip_comments=True, skip_whitespace=True)


def _written(rules: Iterable[Any], of_rule: Callable[[Any], str]) -> Iterator[str]:
    """The text of rules: what is said of each with a selector, and all others as they are."""
    for rule in rules:
        if rule.type == "qualified-rule":
            if text := of_rule(rule):
                yield text
        elif rule.type == "at-rule" and rule.content and rule.lower_at_keyword in GROUPS:
            if block := "".join(_written(_rules(rule.content), of_rule)):
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{block}}}"
        elif rule.type != "error":
            yield rule.serialize()


def _readers(rules: Iterable[Any]) -> dict[str, set[str]]:
    """The custom properties that each of them reads, and those that all else reads, as ""."""
    found: dict[str, set[str]] = defaultdict(set)
    for rule in rules:
        if rule.type == "at-rule" and rule.content and rule.lower_at_keyword in GROUPS:
            for name, names in _readers(_rules(rule.content)).items():
                found[name] |= names
        elif rule.type == "qualified-rule":
            for part in _declarations(rule):
                found[part.name if _is_custom(part) else ""].update(_variables([part]))
        else:
            found[""].update(_variables([rule]))
    return found


def _declarations(rule: Any) -> list[Any]:
    """The declarations of a rule and the rules within it."""
    parts = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    return [part for part in parts if part.type != "error"]  # a browser drops it as well


def _is_custom(part: Any) -> bool:
    return part.type == "declaration" and part.name.startswith("--")


def _variables(nodes: Iterable[Any]) -> Iterator[str]:
    """The names of all custom properties in ``var()``, however deep."""
    for node in nodes:
        for within in ("value", "content", "arguments"):
            if isinstance(inner := getattr(node, within, None), list):
                yield from _variables(inner)
        if node.type == "function" and node.lower_name == "var":
            yield next(part.value for part in node.arguments if part.type == "ident")


def _parts(prelude: list[Any]) -> Iterator[list[Any]]:
    """The selectors of a list of selectors."""
    part: list[Any] = []
    for token in prelude:
        if token == ",":
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _can_match(selector: list[Any], words: Words) -> bool:
    """Whether everything that a selector asks for occurs."""
    before = None
    for token in selector:
        asked = ""
        if token.type == "hash" or (token.type == "ident" and before != ":"):
            asked = token.value
        elif token.type == "[] block":
            asked = next(part.value for part in token.content if part.type == "ident")
        if asked and asked not in words:
            return False
        before = token
    return True


def read(file: Path, home: Path) -> str:
    """A style sheet with all that it imports, and with addresses as seen from ``home``."""

    def address(found: re.Match[str]) -> str:
        given = next(filter(None, found.groups()), "")
        if re.match(r"[a-z]+:|/|#|$", given):
            return found.group()
        path = os.path.normpath(file.parent / given)
        return f'url("{Path(os.path.relpath(path, home)).as_posix()}")'

    css = file.read_text(encoding="utf-8").removeprefix('@charset "UTF-8";')
    own, *rest = IMPORT.split(css)
    joined = ADDRESS.sub(address, own)
    for imported, own in zip(rest[::2], rest[1::2], strict=True):
        joined += f"{read((file.parent / imported).resolve(), home)}\n{ADDRESS.sub(address, own)}"
    return joined


def sheets_of(page: Path, text: str) -> dict[str, tuple[Path, str]]:
    """The links to style sheets of the site on a page, each with its file and its media."""
    found = {}
    for link in LINK.findall(text):
        given = attributes(link)
        file = local_file(page, given.get("href", ""))
        if file is not None:
            found[link] = (file, given.get("media", "all"))
    return found


def in_order(lists: Iterable[Iterable[Any]]) -> list[Any]:
    """One list that keeps the order of each: what is new comes after what it followed."""
    joined: list[Any] = []
    for items in lists:
        place = 0
        for item in items:
            if item not in joined:
                joined.insert(place, item)
            place = joined.index(item) + 1
    return joined


def join(site: Path) -> None:
    """Write the one style sheet of a site and lead every page to it."""
    texts = {page: page.read_text(encoding="utf-8") for page in pages(site)}
    sheets = in_order(sheets_of(page, text).values() for page, text in texts.items())
    if not sheets:
        return
    home = site / JOINED.parent
    css = "\n".join(
        read(file, home) if media == "all" else f"@media {media} {{\n{read(file, home)}\n}}"
        for file, media in sheets
    )
    css = reduced(css, words_of(site))
    home.mkdir(parents=True, exist_ok=True)
    (site / JOINED).write_text(css, encoding="utf-8")
    digest = hashlib.sha256(css.encode()).hexdigest()[:8]

    def link_to_joined(text: str, page: Path) -> str:
        address = Path(os.path.relpath(site / JOINED, page.parent)).as_posix()
        link = f'    <link rel="stylesheet" type="text/css" href="{address}?v={digest}" />\n'
        new = iter([link])
        joined = sheets_of(page, text)
        return LINK.sub(lambda it: next(new, "") if it[0] in joined else it[0], text)

    rewrite(site, link_to_joined)


def setup(app: Sphinx) -> dict[str, bool]:
    # Late: the theme and other extensions write style sheets when the build is finished.
    when_written(app, lambda app: join(Path(app.outdir)), priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
