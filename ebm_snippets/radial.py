"""Radii of space: where the volume is, and so where the mass may be."""

from __future__ import annotations

import math

import torch

from ._validation import require_count
from .grids import Grid, linear_grid

__all__ = ["radial_grid"]


def radial_grid(
    high: float,
    num: int,
    *,
    dim: int = 2,
    dtype: torch.dtype = torch.float64,
    device: torch.device | str | None = None,
) -> Grid:
    """Return radii from 0 to ``high``, each with the volume of its shell as weight.

    An energy that depends on the distance from the origin alone can be summed over radii.
    On this grid ``.density`` is the density at a point of space, and ``.probabilities`` the
    mass of each shell. The weight is h S r^(dim - 1), where h is the spacing and
    S = 2 pi^(dim/2) / Gamma(dim/2) the surface of the unit sphere. The first and the last shell
    count half, and in the plane the centre has the area pi h^2 / 6 that the trapezoid rule leaves
    out (the first term of the Euler-Maclaurin formula).

    Args:
        high: the last radius, positive.
        num: how many radii, at least 3.
        dim: the dimension of space, at least 1.
        dtype: of points and log weights.
        device: where they live.

    Returns:
        A grid of shape ``(num,)`` with scalar states, the radii. Mass beyond ``high`` is
        reported as missing, as far as the energies near it show it.

    Raises:
        TypeError: ``num`` or ``dim`` is not an integer, or ``dtype`` is not floating.
        ValueError: ``high`` is not positive and finite, or ``num`` or ``dim`` is too small.

    Example:
        >>> plane = boltzmann_distribution(lambda r: r**2, radial_grid(8.0, 801))
        >>> plane.Z
        tensor(3.1416, dtype=torch.float64)
    """
    num, dim = require_count("num", num, at_least=3), require_count("dim", dim)
    high = float(high)
    if not (math.isfinite(high) and high > 0):
        raise ValueError(f"high must be a positive and finite radius, got {high}")
    line = linear_grid(0.0, high, num, dtype=dtype, device=device)
    log_surface = math.log(2) + dim / 2 * math.log(math.pi) - math.lgamma(dim / 2)
    power = torch.special.xlogy(torch.full_like(line.points, dim - 1), line.points)
    log_weights = line.log_weights + power + log_surface
    if dim == 2:
        log_weights.select(0, 0).fill_(math.log(math.pi / 6) + 2 * math.log(high / (num - 1)))
    return Grid(line.points, log_weights, ("ray",))
