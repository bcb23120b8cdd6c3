"""The book's build: execute chapters, render pages, check the site, swap it in."""

__all__ = ["PRELOAD"]

# What a build imports that is not the book's own code, for a process that waits for builds and
# forks each. The package is not among them, and so neither is torch: the package may change.
PRELOAD = [
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
]
