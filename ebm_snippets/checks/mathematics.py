"""Checkers for the exercises of the chapter *From energy to probability*."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from ..boltzmann import boltzmann_probabilities
from ._compare import require_close, show
from ._verdict import Failed, Verdict, call, verdict

__all__ = ["check_boltzmann_weights", "check_free_energy"]


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
            came = call(answer, f"With {described}, your function", given, temperature)
            expected = boltzmann_probabilities(given, temperature)
            require_close(came, expected, f"With {described}, your answer", hint)
        single = torch.tensor([3.0, 1.0, 2.0], dtype=torch.float32)
        came = call(answer, "With float32 energies, your function", single, 1.0)
        if came.dtype != torch.float32:
            raise Failed(f"float32 energies gave {came.dtype}; keep the dtype of the input.")
        return f"{len(_WEIGHT_TRIALS)} sets of energies, from -10000 to 10000 and inf."

    return verdict(check)


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
                f"With energies {show(energies)}, probabilities {show(probabilities)} and "
                f"T = {temperature:g}, your"
            )
            came = call(answer, f"{described} function", energies, probabilities, temperature)
            hint = hint or _diagnose(came, energies, probabilities, temperature)
            require_close(came, expected, f"{described} answer", hint)
        return "It holds for Boltzmann's probabilities, for others, and for a certain state."

    return verdict(check)


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
