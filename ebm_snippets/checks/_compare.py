"""How a checker compares numbers with what was expected, and how it tells of a difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ._verdict import Failed, call

__all__ = ["require_close", "require_pointwise", "show"]


def require_close(
    answer: Tensor, expected: Tensor, described: str, hint: str = "", rtol: float = 1e-6
) -> None:
    """Fail with both values unless they agree to a part in a million, or in 1 / rtol."""
    if expected.ndim == 0 and answer.numel() == 1:
        answer = answer.reshape(())
    if answer.shape != expected.shape:
        raise Failed(
            f"{described} has shape {tuple(answer.shape)}; {tuple(expected.shape)} was expected."
        )
    answer = answer.double()
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


def require_pointwise(energy: Any, states: Tensor, energies: Tensor) -> None:
    """Fail if a state's energy depends on the states that are asked for with it."""
    few, before = states[::97].flip(0), energies[::97].flip(0)
    after = call(energy, f"Your energy at {len(few)} states", few)
    if after.shape != few.shape:
        raise Failed(
            f"{len(few)} states gave energies of shape {tuple(after.shape)}; one energy for each "
            f"state was expected."
        )
    off = torch.isclose(after.double(), before.double(), rtol=1e-4, atol=1e-4).logical_not()
    if bool(off.any()):
        x, first, second = (values[off][0].item() for values in (few.cpu(), before, after))
        raise Failed(
            f"At x = {x:.4g} your energy is {first:.6g} when {len(states)} states are asked for, "
            f"and {second:.6g} when {len(few)} are. A state's energy depends on that state "
            f"alone: no mean over the batch, no random numbers."
        )


def show(values: Tensor) -> str:
    rounded = [f"{value:.6g}" for value in values.flatten()[:8].tolist()]
    more = ", ..." if values.numel() > 8 else ""
    return rounded[0] if values.ndim == 0 else f"[{', '.join(rounded)}{more}]"
