"""Energies of the plane: callables from states ``(..., 2)`` to energies ``(...)``."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor

from ._validation import as_number, require_vectors

__all__ = ["bowl_energy", "correlated_gaussian_energy", "four_wells_energy", "ring_energy"]


def bowl_energy(x: Tensor) -> Tensor:
    """Return the energy of a round bowl, E(x) = x_1^2 + x_2^2.

    Args:
        x: states, ``(..., 2)``, floats.

    Returns:
        Energies, ``(...)``. At temperature T, Z = pi T.

    Raises:
        TypeError: ``x`` is not a tensor of floats.
        ValueError: its last axis does not hold two coordinates.

    Example:
        >>> bowl_energy(torch.tensor([[0.0, 0.0], [1.0, 2.0]]))
        tensor([0., 5.])
    """
    return (require_vectors("x", x, 2) ** 2).sum(dim=-1)


def ring_energy(x: Tensor) -> Tensor:
    """Return the energy of a circular trough, E(x) = (r^2 - 1)^2 with r^2 = x_1^2 + x_2^2.

    Args:
        x: states, ``(..., 2)``, floats.

    Returns:
        Energies ``(...)``, 0 on the unit circle, 1 at the centre. At temperature T,
        Z = pi sqrt(pi T) (1 + erf(1 / sqrt(T))) / 2.

    Raises:
        TypeError: ``x`` is not a tensor of floats.
        ValueError: its last axis does not hold two coordinates.

    Example:
        >>> ring_energy(torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))
        tensor([1., 0., 1.])
    """
    return (bowl_energy(x) - 1) ** 2


def four_wells_energy(x: Tensor) -> Tensor:
    """Return the energy of four equal wells, E(x) = (x_1^2 - 1)^2 + (x_2^2 - 1)^2.

    Args:
        x: states, ``(..., 2)``, floats.

    Returns:
        Energies ``(...)``, with minima of energy 0 at (1, 1), (1, -1), (-1, 1) and (-1, -1).
        It is a sum of two double wells, so Z is the square of theirs.

    Raises:
        TypeError: ``x`` is not a tensor of floats.
        ValueError: its last axis does not hold two coordinates.

    Example:
        >>> four_wells_energy(torch.tensor([[1.0, -1.0], [0.0, 1.0], [0.0, 0.0]]))
        tensor([0., 1., 2.])
    """
    return ((require_vectors("x", x, 2) ** 2 - 1) ** 2).sum(dim=-1)


def correlated_gaussian_energy(rho: float) -> Callable[[Tensor], Tensor]:
    """Return the energy of two standard normal variables of correlation rho at T = 1.

    E(x) = (x_1^2 - 2 rho x_1 x_2 + x_2^2) / (2 (1 - rho^2)), which is half of
    x^T Sigma^-1 x with Sigma = ((1, rho), (rho, 1)). At temperature T the covariance is
    T Sigma, and Z = 2 pi T sqrt(1 - rho^2).

    Args:
        rho: the correlation, between -1 and 1, both excluded.

    Returns:
        A callable from states ``(..., 2)`` to energies ``(...)``; it raises as
        :func:`bowl_energy` does.

    Raises:
        TypeError: ``rho`` is not a number.
        ValueError: ``rho`` is not between -1 and 1.

    Example:
        >>> energy = correlated_gaussian_energy(0.5)
        >>> energy(torch.tensor([[1.0, 1.0], [1.0, -1.0]]))
        tensor([0.6667, 2.0000])
    """
    rho = as_number("rho", rho)
    if not (math.isfinite(rho) and -1 < rho < 1):
        raise ValueError(
            f"rho must be between -1 and 1, both excluded, got {rho}; at 1 or -1 all of the "
            f"mass lies on a line, and there is no density"
        )

    def energy(x: Tensor) -> Tensor:
        first, second = require_vectors("x", x, 2).unbind(dim=-1)
        return (first**2 - 2 * rho * first * second + second**2) / (2 * (1 - rho**2))

    return energy
