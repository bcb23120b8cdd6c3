"""Checkers for the exercises of the chapter *From energy to probability*."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from ..boltzmann import boltzmann_probabilities
from ._compare import require_close, show
from ._own_work import OwnWork
from ._verdict import Failed, Verdict, call, verdict

__all__ = ["check_boltzmann_weights", "check_free_energy"]


_WEIGHT_TRIALS: tuple[tuple[list[Any], float, str], ...] = (
    ([3.0, 1.0, 2.0], 1.0, ""),
    ([3.0, 1.0, 2.0], 0.5, "Where does T enter?"),
    (
        [1e4, 1e4 + 1],
        1.0,
        "exp(-10000) is 0 in floating point; which constant can you subtract first?",
    ),
    (
        [-1e4, -9999.0],
        1.0,
        "exp(10000) overflows; which constant can you subtract first?",
    ),
    (
        [-1e4, 0.0, 1e4],
        1e3,
        "Subtract the lowest energy before you divide by T.",
    ),
    (
        [1e4, -1e4, 0.0],
        1.0,
        "exp(20000) overflows; subtract the lowest energy, not just any of them.",
    ),
    (
        [[0.0, 1.0], [-1e4, -9998.0], [1e4, 10003.0]],
        1.0,
        "Each row is a system of its own: sum and subtract along the last axis, with keepdim=True.",
    ),
    (
        [1.0, float("inf"), 2.0],
        1.0,
        "A state of infinite energy cannot occur: its probability is 0.",
    ),
    (
        [float("inf"), 1.0, 2.0],
        1.0,
        "A state of infinite energy cannot occur: its probability is 0.",
    ),
)


_SHORTCUTS = ("softmax", "log_softmax", "softmin", "logsumexp", "logcumsumexp", "cross_entropy")

# What is raised by the functions of math where those of torch return 0, inf or NaN, and by rows
# that are divided by a sum without an axis of its own.
_HINTED = (
    "ZeroDivisionError",
    "OverflowError",
    "math range error",
    "must match the size of tensor",
    "could not be broadcast",
)


def check_boltzmann_weights(answer: Any) -> Verdict:
    """Check a function that returns stable Boltzmann probabilities.

    Args:
        answer: a callable ``(energies, temperature) -> probabilities``, both ``(..., n)``.

    Returns:
        The verdict, from energies of ten thousand, a batch, +inf and a float32 input.
        An answer that calls softmax, logsumexp or this package does not pass.
    """

    def check() -> str:
        for energies, temperature, hint in _WEIGHT_TRIALS:
            for dtype in (torch.float64, torch.float32):
                _require_weights(answer, torch.tensor(energies, dtype=dtype), temperature, hint)
        return f"{len(_WEIGHT_TRIALS)} sets of energies, from -10000 to 10000 and inf."

    return verdict(check)


def _require_weights(answer: Any, energies: Tensor, temperature: float, hint: str) -> None:
    single = "" if energies.dtype == torch.float64 else "float32 "
    case = f"With {single}energies {energies.tolist()} at T = {temperature:g}, your"
    try:
        with OwnWork(*_SHORTCUTS):
            kept = call(answer, f"{case} function", energies, temperature, keep_dtype=True)
    except Failed as failure:
        if hint and any(name in str(failure) for name in _HINTED):
            raise Failed(f"{str(failure).removesuffix('.')}. {hint}") from None
        raise
    if kept.dtype != energies.dtype:
        raise Failed(f"{energies.dtype} energies gave {kept.dtype}; keep the dtype of the input.")
    came = kept.double()
    expected = boltzmann_probabilities(energies.double(), temperature)
    rtol = 1e-2 if single else 1e-6  # near 10000 the steps of float32 are 0.001
    recognised = _recognise_weights(came, energies.double(), temperature)
    require_close(came, expected, f"{case} answer", recognised or hint, rtol)


def _recognise_weights(came: Tensor, energies: Tensor, temperature: float) -> str:
    """Recognise the common errors by the numbers that they give."""
    if came.shape != energies.shape or not bool(torch.isfinite(energies).all()):
        return ""
    right = boltzmann_probabilities(energies, temperature)
    candidates = (
        ("The sign is wrong: low energies are likely.", -energies, temperature),
        ("Where does T enter?", energies, 1.0),
        ("Divide the energies by T; do not multiply.", energies, 1 / temperature),
    )
    for hint, wrong, heat in candidates:
        values = boltzmann_probabilities(wrong, heat)
        if torch.allclose(came, values) and not torch.allclose(values, right):
            return hint
    if torch.allclose(came, right.log()):
        return "These are the logarithms of the probabilities: take exp of them."
    if torch.allclose(came / came.amax(), right / right.amax()):
        return f"They sum to {float(came.sum()):.4g}; probabilities sum to 1."
    return ""


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
        ([1.0, 7.0, 10.0], 1.0),  # small probabilities count as well
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
        torch.tensor([1 - 1e-6, 1e-6], dtype=torch.float64),
        2.0,
        "A small probability counts as well: only where p = 0 there is nothing to add.",
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
    mean = (probabilities * energies).sum()
    free = _free_energy(energies, probabilities, temperature)
    nats = "Entropy here is in nats: use the natural logarithm."
    weigh = "U weighs each energy with its probability."
    total = "The probabilities are the weights of the means already: sum, and do not divide by n."
    num = len(energies)
    certain = probabilities > 0
    mistakes = (
        ("Is the sign of T S right?", 2 * mean - free),
        ("The entropy must be multiplied by T.", _free_energy(energies, probabilities, 1.0)),
        ("Multiply the entropy by T; do not divide.", mean - (mean - free) / temperature**2),
        (nats, mean - (mean - free) / math.log(2)),
        (nats, mean - (mean - free) / math.log(10)),
        ("This is U alone: subtract T S.", mean),
        ("This is -T S alone: add U.", free - mean),
        ("This is the entropy, without U: F = U - T S.", (mean - free) / temperature),
        ("This is T times the entropy, without U: F = U - T S.", mean - free),
        ("This is F / T: multiply U by 1 and S by T.", free / temperature),
        ("The sign of F is wrong.", -free),
        (weigh, energies.mean() + free - mean),
        (weigh, energies.sum() + free - mean),
        (weigh, energies.sum()),
        (weigh, energies.mean()),
        (total, free / num),
        (total, mean / num + free - mean),
        (total, mean + (free - mean) / num),
        (
            "S weighs each -log p with its p.",
            mean + temperature * probabilities[certain].log().sum(),
        ),
    )
    for hint, wrong in mistakes:
        same = came.numel() == 1 and torch.allclose(came, wrong)
        if same and not torch.allclose(wrong, free):
            return hint
    return ""
