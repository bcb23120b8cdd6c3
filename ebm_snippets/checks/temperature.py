"""Checkers for the exercises of the chapter on temperature."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor

from ..boltzmann import boltzmann_distribution
from ..energies import asymmetric_energy, double_well_energy, quadratic_energy
from ..grids import Grid, discrete_states, linear_grid
from ._verdict import Failed, Verdict, call, call_any, verdict

__all__ = ["check_spread", "check_temperature_effects"]


def check_temperature_effects(answer: Any) -> Verdict:
    """Check a function that draws one density for each temperature.

    Args:
        answer: a callable ``(energy, grid, temperatures) -> axes``, which draws one labelled
            line for each temperature, with the grid's points and the density there.

    Returns:
        The verdict, from the lines on the axes. Figures that the answer made are closed.
    """

    def check() -> str:
        grid = linear_grid(-8.0, 9.0, 1201)
        for described, energy, temperatures in (
            ("the asymmetric energy at T = 0.4, 1 and 3", asymmetric_energy, (0.4, 1.0, 3.0)),
            (
                "the quadratic energy raised by 1000, at T = 2 and 0.5",
                lambda x: quadratic_energy(x) + 1000,
                (2.0, 0.5),
            ),
        ):
            before = set(plt.get_fignums())
            try:
                axes = call_any(
                    answer, f"With {described}, your function", energy, grid, temperatures
                )
                _require_densities(axes, f"With {described}", energy, grid, temperatures)
            finally:
                for number in set(plt.get_fignums()) - before:
                    plt.close(number)
        return "Each line is the density at its temperature."

    return verdict(check)


def _require_densities(
    axes: Any,
    described: str,
    energy: Callable[[Tensor], Tensor],
    grid: Grid,
    temperatures: tuple[float, ...],
) -> None:
    if not isinstance(axes, Axes):
        raise Failed(f"Your function returned a {type(axes).__name__}; return the axes.")
    if len(axes.lines) != len(temperatures):
        raise Failed(
            f"{described}, the axes hold {len(axes.lines)} lines; one for each of the "
            f"{len(temperatures)} temperatures was expected."
        )
    points = grid.points.numpy()
    for temperature in temperatures:
        density = boltzmann_distribution(energy, grid, temperature).density.numpy()
        labelled = [line for line in axes.lines if temperature in _numbers(str(line.get_label()))]
        if len(labelled) != 1:
            names = ", ".join(repr(str(line.get_label())) for line in axes.lines)
            raise Failed(
                f"{described}, exactly one line should have {temperature:g} in its label; the "
                f"labels are {names}."
            )
        x, y = (np.asarray(values, dtype=float) for values in labelled[0].get_data())
        if x.shape != points.shape or not np.allclose(x, points):
            raise Failed(f"{described}, draw each line over the grid's points, grid.points.")
        if not np.isfinite(y).all():
            raise Failed(
                f"{described}, the line for T = {temperature:g} holds values that are not finite. "
                f"exp(-1000 / T) is 0 in floating point: subtract the lowest energy first."
            )
        if not np.allclose(y, density, rtol=1e-4, atol=1e-7):
            hint = _hint(y, density, energy(grid.points).numpy())
            raise Failed(
                f"{described}, the line for T = {temperature:g} has its highest value "
                f"{y.max():.4g} and the area {np.trapezoid(y, x):.4g}; {density.max():.4g} and 1 "
                f"were expected. {hint}".rstrip()
            )


def _hint(came: np.ndarray, density: np.ndarray, energies: np.ndarray) -> str:
    if np.allclose(came, energies):
        return "This is the energy."
    if abs(came.sum() - 1) < 1e-6:
        return "The values sum to 1; a density integrates to 1, so mind the spacing."
    if np.allclose(came / came.max(), density / density.max(), rtol=1e-4, atol=1e-7):
        return "Only the factor is wrong: divide by Z."
    return "Does the temperature enter?"


def _numbers(label: str) -> list[float]:
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", label)]


def _spread_trials() -> Iterator[tuple[str, Callable[[Tensor], Tensor], Grid, tuple[float, ...]]]:
    line = linear_grid(-6.0, 6.0, 2401)
    sweep = (0.05, 0.1, 0.2, 0.4, 0.85, 1.5, 2.5, 5.0)
    yield "the double well", double_well_energy, line, sweep
    yield "the asymmetric energy", asymmetric_energy, line, (0.1, 0.3, 1.0, 2.0, 5.0)
    for values in ([3.0, 1.0, 2.0], [1.0, 1.0, 2.0, 4.0], [0.0, 5.0, 0.5]):
        energies = torch.tensor(values, dtype=torch.float64)
        states = discrete_states(torch.arange(len(values), dtype=torch.float64))

        def energy(i: Tensor, energies: Tensor = energies) -> Tensor:
            return energies[i.long()]

        yield f"states of energies {values}", energy, states, (0.2, 0.5, 1.0, 2.0, 5.0)


def check_spread(answer: Any) -> Verdict:
    """Check a measure of spread that never falls as the temperature rises.

    Args:
        answer: a callable ``(points, probabilities) -> number``, both ``(n,)``.

    Returns:
        The verdict: on several energies the measure must grow with T, and it must not care
        where the points lie. The entropy passes; the standard deviation does not.
    """

    def check() -> str:
        for described, energy, grid, temperatures in _spread_trials():
            previous = (-math.inf, 0.0)
            for temperature in temperatures:
                p = boltzmann_distribution(energy, grid, temperature).probabilities
                case = f"For {described} at T = {temperature:g}"
                value = _number(answer, case, grid.points, p)
                if value <= previous[0] + 1e-9:
                    raise Failed(
                        f"For {described} your measure is {previous[0]:.5g} at "
                        f"T = {previous[1]:g} and {value:.5g} at T = {temperature:g}. It must grow."
                    )
                previous = (value, temperature)
            moved = _number(answer, f"{case}, moved by 100,", grid.points + 100, p)
            if abs(moved - value) > 1e-6 * max(1, abs(value)):
                raise Failed(
                    f"{case} your measure is {value:.5g}, and {moved:.5g} when all points are "
                    f"moved by 100. Where a distribution lies is not how spread out it is."
                )
        return "It grows with the temperature on every energy that was tried."

    return verdict(check)


def _number(answer: Any, case: str, points: Tensor, probabilities: Tensor) -> float:
    came = call(answer, f"{case} your function", points, probabilities)
    if came.numel() != 1:
        raise Failed(
            f"{case} your function returned shape {tuple(came.shape)}; one number, please."
        )
    value = float(came)
    if not math.isfinite(value):
        raise Failed(
            f"{case} your measure is {value}. Some probabilities are 0, and 0 * log(0) is NaN in "
            f"floating point: see torch.special.entr."
        )
    return value
