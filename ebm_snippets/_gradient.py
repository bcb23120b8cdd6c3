"""The slope of an energy, by automatic differentiation."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["energy_gradient"]


def energy_gradient(energy: Callable[[Tensor], Tensor], states: Tensor) -> Tensor:
    """Return dE/dx at each state, in the shape of ``states``, cut off from their history.

    Raises:
        TypeError: the energy leaves torch on its way, or does not depend on the states, so
            that it has no slope.
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
        gradient = None
        if isinstance(energies, Tensor) and energies.requires_grad:
            (gradient,) = torch.autograd.grad(energies.sum(), states, allow_unused=True)
        if gradient is None:
            came = "one that does not" if isinstance(energies, Tensor) else repr(energies)
            raise TypeError(
                f"energy must return a tensor that depends on its states through torch operations, "
                f"got {came}; a constant energy is 0 * x + constant"
            )
    return gradient
