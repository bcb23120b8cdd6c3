"""Render the book's pages with Sphinx, as Jupyter Book configures it."""

from __future__ import annotations

import io
import logging
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import FileSystemBytecodeCache
from jupyter_book.config import get_final_config
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging as sphinx_logging
from sphinx.util.console import nocolor
from sphinx.util.docutils import docutils_namespace, patch_docutils

from .book import Book
from .keep import keep, write_only_what_changed
from .places import correct_places
from .problems import Problem

__all__ = ["Rendered", "render"]

_UNUSED = {"sphinx_thebe", "sphinx_comments", "sphinx_jupyterbook_latex"}
_SETTINGS_OF_UNUSED = ("comments_config", "latex_individualpages", "use_jupyterbook_latex")


@dataclass
class Rendered:
    """What became of the pages.

    Attributes:
        problems: every warning and error.
        whole: whether Sphinx came to its end. If not, links that lead nowhere are no news.
    """

    problems: list[Problem]
    whole: bool = True


def render(
    book: Book,
    output: Path,
    doctrees: Path,
    *,
    cache: Path,
    kept: Path,
    record: dict[str, Any],
    reread: Collection[str],
    failed: Collection[str],
) -> Rendered:
    """Read and write what changed.

    Args:
        book: the sources.
        output: an empty folder for the site.
        doctrees: pages as read before, where they may be used again.
        cache: where executed chapters are found; nothing is executed here.
        kept: a folder for what is costly to make, whose name stands for all code and settings.
        record: device, versions and seconds of this build, for the colophon.
        reread: pages to read again although their text has not changed.
        failed: pages that did not execute. They are read without outputs, and
            what is missing from them for that reason is not complained about.

    Returns:
        Every warning and error, and whether all pages are there.
    """
    nocolor()
    correct_places()
    config, _ = get_final_config(
        user_yaml=book.source / "_config.yml",
        cli_config={"latex_individualpages": False},
        sourcedir=book.source,
        use_external_toc=True,
    )
    if book.repository:
        config["html_theme_options"]["repository_url"] = book.repository
    config["html_baseurl"] = f"{book.address}/" if book.address else ""
    config.update(
        nitpicky=True,
        # A page that the table of contents names and that is missing has been told by then.
        suppress_warnings=[*config.get("suppress_warnings", []), "etoc.ref"],
        nb_execution_mode="cache",
        nb_execution_cache_path=str(cache),
        nb_execution_excludepatterns=[f"{book.source}/{name}.md" for name in failed],
        build_record=record,
        kept_folder=str(kept),
    )
    # What Jupyter Book brings along and no page uses.
    config["extensions"] = [name for name in config["extensions"] if name not in _UNUSED]
    config["extensions"].append("rooms.written")  # it knows the settings of a build, in any book
    for name in _SETTINGS_OF_UNUSED:
        config.pop(name, None)
    leftover = io.StringIO()
    collector = _Collector(book, failed)
    with patch_docutils(str(book.source)), docutils_namespace():
        try:
            app = Sphinx(
                srcdir=str(book.source),
                confdir=None,
                outdir=str(output),
                doctreedir=str(doctrees),
                buildername="html",
                confoverrides=config,
                status=None,
                warning=leftover,
            )
            if app._warncount:  # said before anybody could listen
                problem = Problem("Sphinx warned as it began", details=leftover.getvalue())
                collector.problems.append(problem)
            # The theme's templates take as long to compile as a page to write.
            app.builder.templates.environment.bytecode_cache = FileSystemBytecodeCache(str(kept))
            collector.listen_to(app)
            if _is_numbered(book):
                app.setup_extension("sphinx_multitoc_numbering")
            app.connect("env-get-outdated", lambda *_: sorted(reread))
            app.connect("env-updated", _write_in_parallel, priority=1)
            everywhere = (book.repository, book.address, book.commit.partition(" ")[0])
            write_only_what_changed(app, book.site, everywhere)
            app.build()
            keep(app)
        except SphinxError as error:
            return Rendered([*collector.problems, Problem(f"Sphinx stopped: {error}")], whole=False)
        except OSError:
            raise
        except Exception as error:
            stop = Problem(f"Sphinx stopped with {type(error).__name__}: {error}")
            return Rendered([*collector.problems, stop], whole=False)
        finally:
            collector.stop()
    return Rendered(collector.problems)


def _write_in_parallel(app: Sphinx, env: BuildEnvironment) -> None:
    """Let Sphinx write on all processors. Reading stays serial, which numbering asks for."""
    app.parallel = max(2, os.cpu_count() or 1)


def _is_numbered(book: Book) -> bool:
    """Whether the table of contents numbers any part (as Jupyter Book asks it)."""
    toc = yaml.safe_load((book.source / "_toc.yml").read_text(encoding="utf-8"))
    return bool(re.search(r"'numbered': (True|[1-9])", repr(toc)))


class _Translator(sphinx_logging.WarningLogRecordTranslator):
    """Turns the name of a page, as a warning's place, into a path.

    Sphinx hands some warnings out twice, and its own handler translates them too. A path without
    a line would be taken for another name, and ``page.md.rst`` be told beside ``page.md``.
    """

    def filter(self, record: Any) -> bool:
        location = getattr(record, "location", None)
        done = isinstance(location, str) and Path(location).is_absolute()
        return done or super().filter(record)


class _Collector(logging.Handler):
    """Collects Sphinx's warnings with their places in the sources."""

    def __init__(self, book: Book, failed: Collection[str]) -> None:
        super().__init__(logging.WARNING)
        self.problems: list[Problem] = []
        self._book = book
        self._failed = {book.relative(book.source / f"{name}.md") for name in failed}

    def listen_to(self, app: Sphinx) -> None:
        self.addFilter(sphinx_logging.WarningSuppressor(app))
        self.addFilter(_Translator(app))
        logging.getLogger(sphinx_logging.NAMESPACE).addHandler(self)

    def stop(self) -> None:
        logging.getLogger(sphinx_logging.NAMESPACE).removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        location = str(getattr(record, "location", None) or "")
        path, _, line = location.partition(":")
        full = Path(path).resolve()  # docutils names what it includes from where it runs
        file = self._book.relative(full if full.is_file() else path) if path else None
        if file in self._failed:
            return
        found = re.match(r"\d+", line)
        number = int(found.group()) if found else None
        # Sphinx's own getMessage puts the place in front, which is told apart here.
        message = logging.LogRecord.getMessage(record)
        problem = Problem(message, file, number)
        if problem not in self.problems:
            self.problems.append(problem)
