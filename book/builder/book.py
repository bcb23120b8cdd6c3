"""The sources of a book: where they are, what they must hold, and their digests."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
import yaml
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

from .problems import BookError, Problem

__all__ = ["Book", "Cell", "Page", "digest_files"]

_NOT_SOURCES = {"_build", "__pycache__", ".ipynb_checkpoints"}
_OPTIONS = re.compile(r"^.+? cell \d+ at line \d+ could not be read: ParseWarnings\(msg='(.+?)',")
# What Jupyter Book reads as well, and how it becomes MyST markdown.
_OTHER_FORMATS = {
    ".ipynb": "jupytext --to md:myst {}",
    ".rst": "rst2myst convert {}",
}
_FORBIDDEN_TAGS = {"raises-exception", "skip-execution"}  # a failing cell could hide behind them


@dataclass(frozen=True)
class Cell:
    """A code cell of a page.

    Attributes:
        index: its index among all cells of the notebook.
        number: its number among the code cells, from 1.
        line: the line of the file where its code begins, from 1.
        tags: its tags.
    """

    index: int
    number: int
    line: int
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A page of the book: ``name`` is its path in ``book/`` without the suffix."""

    name: str
    path: Path
    file: str

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def runs(self) -> bool:
        return bool(is_myst_markdown_notebook(self.text))

    @cached_property
    def notebook(self) -> nbformat.NotebookNode:
        return read_myst_markdown_notebook(self.text, add_source_map=True, path=self.path)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        lines = self.text.splitlines()
        cells: list[Cell] = []
        starts = self.notebook.metadata["source_map"]
        for index, (cell, start) in enumerate(zip(self.notebook.cells, starts, strict=True)):
            if cell.cell_type != "code":
                continue
            first = cell.source.splitlines()[0] if cell.source else ""
            line = next((i for i in range(start, len(lines)) if lines[i] == first), start)
            tags = tuple(cell.metadata.get("tags", ()))
            cells.append(Cell(index, len(cells) + 1, line + 1, tags))
        return tuple(cells)

    @cached_property
    def unreadable(self) -> Problem | None:
        """Why this page cannot be read as cells, if it runs and cannot."""
        if not self.runs:
            return None
        try:
            _ = self.cells
        except Exception as error:  # the reader's many errors all mean the same here
            text = str(error)
            told = _OPTIONS.search(text)
            found = re.search(r"line (\d+)", text)
            line = int(found.group(1)) if found else 1
            if told:  # as myst-nb has it, and then what it nearly always is
                text = f"{told.group(1)}; a text with a colon in it needs quotes"
            return Problem(f"this page cannot be read: {text}", self.file, line)
        return None


class Book:
    """A book below ``root``: ``book/``, ``ebm_snippets/`` and ``requirements.txt``."""

    def __init__(self, root: Path, *, live: bool = False) -> None:
        self.root = root.resolve()
        self.live = live
        self.source = self.root / "book"
        self.build = self.source / "_build"
        # A live site may have problems, so it never stands where the last good one does.
        home = self.build / "live" if live else self.build
        self.site = home / "html"
        self.pages_as_read = home / ".read"  # Sphinx's doctrees, and the images they refer to
        self.stamp = home / ".good.json"

    def relative(self, path: Path | str) -> str:
        """A path as it is told to people: relative to the root where it is below it."""
        path = Path(path)
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
        )

    @cached_property
    def config(self) -> dict[str, Any]:
        try:
            config = yaml.safe_load((self.source / "_config.yml").read_text(encoding="utf-8"))
        except OSError as error:
            raise BookError(f"book/_config.yml cannot be read: {error.strerror}.") from None
        except yaml.YAMLError as error:
            raise BookError(f"book/_config.yml is not valid YAML: {error}.") from None
        if not isinstance(config, dict):
            raise BookError("book/_config.yml must map names to settings, such as title: ...")
        return config

    @property
    def repository(self) -> str:
        """The address of the repository on GitHub, empty where the book has none."""
        address = str(self.config.get("repository", {}).get("url", "")).rstrip("/")
        name = os.environ.get("GITHUB_REPOSITORY")
        return f"https://github.com/{name}" if address and name else address

    @property
    def address(self) -> str:
        """Where the site is published, without a slash at the end; empty without a repository.

        A domain of one's own is named in ``html: baseurl``. It is that of the repository which the
        same file names, so a fork does not take it over.
        """
        if not self.repository:
            return ""
        if "html_baseurl" in ((self.config.get("sphinx") or {}).get("config") or {}):
            raise BookError(
                "sphinx: config: html_baseurl in book/_config.yml is not read; name a domain of "
                "your own in html: baseurl."
            )
        own = str((self.config.get("html") or {}).get("baseurl") or "").rstrip("/")
        named = str(self.config["repository"]["url"]).rstrip("/")
        if own and not re.fullmatch(r"https://[\w.-]+", own):
            raise BookError(
                "html: baseurl in book/_config.yml must be https:// and a domain, such as "
                f"https://book.example.org; it is {own}."
            )
        if own and self.repository.lower() == named.lower():
            return own
        owner, name = self.repository.split("/")[-2:]
        host = f"{owner.lower()}.github.io"
        return f"https://{host}" if name.lower() == host else f"https://{host}/{name}"

    @property
    def timeout(self) -> int:
        """Seconds that one cell may take."""
        return int(self.config.get("execute", {}).get("timeout", 120))

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """The pages that ``_toc.yml`` names and that exist, in its order."""
        return tuple(page for page in self._named_pages if page.path.is_file())

    @cached_property
    def _named_pages(self) -> tuple[Page, ...]:
        try:
            site_map = parse_toc_yaml(self.source / "_toc.yml")
        except OSError as error:
            raise BookError(f"book/_toc.yml cannot be read: {error.strerror}.") from None
        except (MalformedError, yaml.YAMLError) as error:
            raise BookError(f"book/_toc.yml is not a table of contents: {error}.") from None
        names = dict.fromkeys([site_map.root.docname, *_in_order(site_map.root, site_map)])
        pages = []
        for name in names:
            stem = re.sub(r"\.(md|ipynb|rst)$", "", name)
            path = self.source / f"{stem}.md"
            pages.append(Page(stem, path, self.relative(path)))
        return tuple(pages)

    def source_problems(self) -> list[Problem]:
        """What is wrong before anything runs."""
        problems: list[Problem] = []
        named = {page.path for page in self._named_pages}
        toc_lines = (self.source / "_toc.yml").read_text(encoding="utf-8").splitlines()
        for page in self._named_pages:
            if not page.path.is_file() and not any(
                page.path.with_suffix(suffix).is_file() for suffix in _OTHER_FORMATS
            ):
                line = next((i for i, t in enumerate(toc_lines, 1) if page.name in t), None)
                problems.append(
                    Problem(f"{page.file} is named here but does not exist", "book/_toc.yml", line)
                )
        problems += [
            Problem(
                "this page is in no table of contents; add it to book/_toc.yml",
                self.relative(path),
            )
            for path in self._files()
            if path.suffix in {".md", *_OTHER_FORMATS} and path.with_suffix(".md") not in named
        ]
        problems += self.foreign
        problems += _same_notebooks(self.pages)
        for page in self.pages:
            problems.extend(_forbidden(page))
        return problems

    @cached_property
    def foreign(self) -> list[Problem]:
        """Pages that are named but are no MyST markdown, which alone this build reads."""
        found = []
        for page in self._named_pages:
            for suffix, how in _OTHER_FORMATS.items():
                path = page.path.with_suffix(suffix)
                if not page.path.is_file() and path.is_file():
                    file = self.relative(path)
                    told = f"a page is MyST markdown here; convert it with: {how.format(file)}"
                    found.append(Problem(told, file))
        return found

    def _files(self) -> list[Path]:
        """Every source file of the book."""
        found = []
        for folder, folders, files in os.walk(self.source):
            folders[:] = sorted(set(folders) - _NOT_SOURCES)
            found += [Path(folder, name) for name in sorted(files) if not name.endswith(".pyc")]
        return found

    def execution_key(self, environment: dict[str, Any]) -> str:
        """A digest of all that a chapter's outputs depend on beside its own cells."""
        return self.package_digest(platform.python_version(), repr(environment))

    def package_digest(self, *words: str) -> str:
        """A digest of the package, of the versions that it is used with, and of some words."""
        code = [p for p in (self.root / "ebm_snippets").rglob("*") if "__pycache__" not in p.parts]
        return digest_files(self.root, [*code, self.root / "requirements.txt"], *words)

    def reading_key(self, execution_key: str) -> str:
        """A digest of all that Sphinx's reading of one page depends on beside that page."""
        others = [path for path in self._files() if path.suffix != ".md"]
        # Sphinx's doctrees name absolute paths, so they are of no use in another place.
        place = str(self.root)
        return digest_files(self.root, others, execution_key, self._toolchain(), place)

    def everything_key(self, execution_key: str, commit: str) -> str:
        """A digest of all that the site depends on."""
        words = (execution_key, commit, self._toolchain(), self.repository)
        return digest_files(self.root, self._files(), *words)

    def _toolchain(self) -> str:
        here = Path(__file__).parent.parent
        parts = [path for name in ("builder", "rooms") for path in (here / name).rglob("*")]
        return digest_files(here, [path for path in parts if "__pycache__" not in path.parts])

    @cached_property
    def commit(self) -> str:
        """The commit checked out, marked where files differ from it; empty outside git."""
        try:
            head = self._git("rev-parse", "HEAD")
            changed = self._git("status", "--porcelain", "--", ".")
        except (OSError, subprocess.CalledProcessError):
            return ""
        return f"{head} with uncommitted changes" if changed else head

    def _git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.root), *arguments]
        result = subprocess.run(command, capture_output=True, text=True, check=True)
        return result.stdout.strip()


def _in_order(document: Any, site_map: Any) -> Iterable[str]:
    for child in document.child_files():
        yield child
        if child in site_map:
            yield from _in_order(site_map[child], site_map)


def _same_notebooks(pages: Iterable[Page]) -> Iterable[Problem]:
    """Pages of one file name, whose notebooks would overwrite each other."""
    first: dict[str, Page] = {}
    for page in pages:
        name = page.path.name
        if page.runs and first.setdefault(name, page) is not page:
            yield Problem(
                f"{first[name].file} has the same file name, and so the same notebook; rename one",
                page.file,
                1,
            )


def _forbidden(page: Page) -> Iterable[Problem]:
    """What would let a failing cell pass."""
    if not page.runs:
        return
    if page.unreadable:
        yield page.unreadable
        return
    if page.notebook.metadata.get("execution", {}).get("allow_errors"):
        yield Problem("allow_errors would hide a failing cell; remove it", page.file, 1)
    if not page.notebook.metadata.get("kernelspec", {}).get("name"):
        yield Problem("a page that runs needs kernelspec: name: python3 at its top", page.file, 1)
    for cell in page.cells:
        for tag in _FORBIDDEN_TAGS.intersection(cell.tags):
            yield Problem(
                f"the tag {tag} would hide a failing cell; remove it",
                page.file,
                cell.line,
                cell.number,
            )


def digest_files(root: Path, paths: Iterable[Path], *words: str) -> str:
    """A digest of files' names and contents, and of some words."""
    digest = hashlib.sha256()
    for word in words:
        digest.update(f"{len(word)}:{word}".encode())
    for path in sorted(path for path in set(paths) if path.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


_CELL_LINE = re.compile(r"(?:Cell In\[\d+\]|<ipython-input[^>]*>)[^\n]*?line (\d+)")


def line_in_cell(traceback: str) -> int:
    """The line of the cell, from 1, that a stack trace begins in."""
    found = _CELL_LINE.search(traceback)
    return int(found.group(1)) if found else 1
