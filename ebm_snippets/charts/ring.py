"""The chart of walkers who find the ring."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import altair as alt
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ..boltzmann import BoltzmannDistribution, boltzmann_distribution
from ..dynamics import langevin_dynamics
from ..grids import linear_grid, product_grid
from ..plane import ring_energy
from ..radial import radial_grid
from ._parts import (
    DENSITY_COLOUR,
    ENERGY_COLOUR,
    WIDTH,
    across,
    dial,
    line_of_points,
    numbers,
    played,
    readouts,
    saying,
    stack,
    upwards,
)

__all__ = ["PACE", "WALKERS", "circle_shares", "in_circles", "ring_walkers", "scattered_walkers"]

WALKERS, DRAWN = 10_000, 50
PACE, STEP, FRAMES = 0.02, 0.001, 61  # the time from frame to frame, that of a step, how many
CIRCLE, CENTRES = 0.25, ((0.0, 0.0), (1.0, 0.0))  # two circles of one size
WIDE, BINS = 0.1, 21
EDGE = WIDE * BINS  # of the square that is drawn, and of the histogram
TAIL = 4  # the frames of a walker that are drawn


def _by_radius() -> BoltzmannDistribution:
    return boltzmann_distribution(lambda r: (r**2 - 1) ** 2, radial_grid(4.0, 2001))


@cache
def scattered_walkers() -> Tensor:
    """Return where walkers on the ring are at T = 1, who start scattered over a disc.

    The disc has the radius sqrt(2), where the energy is as high as at the centre, and all places in
    it are equally likely.

    Returns:
        States ``(61 times, 10000 walkers, 2)``, 0.02 of a unit of time apart.
    """
    generator = torch.Generator().manual_seed(0)
    area, turn = torch.rand(2, WALKERS, generator=generator, dtype=torch.float64)
    # The area within a radius grows as its square.
    radius, angle = (2 * area).sqrt(), 2 * math.pi * turn
    walkers = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=-1)
    seen = [walkers]
    for _ in range(FRAMES - 1):
        walkers = langevin_dynamics(
            ring_energy,
            walkers,
            temperature=1.0,
            step_size=STEP,
            num_steps=round(PACE / STEP),
            generator=generator,
        )[-1]
        seen.append(walkers)
    return torch.stack(seen)


def in_circles() -> Tensor:
    """Return how many walkers are in each circle of radius 1/4: at the centre, and on the ring.

    Returns:
        Counts ``(61 times, 2 circles)``.
    """
    walkers = scattered_walkers()
    return torch.stack(
        [((walkers - walkers.new_tensor(at)).norm(dim=-1) < CIRCLE).sum(dim=-1) for at in CENTRES],
        dim=-1,
    )


def circle_shares() -> Tensor:
    """Return the shares that the two circles have in equilibrium."""
    # Rays and arcs around a circle's own centre, so that its edge cuts through no cell.
    cells = product_grid(
        linear_grid(0.0, CIRCLE, 101, bounded=True),
        linear_grid(0.0, 2 * math.pi, 101, bounded=True),
    )
    radius, angle = cells.points.unbind(dim=-1)
    offsets = radius[..., None] * torch.stack([angle.cos(), angle.sin()], dim=-1)
    masses = [
        (radius * (cells.log_weights - ring_energy(offsets + offsets.new_tensor(at))).exp()).sum()
        for at in CENTRES
    ]
    return torch.stack(masses) / _by_radius().Z


def ring_walkers() -> alt.VConcatChart:
    """Return walkers on the ring from above, with a time.

    Ten thousand start with equal density all over a disc; fifty are drawn, with the last frames of
    their ways. Below stands the histogram of all radii over the density per radius. Above are the
    numbers of walkers in two circles of the same size, at the centre and on the ring. The paths are
    those of :func:`~ebm_snippets.langevin_dynamics`; a browser cannot draw the same random numbers.

    Returns:
        The chart.
    """
    walkers = scattered_walkers()
    paths = numbers(walkers[:, :DRAWN].permute(1, 2, 0), decimals=2)
    bins = (walkers.norm(dim=-1) / WIDE).floor().long()
    counts = one_hot(bins, BINS).sum(dim=1)  # (61, 21)
    frame = f"round(time / {PACE})"

    x = across("x\N{SUBSCRIPT ONE}", -EDGE, EDGE, ticks=5)
    y = upwards("y:Q", "x\N{SUBSCRIPT TWO}", -EDGE, EDGE)

    def circle(radius: float, at: tuple[float, float], **look: Any) -> alt.Chart:
        points = alt.sequence(0, 6.3, math.pi / 40, as_="angle")
        return (
            alt.Chart(points)
            .transform_calculate(
                x=f"{at[0]} + {radius} * cos(datum.angle)",
                y=f"{at[1]} + {radius} * sin(datum.angle)",
            )
            .mark_line(order=False, **look)
            .encode(x=x, y=y)
        )

    # Where the energy is 0, 1/4 (on both sides), 1, 9/4 and 4: its root is |r^2 - 1|.
    landscape = [
        circle(
            math.sqrt(square), (0.0, 0.0), color=ENERGY_COLOUR, strokeOpacity=0.5, strokeWidth=width
        )
        for square, width in ((0.5, 1), (1, 2), (1.5, 1), (2, 1), (2.5, 1), (3, 1))
    ]
    circles = [circle(CIRCLE, at, color="#222", strokeWidth=2) for at in CENTRES]

    given = alt.Chart(alt.NamedData(name="walkers"))

    def way(length: int, **look: Any) -> alt.Chart:
        # The ways of all walkers are one line with gaps: each ends with a row that has no place.
        return (
            given.transform_calculate(k=f"sequence({length + 1})")
            .transform_flatten(["k"])
            .transform_calculate(when=f"datum.k < {length} ? max({frame} - datum.k, 0) : null")
            .transform_calculate(x="datum.path[0][datum.when]", y="datum.path[1][datum.when]")
            .mark_line(order=False, invalid="break-paths-show-domains", **look)
            .encode(x=x, y=y)
        )

    run = {"counts": in_circles().tolist(), "limits": (WALKERS * circle_shares()).tolist()}
    said = saying(
        alt.Chart(alt.Data(values=[run])).transform_calculate(
            centre=f"datum.counts[{frame}][0]", on_ring=f"datum.counts[{frame}][1]"
        ),
        "'in equilibrium ' + format(datum.limits[0], '.0f') + ' and '"
        " + format(datum.limits[1], '.0f')",
        "'circles hold ' + datum.centre + ' (centre) and ' + datum.on_ring + ' (ring)'",
    )
    radius, densities = across("radius r", 0, EDGE, ticks=5), ("density per radius", 0, 1.5)
    bars = (
        alt.Chart(alt.NamedData(name="bins"))
        .transform_calculate(
            share=f"datum.counts[{frame}] / {WALKERS * WIDE}", end=f"datum.x + {WIDE}"
        )
        .mark_bar(color="#bbb", stroke="white", strokeWidth=0.5)
        .encode(x=radius, x2="end:Q", y2=alt.datum(0), y=upwards("share:Q", *densities))
    )
    whole = _by_radius().Z.item()
    exact = (
        alt.Chart(line_of_points(0, EDGE, 106))
        .transform_calculate(p=f"2 * PI * datum.x * exp(-pow(datum.x * datum.x - 1, 2)) / {whole}")
        .mark_line(color=DENSITY_COLOUR)
        .encode(x=radius, y=upwards("p:Q", *densities))
    )
    chart = stack(
        [
            alt.layer(
                *landscape,
                way(TAIL, color=DENSITY_COLOUR, strokeOpacity=0.5, strokeWidth=1),
                # A dot is a way of one place. Circles would each be moved by a transform, and the
                # browser would put the layers of the page together anew, at each frame. So it would
                # if the ways were clipped, or had an opacity other than that of their strokes.
                way(1, color=DENSITY_COLOUR, strokeWidth=8, strokeCap="round"),
                *circles,
                readouts(said, 2),
            ).properties(width=WIDTH, height=WIDTH),
            (bars + exact).properties(width=WIDTH, height=110),
        ],
        [dial("time", "time", 0, round(PACE * (FRAMES - 1), 6), PACE, value=0)],
        description=(
            "Fifty walkers scattered over a disc around the ring, seen from above, and two circles "
            "of the same size, one at the centre and one on the ring. Below, a histogram of all "
            "radii, which rises in a straight line from 0 at the centre to the edge of the disc."
        ),
        datasets={
            "walkers": [{"path": path} for path in paths],
            "bins": [{"x": i * WIDE, "counts": counts[:, i].tolist()} for i in range(BINS)],
        },
    )
    return played(chart, "time", 10)
