"""What every checker does: call the learner's answer, compare, and say what it found."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

__all__ = [
    "Failed",
    "Unattempted",
    "Verdict",
    "call",
    "call_any",
    "require_close",
    "show",
    "verdict",
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


class Failed(Exception):
    """An answer that is wrong; its text tells the learner why."""


class Unattempted(Exception):
    """A stub that nobody has filled in."""


def _passed(message: str) -> Verdict:
    return Verdict("passed", f"Right. {message}")


_UNATTEMPTED = Verdict(
    "not attempted", "Not attempted yet: put your answer in place of the three dots."
)


def verdict(check: Callable[[], str]) -> Verdict:
    """Run a check, which returns praise or raises."""
    try:
        return _passed(check())
    except Unattempted:
        return _UNATTEMPTED
    except Failed as failure:
        return Verdict("failed", f"Not yet. {failure}")


def call(function: Any, described: str, *arguments: Any) -> Tensor:
    """Call the learner's function and return the tensor that it returned."""
    answer = call_any(function, described, *arguments)
    if answer is None:
        raise Failed(f"{described} returned None. Does your function end with return?")
    if isinstance(answer, (int, float)) and not isinstance(answer, bool):
        answer = torch.tensor(float(answer), dtype=torch.float64)
    if not isinstance(answer, Tensor):
        raise Failed(f"{described} returned a {type(answer).__name__}; a tensor was expected.")
    return answer.detach()


def call_any(function: Any, described: str, *arguments: Any) -> Any:
    """Call the learner's function and return what it returned, whatever that is."""
    if function is ... or function is None:
        raise Unattempted
    if not callable(function):
        raise Failed(f"A function was expected, but this is {function!r}.")
    try:
        given = [a.clone() if isinstance(a, Tensor) else a for a in arguments]
        answer = function(*given)
    except NotImplementedError:
        raise Unattempted from None
    except Exception as error:  # whatever a learner's code raises is told, not thrown
        if _is_stub(function):
            raise Unattempted from None
        raise Failed(f"{described} raised {type(error).__name__}: {error}") from None
    if answer is ... or (answer is None and _is_stub(function)):
        raise Unattempted
    for before, after in zip(arguments, given, strict=True):
        if isinstance(before, Tensor) and not torch.equal(before, after):
            raise Failed(f"{described} changed its input; make a new tensor instead.")
    return answer


def _is_stub(function: Any) -> bool:
    """Whether a function does nothing yet: it reads no argument and computes nothing."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return False
    idle = {"RESUME", "NOP", "POP_TOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
    steps = list(dis.get_instructions(code))
    results = {step.argval for step in steps if "CONST" in step.opname}
    return {step.opname for step in steps} <= idle and results <= {None, ...}


def require_close(answer: Tensor, expected: Tensor, described: str, hint: str = "") -> None:
    """Fail with both values unless they agree to one part in a million."""
    if answer.shape != expected.shape:
        raise Failed(
            f"{described} has shape {tuple(answer.shape)}; {tuple(expected.shape)} was expected."
        )
    if not bool(torch.isfinite(answer.double()).all()):
        raise Failed(f"{described} is {show(answer)}, which is not finite. {hint}".rstrip())
    if not torch.allclose(answer.double(), expected, rtol=1e-6, atol=1e-9):
        raise Failed(
            f"{described} is {show(answer)}; {show(expected)} was expected. {hint}".rstrip()
        )


def show(values: Tensor) -> str:
    rounded = [f"{value:.6g}" for value in values.flatten()[:8].tolist()]
    return rounded[0] if values.ndim == 0 else f"[{', '.join(rounded)}]"
