"""What the charts share: their look, their controls, and the Boltzmann sums as Vega transforms."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import altair as alt
from torch import Tensor

from ..figures import BARRIER_COLOUR, DENSITY_COLOUR, ENERGY_COLOUR

__all__ = [
    "BARRIER_COLOUR",
    "DENSITY_COLOUR",
    "ENERGY_COLOUR",
    "WIDTH",
    "across",
    "at",
    "boltzmann_sums",
    "dial",
    "line_of_points",
    "numbers",
    "readouts",
    "saying",
    "sliding",
    "stack",
    "upwards",
]

WIDTH = 290  # of the plotting area in pixels: with its axis it fills a phone
# Titles have fixed places, in pixels from their axis. Placed by Vega, they move at every change.
BELOW, LEFT = 24, -38
DIGITS = 7  # behind the decimal point, of numbers that are sent to the browser


def _as_html(spec: dict[str, Any]) -> dict[str, str]:
    """A chart as the book's pages take it: its description, and no script."""
    text = json.dumps(spec).replace("<", "\\u003c")
    return {"text/html": f'<script type="application/vnd.vegalite+json">{text}</script>'}


alt.renderers.register("book", _as_html)
if renderer := os.environ.get("EBM_CHART_RENDERER"):
    alt.renderers.enable(renderer)


def dial(
    name: str, label: str, low: float, high: float, step: float, *, value: float
) -> alt.Parameter:
    """Return a parameter that a slider sets."""
    slider = alt.binding_range(min=low, max=high, step=step, name=f"{label} ")
    return alt.param(name=name, value=value, bind=slider)


def numbers(values: Tensor) -> Any:
    """Return a tensor as nested lists of rounded floats."""
    return values.detach().double().cpu().round(decimals=DIGITS).tolist()


def line_of_points(low: float, high: float, num: int) -> alt.Data:
    """Return evenly spaced points ``x`` from ``low`` to ``high``, made in the browser."""
    step = (high - low) / (num - 1)
    # Half a step more, so that rounding never loses the last point.
    return alt.sequence(low, high + step / 2, step, as_="x")


def boltzmann_sums(
    chart: alt.Chart, energy: str, weight: str, *, temperature: str = "T"
) -> alt.Chart:
    """Add the fields of a Boltzmann distribution to each point.

    Args:
        chart: on the points of a grid.
        energy: a Vega expression for E.
        weight: a Vega expression for the point's weight in the sum.
        temperature: a Vega expression for T.

    Returns:
        The chart with ``E``, ``mass`` (the point's probability) and ``p`` (the density).
        As in the package, the lowest energy is taken off before anything is exponentiated.
    """
    return (
        chart.transform_calculate(E=energy, weight=weight)
        .transform_joinaggregate(lowest="min(E)")
        .transform_calculate(boltzmann=f"exp(-(datum.E - datum.lowest) / {temperature})")
        .transform_calculate(part="datum.weight * datum.boltzmann")
        .transform_joinaggregate(whole="sum(part)")
        .transform_calculate(mass="datum.part / datum.whole", p="datum.boltzmann / datum.whole")
    )


def at(x: float) -> alt.Chart:
    """Return a dotted line across a panel, at a place on its axis ``x``."""
    place = alt.Chart(alt.Data(values=[{"x": x}]))
    return place.mark_rule(color=BARRIER_COLOUR, strokeDash=[2, 3]).encode(x="x:Q")


def sliding(chart: alt.Chart, colour: str, *, length: float, orient: str) -> alt.Chart:
    """Draw a straight line that a dial moves.

    It is a thin bar: a rule is moved by a transform, and then the browser puts the layers of the
    whole page together anew, at each frame.

    Args:
        chart: of one row, which says where.
        colour: of the line.
        length: of the line in pixels, which is that of its panel.
        orient: ``horizontal`` or ``vertical``.
    """
    return chart.mark_tick(color=colour, opacity=1, thickness=1, size=length, orient=orient)


def across(title: str, low: float, high: float, field: str = "x:Q", ticks: int = 7) -> alt.X:
    """Return a horizontal axis with these limits."""
    scale = alt.Scale(domain=[low, high], nice=False)
    axis = alt.Axis(tickCount=ticks, titleY=BELOW, zindex=1)
    return alt.X(field, title=title, scale=scale, axis=axis)


def upwards(
    field: str, title: str, low: float, high: float, *, labels: str | None = None, **options: Any
) -> alt.Y:
    """Return a vertical axis with these limits.

    Args:
        field: what it measures, as Altair writes it.
        title: in words.
        low: the lowest value.
        high: the highest.
        labels: the format of its numbers, where Vega's own would reach the title.
        options: of the scale.
    """
    scale = alt.Scale(domain=[low, high], nice=False, **options)
    axis = alt.Axis(tickCount=4, titleX=LEFT, format=labels or alt.Undefined, zindex=1)
    return alt.Y(field, title=title, scale=scale, axis=axis, stack=None)


def saying(chart: alt.Chart, *texts: str) -> alt.Chart:
    """Add lines of text to a chart's single row, for :func:`readouts` to show.

    Args:
        chart: whose data is one row.
        texts: Vega expressions, from the lowest line to the highest.
    """
    return chart.transform_calculate(**{f"said{line}": text for line, text in enumerate(texts)})


def readouts(said: alt.Chart, num: int = 1) -> alt.LayerChart:
    """Return lines of text above a panel.

    Args:
        said: as :func:`saying` returns it. What is drawn beside the text from the same row is
            drawn from the same chart: after a branch, every change would make all things new.
        num: of lines.
    """
    return alt.layer(
        *(
            said.mark_text(align="left", baseline="bottom", fontSize=13)
            .encode(text=f"said{line}:N", x=alt.value(0), y=alt.value(-6 - 18 * line))
            .properties(name=f"said{line}")
            for line in range(num)
        )
    )


def stack(
    panels: Sequence[alt.Chart | alt.LayerChart],
    dials: Sequence[alt.Parameter],
    *,
    description: str,
    data: alt.Data | alt.UndefinedType = alt.Undefined,
    datasets: dict[str, list[dict[str, Any]]] | None = None,
) -> alt.VConcatChart:
    """Return panels above each other, in the book's look.

    Args:
        panels: from top to bottom.
        dials: the controls, in the reader's order.
        description: what the first state shows, for those who cannot see it.
        data: of every layer that names none, so that what layers share is computed once.
        datasets: rows that several layers share, by the name of their ``alt.NamedData``.
    """
    return (
        alt.vconcat(*panels, data=data, spacing=14)
        .add_params(*dials)
        .properties(description=description, padding=6, datasets=datasets or {})
        # A chart is one picture with one description. Its thousand marks need none of their own.
        .configure(font="sans-serif", background="white", aria=False)
        # Before all marks, and with the axes after them, so that a panel's paths are drawn in one
        # piece that always covers the same place. Else the page's layers are put together anew.
        .configure_view(stroke=None, fill="white")
        # The browser takes a pointed corner to reach out of the panel by ten pixels.
        .configure_line(strokeJoin="round")
        .configure_area(strokeJoin="round")
        .configure_axis(
            grid=False,
            labelFontSize=12,
            titleFontSize=13,
            titleFontWeight="normal",
            labelColor="#333",
            titleColor="#333",
            titlePadding=6,
        )
        .configure_legend(labelFontSize=12, title=None, orient="top")
    )
