"""A build of one sentence, imported by the process that waits for builds and forks each.

What it leaves behind (compiled patterns, tables that docutils and Sphinx fill when they are first
used) is the same whatever is built, and would take each build 0.4 s again. Of the book and of its
rooms, which may change, nothing is imported.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from jupyter_book.config import get_final_config
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

__all__: list[str] = []

_FILES = {
    "_config.yml": "title: A book\nauthor: Nobody\nexecute: {execute_notebooks: 'off'}\n",
    "_toc.yml": "format: jb-book\nroot: page\n",
    "page.md": "# A page\n\nA sentence.\n\n```python\nx = 1\n```\n",
}


def _build(place: Path) -> None:
    for name, text in _FILES.items():
        (place / name).write_text(text, encoding="utf-8")
    config, _ = get_final_config(
        user_yaml=place / "_config.yml",
        cli_config={"latex_individualpages": False},
        sourcedir=place,
        use_external_toc=True,
    )
    with docutils_namespace():
        app = Sphinx(
            srcdir=str(place),
            confdir=None,
            outdir=str(place / "html"),
            doctreedir=str(place / "doctrees"),
            buildername="html",
            confoverrides=config,
            status=None,
            warning=None,
        )
        app.build()


with TemporaryDirectory() as _folder:
    _build(Path(_folder))
