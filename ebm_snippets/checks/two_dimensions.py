"""Checkers for the exercises of the chapter *Landscapes in the plane*."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.contour import ContourSet
from matplotlib.transforms import Bbox
from torch import Tensor

from ..boltzmann import boltzmann_distribution
from ..grids import Grid, linear_grid, product_grid
from ..plane import correlated_gaussian_energy, four_wells_energy, ring_energy
from ._compare import require_close
from ._figures import fresh_figure
from ._own_work import OwnWork
from ._verdict import Failed, Verdict, call, call_number, verdict

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
        # The bowl is not in the middle, or a picture upside down would look right.
        grid = product_grid(linear_grid(-4.8, 5.2, 81), linear_grid(-8.6, 9.4, 91))
        for described, constant in (
            ("an uneven bowl", 0.0),
            ("the same bowl raised by 1000", 1000.0),
        ):

            def energy(x: Tensor, *, constant: float = constant) -> Tensor:
                return _tilted_bowl(x) + constant

            with fresh_figure() as figure:
                axes = left, right = figure.subplots(1, 2)
                case = f"With {described}, your function"
                came = call(answer, case, energy, grid, axes)
                density = boltzmann_distribution(energy, grid).density
                if came.shape == density.shape and bool(torch.isfinite(came).all()):
                    _diagnose_density(came, density, grid)
                hint = "exp(-1000) is 0 in floating point; subtract the lowest energy first."
                require_close(
                    came,
                    density,
                    f"With {described}, the density",
                    _recognise_density(came, density, energy(grid.points))
                    or (hint if constant else ""),
                    rtol=1e-4,
                )
                top = float(density.max())
                _require_drawn(left, "left", "energy", described, low=True)
                _require_drawn(right, "right", "density", described, low=False, top=top)
        return "Both panels show the bowl where it lies, and the density integrates to 1."

    return verdict(check)


def _diagnose_density(came: Tensor, density: Tensor, grid: Grid) -> None:
    """Recognise the common errors by the number that they give."""
    total, area = float(came.sum()), float(grid.log_weights.max().exp())
    scaled = torch.allclose(came, density * total * area, rtol=1e-4)
    if not (came.any() and scaled) or abs(total * area - 1) < 1e-4:
        return
    if abs(total - 1) < 1e-3:
        raise Failed(
            "Your values sum to 1. A density integrates to 1: the sum must be taken times the "
            f"area of a cell, which is {area:.4g} here."
        )
    if torch.allclose(came, density / density.max(), rtol=1e-4):
        raise Failed("Your density has a largest value of 1: divide by Z as well.")
    first, second = (float(line.points.diff()[0]) for line in grid.factors)
    raise Failed(
        f"Your density integrates to {total * area:.5g}, not to 1. The area of a cell is "
        f"{first:.4g} times {second:.4g} here, the gaps between the points of the two lines."
    )


def _recognise_density(came: Tensor, density: Tensor, energies: Tensor) -> str:
    """Recognise what was returned in place of a density, by its numbers."""
    if came.shape != density.shape:
        return ""
    if torch.allclose(came, energies):
        return "This is the energy."
    if torch.allclose(came, -energies):
        return "A weight is exp(-E / T): is the exponential missing?"
    if torch.allclose(came, density.log(), rtol=1e-4):
        return "This is the logarithm of the density: take exp of it."
    turned = torch.softmax((energies - energies.max()).flatten(), 0).reshape(came.shape)
    sizes = came.clamp(min=0)
    if bool(came.any()) and torch.allclose(sizes / sizes.sum(), turned, rtol=1e-3, atol=1e-9):
        return "The sign is wrong: low energies are likely."
    return ""


def _require_drawn(
    axes: Axes, side: str, what: str, described: str, *, low: bool, top: float | None = None
) -> None:
    """Fail unless the extreme of what is drawn lies where the bowl has its lowest point.

    What is drawn must also reach from low to high energies, or up to the density's top.
    """
    drawn = [a for a in axes.collections if _is_map(a)]
    if not drawn:
        raise Failed(
            f"The {side} axes hold no contours; draw the {what} with contourf, contour or "
            f"pcolormesh on axes[{0 if side == 'left' else 1}]."
        )
    artist = drawn[0]
    if isinstance(artist, ContourSet):
        levels = np.asarray(artist.levels)
        extents = [path.get_extents() for path in artist.get_paths() if np.size(path.vertices)]
        if not extents:
            raise Failed(
                f"With {described}, the {side} axes show no contour: the levels reach from "
                f"{levels.min():.4g} to {levels.max():.4g}. Do the values lie there?"
            )
        place, values = _contour_extreme(extents, low), levels
    else:
        place, values = _mesh_extreme(artist, low), np.ma.asarray(artist.get_array()).compressed()
    word = "lowest" if low else "highest"
    if place is None:
        raise Failed(
            f"With {described}, the innermost contour on the {side} axes fills nearly all of the "
            f"picture, and nobody sees where the {what} is {word}. Is it the {what}? Then draw "
            f"more levels."
        )
    if math.dist(place, _LOWEST[::-1]) < 0.35:
        raise Failed(
            f"On the {side} axes x_1 and x_2 are exchanged: the {what} should be {word} at "
            f"{_LOWEST}. Matplotlib wants rows for the vertical axis: transpose the values."
        )
    if math.dist(place, _LOWEST) >= 0.35:
        raise Failed(
            f"With {described}, the {what} on the {side} axes should be {word} at {_LOWEST}, "
            f"and it is at ({place[0]:.3g}, {place[1]:.3g}). Does each panel show what it should, "
            f"at its x_1 and x_2?"
        )
    reaches = f"With {described}, what is drawn on the {side} axes reaches from "
    reaches += f"{values.min():.4g} to {values.max():.4g}; "
    if top is None and np.ptp(values) < 1:
        raise Failed(f"{reaches}the energies differ by more. Is it the energy?")
    if top is not None and not 0.6 * top < values.max() < 2 * top:
        raise Failed(f"{reaches}the density reaches from 0 to {top:.4g}.")


def _is_map(artist: Artist) -> bool:
    """Whether an artist shows values by contours or by a mesh of coloured cells."""
    return isinstance(artist, ContourSet) or hasattr(artist, "get_coordinates")


def _contour_extreme(extents: list[Bbox], low: bool) -> tuple[float, float] | None:
    """The middle of the innermost contour, if the values increase or decrease towards it."""
    inner = extents[0 if low else -1]
    whole = Bbox.union(extents)
    if inner.width * inner.height > 0.75 * whole.width * whole.height:
        return None
    return (inner.x0 + inner.x1) / 2, (inner.y0 + inner.y1) / 2


def _mesh_extreme(mesh: Any, low: bool) -> tuple[float, float]:
    values: np.ndarray = np.ma.asarray(mesh.get_array()).ravel()
    centres = np.asarray(mesh.get_coordinates())
    if centres[..., 0].size != values.size:  # the corners of cells, unless it is shaded smoothly
        centres = (centres[:-1, :-1] + centres[1:, 1:]) / 2
    if centres[..., 0].size != values.size:
        raise Failed("Give pcolormesh the values, and not colours.")
    x, y = centres.reshape(-1, 2)[values.argmin() if low else values.argmax()].tolist()
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
        The verdict. Z must be right to one part in 10,000, at two resolutions, for the ring and for
        energies that are not round, at two temperatures. The states must be those of the
        square, as many as were asked for. An answer that lets this package do the sum does
        not pass.
    """

    def check() -> str:
        for described, energy in _ENERGIES:
            for temperature in (1.0, 0.6):
                for num in (81, 161):
                    case = f"For {described} at T = {temperature:g} with num = {num}"
                    asked: list[np.ndarray | None] = []
                    given = _recording(energy, asked)
                    with OwnWork():
                        came = call_number(
                            answer, f"{case}, your function", given, num, temperature
                        )
                    fault = _fault_of_states(asked, num)
                    _require_partition(came, energy, temperature, num, case, fault)
                    if fault:
                        raise Failed(f"{case}, Z is right, and yet: {fault}")
        return "It holds for the ring and for two other energies, at both resolutions."

    return verdict(check)


def _recording(
    of_plane: Callable[[Tensor], Tensor], asked: list[np.ndarray | None]
) -> Callable[[Tensor], Tensor]:
    """An energy that notes the states that it is asked for, or None where vmap hides them."""

    def energy(x: Tensor) -> Tensor:
        energies = of_plane(x)
        try:
            asked.append(x.detach().double().cpu().numpy().reshape(-1, 2))
        except RuntimeError:  # within vmap, where a tensor shows no numbers
            asked.append(None)
        return energies

    return energy


def _fault_of_states(asked: list[np.ndarray | None], num: int) -> str:
    """What is wrong with the states whose energies an answer asked for, if anything is."""
    seen = [states for states in asked if states is not None]
    if len(seen) < len(asked):
        return ""
    if not sum(map(len, seen)):
        return "Your function asked for no energy."
    # Rounded, because equal coordinates may be computed in several ways.
    first, second = (np.unique(values.round(3)) for values in np.concatenate(seen).T)
    for name, values in (("x_1", first), ("x_2", second)):
        low, high = (round(float(value), 3) for value in (values[0], values[-1]))
        if max(abs(low + 4), abs(high - 4)) > 8 / (num - 1):
            return (
                f"The square reaches from -4 to 4; your states reach in {name} from {low:g} to "
                f"{high:g}."
            )
    # One more or less is still the same resolution: some sum over the middles of cells.
    if max(abs(len(first) - num), abs(len(second) - num)) > 1:
        return (
            f"There should be {num} points on each side; your function has {len(first)} along "
            f"x_1 and {len(second)} along x_2."
        )
    return ""


def _energies(energy: Callable[[Tensor], Tensor], num: int) -> Tensor:
    line = linear_grid(-4.0, 4.0, num)
    return energy(product_grid(line, line).points)


def _partition(energy: Callable[[Tensor], Tensor], temperature: float) -> Tensor:
    line = linear_grid(-4.0, 4.0, 201)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a common error may well have mass beyond the square
        return boltzmann_distribution(energy, product_grid(line, line), temperature).log_Z


def _require_partition(
    came: float,
    energy: Callable[[Tensor], Tensor],
    temperature: float,
    num: int,
    case: str,
    fault: str,
) -> None:
    log_Z = float(_partition(energy, temperature))  # noqa: N806  # as the text has it
    truth = math.exp(log_Z)
    if abs(came / truth - 1) <= 1e-4:
        return
    gap = 8 / (num - 1)
    bare = float(-_energies(energy, num).sum() * gap**2 / temperature)
    hints = (
        ("Multiply by the area of a cell.", truth / gap**2),
        ("A cell has an area, which is the product of two spacings.", truth / gap),
        ("num points have num - 1 gaps between them.", truth * ((num - 1) / num) ** 2),
        ("This is a mean; a sum was expected.", truth / gap**2 / num**2),
        ("The square is 8 wide.", truth / 4),
        ("This is log Z.", log_Z),
        ("A weight is exp(-E / T): is the exponential missing?", bare),
        ("A weight is exp(-E / T): are the exponential and the minus missing?", -bare),
        ("Where does the temperature enter?", math.exp(float(_partition(energy, 1.0)))),
        (
            "Divide the energy by T; do not multiply.",
            math.exp(float(_partition(energy, 1 / temperature))),
        ),
    )
    found = (
        text
        for text, wrong in hints
        if math.isclose(came, wrong, rel_tol=1e-3) and not math.isclose(truth, wrong, rel_tol=2e-3)
    )
    hint = next(found, fault)
    if math.isinf(came) or (came > 1e9 * truth and not hint):
        hint = "A weight is exp(-E / T): mind the minus."
    raise Failed(f"{case}, Z is {came:.6g}; {truth:.6g} was expected. {hint}".rstrip())
