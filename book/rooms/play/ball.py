"""Thirty balls on a landscape, for the reader to shake, and the histogram of where they have been.

A page asks for them with a container of the class ``ball``, whose own content is the sentence that
says what to try::

    :::{container} ball
    Thirty balls lie in a landscape. Shake it.
    :::

A container is no directive of this room. So where the room is taken out, the sentence stays and
the page is whole.

The picture is drawn while the book is built, from the package's energy and its sums. The reader's
first gesture in it loads ``ball.js``, which moves what was drawn. The page tells the script all
that it knows of the landscape, so no number stands in two places.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from ..common import add_tag
from ..written import kept

BALLS = 30
FIRST, LAST = -1.7, 2.7  # where the outer two lie before they are let go
LOW, HIGH, BARS = -2.1, 3.2, 53  # the states that the picture shows, and its bars for them
FLOOR, CEILING = -1.0, 5.0  # the energies that it shows
PEAK = 0.85  # how much of the histogram's height the peak of the exact density takes

NOISE = 1.0  # at first
MOST_NOISE, NOTCH = 3.0, 0.05  # of the dial, which begins at 0
# The time of one step. The walls are so steep that a step of h throws a ball which is farther out
# than about 1 / sqrt(h) still farther out on the other side, and so on to infinity. With this h
# that is beyond -21 and 23, where no ball comes: even at the dial's end, e^(-E/T) is there below
# e^(-30000). What the step does to shares and means is computed in tests/test_play.py.
STEP = 0.002

HERE = Path(__file__).parent

# The landscape and the histogram are stretched to whatever size the style sheet gives them, each
# with its own scales. Lines keep their width. A ball is a line of no length with round ends, and
# so stays round.
FIGURE = """\
<form class="ball-controls" autocomplete="off">
<label><span>noise <i>T</i></span><input type="range" name="noise" min="0" max="{most:g}" \
step="{notch:g}" value="{noise:g}"><span class="ball-value" aria-hidden="true">{noise:.2f}</span>\
</label>
<div><button type="button" name="run">Shake</button>\
<button type="button" name="once">Shake once</button>\
<button type="button" name="back">Put back</button></div>
</form>
<div class="ball-landscape"><span aria-hidden="true">energy</span>\
<svg role="img" aria-label="Thirty balls on a curve of energy: two wells, the right one deeper, \
and a barrier between them." viewBox="{low:g} {top:g} {width:g} {height:g}" \
preserveAspectRatio="none"><linearGradient id="ball-fade" x2="0" y2="1">\
<stop stop-opacity="0"/><stop offset="1"/></linearGradient><g transform="scale(1 -1)">\
<path class="ball-ground" fill="url(#ball-fade)" d="{ground}"/>\
<path class="ball-barrier" d="{barrier}"/>\
<path class="ball-energy" d="{energy}"/><g class="ball-balls">{balls}</g></g></svg></div>
<svg class="ball-histogram" role="img" aria-label="The exact density, which peaks in both wells, \
over bars that show where the balls have been." viewBox="{low:g} -1 {width:g} 1" \
preserveAspectRatio="none"><g transform="scale(1 -1)">\
<path class="ball-bars" d=""/><path class="ball-barrier" d="{barrier}"/>\
<path class="ball-density" d="{density}"/></g></svg>
<p class="ball-key">bars: where the balls have been · curve: \
<i>e</i><sup>&minus;<i>E</i>(<i>x</i>)/<i>T</i></sup>/<i>Z</i></p>
<p class="ball-share">in the right well: {share:.1%} in the long run</p>
<output class="visually-hidden"></output>
<script type="application/json">{given}</script>"""


class Ball(nodes.General, nodes.Element):
    """The figure, as text."""


def find(app: Sphinx, doctree: nodes.document) -> None:
    """Put the figure below the sentence of each container that asks for it."""
    for container in list(doctree.findall(nodes.container)):
        if "ball" in container["classes"]:
            # Kept for the next build, because torch takes seconds to import.
            container += Ball(figure=kept(app, "ball", "", lambda: figure().encode()).decode())


def visit_ball(self: Any, node: Ball) -> None:
    """Write the figure."""
    version = hashlib.sha256((HERE / "ball.js").read_bytes()).hexdigest()[:8]
    home = "../" * self.builder.current_docname.count("/") or "./"
    self.body.append(
        f'<div class="ball-figure" data-script="{home}_static/ball.js?v={version}">\n'
        f"{node['figure']}</div>\n"
    )


def depart_ball(self: Any, node: Ball) -> None:
    """Nothing is left to close."""


def add_script(
    app: Sphinx, docname: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Have pages with balls wait for a hand, and hide the controls where there are no scripts.

    What waits is a few lines in the page. As a module it lets the browser read on: at a plain
    script, half of the page would be shown first, and would move when the rest came.
    """
    if doctree is None or not any(doctree.findall(Ball)):
        return
    waiting = (HERE / "waiting.js").read_text(encoding="utf-8")
    app.add_js_file(None, body=waiting, type="module")
    add_tag(context, "<noscript><style>.ball .ball-controls{display:none}</style></noscript>")


def write_script(app: Sphinx) -> None:
    """Write what the figure loads."""
    if app.builder.format == "html":
        static = Path(app.outdir, "_static")
        static.mkdir(parents=True, exist_ok=True)
        (static / "ball.js").write_bytes((HERE / "ball.js").read_bytes())


def figure() -> str:
    """Return the picture before anything moves, its controls, and what it says in words."""
    # Here and not above, because a book without balls is built without torch.
    import torch

    from ebm_snippets import (
        asymmetric_energy,
        boltzmann_distribution,
        linear_grid,
        stationary_points,
    )

    barrier = stationary_points(asymmetric_energy, linear_grid(LOW, HIGH, 200)).maxima.item()
    # With an even number of points the barrier lies midway between two.
    grid = linear_grid(barrier - 6, barrier + 6, 4000)
    distribution = boltzmann_distribution(asymmetric_energy, grid, NOISE)

    line = torch.linspace(LOW, HIGH, 2 * BARS + 1, dtype=torch.float64)
    density = torch.exp(-asymmetric_energy(line) / NOISE - distribution.log_Z)
    height = PEAK / distribution.density.max()
    seen = line[asymmetric_energy(line) < CEILING + 2]
    energy = _path(seen.tolist(), asymmetric_energy(seen).tolist())
    starts = torch.linspace(FIRST, LAST, BALLS, dtype=torch.float64)
    places = zip(starts.tolist(), asymmetric_energy(starts).tolist(), strict=True)

    given = {
        "energy": _coefficients(asymmetric_energy),
        "barrier": barrier,
        "grid": [grid.points[0].item(), grid.points[-1].item(), len(grid.points)],
        "step": STEP,
        "starts": starts.tolist(),
        "low": LOW,
        "high": HIGH,
        "bars": BARS,
        "peak": PEAK,
    }
    return FIGURE.format(
        most=MOST_NOISE,
        notch=NOTCH,
        noise=NOISE,
        low=LOW,
        width=HIGH - LOW,
        top=-CEILING,
        height=CEILING - FLOOR,
        ground=f"{energy}H{HIGH:g}V{FLOOR:g}H{LOW:g}V{CEILING:g}z",
        energy=energy,
        barrier=f"M{barrier:.3f} {FLOOR:g}V{CEILING:g}",
        balls="".join(f'<path d="M{x:.3f} {e:.3f}h0"/>' for x, e in places),
        density=_path(line.tolist(), (height * density).tolist()),
        share=distribution.probability(lambda x: x > barrier).item(),
        given=json.dumps(given),
    )


def _path(xs: Iterable[float], ys: Iterable[float]) -> str:
    """The line through points, as SVG writes it."""
    return "M" + "L".join(f"{x:.2f} {y:.3f}" for x, y in zip(xs, ys, strict=True))


def _coefficients(energy: Any) -> list[float]:
    """Those of the polynomial that the energy is, from the constant upwards."""
    import torch

    points = torch.arange(-2, 3, dtype=torch.float64)
    powers = torch.linalg.vander(points)
    found: list[float] = torch.linalg.solve(powers, energy(points)).round(decimals=9).tolist()
    return found
