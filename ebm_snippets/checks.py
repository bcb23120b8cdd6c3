"""Checkers for the exercises: each calls the learner's own answer and says what it found."""

from __future__ import annotations

import dis
import inspect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from .boltzmann import boltzmann_distribution, boltzmann_probabilities
from .energies import asymmetric_energy
from .grids import linear_grid
from .landscape import stationary_points

__all__ = [
    "Verdict",
    "check_boltzmann_weights",
    "check_free_energy",
    "check_landscape",
    "check_well_shares",
]


@dataclass(frozen=True)
class Verdict:
    """What a checker found. It is true where the answer passed.

    Attributes:
        status: passed, failed or not attempted.
        message: what was tried, what was expected and what came.
    """

    status: Literal["passed", "failed", "not attempted"]
    message: str

    def __bool__(self) -> bool:
        return self.status == "passed"

    def __repr__(self) -> str:
        return self.message


class _Failed(Exception):
    """An answer that is wrong; its text tells the learner why."""


class _Unattempted(Exception):
    """A stub that nobody has filled in."""


def _passed(message: str) -> Verdict:
    return Verdict("passed", f"Right. {message}")


_UNATTEMPTED = Verdict(
    "not attempted", "Not attempted yet: put your answer in place of the three dots."
)


def _verdict(check: Callable[[], str]) -> Verdict:
    """Run a check, which returns praise or raises."""
    try:
        return _passed(check())
    except _Unattempted:
        return _UNATTEMPTED
    except _Failed as failure:
        return Verdict("failed", f"Not yet. {failure}")


def _call(function: Any, described: str, *arguments: Any) -> Tensor:
    """Call the learner's function and return the tensor that it returned."""
    if function is ... or function is None:
        raise _Unattempted
    if not callable(function):
        raise _Failed(f"A function was expected, but this is {function!r}.")
    try:
        given = [a.clone() if isinstance(a, Tensor) else a for a in arguments]
        answer = function(*given)
    except NotImplementedError:
        raise _Unattempted from None
    except Exception as error:  # whatever a learner's code raises is told, not thrown
        if _is_stub(function):
            raise _Unattempted from None
        raise _Failed(f"{described} raised {type(error).__name__}: {error}") from None
    if answer is ... or (answer is None and _is_stub(function)):
        raise _Unattempted
    for before, after in zip(arguments, given, strict=True):
        if isinstance(before, Tensor) and not torch.equal(before, after):
            raise _Failed(f"{described} changed its input; make a new tensor instead.")
    if answer is None:
        raise _Failed(f"{described} returned None. Does your function end with return?")
    if isinstance(answer, (int, float)) and not isinstance(answer, bool):
        answer = torch.tensor(float(answer), dtype=torch.float64)
    if not isinstance(answer, Tensor):
        raise _Failed(f"{described} returned a {type(answer).__name__}; a tensor was expected.")
    return answer.detach()


def _is_stub(function: Any) -> bool:
    """Whether a function does nothing yet: it reads no argument and computes nothing."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return False
    idle = {"RESUME", "NOP", "POP_TOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
    steps = list(dis.get_instructions(code))
    results = {step.argval for step in steps if "CONST" in step.opname}
    return {step.opname for step in steps} <= idle and results <= {None, ...}


def _require_close(answer: Tensor, expected: Tensor, described: str, hint: str = "") -> None:
    """Fail with both values unless they agree to one part in a million."""
    if answer.shape != expected.shape:
        raise _Failed(
            f"{described} has shape {tuple(answer.shape)}; {tuple(expected.shape)} was expected."
        )
    if not bool(torch.isfinite(answer.double()).all()):
        raise _Failed(f"{described} is {_show(answer)}, which is not finite. {hint}".rstrip())
    if not torch.allclose(answer.double(), expected, rtol=1e-6, atol=1e-9):
        raise _Failed(
            f"{described} is {_show(answer)}; {_show(expected)} was expected. {hint}".rstrip()
        )


def _show(values: Tensor) -> str:
    rounded = [f"{value:.6g}" for value in values.flatten()[:8].tolist()]
    return rounded[0] if values.ndim == 0 else f"[{', '.join(rounded)}]"


def check_well_shares(answer: Any) -> Verdict:
    """Check a guess of the shares of time left and right of the asymmetric energy's barrier.

    Args:
        answer: two numbers ``(left, right)``, at temperature 1.

    Returns:
        The verdict: each share must be within 0.02 of the truth, and they must sum to 1.
    """

    def check() -> str:
        if answer is ... or answer is None:
            raise _Unattempted
        try:
            values = list(answer)
        except TypeError:
            raise _Failed(
                f"Two numbers (left, right) were expected, but this is {answer!r}."
            ) from None
        if len(values) == 2 and any(value is ... or value is None for value in values):
            raise _Unattempted
        try:
            left, right = (float(value) for value in values)
        except (RuntimeError, TypeError, ValueError):
            raise _Failed(
                f"Two numbers (left, right) were expected, but this is {answer!r}."
            ) from None
        if not (0 <= left <= 1 and 0 <= right <= 1):
            raise _Failed(f"A share lies between 0 and 1; these are {left:g} and {right:g}.")
        if not abs(left + right - 1) <= 1e-3:
            raise _Failed(
                f"The ball is always on one side or the other, so the shares sum to 1; "
                f"{left:g} and {right:g} sum to {left + right:g}."
            )
        true_left, true_right = _well_shares()
        if abs(left - true_right) <= 0.02:
            raise _Failed(
                "These are the shares of the other side: which of the two wells is deeper?"
            )
        if abs(left - true_left) > 0.02:
            side = "shallower" if left < true_left else "deeper"
            raise _Failed(
                f"{left:.3f} and {right:.3f} are more than 0.02 from the truth: "
                f"the ball spends more time in the {side} well than you say."
            )
        return f"To three digits the shares are {true_left:.3f} and {true_right:.3f}."

    return _verdict(check)


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
        The verdict: besides the minima, the energy must rise at both ends, so that it
        has a distribution, and must work for any shape of states.
    """

    def check() -> str:
        probe = torch.tensor([[-3.0, -2.0], [0.3, 1.0]], dtype=torch.float64)
        energies = _call(answer, "Your energy at a 2 by 2 tensor", probe)
        if energies.shape != probe.shape:
            raise _Failed(
                f"States of shape (2, 2) gave energies of shape {tuple(energies.shape)}; "
                f"one energy for each state was expected."
            )
        grid = linear_grid(-40.0, 40.0, 20_001)
        wide = _call(answer, "Your energy on [-40, 40]", grid.points)
        if wide.shape != grid.points.shape or not bool(torch.isfinite(wide).all()):
            raise _Failed("On [-40, 40] your energy is not one finite number for each state.")
        try:
            minima = stationary_points(answer, grid).minima
        except Exception as error:  # whatever a learner's code raises is told, not thrown
            raise _Failed(
                f"Your energy has no slope: {error}. Build it from torch operations."
            ) from None
        places = ", ".join(f"{x:.3f}" for x in minima.tolist()) or "none"
        expected = torch.tensor([-2.0, 1.0], dtype=torch.float64)
        if minima.shape != expected.shape or not torch.allclose(minima, expected, atol=0.01):
            raise _Failed(
                f"Its minima on [-40, 40] are at: {places}; at -2 and 1 only was expected "
                f"(within 0.01)."
            )
        at_minima = _call(answer, "Your energy at its minima", minima)
        depth = float(at_minima[1] - at_minima[0])
        if not depth >= 1 - 1e-6:
            raise _Failed(
                f"The left minimum must be deeper by at least 1; E(1) - E(-2) is {depth:.3f}."
            )
        for side, name in ((-1, "left"), (1, "right")):
            far = side * torch.tensor([20.0, 40.0, 400.0, 4000.0], dtype=torch.float64)
            heights = _call(answer, "Your energy far out", far)
            if not bool(((heights[1:] > heights[:-1]) | heights[1:].isposinf()).all()):
                raise _Failed(
                    f"At {_show(far)} it is {_show(heights)}; it must go on rising at the "
                    f"{name} end, or the ball escapes and Z is infinite."
                )
        return f"Its minima are at {places}, the left one deeper by {depth:.2f}."

    return _verdict(check)


_WEIGHT_TRIALS: tuple[tuple[str, list[Any], float, str], ...] = (
    ("energies [3, 1, 2] at T = 1", [3.0, 1.0, 2.0], 1.0, ""),
    ("energies [3, 1, 2] at T = 0.5", [3.0, 1.0, 2.0], 0.5, "Where does T enter?"),
    (
        "energies [10000, 10001] at T = 1",
        [1e4, 1e4 + 1],
        1.0,
        "exp(-10000) is 0 in floating point; which constant can you subtract first?",
    ),
    (
        "energies [-10000, -9999] at T = 1",
        [-1e4, -9999.0],
        1.0,
        "exp(10000) overflows; which constant can you subtract first?",
    ),
    (
        "energies [-10000, 0, 10000] at T = 1000",
        [-1e4, 0.0, 1e4],
        1e3,
        "exp(10000) overflows; which constant can you subtract first?",
    ),
    (
        "energies [[0, 1], [-10000, -9998], [10000, 10003]] at T = 1",
        [[0.0, 1.0], [-1e4, -9998.0], [1e4, 10003.0]],
        1.0,
        "Each row is a system of its own: sum and subtract along the last axis.",
    ),
    (
        "energies [1, inf, 2] at T = 1",
        [1.0, float("inf"), 2.0],
        1.0,
        "A state of infinite energy cannot occur: its probability is 0.",
    ),
)


def check_boltzmann_weights(answer: Any) -> Verdict:
    """Check a function that returns stable Boltzmann probabilities.

    Args:
        answer: a callable ``(energies, temperature) -> probabilities``, both ``(..., n)``.

    Returns:
        The verdict, from energies of ten thousand, a batch, +inf and a float32 input.
    """

    def check() -> str:
        for described, energies, temperature, hint in _WEIGHT_TRIALS:
            given = torch.tensor(energies, dtype=torch.float64)
            came = _call(answer, f"With {described}, your function", given, temperature)
            expected = boltzmann_probabilities(given, temperature)
            _require_close(came, expected, f"With {described}, your answer", hint)
        single = torch.tensor([3.0, 1.0, 2.0], dtype=torch.float32)
        came = _call(answer, "With float32 energies, your function", single, 1.0)
        if came.dtype != torch.float32:
            raise _Failed(f"float32 energies gave {came.dtype}; keep the dtype of the input.")
        return f"{len(_WEIGHT_TRIALS)} sets of energies, from -10000 to 10000 and inf."

    return _verdict(check)


def check_free_energy(answer: Any) -> Verdict:
    """Check a function that returns F = U - T S from probabilities.

    Args:
        answer: a callable ``(energies, probabilities, temperature) -> F``, the first two
            ``(n,)`` and F a scalar.

    Returns:
        The verdict. The probabilities are not only Boltzmann's, so that -T log Z alone does
        not pass, and some are zero.
    """

    def check() -> str:
        for energies, probabilities, temperature, hint in _free_energy_trials():
            expected = _free_energy(energies, probabilities, temperature)
            described = (
                f"With energies {_show(energies)}, probabilities {_show(probabilities)} and "
                f"T = {temperature:g}, your"
            )
            came = _call(answer, f"{described} function", energies, probabilities, temperature)
            hint = hint or _diagnose(came, energies, probabilities, temperature)
            _require_close(came, expected, f"{described} answer", hint)
        return "It holds for Boltzmann's probabilities, for others, and for a certain state."

    return _verdict(check)


def _free_energy_trials() -> Iterator[tuple[Tensor, Tensor, float, str]]:
    for values, temperature in (
        ([3.0, 1.0, 2.0], 1.0),
        ([3.0, 1.0, 2.0], 2.0),
        ([-2.0, 0.5, 0.5, 4.0], 1.5),
    ):
        energies = torch.tensor(values, dtype=torch.float64)
        yield energies, boltzmann_probabilities(energies, temperature), temperature, ""
    energies = torch.tensor([1.0, 3.0], dtype=torch.float64)
    yield (
        energies,
        torch.tensor([0.5, 0.5], dtype=torch.float64),
        2.0,
        "These probabilities are not Boltzmann's: use the ones you are given.",
    )
    yield (
        energies,
        torch.tensor([0.0, 1.0], dtype=torch.float64),
        2.0,
        "As p goes to 0, p log p goes to 0, but 0 * log(0) is NaN in floating point.",
    )


def _free_energy(energies: Tensor, probabilities: Tensor, temperature: float) -> Tensor:
    entropy: Tensor = torch.special.entr(probabilities).sum()
    return (probabilities * energies).sum() - temperature * entropy


def _diagnose(came: Tensor, energies: Tensor, probabilities: Tensor, temperature: float) -> str:
    """Recognise the common errors by the number that they give."""
    mistakes = {
        "Is the sign of T S right?": -temperature,
        "The entropy must be multiplied by T.": 1.0,
        "Entropy here is in nats: use the natural logarithm.": temperature / math.log(2),
    }
    for hint, factor in mistakes.items():
        wrong = _free_energy(energies, probabilities, factor)
        if factor != temperature and came.ndim == 0 and torch.allclose(came.double(), wrong):
            return hint
    return ""
