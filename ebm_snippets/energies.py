"""Energies of one real variable: callables from states ``(...,)`` to energies ``(...,)``."""

from __future__ import annotations

from torch import Tensor

from ._validation import require_floating

__all__ = ["asymmetric_energy", "double_well_energy", "quadratic_energy"]


def quadratic_energy(x: Tensor) -> Tensor:
    """Return the energy of a single well, E(x) = x^2.

    Args:
        x: states, ``(...,)``, floats.

    Returns:
        Energies, ``(...,)``. At temperature T the density is a Gaussian of
        variance T / 2.

    Raises:
        TypeError: ``x`` is not a tensor of floats.

    Example:
        >>> quadratic_energy(torch.tensor([0.0, 3.0]))
        tensor([0., 9.])
    """
    return require_floating("x", x) ** 2


def double_well_energy(x: Tensor) -> Tensor:
    """Return the energy of two equal wells, E(x) = (x^2 - 1)^2.

    Args:
        x: states, ``(...,)``, floats.

    Returns:
        Energies ``(...,)``, with minima of energy 0 at -1 and 1, a barrier of 1 at 0.

    Raises:
        TypeError: ``x`` is not a tensor of floats.

    Example:
        >>> double_well_energy(torch.tensor([-1.0, 0.0, 2.0]))
        tensor([0., 1., 9.])
    """
    return (require_floating("x", x) ** 2 - 1) ** 2


def asymmetric_energy(x: Tensor) -> Tensor:
    """Return the energy of two unequal wells, E(x) = (x + 1)^2 (x - 2)^2 / 2 - 0.3 x.

    Args:
        x: states, ``(...,)``, floats.

    Returns:
        Energies ``(...,)``. The right well, near 2, is the deeper one.

    Raises:
        TypeError: ``x`` is not a tensor of floats.

    Example:
        >>> asymmetric_energy(torch.tensor([-1.0, 0.0, 2.0]))
        tensor([ 0.3000,  2.0000, -0.6000])
    """
    require_floating("x", x)
    return 0.5 * (x + 1) ** 2 * (x - 2) ** 2 - 0.3 * x
