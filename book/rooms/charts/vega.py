"""Vega at build time: a chart becomes a picture and a dataflow, and Vega becomes one small file.

A page needs Vega to run a chart, and neither to compile Vega-Lite nor to parse Vega. Both happen
here, so that readers load a third of what the usual bundle weighs. vl-convert brings Vega's
modules and a bundler along; the parser runs in the engine that also sets the mathematics.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import vl_convert

from ..common import new_context

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


def picture(spec: dict[str, Any]) -> str:
    """Return the first state of a Vega-Lite chart as SVG."""
    return str(vl_convert.vegalite_to_svg(spec))


@cache
def _parser() -> Any:
    context = new_context()
    context.eval(vl_convert.javascript_bundle(_PARSE))
    return context.get("dataflow")


def dataflow(spec: dict[str, Any]) -> str:
    """Return what Vega runs for a Vega-Lite chart, as JSON: it needs no compiler and no parser."""
    return str(_parser()(json.dumps(vl_convert.vegalite_to_vega(spec))))


def runtime(folder: Path) -> str:
    """Return the part of Vega that runs dataflows, as a module with the export ``View``.

    Args:
        folder: where it is kept for the next build.
    """
    kept = folder / f"vega-{vl_convert.__version__}.js"
    if not kept.is_file():
        packed = vl_convert.javascript_bundle(_VIEW)
        for pattern, instead in _DEAD_WEIGHT:
            packed, found = pattern.subn(instead, packed)
            if not found:
                raise RuntimeError(f"Vega has no {pattern.pattern} any more; look at its bundle")
        kept.write_text(packed, encoding="utf-8")
    return kept.read_text(encoding="utf-8")
