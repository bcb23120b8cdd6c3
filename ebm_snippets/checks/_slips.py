"""The common slips of a learner, and the sentence that helps with each: one place for all checkers.

Three moments show a slip: what Python or torch raised, an answer that is no tensor of numbers,
and a function that returned nothing.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from torch import Tensor, nn

__all__ = ["hint_for_answer", "hint_for_error", "hint_for_nothing", "kind_of"]

_LARGE = (
    "A float holds no number so large: work with its logarithm, or with integers if it is a count."
)
_DOMAIN = (
    "The functions of math refuse the logarithm of 0, and the logarithm and the root of a negative "
    "number: is a probability 0, or a sign wrong?"
)
_MEMORY = "So much does not fit into the memory: can you do without a list of it all?"
_ROWS = "Matplotlib wants rows for the vertical axis: transpose the values."
_PAIR = (
    "With dim, min, max, sort and the like return a pair, the values and their places: take "
    ".values, or use amin and amax."
)
_CALL = "A function stands where a number should: call it, with parentheses."
_SEVERAL = "One number stands where several should: a list, or a tensor with an axis."
_STACK = "torch.stack makes one tensor of a list of them, torch.tensor one of a list of numbers."
_LIST = f"A list knows no arithmetic of tensors: {_STACK}"
_DTYPE = "Floats of two kinds meet: give what you make the dtype of what you were given, x.dtype."
_DEVICE = "Make your tensors and generators on the device of what you were given, x.device."
_NOTHING = (
    "Something is None: a function that ends without return, or one that prints its result, "
    "returns None."
)

# The first pattern that an error's text has decides. Hence the narrow ones come first.
_ERRORS: tuple[tuple[str, str], ...] = (
    ("return_types", _PAIR),
    ("Boolean value of Tensor", "An `if` cannot decide for many states at once: use torch.where."),
    ("converted to Python scalar", "The functions of math take one number: use those of torch."),
    ("converted to Scalar", "float takes one number: keep the tensor."),
    ("math range error", _LARGE),
    ("Numerical result", _LARGE),
    ("Overflow when unpacking", _LARGE),
    ("too large to convert", _LARGE),
    ("int too big", _LARGE),
    ("no callable log", _LARGE),  # NumPy, of an integer that is too large for its types
    ("math domain error", _DOMAIN),
    ("expected a positive input", _DOMAIN),  # as Python says it from 3.14 on
    ("MemoryError", _MEMORY),
    ("can't allocate memory", _MEMORY),
    (
        r"energy\(\) takes 1 positional argument",
        "An energy takes all coordinates in one tensor: torch.stack((x1, x2), dim=-1).",
    ),
    ("must match number of columns", _ROWS),
    ("Dimensions of C", _ROWS),
    (
        r"'(int|float|Tensor|ndarray)' object is not callable",
        "What is no function is called: is a * missing before the parentheses?",
    ),
    (r"bitwise_xor|for \^", "A power is written **; ^ is something else."),
    ("NoneType", _NOTHING),
    (r"builtin_function_or_method|'method'|'function'|not (a )?(function|method)\b", _CALL),
    (r"'(int|float)' object is not (iterable|subscriptable)", _SEVERAL),
    (r"'(int|float)' has no len|iteration over a 0-d|len\(\) of a 0-d", _SEVERAL),
    (r"unsupported operand.*'(list|tuple)'", _LIST),
    (r"must be Tensor, not (list|tuple)", _LIST),
    (r"'(list|tuple)' object has no attribute", _LIST),
    (r"can't multiply sequence", _LIST),
    (
        r"must be Tensor, not (int|float)|'(int|float)' object has no attribute",
        "torch's functions take tensors: use those of math for one number, or torch.tensor.",
    ),
    (
        r"must be Tensor, not (numpy\.)?ndarray",
        "torch's functions take tensors: torch.from_numpy makes one of an array.",
    ),
    (r"requires grad\. Use tensor\.detach|Can't call numpy\(\)", "Call .detach() first."),
    (
        "backward through the graph a second time",
        "A slope uses its graph up: compute the energies anew, or pass retain_graph=True.",
    ),
    (r"expected Tensor as element", _STACK),
    (r"same dtype|expected scalar type|dtypes match", _DTYPE),
    (r"on the same device|the expected device|device type for generator", _DEVICE),
)


def hint_for_error(text: str) -> str:
    """Return what to do about an error, from its text, or nothing if it is not a common one."""
    return next((hint for part, hint in _ERRORS if re.search(part, text)), "")


def hint_for_nothing(names: tuple[str, ...]) -> str:
    """Return what to do about a function that returned None.

    Args:
        names: what its code calls, ``code.co_names``.
    """
    if "print" in names:
        return "It prints: put return in place of print, for what is printed is only shown."
    return "Does your function end with return?"


def hint_for_answer(answer: Any) -> str:
    """Return what to do about an answer that cannot be read as a tensor of numbers."""
    if type(answer).__module__ == "torch.return_types":
        return _PAIR
    if isinstance(answer, nn.Module) or callable(answer):
        return "This is a function: call it, with parentheses, and return what it gives."
    if isinstance(answer, str):
        return "This is text: leave the quotes and the f-string away."
    if isinstance(answer, (list, tuple)):
        if any(isinstance(value, Tensor) for value in answer):
            return _STACK
        if any(callable(value) for value in answer):
            return _CALL
    return ""


def kind_of(answer: Any) -> str:
    """Return what an answer is, in a learner's words, if it is numbers and no tensor."""
    if isinstance(answer, (list, tuple)):
        return f"a {type(answer).__name__}"
    if isinstance(answer, np.ndarray):
        return "an array of NumPy"
    return "a plain number"
