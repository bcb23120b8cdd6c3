"""What it costs to sum a grid, and the sum itself, in pieces that fit in memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ._diagnostics import warn_if_inexact
from ._validation import (
    any_true,
    as_temperature,
    require_count,
    require_energies,
    require_floating,
    require_same_device,
)
from .device import states_at_once
from .grids import Grid, product_grid, require_grid

__all__ = ["GridCost", "partition_function_scaling", "streamed_log_Z"]


@dataclass(frozen=True, repr=False)
class GridCost:
    """How many points a grid has.

    Attributes:
        dim: the number of dimensions, d.
        points: the exact number of points, n^d; Python's integers never overflow.
        log10_points: its decimal logarithm, d log10(n).
    """

    dim: int
    points: int
    log10_points: float

    def __repr__(self) -> str:
        # Python writes no integer of more than 4,300 digits, and nobody reads one of forty.
        points = str(self.points) if self.log10_points < 30 else f"about 10^{self.log10_points:.6g}"
        return f"GridCost(dim={self.dim}, points={points}, log10_points={self.log10_points!r})"


def partition_function_scaling(
    dims: Iterable[int], points_per_axis: int = 100
) -> tuple[GridCost, ...]:
    """Return how many energies a grid sum needs in each dimension.

    Args:
        dims: the dimensions d, each at least 1.
        points_per_axis: n, at least 1.

    Returns:
        One cost for each dimension, in their order.

    Raises:
        TypeError: a dimension or ``points_per_axis`` is not an integer.
        ValueError: one of them is less than 1.

    Example:
        >>> for cost in partition_function_scaling([3, 256]):
        ...     print(cost.dim, cost.log10_points)
        3 6.0
        256 512.0
    """
    num = require_count("points_per_axis", points_per_axis)
    checked = [require_count(f"dims[{i}]", dim) for i, dim in enumerate(dims)]
    return tuple(GridCost(dim, num**dim, dim * math.log10(num)) for dim in checked)


def streamed_log_Z(
    energy: Callable[[Tensor], Tensor],
    *grids: Grid,
    temperature: float | Tensor = 1.0,
    points_at_once: int | None = None,
) -> Tensor:
    """Return log Z on the product of grids, without ever holding all of its points.

    The value is that of ``boltzmann_distribution(energy, product_grid(*grids)).log_Z``.
    The points are made, used and dropped in pieces, and the pieces' log sums are added in
    log space. No gradient flows.

    Args:
        energy: a callable from states ``(..., d)`` to energies ``(...)``.
        grids: d grids of one axis with scalar states, all of one dtype on one device;
            the work is done there.
        temperature: positive, in units of energy.
        points_at_once: the size of a piece. One run along the last axis is the least. If it is
            not given, what suits the device: 2^17 points on a CPU, where that stays in its
            caches; elsewhere 2^25 / d, which takes about a gigabyte.

    Returns:
        A scalar.

    Raises:
        TypeError: energies are not floats, or an argument is not a number.
        ValueError: there is no grid; a grid has several axes; their dtypes or devices
            differ; energies have a wrong shape, contain NaN or -inf, or are +inf
            everywhere; or the temperature is not positive.

    Warns:
        CoarseGridWarning: the points are too far apart for this temperature, along one
            of the lines through the state of largest weight.
        TruncationWarning: mass lies beyond the ends of such a line. Both see what the energies
            at the points show, as in :func:`~ebm_snippets.boltzmann_distribution`.

    Example:
        >>> axis = linear_grid(-6.0, 6.0, 61)
        >>> streamed_log_Z(lambda x: (x**2).sum(-1), axis, axis, axis).exp()
        tensor(5.5683, dtype=torch.float64)
    """
    if points_at_once is not None:
        points_at_once = require_count("points_at_once", points_at_once)
    product_grid(*map(_first_points, range(len(grids)), grids))  # it checks all that can be wrong
    heat = as_temperature(temperature, like=grids[0].log_weights)
    if points_at_once is None:
        points_at_once = states_at_once(grids[0].points.device, len(grids), on_cpu=2**17)
    with torch.no_grad():
        total = torch.full_like(heat, -torch.inf)
        best = total.clone()
        at = torch.stack([grid.points.select(0, 0) for grid in grids])
        for states, log_weights in _pieces(grids, points_at_once):
            log_sum, largest, place = _log_sum(energy, states, log_weights, heat)
            total = torch.logaddexp(total, log_sum)
            at = torch.where(largest > best, place, at)
            best = torch.maximum(best, largest)
        if any_true(torch.isneginf(total)):
            raise ValueError(
                "energy(points) is +inf wherever the grid has weight, so that no state can "
                "occur; make it finite somewhere or move the grid"
            )
        for axis, grid in enumerate(grids):
            _warn_along(energy, grid, at, axis, heat)
        return total


def _first_points(position: int, grid: Grid) -> Grid:
    if require_grid(f"grids[{position}]", grid).points.ndim != 1:
        return grid
    return Grid(grid.points.narrow(0, 0, 1), grid.log_weights.narrow(0, 0, 1))


def _pieces(grids: tuple[Grid, ...], points_at_once: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield states (d, m) and log weights (m,), several runs of the last axes at a time."""
    split = len(grids) - 1
    run = grids[-1].points.shape[0]
    while split > 0 and run * grids[split - 1].points.shape[0] <= points_at_once:
        split -= 1
        run *= grids[split].points.shape[0]
    inner_points, inner_weights = _columns(grids[split:])
    if split == 0:
        yield inner_points, inner_weights
        return
    sizes = [grid.points.shape[0] for grid in grids[:split]]
    together = max(1, points_at_once // run)
    device = grids[0].points.device
    for start in range(0, math.prod(sizes), together):
        rows = torch.arange(start, min(start + together, math.prod(sizes)), device=device)
        outer = torch.unravel_index(rows, tuple(sizes))
        chosen = list(zip(grids[:split], outer, strict=True))
        fixed = torch.stack([grid.points.index_select(0, i) for grid, i in chosen])
        weights = torch.stack([grid.log_weights.index_select(0, i) for grid, i in chosen]).sum(0)
        states = torch.cat(
            [
                fixed.unsqueeze(2).expand(-1, -1, run),
                inner_points.unsqueeze(1).expand(-1, len(rows), -1),
            ]
        )
        yield states.flatten(1), (weights.unsqueeze(-1) + inner_weights).flatten()


def _columns(grids: tuple[Grid, ...]) -> tuple[Tensor, Tensor]:
    points = torch.meshgrid(*(grid.points for grid in grids), indexing="ij")
    log_weights = grids[0].log_weights
    for grid in grids[1:]:
        log_weights = (log_weights.unsqueeze(-1) + grid.log_weights).flatten()
    return torch.stack([column.flatten() for column in points]), log_weights


def _log_sum(
    energy: Callable[[Tensor], Tensor], columns: Tensor, log_weights: Tensor, heat: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return a piece's log sum, its largest term and the state that has it."""
    states = columns.movedim(0, -1)
    energies = require_floating("energy(points)", energy(states))
    if energies.shape != log_weights.shape:
        raise ValueError(
            f"energy(points) must have shape {tuple(log_weights.shape)}, one energy for each "
            f"state, got {tuple(energies.shape)} from points of shape {tuple(states.shape)}; "
            f"sum over the last axis of vector states"
        )
    require_same_device(**{"energy(points)": energies, "grids[0]": log_weights})
    require_energies(energies, "energy(points)")
    terms = log_weights - energies / heat
    largest, index = terms.max(dim=0)
    at = states.index_select(0, index.unsqueeze(0)).squeeze(0)
    return torch.logsumexp(terms, dim=0), largest, at


def _warn_along(
    energy: Callable[[Tensor], Tensor], grid: Grid, state: Tensor, axis: int, heat: Tensor
) -> None:
    """Warn of a line that is too coarse or too short for the energy along it."""
    points = grid.points.unsqueeze(-1)
    before = state.narrow(0, 0, axis).expand(len(points), -1)
    after = state.narrow(0, axis + 1, len(state) - axis - 1).expand(len(points), -1)
    energies = energy(torch.cat([before, points, after], dim=-1))
    terms = grid.log_weights - energies / heat
    scaled = (energies - energies.amin()) / heat
    warn_if_inexact(grid, scaled, torch.softmax(terms, 0), heat, stacklevel=3, axis_of_line=axis)
