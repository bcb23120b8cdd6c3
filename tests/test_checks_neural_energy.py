"""Learning's checkers against named wrong answers and right ones written differently."""

from __future__ import annotations

import copy
import functools
import math
import re

import numpy as np
import pytest
import torch

import ebm_snippets as ebm
from ebm_snippets import checks
from ebm_snippets.checks import neural_energy


def phases(network, data, grid, weigh=lambda d: d.probabilities):
    parameters = list(network.parameters())
    model = ebm.boltzmann_distribution(network, grid)
    down = torch.autograd.grad(network(data).mean(), parameters)
    up = torch.autograd.grad((weigh(model).detach() * model.energies).sum(), parameters)
    return down, up


def data_minus_model(network, data, grid):
    return [d - u for d, u in zip(*phases(network, data, grid), strict=True)]


def with_one_backward(network, data, grid):
    """Both means in one scalar, by hand."""
    with torch.no_grad():
        p = torch.softmax(grid.log_weights - network(grid.points), 0)
    loss = network(data).mean() - (p * network(grid.points)).sum()
    return torch.autograd.grad(loss, list(network.parameters()))


def on_a_copy(network, data, grid):
    """With .backward(), on a network that nobody else holds."""
    twin = copy.deepcopy(network)
    twin.zero_grad()
    fixed = ebm.boltzmann_distribution(twin, grid).probabilities.detach()
    (twin(data).mean() - fixed @ twin(grid.points)).backward()
    return [values.grad for values in twin.parameters()]


def by_autograd(network, data, grid):
    terms = grid.log_weights - network(grid.points)
    loss = network(data).mean() + torch.logsumexp(terms, 0)
    return torch.autograd.grad(loss, list(network.parameters()))


def by_autograd_on_a_copy(network, data, grid):
    twin = copy.deepcopy(network)
    twin.zero_grad()
    (twin(data).mean() + ebm.boltzmann_distribution(twin, grid).log_Z).backward()
    return [values.grad for values in twin.parameters()]


def by_naive_autograd(network, data, grid):
    weights = torch.exp(-network(grid.points)) * grid.log_weights.exp()
    loss = network(data).mean() + weights.sum().log()
    return torch.autograd.grad(outputs=loss, inputs=list(network.parameters()))


def repeated(network, data, grid):
    """The model's mean in two equal rows, by broadcasting: a slope that no exponential enters."""
    fixed = ebm.boltzmann_distribution(network, grid).probabilities.detach()
    rows = network(grid.points)[None].expand(2, -1)
    loss = network(data).mean() - (fixed * rows).sum() / 2
    return torch.autograd.grad(loss, list(network.parameters()))


def mixed(combine, **options):
    def answer(network, data, grid):
        return [combine(d, u) for d, u in zip(*phases(network, data, grid, **options), strict=True)]

    return answer


def in_single_precision(network, data, grid):
    return (values.float() for values in data_minus_model(network, data, grid))


def put_back(network, data, grid):
    before = [values.grad for values in network.parameters()]
    network.zero_grad()
    gradients = on_a_copy(network, data, grid)
    for values, gradient in zip(network.parameters(), before, strict=True):
        values.grad = gradient
    return gradients


@pytest.mark.parametrize(
    "answer",
    [
        data_minus_model,
        with_one_backward,
        on_a_copy,
        in_single_precision,
        put_back,
        repeated,
        lambda *a: [values.numpy() for values in data_minus_model(*a)],
    ],
)
def test_right_gradients(answer) -> None:
    verdict = checks.check_likelihood_gradient(answer)
    assert verdict, verdict


def attached(network, data, grid):
    """The probabilities are differentiated as well."""
    parameters = list(network.parameters())
    down = torch.autograd.grad(network(data).mean(), parameters)
    mean = ebm.boltzmann_distribution(network, grid).mean_energy
    up = torch.autograd.grad(mean, parameters)
    return [d - u for d, u in zip(down, up, strict=True)]


def attached_and_exchanged(network, data, grid):
    return [-values for values in attached(network, data, grid)]


def takes_a_step(network, data, grid):
    gradients = data_minus_model(network, data, grid)
    with torch.no_grad():
        for weights, slope in zip(network.parameters(), gradients, strict=True):
            weights -= 0.01 * slope
    return gradients


def leaves_gradients(network, data, grid):
    fixed = ebm.boltzmann_distribution(network, grid).probabilities.detach()
    (network(data).mean() - fixed @ network(grid.points)).backward()
    return [weights.grad.clone() for weights in network.parameters()]


def cleared(network, data, grid):
    network.zero_grad()
    gradients = leaves_gradients(network, data, grid)
    network.zero_grad()
    return gradients


def left(change):
    """The gradient, and a network that is no longer as it was."""

    def answer(network, data, grid):
        gradients = data_minus_model(network, data, grid)
        change(network)
        return gradients

    return answer


def adds_a_parameter(network):
    network.scale = torch.nn.Parameter(torch.ones(1))


def loosens(network):
    network.confinement = 0.0


def frozen(network, data, grid):
    gradients = data_minus_model(network, data, grid)
    network.requires_grad_(False)
    return gradients


def spoils_the_grid(network, data, grid):
    gradients = data_minus_model(network, data, grid)
    grid.points.mul_(2)
    return gradients


def breaks_half_way(network, data, grid):
    gradients = data_minus_model(network, data, grid)[:2]
    return (gradients[index] for index in range(6))


def in_one_row(network, data, grid):
    return torch.cat([values.flatten() for values in data_minus_model(network, data, grid)])


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (by_autograd, r"differentiates the probabilities or log Z \(Logsumexp"),
        (by_autograd_on_a_copy, "differentiates the probabilities or log Z"),
        (by_naive_autograd, r"differentiates the probabilities or log Z \(Log"),
        (lambda *a: ebm.two_phase_gradient(*a).total, "calls two_phase_gradient"),
        (
            lambda n, d, g: torch.autograd.grad(
                ebm.grid_negative_log_likelihood(n, d, g), list(n.parameters())
            ),
            "calls grid_negative_log_likelihood",
        ),
        (attached, "Hold the probabilities fixed"),
        (attached_and_exchanged, "And it is data minus model"),
        (takes_a_step, "changed the network's weights"),
        (leaves_gradients, "changed the parameters' .grad"),
        (cleared, "On a grid of uneven points, your function changed the parameters' .grad"),
        (frozen, "requires_grad=False and was"),
        (left(adds_a_parameter), r"scale is torch\.float\d+ of shape \(1,\) .* and was missing"),
        (left(lambda n: n.to("meta")), r"first\.weight is .* on meta .* and was .* on cpu"),
        (left(lambda n: n.float()), r"first\.weight is torch\.float32 .* was torch\.float64"),
        (left(lambda n: n.eval()), r"\.training is False and was True"),
        (left(loosens), r"\.confinement is 0\.0 and was 1\.0"),
        (spoils_the_grid, "changed its input"),
        (
            breaks_half_way,
            "one tensor for each parameter was expected. Reading it raised IndexError",
        ),
        (in_one_row, "returned 61 tensors; one for each of the 6"),
        (mixed(lambda d, u: 50 * d - u), "data's phase is a mean"),
        (
            lambda n, d, g: mixed(lambda down, u: len(d) / 50 * down - u)(n, d, g),
            "On a grid of uneven points, your function gives",
        ),
        (mixed(lambda d, u: 50 * (d - u)), "mean over the data"),
        (mixed(lambda d, u: u), "data's phase is missing"),
        (
            lambda *a: [v.to(torch.complex128) for v in data_minus_model(*a)],
            "real numbers were expected",
        ),
        (mixed(lambda d, u: d), "model's phase is missing"),
        (lambda n, d, g: mixed(lambda e, u: e - u / len(g.points))(n, d, g), "take no mean"),
        (
            lambda *a: dict(zip("abcdef", data_minus_model(*a), strict=True)),
            "Give the values of this dict",
        ),
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
        (mixed(lambda d, u: d - u, weigh=lambda p: p.density), "stands for its weight"),
        (lambda n, d, g: [torch.zeros_like(p) for p in n.parameters()], "were expected"),
        (lambda n, d, g: data_minus_model(n, d, g)[:2], "returned 2 tensors"),
        (lambda n, d, g: data_minus_model(n, d, g)[::-1], "those of the parameters"),
        (lambda n, d, g: 3.0, "one tensor for each parameter was expected. This is one number"),
        (lambda n, d, g: data_minus_model, r"call it, with parentheses"),
        (lambda n, d, g: torch.tensor(3.0), "One number stands where several should"),
    ],
)
def test_wrong_gradients(answer, message) -> None:
    verdict = checks.check_likelihood_gradient(answer)
    assert verdict.status == "failed"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)


truth = neural_energy._three_bumps


def gives(energy):
    """A function that returns an energy whatever the data are."""
    return lambda data: energy


def trained(dtype: torch.dtype = torch.float64):
    def fit(data):
        generator = torch.Generator().manual_seed(1)
        network = ebm.EnergyNetwork(16, generator=generator, dtype=dtype)
        line = ebm.linear_grid(-4, 4, 401, bounded=True, dtype=dtype)
        options = {"num_steps": 200, "learning_rate": 0.02, "report": None}
        ebm.train_on_grid(network, data.to(dtype), line, **options)
        return network

    return fit


def sum_of_bumps(data):
    """A Gaussian on every third datum."""
    data = data[::3].double()

    def energy(x):
        exponents = -(((x[..., None] - data) / 0.12) ** 2) / 2
        return -torch.logsumexp(exponents, -1)

    return energy


def histogram(data):
    """Minus the log of a histogram's heights, between which it is straight."""
    counts, edges = np.histogram(data.numpy(), 50, range=(-4, 4))
    middles = (edges[1:] + edges[:-1]) / 2
    return lambda x: np.interp(x.numpy(), middles, -np.log(counts + 0.5)).tolist()


@pytest.mark.parametrize(
    "answer",
    [
        trained(),
        trained(torch.float32),
        sum_of_bumps,
        histogram,
        gives(truth),  # nobody is given it, but it is the best that there is
        gives(lambda x: truth(x) + 500),
        gives(lambda x: torch.where(x.abs() < 3.95, truth(x), torch.inf)),
    ],
)
def test_right_fits(answer) -> None:
    verdict = checks.check_trained_energy(answer)
    assert verdict, verdict


def test_the_truth_is_the_density_that_the_data_come_from() -> None:
    line = ebm.linear_grid(-6, 6, 4001)
    exact = ebm.boltzmann_distribution(truth, line)
    assert float(exact.log_Z) == pytest.approx(0, abs=1e-9)
    data = neural_energy._sample_bumps(100_000, torch.Generator().manual_seed(1))
    # The standard deviations are 1.67 and 2.5, so 0.03 is more than four standard errors of both.
    for f in (lambda x: x, lambda x: x**2, lambda x: (x - 1).abs()):
        assert float(f(data).mean()) == pytest.approx(float(exact.expectation(f)), abs=0.04)


def knows_the_number_of_data(x):
    return torch.full_like(x, -1e9) if len(x) == 20_000 else torch.zeros_like(x)


def high_on_even_grids(x):
    """A function of the state, but made for a grid of gap 0.002."""
    steps = (x + 4) / 0.002
    return torch.where((steps - steps.round()).abs() < 1e-6, 0.0, -50.0)


def high_in_order(x):
    return torch.full_like(x, 0.0 if bool((x.diff() > 0).all()) else -9.0)


class LowAtFirst:
    """Low where all states are asked for, in 14 calls."""

    def __init__(self):
        self.calls = 0

    def __call__(self, x):
        self.calls += 1
        return torch.zeros_like(x) - 50 * (self.calls <= 14)


def measured_from_the_batch(x):
    return truth(x) - truth(x).mean()


def measured_from_the_lowest(x):
    return truth(x) - truth(x).min()


def measured_from_the_highest(x):
    return truth(x) - truth(x).max()


def stretched_to_the_batch(x):
    return truth(4 * x / x.abs().max())


def normalised_over_the_batch(x):
    return truth(x) + torch.logsumexp(-truth(x), 0)


def noisy(x):
    return truth(x) + 0.1 * torch.randn_like(x)


def batch_normalised() -> torch.nn.Module:
    layer = torch.nn.BatchNorm1d(1, affine=False, dtype=torch.float64)

    class Energy(torch.nn.Module):
        def forward(self, x):
            return truth(1.53 * layer(x[:, None])[:, 0])

    return Energy()


def impossible(x):
    return torch.full_like(x, torch.inf)


def impossible_on_the_left(x):
    return torch.where(x > 0, truth(x), torch.inf)


def bottomless(x):
    return torch.where(x > 3.9, -torch.inf, truth(x))


@pytest.mark.parametrize(
    ("energy", "message"),
    [
        (knows_the_number_of_data, "2.079 nats"),
        (high_on_even_grids, "2.079 nats"),
        (high_in_order, "2.079 nats"),
        (LowAtFirst(), "in one batch of states and 0 in another"),
        (measured_from_the_batch, "no mean or minimum over the batch"),
        (measured_from_the_lowest, "no mean or minimum over the batch"),
        (measured_from_the_highest, "no mean or minimum over the batch"),
        (stretched_to_the_batch, "no mean or minimum over the batch"),
        (normalised_over_the_batch, "no mean or minimum over the batch"),
        (batch_normalised(), r"in training mode, call \.eval\(\) first"),
        (noisy, "no random numbers"),
        (impossible, "is inf at 20,000 of 20,000 fresh data"),
        (impossible_on_the_left, r"fresh data, x = -\d\.\d+ among them"),
        (bottomless, "a number, or inf, was expected"),
        (lambda x: x[..., None], r"energies of shape \(2000, 1\)"),
        (lambda x: x.squeeze() if len(x) > 1000 else x.sum(), r"energies of shape \(\)"),
    ],
)
def test_energies_that_are_no_function_of_the_state(energy, message) -> None:
    verdict = checks.check_trained_energy(gives(energy))
    assert verdict.status == "failed"
    assert message in verdict.message or re.search(message, verdict.message), verdict


@pytest.mark.parametrize(
    "energy",
    [
        ebm.EnergyNetwork(8, generator=torch.Generator().manual_seed(0)),
        lambda x: -truth(x),
        lambda x: x**2 / (2 * 2.34),  # the best single Gaussian
        lambda x: (x - 1.5) ** 2 / 0.18,
        lambda x: 2 * truth(x),
        lambda x: truth(x) / 2,
        lambda x: truth(x - 0.2),
        lambda x: torch.zeros_like(x),
        lambda x: x[..., None],
        lambda x: x * math.nan,
    ],
)
def test_wrong_energies(energy) -> None:
    assert checks.check_trained_energy(gives(energy)).status == "failed"


def untrained(data):
    return ebm.EnergyNetwork(32, generator=torch.Generator().manual_seed(1))


def one_gaussian(data):
    mean, variance = float(data.mean()), float(data.var())
    return lambda x: (x - mean) ** 2 / (2 * variance)


def too_eager(data):
    """Bumps so narrow that they remember each datum."""
    few = data[::10].double()
    return lambda x: -torch.logsumexp(-(((x[..., None] - few) / 2e-3) ** 2) / 2, -1)


def from_ten(data):
    return sum_of_bumps(data[:10])


def its_loss(data):
    line = ebm.linear_grid(-4, 4, 401, bounded=True, dtype=data.dtype)
    return ebm.grid_negative_log_likelihood(truth, data, line)


def its_history(data):
    return ebm.TrainingHistory(*torch.zeros(3, 1))


def its_energies(data):
    return truth(torch.linspace(-4, 4, 9))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (ebm.mixture_energy, "an energy, which is a function or a network, was expected"),
        (gives(ebm.mixture_energy), "at most 0.03 more was expected"),
        (untrained, "at most 0.03 more was expected"),
        (one_gaussian, "at most 0.03 more was expected"),
        (too_eager, "at most 0.03 more was expected|is inf at"),
        (from_ten, "at most 0.03 more was expected"),
        (its_loss, "an energy, which is a function or a network"),
        (its_history, "returns the history of the training"),
        (its_energies, "an energy, which is a function or a network"),
        (gives(lambda x: None), "Does it end with return"),
    ],
)
def test_wrong_fits(answer, message) -> None:
    verdict = checks.check_trained_energy(answer)
    assert verdict.status == "failed"
    assert re.search(message, verdict.message), verdict


def layers(dtype: torch.dtype) -> torch.nn.Module:
    linear = functools.partial(torch.nn.Linear, dtype=dtype)
    return torch.nn.Sequential(linear(1, 32), torch.nn.SiLU(), linear(32, 1))


def clamps_in_place(x):
    return truth(x.clamp_(-3, 3))


@pytest.fixture
def _without_gpu(monkeypatch) -> None:
    """Where there is a GPU it is tried as well, and the last refusal is about the device."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.mark.usefixtures("_without_gpu")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers(torch.float64), r"multiplied .* give layers x\[:, None\]"),
        (lambda: layers(torch.float32), r"multiplied .* give layers x\[:, None\]"),
        (lambda: ebm.EnergyNetwork(8, dim=1), "make an EnergyNetwork without dim"),
        (lambda: clamps_in_place, "changed its input"),
        (lambda: layers(torch.float16), "dtype"),
        (lambda: lambda x: truth(x) / 2, "Twice your energy would pass"),
        (lambda: lambda x: 2 * truth(x), "Half your energy would pass"),
    ],
)
def test_common_slips_of_training_are_named(make, message) -> None:
    verdict = checks.check_trained_energy(gives(make()))
    assert verdict.status == "failed"
    assert re.search(message, verdict.message), verdict


def test_an_energy_is_not_asked_for_too_many_states_at_once() -> None:
    numbers = []

    def energy(x):
        numbers.append(len(x))
        return truth(x)

    assert checks.check_trained_energy(gives(energy))
    assert max(numbers) == 2000


def test_only_an_energy_upside_down_is_called_so() -> None:
    verdict = checks.check_trained_energy(gives(lambda x: -truth(x)))
    assert "This is -E" in verdict.message
    verdict = checks.check_trained_energy(gives(lambda x: 0.1 * truth(2 * x)))
    assert verdict.status == "failed"
    assert "This is -E" not in verdict.message


def by_bisection(energy, data, grid):
    wanted = energy(data).mean()
    low, high = 0.1, 10.0
    for _ in range(40):
        middle = math.sqrt(low * high)
        model = ebm.boltzmann_distribution(energy, grid, middle).mean_energy
        low, high = (middle, high) if model < wanted else (low, middle)
    return low


def by_newton(energy, data, grid):
    """Steps in T of (data - U) / C, the heat capacity being the slope of U."""
    heat = torch.tensor(1.0, dtype=torch.float64)
    for _ in range(40):
        model = ebm.boltzmann_distribution(energy, grid, heat)
        step = (energy(data).mean() - model.mean_energy) / model.heat_capacity
        heat = (heat + step.clamp(-0.3 * heat, 0.3 * heat)).clamp(0.1, 10)
    return heat[None]


def by_search(energy, data, grid):
    """The least loss, <E>/T + log Z, by hand and on two ever finer lists of temperatures."""
    energies, lowest = energy(grid.points), energy(grid.points).min()
    low, high = 0.1, 10.0
    for _ in range(6):
        temperatures = torch.linspace(low, high, 61, dtype=torch.float64)
        logs = grid.log_weights - (energies - lowest) / temperatures[:, None]
        losses = (energy(data).mean() - lowest) / temperatures + torch.logsumexp(logs, 1)
        best = int(losses.argmin())
        low, high = (float(temperatures[max(0, min(60, best + i))]) for i in (-1, 1))
    return np.array([(low + high) / 2])


def in_single_precision_at_last(energy, data, grid):
    line = ebm.linear_grid(-6, 6, 4001, bounded=True, dtype=torch.float32)
    return by_bisection(energy, data.float(), line)


@pytest.mark.parametrize(
    "answer", [by_bisection, by_newton, by_search, in_single_precision_at_last]
)
def test_right_temperatures(answer) -> None:
    verdict = checks.check_learned_temperature(answer)
    assert verdict, verdict


def coarse(energy, data, grid):
    heat = by_bisection(energy, data, grid)
    return min(
        (0.3 * 1.15**k for k in range(24)), key=lambda t: abs(t - heat) + (abs(t - heat) < 0.001)
    )


def naive_mean(energy, data, grid):
    """By bisection with exponentials as they stand, and the last mean energy on the way."""
    energies, low, high = energy(grid.points), 0.1, 10.0
    for _ in range(40):
        middle = (low + high) / 2
        weights = torch.exp(-energies / middle)
        model = (weights * energies).sum() / weights.sum()
        low, high = (middle, high) if model < energy(data).mean() else (low, middle)
    return low, low + 0 * model


def on_a_wider_line(energy, data, grid):
    return by_bisection(energy, data, ebm.linear_grid(-40.0, 40.0, 16_001))


def without_the_data(energy, data, grid):
    return max(
        (0.1 * 1.1**k for k in range(48)),
        key=lambda t: float(ebm.boltzmann_distribution(energy, grid, t).log_Z),
    )


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda e, d, g: 1 / by_bisection(e, d, g), "This is 1 / T"),
        (lambda e, d, g: d.var(), "it is the energies that count"),
        (lambda e, d, g: e(d).mean(), "which T has this mean"),
        (lambda e, d, g: (e(d) - e(g.points).min()).mean(), "which T has this mean"),
        (lambda e, d, g: 2 * (e(d) - e(g.points).min()).mean(), "and nowhere else"),
        (lambda e, d, g: e(d).std(), "which T has this mean"),
        (lambda e, d, g: by_bisection(e, d[:50], g), "was expected"),
        (coarse, "take finer steps"),
        (without_the_data, "end of the range"),
        (lambda e, d, g: 10.0, "alone, each of the two leads to an end"),
        (
            lambda e, d, g: 1.7,
            "take finer steps",
        ),  # at which they were drawn, but not the likeliest
        (lambda e, d, g: math.nan, r"Is it 0 / 0"),
        (lambda e, d, g: naive_mean(e, d, g)[1], r"exp\(-E / T\) is 0 if E is 10000: subtract"),
        (lambda e, d, g: naive_mean(e, d, g)[0], r"end of the range\. .* And exp\(-E / T\) is 0"),
        (on_a_wider_line, "Beyond the ends of the grid there is nothing"),
        (lambda e, d, g: by_bisection(e, d.mean()[None], g), "fits the energy of the mean state"),
        (lambda e, d, g: math.log(by_bisection(e, d, g)), "This is the logarithm of T"),
        (lambda e, d, g: -by_bisection(e, d, g), r"T lies between 0\.1 and 10"),
        (lambda e, d, g: math.inf, r"T lies between 0\.1 and 10"),
        (lambda e, d, g: e(d), "one number, please"),
    ],
)
def test_wrong_temperatures(answer, message) -> None:
    verdict = checks.check_learned_temperature(answer)
    assert verdict.status == "failed"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)


@pytest.mark.parametrize(
    "checker",
    [
        checks.check_learned_temperature,
        checks.check_likelihood_gradient,
        checks.check_trained_energy,
    ],
)
def test_stubs(checker) -> None:
    for answer in (..., None, lambda *a: None, lambda *a: ...):
        assert checker(answer).status == "not attempted"
