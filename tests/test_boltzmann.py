"""The Boltzmann distribution: invariances, derivatives, extremes, refusals and warnings."""

from __future__ import annotations

import math
import warnings

import pytest
import torch
from conftest import states_with_energies
from hypothesis import given
from hypothesis import strategies as st

import ebm_snippets as ebm

energies = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=8)
temperatures = st.floats(-3, 3).map(lambda power: 10**power)


def on_states(values: list[float], temperature: float = 1.0) -> ebm.BoltzmannDistribution:
    energy, states = states_with_energies(values)
    return ebm.boltzmann_distribution(energy, states, temperature)


def on_line(temperature: float = 1.0, energy=ebm.asymmetric_energy) -> ebm.BoltzmannDistribution:
    return ebm.boltzmann_distribution(energy, ebm.linear_grid(-7, 7, 4001), temperature)


class TestInvariances:
    @given(energies, temperatures)
    def test_probabilities_sum_to_one_and_are_finite(self, values, temperature) -> None:
        for p in (
            ebm.boltzmann_probabilities(torch.tensor(values).double(), temperature),
            on_states(values, temperature).probabilities,
        ):
            assert torch.isfinite(p).all()
            assert (p >= 0).all()
            assert p.sum().item() == pytest.approx(1, rel=1e-12)

    @given(energies, temperatures, st.floats(-1e4, 1e4))
    def test_an_added_constant_moves_only_what_it_should(self, values, temperature, constant):
        # Adding 1e4 to an energy rounds it by 1e-12, which T = 1e-3 magnifies to 1e-9.
        close = {"rel": 1e-8, "abs": 1e-8}
        plain = on_states(values, temperature)
        shifted = on_states([value + constant for value in values], temperature)
        for name in ("entropy", "heat_capacity"):
            before, after = getattr(plain, name).item(), getattr(shifted, name).item()
            assert after == pytest.approx(before, rel=1e-5, abs=1e-5), name
        for name in ("mean_energy", "free_energy"):
            before, after = getattr(plain, name).item(), getattr(shifted, name).item()
            assert after == pytest.approx(before + constant, **close), name
        assert shifted.probabilities.tolist() == pytest.approx(
            plain.probabilities.tolist(), **close
        )

    @given(energies, temperatures)
    def test_scaling_energies_and_temperature_together(self, values, temperature) -> None:
        plain, doubled = (
            on_states(values, temperature),
            on_states([2 * value for value in values], 2 * temperature),
        )
        assert doubled.probabilities.tolist() == pytest.approx(plain.probabilities.tolist())
        assert doubled.entropy.item() == pytest.approx(plain.entropy.item(), abs=1e-12)

    @given(st.lists(st.floats(-50, 50), min_size=2, max_size=6), temperatures, st.randoms())
    def test_order_does_not_matter(self, values, temperature, random) -> None:
        order = list(range(len(values)))
        random.shuffle(order)
        plain = on_states(values, temperature)
        shuffled = on_states([values[i] for i in order], temperature)
        assert shuffled.log_Z.item() == pytest.approx(plain.log_Z.item(), rel=1e-12)
        expected = [plain.probabilities[i].item() for i in order]
        assert shuffled.probabilities.tolist() == pytest.approx(expected)

    def test_independent_parts_multiply(self) -> None:
        first, second = torch.tensor([0.0, 1.0, 5.0]).double(), torch.tensor([2.0, -1.0]).double()
        both = (first[:, None] + second).flatten()
        joint = ebm.boltzmann_probabilities(both, 1.3).reshape(3, 2)
        product = ebm.boltzmann_probabilities(first, 1.3)[:, None] * ebm.boltzmann_probabilities(
            second, 1.3
        )
        torch.testing.assert_close(joint, product)

    def test_a_batch_is_its_rows(self) -> None:
        batch = torch.tensor([[3.0, 1.0, 2.0], [1e4, 1e4 + 1, math.inf], [-1e4, 0.0, 1e4]]).double()
        rows = torch.stack([ebm.boltzmann_probabilities(row, 0.7) for row in batch])
        assert torch.equal(ebm.boltzmann_probabilities(batch, 0.7), rows)


class TestDefinitions:
    """Each quantity against its definition, computed the naive way where that is safe."""

    def test_left_alone_the_temperature_is_one(self) -> None:
        came = ebm.boltzmann_probabilities(torch.tensor([0.0, math.log(3)]))
        assert came.tolist() == pytest.approx([3 / 4, 1 / 4])
        energy, states = states_with_energies([0.0, math.log(3)])
        assert ebm.boltzmann_distribution(energy, states).Z.item() == pytest.approx(4 / 3)

    @given(st.lists(st.floats(-5, 5), min_size=1, max_size=6), st.floats(0.5, 20))
    def test_against_naive_sums(self, values, temperature) -> None:
        weights = [math.exp(-value / temperature) for value in values]
        total = math.fsum(weights)
        p = [weight / total for weight in weights]
        mean = math.fsum(a * b for a, b in zip(p, values, strict=True))
        square = math.fsum(a * b**2 for a, b in zip(p, values, strict=True))
        entropy = -math.fsum(a * math.log(a) for a in p)
        came = on_states(values, temperature)
        assert came.Z.item() == pytest.approx(total)
        assert came.log_Z.item() == pytest.approx(math.log(total), abs=1e-12)
        assert came.probabilities.tolist() == pytest.approx(p)
        assert came.log_density.tolist() == pytest.approx([math.log(a) for a in p], abs=1e-12)
        assert came.mean_energy.item() == pytest.approx(mean, abs=1e-12)
        assert came.entropy.item() == pytest.approx(entropy, abs=1e-12)
        assert came.free_energy.item() == pytest.approx(mean - temperature * entropy, abs=1e-9)
        variance = (square - mean**2) / temperature**2
        assert came.heat_capacity.item() == pytest.approx(variance, abs=1e-9)

    @pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
    def test_free_energy_is_energy_minus_temperature_times_entropy(self, temperature) -> None:
        came = on_line(temperature)
        expected = came.mean_energy - temperature * came.entropy
        assert came.free_energy.item() == pytest.approx(expected.item(), rel=1e-13)
        assert came.free_energy.item() == pytest.approx(-temperature * came.log_Z.item(), rel=1e-13)

    def test_expectation_of_the_energy_is_the_mean_energy(self) -> None:
        came = on_line()
        assert came.expectation(ebm.asymmetric_energy).item() == pytest.approx(
            came.mean_energy.item(), rel=1e-13
        )

    def test_expectation_keeps_trailing_axes(self) -> None:
        came = on_states([0.0, math.log(3)])
        values = torch.tensor([[1.0, 10.0], [5.0, 50.0]]).double()
        assert came.expectation(lambda i: values[i]).tolist() == pytest.approx([2.0, 20.0])

    def test_expectation_in_the_plane(self) -> None:
        grid = ebm.product_grid(ebm.linear_grid(-8, 8, 201), ebm.linear_grid(-8, 10, 241))
        centre = torch.tensor([0.0, 1.0]).double()
        came = ebm.boltzmann_distribution(lambda x: ((x - centre) ** 2).sum(-1) / 2, grid)
        assert came.expectation(lambda x: x).tolist() == pytest.approx([0, 1], abs=1e-9)
        right = came.probability(lambda x: x[..., 1] > 1.0375 - 0.075)
        assert right.item() == pytest.approx(0.5 * math.erfc(-0.0375 / math.sqrt(2)), abs=1e-4)

    def test_regions_add_up(self) -> None:
        came = on_line()
        left = came.probability(lambda x: x <= 0.4)
        right = came.probability(lambda x: x > 0.4)
        assert (left + right).item() == pytest.approx(1, rel=1e-12)
        assert came.probability(lambda x: torch.zeros_like(x, dtype=torch.bool)).item() == 0

    def test_density_may_exceed_one(self) -> None:
        came = on_line(0.1, ebm.quadratic_energy)
        assert came.density.max().item() == pytest.approx(1 / math.sqrt(math.pi * 0.1), rel=1e-12)

    def test_repr_is_one_short_line(self) -> None:
        text = repr(on_line(0.5))
        assert text.startswith("BoltzmannDistribution(shape=(4001,), temperature=0.5, log_Z=")
        assert len(text) < 90


class TestDerivatives:
    @pytest.mark.parametrize("beta", [0.2, 1.0, 3.0])
    def test_mean_energy_is_minus_the_slope_of_log_z_in_beta(self, beta) -> None:
        beta = torch.tensor(beta, dtype=torch.float64, requires_grad=True)
        came = ebm.boltzmann_distribution(
            ebm.asymmetric_energy, ebm.linear_grid(-8, 8, 3001), 1 / beta
        )
        (slope,) = torch.autograd.grad(came.log_Z, beta)
        assert slope.item() == pytest.approx(-came.mean_energy.item(), rel=1e-12)

    @pytest.mark.parametrize("temperature", [0.2, 1.0, 3.0])
    def test_slopes_in_temperature(self, temperature) -> None:
        t = torch.tensor(temperature, dtype=torch.float64, requires_grad=True)
        came = ebm.boltzmann_distribution(ebm.asymmetric_energy, ebm.linear_grid(-8, 8, 3001), t)
        slope = {
            name: torch.autograd.grad(getattr(came, name), t, retain_graph=True)[0].item()
            for name in ("mean_energy", "entropy", "free_energy")
        }
        heat = came.heat_capacity.item()
        assert slope["mean_energy"] == pytest.approx(heat, rel=1e-10)
        assert slope["entropy"] == pytest.approx(heat / temperature, rel=1e-10)
        assert slope["free_energy"] == pytest.approx(-came.entropy.item(), rel=1e-10)

    def test_slope_of_log_z_in_an_energy_is_minus_its_probability(self) -> None:
        values = torch.tensor([3.0, 1.0, math.inf, 2.0], dtype=torch.float64, requires_grad=True)
        came = ebm.boltzmann_distribution(
            lambda i: values[i], ebm.discrete_states(torch.arange(4)), 0.7
        )
        (slope,) = torch.autograd.grad(came.log_Z, values)
        expected = -came.probabilities.detach() / 0.7
        torch.testing.assert_close(slope, expected, rtol=1e-12, atol=0)
        assert slope[2] == 0

    def test_gradcheck_of_everything(self) -> None:
        start = torch.tensor([3.0, 1.0, 2.0], dtype=torch.float64, requires_grad=True)
        heat = torch.tensor(0.8, dtype=torch.float64, requires_grad=True)

        def all_of_it(values, temperature):
            came = ebm.boltzmann_distribution(
                lambda i: values[i], ebm.discrete_states(torch.arange(3)), temperature
            )
            scalars = (came.log_Z, came.Z, came.mean_energy, came.entropy, came.free_energy)
            return torch.cat(
                [torch.stack([*scalars, came.heat_capacity]), came.log_density, came.density]
            )

        assert torch.autograd.gradcheck(all_of_it, (start, heat))
        assert torch.autograd.gradgradcheck(all_of_it, (start, heat))
        assert torch.autograd.gradcheck(ebm.boltzmann_probabilities, (start, heat))

    def test_no_gradient_is_nan_where_a_state_cannot_occur(self) -> None:
        values = torch.tensor([1.0, math.inf, 2.0], dtype=torch.float64, requires_grad=True)
        heat = torch.tensor(0.8, dtype=torch.float64, requires_grad=True)
        p = ebm.boltzmann_probabilities(values, heat)
        for slope in torch.autograd.grad(p[0], (values, heat)):
            assert torch.isfinite(slope).all()
        came = ebm.boltzmann_distribution(
            lambda i: values[i], ebm.discrete_states(torch.arange(3)), heat
        )
        total = came.entropy + came.heat_capacity + came.expectation(lambda i: values[i])
        for slope in torch.autograd.grad(total, (values, heat)):
            assert torch.isfinite(slope).all()


QUANTITIES = ("log_Z", "mean_energy", "entropy", "free_energy", "heat_capacity", "probabilities")


class TestSweep:
    HEATS = (0.05, 0.3, 1.0, 4.0)
    LINE = ebm.linear_grid(-6, 6, 1201)

    @pytest.mark.parametrize("as_tensor", [False, True])
    def test_it_is_the_calls_one_by_one(self, as_tensor) -> None:
        heats = torch.tensor(self.HEATS, dtype=torch.float64) if as_tensor else self.HEATS
        came = ebm.temperature_sweep(ebm.asymmetric_energy, self.LINE, heats)
        assert [type(one) for one in came] == [ebm.BoltzmannDistribution] * 4
        for one, heat in zip(came, self.HEATS, strict=True):
            alone = ebm.boltzmann_distribution(ebm.asymmetric_energy, self.LINE, heat)
            assert one.temperature == alone.temperature
            for name in QUANTITIES:
                torch.testing.assert_close(
                    getattr(one, name), getattr(alone, name), rtol=1e-15, atol=1e-15
                )

    def test_the_energy_is_called_once(self) -> None:
        calls = []

        def energy(x: torch.Tensor) -> torch.Tensor:
            calls.append(x.shape)
            return ebm.asymmetric_energy(x)

        assert len(ebm.temperature_sweep(energy, self.LINE, iter(self.HEATS))) == 4
        assert calls == [(1201,)]

    def test_gradients_are_those_of_the_calls(self) -> None:
        depth = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
        heats = torch.tensor(self.HEATS, dtype=torch.float64, requires_grad=True)

        def energy(x: torch.Tensor) -> torch.Tensor:
            return (x + 1) ** 2 * (x - 2) ** 2 / 2 - depth * x

        def total(distributions: list[ebm.BoltzmannDistribution]) -> torch.Tensor:
            return sum(d.log_Z + d.entropy + d.heat_capacity for d in distributions)

        together = total(ebm.temperature_sweep(energy, self.LINE, heats))
        alone = total([ebm.boltzmann_distribution(energy, self.LINE, heat) for heat in heats])
        for came, expected in zip(
            torch.autograd.grad(together, (depth, heats)),
            torch.autograd.grad(alone, (depth, heats)),
            strict=True,
        ):
            assert expected.abs().min() > 0
            torch.testing.assert_close(came, expected, rtol=1e-13, atol=0)

    def test_the_slope_of_log_z_in_each_temperature_is_its_own(self) -> None:
        heats = torch.tensor(self.HEATS, dtype=torch.float64, requires_grad=True)
        came = ebm.temperature_sweep(ebm.asymmetric_energy, self.LINE, heats)
        (slopes,) = torch.autograd.grad(sum(d.log_Z for d in came), heats)
        exact = torch.stack([d.mean_energy for d in came]) / heats**2
        torch.testing.assert_close(slopes, exact, rtol=1e-10, atol=0)

    def test_states_planes_and_float32(self) -> None:
        energy, states = states_with_energies([3.0, 1.0, 2.0])
        (came,) = ebm.temperature_sweep(energy, states, [1.0])
        assert came.log_Z.item() == pytest.approx(math.log(sum(map(math.exp, (-3, -1, -2)))))
        line = ebm.linear_grid(-6, 6, 81, dtype=torch.float32)
        (came,) = ebm.temperature_sweep(ebm.bowl_energy, ebm.product_grid(line, line), [1])
        assert came.log_Z.dtype == torch.float32
        assert came.log_Z.item() == pytest.approx(math.log(math.pi), rel=1e-6)

    def test_each_temperature_is_warned_of_at_the_callers_line(self) -> None:
        line = ebm.linear_grid(-4, 4, 1001)
        with pytest.warns((ebm.CoarseGridWarning, ebm.TruncationWarning)) as caught:
            ebm.temperature_sweep(ebm.quadratic_energy, line, [1e-5, 1.0, 5.0, 2e-5])
        assert [warning.category for warning in caught] == [
            ebm.CoarseGridWarning,
            ebm.TruncationWarning,
            ebm.CoarseGridWarning,
        ]
        assert {warning.filename for warning in caught} == {__file__}

    def test_what_it_refuses(self) -> None:
        def sweep(heats: object) -> None:
            ebm.temperature_sweep(ebm.quadratic_energy, self.LINE, heats)

        for empty in ([], torch.ones(0)):
            with pytest.raises(ValueError, match=r"^temperatures is empty; give at least one$"):
                sweep(empty)
        for shape in ((), (2, 2)):
            with pytest.raises(
                ValueError, match=r"^temperatures must have shape \(k,\), .* got \("
            ):
                sweep(torch.ones(shape))
        with pytest.raises(ValueError, match=r"^temperatures\[1\] must be positive .* got 0\.0;"):
            sweep([1.0, 0.0])
        with pytest.raises(TypeError, match=r"^temperatures\[0\] must be a positive number, got '"):
            sweep(["1"])
        for none in (1.0, None):
            with pytest.raises(TypeError, match=r"^temperatures must be numbers in a row, got "):
                sweep(none)
        with pytest.raises(TypeError, match=r"^temperatures must hold floats, got torch\.int64"):
            sweep(torch.arange(1, 3))
        with pytest.raises(
            ValueError, match=r"^temperatures\[0\] is on meta but energies is on cpu"
        ):
            sweep(torch.ones(2, device="meta"))
        with pytest.raises(TypeError, match=r"^grid must be a Grid"):
            ebm.temperature_sweep(ebm.quadratic_energy, self.LINE.points, [1.0])


class TestExtremes:
    @pytest.mark.parametrize("temperature", [1e-3, 1.0, 1e3])
    @pytest.mark.parametrize("shift", [-1e4, 0.0, 1e4])
    def test_on_the_line(self, temperature, shift) -> None:
        spread = math.sqrt(temperature / 2)
        grid = ebm.linear_grid(-12 * spread, 12 * spread, 1001)
        came = ebm.boltzmann_distribution(lambda x: x**2 + shift, grid, temperature)
        log_z = 0.5 * math.log(math.pi * temperature) - shift / temperature
        # E = x^2 + 1e4 is rounded to 1e-12 before it comes here; at T = 1e-3 that is 1e-9.
        close = 1e-10 if shift == 0 else 1e-8
        assert came.log_Z.item() == pytest.approx(log_z, rel=close)
        assert came.mean_energy.item() == pytest.approx(shift + temperature / 2, rel=close)
        entropy = 0.5 * math.log(math.pi * math.e * temperature)
        assert came.entropy.item() == pytest.approx(entropy, rel=close)
        assert came.heat_capacity.item() == pytest.approx(0.5, rel=1e-6)
        assert torch.isfinite(came.density).all()

    @pytest.mark.parametrize("temperature", [1e-3, 1.0, 1e3])
    def test_energies_of_ten_thousand(self, temperature) -> None:
        came = on_states([-1e4, 0.0, 1e4, math.inf], temperature)
        for name in ("log_Z", "mean_energy", "entropy", "free_energy", "heat_capacity"):
            assert math.isfinite(getattr(came, name).item()), name
        small = math.exp(-1e4 / temperature)
        total = 1 + small + small**2
        expected = [1 / total, small / total, small**2 / total, 0]
        assert came.probabilities.tolist() == pytest.approx(expected, rel=1e-12)
        log_z = 1e4 / temperature + math.log1p(small + small**2)
        assert came.log_Z.item() == pytest.approx(log_z, rel=1e-14)

    @pytest.mark.parametrize("huge", [-1.5e308, 1.5e308])
    def test_energies_near_the_end_of_the_dtype(self, huge) -> None:
        energies = torch.tensor([huge, huge, 0.9 * huge], dtype=torch.float64)
        expected = [0.5, 0.5, 0] if huge < 0 else [0, 0, 1]
        assert ebm.boltzmann_probabilities(energies).tolist() == expected

    def test_cold_entropy_keeps_its_digits(self) -> None:
        # S = (1 / T + 1) exp(-1 / T) to first order, far below the rounding of log(1 + small).
        cold = 0.03
        came = on_states([0.0, 1.0], cold)
        small = math.exp(-1 / cold)
        assert came.entropy.item() == pytest.approx((1 / cold + 1) * small, rel=1e-12)

    def test_infinite_energy_is_a_state_that_cannot_occur(self) -> None:
        with_wall, without = (
            on_states([3.0, math.inf, 1.0, 2.0], 0.5),
            on_states([3.0, 1.0, 2.0], 0.5),
        )
        for name in ("log_Z", "mean_energy", "entropy", "free_energy", "heat_capacity"):
            assert getattr(with_wall, name).item() == getattr(without, name).item(), name
        assert with_wall.probabilities[1] == 0
        assert with_wall.log_density[1] == -math.inf
        assert with_wall.expectation(lambda i: 1.0 / (i - 1.0)).isfinite()
        assert with_wall.probability(lambda i: i == 1) == 0

    def test_a_point_of_zero_weight_does_not_count(self) -> None:
        values = torch.tensor([-1e4, 1.0, 2.0]).double()
        grid = ebm.Grid(torch.arange(3), torch.tensor([-math.inf, 0.0, 0.0]).double())
        came = ebm.boltzmann_distribution(lambda i: values[i], grid)
        assert came.log_Z.item() == pytest.approx(math.log(math.exp(-1) + math.exp(-2)))
        assert came.probabilities[0] == 0

    def test_z_says_when_it_does_not_fit(self) -> None:
        for shift in (-1e4, 1e4):
            came = on_states([shift])
            assert came.log_Z.item() == pytest.approx(-shift)
            with pytest.raises(OverflowError, match=r"Z = exp\(-?10000\) does not fit.*use log_Z"):
                _ = came.Z

    def test_float32_stays_float32(self) -> None:
        p = ebm.boltzmann_probabilities(torch.tensor([3.0, 1.0, 2.0]), 1.0)
        assert p.dtype == torch.float32
        grid = ebm.linear_grid(-6, 6, 201, dtype=torch.float32)
        came = ebm.boltzmann_distribution(ebm.quadratic_energy, grid)
        for name in ("log_Z", "Z", "entropy", "density", "log_density", "heat_capacity"):
            assert getattr(came, name).dtype == torch.float32, name
        assert came.Z.item() == pytest.approx(math.sqrt(math.pi), rel=1e-5)


class TestSampling:
    def test_shares_tend_to_probabilities(self) -> None:
        # Pearson's statistic with 2 degrees of freedom exceeds 18.4 once in 10^4; a share
        # that is off by 0.004 is found (its statistic's mean is then above 30).
        num = 200_000
        came = on_states([3.0, 1.0, 2.0])
        drawn = came.sample(num, generator=torch.Generator().manual_seed(0))
        counts = torch.bincount(drawn, minlength=3)
        expected = num * came.probabilities
        assert ((counts - expected) ** 2 / expected).sum().item() < 18.4

    def test_samples_are_points_of_the_grid(self) -> None:
        line = ebm.linear_grid(-6, 6, 101)
        came = ebm.boltzmann_distribution(lambda x: (x**2).sum(-1), ebm.product_grid(line, line))
        drawn = came.sample(50, generator=torch.Generator().manual_seed(0))
        assert drawn.shape == (50, 2)
        assert torch.isin(drawn, line.points).all()
        # The mean energy is 1 and its standard deviation 1: 4.5 standard errors of 50 draws.
        assert abs((drawn**2).sum(-1).mean().item() - 1) < 4.5 / math.sqrt(50)

    def test_the_same_generator_gives_the_same_samples(self) -> None:
        came = on_line()
        first, second = (
            came.sample(20, generator=torch.Generator().manual_seed(3)) for _ in range(2)
        )
        assert torch.equal(first, second)
        with pytest.raises(ValueError, match="num must be at least 1, got 0"):
            came.sample(0, generator=torch.Generator())
        with pytest.raises(TypeError, match=r"generator must be a torch\.Generator, got int"):
            came.sample(1, generator=0)


class TestRefusals:
    @pytest.mark.parametrize("temperature", [0, -1, math.nan, math.inf, -math.inf])
    def test_temperature(self, temperature) -> None:
        energy, states = states_with_energies([1.0, 2.0])
        for given_as in (temperature, torch.tensor(float(temperature)).double()):
            with pytest.raises(ValueError, match="temperature must be positive and finite, got"):
                ebm.boltzmann_probabilities(torch.tensor([1.0]).double(), given_as)
            with pytest.raises(ValueError, match="temperature must be positive and finite, got"):
                ebm.boltzmann_distribution(energy, states, given_as)

    @pytest.mark.parametrize("temperature", ["hot", "1.0", None, True, [1.0]])
    def test_temperature_that_is_no_number(self, temperature) -> None:
        with pytest.raises(TypeError, match="temperature must be a positive number, got"):
            ebm.boltzmann_probabilities(torch.tensor([1.0]), temperature)

    def test_temperature_of_another_shape_or_type(self) -> None:
        with pytest.raises(ValueError, match=r"temperature must be one number, got shape \(2,\)"):
            ebm.boltzmann_probabilities(torch.ones(2), torch.ones(2))
        with pytest.raises(TypeError, match=r"temperature must hold floats, got torch\.int64"):
            ebm.boltzmann_probabilities(torch.ones(2), torch.tensor(1))

    @pytest.mark.parametrize(("bad", "named"), [(math.nan, "NaN"), (-math.inf, "-inf")])
    def test_energies(self, bad, named) -> None:
        energy, states = states_with_energies([1.0, bad])
        with pytest.raises(ValueError, match=f"energies contains {named}"):
            ebm.boltzmann_probabilities(torch.tensor([1.0, bad]))
        with pytest.raises(ValueError, match=rf"energy\(points\) contains {named}"):
            ebm.boltzmann_distribution(energy, states)

    def test_energies_that_are_all_infinite(self) -> None:
        energy, states = states_with_energies([math.inf, math.inf])
        with pytest.raises(ValueError, match=r"^energy\(points\) is \+inf .* or move the grid$"):
            ebm.boltzmann_distribution(energy, states)
        with pytest.raises(ValueError, match=r"^energies are all \+inf .* of them finite$"):
            ebm.boltzmann_probabilities(torch.tensor([[1.0, 2.0], [math.inf, math.inf]]))

    def test_energies_without_states(self) -> None:
        with pytest.raises(ValueError, match=r"energies is empty \(shape \(0,\)\)"):
            ebm.boltzmann_probabilities(torch.ones(0))
        with pytest.raises(
            ValueError,
            match=r"^energies must have shape \(\.\.\., n\), got a scalar; put the states in",
        ):
            ebm.boltzmann_probabilities(torch.tensor(1.0))

    @pytest.mark.parametrize("values", [torch.tensor([1, 2]), torch.ones(2) > 0, [1.0, 2.0], None])
    def test_energies_that_are_not_floats(self, values) -> None:
        with pytest.raises(TypeError, match=r"energies must (hold floats|be a torch\.Tensor)"):
            ebm.boltzmann_probabilities(values)
        with pytest.raises(TypeError, match=r"energy\(points\) must (hold floats|be a torch)"):
            ebm.boltzmann_distribution(lambda _: values, ebm.discrete_states(torch.arange(2)))

    def test_energy_of_another_shape(self) -> None:
        line = ebm.linear_grid(-1, 1, 5)
        with pytest.raises(ValueError, match=r"must have shape \(5,\).*got \(5, 1\)"):
            ebm.boltzmann_distribution(lambda x: x[:, None] ** 2, line)
        with pytest.raises(ValueError, match=r"must have shape \(5, 5\).*got \(5, 5, 2\)"):
            ebm.boltzmann_distribution(lambda x: x**2, ebm.product_grid(line, line))

    def test_functions_of_the_wrong_kind(self) -> None:
        came = on_line()
        with pytest.raises(ValueError, match=r"f\(points\) must have shape \(4001, \.\.\.\)"):
            came.expectation(lambda x: x[:5])
        line = ebm.linear_grid(-1, 1, 5, bounded=True)
        with pytest.warns(ebm.CoarseGridWarning):
            plane = ebm.boltzmann_distribution(ebm.bowl_energy, ebm.product_grid(line, line))
        with pytest.raises(ValueError, match=r"^f\(points\) must have shape \(5, 5, \.\.\.\)"):
            plane.expectation(lambda x: x[:4])
        with pytest.raises(TypeError, match=r"f\(points\) must hold floats"):
            came.expectation(lambda x: x > 0)
        with pytest.raises(TypeError, match=r"^region\(points\) must be .* got torch\.float64"):
            came.probability(lambda x: x)
        with pytest.raises(
            TypeError, match=r"^region\(points\) must be a tensor of booleans, got bool;"
        ):
            came.probability(lambda _: True)
        with pytest.raises(ValueError, match=r"grid's shape \(4001,\).*got \(4000,\)"):
            came.probability(lambda x: x[1:] > 0)


class TestWarnings:
    def test_a_grid_too_coarse(self) -> None:
        # The starting point of this test: x^2 at T = 1e-5 with Z off by half.
        grid = ebm.linear_grid(-4, 4, 1001)
        with pytest.warns(
            ebm.CoarseGridWarning, match="too coarse along axis 0 for temperature 1e-05"
        ):
            ebm.boltzmann_distribution(ebm.quadratic_energy, grid, 1e-5)

    @pytest.mark.parametrize("num", range(20, 120, 4))
    def test_coarse_warnings_come_where_z_is_wrong(self, num) -> None:
        """Silent grids are right to 3e-6; of a Gaussian, spacings below 0.7 sigma are silent."""
        for energy, exact in (
            (ebm.quadratic_energy, math.sqrt(math.pi)),
            (ebm.asymmetric_energy, 2.3487551),
        ):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                came = ebm.boltzmann_distribution(energy, ebm.linear_grid(-6.1, 6.3, num))
            error = abs(came.Z.item() / exact - 1)
            coarse = [w for w in caught if w.category is ebm.CoarseGridWarning]
            assert coarse or error < 3e-6, (energy, num, error)
            spacing = 12.4 / (num - 1)
            if energy is ebm.quadratic_energy and spacing < 0.7 * math.sqrt(0.5):
                assert not coarse, (num, error)

    @pytest.mark.parametrize(("temperature", "share"), [(5.0, 1.14), (50.0, 42.4)])
    def test_mass_beyond_the_ends_is_told(self, temperature, share) -> None:
        missing = math.erfc(4 / math.sqrt(temperature))
        assert 100 * missing == pytest.approx(share, rel=5e-3)
        with pytest.warns(ebm.TruncationWarning, match=rf"\({100 * missing:.2f}%\)"):
            ebm.boltzmann_distribution(
                ebm.quadratic_energy, ebm.linear_grid(-4, 4, 4001), temperature
            )

    def test_warnings_point_at_the_caller(self) -> None:
        with pytest.warns(ebm.TruncationWarning) as caught:
            ebm.boltzmann_distribution(ebm.quadratic_energy, ebm.linear_grid(-4, 4, 4001), 5.0)
        assert caught[0].filename == __file__
        with pytest.warns(ebm.CoarseGridWarning) as caught:
            ebm.boltzmann_distribution(ebm.quadratic_energy, ebm.linear_grid(-4, 4, 1001), 1e-5)
        assert caught[0].filename == __file__
        with pytest.warns(ebm.TruncationWarning) as caught:
            ebm.streamed_log_Z(
                lambda x: x[..., 0] ** 2, ebm.linear_grid(-4, 4, 4001), temperature=5
            )
        assert caught[0].filename == __file__

    def test_mass_beyond_one_end_only(self) -> None:
        with pytest.warns(ebm.TruncationWarning, match=r"\(50\.00%\)"):
            ebm.boltzmann_distribution(ebm.quadratic_energy, ebm.linear_grid(0, 8, 40001))
        with pytest.warns(ebm.TruncationWarning, match=r"\(50\.00%\)"):
            ebm.boltzmann_distribution(ebm.quadratic_energy, ebm.linear_grid(-8, 0, 40001))

    def test_mass_without_bound(self) -> None:
        line = ebm.linear_grid(-4, 4, 100)
        with pytest.warns(ebm.TruncationWarning, match="an unbounded mass may lie beyond"):
            ebm.boltzmann_distribution(torch.zeros_like, line)

    def test_straight_walls(self) -> None:
        # E = |x| from -3 to 3 leaves exp(-3) out: the parabola is a line there.
        line = ebm.linear_grid(-3, 3, 60001)
        with pytest.warns(ebm.TruncationWarning, match=rf"\({100 * math.exp(-3):.2f}%\)"):
            ebm.boltzmann_distribution(torch.abs, line)

    def test_a_bounded_domain_has_nothing_beyond(self) -> None:
        line = ebm.linear_grid(-4, 4, 4001, bounded=True)
        came = ebm.boltzmann_distribution(ebm.quadratic_energy, line, 50.0)
        half_width = 4 / math.sqrt(50)
        exact = math.sqrt(math.pi * 50) * math.erf(half_width)
        assert came.Z.item() == pytest.approx(exact, rel=1e-6)
        assert ebm.boltzmann_distribution(torch.zeros_like, line).Z.item() == pytest.approx(8)

    def test_each_axis_is_looked_at(self) -> None:
        fine, short = ebm.linear_grid(-7, 7, 101), ebm.linear_grid(-1, 1, 4001)
        energy = lambda x: (x**2).sum(-1)  # noqa: E731  # shorter than a function here
        with pytest.warns(ebm.TruncationWarning, match=r"axis 1") as caught:
            ebm.boltzmann_distribution(energy, ebm.product_grid(fine, short))
        assert f"{100 * math.erfc(1):.2f}%" in str(caught[0].message)
        assert len(caught) == 1
        coarse = ebm.linear_grid(-7, 7, 12)
        with pytest.warns(ebm.CoarseGridWarning, match=r"axis 0"):
            ebm.boltzmann_distribution(energy, ebm.product_grid(coarse, fine))

    def test_a_wall_inside_the_grid(self) -> None:
        line = ebm.linear_grid(-1, 1, 101, bounded=True)
        walled = lambda x: torch.where(x < 0.3, 0.0, math.inf)  # noqa: E731  # shorter so
        with pytest.warns(
            ebm.CoarseGridWarning, match=r"as many points, and .* walls of infinite energy$"
        ):
            ebm.boltzmann_distribution(walled, line)

    def test_discrete_states_are_never_coarse(self) -> None:
        on_states([0.0, 1e4, -1e4], 1e-3)
