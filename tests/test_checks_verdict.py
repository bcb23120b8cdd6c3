"""What all checkers share: stubs of every kind, answers of every type, and side effects."""

from __future__ import annotations

import functools
import inspect
import math
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn

from ebm_snippets import checks
from ebm_snippets.checks import _compare, _verdict

CHECKERS = [
    getattr(checks, name)
    for name in checks.__all__
    if name not in ("Verdict", "check_well_shares")  # that one takes two numbers
]


class StubObject:
    def __call__(self, *arguments): ...


class StubModule(nn.Module):
    def forward(self, *arguments):
        pass


def documented(*arguments):
    """Say what it should do."""


def not_implemented(*arguments):
    raise NotImplementedError


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(
    "stub",
    [StubObject(), StubModule(), documented, not_implemented, functools.partial(documented)],
    ids=["object", "module", "docstring", "not implemented", "partial"],
)
def test_every_kind_of_stub_is_not_attempted(checker, stub) -> None:
    assert checker(stub).status == "not attempted"


def leaves(*arguments):
    sys.exit(1)


def prints(*arguments):
    sys.stdout.write("to do")


def complex_number(*arguments):
    return torch.tensor(1 + 1j)


def truth(*arguments):
    return torch.ones(3, dtype=torch.bool)


def huge(*arguments):
    return 10**400


def sparse(*arguments):
    return torch.eye(3).to_sparse()


def nested(*arguments):
    return torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])


def words(*arguments):
    return np.array(["much"])


def fails_when_it_is_read(*arguments):
    return (1 / 0 for _ in range(3))


def torch_cannot(*arguments):
    """Torch raises NotImplementedError itself: this is an attempt."""
    return torch.zeros(2, device="meta") + torch.zeros(2, device="meta").cpu()


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(
    "answer",
    [
        *(leaves, prints, complex_number, truth, huge, sparse, nested, words),
        *(fails_when_it_is_read, torch_cannot),
    ],
)
def test_what_is_no_answer_is_refused_and_not_raised(checker, answer) -> None:
    verdict = checker(answer)
    assert verdict.status == "failed"
    assert len(verdict.message) > 20
    assert not plt.get_fignums()


def test_answers_may_be_of_any_numeric_type() -> None:
    for answer in (3, 3.0, np.float32(3), np.array(3.0), torch.tensor(3), [3.0], (3,)):
        assert _verdict.call_number(lambda given=answer: given, "It") == 3.0


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (lambda x: x if x > 0 else -x, "use torch.where"),
        (lambda x: math.exp(x), "use those of torch"),
        (lambda x: float(x), "use those of torch|keep the tensor"),
        (lambda x: math.exp(1000.0), "work with its logarithm"),
        (lambda: 1, "Keep the arguments of the stub"),
    ],
)
def test_common_errors_get_a_hint(error, hint) -> None:
    with pytest.raises(_verdict.Failed, match=hint):
        _verdict.call(error, "It", torch.ones(3))


def test_large_tensors_are_compared_where_they_differ_most() -> None:
    wrong = torch.zeros(20, 30, dtype=torch.float64)
    wrong[7, 9] = 2.0
    with pytest.raises(_verdict.Failed, match=r"at index \(7, 9\) is 2; 0 was expected"):
        _compare.require_close(wrong, torch.zeros_like(wrong), "It")


@pytest.mark.parametrize("checker", CHECKERS)
def test_verdicts_do_not_depend_on_whether_gradients_are_on(checker) -> None:
    def zero(*arguments):
        return 0.0

    with torch.no_grad():
        off = checker(zero)
    assert off == checker(zero)
    assert off.status == "failed"


def test_every_checker_documents_its_answer() -> None:
    for checker in [*CHECKERS, checks.check_well_shares]:
        assert list(inspect.signature(checker).parameters) == ["answer"]
