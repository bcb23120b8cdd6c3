"""Learning's checkers against named wrong answers and right ones written differently."""

from __future__ import annotations

import functools
import math
import re

import numpy as np
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


def in_single_precision(network, data, grid):
    return (values.float() for values in data_minus_model(network, data, grid))


def put_back(network, data, grid):
    before = [values.grad for values in network.parameters()]
    network.zero_grad()
    ebm.grid_negative_log_likelihood(network, data, grid).backward()
    gradients = [values.grad for values in network.parameters()]
    for values, gradient in zip(network.parameters(), before, strict=True):
        values.grad = gradient
    return gradients


@pytest.mark.parametrize(
    "answer",
    [
        data_minus_model,
        by_autograd,
        lambda *a: ebm.two_phase_gradient(*a).total,
        in_single_precision,
        put_back,
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
    ebm.grid_negative_log_likelihood(network, data, grid).backward()
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


def in_a_table(x):
    places = np.linspace(-4, 4, 2001)
    return np.interp(x.numpy(), places, ebm.mixture_energy(torch.tensor(places)).numpy())


def cut_off(x):
    """No state beyond 3.6 can occur."""
    return torch.where(x.abs() < 3.6, ebm.mixture_energy(x), torch.inf)


def in_a_row_only(x):
    return trained()(x[:, None]).squeeze()


@pytest.mark.parametrize(
    "make",
    [
        trained,
        lambda: trained(torch.float32),
        lambda: ebm.mixture_energy,
        lambda: lambda x: ebm.mixture_energy(x) + 500,
        lambda: lambda x: trained(torch.float32)(x),  # nobody can see its dtype
        lambda: in_a_table,
        lambda: lambda x: ebm.mixture_energy(x).tolist(),
        lambda: cut_off,
        lambda: in_a_row_only,
    ],
)
def test_right_energies(make) -> None:
    verdict = checks.check_trained_energy(make())
    assert verdict, verdict


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
    return ebm.mixture_energy(x) - ebm.mixture_energy(x).mean()


def measured_from_the_lowest(x):
    return ebm.mixture_energy(x) - ebm.mixture_energy(x).min()


def measured_from_the_highest(x):
    return ebm.mixture_energy(x) - ebm.mixture_energy(x).max()


def stretched_to_the_batch(x):
    return ebm.mixture_energy(4 * x / x.abs().max())


def normalised_over_the_batch(x):
    return ebm.mixture_energy(x) + torch.logsumexp(-ebm.mixture_energy(x), 0)


def noisy(x):
    return ebm.mixture_energy(x) + 0.1 * torch.randn_like(x)


def batch_normalised() -> torch.nn.Module:
    layer = torch.nn.BatchNorm1d(1, affine=False, dtype=torch.float64)

    class Energy(torch.nn.Module):
        def forward(self, x):
            return ebm.mixture_energy(1.53 * layer(x[:, None])[:, 0])

    return Energy()


def impossible(x):
    return torch.full_like(x, torch.inf)


def impossible_on_the_left(x):
    return torch.where(x > 0, ebm.mixture_energy(x), torch.inf)


def bottomless(x):
    return torch.where(x > 3.9, -torch.inf, ebm.mixture_energy(x))


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
    verdict = checks.check_trained_energy(energy)
    assert verdict.status == "failed"
    assert message in verdict.message or re.search(message, verdict.message), verdict


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


def layers(dtype: torch.dtype) -> torch.nn.Module:
    linear = functools.partial(torch.nn.Linear, dtype=dtype)
    return torch.nn.Sequential(linear(1, 32), torch.nn.SiLU(), linear(32, 1))


def clamps_in_place(x):
    return trained(torch.float32)(x.clamp_(-3, 3))


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
        (lambda: lambda x: ebm.mixture_energy(x) / 2, "Twice your energy would pass"),
        (lambda: lambda x: 2 * ebm.mixture_energy(x), "Half your energy would pass"),
        (
            lambda: ebm.TrainingHistory(*torch.zeros(3, 1)),
            "train_on_grid returns the history of the training; give the network",
        ),
    ],
)
def test_common_slips_of_training_are_named(make, message) -> None:
    verdict = checks.check_trained_energy(make())
    assert verdict.status == "failed"
    assert re.search(message, verdict.message), verdict


def test_an_energy_is_not_asked_for_too_many_states_at_once() -> None:
    numbers = []

    def energy(x):
        numbers.append(len(x))
        return ebm.mixture_energy(x)

    assert checks.check_trained_energy(energy)
    assert max(numbers) == 2000


def test_only_an_energy_upside_down_is_called_so() -> None:
    verdict = checks.check_trained_energy(lambda x: -ebm.mixture_energy(x))
    assert "This is -E" in verdict.message
    verdict = checks.check_trained_energy(lambda x: 0.1 * ebm.mixture_energy(2 * x))
    assert verdict.status == "failed"
    assert "This is -E" not in verdict.message


def parabola(f):
    return lambda x: f(x) + 0.1 * x**2


def box(f):
    def energy(x):
        return torch.where(x.abs() <= 4, f(x), torch.inf)

    return energy


def quartic(f):
    return lambda x: x**4 + f(x)


def barely(f):
    """Grows faster than every line, but hardly."""
    return lambda x: f(x) + x.abs() * torch.log1p(x.abs())


def cosh(f):
    return lambda x: f(x) + torch.cosh(x)


def walls(f):
    return lambda x: f(x) + torch.relu(x.abs() - 5) ** 2


def double_well(f):
    """Both of its powers would overflow together, but only very far out."""
    return lambda x: f(x) + x**8 - x**4


def in_half_the_digits(f):
    return lambda x: (f(x) + 0.1 * x**2).float()


def replaced_far_out(f):
    return lambda x: torch.where(x.abs() < 50, f(x), 0) + x**2


class Confined(torch.nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f
        self.confinement = torch.nn.Parameter(torch.tensor(0.1))

    def forward(self, x):
        return self.f(x) + self.confinement * x**2


@pytest.mark.parametrize(
    "answer",
    [
        *(parabola, box, quartic, barely, cosh, walls, double_well, in_half_the_digits),
        *(replaced_far_out, Confined),
    ],
)
def test_right_cures(answer) -> None:
    verdict = checks.check_integrable(answer)
    assert verdict, verdict


def wedge(slope):
    return lambda f: lambda x: f(x) + slope * x.abs()


def hyperbola(f):
    return lambda x: f(x) + 5000 * torch.sqrt(1 + x**2)


def huber(f):
    """A parabola only up to ten thousand million."""
    return lambda x: f(x) + torch.where(x.abs() < 1e10, x**2 / 2, 1e10 * (x.abs() - 5e9))


def capped(f):
    return lambda x: f(x) + (x**2).clamp(max=1e20)


def steeper_than_f(f):
    return lambda x: f(x) + 10 * x.abs() * (1 + f(x).abs().max())


def narrow_box(f):
    return lambda x: torch.where(x.abs() <= 0.5, f(x), torch.inf)


def impossible_everywhere(f):
    return lambda x: torch.full_like(x, torch.inf)


def half(f):
    return lambda x: f(x) / 2 + x**2


def undefined_at_zero(f):
    return lambda x: f(x) + x.abs() * x.abs().log()


def gap(value):
    """Rises, but not everywhere between 5 and 50."""

    def answer(f):
        return lambda x: torch.where((x.abs() > 5) & (x.abs() < 50), value, f(x) + x**2)

    return answer


def forgets_f(f):
    return lambda x: x**2


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (wedge(2000.0), "a line that falls more steeply than it rises defeats it"),
        (wedge(1e30), "ever more steeply"),
        (hyperbola, "ever more steeply"),
        (huber, "ever more steeply"),
        (capped, "ever more steeply"),
        (steeper_than_f, "ever more steeply|something else"),
        (narrow_box, "At x = -3 your energy for f = 0 is inf; a finite number was expected"),
        (impossible_everywhere, "At x = -3 your energy for f = 0 is inf"),
        (lambda f: lambda x: torch.where(x.abs() < 3, f(x), torch.inf), "At x = -3 your energy"),
        (undefined_at_zero, r"At x = 0 your energy for f = 0 is nan.* 0 \* log\(0\)"),
        (gap(-torch.inf), r"At x = -5\.\d+ your energy for f = 0 is -inf; a number, or inf,"),
        (gap(torch.nan), r"At x = -5\.\d+ your energy for f = 0 is nan; a number, or inf,"),
        (lambda f: lambda x: f(x) + x**2 - (x**2).mean(), "no mean or minimum over the batch"),
        (lambda f: lambda x: f(x) + x**2 / x.numel(), "no mean or minimum over the batch"),
        (half, "something else"),
        (forgets_f, "something else"),
        (lambda f: f, "go on rising"),
        (lambda f: lambda x: f(x) + 10, "go on rising"),
        (lambda f: lambda x: f(x) + 100 * x.abs(), "ever more steeply"),
        (lambda f: lambda x: f(x).abs() + x**2, "something else"),
        (lambda f: lambda x: f(x).clamp(min=0) + x**2, "something else"),
        (lambda f: lambda x: torch.nn.functional.softplus(f(x)) + x**2, "something else"),
        (lambda f: lambda x: f(x) + x**3, "at the left"),
        (lambda f: lambda x: f(x) - x**2, "go on rising"),
        (lambda f: lambda x: None, "Does it end with return"),
        (lambda f: f(torch.zeros(3).double()), "an energy, which is a function"),
        (lambda f: lambda x: (f(x) + x**2).sum(), r"energies of shape \(\); one energy for"),
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
