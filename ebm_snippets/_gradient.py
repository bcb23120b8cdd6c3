"""The slope of an energy, by automatic differentiation."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["energy_gradient"]


def energy_gradient(energy: Callable[[Tensor], Tensor], states: Tensor) -> Tensor:
    """Return dE/dx at each state, in the shape of ``states``, cut off from their history."""
    with torch.enable_grad():
        states = states.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(energy(states).sum(), states)
    return gradient
