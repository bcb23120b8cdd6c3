"""Checker for the exercise on learning one number in the chapter *Learning a landscape*."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..boltzmann import boltzmann_distribution
from ..energies import asymmetric_energy, double_well_energy, quadratic_energy
from ..grids import Grid, linear_grid
from ._verdict import Failed, Verdict, call_number, verdict

__all__ = ["check_learned_temperature"]

_TEMPERATURE_TRIALS: tuple[tuple[str, Callable[[Tensor], Tensor], float, int], ...] = (
    ("the asymmetric energy", asymmetric_energy, 1.7, 400),
    ("the double well", double_well_energy, 0.3, 150),
    ("the quadratic energy raised by 1000", lambda x: quadratic_energy(x) + 1000, 4.0, 250),
)


def check_learned_temperature(answer: Any) -> Verdict:
    """Check a function that learns the temperature of data from an energy that is known.

    Args:
        answer: a callable ``(energy, data, grid) -> T``, where the energy maps scalar states to
            energies, the data are ``(n,)`` and the grid is a bounded line. T lies between 0.1
            and 10.

    Returns:
        The verdict. T must be within one part in a thousand of the most likely one, at which the
        model's mean energy is that of the data.
    """

    def check() -> str:
        grid = linear_grid(-6.0, 6.0, 4001, bounded=True)
        for described, energy, heat, num in _TEMPERATURE_TRIALS:
            case = f"For {num} data from {described}"
            generator = torch.Generator().manual_seed(num)
            data = boltzmann_distribution(energy, grid, heat).sample(num, generator=generator)
            came = call_number(answer, f"{case} your function", energy, data, grid)
            truth = _most_likely_temperature(energy, data, grid)
            if not abs(came / truth - 1) <= 1e-3:
                hint = _recognise_temperature(came, truth, energy, data, grid)
                raise Failed(f"{case} T is {came:.5g}; {truth:.5g} was expected. {hint}".rstrip())
        return "At each T the model's mean energy is that of the data: the two phases cancel."

    return verdict(check)


def _most_likely_temperature(energy: Callable[[Tensor], Tensor], data: Tensor, grid: Grid) -> float:
    """Where U(T), which rises with T, is the data's mean energy."""
    wanted = float(energy(data).mean())
    low, high = 0.1, 10.0
    for _ in range(40):
        middle = math.sqrt(low * high)
        model = float(boltzmann_distribution(energy, grid, middle).mean_energy)
        low, high = (middle, high) if model < wanted else (low, middle)
    return low


def _recognise_temperature(
    came: float, truth: float, energy: Callable[[Tensor], Tensor], data: Tensor, grid: Grid
) -> str:
    """Recognise the common errors by the temperature that they give."""
    excess = energy(data) - energy(grid.points).min()
    candidates = (
        ("This is 1 / T.", 1 / truth),
        ("This is the data's variance; it is the energies that count.", float(data.var())),
        ("This is the data's mean energy; which T has this mean?", float(energy(data).mean())),
        ("This is the data's mean energy; which T has this mean?", float(excess.mean())),
        (
            "Twice the mean energy is T in a quadratic well on the whole line, and nowhere else.",
            2 * float(excess.mean()),
        ),
        ("This is the data's spread of energy; which T has this mean?", float(excess.std())),
    )
    found = (hint for hint, wrong in candidates if math.isclose(came, wrong, rel_tol=5e-3))
    hint = next(found, "")
    if not hint and math.isclose(came, truth, rel_tol=0.2):
        return "Near, but not at the end of the search: take finer steps, or more of them."
    if not hint and not 0.11 < came < 9:
        return (
            "This is the end of the range. The loss is the mean of E / T over the data plus "
            "log Z(T): alone, each of the two leads to an end."
        )
    return hint
