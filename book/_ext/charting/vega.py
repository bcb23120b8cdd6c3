"""Vega at build time: a chart becomes a picture and a dataflow, and Vega becomes one small file.

A page needs Vega to run a chart, and neither to compile Vega-Lite nor to parse Vega. Both happen
here, so that readers load a third of what the usual bundle weighs. vl-convert brings Vega's
modules and a bundler along; the parser runs in the engine that also sets the mathematics.

All that is made here is kept for the next build: a chart takes half a second, what the first one
needs two more.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert
from javascript import new_context

__all__ = ["dataflow", "picture", "runtime"]

# The modules as vl-convert names them. Another version of it brings others, and says so.
_RUN = """
import {transforms} from "/npm/vega-dataflow@6.1.0/+esm";
import * as general from "/npm/vega-transforms@5.1.0/+esm";
import * as view from "/npm/vega-view-transforms@5.1.0/+esm";
import * as encode from "/npm/vega-encode@5.1.0/+esm";
Object.assign(transforms, general, view, encode);
"""
_VIEW = _RUN + 'export {View} from "/npm/vega-view@6.1.0/+esm";'
_PARSE = (
    _RUN
    + 'import {parse} from "/npm/vega-parser@7.1.0/+esm";\n'
    + "globalThis.dataflow = text => JSON.stringify(parse(JSON.parse(text)));"
)

# What charts of this book do not use and what compresses badly, 11 KB of it: colour schemes, and
# the letters of all scripts, of which names in expressions may be made.
_DEAD_WEIGHT = (
    (re.compile(r'"(?:[0-9a-f]{6}){6,}"'), '"000000"'),
    (re.compile(r"\[(?:\\\\x[0-9A-F]{2}|\\\\u[0-9A-F]{4}|-)+\]"), "[]"),
)


def picture(spec: dict[str, Any], folder: Path) -> str:
    """Return the first state of a Vega-Lite chart as SVG.

    Args:
        spec: the chart.
        folder: where the picture is kept for the next build.
    """
    return _kept(
        folder, "picture.svg", json.dumps(spec), lambda: str(vl_convert.vegalite_to_svg(spec))
    )


def dataflow(spec: dict[str, Any], folder: Path) -> str:
    """Return what Vega runs for a Vega-Lite chart, as JSON: it needs no compiler and no parser.

    Args:
        spec: the chart.
        folder: where the dataflow is kept for the next build.
    """

    def make() -> str:
        return str(_parser(folder)(json.dumps(vl_convert.vegalite_to_vega(spec))))

    return _kept(folder, "dataflow.json", json.dumps(spec), make)


def runtime(folder: Path) -> str:
    """Return the part of Vega that runs dataflows, as a module with the export ``View``.

    Args:
        folder: where it is kept for the next build.
    """

    def make() -> str:
        packed = vl_convert.javascript_bundle(_VIEW)
        for pattern, instead in _DEAD_WEIGHT:
            packed, found = pattern.subn(instead, packed)
            if not found:
                raise RuntimeError(f"Vega has no {pattern.pattern} any more; look at its bundle")
        return packed

    return _kept(folder, "runtime.js", _VIEW, make)


@cache
def _parser(folder: Path) -> Any:
    """Vega's parser, ready to be called with a Vega chart as JSON."""
    context = new_context()
    context.eval(
        _kept(folder, "parser.js", _PARSE, lambda: str(vl_convert.javascript_bundle(_PARSE)))
    )
    return context.get("dataflow")


def _kept(folder: Path, name: str, made_of: str, make: Callable[[], str]) -> str:
    """Return what an earlier build made of the same text with the same tools, or make and keep it.

    Fonts are no part of the key: an unchanged page keeps its picture, whatever fonts come or go.
    """
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for text in (vl_convert.__version__, version("quickjs-ng"), made_of):
        digest.update(f"{len(text)}:{text}".encode())
    kept = folder / f"{digest.hexdigest()[:16]}-{name}"
    if not kept.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        # By a rename, so that an interruption leaves no half of it.
        unfinished = folder / f"{os.getpid()}-{kept.name}"
        unfinished.write_text(make(), encoding="utf-8")
        unfinished.replace(kept)
    return kept.read_text(encoding="utf-8")
