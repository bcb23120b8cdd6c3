"""Learning's checkers against named wrong answers and right ones written differently."""

from __future__ import annotations

import functools
import math

import pytest
import torch

import ebm_snippets as ebm
from ebm_snippets import checks


def phases(network, data, grid, weigh=lambda d: d.probabilities):
    parameters = list(network.parameters())
    model = ebm.boltzmann_distribution(network, grid)
    down = torch.autograd.grad(network(data).mean(), parameters)
    up = torch.autograd.grad((weigh(model).detach() * model.energies).sum(), parameters)
    return down, up


def data_minus_model(network, data, grid):
    return [d - u for d, u in zip(*phases(network, data, grid), strict=True)]


def by_autograd(network, data, grid):
    terms = grid.log_weights - network(grid.points)
    loss = network(data).mean() + torch.logsumexp(terms, 0)
    return torch.autograd.grad(loss, list(network.parameters()))


def mixed(combine, **options):
    def answer(network, data, grid):
        return [combine(d, u) for d, u in zip(*phases(network, data, grid, **options), strict=True)]

    return answer


@pytest.mark.parametrize(
    "answer", [data_minus_model, by_autograd, lambda *a: ebm.two_phase_gradient(*a).total]
)
def test_right_gradients(answer) -> None:
    verdict = checks.check_likelihood_gradient(answer)
    assert verdict, verdict


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (mixed(lambda d, u: d), "model's phase is missing"),
        (mixed(lambda d, u: -u), "data's phase is missing"),
        (mixed(lambda d, u: u - d), "sign is wrong"),
        (mixed(lambda d, u: d + u), "subtracted, not added"),
        (
            mixed(lambda d, u: d - u, weigh=lambda p: torch.ones_like(p.energies) / 801),
            "weighs each point",
        ),
        (
            mixed(lambda d, u: d - u, weigh=lambda p: torch.softmax(-p.energies, 0)),
            "stands for its weight",
        ),
        (lambda n, d, g: [torch.zeros_like(p) for p in n.parameters()], "were expected"),
        (lambda n, d, g: data_minus_model(n, d, g)[:2], "those of the parameters"),
        (lambda n, d, g: 3.0, "one tensor for each parameter"),
    ],
)
def test_wrong_gradients(answer, message) -> None:
    verdict = checks.check_likelihood_gradient(answer)
    assert verdict.status == "failed"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)


@functools.cache
def trained(dtype: torch.dtype = torch.float64) -> ebm.EnergyNetwork:
    generator = torch.Generator().manual_seed(1)
    network = ebm.EnergyNetwork(32, generator=generator, dtype=dtype)
    data = ebm.sample_mixture(3000, generator=generator, dtype=dtype)
    line = ebm.linear_grid(-4, 4, 401, bounded=True, dtype=dtype)
    ebm.train_on_grid(network, data, line, num_steps=400, report=None)
    return network


@pytest.mark.parametrize(
    "make",
    [
        trained,
        lambda: trained(torch.float32),
        lambda: ebm.mixture_energy,
        lambda: lambda x: ebm.mixture_energy(x) + 500,
    ],
)
def test_right_energies(make) -> None:
    verdict = checks.check_trained_energy(make())
    assert verdict, verdict


@pytest.mark.parametrize(
    "energy",
    [
        ebm.EnergyNetwork(8, generator=torch.Generator().manual_seed(0)),
        lambda x: -ebm.mixture_energy(x),
        lambda x: x**2 / (2 * 2.34),  # the best single Gaussian
        lambda x: (x - 1.5) ** 2 / 0.18,
        lambda x: 2 * ebm.mixture_energy(x),
        lambda x: ebm.mixture_energy(x) / 2,
        lambda x: ebm.mixture_energy(x - 0.2),
        lambda x: torch.zeros_like(x),
        lambda x: x[..., None],
        lambda x: x * math.nan,
    ],
)
def test_wrong_energies(energy) -> None:
    assert checks.check_trained_energy(energy).status == "failed"


def parabola(f):
    return lambda x: f(x) + 0.1 * x**2


def box(f):
    def energy(x):
        return torch.where(x.abs() <= 4, f(x), torch.inf)

    return energy


def quartic(f):
    return lambda x: x**4 + f(x)


@pytest.mark.parametrize("answer", [parabola, box, quartic])
def test_right_cures(answer) -> None:
    verdict = checks.check_integrable(answer)
    assert verdict, verdict


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda f: f, "go on rising"),
        (lambda f: lambda x: f(x) + 10, "go on rising"),
        (lambda f: lambda x: f(x) + 100 * x.abs(), "f = -1000"),
        (lambda f: lambda x: f(x).abs() + x**2, "something else"),
        (lambda f: lambda x: f(x).clamp(min=0) + x**2, "something else"),
        (lambda f: lambda x: torch.nn.functional.softplus(f(x)) + x**2, "something else"),
        (lambda f: lambda x: f(x) + x**3, "at the left"),
        (lambda f: lambda x: f(x) - x**2, "go on rising"),
        (lambda f: lambda x: None, "Does it end with return"),
        (lambda f: f(torch.zeros(3).double()), "an energy, which is a function"),
        (lambda f: lambda x: (f(x) + x**2).sum(), "one number for each state"),
    ],
)
def test_wrong_cures(answer, message) -> None:
    verdict = checks.check_integrable(answer)
    assert verdict.status == "failed"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)


@pytest.mark.parametrize(
    "checker",
    [checks.check_integrable, checks.check_likelihood_gradient, checks.check_trained_energy],
)
def test_stubs(checker) -> None:
    for answer in (..., None, lambda *a: None, lambda *a: ...):
        assert checker(answer).status == "not attempted"
