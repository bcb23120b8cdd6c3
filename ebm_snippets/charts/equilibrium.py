"""The chart of balls in equilibrium, which do not rest."""

from __future__ import annotations

from functools import cache

import altair as alt
import torch
from torch import Tensor
from torch.nn.functional import one_hot, pad

from ..boltzmann import BoltzmannDistribution, temperature_sweep
from ..dynamics import langevin_dynamics
from ..energies import asymmetric_energy
from ..grids import linear_grid
from ._parts import (
    DENSITY_COLOUR,
    WIDTH,
    across,
    boltzmann_sums,
    dial,
    line_of_points,
    numbers,
    played,
    readouts,
    saying,
    stack,
    upwards,
)
from .temperature import ASYMMETRIC, asymmetric_barrier, balls_on_asymmetric

__all__ = [
    "FOLLOWED",
    "HEATS",
    "LOW",
    "WIDE",
    "crossings",
    "equilibrium_balls",
    "restless_balls",
    "right_shares",
]

HEATS = (0.5, 1.0, 2.0)
BALLS, DRAWN, FOLLOWED = 2000, 30, 12
PACE, STEP, FRAMES = 0.1, 0.005, 51  # the time from frame to frame, that of a step, and how many
LOW, WIDE, BINS = -2.5, 0.25, 24


def _in_equilibrium() -> list[BoltzmannDistribution]:
    """The Boltzmann distributions of the chart's temperatures."""
    # An even number of points, so that the barrier lies midway between two.
    line = linear_grid(asymmetric_barrier() - 6, asymmetric_barrier() + 6, 2000)
    return temperature_sweep(asymmetric_energy, line, HEATS)


@cache
def restless_balls() -> Tensor:
    """Return where balls on the asymmetric energy are, in equilibrium at three temperatures.

    They start as draws of the Boltzmann distribution of their temperature, and each has kicks of
    its own.

    Returns:
        States ``(3 temperatures, 51 times, 2000 balls)``, a tenth of a unit of time apart.
    """
    generator = torch.Generator().manual_seed(0)
    balls = torch.stack([one.sample(BALLS, generator=generator) for one in _in_equilibrium()])
    seen = [balls]
    for _ in range(FRAMES - 1):
        balls = langevin_dynamics(
            asymmetric_energy,
            balls,
            temperature=torch.tensor(HEATS, dtype=balls.dtype)[:, None],
            step_size=STEP,
            num_steps=round(PACE / STEP),
            generator=generator,
        )[-1]
        seen.append(balls)
    return torch.stack(seen, dim=1)


def crossings() -> Tensor:
    """Return how often balls have crossed the barrier, to the right and to the left.

    A ball has crossed when it is on another side than a tenth of a unit of time before.

    Returns:
        Counts ``(2 directions, 3 temperatures, 51 times)`` of all balls since time 0.
    """
    right = restless_balls() > asymmetric_barrier()
    before, after = right[:, :-1], right[:, 1:]
    made = torch.stack([after & ~before, before & ~after]).sum(dim=-1)
    return pad(made.cumsum(dim=-1), (1, 0))


def right_shares() -> Tensor:
    """Return the share right of the barrier in equilibrium, at the three temperatures."""
    barrier = asymmetric_barrier()
    return torch.stack([one.probability(lambda x: x > barrier) for one in _in_equilibrium()])


def equilibrium_balls() -> alt.VConcatChart:
    """Return balls in equilibrium on the asymmetric energy, with a choice of T and a time.

    Thirty of two thousand are drawn, one of them darker, so that the eye can follow it. Below
    stands the histogram of all of them over the density of that temperature; above, how often the
    barrier has been crossed in either direction. The paths are those of
    :func:`~ebm_snippets.langevin_dynamics`; a browser cannot draw the same random numbers.

    Returns:
        The chart.
    """
    states = restless_balls()
    paths = numbers(states[..., :DRAWN].permute(2, 0, 1), decimals=2)
    bins = ((states - LOW) / WIDE).floor().long()
    counts = torch.stack([one_hot(rows, BINS).sum(dim=1) for rows in bins])  # (3, 51, 24)
    heat, frame = f"indexof({list(HEATS)}, T)", f"round(time / {PACE})"

    balls = (
        alt.Chart(alt.NamedData(name="balls"))
        .transform_calculate(x=f"datum.path[{heat}][{frame}]")
        .transform_calculate(E=ASYMMETRIC)
    )
    followed = (
        balls.transform_filter("datum.followed")
        .mark_circle(size=110, color="#222", opacity=1, clip=True)
        .encode(x="x:Q", y="E:Q")
    )
    landscape = balls_on_asymmetric(balls)
    over, back = crossings()
    run = {
        "shares": numbers((states > asymmetric_barrier()).double().mean(dim=-1)),
        "limits": numbers(right_shares()),
        "over": over.tolist(),
        "back": back.tolist(),
    }
    said = saying(
        alt.Chart(alt.Data(values=[run])).transform_calculate(
            share=f"datum.shares[{heat}][{frame}]",
            limit=f"datum.limits[{heat}]",
            rightwards=f"datum.over[{heat}][{frame}]",
            leftwards=f"datum.back[{heat}][{frame}]",
        ),
        "datum.rightwards + ' crossed to the right, ' + datum.leftwards + ' to the left'",
        "'right well ' + format(datum.share, '.3f')"
        " + ',  in equilibrium ' + format(datum.limit, '.3f')",
    )
    x, high = across("state x", LOW, LOW + BINS * WIDE), 1.5
    bars = (
        alt.Chart(alt.NamedData(name="bins"))
        .transform_calculate(
            p=f"datum.counts[{heat}][{frame}] / {BALLS * WIDE}", end=f"datum.x + {WIDE}"
        )
        .mark_bar(color="#bbb", stroke="white", strokeWidth=0.5)
        .encode(x=x, x2="end:Q", y2=alt.datum(0), y=upwards("p:Q", "density p(x)", 0, high))
    )
    points, spacing = line_of_points(LOW, LOW + BINS * WIDE, 241), BINS * WIDE / 240
    density = (
        boltzmann_sums(alt.Chart(points), ASYMMETRIC, f"{spacing}")
        .mark_line(color=DENSITY_COLOUR, clip=True)
        .encode(x=x, y=upwards("p:Q", "density p(x)", 0, high))
    )
    heats = alt.binding_radio(
        options=list(HEATS), labels=[f"{T:g}" for T in HEATS], name="temperature T "
    )
    chart = stack(
        [
            (landscape + followed + readouts(said, 2)).properties(width=WIDTH, height=150),
            (bars + density).properties(width=WIDTH, height=110),
        ],
        [
            alt.param(name="T", value=1.0, bind=heats),
            dial("time", "time", 0, round(PACE * (FRAMES - 1), 6), PACE, value=0),
        ],
        description=(
            "Thirty balls on the asymmetric energy at temperature 1, one of them darker; most "
            "are in the right well. Below, the histogram of two thousand balls follows the "
            "density of that temperature."
        ),
        datasets={
            "balls": [{"path": path, "followed": i == FOLLOWED} for i, path in enumerate(paths)],
            "bins": [{"x": LOW + i * WIDE, "counts": counts[..., i].tolist()} for i in range(BINS)],
        },
    )
    return played(chart, "time", 10)
