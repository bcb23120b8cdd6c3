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
    if name not in ("Verdict", "check_well_shares")  # that one takes states
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


def prints_it(*arguments):
    print(torch.zeros(3))  # noqa: T201 - the slip that is meant


def forgets(*arguments):
    torch.zeros(3)


def keeps_the_pair(*arguments):
    return torch.ones(2) - torch.ones(2, 3).min(dim=1)


def calls_nothing(*arguments):
    return 2.0 * torch.ones(3).sum


def calls_no_method_of_its_own(*arguments):
    return 2.0 * forgets


def divides_a_list(*arguments):
    return [1.0, 2.0] / 2.0


def takes_the_exponential_of_a_list(*arguments):
    return torch.exp([1.0, 2.0])


def loops_over_a_number(*arguments):
    return [x for x in float(3)]  # noqa: C416 - the slip that is meant


def loops_over_a_scalar(*arguments):
    return list(torch.tensor(3.0))


def reckons_with_what_was_printed(*arguments):
    return 2 * forgets()


def forgets_the_asterisk(*arguments):
    two = 2
    return two(torch.ones(3))


def takes_a_hat_for_a_power(*arguments):
    return torch.ones(3) ^ 2


def takes_a_hat_for_the_power_of_a_number(*arguments):
    return 3.0 ^ 2


def takes_the_exponential_of_a_number(*arguments):
    return torch.exp(1.0)


def takes_a_slope_twice(*arguments):
    x = torch.ones(3, requires_grad=True)
    total = (x**2).sum()
    return torch.autograd.grad(total, x)[0] + torch.autograd.grad(total, x)[0]


def takes_the_exponential_of_an_array(*arguments):
    return torch.exp(np.ones(3))


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(
    ("slip", "hint"),
    [
        (prints_it, "put return in place of print"),
        (forgets, "Does your function end with return?"),
        (keeps_the_pair, "take .values, or use amin and amax"),
        (calls_nothing, "call it, with parentheses"),
        (calls_no_method_of_its_own, "call it, with parentheses"),
        (divides_a_list, "A list knows no arithmetic"),
        (takes_the_exponential_of_a_list, "A list knows no arithmetic"),
        (loops_over_a_number, "One number stands where several should"),
        (loops_over_a_scalar, "One number stands where several should"),
        (reckons_with_what_was_printed, "Something is None"),
        (forgets_the_asterisk, "is a * missing"),
        (takes_a_hat_for_a_power, "A power is written **"),
        (takes_a_hat_for_the_power_of_a_number, "A power is written **"),
        (takes_the_exponential_of_a_number, "use those of math for one number"),
        (takes_the_exponential_of_an_array, "torch.from_numpy"),
        (takes_a_slope_twice, "or pass retain_graph=True"),
    ],
)
def test_a_common_slip_gets_the_same_hint_from_every_checker(checker, slip, hint) -> None:
    verdict = checker(slip)
    assert verdict.status == "failed"
    assert hint in verdict.message


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("answer", [torch.zeros(3), 3.0, [1.0], "text"])
def test_a_value_is_no_function(checker, answer) -> None:
    verdict = checker(answer)
    assert verdict.status == "failed"
    assert "Give the function's name alone" in verdict.message


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (torch.ones(2, 3).max(dim=1), "take .values"),
        (torch.exp, "call it, with parentheses"),
        (torch.ones(3).sum, "call it, with parentheses"),
        (nn.Linear(2, 2), "call it, with parentheses"),
        ([torch.ones(2), torch.ones(2)], "torch.stack makes one tensor"),
        ([math.exp, 2.0], "call it, with parentheses"),
        ("3.0", "leave the quotes"),
        (True, "a tensor of numbers was expected"),
    ],
)
def test_an_answer_that_is_no_number_gets_a_hint(answer, hint) -> None:
    for call in (_verdict.call, _verdict.call_number):
        with pytest.raises(_verdict.Failed) as failure:
            call(lambda: answer, "It")
        assert hint in str(failure.value)


@pytest.mark.parametrize("answer", [[3.0], (3.0,), 3.0])
def test_a_list_has_no_dtype_to_keep(answer) -> None:
    with pytest.raises(_verdict.Failed, match="a tensor of the input's dtype was expected"):
        _verdict.call(lambda: answer, "It", keep_dtype=True)


@pytest.mark.parametrize("answer", [[3.0], (3.0,), 3.0, np.ones(3)])
def test_what_is_no_tensor_has_no_slope(answer) -> None:
    with pytest.raises(_verdict.Failed, match=r"a tensor was expected: .* no slope"):
        _verdict.call(lambda: answer, "It", tensor=True)


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


def without_values(*arguments):
    return torch.zeros(3, device="meta")


def unsigned(*arguments):
    """Torch has this type, but can neither add nor compare its numbers."""
    return torch.ones(arguments[0].shape if hasattr(arguments[0], "shape") else 3).to(torch.uint16)


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
        *(fails_when_it_is_read, torch_cannot, without_values, unsigned),
    ],
)
def test_what_is_no_answer_is_refused_and_not_raised(checker, answer) -> None:
    verdict = checker(answer)
    assert verdict.status == "failed"
    assert len(verdict.message) > 20
    assert not plt.get_fignums()


def test_answers_may_be_of_any_numeric_type() -> None:
    tensors = [torch.tensor(3, dtype=dtype) for dtype in (torch.uint64, torch.float8_e4m3fn)]
    arrays = (np.float32(3), np.array(3.0), np.array(3, dtype=np.uint16))
    single = (np.array([3.0]), np.array([[3]]), torch.tensor([3.0]), [[3.0]], [torch.tensor([3.0])])
    for answer in (3, 3.0, *arrays, *tensors, *single, torch.tensor(3), [3.0], (3,)):
        assert _verdict.call_number(lambda given=answer: given, "It") == 3.0


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (lambda x: x if x > 0 else -x, "use torch.where"),
        (lambda x: math.exp(x), "use those of torch"),
        (lambda x: float(x), "use those of torch|keep the tensor"),
        (lambda x: math.exp(1000.0), "work with its logarithm"),
        (lambda: 1, "Keep the arguments of the stub"),
        (lambda x: torch.ones(3, dtype=torch.float64) @ x, r"the dtype of what you were given"),
        (lambda x: torch.stack([1.0, 2.0]), "torch.tensor one of a list of numbers"),
        (lambda x: x + torch.ones(3, device="meta"), "on the device of what you were given"),
        (StubObject, "StubObject is a class: give an object that it makes"),
    ],
)
def test_common_errors_get_a_hint(error, hint) -> None:
    with pytest.raises(_verdict.Failed, match=hint):
        _verdict.call(error, "It", torch.ones(3))


@pytest.mark.parametrize("error", [lambda x: torch.cumsum(x), lambda x: (lambda: 1)(x)])
def test_errors_in_the_answers_own_calls_are_not_laid_to_the_stub(error) -> None:
    with pytest.raises(_verdict.Failed, match="argument") as failure:
        _verdict.call(error, "It", torch.ones(3))
    assert "stub" not in str(failure.value)


def test_modules_of_other_arguments_are_laid_to_the_stub() -> None:
    with pytest.raises(_verdict.Failed, match="Keep the arguments of the stub"):
        _verdict.call(nn.Linear(2, 2), "It", torch.ones(3), torch.ones(3))


def test_large_tensors_are_compared_where_they_differ_most() -> None:
    wrong = torch.zeros(20, 30, dtype=torch.float64)
    wrong[7, 9] = 2.0
    with pytest.raises(_verdict.Failed, match=r"at index \(7, 9\) is 2; 0 was expected"):
        _compare.require_close(wrong, torch.zeros_like(wrong), "It")


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(
    "setting", [torch.no_grad, torch.inference_mode, functools.partial(torch.device, "meta")]
)
def test_verdicts_do_not_depend_on_the_notebooks_settings(checker, setting) -> None:
    def zero(*arguments):
        return 0.0

    with setting():
        changed = checker(zero)
    assert changed == checker(zero)
    assert changed.status == "failed"


def test_every_checker_documents_its_answer() -> None:
    for checker in [*CHECKERS, checks.check_well_shares]:
        assert list(inspect.signature(checker).parameters) == ["answer"]
