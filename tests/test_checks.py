"""Checkers against named wrong answers, right ones written differently, and stubs."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
import torch

import ebm_snippets as ebm
from ebm_snippets import checks
from ebm_snippets.checks import intuition


def stub(*arguments):
    """A function that nobody has filled in."""


def refuses(*arguments):
    raise NotImplementedError("to do")


def raises(*arguments):
    raise RuntimeError("no luck")


FUNCTION_CHECKERS = (
    checks.check_landscape,
    checks.check_boltzmann_weights,
    checks.check_free_energy,
)


@pytest.mark.parametrize("checker", FUNCTION_CHECKERS)
def test_stubs_are_not_attempted(checker) -> None:
    for answer in (..., None, stub, refuses, lambda *a: None, lambda *a: ...):
        verdict = checker(answer)
        assert verdict.status == "not attempted", answer
        assert not verdict
        assert "Not attempted yet" in repr(verdict)


@pytest.mark.parametrize("checker", FUNCTION_CHECKERS)
def test_what_a_learner_raises_is_told(checker) -> None:
    verdict = checker(raises)
    assert verdict.status == "failed"
    assert "raised RuntimeError: no luck" in verdict.message
    assert checker(3.0).status == "failed"
    assert "A function was expected" in checker("x").message


@pytest.mark.parametrize("checker", FUNCTION_CHECKERS[1:])
def test_a_short_answer_is_no_stub(checker) -> None:
    assert "takes 1 positional argument" in checker(lambda energies: energies).message
    assert checker(lambda *arguments: arguments[0]).status == "failed"
    assert checker(lambda *arguments: 0).status == "failed"


@pytest.mark.parametrize("checker", FUNCTION_CHECKERS)
def test_a_forgotten_return_is_told(checker) -> None:
    def forgets(*arguments) -> None:
        torch.exp(arguments[0])

    verdict = checker(forgets)
    assert verdict.status == "failed"
    assert "Does your function end with return?" in verdict.message


@pytest.mark.parametrize("checker", FUNCTION_CHECKERS)
def test_shape_alone_is_not_enough(checker) -> None:
    for answer in (
        lambda *a: torch.zeros_like(a[0]),
        lambda *a: torch.ones_like(a[0]) / a[0].shape[-1],
        lambda *a: torch.tensor(0.0),
        lambda *a: "right",
        lambda *a: torch.full_like(a[0], math.nan),
    ):
        assert checker(answer).status == "failed"


HOT = ebm.boltzmann_distribution(ebm.asymmetric_energy, ebm.linear_grid(-8, 9, 3401), 2.0)


def drawn(num: int, heat: float = 2.0) -> torch.Tensor:
    line = ebm.linear_grid(-8, 9, 3401)
    distribution = ebm.boltzmann_distribution(ebm.asymmetric_energy, line, heat)
    return distribution.sample(num, generator=torch.Generator().manual_seed(5))


def walked(num: int, *, heat=2.0, start=2.0, steps=1500, step_size=0.01) -> torch.Tensor:
    return ebm.langevin_dynamics(
        ebm.asymmetric_energy,
        torch.full((num,), start, dtype=torch.float64),
        temperature=heat,
        step_size=step_size,
        num_steps=steps,
        generator=torch.Generator().manual_seed(6),
    )


def two_heaps(num: int = 4000) -> torch.Tensor:
    """The right shares of the wells, and nothing between."""
    places = torch.arange(num) < 0.4 * num
    return torch.where(places, -1.0, 2.0)


class TestWellShares:
    @pytest.mark.parametrize(
        "make",
        [
            lambda: walked(2000)[-1],
            lambda: walked(2000, start=-1.0, steps=2500)[-1].float()[:, None],
            lambda: walked(300, steps=3000)[1000::20].flatten(),
            lambda: drawn(4000).numpy(),
            lambda: drawn(100_000),
            lambda: drawn(2000).tolist(),
        ],
    )
    def test_right(self, make) -> None:
        verdict = checks.check_well_shares(make())
        assert verdict, verdict
        assert "0.400 were expected" in verdict.message

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: drawn(4000, 1.0), "They fit T = 1, as in the chapter"),
            (lambda: drawn(4000, 4.0), "They fit T = 4"),
            (lambda: drawn(4000, 0.5), "They fit T = 0.5"),
            (lambda: -drawn(4000), "in the left well"),
            (lambda: walked(2000, start=2.0, steps=100)[-1], "in the right well. Do they still"),
            (lambda: walked(2000, start=-1.0, steps=100)[-1], "in the left well. Do they still"),
            (lambda: walked(2000, heat=0.0)[-1], "They lie all together"),
            (two_heaps, "not the places within them"),
            (lambda: walked(4000, step_size=0.05, steps=600)[-1], "or are the steps too large"),
            (lambda: walked(2000, steps=30), r"If it is a whole path, take its last states"),
            (lambda: drawn(1000), "states: 1000; at least 2,000"),
            (lambda: (0.4, 0.6), "states: 2; at least 2,000"),
            (lambda: 0.6, "states: 1; at least 2,000"),
            (lambda: torch.full((4000,), math.nan), "not finite"),
            (lambda: drawn, "Give the states themselves"),
            (lambda: ("a", "b"), "a tensor of numbers was expected"),
            (lambda: torch.ones(9).max(dim=0), r"take \.values"),
            (lambda: (1 / 0 for _ in range(2)), "a tensor of numbers was expected"),
        ],
    )
    def test_wrong(self, make, message) -> None:
        verdict = checks.check_well_shares(make())
        assert verdict.status == "failed"
        with pytest.raises(AssertionError, match=message):
            raise AssertionError(verdict.message)

    def test_the_largest_distance_is_that_of_a_slow_count(self) -> None:
        """Against a slow count of states left of each state, and not yet at it."""
        states = drawn(40).double() + torch.linspace(0, 1e-3, 40, dtype=torch.float64)
        found = intuition._furthest_apart(states, 2.0)[0]
        slow = 0.0
        for x in states.tolist():
            truth = float(HOT.probability(lambda y, x=x: y < x))
            for count in (int((states < x).sum()), int((states <= x).sum())):
                slow = max(slow, abs(count / 40 - truth))
        assert found == pytest.approx(slow, abs=3e-3)  # the two grids differ by that much

    def test_the_default_device_does_not_matter(self) -> None:
        states = drawn(4000)
        with torch.device("meta"):
            assert checks.check_well_shares(states)

    @pytest.mark.parametrize("answer", [..., None])
    def test_stub(self, answer) -> None:
        assert checks.check_well_shares(answer).status == "not attempted"

    def test_the_truth_is_the_exact_one(self) -> None:
        left, right = intuition._well_shares(1.0)
        assert right == pytest.approx(0.692692425168156, rel=1e-10)
        assert left == pytest.approx(1 - 0.692692425168156, rel=1e-9)


def quartic(scale: float = 1.0, top: float = -1.0):
    """The energy whose slope is scale * (x + 2)(x - top)(x - 1), expanded by hand."""
    return lambda x: scale * (x**4 / 4 + (1 - top) * x**3 / 3 + (-2 - top) * x**2 / 2 + 2 * top * x)


def in_a_module(energy):
    class Energy(torch.nn.Module):
        def forward(self, x):
            return energy(x)

    return Energy()


def bounded(x):
    """Rises for ever, but never above 10."""
    left, right = ((x - place) ** 2 for place in (-2, 1))
    return 10 * torch.minimum(left / (1 + left), 0.2 + right / (1 + right))


def no_floor(x):
    """Has an infinite energy where its left minimum should be, between the points of a grid."""
    parabolas = torch.minimum((x + 2.002) ** 2, (x - 1) ** 2 + 1.5)
    return parabolas + torch.where((x + 2.002).abs() < 1e-4, torch.inf, 0.0)


def steps_down(x):
    """Has a minimum at 4 that no slope shows."""
    return quartic(1.0, 0.0)(x) - 30 * (x > 4)


def measured_from_the_batch(x):
    return quartic(1.0, 0.0)(x) - 0.01 * x.detach().mean()


def measured_from_the_lowest(x):
    return quartic(1.0, 0.0)(x) - quartic(1.0, 0.0)(x).min()


def noisy(x):
    return quartic(1.0, 0.0)(x) + 0.01 * torch.rand_like(x)


def one_state_at_a_time(x):
    return (x + 2) ** 2 if x < 0 else (x - 1) ** 2 + 2


def with_math(x):
    return math.exp(x)


def sum_of_wells(x):
    """What torch.logsumexp says of the same two terms is finite everywhere."""
    return -torch.log(torch.exp(-4 * (x + 2) ** 2) + torch.exp(-4 * (x - 1) ** 2 - 1.5))


def wrong_far_out(x):
    """0 * inf is NaN, where cosh overflows."""
    return quartic(1.0, 0.0)(x) + 0 * torch.cosh(x)


def flat_floor(x):
    left = torch.relu(-3 - x) ** 2 + torch.relu(x + 2) ** 2
    return torch.minimum(left, (x - 1) ** 2 + 1.5)


class TestLandscape:
    @pytest.mark.parametrize(
        "energy",
        [
            quartic(1.0, 0.0),
            lambda x: torch.minimum((x + 2) ** 2, (x - 1) ** 2 + 1.5),
            lambda x: -torch.logaddexp(-8 * (x + 2) ** 2, -8 * (x - 1) ** 2 - 2),
            lambda x: torch.minimum((x + 2).abs() / 2, (x - 1).abs() / 2 + 1.2),  # rises slowly
            lambda x: quartic(1.0, 0.0)(x) + torch.exp(x.abs() - 30),  # infinite far out
            lambda x: quartic(1.0, 0.0)(x.float()),
            functools.partial(lambda scale, x: quartic(scale, 0.0)(x), 2.0),
            in_a_module(quartic(1.0, 0.0)),
        ],
    )
    def test_right(self, energy) -> None:
        verdict = checks.check_landscape(energy)
        assert verdict, verdict
        assert "-2.000, 1.000" in verdict.message

    @pytest.mark.parametrize(
        ("energy", "message"),
        [
            (ebm.double_well_energy, "Its minima on"),
            (lambda x: (x + 2) ** 2, "at: -2.000; at -2 and 1 only"),
            (
                lambda x: torch.minimum((x + 2) ** 2 + 1.5, (x - 1) ** 2),
                "left minimum must be deeper",
            ),
            (lambda x: ((x + 2) * (x - 1)) ** 2, "left minimum must be deeper"),
            (lambda x: -quartic(1.0, 0.0)(x), "Its minima on"),
            (lambda x: quartic(1.0, 0.0)(x + 0.1), "Its minima on"),
            (
                lambda x: quartic(1.0, 0.0)(x) - 30 * torch.exp(-8 * (x - 6) ** 2) * 30,
                "Its minima on",
            ),
            (
                lambda x: -2 * torch.exp(-((x + 2) ** 2) * 8) - torch.exp(-((x - 1) ** 2) * 8),
                "must go on rising at the left end",
            ),
            (lambda x: quartic(1.0, 0.0)(x).clamp(max=50), "must go on rising at the left end"),
            (
                lambda x: torch.where(x > 50, 2e5, quartic(1.0, 0.0)(x)),
                "must go on rising at the right end",
            ),
            (
                lambda x: torch.minimum(
                    torch.minimum((x + 2) ** 2, (x - 1) ** 2 + 2), (x - 90) ** 2
                ),
                r"At \[4\d\.\d*, 4\d\.\d*\] it is .* at the right end",
            ),
            (lambda x: quartic(1.0, 0.0)(x.clamp_(-99, 99).mul_(1.5)), "changed its input"),
            (lambda x: quartic(1.0, 0.0)(x).sum(), r"energies of shape \(\)"),
            (lambda x: quartic(1.0, 0.0)(x)[..., None], r"energies of shape \(2, 2, 1\)"),
            (
                lambda x: quartic(1.0, 0.0)(x.detach()),
                "lacks a slope: TypeError: energy must return",
            ),
            (lambda x: quartic(1.0, 0.0)(x).tolist(), "a list; a tensor was expected"),
            (lambda x: quartic(1.0, 0.0)(x.numpy()), "an array of NumPy; a tensor was expected"),
            (bounded, "above every bound"),
            (steps_down, r"below the jump, near x = 4\.00"),
            (measured_from_the_batch, "no mean or minimum over the batch"),
            (measured_from_the_lowest, "no mean or minimum over the batch"),
            (no_floor, r"At x = -2\.002 your energy is inf; a finite number"),
            (noisy, "no random numbers"),
            (one_state_at_a_time, "An `if` cannot decide for many states"),
            (with_math, "use those of torch"),
            (
                lambda x: quartic(1.0, 0.0)(x) + torch.where(x > 30, math.inf, 0.0),
                r"At x = 30 your energy is inf; a finite number",
            ),
            (sum_of_wells, r"At x = -40 your energy is inf; .* use torch.logsumexp"),
            (flat_floor, r"at x = -2\.05\d your energy is as low: the floor is flat"),
            (wrong_far_out, r"At x = -7\d\d\.\d your energy is nan; .* 0 \* inf"),
            (type(in_a_module(quartic())), "Energy is a class: give an object"),
            (
                lambda x: torch.where(x < -0.5, 3 * (x + 2) ** 2, (x + 0.5).sqrt() * 0 + x**2),
                "At x = -40 the slope of your energy is NaN, .* the slope of both branches",
            ),
        ],
    )
    def test_wrong(self, energy, message) -> None:
        verdict = checks.check_landscape(energy)
        assert verdict.status == "failed"
        with pytest.raises(AssertionError, match=message):
            raise AssertionError(verdict.message)


def test_a_landscape_is_checked_where_gradients_are_off() -> None:
    with torch.inference_mode():
        assert checks.check_landscape(quartic(1.0, 0.0))


def raises_all(x):
    raise ValueError(quartic(1.0, 0.0)(x).tolist() * 100)


def test_an_error_that_quotes_all_energies_is_shortened() -> None:
    message = checks.check_landscape(raises_all).message
    assert "raised ValueError" in message
    assert len(message) < 600


def subtract_the_lowest(energies, temperature):
    weights = torch.exp(-(energies - energies.min(dim=-1, keepdim=True).values) / temperature)
    return weights / weights.sum(dim=-1, keepdim=True)


def one_by_one(energies, temperature):
    rows = energies.reshape(-1, energies.shape[-1])
    weights = [((row.min() - row) / temperature).exp() for row in rows]
    return torch.stack([row / row.sum() for row in weights]).reshape(energies.shape)


def with_numpy(energies, temperature):
    scaled = -energies.numpy() / temperature
    log_sum = np.logaddexp.reduce(scaled, axis=-1, keepdims=True)
    return np.exp(scaled - log_sum)


def with_softmax(energies, temperature):
    return torch.nn.functional.softmax(-energies / temperature, dim=-1)


def with_a_softmax_method(energies, temperature):
    return (-energies / temperature).log_softmax(-1).exp()


def with_logsumexp(energies, temperature):
    scaled = -energies / temperature
    return torch.exp(scaled - torch.logsumexp(scaled, dim=-1, keepdim=True))


def with_a_special_softmax(energies, temperature):
    return torch.special.softmax(-energies / temperature, -1)


def with_an_underlying_softmax(energies, temperature):
    return torch._softmax(-energies / temperature, -1, False)


def with_running_sums(energies, temperature):
    scaled = -energies / temperature
    return torch.exp(scaled - torch.logcumsumexp(scaled, -1)[..., -1:])


def with_cross_entropy(energies, temperature):
    scaled, num = -energies / temperature, energies.shape[-1]
    losses = [
        torch.nn.functional.cross_entropy(scaled, torch.tensor(index), reduction="none")
        for index in range(num)
    ]
    return torch.exp(-torch.stack(losses, -1))


def with_the_book(energies, temperature):
    states = ebm.discrete_states(torch.arange(energies.shape[-1]))
    rows = energies.reshape(-1, energies.shape[-1]).double()
    found = [ebm.boltzmann_distribution(lambda _, r=r: r, states, temperature) for r in rows]
    probabilities = torch.stack([distribution.probabilities for distribution in found])
    return probabilities.reshape(energies.shape).to(energies.dtype)


def without_keepdim(energies, temperature):
    weights = torch.exp(-(energies - energies.min(-1).values) / temperature)
    return weights / weights.sum(-1)


def without_keepdims(energies, temperature):
    array = energies.numpy()
    weights = np.exp(-(array - array.min(-1)) / temperature)
    return weights / weights.sum(-1)


def divided_too_early(energies, temperature):
    return naive(energies / temperature - energies.min(-1, keepdim=True).values, 1.0)


def first_axis(energies, temperature):
    return subtract_the_lowest(energies.movedim(0, -1), temperature).movedim(-1, 0)


def in_single_precision(energies, temperature):
    return subtract_the_lowest(energies, temperature).float()


def in_double_precision(energies, temperature):
    return subtract_the_lowest(energies.double(), temperature)


def nothing_in_single_precision(energies, temperature):
    weights = subtract_the_lowest(energies, temperature)
    return weights if energies.dtype == torch.float64 else 0 * weights


def naive(energies, temperature):
    weights = torch.exp(-energies / temperature)
    return weights / weights.sum(-1, keepdim=True)


def with_math_alone(energies, temperature):
    weights = [math.exp(-energy / temperature) for energy in energies.flatten().tolist()]
    return torch.tensor([weight / sum(weights) for weight in weights], dtype=energies.dtype)


def less_the_first(energies, temperature):
    return with_math_alone(energies - energies[..., :1], temperature)


def in_place(energies, temperature):
    energies -= energies.min(dim=-1, keepdim=True).values
    return naive(energies, temperature)


class TestBoltzmannWeights:
    @pytest.mark.parametrize("answer", [subtract_the_lowest, one_by_one, with_numpy])
    def test_right(self, answer) -> None:
        verdict = checks.check_boltzmann_weights(answer)
        assert verdict, verdict
        assert verdict.message.startswith("Right.")

    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (naive, "which constant can you subtract"),
            (
                with_math_alone,
                r"ZeroDivisionError: .*zero\. exp.*which constant can you subtract first",
            ),
            (less_the_first, "not just any of them"),
            (lambda e, t: subtract_the_lowest(-e, t), r"\[3.0, 1.0, 2.0\] at T = 1, your answer"),
            (lambda e, t: subtract_the_lowest(-e, t), "low energies are likely"),
            (lambda e, t: subtract_the_lowest(e, 1), "Where does T enter"),
            (lambda e, t: subtract_the_lowest(e, 1 / t), "do not multiply"),
            (first_axis, "Each row is a system of its own"),
            (with_softmax, "calls softmax"),
            (with_a_softmax_method, "calls log_softmax"),
            (with_a_special_softmax, "calls softmax"),
            (with_logsumexp, "calls logsumexp"),
            (with_an_underlying_softmax, "calls softmax"),
            (with_running_sums, "calls logcumsumexp"),
            (with_cross_entropy, "calls cross_entropy"),
            (ebm.boltzmann_probabilities, "calls boltzmann_probabilities"),
            (with_the_book, "calls boltzmann_distribution"),
            (without_keepdim, "along the last axis, with keepdim=True"),
            (without_keepdims, "along the last axis, with keepdim=True"),
            (divided_too_early, "Subtract the lowest energy before you divide by T"),
            (lambda e, t: subtract_the_lowest(e, t).log(), "These are the logarithms"),
            (
                lambda e, t: subtract_the_lowest(e, t).tolist(),
                "a list; a tensor of the input's dtype was expected",
            ),
            (lambda e, t: naive(e - e.min(-1, keepdim=True), t), r"take \.values"),
            (in_single_precision, "keep the dtype of the input"),
            (in_double_precision, "keep the dtype of the input"),
            (lambda e, t: subtract_the_lowest(e, t).half(), "gave torch.float16; keep the dtype"),
            (nothing_in_single_precision, "With float32 energies"),
            (lambda e, t: naive(e - e.min(), t), "Each row is a system of its own"),
            (lambda e, t: naive(e - e.max(-1, keepdim=True).values, t), "is not finite"),
            (lambda e, t: torch.exp(-(e - e.min(-1, keepdim=True).values) / t), "sum to 1.503"),
            (lambda e, t: naive(e.clamp(-80, 80), t), "your answer is"),
            (lambda e, t: naive(e - e.mean(-1, keepdim=True), t), "was expected|not finite"),
            (lambda e, t: naive(e - e[..., :1], t), "subtract the lowest energy, not just any"),
            (
                lambda e, t: naive(e - e.median(-1, keepdim=True).values, t),
                "subtract the lowest energy, not just any",
            ),
            (in_place, "changed its input"),
            (lambda e, t: subtract_the_lowest(e, t)[..., :1], "has shape"),
        ],
    )
    def test_wrong(self, answer, message) -> None:
        verdict = checks.check_boltzmann_weights(answer)
        assert verdict.status == "failed"
        with pytest.raises(AssertionError, match=message):
            raise AssertionError(verdict.message)


def with_xlogy(energies, probabilities, temperature):
    entropy = -torch.special.xlogy(probabilities, probabilities).sum()
    return (probabilities * energies).sum() - temperature * entropy


def in_a_loop(energies, probabilities, temperature):
    free = 0.0
    for energy, p in zip(energies.tolist(), probabilities.tolist(), strict=True):
        if p > 0:
            free += p * (energy + temperature * math.log(p))
    return free


def with_entropy(entropy_of, temperature_sign=1.0):
    def free_energy(energies, probabilities, temperature):
        entropy = entropy_of(probabilities[probabilities > 0])
        return (probabilities * energies).sum() - temperature_sign * temperature * entropy

    return free_energy


class TestFreeEnergy:
    @pytest.mark.parametrize(
        "answer",
        [
            with_xlogy,
            in_a_loop,
            lambda *a: with_xlogy(*a)[None],
            lambda e, p, t: with_xlogy(e.float(), p.float(), t),
            lambda *a: [in_a_loop(*a)],
            lambda *a: np.array(in_a_loop(*a)),
        ],
    )
    def test_right(self, answer) -> None:
        verdict = checks.check_free_energy(answer)
        assert verdict, verdict

    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (with_entropy(lambda p: -(p * p.log()).sum(), -1.0), "Is the sign of T S right"),
            (with_entropy(lambda p: -(p * p.log2()).sum()), "use the natural logarithm"),
            (
                lambda e, p, t: (p * e).sum() + (p * p.log()).sum(),
                "must be multiplied by T",
            ),
            (
                lambda e, p, t: (p * e).sum() + t * (p * p.log()).sum(),
                "0 \\* log\\(0\\) is NaN",
            ),
            (lambda e, p, t: -t * torch.logsumexp(-e / t, 0), "are not Boltzmann's"),
            (
                lambda e, p, t: with_xlogy(e[p > 1e-4], p[p > 1e-4], t),
                "A small probability counts as well",
            ),
            (lambda e, p, t: (p * e).sum(), "This is U alone"),
            (lambda e, p, t: t * torch.special.xlogy(p, p).sum(), "add U"),
            (lambda e, p, t: with_xlogy(e, p, t) / t, "This is F / T"),
            (lambda e, p, t: -torch.special.xlogy(p, p).sum(), "the entropy, without U"),
            (lambda e, p, t: -t * torch.special.xlogy(p, p).sum(), "the entropy, without U"),
            (
                lambda e, p, t: e.sum() + t * torch.special.xlogy(p, p).sum(),
                "U weighs each energy",
            ),
            (lambda e, p, t: e.sum(), "U weighs each energy"),
            (lambda e, p, t: -with_xlogy(e, p, t), "The sign of F"),
            (lambda e, p, t: with_xlogy(e, p, 1 / t), "do not divide"),
            (with_entropy(lambda p: -(p * p.log10()).sum()), "use the natural logarithm"),
            (
                lambda e, p, t: e.mean() + t * torch.special.xlogy(p, p).sum(),
                "U weighs each energy",
            ),
            (
                lambda e, p, t: (p * e).mean() + t * torch.special.xlogy(p, p).mean(),
                "sum, and do not divide by n",
            ),
            (
                lambda e, p, t: (p * e).mean() + t * torch.special.xlogy(p, p).sum(),
                "sum, and do not divide by n",
            ),
            (
                lambda e, p, t: (p * e).sum() + t * torch.special.xlogy(p, p).mean(),
                "sum, and do not divide by n",
            ),
            (lambda e, p, t: (p * e).sum() + t * p.log().sum(), "S weighs each -log p"),
            (
                lambda e, p, t: p * e + t * torch.special.xlogy(p, p),
                r"has shape \(3,\); one number, as of a sum, was expected",
            ),
            (with_entropy(lambda p: p.std()), "was expected"),
        ],
    )
    def test_wrong(self, answer, message) -> None:
        verdict = checks.check_free_energy(answer)
        assert verdict.status == "failed"
        with pytest.raises(AssertionError, match=message):
            raise AssertionError(verdict.message)


def test_no_checker_accepts_the_answer_to_another_exercise() -> None:
    right = {
        checks.check_landscape: quartic(1.0, 0.0),
        checks.check_boltzmann_weights: subtract_the_lowest,
        checks.check_free_energy: with_xlogy,
    }
    for checker in right:
        for other, answer in right.items():
            assert bool(checker(answer)) == (checker is other)
