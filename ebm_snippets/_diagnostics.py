"""How far a sum over a grid can be from the integral that it stands for."""

from __future__ import annotations

import math
import warnings

import torch
from torch import Tensor

from ._validation import any_true
from .grids import Grid

__all__ = [
    "CoarseGridWarning",
    "TruncationWarning",
    "coarseness",
    "error_at_centre",
    "mass_beyond",
    "warn_if_inexact",
]

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
    along = scaled - log_volume
    # A centre without volume is no wall: nothing is cut off there, and it counts as its neighbour.
    centre, shell, others = along.tensor_split([1, 2], dim=axis)
    centre = torch.where(torch.isneginf(log_volume.narrow(axis, 0, 1)), shell, centre)
    return torch.cat([centre, shell, others], dim=axis)


def error_at_centre(
    scaled: Tensor, probabilities: Tensor, log_weights: Tensor, axis: int
) -> Tensor:
    """Return how far the sum over shells is from the integral because of the centre, relative to Z.

    Args:
        scaled: E / T at the radii, ``+inf`` where a state cannot occur.
        probabilities: each shell's share of the mass, same shape.
        log_weights: of the shells, same shape; in proportion to r^s but for the first and the last.
        axis: the axis of radii.

    Returns:
        A scalar, from the first three terms of the Euler-Maclaurin formula for r^s g(r) with
        g = exp(-E / T): the sum over h, 2h, ... exceeds the integral by
        zeta(-s) h^(s + 1) g(0) + zeta(-s - 1) h^(s + 2) g'(0) + zeta(-s - 2) h^(s + 3) g''(0) / 2.
        The first and the third vanish in three, five, ... dimensions. In one and in two the weight
        of the centre makes up for the first.

    Source:
        Navot (1961), An extension of the Euler-Maclaurin summation formula to functions with a
        branch singularity, Journal of Mathematics and Physics 40.
    """
    scaled, probabilities = scaled.movedim(axis, -1), probabilities.movedim(axis, -1)
    volumes = log_weights.movedim(axis, -1)
    num = volumes.shape[-1]
    if num < 3:
        return torch.zeros_like(probabilities.sum())
    first, second = scaled.select(-1, 0), scaled.select(-1, 1)
    third = torch.where(scaled.select(-1, 2) < torch.inf, scaled.select(-1, 2), second)
    half = math.log(2) if num == 3 else 0.0  # the last shell counts half
    power = (volumes.select(-1, 2) + half - volumes.select(-1, 1)) / math.log(2)
    # The centre's density with the volume of the first shell: each term is in proportion to it.
    rise = torch.where(second < torch.inf, second - first, 0)
    log_mass = torch.log(probabilities.select(-1, 1)) + rise.clamp(max=60)
    known = (first < torch.inf) & (second < torch.inf)
    error = torch.exp(log_mass + volumes.select(-1, 0) - volumes.select(-1, 1))
    slope = torch.where(known, (4 * second - third - 3 * first) / 2, 0)
    curvature = torch.where(known, first - 2 * second + third, 0)
    for order, taylor in enumerate((torch.ones_like(slope), -slope, (slope**2 - curvature) / 2)):
        sign, log_zeta = _log_zeta(power + order)
        error = error + taylor * sign * torch.exp(log_mass + log_zeta)
    return torch.where(known, error, 0).sum().abs()


def _log_zeta(power: Tensor) -> tuple[Tensor, Tensor]:
    """Return the sign and the log size of Riemann's zeta(-power), for power of at least 0.

    By the functional equation, -2 (2 pi)^(-power - 1) sin(pi power / 2) Gamma(1 + power)
    zeta(1 + power).
    """
    above = power.clamp(min=1e-6)  # zeta(1) is infinite, but zeta(0) is -1/2
    wave = -torch.sin(math.pi * above / 2)
    # Of an even power rounding leaves a little where there is nothing.
    wave = torch.where((above > 1) & (wave.abs() < 1e-4), 0, wave)
    log_size = (
        math.log(2)
        - (above + 1) * math.log(2 * math.pi)
        + torch.log(wave.abs())
        + torch.lgamma(1 + above)
        + torch.log(torch.special.zeta(1 + above, torch.ones_like(above)))
    )
    return torch.sign(wave), log_size


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

    All that is known are the energies at the points; what lies between two of them and beyond the
    ends is guessed from there. Where the grid is one line through a larger one, ``axis_of_line``
    is its axis there.
    """
    if torch.finfo(scaled.dtype).bits < 32:  # of these torch lacks the special functions
        scaled, probabilities = scaled.float(), probabilities.float()
    log_weights = grid.log_weights.to(scaled.dtype)
    for axis, kind in enumerate(grid.kinds):
        name = f"axis {axis + axis_of_line}"
        if kind == "states":
            continue
        ray = kind == "ray"
        along = _with_volume(scaled, log_weights, axis) if ray else scaled
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
        if ray:
            inside = inside + error_at_centre(scaled, probabilities, log_weights, axis)
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
