"""Wells and barriers of an energy of one variable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ._gradient import energy_gradient
from ._validation import any_true, require_floating
from .grids import Grid, require_grid

__all__ = ["StationaryPoints", "stationary_points"]


@dataclass(frozen=True, eq=False)
class StationaryPoints:
    """Where the slope of an energy changes sign, in increasing order.

    Attributes:
        minima: ``(m,)``: the bottoms of the wells.
        maxima: ``(k,)``: the tops of the barriers.
    """

    minima: Tensor
    maxima: Tensor


def stationary_points(energy: Callable[[Tensor], Tensor], grid: Grid) -> StationaryPoints:
    """Return the minima and maxima of an energy between the ends of a grid.

    The grid brackets them: of those that lie between the same neighbours, two are missed
    and of three one is found. Each is found by bisection on the slope, to the last digit
    of the grid's dtype. For a level stretch between a fall and a rise, one of its ends is returned.

    Args:
        energy: a callable from scalar states to energies, differentiable.
        grid: one axis of increasing scalar points.

    Returns:
        The minima and the maxima, in the grid's dtype.

    Raises:
        TypeError: ``grid`` is not a grid of floats, or the energy has no slope.
        ValueError: the grid has several axes, its points do not increase, the energy is not
            one number for each, or the energy or its slope is NaN at one of them.

    Example:
        >>> stationary_points(double_well_energy, linear_grid(-2.0, 2.0, 80)).minima
        tensor([-1.,  1.], dtype=torch.float64)
    """
    points = require_floating("grid.points", require_grid("grid", grid).points)
    if points.ndim != 1 or any_true(points.diff() <= 0):
        raise ValueError(
            f"grid must have one axis of increasing points, got points of shape "
            f"{tuple(points.shape)}; make it with linear_grid"
        )
    slopes, energies = energy_gradient(energy, points), energy(points)
    if energies.shape != points.shape:
        raise ValueError(
            f"energy must return one number for each of {len(points)} states, got shape "
            f"{tuple(energies.shape)}; keep the shape of the states"
        )
    if any_true(undefined := torch.isnan(slopes) | torch.isnan(energies)):
        what = "energy" if any_true(torch.isnan(energies[undefined][0])) else "the slope of energy"
        raise ValueError(
            f"{what} is NaN at x = {float(points[undefined][0]):.6g}; narrow the grid to where it "
            f"is defined"
        )
    sloped = slopes != 0  # a level point says nothing about the direction
    points, uphill = points[sloped], slopes[sloped] > 0
    turns = uphill[1:] != uphill[:-1]
    low, high, to_uphill = points[:-1][turns], points[1:][turns], uphill[1:][turns]
    low, high = _bisect(energy, low, high, to_uphill)
    middle = (low + high) / 2
    return StationaryPoints(middle[to_uphill], middle[~to_uphill])


def _bisect(
    energy: Callable[[Tensor], Tensor], low: Tensor, high: Tensor, to_uphill: Tensor
) -> tuple[Tensor, Tensor]:
    """Halve intervals, once for each bit, keeping the half in which the slope changes sign."""
    for _ in range(torch.finfo(low.dtype).bits):
        middle = (low + high) / 2
        before = (energy_gradient(energy, middle) > 0) != to_uphill
        low, high = torch.where(before, middle, low), torch.where(before, high, middle)
    return low, high
