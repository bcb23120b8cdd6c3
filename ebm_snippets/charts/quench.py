"""The chart of balls that are cooled, quickly or slowly."""

from __future__ import annotations

from functools import cache

import altair as alt
import torch
from torch import Tensor

from ..boltzmann import boltzmann_distribution, temperature_sweep
from ..dynamics import langevin_dynamics
from ..energies import asymmetric_energy
from ..grids import Grid, linear_grid
from ._parts import (
    BARRIER_COLOUR,
    DENSITY_COLOUR,
    WIDTH,
    across,
    dial,
    numbers,
    readouts,
    saying,
    sliding,
    stack,
    upwards,
)
from .temperature import ASYMMETRIC, asymmetric_barrier, balls_on_asymmetric

__all__ = ["COOLING_TIMES", "READ_AT", "cooled_balls", "equilibrium_shares", "quench_dial"]

COOLING_TIMES = (1, 10, 100)  # by slowness
HOTTEST, STAIRS, STEP = 2.0, 100, 0.01
BALLS, DRAWN = 2000, 30
# The balls are read at every fifth stair: at T = 2.0, 1.9 and so on down to 0.
READ_AT = tuple(round(HOTTEST - 0.1 * i, 1) for i in range(21))


def _line() -> Grid:
    # An even number of points, so that the barrier lies midway between two.
    barrier = asymmetric_barrier()
    return linear_grid(barrier - 6, barrier + 6, 2000)


@cache
def cooled_balls(time: int) -> Tensor:
    """Return where balls on the asymmetric energy are while they are cooled from T = 2 to 0.

    They start as draws of the Boltzmann distribution at T = 2, then the temperature falls by
    0.02, a hundred times, and stays for a hundredth of the time at each value. The last is 0.

    Args:
        time: how long the cooling takes, a whole number of units of time.

    Returns:
        States ``(21, 2000)``, at T = 2.0, 1.9 and so on down to 0.
    """
    generator = torch.Generator().manual_seed(0)
    hot = boltzmann_distribution(asymmetric_energy, _line(), HOTTEST)
    balls = hot.sample(BALLS, generator=generator)
    steps = round(time / (STAIRS * STEP))
    seen = [balls]
    for stair in range(1, STAIRS + 1):
        balls = langevin_dynamics(
            asymmetric_energy,
            balls,
            temperature=HOTTEST * (1 - stair / STAIRS),
            step_size=STEP,
            num_steps=steps,
            generator=generator,
        )[-1]
        seen.append(balls)
    return torch.stack(seen[:: STAIRS // (len(READ_AT) - 1)])


def equilibrium_shares() -> Tensor:
    """Return the share right of the barrier at the chart's temperatures, ``(21,)``.

    At T = 0 it is the limit, 1: all of the mass is in the deeper well.
    """
    barrier = asymmetric_barrier()
    sweep = temperature_sweep(asymmetric_energy, _line(), READ_AT[:-1])
    shares = [one.probability(lambda x: x > barrier) for one in sweep]
    return torch.stack([*shares, torch.ones_like(shares[0])])


def quench_dial() -> alt.VConcatChart:
    """Return balls that are cooled on the asymmetric energy, with dials for T and slowness.

    At slowness k they are cooled within 10^k units of time.

    Below the landscape stands the share of two thousand balls right of the barrier, from T = 2 down
    to the dial's temperature, beside the share in equilibrium; thirty of the balls are drawn.
    Their paths are those of :func:`~ebm_snippets.langevin_dynamics` with a falling temperature; a
    browser cannot draw the same random numbers.

    Returns:
        The chart.
    """
    barrier = asymmetric_barrier()
    runs = torch.stack([cooled_balls(time) for time in COOLING_TIMES])  # (times, 21, balls)
    paths = numbers(runs[..., :DRAWN].permute(2, 0, 1))
    shares = numbers((runs > barrier).double().mean(dim=-1).T)
    cooling = [
        {"heat": T, "equilibrium": share, "measured": measured}
        for T, share, measured in zip(READ_AT, numbers(equilibrium_shares()), shares, strict=True)
    ]
    frame = "round((2 - T) / 0.1)"
    balls = (
        alt.Chart(alt.NamedData(name="balls"))
        .transform_calculate(x=f"datum.path[slowness][{frame}]")
        .transform_calculate(E=ASYMMETRIC)
    )
    given = alt.Chart(alt.NamedData(name="cooling"))
    heat = across("temperature T", 0, HOTTEST, "heat:Q", ticks=5)

    def share(field: str) -> alt.Y:
        return upwards(f"{field}:Q", "share on the right", 0.5, 1)

    rest = given.mark_line(color=BARRIER_COLOUR, strokeDash=[5, 4]).encode(
        x=heat, y=share("equilibrium")
    )
    so_far = given.transform_calculate(
        # Until the dial has come there, nothing is known.
        seen="datum.heat > T - 0.05 ? datum.measured[slowness] : null"
    )
    line = so_far.mark_line(color=DENSITY_COLOUR, invalid="break-paths-show-domains").encode(
        x=heat, y=share("seen")
    )
    # One row that stays and changes. A filter would put another in its place, and the browser would
    # draw it anew.
    now = given.transform_calculate(now="abs(datum.heat - T) < 0.05 ? 1 : 0").transform_calculate(
        measured_now="datum.now * datum.measured[slowness]",
        equilibrium_now="datum.now * datum.equilibrium",
        heat_now="datum.now * datum.heat",
    )
    said = saying(
        now.transform_aggregate(
            measured_now="sum(measured_now)",
            equilibrium_now="sum(equilibrium_now)",
            heat="sum(heat_now)",
        ),
        "'right well ' + format(datum.measured_now, '.3f')"
        " + ',  in equilibrium ' + format(datum.equilibrium_now, '.3f')",
    )
    mark = sliding(said, BARRIER_COLOUR, length=130, orient="vertical").encode(x=heat)
    return stack(
        [
            (balls_on_asymmetric(balls) + readouts(said)).properties(width=WIDTH, height=150),
            alt.layer(rest, line, mark).properties(width=WIDTH, height=130),
        ],
        [
            dial("slowness", "slowness", 0, len(COOLING_TIMES) - 1, 1, value=0),
            dial("T", "temperature T", 0.0, HOTTEST, 0.1, value=HOTTEST),
        ],
        description=(
            "Thirty balls at temperature 2, spread over both wells of the asymmetric energy and "
            "up their sides. Below, the share right of the barrier in equilibrium falls from 1 at "
            "temperature 0 to 0.6 at temperature 2."
        ),
        datasets={"balls": [{"path": path} for path in paths], "cooling": cooling},
    )
