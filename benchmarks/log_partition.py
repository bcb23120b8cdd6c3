"""log Z of the book's energies: on a grid, and by adaptive quadrature from scipy.

scipy gets two chances. *Plain* is what one writes first: exp(-E/T) over all of space. *Told*
is what an expert makes of it: a window, the places of the minima, the lowest energy taken
out before exp, and a relative tolerance. The grid gets one window and one spacing for each
energy, whatever the temperature, and nothing else. ``nquad`` is ``quad`` on the line.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from torch import Tensor

import ebm_snippets as ebm

from .exact import by_mpmath, in_the_plane, on_the_line
from .measuring import installed, show_error, show_seconds, table, timed


@dataclass(frozen=True)
class Problem:
    """An energy, the same for scipy as plain numbers, and where it lives.

    Attributes:
        name: as ``tests/data/exact_values.json`` has it.
        energy: of tensors.
        plain: of floats, one for each coordinate.
        dim: how many coordinates.
        reach: the window is from -reach to reach in each coordinate.
        points: of the grid, in each coordinate.
        minima: where its wells are, in each coordinate.
        lowest: its lowest energy.
    """

    name: str
    energy: Callable[[Tensor], Tensor]
    plain: Callable[..., float]
    dim: int
    reach: float
    points: int
    minima: tuple[float, ...]
    lowest: float = 0.0


def parabola(x: float) -> float:
    return x * x


def double_well(x: float) -> float:
    return (x * x - 1) * (x * x - 1)


def asymmetric(x: float) -> float:
    return 0.5 * (x + 1) * (x + 1) * (x - 2) * (x - 2) - 0.3 * x


def bowl(x: float, y: float) -> float:
    return x * x + y * y


def correlated(x: float, y: float) -> float:
    return (x * x - 1.6 * x * y + y * y) / 0.72


def ring(x: float, y: float) -> float:
    return (x * x + y * y - 1) * (x * x + y * y - 1)


def four_wells(x: float, y: float) -> float:
    return double_well(x) + double_well(y)


CORRELATED = ebm.correlated_gaussian_energy(0.8)
PROBLEMS = (
    Problem("quadratic", ebm.quadratic_energy, parabola, 1, 18, 6001, (0,)),
    Problem("double_well", ebm.double_well_energy, double_well, 1, 6, 6001, (-1, 1)),
    Problem("asymmetric", ebm.asymmetric_energy, asymmetric, 1, 6, 6001, (-0.965, 2.032), -0.6049),
    Problem("bowl", ebm.bowl_energy, bowl, 2, 14, 401, (0,)),
    Problem("correlated_gaussian", CORRELATED, correlated, 2, 18, 601, (0,)),
    Problem("ring", ebm.ring_energy, ring, 2, 4, 201, (-1, 1)),
    Problem("four_wells", ebm.four_wells_energy, four_wells, 2, 5, 301, (-1, 1)),
)


def on_grid(problem: Problem, temperature: float, shift: float) -> float:
    line = ebm.linear_grid(-problem.reach, problem.reach, problem.points)
    grid = line if problem.dim == 1 else ebm.product_grid(*[line] * problem.dim)
    shifted = ebm.boltzmann_distribution(lambda x: problem.energy(x) + shift, grid, temperature)
    return shifted.log_Z.item()


def by_plain_scipy(problem: Problem, temperature: float, shift: float) -> float:
    from scipy.integrate import nquad

    def weight(*x: float) -> float:
        return math.exp(-(problem.plain(*x) + shift) / temperature)

    integral, _ = nquad(weight, [(-math.inf, math.inf)] * problem.dim)
    return math.log(integral) if integral > 0 else -math.inf


def by_told_scipy(problem: Problem, temperature: float, shift: float) -> float:
    from scipy.integrate import nquad

    lowest = problem.lowest + shift

    def weight(*x: float) -> float:
        return math.exp((lowest - shift - problem.plain(*x)) / temperature)

    window = [(-problem.reach, problem.reach)] * problem.dim
    options = {"points": problem.minima, "epsabs": 0, "epsrel": 1e-10, "limit": 200}
    integral, _ = nquad(weight, window, opts=options)
    return math.log(integral) - lowest / temperature


METHODS = {"grid": on_grid, "plain": by_plain_scipy, "told": by_told_scipy}


@cache
def exact(problem: Problem, temperature: float) -> float:
    if problem.dim == 2:
        return in_the_plane(problem.name, temperature)
    listed = on_the_line(problem.name, temperature)
    if listed:
        return float(listed["log_Z"])
    return by_mpmath(problem.plain, temperature, problem.reach, problem.lowest)


def cells(name: str, problem: Problem, temperature: float, shift: float, runs: int) -> list[str]:
    """Return the error and the time of one method, or blanks where scipy is missing."""
    if name != "grid" and not installed("scipy"):
        return ["", ""]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found, seconds = timed(lambda: METHODS[name](problem, temperature, shift), runs=runs)
    error = abs(found - (exact(problem, temperature) - shift / temperature))
    return [show_error(error, warned=bool(said)), show_seconds(seconds)]


def compare(dim: int, temperatures: tuple[float, ...], shift: float = 0.0, runs: int = 5) -> str:
    head = ["energy", "T"] + [f"{name}: {what}" for name in METHODS for what in ("error", "time")]
    rows = []
    for problem in PROBLEMS:
        if problem.dim == dim:
            for temperature in temperatures:
                row = [problem.name.replace("_", " "), f"{temperature:g}"]
                for method in METHODS:
                    row += cells(method, problem, temperature, shift, runs)
                rows.append(row)
    raised = f" of energies raised by {shift:g}" if shift else ""
    title = f"log Z{raised} {'on the line' if dim == 1 else 'in the plane'}: grid and scipy"
    return table(f"{title}; * where the method warned", head, rows)
