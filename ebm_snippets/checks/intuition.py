"""Checkers for the exercises of the chapter *What is an energy?*."""

from __future__ import annotations

import reprlib
from typing import Any

import torch
from torch import Tensor

from .._gradient import energy_gradient
from ..boltzmann import boltzmann_distribution
from ..energies import asymmetric_energy
from ..grids import linear_grid
from ..landscape import stationary_points
from ._compare import call_energy, require_numbers, require_pointwise, show
from ._verdict import Failed, Unattempted, Verdict, error_text, verdict

__all__ = ["check_landscape", "check_well_shares"]


def check_well_shares(answer: Any) -> Verdict:
    """Check a guess of the shares of time left and right of the asymmetric energy's barrier.

    Args:
        answer: two numbers ``(left, right)``, at temperature 1.

    Returns:
        The verdict. Each share must be within 0.02 of the truth, and they must sum to 1.
    """

    def check() -> str:
        if answer is ... or answer is None:
            raise Unattempted
        try:
            values = list(answer)
            if any(value is ... or value is None for value in values):
                raise Unattempted
            left, right = (float(value) for value in values)
        except Unattempted:
            raise
        except Exception:  # there is no end to what is not two numbers
            raise Failed(
                f"Two numbers (left, right) were expected, but this is {reprlib.repr(answer)}."
            ) from None
        if not (0 <= left <= 1 and 0 <= right <= 1):
            raise Failed(
                f"A share lies between 0 and 1, so that 50 % is 0.5; these are {left:g} and "
                f"{right:g}."
            )
        if not abs(left + right - 1) <= 1e-3:
            raise Failed(
                f"The ball is always on one side or the other, so the shares sum to 1; "
                f"{left:g} and {right:g} sum to {left + right:g}."
            )
        true_left, true_right = _well_shares()
        if abs(left - true_right) <= 0.02:
            raise Failed(
                "These are the shares of the other side: which of the two wells is deeper?"
            )
        if abs(left - true_left) > 0.02:
            side = "shallower" if left < true_left else "deeper"
            raise Failed(
                f"{left:.3f} and {right:.3f} are more than 0.02 from the truth: "
                f"the ball spends more time in the {side} well than you say. If you counted balls, "
                f"count more: chance moves a share of n balls by about 0.46 / sqrt(n)."
            )
        return f"To three digits the shares are {true_left:.3f} and {true_right:.3f}."

    return verdict(check)


def _well_shares() -> tuple[float, float]:
    (barrier,) = stationary_points(asymmetric_energy, linear_grid(-2, 3, 100)).maxima.tolist()
    distribution = boltzmann_distribution(
        asymmetric_energy, linear_grid(barrier - 6, barrier + 6, 4000)
    )
    right = float(distribution.probability(lambda x: x > barrier))
    return 1 - right, right


def check_landscape(answer: Any) -> Verdict:
    """Check an energy with minima at -2 and 1 only, the left one deeper by 1 or more.

    Args:
        answer: a callable from scalar states ``(...,)`` to energies ``(...,)``.

    Returns:
        The verdict. Besides the minima, the energy must rise without end on both sides,
        and must work for any shape of states, each state on its own.
    """

    def check() -> str:
        probe = torch.tensor([[-3.0, -2.0], [0.3, 1.0]], dtype=torch.float64)
        call_energy(answer, "Your energy at a 2 by 2 tensor", probe)
        grid = linear_grid(-40.0, 40.0, 20_001)
        wide = _finite_energies(answer, "Your energy on [-40, 40]", grid.points)
        require_pointwise(answer, grid.points, wide)
        try:
            undefined = grid.points[torch.isnan(energy_gradient(answer, grid.points))]
            if undefined.numel():
                raise Failed(
                    f"At x = {float(undefined[0]):.4g} the slope of your energy is NaN, though the "
                    f"energy is finite. If you use torch.where: it asks for the slope of both "
                    f"branches, also of the one it does not choose. Keep both finite."
                )
            minima = stationary_points(answer, grid).minima
        except Failed:
            raise
        except Exception as error:  # whatever a learner's code raises is told, not thrown
            raise Failed(f"Your energy lacks a slope: {error_text(error)}.") from None
        places = ", ".join(f"{x:.3f}" for x in minima.tolist()) or "none"
        expected = torch.tensor([-2.0, 1.0], dtype=torch.float64)
        if minima.shape != expected.shape or not torch.allclose(minima, expected, atol=0.01):
            raise Failed(
                f"Its minima on [-40, 40] are at: {places}; at -2 and 1 only was expected "
                f"(within 0.01)."
            )
        _require_no_jumps(grid.points, wide, expected)
        at_minima = _finite_energies(answer, "Your energy at its minima", minima)
        depth = float(at_minima[1] - at_minima[0])
        if not depth >= 1 - 1e-6:
            raise Failed(
                f"The left minimum must be deeper by at least 1; E(1) - E(-2) is {depth:.6g}."
            )
        beside = minima + torch.tensor([[-0.05], [0.05]], dtype=torch.float64)
        around = call_energy(answer, "Your energy beside its minima", beside)
        if bool((level := around <= at_minima).any()):
            at = float(beside[level][0])
            raise Failed(
                f"A minimum is lower than all that lies beside it, but at x = {at:.3f} your "
                f"energy is as low: the floor is flat, with no ball at rest in one place."
            )
        for side, name in ((-1, "left"), (1, "right")):
            out = torch.logspace(1.3, 3.6, 200, dtype=torch.float64)  # from 20 to 4000
            far = side * torch.cat([out, out.new_tensor([4e8])])
            heights = call_energy(answer, "Your energy far out", far)
            by = torch.zeros_like(out)
            by[-1] = 1  # in the last step
            rises = (heights.diff() > by) | heights[1:].isposinf()
            if not bool(rises.all()):
                worst = int(rises.logical_not().nonzero()[0])
                raise Failed(
                    f"At {show(far[worst : worst + 2])} it is {show(heights[worst : worst + 2])}; "
                    f"it must go on rising at the {name} end, above every bound, or the ball "
                    f"escapes."
                )
        return f"Its minima are at {places}, the left one deeper by {depth:.4g}."

    return verdict(check)


def _finite_energies(answer: Any, described: str, states: Tensor) -> Tensor:
    energies = call_energy(answer, described, states)
    hint = "If it is the logarithm of a sum of exponentials, use torch.logsumexp."
    require_numbers(energies, "your energy", states, hint)
    return energies


def _require_no_jumps(points: Tensor, energies: Tensor, minima: Tensor) -> None:
    """Fail if the values have a minimum that the slope does not show: below a jump."""
    lowest = torch.minimum(energies[:-2], energies[2:])
    below = energies[1:-1] < lowest - 1e-6 * (1 + lowest.abs())
    places = points[1:-1][below]
    others = places[((places[:, None] - minima).abs() > 0.02).all(dim=1)]
    if others.numel():
        raise Failed(
            f"It jumps, and has a minimum below the jump, near x = {others[0]:.2f}; minima at "
            f"-2 and 1 only were expected."
        )
