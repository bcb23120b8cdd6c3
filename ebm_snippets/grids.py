"""Grids: points with log weights, one path for sums and for integrals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ._validation import (
    any_true,
    as_number,
    require_count,
    require_floating,
    require_same_device,
)

__all__ = ["Grid", "discrete_states", "linear_grid", "product_grid", "require_grid"]

_KINDS = ("states", "line", "interval", "ray")


@dataclass(frozen=True, eq=False)
class Grid:
    """Points and log weights, so that a sum of f(point) * weight is a sum or an integral.

    Attributes:
        points: ``(*shape, *state)``: scalar states have no state axes, vector states one.
        log_weights: ``(*shape,)``, floats: log of each point's weight. Zero for
            discrete states; the log of a length, an area or a volume on a line, in
            a plane or in space. ``-inf`` is a weight of zero.
        kinds: what each axis of ``shape`` is. ``"states"``: a list of separate
            states. ``"line"``: ordered points of a line that goes on beyond them.
            ``"interval"``: ordered points of a domain that ends with them. ``"ray"``:
            a domain that ends with the first of them and goes on beyond the last.
            All ``"states"`` where it is not given.
        factors: the lines of a product, one for each coordinate; otherwise empty.

    Raises:
        TypeError: ``points`` is not a tensor, or ``log_weights`` are not floats.
        ValueError: the shapes do not fit, there are no points, a log weight is NaN
            or +inf, a kind is unknown or has
            too few points, or the two tensors are on different devices.
    """

    points: Tensor
    log_weights: Tensor
    kinds: tuple[str, ...] = ()
    factors: tuple[Grid, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.points, Tensor):
            raise TypeError(
                f"points must be a torch.Tensor, got {type(self.points).__name__}; "
                f"write torch.tensor(...)"
            )
        require_floating("log_weights", self.log_weights)
        require_same_device(points=self.points, log_weights=self.log_weights)
        shape = self.log_weights.shape
        if not shape or self.log_weights.numel() == 0:
            raise ValueError(
                f"log_weights must have an axis and hold at least one point, "
                f"got shape {tuple(shape)}"
            )
        if self.points.shape[: len(shape)] != shape:
            raise ValueError(
                f"points must have shape (*shape, *state) with the shape {tuple(shape)} of "
                f"log_weights, got {tuple(self.points.shape)}; give one log weight to each point"
            )
        if any_true(torch.isnan(self.log_weights) | torch.isposinf(self.log_weights)):
            raise ValueError(
                "log_weights contains NaN or +inf; a weight must be finite "
                "(-inf is a weight of zero)"
            )
        if not self.kinds:
            object.__setattr__(self, "kinds", ("states",) * len(shape))
        if len(self.kinds) != len(shape) or any(kind not in _KINDS for kind in self.kinds):
            raise ValueError(
                f"kinds must name one of {', '.join(_KINDS)} for each of the {len(shape)} axes, "
                f"got {self.kinds}"
            )
        for axis, (kind, num) in enumerate(zip(self.kinds, shape, strict=True)):
            if kind != "states" and num < 2:
                raise ValueError(
                    f"axis {axis} is a {kind}, so it needs at least 2 points, got {num}; "
                    f"call it states if they are separate"
                )
        if self.factors and tuple(f.points.shape for f in self.factors) != tuple(
            torch.Size([num]) for num in shape
        ):
            raise ValueError(
                f"factors must be one grid of scalar states for each axis of {tuple(shape)}, got "
                f"points of shapes {[tuple(f.points.shape) for f in self.factors]}; make it with "
                f"product_grid"
            )


def require_grid(name: str, value: Any) -> Grid:
    """Return ``value`` if it is a grid.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(value, Grid):
        raise TypeError(f"{name} must be a Grid, got {type(value).__name__}; see linear_grid")
    return value


def linear_grid(
    low: float,
    high: float,
    num: int,
    *,
    bounded: bool = False,
    dtype: torch.dtype = torch.float64,
    device: torch.device | str | None = None,
) -> Grid:
    """Return equally spaced points of a line with trapezoid weights.

    Args:
        low: the first point.
        high: the last point, greater than ``low``.
        num: how many points, at least 2.
        bounded: whether the domain itself ends at ``low`` and ``high``. Left false,
            the grid is a window on the whole line, and mass beyond it is reported as missing,
            as far as the energies near its ends show it.
        dtype: of points and log weights.
        device: where they live.

    Returns:
        A grid of shape ``(num,)`` with scalar states. Inner weights are the spacing h,
        the two outer ones h / 2.

    Raises:
        TypeError: ``num`` is not an integer, an end is not a number or ``dtype`` is not
            floating.
        ValueError: fewer than two points, ends that are not finite and increasing, or
            points so close that they coincide in ``dtype``.

    Example:
        >>> grid = linear_grid(0.0, 1.0, 3)
        >>> grid.log_weights.exp()
        tensor([0.2500, 0.5000, 0.2500], dtype=torch.float64)
    """
    num = require_count("num", num, at_least=2)  # a line needs its two ends
    if not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
        raise TypeError(f"dtype must be a floating-point dtype, got {dtype}; use torch.float64")
    low, high = as_number("low", low), as_number("high", high)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(
            f"low and high must be finite and increasing, got low={low} and high={high}; "
            f"write linear_grid(-4.0, 4.0, {num})"
        )
    points = torch.linspace(low, high, num, dtype=dtype, device=device)
    if any_true(points.diff() <= 0):
        raise ValueError(
            f"num={num} points between low={low} and high={high} coincide in {dtype}; "
            f"use fewer points or torch.float64"
        )
    spacing = (high - low) / (num - 1)
    log_weights = torch.full_like(points, math.log(spacing))
    for end in (0, -1):
        log_weights.select(0, end).sub_(math.log(2))
    return Grid(points, log_weights, ("interval" if bounded else "line",))


def product_grid(*grids: Grid) -> Grid:
    """Return the grid of all combinations of points, one from each grid.

    Args:
        grids: at least one grid of one axis with scalar states, all of one dtype on
            one device.

    Returns:
        A grid of shape ``(n_1, ..., n_d)`` with vector states, points
        ``(n_1, ..., n_d, d)``. Its weights are products, so that those of two lines
        are the areas of cells.

    Raises:
        TypeError: one of them is no grid.
        ValueError: there is no grid, one has vector states or several axes, or their
            dtypes or devices differ.

    Example:
        >>> line = linear_grid(0.0, 1.0, 3)
        >>> product_grid(line, line).points.shape
        torch.Size([3, 3, 2])
    """
    if not grids:
        raise ValueError("grids is empty; give product_grid at least one grid")
    for position, grid in enumerate(grids):
        if require_grid(f"grids[{position}]", grid).points.ndim != 1:
            raise ValueError(
                f"grids[{position}] must have one axis and scalar states, got points of shape "
                f"{tuple(grid.points.shape)}; combine lines, not grids of vectors"
            )
        require_same_device(**{"grids[0]": grids[0].points, f"grids[{position}]": grid.points})
        if grid.points.dtype != grids[0].points.dtype:
            raise ValueError(
                f"grids[{position}] holds {grid.points.dtype} but grids[0] holds "
                f"{grids[0].points.dtype}; make both with one dtype"
            )
    points = torch.stack(torch.meshgrid(*(g.points for g in grids), indexing="ij"), dim=-1)
    log_weights = torch.zeros((), dtype=grids[0].log_weights.dtype, device=points.device)
    for grid in grids:
        log_weights = log_weights.unsqueeze(-1) + grid.log_weights
    return Grid(points, log_weights, tuple(kind for g in grids for kind in g.kinds), grids)


def discrete_states(points: Any) -> Grid:
    """Return separate states, each of weight one.

    Args:
        points: ``(n,)`` scalar states or ``(n, ...)`` others, one in each row; integer
            labels are welcome.

    Returns:
        A grid of shape ``(n,)``. Sums over it are sums over the states.

    Raises:
        TypeError: ``points`` is not a tensor.
        ValueError: it has no axis or no rows.

    Example:
        >>> discrete_states(torch.arange(3)).log_weights
        tensor([0., 0., 0.], dtype=torch.float64)
    """
    if not isinstance(points, Tensor):
        raise TypeError(
            f"points must be a torch.Tensor, got {type(points).__name__}; write torch.tensor(...)"
        )
    if points.ndim == 0 or points.shape[0] == 0:
        raise ValueError(
            f"points must have a row for each state, got shape {tuple(points.shape)}; "
            f"write torch.arange(n) for n labelled states"
        )
    dtype = points.dtype if points.is_floating_point() else torch.float64
    return Grid(points, torch.zeros(points.shape[0], dtype=dtype, device=points.device))
