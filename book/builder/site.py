"""The built site: is it whole, and how it takes the place of the last one."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from rooms.written import Facts, facts_of, read_facts

from .book import Book, digest_files
from .problems import BookError, Problem

__all__ = [
    "build_lock",
    "install",
    "pdf_place",
    "read_stamp",
    "recover",
    "site_digest",
    "site_problems",
]


def site_problems(book: Book, site: Path, doctrees: Path) -> list[Problem]:
    """Return dead links, missing files, images without alt text and foreign hosts of a site.

    Args:
        book: the sources.
        site: as it is written.
        doctrees: where it was noted what the pages hold, so that most need not be read again.
    """
    known = read_facts(doctrees)
    pages: dict[Path, Facts] = {}
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site)
        if "_static" not in name.parts:
            noted = known.get(name.as_posix())
            pages[path] = noted or facts_of(path.read_text(encoding="utf-8"), path, site)
    ids = {path: set(page.ids) for path, page in pages.items()}
    problems = []
    for path, page in pages.items():
        source = path.relative_to(site).with_suffix(".md")
        file = (
            f"book/{source}"
            if (book.source / source).is_file()
            else f"site/{path.relative_to(site)}"
        )
        for image in page.without_alt:
            named = image or "an <img> without an address"
            problem = Problem(f"image without alt text: {named}", file, _line(book, file, image))
            problems.append(problem)
        complaints = [
            f"the page loads {asset} from another host; keep it with the site"
            for asset in page.assets
            if urlsplit(asset).netloc
        ]
        found = (_dead(site, path, link, ids) for link in [*page.links, *page.assets])
        complaints += filter(None, found)
        problems += [Problem(text, file) for text in dict.fromkeys(complaints)]
    return problems


def _line(book: Book, file: str, image: str) -> int | None:
    """The line of a page's source on which an image without alt text stands, if it is there."""
    path = book.root / file
    if not path.is_file():
        return None
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for tag in re.findall(r"<img\b[^>]*", text):
            if image in tag and "alt" not in tag:
                return number
    return None


def _dead(site: Path, page: Path, link: str, ids: dict[Path, set[str]]) -> str:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return ""
    target = page
    if parts.path:
        base = site if parts.path.startswith("/") else page.parent
        target = Path(os.path.normpath(base / unquote(parts.path).lstrip("/")))
        if target.is_dir():
            target /= "index.html"
        if not target.is_file():
            return f"dead link: {link}"
    name = unquote(parts.fragment)
    if name and name not in ids.get(target, {name}):
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


def pdf_place(book: Book) -> Path:
    """Where the PDF of the site as it stands lies, if it has been printed: ``book/pdf.py``."""
    title = re.sub(r"\W+", "-", str(book.config.get("title", ""))).strip("-").lower() or "book"
    return book.build / "pdf" / site_digest(book.site) / f"{title}.pdf"
