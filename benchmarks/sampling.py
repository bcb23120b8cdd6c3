"""Means under the book's energies: summed on a grid, and drawn by torchebm's Langevin sampler.

torchebm has energies, samplers and losses, but nothing that returns log Z. What both can
say is a mean, so that is compared: of the energy, and of being right of the barrier.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import torch
from torch import Tensor

import ebm_snippets as ebm

from .exact import exact_values, on_the_line
from .measuring import installed, show_error, show_seconds, table, timed

STEP = 0.005  # of time, small against the curvature of the wells
SECTIONS = 20_000  # an even number of points, so that the barrier falls midway between two


@dataclass(frozen=True)
class Means:
    """What is expected of a state, and how much of that is luck of the draw.

    Attributes:
        energy: the mean energy.
        right: the share right of the barrier.
        luck: the standard error of the mean energy; 0 where nothing is drawn.
    """

    energy: float
    right: float
    luck: float = 0.0


ENERGIES: dict[str, Callable[[Tensor], Tensor]] = {
    "double_well": ebm.double_well_energy,
    "asymmetric": ebm.asymmetric_energy,
}


def barrier(name: str) -> float:
    return {
        "double_well": 0.0,
        "asymmetric": float(exact_values()["asymmetric_critical_points"][1]["x"]),
    }[name]


def exact_means(name: str, temperature: float) -> Means:
    shares = exact_values()["asymmetric_share_right_of_the_barrier"]
    right = 0.5 if name == "double_well" else float(shares[f"{temperature:g}"])
    return Means(float(on_the_line(name, temperature)["mean_energy"]), right)


def on_grid(name: str, temperature: float) -> Means:
    top = barrier(name)
    grid = ebm.linear_grid(top - 7, top + 7, SECTIONS)
    distribution = ebm.boltzmann_distribution(ENERGIES[name], grid, temperature)
    right = distribution.probability(lambda x: x > top)
    return Means(distribution.mean_energy.item(), right.item())


def by_torchebm(
    name: str, temperature: float, walkers: int = 10_000, num_steps: int = 4000
) -> Means:
    """Let walkers start from N(0, 1) and look at them after 20 units of time."""
    from torchebm.samplers import LangevinDynamics

    sampler = LangevinDynamics(
        torchebm_model(name, temperature), step_size=STEP * temperature, dtype=torch.float64
    )
    generator = torch.Generator().manual_seed(0)
    states = sampler.sample(dim=1, n_samples=walkers, n_steps=num_steps, generator=generator)
    energies = ENERGIES[name](states.squeeze(-1))
    right = (states > barrier(name)).double().mean()
    luck = energies.std() / math.sqrt(walkers)
    return Means(energies.mean().item(), right.item(), luck.item())


def torchebm_model(name: str, temperature: float) -> Any:
    """Return E / T as torchebm's own model where it has one: its samplers know no T."""
    from torchebm.core import BaseModel, DoubleWellModel

    if name == "double_well":
        return DoubleWellModel(barrier_height=1 / temperature, b=1.0, dtype=torch.float64)

    class Scaled(BaseModel):  # type: ignore[misc]  # torchebm is not there when types are checked
        def forward(self, x: Tensor) -> Tensor:
            return ENERGIES[name](x.squeeze(-1)) / temperature

    return Scaled(dtype=torch.float64)


def cells(means: Means, seconds: float, truth: Means) -> list[str]:
    energy = show_error(abs(means.energy - truth.energy))
    if means.luck:
        energy += f" +- {means.luck:.0e}"
    return [energy, show_error(abs(means.right - truth.right)), show_seconds(seconds)]


def compare(temperatures: tuple[float, ...] = (0.1, 1.0, 5.0)) -> str:
    names = ("grid", "torchebm")
    head = ["energy", "T"] + [f"{n}: {what}" for n in names for what in ("<E>", "right", "time")]
    rows = []
    for name, temperature in product(ENERGIES, temperatures):
        truth = exact_means(name, temperature)
        row = [name.replace("_", " "), f"{temperature:g}"]
        row += cells(*timed(partial(on_grid, name, temperature)), truth)
        if installed("torchebm"):
            drawn = partial(by_torchebm, name, temperature)
            row += cells(*timed(drawn, runs=1, warm=False), truth)
        else:
            row += [""] * 3
        rows.append(row)
    title = "Means: absolute error of the mean energy, and of the share right of the barrier"
    return table(title, head, rows)
