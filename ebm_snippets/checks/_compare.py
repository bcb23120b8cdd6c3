"""How a checker compares numbers with what was expected, and how it tells of a difference."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._validation import require_floating
from ._verdict import Failed, call

__all__ = [
    "call_energy",
    "of_tensors",
    "require_close",
    "require_numbers",
    "require_pointwise",
    "show",
]


def of_tensors(energy: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """The same energy, which says so if an answer calls it with anything but floats in a tensor.

    Without it a number or an array would fail somewhere within the energy, with an error that
    names nothing that a learner has written.
    """
    return lambda x: energy(require_floating("x", x))


def require_close(
    answer: Tensor, expected: Tensor, described: str, hint: str = "", rtol: float = 1e-6
) -> None:
    """Fail with both values unless they agree to a part in a million, or in 1 / rtol."""
    if expected.ndim == 0 and answer.numel() == 1:
        answer = answer.reshape(())
    if answer.shape != expected.shape:
        wanted = f"{tuple(expected.shape)} was" if expected.ndim else "one number, as of a sum, was"
        raise Failed(f"{described} has shape {tuple(answer.shape)}; {wanted} expected.")
    if not bool(torch.isfinite(answer).all()):
        raise Failed(f"{described} is {show(answer)}, which is not finite. {hint}".rstrip())
    if torch.allclose(answer, expected, rtol=rtol, atol=rtol / 1000):
        return
    if expected.numel() > 8:  # more than can be read: show where they differ most
        worst = int((answer - expected).abs().argmax())
        place = tuple(int(i) for i in np.unravel_index(worst, expected.shape))
        described = f"{described} at index {place}"
        answer, expected = answer.flatten()[worst], expected.flatten()[worst]
    raise Failed(f"{described} is {show(answer)}; {show(expected)} was expected. {hint}".rstrip())


def call_energy(energy: Any, described: str, states: Tensor, *, tensor: bool = False) -> Tensor:
    """Call the learner's energy and return one number for each state.

    Args:
        energy: the learner's.
        described: the subject of a complaint, as "Your energy".
        states: the only argument.
        tensor: accept nothing but a tensor, which has a slope.
    """
    energies = call(energy, described, states, tensor=tensor)
    if energies.shape != states.shape:
        raise Failed(
            f"{described}: states of shape {tuple(states.shape)} gave energies of shape "
            f"{tuple(energies.shape)}; one energy for each state was expected."
        )
    return energies


def require_numbers(
    energies: Tensor, described: str, states: Tensor, hint: str = "", *, or_inf: bool = False
) -> None:
    """Fail at the first state of an energy that is not finite, and not +inf where that may be."""
    right = torch.isfinite(energies)
    if or_inf:
        right |= torch.isposinf(energies)
    if not bool(right.all()):
        x, value = (float(values[~right][0]) for values in (states.cpu(), energies))
        wanted = "a number, or inf," if or_inf else "a finite number"
        if math.isnan(value):
            hint = f"0 * log(0), 0 * inf and inf - inf are NaN. {hint}"
        raise Failed(
            f"At x = {x:.4g} {described} is {value}; {wanted} was expected. {hint}".rstrip()
        )


def require_pointwise(energy: Any, states: Tensor, energies: Tensor) -> None:
    """Fail if a state's energy depends on the states that are asked for with it."""
    chosen = _uneven_subset(states.cpu(), energies)
    few, before = states[chosen], energies[chosen]
    after = call_energy(energy, f"Your energy at {len(few)} of the states", few)
    off = torch.isclose(after, before, rtol=1e-4, atol=1e-4).logical_not()
    if bool(off.any()):
        x, first, second = (float(values[off][0]) for values in (few.cpu(), before, after))
        raise Failed(
            f"At x = {x:.4g} your energy is {first:.6g} in one batch of states and {second:.6g} in "
            f"another. A state's energy depends on that state alone: no mean or minimum over the "
            f"batch, no random numbers. If it is a network in training mode, call .eval() first."
        )


def _uneven_subset(states: Tensor, energies: Tensor) -> Tensor:
    """Indices of states that are unlike all of them in mean and extremes, of x and of energy."""
    order = energies.argsort()
    middling = order[len(order) // 20 : len(order) // 2]
    right = middling[states[middling].argsort(descending=True)][: len(middling) // 2]
    return right[:: max(1, len(right) // 300)]


def show(values: Tensor) -> str:
    rounded = [f"{value:.6g}" for value in values.flatten()[:8].tolist()]
    more = ", ..." if values.numel() > 8 else ""
    return rounded[0] if values.ndim == 0 else f"[{', '.join(rounded)}{more}]"
