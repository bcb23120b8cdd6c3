"""Energies of one real variable: callables from states ``(...,)`` to energies ``(...,)``."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ._validation import any_true, require_floating, require_same_device

__all__ = ["asymmetric_energy", "double_well_energy", "interpolated_energy", "quadratic_energy"]


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


def interpolated_energy(places: Tensor, heights: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the energy that runs through given heights at given places, between two walls.

    Between neighbouring places it is a cubic that rises or falls all the way, so that it has no
    minimum or maximum but at the places. It and its slope have no jump. It is level at both ends,
    so that a wall adds no error to the trapezoid rule.

    Args:
        places: ``(n,)``, n >= 2, floats, increasing.
        heights: ``(n,)``, the energies there, floats. Gradients flow to them.

    Returns:
        A callable from states ``(...,)``, in the dtype of ``places``, to energies ``(...,)``.
        Before the first place and beyond the last it is ``+inf``.

    Raises:
        TypeError: ``places`` or ``heights`` is not a tensor of floats.
        ValueError: they are not two rows of one length of at least 2, their dtypes or devices
            differ, a number is not finite, or the places do not increase. The energy raises it
            for states of another dtype or on another device.

    Source:
        Fritsch and Butland (1984), A method for constructing local monotone piecewise cubic
        interpolants, SIAM Journal on Scientific and Statistical Computing 5 (2): the slope at a
        place is a harmonic mean of those on its two sides, and 0 where they differ in sign.

    Example:
        >>> places = torch.tensor([0.0, 1.0, 2.0])
        >>> energy = interpolated_energy(places, torch.tensor([2.0, 0.0, 1.0]))
        >>> energy(torch.tensor([0.5, 1.0, 2.0, 2.5]))
        tensor([1., 0., 1., inf])
    """
    for name, value in (("places", places), ("heights", heights)):
        if require_floating(name, value).ndim != 1 or len(value) < 2:
            raise ValueError(
                f"{name} must have shape (n,) with n of at least 2, got {tuple(value.shape)}; "
                f"give a height to each of two or more places"
            )
        if any_true(torch.isfinite(value).logical_not()):
            raise ValueError(f"{name} must be finite, got {value.tolist()}")
    if places.shape != heights.shape:
        raise ValueError(
            f"places and heights must have one length, got {len(places)} and {len(heights)}; "
            f"give one height to each place"
        )
    _require_alike(places=places, heights=heights)
    widths, rises = places.diff(), heights.diff()
    if any_true(widths <= 0):
        raise ValueError(f"places must increase, got {places.tolist()}; sort them")
    slopes = _monotone_slopes(widths, rises / widths)

    def energy(x: Tensor) -> Tensor:
        _require_alike(places=places, x=require_floating("x", x))
        first, last = places.select(0, 0), places.select(0, -1)
        within = torch.minimum(torch.maximum(x, first), last)  # walls have no slope
        left = torch.searchsorted(places, within.detach().contiguous(), right=True) - 1
        left = left.clamp(0, len(widths) - 1)
        width = widths.take(left)
        share = (within - places.take(left)) / width  # of the way to the next place
        level = heights.take(left) + rises.take(left) * share**2 * (3 - 2 * share)
        start, end = slopes.take(left), slopes.take(left + 1)
        bend = width * share * (1 - share) * (start * (1 - share) - end * share)
        return torch.where((x < first) | (x > last), torch.inf, level + bend)

    return energy


def _require_alike(**tensors: Tensor) -> None:
    """Check that all tensors have the device and the dtype of the first."""
    require_same_device(**tensors)
    (first_name, first), *others = tensors.items()
    for name, tensor in others:
        if tensor.dtype != first.dtype:
            raise ValueError(
                f"{name} holds {tensor.dtype} but {first_name} holds {first.dtype}; "
                f"convert one with .to({first.dtype})"
            )


def _monotone_slopes(widths: Tensor, secants: Tensor) -> Tensor:
    """Return the slope at each place, such that no cubic between two of them turns.

    Inside it is the harmonic mean of the two secants, weighted by the widths; it never exceeds
    three times the smaller one, up to which a cubic does not turn.
    """
    inside = len(secants) - 1
    before, after = secants.narrow(0, 0, inside), secants.narrow(0, 1, inside)
    left, right = widths.narrow(0, 0, inside), widths.narrow(0, 1, inside)
    of_before, of_after = left + 2 * right, 2 * left + right  # the weights
    turns = torch.sign(before) * torch.sign(after) <= 0
    mixed = torch.where(turns, 1, of_before * after + of_after * before)
    mean = (of_before + of_after) * before * (after / mixed)
    level = torch.zeros_like(widths.narrow(0, 0, 1))
    return torch.cat([level, torch.where(turns, 0, mean), level])
