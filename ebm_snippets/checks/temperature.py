"""Checkers for the exercises of the chapter on temperature."""

from __future__ import annotations

import itertools
import math
import re
import reprlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from torch import Tensor

from ..boltzmann import boltzmann_distribution
from ..energies import asymmetric_energy, double_well_energy, quadratic_energy
from ..grids import Grid, discrete_states, linear_grid
from ._figures import fresh_figure
from ._own_work import OwnWork
from ._verdict import Failed, Verdict, call_any, call_number, verdict

__all__ = ["check_spread", "check_temperature_effects"]


_UNDERFLOW = "exp(-1000 / T) is 0 in floating point: subtract the lowest energy first."
_NOT_FINITE = (
    "Do its exponentials overflow, or are all of them 0? Subtract the lowest energy first."
)


def check_temperature_effects(answer: Any) -> Verdict:
    """Check a function that draws one density for each temperature.

    Args:
        answer: a callable ``(energy, grid, temperatures) -> axes``, which draws one labelled
            line for each temperature, with the grid's points and the density there.

    Returns:
        The verdict, from the lines on the axes and their labels, which may stand in a legend.
        The energy may not be called for each temperature anew, and an answer that calls a
        function of this package that returns Z or p does not pass. Figures that the answer made
        are closed.
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
            calls: list[int] = []

            def counted(
                x: Tensor,
                energy: Callable[[Tensor], Tensor] = energy,
                calls: list[int] = calls,
            ) -> Tensor:
                calls.append(x.numel())
                return energy(x)

            case = f"With {described}"
            with fresh_figure():
                with OwnWork():
                    axes = call_any(answer, f"{case}, your function", counted, grid, temperatures)
                _require_densities(axes, case, energy, grid, temperatures)
                if sum(calls) > 2 * grid.points.numel():  # for the lowest energy, twice will do
                    raise Failed(
                        f"{case}, the lines are right, but your function asked for the energies "
                        f"{len(calls)} times. They do not depend on T: ask once, before the loop."
                    )
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
        raise Failed(
            f"Your function returned {reprlib.repr(axes)}; return the axes, which plt.subplots() "
            f"returns after the figure."
        )
    lines = _labelled(axes)
    if len(lines) != len(temperatures):
        raise Failed(
            f"{described}, the axes hold {len(lines)} lines with a label and "
            f"{len(axes.lines) - len(lines)} without; one with a label for each of the "
            f"{len(temperatures)} temperatures was expected, as axes.plot draws it."
        )
    points = grid.points.numpy()
    for temperature, line in zip(
        temperatures, _in_order(lines, temperatures, described), strict=True
    ):
        distribution = boltzmann_distribution(energy, grid, temperature)
        density = distribution.density.numpy()
        x, y = (np.asarray(values, dtype=float) for values in line.get_data())
        if x.shape != points.shape or not np.allclose(x, points):
            raise Failed(f"{described}, draw each line over the grid's points, grid.points.")
        seen = density > 1e-300  # elsewhere its logarithm may have become -inf
        if np.allclose(y[seen], distribution.log_density.numpy()[seen], rtol=1e-4):
            raise Failed(
                f"{described}, the line for T = {temperature:g} is the logarithm of the density: "
                f"take exp of it."
            )
        if not np.isfinite(y).all():
            raise Failed(
                f"{described}, the line for T = {temperature:g} holds values that are not finite. "
                f"{_NOT_FINITE}"
            )
        if not np.allclose(y, density, rtol=1e-4, atol=1e-7):
            hint = _hint(y, energy, grid, temperature, temperatures)
            raise Failed(
                f"{described}, the line for T = {temperature:g} has its highest value "
                f"{y.max():.4g} and the area {np.trapezoid(y, x):.4g}; {density.max():.4g} and 1 "
                f"were expected. {hint}".rstrip()
            )


def _labelled(axes: Axes) -> list[tuple[str, Line2D]]:
    """The lines that have a label of their own or in a legend, with that label."""
    own = [(str(line.get_label()), line) for line in axes.lines]
    found = [(label, line) for label, line in own if label and not label.startswith("_")]
    legends = [axes.get_legend(), *getattr(axes.figure, "legends", ())]
    for legend in [] if found else filter(None, legends):
        shown = list(zip(legend.get_texts(), legend.legend_handles, strict=False))
        looks = [_look(line) for line in axes.lines]
        for index, (text, handle) in enumerate(shown):
            # Its sample line has the look of the line that it names. Where several look alike,
            # they are in order, as matplotlib takes them.
            look = _look(handle)
            place = looks.index(look) if looks.count(look) == 1 else index
            if place < len(axes.lines):
                found.append((text.get_text(), axes.lines[place]))
    return found


def _look(line: Any) -> tuple[Any, ...]:
    if not isinstance(line, Line2D):
        return ()
    return to_hex(line.get_color()), line.get_linestyle(), line.get_linewidth()


def _hint(
    came: np.ndarray,
    energy: Callable[[Tensor], Tensor],
    grid: Grid,
    temperature: float,
    temperatures: tuple[float, ...],
) -> str:
    """Recognise the common errors by the line that they draw."""
    energies = energy(grid.points)
    excess = energies - energies.min()

    def is_density(temperature: float) -> bool:
        weights = torch.softmax(-energies / temperature, 0).numpy()
        return np.allclose(came, weights * came.sum(), rtol=1e-4, atol=1e-4)

    if np.allclose(came, energies.numpy()):
        return "This is the energy."
    if any(np.allclose(np.abs(came), (e.abs() / temperature).numpy()) for e in (energies, excess)):
        return "A weight is exp(-E / T): is the exponential missing?"
    if not came.any():
        return _UNDERFLOW
    if is_density(temperature):
        if abs(came.sum() - 1) < 1e-6:
            return "The values sum to 1; a density integrates to 1, so mind the spacing."
        return "Only the factor is wrong: divide by Z."
    others = {other: f"This is the line for T = {other:g}." for other in temperatures}
    others |= {1 / temperature: "Divide the energy by T; do not multiply."}
    others |= {1.0: "Does the temperature enter? This is the line for T = 1."}
    others |= {-temperature: "High energies are rare: mind the minus of exp(-E / T)."}
    return next((hint for other, hint in others.items() if is_density(other)), "")


_NUMBER = r"\d*\.?\d+(?:[eE][-+]?\d+)?"


def _in_order(
    lines: list[tuple[str, Line2D]], temperatures: tuple[float, ...], described: str
) -> list[Line2D]:
    """The lines in the order of the temperatures that their labels name.

    A label may hold other numbers, such as that of the line. So the temperatures are given to the
    labels in every order, and one order alone must suit.
    """
    named = [
        [
            any(math.isclose(number, heat, rel_tol=1e-6) for number in _numbers(label))
            for label, _ in lines
        ]
        for heat in temperatures
    ]
    suiting = [
        order
        for order in itertools.permutations(range(len(lines)))
        if all(suits[place] for suits, place in zip(named, order, strict=True))
    ]
    if len(suiting) != 1:
        # Each may be in one label alone and still share it with another.
        alone = zip(temperatures, named, strict=True)
        heat = next((t for t, suits in alone if sum(suits) != 1), temperatures[0])
        names = ", ".join(repr(label) for label, _ in lines)
        raise Failed(
            f"{described}, exactly one line should have {heat:g} in its label; the labels are "
            f"{names}."
        )
    return [lines[place][1] for place in suiting[0]]


def _numbers(label: str) -> list[float]:
    """The temperatures that a label names, or all of its numbers if it does not say which."""
    label = re.sub(r"(?<=\d),(?=\d)", ".", label)  # in many languages 0.4 is written 0,4
    found = re.findall(rf"(?<![/\w])T\s*=\s*({_NUMBER})", label) or re.findall(_NUMBER, label)
    return [float(number) for number in found]


def _spread_trials() -> Iterator[tuple[str, Callable[[Tensor], Tensor], Grid, tuple[float, ...]]]:
    line = linear_grid(-6.0, 6.0, 2401)
    sweep = (0.05, 0.1, 0.2, 0.4, 0.85, 1.5, 2.5, 5.0)
    yield "the double well", double_well_energy, line, sweep
    yield "the asymmetric energy", asymmetric_energy, line, (0.1, 0.3, 1.0, 2.0, 5.0)
    usual = (0.2, 0.5, 1.0, 2.0, 5.0)
    for values, places, temperatures in (
        ([3.0, 1.0, 2.0], [0.0, 1.0, 2.0], usual),
        ([1.0, 1.0, 2.0, 4.0], [0.0, 1.0, 2.0, 3.0], usual),
        ([0.0, 5.0, 0.5], [0.0, 1.0, 2.0], usual),
        ([0.0, 5.0, 0.5, 5.0], [0.0, 1.0, 2.0, 3.0], usual),
        ([0.0, 1.0], [0.0, 1.0], usual),
        # Far apart, so that no share of a length is too small to see.
        ([0.0, 1.0, 0.0], [0.0, 1e6, 2e6], usual),
        ([0.0, 0.0, 9.0, 0.5, 9.0, 9.0], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], (0.37, 1.77)),
        ([0.0, 1.0, 1.0, 0.0], [-1.0, 0.0, 0.001, 1.0], (3.1, 316.0)),
        ([2.5, 3.0], [0.0, 1.0], (1.7, 316.0)),
        # Hot. The area under -p log p falls here, though its sum rises.
        ([1.0, 0.0, 1.0], [0.0, 1.0, 2.0], (1.0, 16.0, 100.0, 1000.0)),
    ):
        energies, points = torch.tensor([values, places], dtype=torch.float64)

        def energy(x: Tensor, energies: Tensor = energies) -> Tensor:
            return energies

        described = f"states of energies {values} at {places}"
        yield described, energy, discrete_states(points), temperatures


def check_spread(answer: Any) -> Verdict:
    """Check a measure of spread that never falls as the temperature rises.

    Args:
        answer: a callable ``(points, probabilities) -> number``, both ``(n,)``.

    Returns:
        The verdict. On several energies the measure must grow with T, and it must not care
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
                    hint = _recognise_length(answer, value, grid.points, p)
                    raise Failed(
                        f"For {described} your measure is {previous[0]:.5g} at "
                        f"T = {previous[1]:g} and {value:.5g} at T = {temperature:g}. It must "
                        f"grow. {hint}".rstrip()
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
    value = call_number(answer, f"{case} your function", points, probabilities)
    if not math.isfinite(value):
        nan = "0 * log(0) is NaN in floating point: see torch.special.entr."
        raise Failed(
            f"{case} your measure is {value}; a finite number was expected. Some probabilities "
            f"are 0, and {nan if math.isnan(value) else 'log(0) is -inf.'}"
        )
    return value


def _recognise_length(answer: Any, value: float, points: Tensor, probabilities: Tensor) -> str:
    """Recognise a measure of length by its value, here and with all points moved by 100."""
    mean = (probabilities * points).sum()
    second = float((probabilities * (points + 100) ** 2).sum())
    variance = float((probabilities * (points - mean) ** 2).sum())
    area = float(torch.trapezoid(torch.special.entr(probabilities), points))
    moved = _number(answer, "With all points moved by 100,", points + 100, probabilities)
    falls = "it falls where a rise of T fills the middle."
    for name, here, there, why in (
        ("standard deviation", math.sqrt(variance), math.sqrt(variance), falls),
        ("variance", variance, variance, falls),
        (
            "mean square of x",
            second - 200 * float(mean) - 10_000,
            second,
            f"{falls} It also depends on where the points lie.",
        ),
        (
            "area under -p log p",
            area,
            area,
            "The probabilities belong to the points and sum to 1: a sum was meant. The trapezoid "
            "rule halves the ends.",
        ),
    ):
        if math.isclose(value, here, rel_tol=1e-6) and math.isclose(moved, there, rel_tol=1e-6):
            return f"This is the {name}: {why}"
    return ""
