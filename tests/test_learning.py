"""The network, its data, the likelihood and its gradient, and training."""

from __future__ import annotations

import math
import warnings

import pytest
import torch
from conftest import EXACT
from torch.utils._python_dispatch import TorchDispatchMode

import ebm_snippets as ebm
from benchmarks import training

LINE = ebm.linear_grid(-4, 4, 401, bounded=True)
FINE = ebm.linear_grid(-4, 4, 2001, bounded=True)
WIDE = ebm.linear_grid(-6, 6, 61)
ONE_DATUM = torch.tensor([0.3], dtype=torch.float64)


def network(seed: int = 0, **options) -> ebm.EnergyNetwork:
    options = {"hidden": 16, "dtype": torch.float64} | options
    return ebm.EnergyNetwork(generator=torch.Generator().manual_seed(seed), **options)


def mixture(num: int, seed: int = 0) -> torch.Tensor:
    return ebm.sample_mixture(num, generator=torch.Generator().manual_seed(seed))


class Parabola(torch.nn.Module):
    """E(x) = k x^2, of one parameter."""

    def __init__(self, stiffness: float) -> None:
        super().__init__()
        self.stiffness = torch.nn.Parameter(torch.tensor(stiffness, dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.stiffness * x**2


class TestMixture:
    def test_its_energy_is_normalised(self) -> None:
        came = ebm.boltzmann_distribution(ebm.mixture_energy, ebm.linear_grid(-6, 6, 2401))
        assert came.log_Z.item() == pytest.approx(0, abs=1e-13)
        exact = float(EXACT["mixture_entropy"][0]["entropy"])
        assert came.entropy.item() == pytest.approx(exact, rel=1e-10)

    def test_its_barrier(self) -> None:
        at = ebm.mixture_energy(torch.tensor([0.0, 1.5], dtype=torch.float64))
        expected = 12.5 - math.log(2) + math.log1p(math.exp(-50))
        assert (at[0] - at[1]).item() == pytest.approx(expected, rel=1e-14)

    def test_far_out_nothing_overflows(self) -> None:
        far = ebm.mixture_energy(torch.tensor([-1e6, 1e6], dtype=torch.float64))
        assert bool(torch.isfinite(far).all())
        assert far[0] == far[1]

    def test_draws_follow_it(self) -> None:
        """Each bound is 5 standard errors: once in a million seeds by chance (the seed is
        fixed). Errors of 0.011 in the share, 0.003 in the mean and the width are found.
        """
        num = 50_000
        draws = mixture(num)
        assert draws.shape == (num,)
        right = draws[draws > 0]
        assert abs(len(right) / num - 0.5) < 5 * 0.5 / math.sqrt(num)
        assert abs(right.mean().item() - 1.5) < 5 * 0.3 / math.sqrt(len(right))
        assert abs(right.std().item() - 0.3) < 5 * 0.3 / math.sqrt(2 * len(right))
        assert abs(draws[draws < 0].mean().item() + 1.5) < 5 * 0.3 / math.sqrt(num - len(right))

    def test_draws_by_hand(self) -> None:
        """First which Gaussian, then where in it: a seed means the same draws everywhere."""
        generator = torch.Generator().manual_seed(4)
        right = torch.rand(20, generator=generator, dtype=torch.float64) < 0.5
        noise = torch.randn(20, generator=generator, dtype=torch.float64)
        expected = torch.where(right, 1.5, -1.5) + 0.3 * noise
        torch.testing.assert_close(mixture(20, seed=4), expected)

    def test_draws_live_on_the_device_of_the_generator(self) -> None:
        generator = torch.Generator()
        with torch.device("meta"):
            assert ebm.sample_mixture(3, generator=generator).device.type == "cpu"

    def test_seeds_and_dtypes(self) -> None:
        assert torch.equal(mixture(5, seed=1), mixture(5, seed=1))
        assert not torch.equal(mixture(5, seed=1), mixture(5, seed=2))
        single = ebm.sample_mixture(3, generator=torch.Generator(), dtype=torch.float32)
        assert single.dtype == torch.float32
        with pytest.raises(TypeError, match=r"generator must be a torch\.Generator"):
            ebm.sample_mixture(3, generator=0)
        with pytest.raises(ValueError, match=r"^num must be at least 1"):
            ebm.sample_mixture(0, generator=torch.Generator())

    def test_its_energy_is_of_floats(self) -> None:
        with pytest.raises(TypeError, match=r"^x must hold floats"):
            ebm.mixture_energy(torch.arange(3))


class TestNetwork:
    def test_shapes(self) -> None:
        assert network()(torch.zeros(3, 2, dtype=torch.float64)).shape == (3, 2)
        assert network()(torch.tensor(0.5, dtype=torch.float64)).shape == ()
        assert network(dim=3)(torch.zeros(5, 2, 3, dtype=torch.float64)).shape == (5, 2)
        with pytest.raises(ValueError, match=r"x must have shape \(\.\.\., 3\)"):
            network(dim=3)(torch.zeros(5, 2, dtype=torch.float64))

    def test_left_alone_it_has_64_units_and_a_weak_parabola(self) -> None:
        made = ebm.EnergyNetwork()
        assert made.dim is None
        assert made.confinement == 0.1
        shapes = [tuple(layer.weight.shape) for layer in (made.first, made.second, made.last)]
        assert shapes == [(64, 1), (64, 64), (1, 64)]
        assert made.last.weight.dtype == ebm.linear_grid(0, 1, 2).points.dtype == torch.float64
        assert made.last.weight.device == torch.tensor(0.0).device

    def test_it_is_two_layers_of_silu_and_a_parabola(self) -> None:
        made = network(dim=2, confinement=0.7)
        x = torch.tensor([[0.3, -2.0]], dtype=torch.float64)
        hidden = x
        for layer in (made.first, made.second):
            before = hidden @ layer.weight.T + layer.bias
            hidden = before / (1 + torch.exp(-before))
        expected = (hidden @ made.last.weight.T + made.last.bias)[..., 0] + 0.7 * 4.09
        torch.testing.assert_close(made(x), expected)

    def test_a_generator_alone_decides_its_weights(self) -> None:
        state = torch.get_rng_state()
        first, again, other = network(1), network(1), network(2)
        assert torch.equal(torch.get_rng_state(), state)
        for a, b, c in zip(first.parameters(), again.parameters(), other.parameters(), strict=True):
            assert torch.equal(a, b)
            assert not torch.equal(a, c)

    def test_weights_are_spread_as_torch_spreads_them(self) -> None:
        made = network(hidden=400)
        bound = 1 / math.sqrt(400)
        weight = made.second.weight
        assert weight.abs().max() <= bound
        assert weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.02)

    @pytest.mark.parametrize("seed", range(8))
    def test_confined_it_has_a_distribution(self, seed: int) -> None:
        made = network(seed, hidden=64)
        for low, high in ((-15, 15), (-30, 30)):
            with torch.no_grad():
                came = ebm.boltzmann_distribution(made, ebm.linear_grid(low, high, 2001))
            if low == -15:
                first = came.log_Z.item()
        assert came.log_Z.item() == pytest.approx(first, abs=1e-6)
        far = torch.tensor([-1e4, 1e4], dtype=torch.float64)
        assert bool((made(far) > 1e6).all())

    def test_unconfined_it_mostly_has_none(self) -> None:
        far = torch.tensor([-1e4, 1e4], dtype=torch.float64)
        falls = [
            bool((network(seed, hidden=64, confinement=0.0)(far) < 0).any()) for seed in range(200)
        ]
        assert 0.55 < sum(falls) / 200 < 0.85  # 0.7 with a standard error of 0.03

    def test_what_is_refused(self) -> None:
        for options, message in (
            ({"hidden": 0}, "hidden must be at least 1"),
            ({"dim": 0}, "dim must be at least 1"),
            ({"confinement": -1.0}, "confinement must be finite and at least 0"),
            ({"confinement": math.nan}, "confinement must be finite and at least 0"),
        ):
            with pytest.raises(ValueError, match=message):
                network(**options)
        with pytest.raises(TypeError, match=r"^x must hold torch\.float64, .* got torch\.float32"):
            network()(torch.zeros(2))
        for dim in (None, 2):
            with pytest.raises(TypeError, match=r"^x must hold floats, got torch\.int64"):
                network(dim=dim)(torch.zeros(2, dtype=torch.int64))


class TestLikelihood:
    def test_of_a_gaussian(self) -> None:
        data = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
        grid = ebm.linear_grid(-8, 8, 801)
        came = ebm.grid_negative_log_likelihood(ebm.quadratic_energy, data, grid).item()
        assert came == pytest.approx(5.25 / 3 + math.log(math.pi) / 2, rel=1e-12)

    def test_a_constant_changes_nothing(self) -> None:
        data = mixture(100)
        plain = ebm.grid_negative_log_likelihood(ebm.mixture_energy, data, LINE)
        raised = ebm.grid_negative_log_likelihood(lambda x: ebm.mixture_energy(x) + 1e3, data, LINE)
        torch.testing.assert_close(plain, raised)

    def test_of_a_density_it_may_be_negative(self) -> None:
        data = torch.zeros(3, dtype=torch.float64)
        narrow = ebm.grid_negative_log_likelihood(
            lambda x: 100 * x**2, data, ebm.linear_grid(-1, 1, 801)
        )
        assert narrow.item() == pytest.approx(math.log(math.pi / 100) / 2, rel=1e-10)

    def test_in_the_plane(self) -> None:
        line = ebm.linear_grid(-6, 6, 201)
        data = torch.tensor([[1.0, 0.5], [0.0, -1.0]], dtype=torch.float64)
        came = ebm.grid_negative_log_likelihood(ebm.bowl_energy, data, ebm.product_grid(line, line))
        assert came.item() == pytest.approx(2.25 / 2 + math.log(math.pi), rel=1e-12)

    def test_what_is_refused(self) -> None:
        energy = ebm.quadratic_energy
        for data, message in (
            (torch.tensor([0.0, 5.0]).double(), "1 of 2 do not"),
            (torch.tensor([math.nan]).double(), "1 of 1 do not"),
            (torch.zeros(0).double(), "with num at least 1"),
            (torch.zeros(3, 1).double(), r"data must have shape \(num\)"),
            (torch.tensor(0.0).double(), r"data must have shape \(num\)"),
        ):
            with pytest.raises(ValueError, match=message):
                ebm.grid_negative_log_likelihood(energy, data, LINE)
        with pytest.raises(TypeError, match=r"^data must hold floats"):
            ebm.grid_negative_log_likelihood(energy, torch.zeros(3, dtype=torch.int64), LINE)
        line = ebm.linear_grid(-4, 4, 11, bounded=True)
        plane = ebm.product_grid(line, ebm.linear_grid(-5, 6, 11, bounded=True))
        beyond = torch.tensor([[5, 0], [-4.5, 0], [5, -6], [1, 5.5], [-4, -5]], dtype=torch.float64)
        with pytest.raises(
            ValueError, match=r"^data must lie .* but 3 of 5 do not; widen the grid"
        ):
            ebm.grid_negative_log_likelihood(ebm.bowl_energy, beyond, plane)
        with pytest.raises(ValueError, match=r"^data must have shape \(num, 2\) .* got \(3,\)"):
            ebm.grid_negative_log_likelihood(ebm.bowl_energy, torch.zeros(3).double(), plane)
        with pytest.raises(
            ValueError, match=r"^energy\(data\) must have shape \(3,\), .* \(3, 2\)"
        ):
            ebm.grid_negative_log_likelihood(lambda x: x**2, torch.zeros(3, 2).double(), plane)
        matrices = ebm.discrete_states(torch.zeros(4, 2, 3))
        with pytest.raises(ValueError, match=r"^data must have shape \(num, 2, 3\)"):
            ebm.grid_negative_log_likelihood(energy, torch.zeros(4), matrices)
        with pytest.raises(TypeError, match=r"^energy\(data\) must hold floats"):
            ebm.grid_negative_log_likelihood(lambda x: x > 0, torch.zeros(3).double(), LINE)
        with pytest.raises(
            ValueError, match=r"^energy\(data\) must have shape \(3,\), .* got \(\)"
        ):
            ebm.grid_negative_log_likelihood(lambda x: (x**2).sum(), torch.zeros(3).double(), LINE)


class TestGradient:
    @pytest.mark.parametrize("seed", range(4))
    def test_two_phases_are_the_gradient(self, seed: int) -> None:
        made, data = network(seed), mixture(200, seed)
        phases = ebm.two_phase_gradient(made, data, FINE)
        loss = ebm.grid_negative_log_likelihood(made, data, FINE)
        whole = torch.autograd.grad(loss, list(made.parameters()))
        for came, expected in zip(phases.total, whole, strict=True):
            torch.testing.assert_close(came, expected, rtol=1e-12, atol=1e-12)

    def test_each_phase_is_a_mean(self) -> None:
        made = torch.nn.Linear(1, 1, dtype=torch.float64)

        class Slope(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.slope = torch.nn.Parameter(torch.tensor(0.7, dtype=torch.float64))
                self.unused = torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return self.slope * x**2

        data = torch.tensor([0.1, -0.4, 1.0], dtype=torch.float64)
        grid = ebm.linear_grid(-9, 9, 901)
        phases = ebm.two_phase_gradient(Slope(), data, grid)
        assert phases.data[0].item() == pytest.approx(1.17 / 3)
        assert phases.model[0].item() == pytest.approx(1 / (2 * 0.7), rel=1e-10)
        assert phases.total[0].item() == pytest.approx(1.17 / 3 - 1 / 1.4)
        assert phases.data[1].tolist() == phases.model[1].tolist() == [0, 0]
        for values in made.parameters():
            values.requires_grad_(False)
        with pytest.raises(
            ValueError, match=r"^energy must have a parameter that requires a gradient, got none$"
        ):
            ebm.two_phase_gradient(made, data, grid)

    def test_it_vanishes_where_the_model_is_the_data(self) -> None:
        made = network()
        with torch.no_grad():
            came = ebm.boltzmann_distribution(made, FINE)
        draws = came.sample(400_000, generator=torch.Generator().manual_seed(5))
        total = ebm.two_phase_gradient(made, draws, FINE).total
        assert max(values.abs().max().item() for values in total) < 0.02


class TestTraining:
    @pytest.mark.parametrize("seed", range(5))
    def test_it_finds_the_mixture(self, seed: int) -> None:
        made = network(seed, hidden=64)
        lines: list[str] = []
        history = ebm.train_on_grid(made, mixture(4000, seed), LINE, report=lines.append)
        with torch.no_grad():
            truth = ebm.boltzmann_distribution(ebm.mixture_energy, LINE)
            found = ebm.boltzmann_distribution(made, LINE)
        assert ebm.kl_divergence(truth, found).item() < 0.01
        assert history.losses.shape == (601,)
        assert history.losses[0] > 1.5
        assert len(lines) == 11
        assert lines[-1].startswith("step 600 of 600   loss 0.")
        torch.testing.assert_close(history.snapshots[-1], found.energies)

    def test_it_is_reproducible_and_keeps_what_it_says(self) -> None:
        def run() -> tuple[ebm.TrainingHistory, torch.Tensor]:
            made = network(3)
            with torch.no_grad():
                before = made(FINE.points)
            made_history = ebm.train_on_grid(
                made, mixture(50), FINE, num_steps=7, num_snapshots=3, report=None
            )
            return made_history, before

        (one, before), (two, _) = run(), run()
        assert torch.equal(one.losses, two.losses)
        assert torch.equal(one.snapshots, two.snapshots)
        assert one.snapshot_steps.tolist() == [0, 4, 7]
        # The first snapshot comes from a pass together with the data, which rounds otherwise.
        torch.testing.assert_close(one.snapshots[0], before, rtol=1e-12, atol=1e-14)
        assert one.losses.shape == (8,)
        assert one.losses.dtype == torch.float64

    def test_each_step_is_adams_on_a_half_cosine(self) -> None:
        """Against Adam written out, its decay rates 0.9 and 0.999 and its 1e-8 included."""
        data = torch.tensor([0.1, -0.4, 1.0], dtype=torch.float64)
        history = ebm.train_on_grid(
            Parabola(2.0), data, LINE, num_steps=4, learning_rate=0.3, num_snapshots=5, report=None
        )
        stiffness, mean, square = 2.0, 0.0, 0.0
        assert history.snapshot_steps.tolist() == [0, 1, 2, 3, 4]
        for step in range(5):
            model = ebm.boltzmann_distribution(lambda x, k=stiffness: k * x**2, LINE)
            torch.testing.assert_close(history.snapshots[step], model.energies)
            loss = stiffness * 0.39 + model.log_Z.item()
            assert history.losses[step].item() == pytest.approx(loss, rel=1e-12)
            slope = 0.39 - model.expectation(lambda x: x**2).item()
            mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
            rate = 0.3 * (1 + math.cos(math.pi * step / 4)) / 2
            down = mean / (1 - 0.9 ** (step + 1))
            stiffness -= rate * down / (math.sqrt(square / (1 - 0.999 ** (step + 1))) + 1e-8)

    def test_left_alone_it_takes_600_steps_and_prints_eleven_lines(self, capsys) -> None:
        data = torch.tensor([-0.5, 1.0], dtype=torch.float64)
        made = Parabola(1.0)
        history = ebm.train_on_grid(made, data, WIDE)
        # The variance of the data, 0.625 about 0, is 1 / (2 k).
        assert made.stiffness.item() == pytest.approx(0.8, abs=1e-3)
        assert (history.losses[1] - history.losses[0]).item() < 0
        assert history.snapshot_steps.tolist() == list(range(0, 601, 25))
        lines = capsys.readouterr().out.splitlines()
        assert [int(line[4:8]) for line in lines] == list(range(0, 601, 60))
        for line, loss in zip(lines, history.losses[::60], strict=True):
            assert line.endswith(f"of 600   loss {loss:.4f} nats")

    def test_the_first_step_is_as_long_as_the_learning_rate(self) -> None:
        """Adam's first step has the learning rate's length, whatever the slope."""
        for options, rate in (({}, 0.01), ({"learning_rate": 0.2}, 0.2)):
            made = Parabola(1.0)
            ebm.train_on_grid(made, ONE_DATUM, WIDE, num_steps=1, report=None, **options)
            assert abs(made.stiffness.item() - 1) == pytest.approx(rate, rel=1e-6)

    def test_a_final_energy_too_steep_for_its_grid_is_reported_once(self) -> None:
        with pytest.warns(ebm.CoarseGridWarning) as caught:
            ebm.train_on_grid(Parabola(90.0), ONE_DATUM, WIDE, num_steps=3, report=None)
        assert len(caught) == 1

    def test_what_an_energy_warns_of_is_not_hidden(self) -> None:
        class Talkative(Parabola):
            def forward(self, x: torch.Tensor) -> torch.Tensor:
                warnings.warn("from the energy", UserWarning, stacklevel=1)
                return super().forward(x)

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            ebm.train_on_grid(Talkative(1.0), ONE_DATUM, WIDE, num_steps=2, report=None)
        # Grid and data apart before the first step and after the last, and together at both steps.
        assert [str(w.message) for w in caught] == ["from the energy"] * 6

    def test_a_step_is_one_pass_for_data_and_grid_together(self) -> None:
        seen: list[int] = []

        class Counting(Parabola):
            def forward(self, x: torch.Tensor) -> torch.Tensor:
                seen.append(len(x))
                return super().forward(x)

        ebm.train_on_grid(Counting(1.0), mixture(30), LINE, num_steps=4, report=None)
        assert seen == [401, 30, 431, 431, 431, 431, 401, 30]

    def test_its_losses_are_those_of_a_loop_in_plain_torch(self) -> None:
        data = mixture(300)
        history = ebm.train_on_grid(
            network(2), data, LINE, num_steps=60, learning_rate=0.02, report=None
        )
        plain = training.plain_loop(network(2), data, LINE, 60, 0.02)
        torch.testing.assert_close(history.losses, plain, rtol=1e-7, atol=0)
        assert plain[-1] < plain[0] - 0.1

    def test_no_value_is_fetched_between_the_first_step_and_the_last(self) -> None:
        """To fetch a value is to wait for a device. Adam fetches its own, which lie on the CPU."""

        class Fetches(TorchDispatchMode):
            num = 0

            def __torch_dispatch__(self, func, types, args=(), kwargs=None):
                self.num += func is torch.ops.aten._local_scalar_dense.default
                return func(*args, **(kwargs or {}))

        def fetched(train, num_steps: int) -> int:
            with Fetches() as mode:
                train(num_steps)
            return mode.num

        def ours(num_steps: int) -> None:
            ebm.train_on_grid(network(), mixture(20), LINE, num_steps=num_steps, report=None)

        def plain(num_steps: int) -> None:
            training.plain_loop(network(), mixture(20), LINE, num_steps, 0.01)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ebm.CoarseGridWarning)
            more = fetched(ours, 30) - fetched(ours, 10)
        assert more == fetched(plain, 30) - fetched(plain, 10)

    def test_the_step_at_which_the_loss_broke_is_told(self) -> None:
        class Breaks(Parabola):
            calls = 0

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                Breaks.calls += 1
                return super().forward(x) + (math.nan if Breaks.calls >= 7 else 0.0)

        told = r"^the loss is nan at step 4 with learning_rate=0\.01; take a smaller one$"
        for report, calls in ((None, 2 + 50), (lambda line: None, 2 + 5 + 1)):
            Breaks.calls = 0
            with pytest.raises(RuntimeError, match=told):
                ebm.train_on_grid(Breaks(1.0), ONE_DATUM, WIDE, num_steps=50, report=report)
            assert Breaks.calls == calls  # with a report it is seen at step 5

    @pytest.mark.filterwarnings("ignore::ebm_snippets.CoarseGridWarning")
    def test_data_of_another_dtype_become_the_grids(self) -> None:
        single = mixture(40).float()
        first, second = (
            ebm.train_on_grid(network(1), data, FINE, num_steps=3, report=None)
            for data in (single, single.double())
        )
        assert torch.equal(first.losses, second.losses)
        phases = ebm.two_phase_gradient(network(1), single, LINE)
        assert phases.total[0].dtype == torch.float64

    @pytest.mark.filterwarnings("ignore::ebm_snippets.CoarseGridWarning")
    def test_in_the_plane(self) -> None:
        line = ebm.linear_grid(-4, 4, 41, bounded=True)
        plane = ebm.product_grid(line, ebm.linear_grid(-5, 5, 61, bounded=True))
        made = network(dim=2)
        data = torch.tensor([[1.0, 0.5], [0.0, -1.0], [0.3, 0.3]], dtype=torch.float64)
        start = ebm.grid_negative_log_likelihood(made, data, plane).item()
        history = ebm.train_on_grid(made, data, plane, num_steps=3, num_snapshots=2, report=None)
        end = ebm.grid_negative_log_likelihood(made, data, plane).item()
        assert history.losses[[0, -1]].tolist() == pytest.approx([start, end], rel=1e-12)
        assert history.snapshots.shape == (2, 41, 61)
        torch.testing.assert_close(history.snapshots[-1], made(plane.points))

    def test_a_final_energy_beyond_its_grid_is_reported(self) -> None:
        window = ebm.linear_grid(-2.2, 2.2, 2001)
        with pytest.warns(ebm.TruncationWarning) as caught:
            ebm.train_on_grid(network(), mixture(50).clamp(-2, 2), window, num_steps=3, report=None)
        assert sum(w.category is ebm.TruncationWarning for w in caught) == 1

    def test_what_is_refused(self) -> None:
        data = mixture(10)
        for options, message in (
            ({"num_steps": 0}, "num_steps must be at least 1"),
            ({"num_snapshots": 1}, "num_snapshots must be at least 2"),
            ({"learning_rate": 0.0}, "learning_rate must be positive"),
            ({"learning_rate": math.nan}, "learning_rate must be positive"),
        ):
            with pytest.raises(ValueError, match=message):
                ebm.train_on_grid(network(), data, LINE, **options)
        frozen = network().requires_grad_(False)
        with pytest.raises(
            ValueError, match=r"^energy must have a parameter that requires a gradient, got none$"
        ):
            ebm.train_on_grid(frozen, data, LINE)

    def test_a_loss_that_overflows_is_told(self) -> None:
        """Two energies of 1.5e308 each are finite, and their mean is not."""

        class Huge(Parabola):
            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return self.stiffness * torch.ones_like(x)

        with pytest.raises(RuntimeError, match=r"^the loss is inf at step 0 with learning_rate=2;"):
            ebm.train_on_grid(Huge(1.5e308), LINE.points, LINE, learning_rate=2, report=None)

    def test_a_wild_learning_rate_is_told(self) -> None:
        with pytest.raises((RuntimeError, ValueError), match=r"learning_rate|NaN|inf"):
            ebm.train_on_grid(
                network(), mixture(10), LINE, learning_rate=1e160, num_steps=5, report=None
            )
