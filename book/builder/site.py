"""The built site: is it whole, and how it takes the place of the last one."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from .book import Book, digest_files
from .problems import BookError, Problem

__all__ = ["build_lock", "install", "read_stamp", "recover", "site_digest", "site_problems"]


@dataclass
class _Links(HTMLParser):
    """What a page defines and what it asks for."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    assets: list[str] = field(default_factory=list)
    without_alt: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def __hash__(self) -> int:
        return id(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in ("id", "name") if tag == "a" else ("id",):
            if given.get(name):
                self.ids.add(str(given[name]))
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag == "link" and given.get("href"):
            keep = {"canonical", "author", "search", "index", "next", "prev"}
            target = self.links if keep & set(str(given.get("rel")).split()) else self.assets
            target.append(str(given["href"]))
        if tag in {"img", "script", "source", "iframe", "audio", "video"} and given.get("src"):
            self.assets.append(str(given["src"]))
        if tag == "img" and "alt" not in given:  # an empty one says: for decoration
            self.without_alt.append(str(given.get("src")))


def site_problems(book: Book, site: Path) -> list[Problem]:
    """Return dead links, missing files, images without alt text and foreign hosts of a site."""
    pages: dict[Path, _Links] = {}
    for path in sorted(site.rglob("*.html")):
        if "_static" in path.relative_to(site).parts:
            continue
        pages[path] = parser = _Links()
        parser.feed(path.read_text(encoding="utf-8"))
    problems = []
    for path, page in pages.items():
        source = path.relative_to(site).with_suffix(".md")
        file = (
            f"book/{source}"
            if (book.source / source).is_file()
            else f"site/{path.relative_to(site)}"
        )
        complaints = [f"image without alt text: {image}" for image in page.without_alt]
        complaints += [
            f"the page loads {asset} from another host; keep it with the site"
            for asset in page.assets
            if urlsplit(asset).netloc
        ]
        found = (_dead(site, path, link, pages) for link in [*page.links, *page.assets])
        complaints += filter(None, found)
        problems += [Problem(text, file) for text in dict.fromkeys(complaints)]
    return problems


def _dead(site: Path, page: Path, link: str, pages: dict[Path, _Links]) -> str:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return ""
    target = page
    if parts.path:
        base = site if parts.path.startswith("/") else page.parent
        target = (base / unquote(parts.path).lstrip("/")).resolve()
        if target.is_dir():
            target /= "index.html"
        if not target.is_file():
            return f"dead link: {link}"
    name = unquote(parts.fragment)
    if name and target in pages and name not in pages[target].ids:
        return f"dead link: nothing is called #{parts.fragment} in {target.relative_to(site)}"
    return ""


@contextmanager
def build_lock(book: Book) -> Iterator[None]:
    """Hold the build folder alone.

    Raises:
        BookError: another build holds it.
    """
    book.build.mkdir(parents=True, exist_ok=True)
    with (book.build / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BookError("Another build of this book is running; wait for it to end.") from None
        yield


def install(new: Path, place: Path) -> None:
    """Put the folder ``new`` in ``place``; what was there goes only once it stands."""
    old = place.with_name(f"{place.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def recover(place: Path) -> None:
    """Undo a swap that was interrupted between its two renames."""
    old = place.with_name(f"{place.name}.old")
    if old.exists():
        if place.exists():
            shutil.rmtree(old)
        else:
            old.rename(place)


def read_stamp(stamp: Path) -> dict[str, Any]:
    """What is known of the last good build, or nothing."""
    try:
        return dict(json.loads(stamp.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def site_digest(site: Path) -> str:
    """A digest of the site as it stands, so that a damaged one is not taken for good."""
    return digest_files(site, site.rglob("*")) if site.is_dir() else ""
