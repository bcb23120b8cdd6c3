"""Checkers for the exercises of the chapter *Landscapes of the plane*."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from torch import Tensor

from ..boltzmann import boltzmann_distribution
from ..grids import Grid, linear_grid, product_grid
from ..plane import correlated_gaussian_energy, four_wells_energy, ring_energy
from ._compare import require_close, show
from ._verdict import Failed, Verdict, call, verdict

__all__ = ["check_2d_landscape", "check_plane_partition"]

_LOWEST = (1.2, -0.6)


def _tilted_bowl(x: Tensor) -> Tensor:
    return 2 * (x[..., 0] - _LOWEST[0]) ** 2 + (x[..., 1] - _LOWEST[1]) ** 2 / 2


def check_2d_landscape(answer: Any) -> Verdict:
    """Check a function that draws an energy of the plane and its density, and returns the latter.

    Args:
        answer: a callable ``(energy, grid, axes) -> density``: the grid is a product of two
            lines, ``axes`` are two matplotlib axes, and the density has the grid's shape.

    Returns:
        The verdict, from the numbers returned and from what stands on the axes.
    """

    def check() -> str:
        grid = product_grid(linear_grid(-2.8, 5.2, 81), linear_grid(-8.6, 7.4, 91))
        for described, constant in (
            ("an uneven bowl", 0.0),
            ("the same bowl raised by 1000", 1000.0),
        ):
            left, right = Figure(figsize=(6, 3)).subplots(1, 2)

            def energy(x: Tensor, constant: float = constant) -> Tensor:
                return _tilted_bowl(x) + constant

            came = call(answer, f"With {described}, your function", energy, grid, (left, right))
            density = boltzmann_distribution(energy, grid).density
            if came.shape == density.shape and bool(torch.isfinite(came).all()):
                _diagnose_density(came, density, grid)
            require_close(
                came,
                density,
                f"With {described}, the density",
                "exp(-1000) is 0 in floating point; subtract the lowest energy first."
                if constant
                else "",
            )
            _require_drawn(left, "left", "energy", described, low=True)
            _require_drawn(right, "right", "density", described, low=False)
        return "Both panels show the bowl where it lies, and the density integrates to 1."

    return verdict(check)


def _diagnose_density(came: Tensor, density: Tensor, grid: Grid) -> None:
    """Recognise the common errors by the number that they give."""
    total = float(came.sum())
    if abs(total - 1) < 1e-3:
        raise Failed(
            "Your values sum to 1. A density integrates to 1: the sum must be taken times the "
            f"area of a cell, which is {float(grid.log_weights.max().exp()):.4g} here."
        )
    if torch.allclose(came.double(), (density / density.max()), rtol=1e-4):
        raise Failed("Your density has a largest value of 1: divide by Z as well.")


def _require_drawn(axes: Axes, side: str, what: str, described: str, *, low: bool) -> None:
    """Fail unless the extreme of what is drawn lies where the bowl has its lowest point."""
    drawn = [a for a in axes.collections if isinstance(a, (ContourSet, QuadMesh))]
    if not drawn:
        raise Failed(
            f"The {side} axes hold no contours; draw the {what} with contourf, contour or "
            f"pcolormesh on axes[{0 if side == 'left' else 1}]."
        )
    artist = drawn[0]
    if isinstance(artist, ContourSet):
        place = _contour_extreme(artist, low)
    else:
        place = _mesh_extreme(artist, low)
    there = place is not None and math.dist(place, _LOWEST) < 0.35
    mirrored = place is not None and math.dist(place, _LOWEST[::-1]) < 0.35
    word = "lowest" if low else "highest"
    if mirrored:
        raise Failed(
            f"On the {side} axes x_1 and x_2 are exchanged: the {what} should be {word} at "
            f"{_LOWEST}. Matplotlib wants rows for the vertical axis: transpose the values."
        )
    if not there:
        raise Failed(
            f"With {described}, the {what} on the {side} axes should be {word} at {_LOWEST}, "
            f"and it is not. Are both panels what they should be?"
        )


def _contour_extreme(contours: ContourSet, low: bool) -> tuple[float, float] | None:
    """The middle of the innermost contour, if the values increase or decrease towards it."""
    extents = [path.get_extents() for path in contours.get_paths() if np.size(path.vertices)]
    inner = extents[0 if low else -1]
    whole = Bbox.union(extents)
    if inner.width * inner.height > 0.5 * whole.width * whole.height:
        return None
    return (inner.x0 + inner.x1) / 2, (inner.y0 + inner.y1) / 2


def _mesh_extreme(mesh: QuadMesh, low: bool) -> tuple[float, float]:
    values: np.ndarray = np.ma.asarray(mesh.get_array()).ravel()
    corners = np.asarray(mesh.get_coordinates())
    centres = (corners[:-1, :-1] + corners[1:, 1:]).reshape(-1, 2) / 2
    x, y = centres[values.argmin() if low else values.argmax()].tolist()
    return x, y


_ENERGIES: tuple[tuple[str, Callable[[Tensor], Tensor]], ...] = (
    ("the ring", ring_energy),
    ("four wells, tilted", lambda x: four_wells_energy(x) + 0.5 * x[..., 0] + 0.2 * x[..., 1]),
    ("a Gaussian of correlation 0.7", lambda x: 8 * correlated_gaussian_energy(0.7)(x)),
)


def check_plane_partition(answer: Any) -> Verdict:
    """Check a function that returns Z of an energy on the square from -4 to 4.

    Args:
        answer: a callable ``(energy, num, temperature) -> Z``, with ``num`` points on each
            side.

    Returns:
        The verdict: Z must be within 1e-4 of itself, at two resolutions, for the ring and for
        energies that are not round, at several temperatures.
    """

    def check() -> str:
        fine = linear_grid(-4.0, 4.0, 401)
        for described, energy in _ENERGIES:
            for temperature in (1.0, 0.6):
                truth = boltzmann_distribution(energy, product_grid(fine, fine), temperature).Z
                for num in (81, 161):
                    case = f"For {described} at T = {temperature:g} with num = {num}"
                    came = call(answer, f"{case}, your function", energy, num, temperature)
                    _require_partition(came, truth, num, case)
        return "It holds for the ring and for two other energies, at both resolutions."

    return verdict(check)


def _require_partition(came: Tensor, truth: Tensor, num: int, case: str) -> None:
    if came.ndim != 0:
        raise Failed(f"{case}, Z has shape {tuple(came.shape)}; one number was expected.")
    spacing = 8 / (num - 1)
    if abs(float(came) / float(truth) - 1) <= 1e-4:
        return
    hints = {
        1 / spacing**2: "Multiply by the area of a cell.",
        1 / spacing: "A cell has an area, which is the product of two spacings.",
        ((num - 1) / num) ** 2: "num points have num - 1 gaps between them.",
    }
    hint = next(
        (text for factor, text in hints.items() if abs(float(came / truth) / factor - 1) < 1e-3),
        "Does the temperature enter?",
    )
    raise Failed(f"{case}, Z is {show(came)}; {show(truth)} was expected. {hint}")
