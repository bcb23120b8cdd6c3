"""The chart of the chapter on intuition."""

from __future__ import annotations

import altair as alt
import torch

from ..dynamics import langevin_dynamics
from ..energies import asymmetric_energy
from ._parts import (
    WIDTH,
    dial,
    numbers,
    played,
    readouts,
    saying,
    stack,
)
from .temperature import ASYMMETRIC, asymmetric_barrier, balls_on_asymmetric

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
    count = saying(
        balls.transform_aggregate(right="sum(right)"),
        f"datum.right + ' of {BALLS} balls are right of the barrier'",
    )
    chart = stack(
        [(balls_on_asymmetric(balls) + readouts(count)).properties(width=WIDTH, height=220)],
        [
            dial("T", "noise T", NOISES[0], NOISES[-1], NOISES[1], value=0.0),
            dial("time", "time", 0, FRAMES - 1, 1, value=0),
        ],
        description=(
            "Thirty balls spread evenly along the asymmetric energy, before they are let go."
        ),
        datasets={"balls": [{"path": path} for path in paths]},
    )
    return played(chart, "time", 4)
