"""Vega at build time: a chart becomes a picture and a dataflow, and Vega becomes one small file.

A page needs Vega to run a chart, and neither to compile Vega-Lite nor to parse Vega. Both happen
here, so that readers load a third of what the usual bundle weighs. vl-convert brings Vega's
modules and a bundler along; the parser runs in the engine that also sets the mathematics.

All that is made here is kept for the next build: a chart takes half a second, what the first one
needs two more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
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


_CLIP = re.compile(r"\bclip\d+")

# Keeps what is made for the next build: a name, what it is made of, and how.
Keep = Callable[[str, object, Callable[[], bytes]], bytes]


def picture(spec: dict[str, Any], keep: Keep) -> str:
    """Return the first state of a Vega-Lite chart as SVG."""

    def make() -> bytes:
        drawn = str(vl_convert.vegalite_to_svg(spec))
        # Vega numbers clips on from one picture to the next, so they would tell which came first.
        numbers = {clip: f"clip{n}" for n, clip in enumerate(dict.fromkeys(_CLIP.findall(drawn)))}
        return _CLIP.sub(lambda clip: numbers[clip[0]], drawn).encode()

    return keep("picture", spec, make).decode()


def dataflow(spec: dict[str, Any], keep: Keep) -> str:
    """Return what Vega runs for a Vega-Lite chart, as JSON: it needs no compiler and no parser."""

    def make() -> bytes:
        parse = _parser(keep("parser", _PARSE, lambda: _bundle(_PARSE).encode()).decode())
        return str(parse(json.dumps(vl_convert.vegalite_to_vega(spec)))).encode()

    return keep("dataflow", spec, make).decode()


def runtime(keep: Keep) -> str:
    """Return the part of Vega that runs dataflows, as a module with the export ``View``."""

    def make() -> bytes:
        packed = _bundle(_VIEW)
        for pattern, instead in _DEAD_WEIGHT:
            packed, found = pattern.subn(instead, packed)
            if not found:
                raise RuntimeError(f"Vega has no {pattern.pattern} any more; look at its bundle")
        return packed.encode()

    return keep("runtime", _VIEW, make).decode()


def _bundle(module: str) -> str:
    return str(vl_convert.javascript_bundle(module))


@cache
def _parser(bundle: str) -> Any:
    """Vega's parser, ready to be called with a Vega chart as JSON."""
    context = new_context()
    context.eval(bundle)
    return context.get("dataflow")
