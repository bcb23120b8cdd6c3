"""A landscape that the reader draws: nine heights, a temperature, and all that follows from them.

The controls are plain HTML, and each handle is a slider, so that a hand, a key and a screen reader
turn the same thing. The picture is there before any script. ``landscape.js`` draws it, here while
the book is built and in the browser at every move, so that nothing jumps when the script wakes.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from ..common import add_tag, new_context
from ..written import kept

_MATHEMATICS = Path(__file__).with_name("landscape.js")
_HAND = Path(__file__).with_name("draw.js")


@dataclass(frozen=True)
class Preset:
    """An energy of the book, moved and stretched so that its wells lie at handles.

    Attributes:
        title: what the reader chooses.
        energy: its name in ``ebm_snippets``.
        centre: the state that moves to the middle of the picture.
        stretch: how many units of the picture one unit of x becomes.
    """

    title: str
    energy: str
    centre: float
    stretch: float


BOOK = (
    Preset("Asymmetric", "asymmetric_energy", 0.5, 4 / 3),
    Preset("Double well", "double_well_energy", 0.0, 2.0),
    Preset("Quadratic", "quadratic_energy", 0.0, 4 / 3),
    Preset("Two Gaussians", "mixture_energy", 0.0, 4 / 3),
)
# Not the book's, but where a question of the page begins.
OTHERS = (
    {"title": "Narrow and wide", "heights": [10, 10, 0, 10, 10, 0, 0, 0, 10]},
    {"title": "Level", "heights": [0] * 9},
)


class Landscape(nodes.General, nodes.Element):
    """What the reader draws on."""


class Draw(SphinxDirective):
    """A landscape to draw."""

    def run(self) -> list[nodes.Node]:
        names = repr((BOOK, OTHERS))
        given = kept(
            self.env.app, "landscapes.json", (names, _MATHEMATICS.read_text()), _landscapes
        )
        return [Landscape(**json.loads(given))]


def _landscapes() -> bytes:
    """What the page needs: where the presets have their handles, and the picture of the first."""
    limits = _run("({ PLACES, HEIGHTS, TEMPERATURES })")
    presets = [{"title": one.title, "heights": _heights(one, limits)} for one in BOOK] + [*OTHERS]
    first = json.dumps(presets[0]["heights"])
    seen = _run(f"picture(measure({first}, 1))")
    return json.dumps({"limits": limits, "presets": presets, "seen": seen}).encode()


def _run(expression: str) -> Any:
    """The value of an expression in the words of ``landscape.js``."""
    context = new_context()
    context.eval(_MATHEMATICS.read_text(encoding="utf-8"))
    return json.loads(context.eval(f"JSON.stringify({expression})"))


def _heights(preset: Preset, limits: dict[str, Any]) -> list[float]:
    """The energy at each place, to two decimals; what is higher than a handle goes is at its top.

    Raises:
        ValueError: the energy is lower than a handle goes.
    """
    import torch  # seconds, so not when a build reads no such page

    import ebm_snippets

    places = torch.tensor(limits["PLACES"], dtype=torch.float64)
    energy = getattr(ebm_snippets, preset.energy)
    heights = energy(preset.centre + places / preset.stretch)
    if heights.min() < limits["HEIGHTS"]["min"]:
        raise ValueError(
            f"{preset.title} goes down to {heights.min():g}, and the handles only to "
            f"{limits['HEIGHTS']['min']}: let them go deeper in landscape.js"
        )
    return [round(min(height, limits["HEIGHTS"]["max"]), 2) for height in heights.tolist()]


def visit_landscape(self: Any, node: Landscape) -> None:
    """Write the landscape for the page."""
    self.body.append(_html(node["limits"], node["presets"], node["seen"]))


def depart_landscape(self: Any, node: Landscape) -> None:
    """Nothing is left to close."""


def _html(limits: dict[str, Any], presets: list[dict[str, Any]], seen: dict[str, Any]) -> str:
    """The landscape as the page has it before any script."""
    places, heights, heats = limits["PLACES"], limits["HEIGHTS"], limits["TEMPERATURES"]
    low, high = places[0], places[-1]
    deep, tall = heights["min"], heights["max"]

    def across(x: float) -> str:
        return f"{100 * (x - low) / (high - low):g}%"

    def down(energy: float) -> str:
        return f"{100 * (tall - energy) / (tall - deep):g}%"

    options = "".join(f'<option value="{k}">{one["title"]}' for k, one in enumerate(presets))
    levels = range(0, tall + 1, 5)
    ticks = "".join(f'<span class="draw-tick" style="top:{down(E)}">{E}</span>' for E in levels)
    grid = "".join(f"M{low},{-E}H{high}" for E in levels)
    sliders = "".join(
        f'<input class="draw-handle" type="range" min="{deep}" max="{tall}" '
        f'step="{heights["step"]}" value="{height}" style="left:{across(x)}" autocomplete="off" '
        f'aria-label="energy at x = {_minus(x)}" aria-valuetext="E = {_minus(height)}">'
        for x, height in zip(places, presets[0]["heights"], strict=True)
    )
    # As many as there can be wells: every second place.
    shares = "".join(
        f'<span class="draw-share" style="left:{share["at"]}%">{share["text"]}</span>'
        if share
        else '<span class="draw-share" hidden></span>'
        for share in seen["shares"] + [None] * ((len(places) + 1) // 2 - len(seen["shares"]))
    )
    states = "".join(f'<span style="left:{across(x)}">{_minus(x)}</span>' for x in places)
    symbols = {
        "Z": "<i>Z</i>",
        "logZ": "log <i>Z</i>",
        "U": "energy <i>U</i>",
        "S": "entropy <i>S</i>",
        "F": "free energy <i>F</i>",
    }
    # The theme indents every list of terms but one that calls itself simple.
    numbers = "".join(
        f'<div><dt>{symbol}</dt><dd data-number="{name}">{seen["numbers"][name]}</dd></div>'
        for name, symbol in symbols.items()
    )
    steps = [round(20 * math.log10(heats[end])) for end in ("min", "max")]
    data = json.dumps({"presets": presets}).replace("<", "\\u003c")  # it could end the script
    return f"""
<div class="draw">
<div class="draw-controls">
<label>Start from <select autocomplete="off"><option value="">your own{options}</select></label>
<button type="button" name="undo" disabled>Undo</button>
</div>
<p class="draw-told" role="alert"></p>
<div class="draw-panel">
<span class="draw-title">energy <i>E</i>(<i>x</i>)</span>
<svg class="draw-energy-picture" role="img" aria-label="{escape(seen["words"]["energy"])}" \
viewBox="{low} {-tall} {high - low} {tall - deep}" preserveAspectRatio="none">
<path class="draw-grid" d="{grid}"/><path class="draw-passes" d="{seen["passes"]}"/>
<path class="draw-line" d="{seen["energy"]}"/></svg>
{ticks}<span class="draw-mean" style="top:{seen["mean"]}%"><i>U</i></span>{sliders}
</div>
<div class="draw-panel draw-below">
<span class="draw-title">density <i>p</i>(<i>x</i>)</span>
<svg class="draw-density-picture" role="img" aria-label="{escape(seen["words"]["density"])}" \
viewBox="{low} -1 {high - low} 1" preserveAspectRatio="none">
<path class="draw-grid" d="M{low},-1H{high}M{low},0H{high}"/>
<path class="draw-area" d="{seen["density"]}"/>
<path class="draw-barriers" d="{seen["barriers"]}"/></svg>
<span class="draw-tick draw-top" style="top:0">{seen["top"]}</span>
<span class="draw-tick" style="top:100%">0</span>{shares}
</div>
<div class="draw-states" aria-hidden="true">{states}<span class="draw-title">state <i>x</i></span>
</div>
<label class="draw-dial"><span>temperature <i>T</i></span>
<input type="range" name="T" min="{steps[0]}" max="{steps[1]}" step="1" value="0" \
autocomplete="off" aria-valuetext="T = 1">
<span class="draw-temperature" aria-hidden="true">{seen["temperature"]}</span></label>
<dl class="draw-numbers simple">{numbers}</dl>
<div class="draw-controls">
<button type="button" name="raise">Raise all by 1</button>
<button type="button" name="lower">Lower all by 1</button>
<button type="button" name="copy">Copy the address</button>
<span class="draw-copied" role="status"></span>
</div>
<output class="draw-said visually-hidden"></output>
<script type="application/json">{data}</script>
</div>
"""


def _minus(number: float) -> str:
    return f"{number:g}".replace("-", "\N{MINUS SIGN}")


def write_script(app: Sphinx) -> None:
    """Write what the page loads, as one file, before a page asks for its version."""
    if app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    script = "\n".join(part.read_text(encoding="utf-8") for part in (_MATHEMATICS, _HAND))
    (static / "draw.js").write_text(script, encoding="utf-8")


def add_script(
    app: Sphinx, docname: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Load the script on the pages that have a landscape; without scripts, hide the controls."""
    if doctree is None or not any(doctree.findall(Landscape)):
        return
    app.add_js_file("draw.js", type="module")
    controls = ".draw :is(.draw-controls,.draw-handle,.draw-dial)"
    add_tag(context, f"<noscript><style>{controls}{{display:none}}</style></noscript>")
