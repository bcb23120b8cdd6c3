"""What every checker does: call the learner's answer, compare, and say what it found."""

from __future__ import annotations

import copy
import dis
import functools
import inspect
import re
import reprlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from ..grids import Grid
from ._slips import hint_for_answer, hint_for_error, hint_for_nothing, kind_of

__all__ = [
    "Failed",
    "Unattempted",
    "Verdict",
    "as_tensor",
    "call",
    "call_any",
    "call_number",
    "error_text",
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


_OF_ARGUMENTS = re.compile("positional argument|takes no arguments")
_UNATTEMPTED = Verdict(
    "not attempted", "Not attempted yet: put your answer in place of the three dots."
)


def verdict(check: Callable[[], str]) -> Verdict:
    """Run a check, which returns praise or raises."""
    try:
        # Whatever the learner's notebook has switched off, or made the default.
        with torch.inference_mode(False), torch.enable_grad(), torch.device("cpu"):
            return _passed(check())
    except Unattempted:
        return _UNATTEMPTED
    except Failed as failure:
        return Verdict("failed", f"Not yet. {failure}")


def call(
    function: Any,
    described: str,
    *arguments: Any,
    keep_dtype: bool = False,
    tensor: bool = False,
) -> Tensor:
    """Call the learner's function and return what it returned, as :func:`as_tensor` does."""
    answer = call_any(function, described, *arguments)
    return as_tensor(answer, f"{described} returned", keep_dtype=keep_dtype, tensor=tensor)


def call_number(function: Any, described: str, *arguments: Any) -> float:
    """Call the learner's function and return the one number that it returned.

    A tensor, an array or a list with one element counts as that number.
    """
    answer = call(function, described, *arguments)
    if answer.numel() != 1:
        raise Failed(f"{described} returned shape {tuple(answer.shape)}; one number, please.")
    return float(answer)


def as_tensor(answer: Any, told: str, *, keep_dtype: bool = False, tensor: bool = False) -> Tensor:
    """Return real numbers as a tensor on the CPU, be they a tensor, an array, a list or one.

    It is in double precision, unless the dtype is to be kept.

    Args:
        answer: what the learner gave.
        told: the opening of a complaint, up to its verb, as "Your function returned".
        keep_dtype: keep the dtype. Then the answer must be a tensor or an array, which has one.
        tensor: accept nothing but a tensor, which has a slope.
    """
    try:
        if isinstance(answer, bool) or type(answer).__module__ == "torch.return_types":
            raise TypeError
        if isinstance(answer, (np.ndarray, np.generic)):
            numbers = np.array(answer)  # torch warns of arrays that it cannot write to
            values = torch.as_tensor(numbers)
        else:
            dtype = None if isinstance(answer, Tensor) else torch.float64
            values = torch.as_tensor(answer, dtype=dtype).detach().cpu()
        if values.layout != torch.strided or values.is_nested:
            raise TypeError
        if values.is_complex() or values.dtype == torch.bool:
            raise Failed(f"{told} {values.dtype}; real numbers were expected.")
        if tensor and not isinstance(answer, Tensor):
            raise Failed(
                f"{told} {kind_of(answer)}; a tensor was expected: compute with torch's functions "
                f"from beginning to end, or it has no slope."
            )
        if keep_dtype and not isinstance(answer, (Tensor, np.ndarray)):
            raise Failed(
                f"{told} {kind_of(answer)}; a tensor of the input's dtype was expected. "
                f"torch.stack makes one of a list of tensors, torch.tensor(..., dtype=...) one of "
                f"a list of numbers."
            )
        return values if keep_dtype else values.double()
    except Failed:
        raise
    except Exception:  # a list, say, may hold anything
        raise Failed(
            f"{told} {reprlib.repr(answer)}; a tensor of numbers was expected. "
            f"{hint_for_answer(answer)}".rstrip()
        ) from None


def call_any(function: Any, described: str, *arguments: Any) -> Any:
    """Call the learner's function and return what it returned, whatever that is."""
    if function is ... or function is None:
        raise Unattempted
    if not callable(function):
        raise Failed(
            f"A function was expected, but this is {reprlib.repr(function)}. Give the function's "
            f"name alone: the checker calls it."
        )
    given = [copy.deepcopy(a) if isinstance(a, (Tensor, Grid, list)) else a for a in arguments]
    try:
        answer = function(*given)
    except Failed:
        raise  # by an energy of ours that the learner's code called
    except (Exception, SystemExit) as error:  # whatever it raises is told, not thrown
        if _is_stub(function, error):
            raise Unattempted from None
        raised = error_text(error)
        told = f"{described} raised {raised}"
        hint = hint_for_error(raised)
        if _OF_ARGUMENTS.search(raised):
            # A class may be right, where it is made from data: hence only if the error names it.
            if isinstance(function, type) and function.__name__ in raised:
                hint = f"{function.__name__} is a class: give an object that it makes."
            elif not _entered(function, error):
                hint = "Keep the arguments of the stub."
        raise Failed(f"{told}. {hint}".rstrip() if hint else told) from None
    if answer is ... or (answer is None and _is_stub(function)):
        raise Unattempted
    if answer is None:
        names = getattr(_code(function), "co_names", ())
        raise Failed(f"{described} returned None. {hint_for_nothing(names)}")
    if not all(map(_unchanged, arguments, given)):
        raise Failed(f"{described} changed its input; make a new tensor or list instead.")
    return answer


def error_text(error: BaseException, most: int = 400) -> str:
    """What an error says, without the middle if it is long, as where it quotes a whole list."""
    text = f"{type(error).__name__}: {error}".rstrip(": ")
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 2 :]}"


def _entered(function: Any, error: BaseException) -> bool:
    """Whether the call that raised came as far as the function's own code."""
    code = _code(function)
    return any(frame.f_code is code for frame, _ in traceback.walk_tb(error.__traceback__))


def _unchanged(before: Any, after: Any) -> bool:
    if isinstance(before, Grid):
        return _unchanged(before.points, after.points) and _unchanged(
            before.log_weights, after.log_weights
        )
    if isinstance(before, Tensor):
        same = before.shape == after.shape and before.dtype == after.dtype
        return same and torch.equal(before, after)
    return not isinstance(before, list) or before == after


def _is_stub(function: Any, error: BaseException | None = None) -> bool:
    """Whether a function does nothing yet: it reads no argument and computes nothing.

    Nor is it more than a stub if it raises NotImplementedError itself. (Torch does so too,
    where an attempt goes wrong.)
    """
    code = _code(function)
    if code is None:
        return False
    if isinstance(error, NotImplementedError) and "NotImplementedError" in code.co_names:
        return True
    idle = {"RESUME", "NOP", "POP_TOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
    steps = list(dis.get_instructions(code))
    results = {step.argval for step in steps if "CONST" in step.opname}
    return {step.opname for step in steps} <= idle and results <= {None, ...}


def _code(function: Any) -> CodeType | None:
    """The code that a call runs: of a function, a partial one, a module or another object."""
    while isinstance(function, functools.partial):
        function = function.func
    if isinstance(function, nn.Module):
        function = function.forward
    function = inspect.unwrap(function)
    if not hasattr(function, "__code__"):
        function = type(function).__call__
    return getattr(function, "__code__", None)
