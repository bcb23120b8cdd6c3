"""The rooms of the book: one order, no room that needs another, and one finish."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import small_book
from conftest import ROOT
from rooms import order
from rooms.around import not_found

ROOMS = ROOT / "book" / "rooms"
NAMES = sorted(path.parent.name for path in ROOMS.glob("*/__init__.py"))
STEPS = [
    *(step for steps in order.EVENTS.values() for step in steps),
    *order.TRANSFORMS,
    *order.BEFORE_PAGES,
    *order.PAGES,
    *order.SITE,
]
SHARED = {"common", "order", "written"}

CONFIG = """\
title: A small book
author: Nobody
only_build_toc_files: true
repository: {url: "https://github.com/owner/name", branch: main, path_to_book: book}
launch_buttons: {colab_url: "https://colab.research.google.com"}
parse: {myst_enable_extensions: [colon_fence, dollarmath]}
sphinx:
  local_extensions: {ROOMS}
  config: {mathjax_path: local.js, html_static_path: [_static]}
"""
PAGE = """\
---
description: A page that says what it is about, in some forty characters.
file_format: mystnb
kernelspec: {name: python3}
---

# First

A formula $x < -1$, and -2. See {doc}`second`.

```{code-cell} python
---
mystnb:
  image:
    alt: A dot.
---
from IPython.display import SVG
SVG("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><circle r='9'/></svg>")
```
"""
TOC = "format: jb-book\nroot: index\nchapters:\n  - file: first\n  - file: second\n"
SECOND = """\
---
description: Another page that says what it is about, in forty characters.
---

# Second

Back to {doc}`first`.
"""


def test_every_step_is_there_once() -> None:
    assert len(STEPS) == len(set(STEPS))
    for step in STEPS:
        assert callable(order._step(step)), step
        assert step.partition(".")[0] in NAMES, step


def test_only_the_order_names_priorities() -> None:
    for path in [*ROOMS.glob("*/*.py"), ROOMS / "common.py"]:
        text = path.read_text()
        assert "default_priority" not in text, path
        assert not re.search(r"\.connect\([^)]*priority", text), path


@pytest.mark.parametrize("room", NAMES)
def test_no_room_imports_another(room: str) -> None:
    for path in (ROOMS / room).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 2:
                assert (node.module or "").partition(".")[0] in SHARED, path
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                assert not str(node.module).startswith("rooms"), path


def test_the_book_has_every_room_and_each_is_said_what_it_is_for() -> None:
    config = (ROOT / "book" / "_config.yml").read_text()
    said = (ROOMS / "__init__.py").read_text()
    for name in NAMES:
        assert f"rooms.{name}: ." in config
        assert f"\n{name}/" in said


# What shows on the page, or in the site, that a room is at work.
SIGNS = {
    "formulas": "<mjx-container",
    "charts": "charts.css",
    "notebooks": "notebooks/first.ipynb",
    "around": 'property="og:title"',
    "finish": "site.css",
}


@pytest.mark.build
@pytest.mark.parametrize("room", NAMES)
def test_without_a_room_a_book_works(room: str, tmp_path: Path) -> None:
    small_book.write_package(tmp_path)
    book = tmp_path / "book"
    (book / "_static").mkdir(parents=True)
    (book / "_static" / "local.js").write_text("")
    rooms = ", ".join(f"rooms.{name}: ." for name in NAMES if name != room)
    (book / "_config.yml").write_text(CONFIG.replace("ROOMS", rooms))
    (book / "_toc.yml").write_text(TOC)
    (book / "first.md").write_text(PAGE)
    (book / "second.md").write_text(SECOND)
    (book / "index.md").write_text(SECOND.replace("Second", "Start").replace("Another", "A"))
    done = small_book.build(tmp_path)
    assert done.returncode == 0, done.stderr
    page = (book / "_build" / "html" / "first.html").read_text()
    # With the finish, only it links style sheets.
    signs = SIGNS if room == "finish" else {**SIGNS, "charts": ""}
    for name, sign in signs.items():
        assert (sign in page) == (name != room or not sign), name


def test_settings_say_nothing_of_the_place() -> None:
    """Sphinx writes a digest of them into the site, which is the same wherever it is built."""
    config = SimpleNamespace(templates_path=[], html_additional_pages={})
    not_found.configure(SimpleNamespace(confdir=ROOT / "book"), config)
    assert config.templates_path == ["rooms/around/_templates"]
