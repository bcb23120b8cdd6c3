"""The chart of the chapter on the mathematics."""

from __future__ import annotations

from typing import Any

import altair as alt

from ._parts import DENSITY_COLOUR, ENERGY_COLOUR, WIDTH, dial, stack, upwards

__all__ = ["three_bars"]


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
