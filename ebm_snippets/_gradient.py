"""The slope of an energy, by automatic differentiation."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["energy_gradient"]


def energy_gradient(energy: Callable[[Tensor], Tensor], states: Tensor) -> Tensor:
    """Return dE/dx at each state, in the shape of ``states``, cut off from their history.

    Raises:
        TypeError: the energy leaves torch on its way, so that it has no slope.
    """
    with torch.enable_grad():
        states = states.detach().requires_grad_()
        try:
            energies = energy(states)
        except RuntimeError as error:
            if "numpy()" not in str(error):
                raise
            raise TypeError(
                "energy must be built from torch operations, so that it has a slope, but it "
                "calls NumPy; write torch.sin for np.sin"
            ) from error
        (gradient,) = torch.autograd.grad(energies.sum(), states)
    return gradient
