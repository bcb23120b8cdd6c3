"""Checker for the exercise on a machine of two layers in the chapter on the partition function."""

from __future__ import annotations

import itertools
import math
from typing import Any

import torch
from torch import Tensor

from ..boltzmann import boltzmann_distribution
from ..restricted_boltzmann import restricted_boltzmann_log_Z
from ._own_work import OwnWork
from ._verdict import Failed, Verdict, call_number, verdict
from .partition_function import limits

__all__ = ["check_machine"]

# Visible units, hidden units, and the size of the weights.
_MACHINES = ((4, 3, 1.0), (3, 5, 1.0), (200, 6, 1000.0), (7, 784, 0.3))


def check_machine(answer: Any) -> Verdict:
    """Check a function that returns log Z of a restricted Boltzmann machine at T = 1.

    Args:
        answer: a callable ``(weights, visible_bias, hidden_bias) -> log Z``, with the shapes
            ``(v, u)``, ``(v,)`` and ``(u,)``.

    Returns:
        The verdict. Small machines are compared with a sum over all configurations of both
        layers. Of larger ones, one has few hidden and one few visible units, and one has weights
        whose exponentials overflow. An answer that calls a function of this package that returns
        log Z does not pass, and one that takes more than ten seconds or four gibibytes for one
        machine is stopped, where the system can.
    """

    def check() -> str:
        for visible, hidden, size in _MACHINES:
            machine = _machine(visible, hidden, size)
            truth = float(restricted_boltzmann_log_Z(*machine))
            case = f"For {visible} visible and {hidden} hidden units with weights of size {size:g}"
            told = "sum over the smaller layer alone, whichever it is"
            ours = (restricted_boltzmann_log_Z, boltzmann_distribution)
            with limits(case, told), OwnWork(ours=ours):
                came = call_number(answer, f"{case} your function", *machine)
            if not abs(came - truth) <= 1e-6 * abs(truth):
                raise Failed(
                    f"{case} log Z is {came:.8g}; {truth:.8g} was expected. "
                    f"{_recognise(came, truth, machine)}".rstrip()
                )
        return "Either layer may be the small one, and no exponential overflows."

    return verdict(check)


def _machine(visible: int, hidden: int, size: float) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(visible)
    weights, first, second = (
        torch.randn(shape, generator=generator, dtype=torch.float64)
        for shape in ((visible, hidden), (visible,), (hidden,))
    )
    return size * weights, first, 0.5 + second


def _recognise(came: float, truth: float, machine: tuple[Tensor, Tensor, Tensor]) -> str:
    """Recognise the common errors by the number that they give."""
    if not math.isfinite(came):
        return (
            "Take logarithms from the beginning: log(1 + e^x) is torch.nn.functional.softplus(x), "
            "and torch.logsumexp sums e^x."
        )
    weights, first, second = machine
    if sum(weights.shape) > 10:
        return "The small machines were right: is the other layer the small one here?"
    mistakes = (
        ("This is Z; its logarithm was expected.", math.exp(truth)),
        ("This is -log Z.", -truth),
        ("Use the natural logarithm.", truth / math.log(2)),
        ("Use the natural logarithm.", truth / math.log(10)),
        (
            "This is the logarithm of a mean over all configurations: Z is their sum.",
            truth - sum(weights.shape) * math.log(2),
        ),
        (
            "A weight is e^(-E), and E has minus signs: which are left?",
            _listed(-weights, -first, -second),
        ),
        ("Is the sign of the weights right?", _listed(-weights, first, second)),
        ("Is the sign of the visible bias right?", _listed(weights, -first, second)),
        ("Is the sign of the hidden bias right?", _listed(weights, first, -second)),
        ("Where do the biases enter?", _listed(weights, 0 * first, 0 * second)),
        ("The units have the values 0 and 1, not -1 and 1.", _listed(*machine, low=-1.0)),
        ("Where does the visible bias enter?", _listed(weights, 0 * first, second)),
        ("Where does the hidden bias enter?", _listed(weights, first, 0 * second)),
        ("Where do the weights enter?", _listed(0 * weights, first, second)),
    )
    found = (hint for hint, wrong in mistakes if math.isclose(came, wrong, rel_tol=1e-6))
    return next(found, "")


def _listed(weights: Tensor, first: Tensor, second: Tensor, low: float = 0.0) -> float:
    """Return log Z from a list of all configurations of both layers."""
    v, u = (
        torch.tensor(list(itertools.product((low, 1.0), repeat=len(bias))), dtype=torch.float64)
        for bias in (first, second)
    )
    exponents = v @ weights @ u.T + (v @ first)[:, None] + u @ second
    return float(torch.logsumexp(exponents.flatten(), 0))
