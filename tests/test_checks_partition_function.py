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
from ebm_snippets.checks import partition_function


def scaling(dims, points_per_axis):
    return [(points_per_axis**dim, dim * math.log10(points_per_axis)) for dim in dims]


def from_the_count(dims, points_per_axis):
    counts = [math.prod([points_per_axis] * dim) for dim in dims]
    return [(count, math.log10(count)) for count in counts]


def in_single_precision(dims, points_per_axis):
    log10 = torch.tensor(float(points_per_axis), dtype=torch.float32).log10()
    return ((points_per_axis**dim, dim * log10) for dim in dims)


def through_the_logarithm(dims, points_per_axis):
    """Right as long as a float holds the count."""
    log10 = math.log10(points_per_axis)
    return [
        (round(10 ** (dim * log10)) if dim < 150 else points_per_axis**dim, dim * log10)
        for dim in dims
    ]


def through_int64(dims, points_per_axis):
    counts = np.array([points_per_axis], dtype=np.int64) ** np.array(dims)
    return list(zip(counts.tolist(), np.array(dims) * math.log10(points_per_axis), strict=True))


def too_many_digits(dims, points_per_axis):
    """Python does not write out a number of more than 4300 digits."""
    return [
        (count * 10**4000 if count > 10**600 else count, log10)
        for count, log10 in scaling(dims, points_per_axis)
    ]


def empties_its_input(dims, points_per_axis):
    return scaling([dims.pop(0) for _ in range(len(dims))], points_per_axis)


def breaks_half_way(dims, points_per_axis):
    return (scaling(dims, points_per_axis)[index] for index in range(9))


@pytest.mark.parametrize("answer", [scaling, from_the_count, in_single_precision])
def test_right_scaling(answer) -> None:
    verdict = checks.check_partition_scaling(answer)
    assert verdict, verdict


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda d, n: [(float(n) ** k, k * math.log10(n)) for k in d], "float; an int|raised Over"),
        (lambda d, n: [(f"{n**k:.2e}", 2.0 * k) for k in d], "str; an int was expected"),
        (
            lambda d, n: [(int(np.int64(n) ** min(k, 60)), k * math.log10(n)) for k in d],
            "the count is",
        ),
        (lambda d, n: [(n**k, k * math.log(n)) for k in d], "Base ten"),
        (lambda d, n: [(100**k, 2.0 * k) for k in d], "7 points per axis the count is"),
        (lambda d, n: [n**k for k in d], "a list of pairs"),
        (lambda d, n: [(n**k, "much") for k in d], "a number was expected"),
        (lambda d, n: scaling(d, n)[:1], "one pair"),
        (lambda d, n: [(n * k, math.log10(n * k)) for k in d], "1000000, not 300"),
        (lambda d, n: 512.0, "a list of pairs"),
        (through_the_logarithm, "A float keeps 16 digits"),
        (
            lambda d, n: [(int(math.pow(n, k)), 2.0 * k) for k in d],
            "with integers if it is a count",
        ),
        (
            lambda d, n: [(n**k, math.log10(float(n**k))) for k in d],
            "int too large to convert to float. A float holds no number so large",
        ),
        (
            lambda d, n: [(n**k, float(np.log10(n**k))) for k in d],
            "no callable log10 method. A float holds no number so large",
        ),
        (lambda d, n: scaling(sorted(d), n), "For d = 3 and 100 points per axis the count is"),
        (
            lambda d, n: [(int(torch.tensor(n**k)), 2.0 * k) for k in d],
            "A float holds no",
        ),
        (through_int64, "Integers of a fixed width overflow"),
        (too_many_digits, "not a number of 4663 digits that ends with 000000"),
        (empties_its_input, "changed its input"),
        (breaks_half_way, "a list of pairs .* Reading it raised IndexError"),
        (lambda d, n: [(n**k, 10**400) for k in d], "a number was expected"),
        (lambda d, n: [(n**k, len(str(n**k)) - 1) for k in d], "8.45098 was expected"),
        (lambda d, n: [(n**k, k * math.log2(n)) for k in d], "Base ten"),
    ],
)
def test_wrong_scaling(answer, message) -> None:
    verdict = checks.check_partition_scaling(answer)
    assert verdict.status == "failed"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)


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


def visited(dims, points_per_axis):
    return (
        (sum(1 for _ in itertools.product(range(points_per_axis), repeat=dim)), 2.0 * dim)
        for dim in dims
    )


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
        (checks.check_partition_scaling, visited, "nobody can visit so many points"),
        (checks.check_partition_scaling, fails_slowly, "nobody can visit so many points"),
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


@pytest.mark.parametrize("checker", [checks.check_ising_ring, checks.check_partition_scaling])
def test_stubs(checker) -> None:
    for answer in (..., None, lambda *a: None, lambda *a: ...):
        assert checker(answer).status == "not attempted"
    assert "A function was expected" in checker(3.0).message
