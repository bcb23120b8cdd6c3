"""Checkers for the exercises of the chapter *What is an energy?*."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._gradient import energy_gradient
from ..boltzmann import boltzmann_distribution
from ..energies import asymmetric_energy
from ..grids import linear_grid
from ..landscape import stationary_points
from ._compare import call_energy, require_numbers, require_pointwise, show
from ._verdict import Failed, Unattempted, Verdict, as_tensor, error_text, verdict

__all__ = ["check_landscape", "check_well_shares"]


_HEAT = 2.0
_FEWEST = 2000


def check_well_shares(answer: Any) -> Verdict:
    """Check states of a ball on the asymmetric energy that was shaken at temperature 2.

    Args:
        answer: the states, ``(n,)`` with n at least 2,000.

    Returns:
        The verdict. The share of states left of any place must be that of the Boltzmann
        distribution, to within 0.02 + 2 / sqrt(n): independent states that were drawn from it
        fail less than once in a million times. How they were drawn is not seen.
    """

    def check() -> str:
        if answer is ... or answer is None:
            raise Unattempted
        if callable(answer):
            raise Failed("Give the states themselves, which your function returns, as a tensor.")
        states = as_tensor(answer, "Your answer is")
        if states.ndim > 1 and states.numel() not in states.shape:
            raise Failed(
                f"Your states have shape {tuple(states.shape)}; (n,) was expected. If it is a "
                f"whole path, take its last states, path[-1]."
            )
        states = states.flatten()
        if len(states) < _FEWEST:
            raise Failed(
                f"Number of states: {len(states)}; at least {_FEWEST:,} were expected, or chance "
                f"hides what is wrong."
            )
        if not bool(torch.isfinite(states).all()):
            raise Failed(
                "Some of your states are not finite: take smaller steps, and go against the slope."
            )
        allowed = 0.02 + 2 / math.sqrt(len(states))
        apart, place, came, truth = _furthest_apart(states, _HEAT)
        left, right = _well_shares(_HEAT)
        share = float((states < _barrier()).double().mean())
        if apart > allowed:
            raise Failed(
                f"{came:.3f} of your states lie left of x = {place:.2f}, and {truth:.3f} were "
                f"expected, give or take {allowed:.3f}. "
                f"{_recognise_heat(states, allowed, share - left)}"
            )
        return (
            f"{share:.3f} of your states lie left of the barrier, where {left:.3f} were expected, "
            f"and {1 - share:.3f} right of it, where {right:.3f} were."
        )

    return verdict(check)


def _recognise_heat(states: Tensor, allowed: float, excess: float) -> str:
    """What the states say about the run that they came from."""
    for heat, hint in (
        (1.0, "They fit T = 1, as in the chapter; these were to be shaken at T = 2."),
        (0.5, "They fit T = 0.5: is it divided by T where it should be multiplied?"),
        (4.0, "They fit T = 4: does a factor of 2 come in twice, or are the steps too large?"),
    ):
        if _furthest_apart(states, heat)[0] <= allowed:
            return hint
    if float(states.std()) < 0.3:
        return "They lie all together: shake the balls, and give the last states of many."
    if abs(excess) > allowed:
        well = "left" if excess > 0 else "right"
        return f"Too many are in the {well} well. Do they still remember where they started?"
    return (
        "The shares of the two wells are right, but not the places within them. Are the kicks "
        "strong enough, and the steps small enough?"
    )


def _furthest_apart(states: Tensor, heat: float) -> tuple[float, float, float, float]:
    """Where the shares of states left of a place are furthest from what e^(-E/T) predicts.

    Returns:
        The distance, the place, and the two shares, measured and predicted.
    """
    distribution = boltzmann_distribution(asymmetric_energy, linear_grid(-8.0, 9.0, 6801), heat)
    p = distribution.probabilities
    ordered = states.sort().values
    points, predicted = distribution.grid.points, p.cumsum(0) - p / 2
    truth = torch.from_numpy(np.interp(ordered, points, predicted))
    steps = torch.arange(len(ordered) + 1, dtype=torch.float64) / len(ordered)
    above, below = steps[1:] - truth, truth - steps[:-1]
    worst = int(torch.maximum(above, below).argmax())
    came = steps[worst + 1] if above[worst] > below[worst] else steps[worst]
    return (
        float((came - truth[worst]).abs()),
        float(ordered[worst]),
        float(came),
        float(truth[worst]),
    )


@functools.cache
def _barrier() -> float:
    (barrier,) = stationary_points(asymmetric_energy, linear_grid(-2, 3, 100)).maxima.tolist()
    return float(barrier)


def _well_shares(heat: float) -> tuple[float, float]:
    barrier = _barrier()
    line = linear_grid(barrier - 6, barrier + 6, 4000)
    distribution = boltzmann_distribution(asymmetric_energy, line, heat)
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
        call_energy(answer, "Your energy at a 2 by 2 tensor", probe, tensor=True)
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
            require_numbers(heights, "your energy", far, or_inf=True)
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
