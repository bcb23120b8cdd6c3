"""The chart of the chapter on the plane."""

from __future__ import annotations

import math

import altair as alt

from ._parts import (
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

__all__ = ["radius_dial"]

HIGH, NUM, MOST = 3.0, 151, 10
HEIGHT = 200  # of the panel


def radius_dial() -> alt.VConcatChart:
    """Return a chart of the ring's densities per volume and per radius, in 2 to 10 dimensions.

    The weights are those of :func:`~ebm_snippets.radial_grid`: the volume of each shell.

    Returns:
        The chart.
    """
    spacing = HIGH / (NUM - 1)
    surfaces = [2 * math.pi ** (d / 2) / math.gamma(d / 2) for d in range(MOST + 1)[1:]]
    # In the plane the trapezoid rule leaves an area around the centre out.
    weight = (
        f"dim == 2 && datum.x == 0 ? {math.pi / 6 * spacing**2}"
        f" : {surfaces}[dim - 1] * pow(datum.x, dim - 1) * {spacing}"
    )
    summed = (
        boltzmann_sums(alt.Chart(), "pow(datum.x * datum.x - 1, 2)", weight)
        .transform_joinaggregate(highest_p="max(p)", highest_mass="max(mass)")
        .transform_calculate(
            density="datum.p / datum.highest_p", shell="datum.mass / datum.highest_mass"
        )
    )
    x = across("radius r", 0, HIGH)
    # Of r^(d - 1) exp(-(r^2 - 1)^2 / T), where its derivative is zero.
    peaks = alt.Chart(alt.Data(values=[{}])).transform_calculate(
        densest="1", likeliest="sqrt((1 + sqrt(1 + (dim - 1) * T)) / 2)"
    )
    said = saying(
        peaks,
        "'likeliest radius ' + format(datum.likeliest, '.2f') + ' (per radius, dashed)'",
        "'densest at radius ' + format(datum.densest, '.2f') + ' (per volume, solid)'",
    )
    looks = (
        ("density", "densest", DENSITY_COLOUR, [1, 0]),
        ("shell", "likeliest", ENERGY_COLOUR, [7, 4]),
    )
    curves = [
        summed.mark_line(color=colour, strokeDash=dash).encode(
            x=x, y=upwards(f"{field}:Q", "relative to its highest", 0, 1.05)
        )
        for field, _, colour, dash in looks
    ]
    rules = [
        sliding(said, colour, length=HEIGHT, orient="vertical").encode(x=f"{field}:Q")
        for _, field, colour, _ in looks
    ]
    return stack(
        [alt.layer(*curves, *rules, readouts(said, 2)).properties(width=WIDTH, height=HEIGHT)],
        [
            dial("dim", "dimension d", 2, MOST, 1, value=2),
            dial("T", "temperature T", 0.1, 2.0, 0.1, value=1.0),
        ],
        data=line_of_points(0, HIGH, NUM),
        description=(
            "Two densities of the ring against the radius, in the plane at temperature 1. The "
            "density at a point peaks at radius 1, that of the radius further out, at 1.10."
        ),
    )
