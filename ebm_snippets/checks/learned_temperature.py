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

_RANGE = (0.1, 10.0)
_TEMPERATURE_TRIALS: tuple[tuple[str, Callable[[Tensor], Tensor], float, int], ...] = (
    ("the asymmetric energy", asymmetric_energy, 1.7, 400),
    ("the double well", double_well_energy, 0.3, 150),
    # So hot that the ends of the grid count, and so high that exp(-E / T) is 0.
    ("the quadratic energy raised by 10,000", lambda x: quadratic_energy(x) + 10_000, 6.0, 250),
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
            truth = _temperature_of(float(energy(data).mean()), energy, grid)
            if not abs(came / truth - 1) <= 1e-3:
                hint = _recognise_temperature(came, truth, energy, data, grid)
                raise Failed(f"{case} T is {came:.5g}; {truth:.5g} was expected. {hint}".rstrip())
        return "At each T the model's mean energy is that of the data: the two phases cancel."

    return verdict(check)


def _temperature_of(mean: float, energy: Callable[[Tensor], Tensor], grid: Grid) -> float:
    """Where U(T), which rises with T, is the given mean energy."""
    low, high = _RANGE
    for _ in range(40):
        middle = math.sqrt(low * high)
        model = float(boltzmann_distribution(energy, grid, middle).mean_energy)
        low, high = (middle, high) if model < mean else (low, middle)
    return low


def _recognise_temperature(
    came: float, truth: float, energy: Callable[[Tensor], Tensor], data: Tensor, grid: Grid
) -> str:
    """Recognise the common errors by the temperature that they give."""
    lowest = float(energy(grid.points).min())
    excess = energy(data) - lowest
    underflow = f"exp(-E / T) is 0 if E is {lowest:g}: subtract the lowest energy first."
    if math.isnan(came):
        return underflow if lowest > 100 else "Is it 0 / 0 or inf - inf?"
    candidates = (
        ("This is 1 / T.", 1 / truth),
        ("This is the logarithm of T: take exp of it.", math.log(truth)),
        ("This is the data's variance; it is the energies that count.", float(data.var())),
        ("This is the data's mean energy; which T has this mean?", float(energy(data).mean())),
        ("This is the data's mean energy; which T has this mean?", float(excess.mean())),
        (
            "Beyond the ends of the grid there is nothing: sum over its points, and no others.",
            _temperature_of(float(energy(data).mean()), energy, linear_grid(-24.0, 24.0, 16_001)),
        ),
        (
            "Twice the mean energy is T in a quadratic well on the whole line, and nowhere else.",
            2 * float(excess.mean()),
        ),
        ("This is the data's spread of energy; which T has this mean?", float(excess.std())),
        (
            "This fits the energy of the mean state; the mean of the energies was meant.",
            _temperature_of(float(energy(data.mean())), energy, grid),
        ),
    )
    low, high = _RANGE
    inside = 1.1 * low < came < 0.9 * high  # at the ends all kinds of errors meet
    for hint, wrong in candidates:
        if math.isclose(came, wrong, rel_tol=1e-3) and (inside or not low <= wrong <= high):
            return hint
    if math.isclose(came, truth, rel_tol=0.2):
        return "Near, but not at the end of the search: take finer steps, or more of them."
    if not low * 0.99 < came < high * 1.01:
        return f"T lies between {low:g} and {high:g}."
    if not inside:
        told = (
            "This is the end of the range. The loss is the mean of E / T over the data plus "
            "log Z(T): alone, each of the two leads to an end."
        )
        return f"{told} And {underflow}" if lowest > 100 else told
    return ""
