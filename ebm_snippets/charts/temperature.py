"""The chart of the chapter on temperature."""

from __future__ import annotations

import altair as alt

from ..energies import asymmetric_energy
from ..grids import linear_grid
from ..landscape import stationary_points
from ._parts import (
    BARRIER_COLOUR,
    DENSITY_COLOUR,
    ENERGY_COLOUR,
    WIDTH,
    across,
    at,
    boltzmann_sums,
    dial,
    line_of_points,
    readouts,
    saying,
    sliding,
    stack,
    upwards,
)

__all__ = [
    "ASYMMETRIC",
    "HIGH",
    "LOW",
    "NUM",
    "SPACING",
    "asymmetric_barrier",
    "balls_on_asymmetric",
    "mass_in_left_well",
    "temperature_dial",
]

ASYMMETRIC = "0.5 * pow(datum.x + 1, 2) * pow(datum.x - 2, 2) - 0.3 * datum.x"
LOW, HIGH, NUM = -3.5, 4.5, 101
SPACING = (HIGH - LOW) / (NUM - 1)


def asymmetric_barrier() -> float:
    """Return where the asymmetric energy has its barrier."""
    line = linear_grid(-3.0, 4.0, 200)
    return stationary_points(asymmetric_energy, line).maxima.item()


def mass_in_left_well() -> str:
    """Return the expression for the mass of a point's cell that lies left of the barrier.

    A point stands for the cell around it, which the barrier may divide.
    """
    return f"datum.mass * clamp(({asymmetric_barrier()} - datum.x) / {SPACING} + 0.5, 0, 1)"


def balls_on_asymmetric(balls: alt.Chart) -> alt.LayerChart:
    """Return the asymmetric energy with its barrier, and balls on it.

    Args:
        balls: a row for each, with its place ``x`` and its energy ``E``.
    """
    x = across("state x", -2.5, 3.5)
    y = upwards("E:Q", "energy E(x)", -1, 8)
    landscape = (
        alt.Chart(line_of_points(-2.5, 3.5, 241))
        .transform_calculate(E=ASYMMETRIC)
        .mark_line(color=ENERGY_COLOUR, clip=True)
        .encode(x=x, y=y)
    )
    dots = balls.mark_circle(
        size=70, color=DENSITY_COLOUR, opacity=0.6, stroke="white", strokeWidth=0.5, clip=True
    ).encode(x=x, y=y)
    return landscape + at(asymmetric_barrier()) + dots


def temperature_dial() -> alt.VConcatChart:
    """Return the asymmetric energy over its density, with a dial for the temperature.

    The energy's panel has the mean energy U as a level line; above the panels stand U, the
    entropy S, the shares of the two wells and the height of the left peak. All of it is
    summed in the browser, on 101 points from -3.5 to 4.5.

    Returns:
        The chart.
    """
    barrier = asymmetric_barrier()
    # At both ends every weight is below 1e-7, so the trapezoid's halves make no difference.
    points = alt.Chart()
    summed = boltzmann_sums(points, ASYMMETRIC, f"{SPACING}").transform_calculate(
        U="datum.mass * datum.E",
        S="datum.mass > 0 ? -datum.mass * log(datum.p) : 0",
        left=mass_in_left_well(),
        height=f"datum.x < {barrier} ? datum.p : 0",
    )
    totals = summed.transform_aggregate(
        U="sum(U)", S="sum(S)", left="sum(left)", peak="max(height)"
    )
    x = across("state x", LOW, HIGH)
    said = saying(
        totals,
        "'U = ' + format(datum.U, '.3f') + ' (level line)'"
        " + ',  S = ' + format(datum.S, '.3f') + ' nats'",
        "'left well ' + format(datum.left, '.3f') + ' (peak ' + format(datum.peak, '.2f') + ')'"
        " + ',  right ' + format(1 - datum.left, '.3f')",
    )
    landscape = (
        points.transform_calculate(E=ASYMMETRIC)
        .mark_line(color=ENERGY_COLOUR, clip=True)
        .encode(x=x, y=upwards("E:Q", "energy E(x)", -1, 6))
    )
    mean = sliding(said, BARRIER_COLOUR, length=WIDTH, orient="horizontal").encode(y="U:Q")
    density = summed.mark_area(color=DENSITY_COLOUR, fillOpacity=0.3, stroke=DENSITY_COLOUR).encode(
        x=x, y=upwards("p:Q", "density p(x)", 0, 2.5)
    )
    size = {"width": WIDTH}
    return stack(
        [
            (mean + landscape + at(barrier) + readouts(said, 2)).properties(height=130, **size),
            (density + at(barrier)).properties(height=130, **size),
        ],
        [dial("T", "temperature T", 0.25, 5.0, 0.05, value=1.0)],
        data=line_of_points(LOW, HIGH, NUM),
        description=(
            "The asymmetric energy above its density at temperature 1. About three tenths of "
            "the mass lie in the left well, seven tenths in the deeper right one."
        ),
    )
