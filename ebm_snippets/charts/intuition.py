"""The chart of the chapter on intuition."""

from __future__ import annotations

import altair as alt
import torch

from ..dynamics import langevin_dynamics
from ..energies import asymmetric_energy
from ._parts import (
    DENSITY_COLOUR,
    ENERGY_COLOUR,
    WIDTH,
    across,
    at,
    dial,
    line_of_points,
    numbers,
    readouts,
    saying,
    stack,
    upwards,
)
from .temperature import ASYMMETRIC, asymmetric_barrier

__all__ = ["NOISES", "jostled_balls", "noise_dial"]

NOISES = tuple(round(0.2 * i, 1) for i in range(7))
BALLS, STEP, STEPS_PER_FRAME, FRAMES = 30, 0.01, 100, 21


def jostled_balls() -> torch.Tensor:
    """Return where the balls of the chart are: ``(7 temperatures, 21 times, 30 balls)``.

    Every temperature has the same starts and the same kicks, up to their strength.
    """
    paths = langevin_dynamics(
        asymmetric_energy,
        torch.linspace(-1.9, 2.9, BALLS, dtype=torch.float64),
        temperature=torch.tensor(NOISES, dtype=torch.float64)[:, None],
        step_size=STEP,
        num_steps=STEPS_PER_FRAME * (FRAMES - 1),
        generator=torch.Generator().manual_seed(0),
    )
    return paths[::STEPS_PER_FRAME].transpose(0, 1)


def noise_dial() -> alt.VConcatChart:
    """Return a cloud of balls on the asymmetric energy, with dials for noise and time.

    The balls' paths are those of :func:`~ebm_snippets.langevin_dynamics`; a browser cannot draw
    the same random numbers.

    Returns:
        The chart.
    """
    barrier = asymmetric_barrier()
    paths = numbers(jostled_balls().permute(2, 0, 1))
    balls = (
        alt.Chart(alt.NamedData(name="balls"))
        .transform_calculate(x=f"datum.path[round(T / {NOISES[1]})][time]")
        .transform_calculate(E=ASYMMETRIC, right=f"datum.x > {barrier} ? 1 : 0")
    )
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
    count = saying(
        balls.transform_aggregate(right="sum(right)"),
        f"datum.right + ' of {BALLS} balls are right of the barrier'",
    )
    return stack(
        [(landscape + at(barrier) + dots + readouts(count)).properties(width=WIDTH, height=220)],
        [
            dial("T", "noise T", NOISES[0], NOISES[-1], NOISES[1], value=0.0),
            dial("time", "time", 0, FRAMES - 1, 1, value=0),
        ],
        description=(
            "Thirty balls spread evenly along the asymmetric energy, before they are let go."
        ),
        datasets={"balls": [{"path": path} for path in paths]},
    )
