"""Checker for the exercise on mass and density in the chapter *Landscapes in the plane*."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..boltzmann import boltzmann_distribution
from ..radial import radial_grid
from ._verdict import Failed, Verdict, call_number, verdict

__all__ = ["check_likeliest_radius"]

_RADIUS = 30.0  # no farther out need anyone look
_SHELLS: tuple[tuple[str, Callable[[Tensor], Tensor], int, float], ...] = (
    ("the ring in the plane", lambda r: (r**2 - 1) ** 2, 2, 1.0),
    ("the ring in ten dimensions", lambda r: (r**2 - 1) ** 2, 10, 1.0),
    ("the energy r^2 in three dimensions", lambda r: r**2, 3, 0.5),
    (
        "the energy 2 (r - 1)^2 (r - 3)^2 + r / 4 in three dimensions",
        lambda r: 2 * (r - 1) ** 2 * (r - 3) ** 2 + r / 4,
        3,
        1.0,
    ),
    ("the energy r^2 in 784 dimensions, raised by 1000", lambda r: r**2 + 1000, 784, 1.0),
)


def check_likeliest_radius(answer: Any) -> Verdict:
    """Check a function that returns the radius at which a state is found most often.

    Args:
        answer: a callable ``(energy, dim, temperature) -> radius``, where the energy maps radii
            ``(...,)`` to energies and the radius is below 30.

    Returns:
        The verdict. The radius must be within 0.02 of that at which r^(d-1) e^(-E/T) is largest,
        in up to 784 dimensions, also where that has two peaks.
    """

    def check() -> str:
        for described, energy, dim, temperature in _SHELLS:
            case = f"For {described} at T = {temperature:g}"
            came = call_number(answer, f"{case} your function", energy, dim, temperature)
            truth = _densest(energy, dim - 1, temperature)
            if not abs(came - truth) <= 0.02:
                hint = _recognise_radius(came, energy, dim, temperature)
                raise Failed(
                    f"{case} your radius is {came:.4g}; {truth:.4g} was expected. {hint}".rstrip()
                )
        return "Density times room, in 2 to 784 dimensions."

    return verdict(check)


def _densest(energy: Callable[[Tensor], Tensor], power: float, temperature: float) -> float:
    """The radius at which r^power e^(-E/T) is largest."""
    r = torch.linspace(0, _RADIUS, 30_001, dtype=torch.float64)
    heights = torch.special.xlogy(torch.tensor(power, dtype=torch.float64), r)
    return float(r[(heights - energy(r) / temperature).argmax()])


def _recognise_radius(
    came: float, energy: Callable[[Tensor], Tensor], dim: int, temperature: float
) -> str:
    """Recognise the common errors by the radius that they give."""
    shells = radial_grid(_RADIUS, 30_001, dim=dim)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mean = float(boltzmann_distribution(energy, shells, temperature).expectation(lambda r: r))
    overflow = (
        "r**(d - 1) overflows and exp(-E / T) becomes 0, and their product is no number: look for "
        "the largest *logarithm*"
    )
    if not math.isfinite(came):
        return f"{overflow}."
    if came > _RADIUS:
        return f"The radius is below {_RADIUS:g}: is this an index? Take r[index]."
    candidates = (
        (
            "There the density is highest, at a point. How much room has a radius?",
            _densest(energy, 0, temperature),
        ),
        (
            "The room at radius r grows as r^(d - 1), and as r in the plane only.",
            _densest(energy, 1, temperature),
        ),
        ("A sphere in d dimensions has a surface of d - 1.", _densest(energy, dim, temperature)),
        ("Where does the temperature enter?", _densest(energy, dim - 1, 1.0)),
        ("Divide the energy by T; do not multiply.", _densest(energy, dim - 1, 1 / temperature)),
        ("This is the mean radius; the likeliest one was expected.", mean),
        (
            "This is the end of the search. A weight is exp(-E / T): mind the minus.",
            _densest(energy, dim - 1, -temperature),
        ),
    )
    distance, hint = min((abs(came - wrong), hint) for hint, wrong in candidates)
    if distance <= 0.02:
        return hint
    return (
        f"{overflow}, and let the search reach {_RADIUS:g}."
        if dim > 100
        else f"Does your search reach {_RADIUS:g} in small steps, and does it see more than one "
        f"peak?"
    )
