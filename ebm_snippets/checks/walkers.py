"""Checker for the exercise on random walks in the chapter *Landscapes in the plane*."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from ..boltzmann import boltzmann_distribution
from ..radial import radial_grid
from ._compare import of_tensors, show
from ._verdict import Failed, Verdict, call, verdict

__all__ = ["check_walkers"]

_CENTRE = (0.5, -1.0, 0.0, 1.5, -0.5, 1.0)
_STIFFNESS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
_NUM_WALKERS = 2000


def _stiff_bowl(x: Tensor) -> Tensor:
    stiffness, centre = (x.new_tensor(values) for values in (_STIFFNESS, _CENTRE))
    return (stiffness * (x - centre) ** 2).sum(dim=-1) / 2


def check_walkers(answer: Any) -> Verdict:
    """Check a function that lets walkers in six dimensions forget where they started.

    Args:
        answer: a callable ``(energy, start, temperature) -> states``, start and states
            ``(2000, 6)``; the energy maps states ``(..., 6)`` to energies.

    Returns:
        The verdict. In a bowl of uneven sides each coordinate's mean and variance, and on a shell
        the mean and the spread of the radius, must be those of e^(-E/T)/Z, within about four
        standard errors and a tenth for steps of finite size. On the shell the mean of all walkers
        must be near the centre, or they still remember their start.
    """

    def check() -> str:
        for temperature in (1.0, 0.4):
            _require_bowl(answer, temperature)
        _require_shell(answer, 0.5)
        return "The walkers know the bowl and the shell, and no grid was needed."

    return verdict(check)


def _walked(answer: Any, case: str, energy: Any, start: Tensor, temperature: float) -> Tensor:
    states = call(answer, f"{case} your function", of_tensors(energy), start, temperature)
    if states.shape != start.shape:
        path = states.ndim == 3 and states.shape[1:] == start.shape
        hint = " This looks like a whole path: return its last states, path[-1]." if path else ""
        raise Failed(
            f"{case} your function returned shape {tuple(states.shape)}; one state for each "
            f"walker, {tuple(start.shape)}, was expected.{hint}"
        )
    if not bool(torch.isfinite(states).all()):
        raise Failed(
            f"{case} some walkers are at no finite place: take smaller steps, and go against the "
            f"slope, x - h * slope."
        )
    if torch.equal(states, start):
        raise Failed(
            f"{case} no walker has moved. (Of a path, path[0] is the start and path[-1] the end.)"
        )
    if bool((states == states[0]).all()):
        raise Failed(
            f"{case} all walkers are at one place: each needs noise of its own, in every "
            f"coordinate."
        )
    return states


def _require_bowl(answer: Any, temperature: float) -> None:
    case = f"In the bowl at T = {temperature:g}"
    start = torch.full((_NUM_WALKERS, len(_CENTRE)), 2.0, dtype=torch.float64)
    states = _walked(answer, case, _stiff_bowl, start, temperature)
    centre, stiffness = (torch.tensor(v, dtype=torch.float64) for v in (_CENTRE, _STIFFNESS))
    truth = temperature / stiffness
    variance = states.var(dim=0)
    ratio = variance / truth
    if bool(((ratio - 1).abs() > 0.25).any()):
        worst = int((ratio - 1).abs().argmax())
        came, wanted = float(variance[worst]), float(truth[worst])
        if float(variance.max() / variance.min()) < 1.3:
            hint = (
                "It is the same in all coordinates: is the slope right? It is that of "
                "energy(x).sum(), not of a mean, at this step alone: .grad adds up."
            )
        else:
            hint = _recognise_width(float(ratio.mean()), temperature)
        raise Failed(
            f"{case} coordinate {worst + 1} has the variance {came:.4g}; {wanted:.4g} was "
            f"expected. {hint}"
        )
    shift = (states.mean(dim=0) - centre) / truth.sqrt()
    if bool((shift.abs() > 0.12).any()):
        worst = int(shift.abs().argmax())
        raise Failed(
            f"{case} coordinate {worst + 1} has the mean {float(states[:, worst].mean()):.4g}; "
            f"{_CENTRE[worst]:g} was expected. Have the walkers forgotten that they started at 2? "
            f"Walk longer."
        )


def _recognise_width(ratio: float, temperature: float) -> str:
    """What the ratio of a variance to the right one says about the noise."""
    for hint, wrong in (
        ("This is the variance at T = 1: where does the temperature enter?", 1 / temperature),
        (
            "Is the noise sqrt(2 T h), and the slope taken once? Without the 2 the variance is "
            "half.",
            0.5,
        ),
        (
            "Is the noise sqrt(2 T h), and the slope whole? With 2 outside of the root it is "
            "twice as hot.",
            2.0,
        ),
        ("Is T under the root? This is the variance at T squared.", temperature),
        ("Multiply by T under the root; do not divide.", 1 / temperature**2),
        ("Is it torch.rand? The noise must be normal: torch.randn.", 1 / 12),
    ):
        if wrong != 1 and abs(ratio / wrong - 1) < 0.1:
            return hint
    if ratio < 0.1:
        return (
            "Without noise walkers only roll down, and this is next to none: it must be "
            "sqrt(2 T h), with h under the root, drawn at each step."
        )
    if ratio < 1:
        return "Too narrow: is the noise sqrt(2 T h), and is the walk long enough?"
    if ratio > 1e3:
        return "They run away: go against the slope, x - h * slope, in small steps."
    return (
        "Too wide: is the noise sqrt(2 T h), drawn anew at each step, and is the step small enough?"
    )


def _shell(x: Tensor) -> Tensor:
    return ((x**2).sum(dim=-1) - 1) ** 2


def _require_shell(answer: Any, temperature: float) -> None:
    case = f"On the shell at T = {temperature:g}"
    start = torch.zeros((_NUM_WALKERS, len(_CENTRE)), dtype=torch.float64)
    start[:, 0] = 1.0
    states = _walked(answer, case, _shell, start, temperature)
    radius = states.norm(dim=-1)
    shells = radial_grid(4.0, 2001, dim=len(_CENTRE))
    exact = boltzmann_distribution(lambda r: (r**2 - 1) ** 2, shells, temperature)
    mean = float(exact.expectation(lambda r: r))
    width = math.sqrt(float(exact.expectation(lambda r: (r - mean) ** 2)))
    came, spread = float(radius.mean()), float(radius.std())
    if abs(came - mean) > 0.15 * width or abs(spread / width - 1) > 0.2:
        raise Failed(
            f"{case} the walkers' radius is {came:.4g}, give or take {spread:.3g}; {mean:.4g}, "
            f"give or take {width:.3g}, was expected. This energy is steeper than the bowl far "
            f"out: are the steps small enough, and does every coordinate have its noise?"
        )
    drift = states.mean(dim=0).norm() / mean
    if float(drift) > 0.15:
        raise Failed(
            f"{case} the walkers' mean is at {show(states.mean(dim=0))}; 0 was expected in every "
            f"coordinate. They still remember where they started: walk longer."
        )
