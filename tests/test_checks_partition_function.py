"""The partition function's checkers against named wrong answers and right ones."""

from __future__ import annotations

import itertools
import math
import resource
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import ebm_snippets as ebm
from ebm_snippets import checks
from ebm_snippets.checks import machine as checker_of_machines
from ebm_snippets.checks import partition_function


def worth(energy, dim, scale, num=2000, seed=7):
    """The effective sample size, by its formula."""
    generator = torch.Generator().manual_seed(seed)
    x = scale * torch.randn(num, dim, generator=generator, dtype=torch.float64)
    log_q = -(x**2).sum(-1) / (2 * scale**2) - dim * math.log(scale)
    log_weights = -energy(x) - log_q
    weights = torch.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / (weights**2).sum())


def best_of_many(energy, dim):
    return max(torch.logspace(-2, 2, 97).tolist(), key=lambda s: worth(energy, dim, s))


def by_the_estimate(energy, dim):
    normal = torch.randn(1000, dim, generator=torch.Generator().manual_seed(8)).double()
    scales = torch.logspace(-2, 2, 121)
    log_q = -(normal**2).sum(-1) / 2
    sizes = [
        ebm.importance_estimate(-energy(s * normal) - log_q).effective_sample_size for s in scales
    ]
    return scales[torch.stack(sizes).argmax()]


def by_the_spread(energy, dim):
    """Walks a while, and takes the root of a coordinate's mean square."""
    generator = torch.Generator().manual_seed(9)
    x = torch.zeros(200, dim, dtype=torch.float64)
    for scale in torch.logspace(1.3, -2, 40).tolist():
        for _ in range(20):
            new = x + scale * torch.randn(x.shape, generator=generator, dtype=x.dtype)
            chance = torch.rand(200, generator=generator, dtype=x.dtype)
            taken = chance < torch.exp(energy(x) - energy(new))
            x = torch.where(taken[:, None], new, x)
    return np.array([float((x**2).mean().sqrt())])


@pytest.mark.parametrize("answer", [best_of_many, by_the_estimate, by_the_spread])
def test_right_proposals(answer) -> None:
    verdict = checks.check_proposal(answer)
    assert verdict, verdict


def few_draws(energy, dim):
    """Right, but for the number of draws: on the uneven bowl it finds 1, where 1.6 is best."""
    return 1.0 if dim == 5 else best_of_many(energy, dim)


def without_q(energy, dim):
    def worth_of_weights(scale):
        x = scale * torch.randn(500, dim, generator=torch.Generator().manual_seed(7)).double()
        weights = torch.exp(-(energy(x) - energy(x).min()))
        return float(weights.sum() ** 2 / (weights**2).sum())

    return max(torch.logspace(-2, 2, 97).tolist(), key=worth_of_weights)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda e, d: 1.0, r"Which scale suits depends on the energy"),
        (without_q, "That is the end of the range|Too narrow"),
        (lambda e, d: best_of_many(e, d) ** 2, "Is it a variance"),
        (lambda e, d: best_of_many(e, d) / 3, "Too narrow"),
        (few_draws, "uneven sides .* by a few thousand draws"),
        (lambda e, d: best_of_many(e, d) * 2, "Too wide"),
        (lambda e, d: min(torch.logspace(-2, 2, 97).tolist(), key=lambda s: worth(e, d, s)), "end"),
        (lambda e, d: 0.01, "end of the range"),
        (lambda e, d: 0.0, "a positive number was expected"),
        (lambda e, d: math.nan, "a positive number was expected"),
        (lambda e, d: torch.ones(d), "one number, please"),
        (lambda e, d: e(np.zeros((9, d))), "must be a torch.Tensor of floats, got ndarray"),
    ],
)
def test_wrong_proposals(answer, message) -> None:
    verdict = checks.check_proposal(answer)
    assert verdict.status == "failed"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)


def test_the_worth_of_a_draw_is_that_of_the_formula() -> None:
    """Of |x|^2 / (2 s^2) the share from N(0, r^2 s^2) is (sqrt(2 r^2 - 1) / r^2)^d."""
    normal = torch.randn(20_000, 3, generator=torch.Generator().manual_seed(1)).double()
    for ratio in (1.0, 1.3, 2.0):
        share = partition_function._worth(ratio, lambda x: (x**2).sum(-1) / 2, normal)
        # Of 20,000 draws, a twentieth is more than four standard errors at these ratios.
        assert share == pytest.approx(((2 * ratio**2 - 1) ** 0.5 / ratio**2) ** 3, rel=0.05)


def matrix(temperature, field):
    spins = torch.tensor([-1.0, 1.0], dtype=torch.float64)
    pairs = torch.outer(spins, spins) + field * (spins[:, None] + spins) / 2
    return torch.exp(pairs / temperature)


def transfer(num, temperature, field):
    small, large = torch.linalg.eigvalsh(matrix(temperature, field))
    return num * large.log() + torch.log1p((small / large) ** num)


def closed_form(num, temperature, field):
    e = math.exp(1 / temperature)
    root = math.sqrt((e * math.sinh(field / temperature)) ** 2 + e**-2)
    large, small = (e * math.cosh(field / temperature) + sign * root for sign in (1, -1))
    return num * math.log(large) + math.log1p((small / large) ** num)


def in_single_precision(num, temperature, field):
    values = torch.linalg.eigvalsh(matrix(temperature, field).float()).log()
    return torch.logsumexp(num * values, 0)


def multiplied(num, temperature, field):
    """The trace of a product, with its size taken out at every step."""
    product, log_size = torch.eye(2, dtype=torch.float64), 0.0
    for _ in range(num):
        product = product @ matrix(temperature, field)
        size = float(product.max())
        product, log_size = product / size, log_size + math.log(size)
    return [log_size + math.log(product.trace())]


def lopsided(num, temperature, field):
    """The whole field on the first spin of each bond: not symmetric."""
    spins = torch.tensor([-1.0, 1.0], dtype=torch.float64)
    pairs = torch.exp((torch.outer(spins, spins) + field * spins[:, None]) / temperature)
    return torch.logsumexp(num * torch.linalg.eigvalsh(pairs).log(), 0)


def not_exponentiated(num, temperature, field):
    values = torch.linalg.eigvalsh(matrix(temperature, field).log())
    return (values**num).sum().log()


def complex_eigenvalues(num, temperature, field):
    return (torch.linalg.eigvals(matrix(temperature, field)) ** num).sum().log()


def antiferromagnetic(num, temperature, field):
    spins = torch.tensor([-1.0, 1.0], dtype=torch.float64)
    pairs = field * (spins[:, None] + spins) / 2 - torch.outer(spins, spins)
    values = torch.linalg.eigvalsh(torch.exp(pairs / temperature))
    return (values**num).sum().log()


def overflows(num, temperature, field):
    values = torch.linalg.eigvalsh(matrix(temperature, field)).tolist()
    return math.log(sum(value**num for value in values))


def upside_down(num, temperature, field):
    large, small = torch.linalg.eigvalsh(matrix(temperature, field))
    return num * large.log() + torch.log1p((small / large) ** num)


def apart(num, temperature, field):
    small, large = torch.linalg.eigvalsh(matrix(temperature, field))
    return num * large.log() + torch.log1p(small**num / large**num)


def counted(num, temperature, field):
    total = 0.0
    for spins in itertools.product((-1, 1), repeat=num):
        bonds = sum(a * b for a, b in zip(spins, spins[1:] + spins[:1], strict=True))
        total += math.exp((bonds + field * sum(spins)) / temperature)
    return math.log(total)


def open_chain(num, temperature, field):
    energy = ebm.ising_energy(ebm.ring_bonds(num)[:-1], field=field)
    return torch.logsumexp(-energy(ebm.spin_states(num).points) / temperature, 0)


def listed_by_the_book(num, temperature, field):
    energy = ebm.ising_energy(ebm.ring_bonds(num), field=field)
    return ebm.boltzmann_distribution(energy, ebm.spin_states(num), temperature).log_Z


def listed_if_short(num, temperature, field):
    if num > 20:
        return transfer(num, temperature, field)
    energy = ebm.ising_energy(ebm.ring_bonds(num), field=field)
    return torch.logsumexp(-energy(ebm.spin_states(num).points) / temperature, 0)


@pytest.mark.parametrize(
    "answer", [transfer, closed_form, in_single_precision, multiplied, listed_if_short]
)
def test_right_rings(answer) -> None:
    verdict = checks.check_ising_ring(answer)
    assert verdict, verdict


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (open_chain, "A ring closes"),
        (not_exponentiated, "is the exponential missing"),
        (lambda n, t, h: n * math.log(2 * math.cosh(1 / t)), "was expected"),
        (lambda n, t, h: n * torch.linalg.eigvalsh(matrix(t, h))[-1].log(), "Both eigenvalues"),
        (lopsided, "eigvalsh wants a symmetric matrix"),
        (complex_eigenvalues, "real numbers were expected"),
        (overflows, "work with its logarithm"),
        (lambda n, t, h: transfer(n, t, 2 * h), "each holds half of its field"),
        (lambda n, t, h: transfer(n, t, h * t), "Divide the field by T"),
        (lambda n, t, h: transfer(n - 1, t, h), "A ring of n spins has n bonds"),
        (lambda n, t, h: -t * transfer(n, t, h), "This is the free energy"),
        (lambda n, t, h: transfer(n, t, h) / n, "log Z for each spin"),
        (lambda n, t, h: transfer(n, t, h) / math.log(10), "Use the natural logarithm"),
        (lambda n, t, h: transfer(n, 1.0, h), "Where does the temperature enter"),
        (lambda n, t, h: transfer(n, t, 0.0), "Where does the field enter"),
        (lambda n, t, h: transfer(n, 1 / t, h), "Divide by T; do not multiply"),
        (antiferromagnetic, "the \\*lower\\*"),
        (lambda n, t, h: ebm.ising_ring_log_Z(n, t, field=h), "calls ising_ring_log_Z"),
        (listed_by_the_book, "calls boltzmann_distribution"),
        (lambda n, t, h: transfer(n, t, h).exp(), "its logarithm was expected"),
        (
            lambda n, t, h: (torch.linalg.eigvalsh(matrix(t, h)) ** n).sum().log(),
            "take the larger one out, as its logarithm times n",
        ),
        (
            lambda n, t, h: torch.logsumexp(n * torch.linalg.eigvalsh(matrix(-t, h)).log(), 0),
            "logarithm of a negative eigenvalue",
        ),
        (
            lambda n, t, h: n * sum(map(math.log, torch.linalg.eigvalsh(matrix(-t, h)).tolist())),
            "or a sign wrong",
        ),
        (upside_down, "take the larger one out"),
        (apart, "Divide the eigenvalues first"),
        (lambda n, t, h: torch.zeros(2), "one number, please"),
    ],
)
def test_wrong_rings(answer, message) -> None:
    verdict = checks.check_ising_ring(answer)
    assert verdict.status == "failed"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)


def test_a_sum_over_all_configurations_is_stopped(monkeypatch) -> None:
    limit = partition_function._time_limit
    monkeypatch.setattr(partition_function, "_time_limit", lambda _, told: limit(1, told))
    verdict = checks.check_ising_ring(counted)
    assert verdict.status == "failed"
    assert "For 100 spins" in verdict.message
    assert "took too long" in verdict.message


class Slow(Exception):
    """Takes two seconds to say what is wrong."""

    def __str__(self):
        time.sleep(2)
        return ""


def fails_slowly(*arguments):
    raise Slow


@pytest.mark.parametrize(
    ("checker", "answer", "message"),
    [
        (checks.check_ising_ring, fails_slowly, "no sum over 2^n configurations"),
    ],
)
def test_whatever_takes_long_is_stopped(monkeypatch, checker, answer, message) -> None:
    limit = partition_function._time_limit
    monkeypatch.setattr(partition_function, "_time_limit", lambda _, told: limit(1, told))
    verdict = checker(answer)
    assert verdict.status == "failed"
    assert f"it took too long; {message}" in verdict.message


def listed(num, temperature, field):
    spins = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=num)))
    bonds = (spins * spins.roll(1, 1)).sum(1)
    return torch.logsumexp((bonds + field * spins.sum(1)) / temperature, 0)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is limited on Linux")
def test_a_list_of_all_configurations_is_stopped(monkeypatch) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit = partition_function._memory_limit
    monkeypatch.setattr(partition_function, "_memory_limit", lambda _: limit(2**28))
    verdict = checks.check_ising_ring(listed)
    assert verdict.status == "failed"
    assert "For 100 spins" in verdict.message
    assert "can you do without a list of it all?" in verdict.message
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def both_layers(weights, first, second):
    """The smaller layer last, whichever it is."""
    return (weights, first, second) if len(first) >= len(second) else (weights.T, second, first)


def machine(weights, first, second, *, values=(0.0, 1.0)):
    weights, large, small = both_layers(weights, first, second)
    u = torch.tensor(list(itertools.product(values, repeat=len(small))), dtype=weights.dtype)
    inputs = torch.nn.functional.softplus(large + u @ weights.T)
    return torch.logsumexp(u @ small + inputs.sum(-1), 0)


def machine_of_numpy(weights, first, second):
    """Doubles the list of logarithms with each unit of the smaller layer."""
    weights, large, small = (t.numpy() for t in both_layers(weights, first, second))
    inputs, sums = large[None], np.zeros(1)
    for column, bias in zip(weights.T, small, strict=True):
        inputs, sums = (
            np.concatenate([inputs, inputs + column]),
            np.concatenate([sums, sums + bias]),
        )
    return np.logaddexp.reduce(sums + np.logaddexp(0, inputs).sum(1), keepdims=True)


def machine_by_halves(weights, first, second):
    """Fixes one unit of the smaller layer after the other, in plain recursion."""
    return machine_fixed(*both_layers(weights, first, second))


def machine_fixed(weights, large, small):
    if len(small) == 0:
        return float(torch.nn.functional.softplus(large).sum())
    off = machine_fixed(weights[:, 1:], large, small[1:])
    on = float(small[0]) + machine_fixed(weights[:, 1:], large + weights[:, 0], small[1:])
    return max(off, on) + math.log1p(math.exp(-abs(off - on)))


@pytest.mark.parametrize("answer", [machine, machine_of_numpy, machine_by_halves])
def test_right_machines(answer) -> None:
    verdict = checks.check_machine(answer)
    assert verdict, verdict


def with_products(weights, first, second):
    weights, large, small = both_layers(weights, first, second)
    u = torch.tensor(list(itertools.product((0.0, 1.0), repeat=len(small))), dtype=weights.dtype)
    factors = (1 + torch.exp(large + u @ weights.T)).prod(-1)
    return (torch.exp(u @ small) * factors).sum().log()


def with_the_exponential(weights, first, second):
    """log(1 + e^x) as it stands, which overflows in units, though the sum of them is in logs."""
    weights, large, small = both_layers(weights, first, second)
    u = torch.tensor(list(itertools.product((0.0, 1.0), repeat=len(small))), dtype=weights.dtype)
    inputs = torch.log(1 + torch.exp(large + u @ weights.T))
    return torch.logsumexp(u @ small + inputs.sum(-1), 0)


def in_two_dtypes(weights, first, second):
    weights, large, small = both_layers(weights, first, second)
    u = torch.tensor(list(itertools.product((0.0, 1.0), repeat=len(small))))
    inputs = torch.nn.functional.softplus(large + u @ weights.T)
    return torch.logsumexp(u @ small + inputs.sum(-1), 0)


def hidden_only(weights, first, second):
    """Lists the hidden layer, however large."""
    if len(second) > 20:
        return 0.0
    u = torch.tensor(list(itertools.product((0.0, 1.0), repeat=len(second))), dtype=weights.dtype)
    inputs = torch.nn.functional.softplus(first + u @ weights.T)
    return torch.logsumexp(u @ second + inputs.sum(-1), 0)


def spins(weights, first, second):
    """All units -1 or 1."""
    v, u = (
        torch.tensor(list(itertools.product((-1.0, 1.0), repeat=len(b))), dtype=weights.dtype)
        for b in (first, second)
    )
    exponents = v @ weights @ u.T + (v @ first)[:, None] + u @ second
    return torch.logsumexp(exponents.flatten(), 0)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (ebm.restricted_boltzmann_log_Z, "calls restricted_boltzmann_log_Z"),
        (with_products, r"200 visible .* Take logarithms from the beginning"),
        (with_the_exponential, r"200 visible .* Take logarithms from the beginning"),
        (in_two_dtypes, "have the same dtype, .* Floats of two kinds meet"),
        (hidden_only, "is the other layer the small one"),
        (spins, "the values 0 and 1, not -1 and 1"),
        (lambda w, a, b: machine(w, a, b).exp(), "its logarithm was expected"),
        (lambda w, a, b: -machine(w, a, b), "This is -log Z"),
        (lambda w, a, b: machine(-w, -a, -b), "which are left"),
        (lambda w, a, b: machine(-w, a, b), "Is the sign of the weights right"),
        (lambda w, a, b: machine(w, -a, b), "Is the sign of the visible bias right"),
        (lambda w, a, b: machine(w, a, -b), "Is the sign of the hidden bias right"),
        (lambda w, a, b: machine(w, 0 * a, 0 * b), "Where do the biases enter"),
        (lambda w, a, b: machine(w, a, b) / math.log(2), "Use the natural logarithm"),
        (lambda w, a, b: machine(w, a, b) / math.log(10), "Use the natural logarithm"),
        (
            lambda w, a, b: machine(w, a, b) - sum(w.shape) * math.log(2),
            "logarithm of a mean over all configurations",
        ),
        (lambda w, a, b: machine(w, 0 * a, b), "Where does the visible bias enter"),
        (lambda w, a, b: machine(w, a, 0 * b), "Where does the hidden bias enter"),
        (lambda w, a, b: machine(0 * w, a, b), "Where do the weights enter"),
        (lambda w, a, b: machine(w, a, b) * 1.00001, r"was expected\.$"),
        (lambda w, a, b: torch.zeros(2), "one number, please"),
    ],
)
def test_wrong_machines(answer, message) -> None:
    verdict = checks.check_machine(answer)
    assert verdict.status == "failed"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)


def test_small_machines_are_those_of_the_list() -> None:
    for visible, hidden, size in checker_of_machines._MACHINES[:2]:
        found = checker_of_machines._machine(visible, hidden, size)
        listed = checker_of_machines._listed(*found)
        assert float(ebm.restricted_boltzmann_log_Z(*found)) == pytest.approx(listed, rel=1e-12)


@pytest.mark.parametrize(
    "checker", [checks.check_ising_ring, checks.check_machine, checks.check_proposal]
)
def test_stubs(checker) -> None:
    for answer in (..., None, lambda *a: None, lambda *a: ...):
        assert checker(answer).status == "not attempted"
    assert "A function was expected" in checker(3.0).message
