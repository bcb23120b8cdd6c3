"""How far a sum over a grid can be from the integral that it stands for."""

from __future__ import annotations

import math
import warnings

import torch
from torch import Tensor

from ._validation import any_true
from .grids import Grid

__all__ = ["CoarseGridWarning", "TruncationWarning", "coarseness", "mass_beyond", "warn_if_inexact"]

TOLERANCE = 1e-6
"""The relative error, and the share of mass, above which a warning is due."""


MARGIN = 2.5
"""How much rougher than a Gaussian of equal M a density is taken to be.

With it, grids without a warning give Z of the quartic double well to 3e-6 at every
temperature from 0.05 to 20; with 1.5, only to 2e-5.
"""


class CoarseGridWarning(UserWarning):
    """The grid's points are too far apart for the temperature."""


class TruncationWarning(UserWarning):
    """Some of the mass lies beyond the ends of the grid."""


def coarseness(
    scaled: Tensor, probabilities: Tensor, axis: int, *, ray: bool = False
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the roughness of a density along an axis, and the two errors of Z along it.

    Args:
        scaled: E / T at the points, ``+inf`` where a state cannot occur.
        probabilities: each point's share of the mass, same shape.
        axis: the axis of ordered points.
        ray: whether the first point is the centre of shells, where nothing is cut off.

    Returns:
        Three scalars. The roughness M is the mean, under the distribution, of the
        squared change of E / T between neighbours; for a Gaussian of standard
        deviation s and spacing h it is (h / s)^2. The relative error of Z from the inside
        is 2 exp(-2 pi^2 / M) for a Gaussian (Poisson summation); it is estimated with a
        margin for other shapes, plus half a cell at each wall. The error from the ends is
        the first Euler-Maclaurin term.
    """
    scaled, probabilities = scaled.movedim(axis, -1), probabilities.movedim(axis, -1)
    finite = scaled < torch.inf
    change = torch.where(finite, scaled, 0).diff(dim=-1)
    count = change.shape[-1]
    before, after = finite.narrow(-1, 0, count), finite.narrow(-1, 1, count)
    between = (probabilities.narrow(-1, 0, count) + probabilities.narrow(-1, 1, count)) / 2
    roughness = torch.where(before & after, between * change**2, 0).sum()
    smooth = 2 * torch.exp(-2 * math.pi**2 / (MARGIN * roughness))

    inside = torch.where(before & after, change, 0)
    ends = (probabilities.select(-1, -1) * inside.select(-1, -1)).sum() / 6
    if not ray:
        ends = ends - (probabilities.select(-1, 0) * inside.select(-1, 0)).sum() / 6

    walls = torch.where(before != after, between, 0).sum()
    return roughness, smooth + walls, ends.abs()


def mass_beyond(scaled: Tensor, probabilities: Tensor, axis: int, *, ray: bool = False) -> Tensor:
    """Return an estimate of the mass beyond the two ends of a line, as a share of Z.

    Args:
        scaled: E / T at the points, ``+inf`` where a state cannot occur.
        probabilities: each point's share of the mass on the grid, same shape.
        axis: the axis of ordered points; its outer weights are half of the inner ones.
        ray: whether the domain ends with the first point.

    Returns:
        A scalar between 0 and 1. E / T is continued as a parabola through the last three
        points, which is exact for a Gaussian. It is 1 where that parabola does not rise,
        so that the mass beyond has no bound.
    """
    scaled, probabilities = scaled.movedim(axis, -1), probabilities.movedim(axis, -1)
    missing = _tail(scaled.flip(-1), probabilities.select(-1, -1)).sum()
    if not ray:
        missing = missing + _tail(scaled, probabilities.select(-1, 0)).sum()
    return torch.where(torch.isinf(missing), 1.0, missing / (1 + missing))


def _tail(scaled: Tensor, end_probability: Tensor) -> Tensor:
    """Return the mass before the first point: density there times the integral of
    exp(-(slope s + curvature s^2 / 2)) over s > 0, in units of the spacing.
    """
    first, second = scaled.select(-1, 0), scaled.select(-1, 1)
    third = scaled.select(-1, 2) if scaled.shape[-1] > 2 else 2 * second - first
    slope = (3 * first - 4 * second + third) / 2
    curvature = first - 2 * second + third
    bends = curvature > 0
    width = torch.sqrt(2 * torch.where(bends, curvature, 1))
    parabola = math.sqrt(math.pi) / width * torch.special.erfcx(slope / width)
    straight = torch.where(slope > 0, 1 / torch.where(slope > 0, slope, 1), torch.inf)
    integral = torch.where(bends, parabola, straight)
    known = torch.maximum(torch.maximum(first, second), third) < torch.inf
    return torch.where(known & (end_probability > 0), 2 * end_probability * integral, 0)


def _with_volume(scaled: Tensor, log_weights: Tensor, axis: int) -> Tensor:
    """E / T less the log volume of each shell: what the mass per shell is the exponential of."""
    log_volume = log_weights.clone()
    log_volume.select(axis, -1).add_(math.log(2))  # the last shell counts half
    return scaled - log_volume


def warn_if_inexact(
    grid: Grid,
    scaled: Tensor,
    probabilities: Tensor,
    temperature: Tensor,
    stacklevel: int,
    *,
    axis_of_line: int = 0,
) -> None:
    """Warn where a sum over the grid differs from its integral by more than one in a million.

    Where the grid is one line through a larger one, ``axis_of_line`` is its axis there.
    """
    for axis, kind in enumerate(grid.kinds):
        name = f"axis {axis + axis_of_line}"
        if kind == "states":
            continue
        ray = kind == "ray"
        along = _with_volume(scaled, grid.log_weights, axis) if ray else scaled
        truncated = False
        if kind != "interval":
            beyond = mass_beyond(along, probabilities, axis, ray=ray)
            truncated = any_true(beyond > TOLERANCE)
        if truncated:
            share = float(beyond)
            ends = f"beyond the ends of {name} of the grid at temperature {float(temperature):g}"
            problem = (
                f"about {share:.3g} of the mass ({share:.2%}) lies {ends}"
                if share < 1
                else f"an unbounded mass may lie {ends}, where the energy does not rise"
            )
            warnings.warn(
                f"{problem}; widen the grid, or say linear_grid(..., bounded=True) if the "
                f"domain ends there",
                TruncationWarning,
                stacklevel=stacklevel + 1,
            )
        roughness, inside, at_ends = coarseness(along, probabilities, axis, ray=ray)
        # Where mass is cut off, only a wider grid cures the error at the ends.
        error = inside if truncated else inside + at_ends
        if any_true(error > TOLERANCE):
            rise, off = math.sqrt(float(roughness)), float(error)
            walled = any_true(torch.isposinf(scaled))
            walls = ", and place the grid's ends at walls of infinite energy" if walled else ""
            warnings.warn(
                f"the grid is too coarse along {name} for temperature "
                f"{float(temperature):g}: between neighbouring points the energy changes by "
                f"{rise:.3g} T, and Z may be off by {min(off, 1):.2g} of itself; use at least "
                f"{max(2, math.ceil(1.4 * rise))} times as many points{walls}",
                CoarseGridWarning,
                stacklevel=stacklevel + 1,
            )
