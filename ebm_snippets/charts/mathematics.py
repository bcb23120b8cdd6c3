"""The charts of the chapter on the mathematics."""

from __future__ import annotations

from typing import Any

import altair as alt
import torch

from ..quanta import swap_quanta
from ._parts import (
    BARRIER_COLOUR,
    DENSITY_COLOUR,
    ENERGY_COLOUR,
    WIDTH,
    dial,
    numbers,
    readouts,
    saying,
    stack,
    upwards,
)

__all__ = ["box_swaps", "swapped_shares", "three_bars"]

BOXES, FRAMES, HELD = 2000, 41, 9  # the last: quanta 0 to 8 are drawn


def swapped_shares() -> torch.Tensor:
    """Return the shares of boxes that hold 0, 1, ... quanta: ``(41 times, 9 numbers)``.

    Every box begins with one quantum. Between two times as many swaps are tried as there are
    boxes, by :func:`~ebm_snippets.swap_quanta`.
    """
    generator = torch.Generator().manual_seed(0)
    boxes = torch.ones(BOXES, dtype=torch.int64)
    frames = [boxes]
    for _ in range(FRAMES - 1):
        boxes = swap_quanta(boxes, BOXES, generator=generator)
        frames.append(boxes)
    held = torch.arange(HELD)
    return (torch.stack(frames)[..., None] == held).double().mean(dim=1)


def box_swaps() -> alt.VConcatChart:
    """Return a histogram of the quanta in 2,000 boxes, with a dial for how often they swapped.

    The swaps are those of :func:`~ebm_snippets.swap_quanta`; a browser cannot draw the same random
    numbers. A switch shows the shares that counting predicts for very many boxes, ``2^-(E + 1)``.

    Returns:
        The chart.
    """
    shares = swapped_shares()
    bars = alt.Chart(alt.NamedData(name="swaps"))
    x = alt.X("E:O", title="quanta in a box, E", axis=alt.Axis(labelAngle=0, titleY=24, zindex=1))
    counted = bars.transform_calculate(share="datum.shares[draws]")
    said = saying(
        alt.Chart(alt.Data(values=[{"empty": numbers(shares[:, 0])}])),
        "'share of empty boxes: ' + format(datum.empty[draws], '.3f')",
    )
    seen = alt.expr("predict ? 1 : 0")
    predicted = bars.mark_tick(color=BARRIER_COLOUR, opacity=seen, thickness=2, size=26)
    return stack(
        [
            (
                counted.mark_bar(color=DENSITY_COLOUR, width=20).encode(
                    x=x, y=upwards("share:Q", "share of boxes", 0, 1)
                )
                + predicted.encode(x=x, y=upwards("predicted:Q", "share of boxes", 0, 1))
                + readouts(said)
            ).properties(width=WIDTH, height=200)
        ],
        [
            dial("draws", "draws per box", 0, FRAMES - 1, 1, value=0),
            alt.param(
                name="predict", value=False, bind=alt.binding_checkbox(name="show prediction ")
            ),
        ],
        description=(
            "A histogram of the quanta in 2,000 boxes before any is swapped: a single bar of "
            "height 1, because every box holds one quantum."
        ),
        datasets={
            "swaps": [
                {"E": E, "predicted": 0.5 ** (E + 1), "shares": numbers(shares[:, E])}
                for E in range(HELD)
            ]
        },
    )


def three_bars() -> alt.VConcatChart:
    """Return three states whose energies are dragged, over their probabilities.

    A choice adds a constant to every energy. A switch computes exp(-E) as it stands, without
    taking the lowest energy off first, and so overflows.

    Returns:
        The chart.
    """
    states = (
        alt.Chart(alt.Data(values=[{"i": 0}, {"i": 1}, {"i": 2}]))
        .transform_calculate(state="'state ' + (datum.i + 1)", own="[E1, E2, E3][datum.i]")
        .transform_calculate(E="datum.own + constant")
    )
    weighed = (
        states.transform_joinaggregate(lowest="min(E)")
        .transform_calculate(weight="exp(naive ? -datum.E : datum.lowest - datum.E)")
        .transform_joinaggregate(Z="sum(weight)")
        .transform_calculate(p="datum.weight / datum.Z")
        .transform_calculate(
            shown="reveal && isFinite(datum.p) ? datum.p : 0",
            said="!reveal ? '?' : isFinite(datum.p) ? format(datum.p, '.3f') : 'NaN'",
        )
    )
    x = alt.X("state:N", title=None, axis=alt.Axis(labelAngle=0, ticks=False, zindex=1))
    energies = states.transform_calculate(
        said="format(datum.own, '.1f') + (constant == 0 ? '' : ' + ' + format(constant, 'd'))"
    ).encode(x=x, y=upwards("own:Q", "energy", 0, 5))
    probabilities = weighed.encode(x=x, y=upwards("shown:Q", "probability", 0, 1.1))
    text: dict[str, Any] = {"baseline": "bottom", "fontSize": 13}
    above = {"text": "said:N", "y": alt.value(-6)}
    size = {"width": WIDTH, "height": 120}
    constants = alt.binding_radio(
        options=[0, 10, 1000, -1000],
        labels=["0", "10", "1000", "\N{MINUS SIGN}1000"],
        name="add to every energy ",
    )
    return stack(
        [
            (
                energies.mark_bar(color=ENERGY_COLOUR, width=56)
                + energies.mark_text(**text).encode(**above)
            ).properties(**size),
            (
                probabilities.mark_bar(color=DENSITY_COLOUR, width=56)
                + probabilities.mark_text(**text).encode(**above).properties(name="said0")
            ).properties(**size),
        ],
        [
            dial("E1", "energy of state 1", 0, 5, 0.1, value=3),
            dial("E2", "energy of state 2", 0, 5, 0.1, value=1),
            dial("E3", "energy of state 3", 0, 5, 0.1, value=2),
            alt.param(name="constant", value=0, bind=constants),
            alt.param(name="naive", value=False, bind=alt.binding_checkbox(name="naive exp ")),
            alt.param(
                name="reveal", value=True, bind=alt.binding_checkbox(name="show probabilities ")
            ),
        ],
        description=(
            "Bars for three states. Energies 3, 1 and 2 above; their probabilities 0.090, 0.665 "
            "and 0.245 below."
        ),
    )
