"""The chart of the free energy as a curve over the share of one well."""

from __future__ import annotations

import altair as alt

from ._parts import (
    BARRIER_COLOUR,
    DENSITY_COLOUR,
    ENERGY_COLOUR,
    WIDTH,
    across,
    boltzmann_sums,
    dial,
    line_of_points,
    readouts,
    saying,
    sliding,
    stack,
    upwards,
)
from .temperature import ASYMMETRIC, HIGH, LOW, NUM, SPACING, mass_in_left_well

__all__ = ["free_energy_dial"]

HEIGHT = 200  # of the panel


def free_energy_dial() -> alt.VConcatChart:
    """Return the free energy of the asymmetric energy over the share s of its left well.

    The curve is F(s) - F_R with F(s) = s F_L + (1 - s) F_R + T (s log s + (1 - s) log(1 - s)).
    F_L and F_R are -T log Z of each well alone, which ends at the barrier. The straight line
    s (F_L - F_R) and the bowl T (s log s + (1 - s) log(1 - s)) are drawn beside it, and an upright
    line marks its lowest point, the left well's share of the Boltzmann distribution. All of it is
    computed in the browser, from sums over 101 points from -3.5 to 4.5.

    Returns:
        The chart, with a dial for the temperature.
    """
    # Each row is a point of the line, and by its place in the row also a share between 0 and 1.
    curve = (
        boltzmann_sums(alt.Chart(), ASYMMETRIC, f"{SPACING}")
        .transform_calculate(
            in_left=mass_in_left_well(),
            share=f"clamp((datum.x - {LOW}) / {HIGH - LOW}, 0, 1)",
        )
        .transform_joinaggregate(left="sum(in_left)")
        .transform_calculate(
            # Z_L / Z_R is left / (1 - left).
            gap="-T * log(datum.left / (1 - datum.left))",
            chosen="datum.share > 0 ? datum.share * log(datum.share) : 0",
            other="datum.share < 1 ? (1 - datum.share) * log(1 - datum.share) : 0",
        )
        .transform_calculate(
            straight="datum.share * datum.gap", bowl="T * (datum.chosen + datum.other)"
        )
        .transform_calculate(F="datum.straight + datum.bowl")
    )
    # Every row has the same left and gap. The lowest F is -T log((Z_L + Z_R) / Z_R) above F_R.
    lowest = curve.transform_aggregate(left="max(left)", gap="max(gap)").transform_calculate(
        least="T * log(1 - datum.left)"
    )
    x = across("share s of the left well", 0, 1, "share:Q", ticks=5)
    said = saying(
        lowest,
        "'F_L \N{MINUS SIGN} F_R = ' + format(datum.gap, '.3f')"
        " + ',  lowest F \N{MINUS SIGN} F_R = ' + format(datum.least, '.3f')",
        "'lowest at s = ' + format(datum.left, '.4f')",
    )
    curves = [
        curve.mark_line(color=colour, strokeDash=dash).encode(
            x=x, y=upwards(f"{field}:Q", "F(s) \N{MINUS SIGN} F_R", -1.5, 1)
        )
        for field, colour, dash in (
            ("straight", ENERGY_COLOUR, [7, 4]),
            ("bowl", BARRIER_COLOUR, [2, 3]),
            ("F", DENSITY_COLOUR, [1, 0]),
        )
    ]
    mark = sliding(said, BARRIER_COLOUR, length=HEIGHT, orient="vertical").encode(x="left:Q")
    return stack(
        [alt.layer(mark, *curves, readouts(said, 2)).properties(width=WIDTH, height=HEIGHT)],
        [dial("T", "temperature T", 0.1, 2.0, 0.1, value=1.0)],
        data=line_of_points(LOW, HIGH, NUM),
        description=(
            "Free energy over the share of the left well, at temperature 1. A straight line rises, "
            "a bowl hangs below zero with its lowest point at one half, and their sum is lowest at "
            "a share of 0.307."
        ),
    )
