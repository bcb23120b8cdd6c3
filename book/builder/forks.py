"""Builds that begin at once: each is a fork of one process that has imported what a build needs.

Nothing of one build is left over for the next, as each has a process of its own.
"""

from __future__ import annotations

import multiprocessing
from contextlib import chdir
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path

__all__ = ["waiting_process"]

# What a build imports that is not the book's own code. The package is not among it, and so neither
# is torch: the package may change.
_PRELOAD = [
    "build",
    "builder.render",
    "fontTools.subset",
    "jupyter_book",
    "matplotlib.figure",
    "myst_nb",
    "quickjs",
    "sphinx.builders.html",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_book_theme",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_exercise",
    "sphinx_external_toc",
    "sphinx_markdown_builder",
    "sphinx_togglebutton",
    "sphinxcontrib.bibtex",
    "vl_convert",
    "builder.warm",  # last: it uses what the others import
]


def waiting_process() -> ForkServerContext:
    """Start the process that waits, and return what makes forks of it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)
    # It finds the build in the folder where it starts. Until Python 3.13 it does not take over
    # sys.path, and what it cannot import it leaves out in silence.
    with chdir(Path(__file__).parent.parent):
        forkserver.ensure_running()
    return context
