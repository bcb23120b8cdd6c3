"""Energies of the plane, marginals, radii and divergences, against exact values."""

from __future__ import annotations

import math
import warnings

import pytest
import torch
from conftest import EXACT

import ebm_snippets as ebm
from ebm_snippets._diagnostics import error_at_centre

PLANE = EXACT["two_dimensional"]
REACH = {"bowl": 14.0, "ring": 4.5, "four_wells": 4.5}


def square(reach: float, num: int = 401) -> ebm.Grid:
    line = ebm.linear_grid(-reach, reach, num)
    return ebm.product_grid(line, line)


def tilted(x: torch.Tensor) -> torch.Tensor:
    """An energy without any symmetry."""
    return ebm.four_wells_energy(x) + 0.4 * x[..., 0] + 0.3 * x[..., 0] * x[..., 1]


@pytest.mark.parametrize("name", REACH)
@pytest.mark.parametrize("temperature", PLANE["bowl"])
def test_partition_functions(name: str, temperature: str) -> None:
    energy = getattr(ebm, f"{name}_energy")
    heat = float(temperature)
    num = 401 if heat >= 0.5 else 801
    came = ebm.boltzmann_distribution(energy, square(REACH[name], num), heat)
    assert came.Z.item() == pytest.approx(float(PLANE[name][temperature]), rel=1e-10)


@pytest.mark.parametrize("temperature", PLANE["correlated_gaussian"]["Z"])
def test_correlated_gaussian(temperature: str) -> None:
    heat = float(temperature)
    energy = ebm.correlated_gaussian_energy(float(PLANE["correlated_gaussian"]["rho"]))
    came = ebm.boltzmann_distribution(energy, square(9 * math.sqrt(heat)), heat)
    exact = float(PLANE["correlated_gaussian"]["Z"][temperature])
    assert came.Z.item() == pytest.approx(exact, rel=1e-10)
    covariance = came.expectation(lambda x: x[..., :, None] * x[..., None, :])
    expected = heat * torch.tensor([[1.0, 0.8], [0.8, 1.0]], dtype=torch.float64)
    torch.testing.assert_close(covariance, expected, rtol=1e-10, atol=1e-12)


def test_a_negative_correlation_leans_the_other_way() -> None:
    energy = ebm.correlated_gaussian_energy(-0.5)
    along, across = torch.tensor([[1.0, -1.0], [1.0, 1.0]])
    assert energy(along) < energy(across)
    assert energy(torch.tensor([2.0, 1.0])).item() == pytest.approx(7 / 1.5)


@pytest.mark.parametrize("rho", [1.0, -1.0, 1.5, math.nan])
def test_a_correlation_without_a_density_is_refused(rho: float) -> None:
    with pytest.raises(ValueError, match="rho must be between -1 and 1"):
        ebm.correlated_gaussian_energy(rho)


@pytest.mark.parametrize("rho", ["0.8", None, torch.zeros(5, 2), True])
def test_a_correlation_is_a_number(rho) -> None:
    with pytest.raises(TypeError, match=r"^rho must be one real number, got "):
        ebm.correlated_gaussian_energy(rho)


@pytest.mark.parametrize("name", ["bowl", "ring", "four_wells", "correlated_gaussian"])
def test_states_have_two_coordinates(name: str) -> None:
    energy = getattr(ebm, f"{name}_energy")
    if name == "correlated_gaussian":
        energy = energy(0.3)
    assert energy(torch.zeros(5, 3, 2)).shape == (5, 3)
    for wrong in (torch.zeros(3), torch.zeros(2, 3), torch.tensor(1.0)):
        with pytest.raises(ValueError, match=r"^x must have shape \(\.\.\., 2\)"):
            energy(wrong)
    with pytest.raises(TypeError, match=r"^x must hold floats"):
        energy(torch.zeros(3, 2, dtype=torch.int64))


def test_energies_at_points_worked_by_hand() -> None:
    x = torch.tensor([[0.5, -2.0]], dtype=torch.float64)
    assert ebm.bowl_energy(x).item() == 4.25
    assert ebm.ring_energy(x).item() == 3.25**2
    assert ebm.four_wells_energy(x).item() == 0.75**2 + 9


class TestMarginal:
    def test_it_is_the_sum_over_the_other_axis(self) -> None:
        first, second = ebm.linear_grid(-3, 3, 201), ebm.linear_grid(-3.5, 3, 301)
        whole = ebm.boltzmann_distribution(tilted, ebm.product_grid(first, second), 0.7)
        for axis, line in enumerate((first, second)):
            part = whole.marginal(axis)
            assert part.grid is line
            expected = whole.probabilities.sum(dim=1 - axis)
            torch.testing.assert_close(part.probabilities, expected, rtol=1e-11, atol=1e-15)
            torch.testing.assert_close(part.log_Z, whole.log_Z)
            assert part.temperature == whole.temperature
            mean = whole.expectation(lambda x, axis=axis: x[..., axis])
            torch.testing.assert_close(part.expectation(lambda x: x), mean)

    def test_of_a_gaussian_it_forgets_the_correlation(self) -> None:
        line = ebm.linear_grid(-9, 9, 601)
        grid = ebm.product_grid(line, line)
        came = ebm.boltzmann_distribution(ebm.correlated_gaussian_energy(0.8), grid).marginal(1)
        normal = torch.exp(-(line.points**2) / 2) / math.sqrt(2 * math.pi)
        torch.testing.assert_close(came.density, normal, rtol=1e-10, atol=1e-14)
        assert came.entropy.item() == pytest.approx(math.log(2 * math.pi * math.e) / 2)

    def test_three_axes_and_states_that_cannot_occur(self) -> None:
        line = ebm.linear_grid(-1, 1, 5, bounded=True)
        grid = ebm.product_grid(line, line, line)

        def energy(x: torch.Tensor) -> torch.Tensor:
            wall = torch.where(x[..., 0] > 0.7, torch.inf, 0.0)
            return wall + 0.01 * x[..., 1] + 0.02 * x[..., 2] * x[..., 0]

        with pytest.warns(ebm.CoarseGridWarning):
            whole = ebm.boltzmann_distribution(energy, grid)
        part = whole.marginal(0)
        assert part.density[-1] == 0
        expected = whole.probabilities.sum(dim=(1, 2))
        torch.testing.assert_close(part.probabilities, expected)

    def test_gradients_flow(self) -> None:
        heat = torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
        part = ebm.boltzmann_distribution(tilted, square(3.2, 201), heat).marginal(0)
        (slope,) = torch.autograd.grad(part.log_Z, heat)
        whole = ebm.boltzmann_distribution(tilted, square(3.2, 201), 1.3)
        assert slope.item() == pytest.approx(whole.mean_energy.item() / 1.3**2)

    def test_of_one_line_it_is_the_distribution(self) -> None:
        line = ebm.product_grid(ebm.linear_grid(-3, 4, 801))
        whole = ebm.boltzmann_distribution(lambda x: ebm.asymmetric_energy(x[..., 0]), line)
        torch.testing.assert_close(whole.marginal(0).density, whole.density)

    def test_what_is_refused(self) -> None:
        came = ebm.boltzmann_distribution(ebm.quadratic_energy, ebm.linear_grid(-7, 7, 401))
        with pytest.raises(ValueError, match="no product of lines"):
            came.marginal(0)
        plane = ebm.boltzmann_distribution(ebm.bowl_energy, square(7.0))
        with pytest.raises(ValueError, match="axis must be less than 2"):
            plane.marginal(2)
        with pytest.raises(ValueError, match="axis must be at least 0"):
            plane.marginal(-1)
        line = ebm.linear_grid(0, 1, 3)
        with pytest.raises(ValueError, match="factors must be one grid"):
            ebm.Grid(line.points, line.log_weights, line.kinds, (line, line))


class TestRadii:
    @pytest.mark.parametrize("temperature", ["0.1", "0.5", "1", "2", "5"])
    def test_ring(self, temperature: str) -> None:
        grid = ebm.radial_grid(6.0, 3001)
        came = ebm.boltzmann_distribution(lambda r: (r**2 - 1) ** 2, grid, float(temperature))
        assert came.Z.item() == pytest.approx(float(PLANE["ring"][temperature]), rel=1e-10)

    @pytest.mark.parametrize("dim", [1, 2, 3, 4, 5, 10, 256])
    def test_gaussians_of_every_dimension(self, dim: int) -> None:
        grid = ebm.radial_grid(7.0 + math.sqrt(dim / 2), 4001, dim=dim)
        came = ebm.boltzmann_distribution(lambda r: r**2, grid)
        assert came.log_Z.item() == pytest.approx(dim / 2 * math.log(math.pi), rel=1e-11)
        assert came.mean_energy.item() == pytest.approx(dim / 2, rel=1e-10)
        assert came.heat_capacity.item() == pytest.approx(dim / 2, rel=1e-9)

    @pytest.mark.parametrize("dim", [1, 2, 3, 6])
    def test_shells_fill_a_ball(self, dim: int) -> None:
        grid = ebm.radial_grid(0.5, 2001, dim=dim)
        ball = math.pi ** (dim / 2) / math.gamma(dim / 2 + 1) * 0.5**dim
        assert grid.log_weights.exp().sum().item() == pytest.approx(ball, rel=1e-5)
        assert grid.points[[0, -1]].tolist() == [0, 0.5]
        assert grid.kinds == ("ray",)

    def test_dtype(self) -> None:
        grid = ebm.radial_grid(1.0, 5, dtype=torch.float32)
        assert grid.points.dtype == grid.log_weights.dtype == torch.float32

    def test_mass_and_density_disagree(self) -> None:
        came = ebm.boltzmann_distribution(ebm.quadratic_energy, ebm.radial_grid(7.0, 7001))
        assert came.density.argmax() == 0
        likeliest = came.grid.points[came.probabilities.argmax()].item()
        assert likeliest == pytest.approx(math.sqrt(0.5), abs=1e-3)  # r exp(-r^2) is largest

    def test_mass_beyond_is_reported(self) -> None:
        with pytest.warns(ebm.TruncationWarning) as caught:
            ebm.boltzmann_distribution(lambda r: r**2, ebm.radial_grid(2.0, 2001))
        share = float(str(caught[0].message).split()[1])
        assert share == pytest.approx(math.exp(-4), rel=0.01)  # exactly exp(-r^2)

    @pytest.mark.parametrize("axis", [0, 1])
    def test_the_height_of_a_cylinder_knows_nothing_of_its_radii(self, axis: int) -> None:
        grids = [ebm.radial_grid(6.0, 201), ebm.radial_grid(6.0, 201)]
        grids[axis] = ebm.linear_grid(-1, 1, 4001)
        with pytest.warns(ebm.TruncationWarning, match=f"axis {axis}") as caught:
            ebm.boltzmann_distribution(lambda x: (x**2).sum(-1), ebm.product_grid(*grids))
        assert f"({math.erfc(1):.2%})" in str(caught[0].message)
        assert len(caught) == 1

    @pytest.mark.parametrize("axis", [0, 1])
    def test_the_radii_of_a_cylinder_know_nothing_of_its_height(self, axis: int) -> None:
        grids = [ebm.radial_grid(2.0, 2001), ebm.radial_grid(2.0, 2001)]
        grids[1 - axis] = ebm.linear_grid(-6, 6, 81)
        with pytest.warns(ebm.TruncationWarning, match=f"axis {axis}") as caught:
            ebm.boltzmann_distribution(lambda x: (x**2).sum(-1), ebm.product_grid(*grids))
        with pytest.warns(ebm.TruncationWarning) as alone:
            ebm.boltzmann_distribution(lambda r: r**2, ebm.radial_grid(2.0, 2001))
        share = str(alone[0].message).split("%")[0]
        assert str(caught[0].message).startswith(share)
        assert len(caught) == 1

    def test_a_coarse_grid_is_reported(self) -> None:
        with pytest.warns(ebm.CoarseGridWarning):
            ebm.boltzmann_distribution(lambda r: 400 * (r - 1) ** 2, ebm.radial_grid(3.0, 31))

    def test_a_centre_without_volume_is_no_wall(self) -> None:
        """In space the centre's weight is zero. The sum is exact there, so nothing is said."""
        came = ebm.boltzmann_distribution(lambda r: r**2, ebm.radial_grid(8.0, 201, dim=3))
        assert came.Z.item() == pytest.approx(math.pi**1.5, rel=1e-14)

    @pytest.mark.parametrize("dim", [1, 2, 3, 4, 5, 6])
    @pytest.mark.parametrize("kinked", [False, True])
    @pytest.mark.parametrize("num", [31, 41, 81, 161])
    def test_the_error_at_the_centre(self, dim: int, kinked: bool, num: int) -> None:
        """Its estimate is within a tenth of the error, for r^2 and for r, which has a kink."""
        grid = ebm.radial_grid(60.0 if kinked else 8.0, 5 * num if kinked else num, dim=dim)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            came = ebm.boltzmann_distribution((lambda r: r) if kinked else (lambda r: r**2), grid)
        volume = 2 * math.pi ** (dim / 2) / math.gamma(dim / 2)
        exact = volume * (math.gamma(dim) if kinked else math.gamma(dim / 2) / 2)
        error = abs(came.Z.item() / exact - 1)
        estimate = error_at_centre(came.energies, came.probabilities, grid.log_weights, 0).item()
        # In one dimension it takes r^2, known at three points, for a slope of rounding's size.
        assert estimate == pytest.approx(error, rel=0.1, abs=1e-6 if dim == 1 else 1e-13)
        if error > 1.1e-6:
            assert [warning.category for warning in caught] == [ebm.CoarseGridWarning]
        if error < 0.9e-6:
            assert not caught

    def test_the_error_at_the_centre_of_other_rays(self) -> None:
        """Weights r^s of any power s, here 1/2 and 7/2, with the last one halved or not there."""
        for power in (0.5, 3.5):
            radii = torch.linspace(0, 8, 81, dtype=torch.float64)
            log_weights = power * torch.log(radii) + math.log(0.1)
            log_weights[-1] -= math.log(2)
            energies = radii**2
            probabilities = torch.softmax(log_weights - energies, 0)
            came = error_at_centre(energies, probabilities, log_weights, 0).item()
            exact = math.gamma((power + 1) / 2) / 2
            z = (log_weights - energies).exp().sum().item()
            assert came == pytest.approx(abs(z / exact - 1), rel=0.05)
        two = torch.zeros(2, dtype=torch.float64)
        assert error_at_centre(two, two.exp() / 2, two, 0).item() == 0

    def test_nothing_is_known_at_a_centre_that_cannot_be(self) -> None:
        energies = torch.tensor([math.inf, 1.0, 2.0], dtype=torch.float64)
        p = torch.tensor([0.0, 0.7, 0.3], dtype=torch.float64)
        weights = torch.tensor([0.0, 0.1, 0.0], dtype=torch.float64)
        assert error_at_centre(energies, p, weights, 0).item() == 0
        shell = torch.tensor([0.0, math.inf, 2.0], dtype=torch.float64)
        assert error_at_centre(shell, p, weights, 0).item() == 0

    def test_a_wall_between_shells_is_still_a_wall(self) -> None:
        def hollow(r: torch.Tensor) -> torch.Tensor:
            return torch.where(r < 1, torch.inf, r**2)

        with pytest.warns(ebm.CoarseGridWarning, match="walls of infinite energy"):
            ebm.boltzmann_distribution(hollow, ebm.radial_grid(8.0, 2001, dim=3))

    def test_what_is_refused(self) -> None:
        for high in (0.0, -1.0, math.inf):
            with pytest.raises(ValueError, match="high must be a positive"):
                ebm.radial_grid(high, 10)
        with pytest.raises(ValueError, match="num must be at least 3"):
            ebm.radial_grid(1.0, 2)
        with pytest.raises(ValueError, match="dim must be at least 1"):
            ebm.radial_grid(1.0, 10, dim=0)
        with pytest.raises(TypeError, match="dim must be an integer"):
            ebm.radial_grid(1.0, 10, dim=2.5)


class TestDivergence:
    line = ebm.linear_grid(-12, 12, 1201)

    def gaussian(self, variance: float, mean: float = 0.0) -> ebm.BoltzmannDistribution:
        return ebm.boltzmann_distribution(lambda x: (x - mean) ** 2 / (2 * variance), self.line)

    def test_gaussians(self) -> None:
        came = ebm.kl_divergence(self.gaussian(1.0, 0.5), self.gaussian(2.0, -0.2)).item()
        assert came == pytest.approx((math.log(2) + 0.5 + 0.7**2 / 2 - 1) / 2, rel=1e-10)

    def test_it_is_not_symmetric_and_zero_only_for_equals(self) -> None:
        narrow, wide = self.gaussian(1.0), self.gaussian(2.0)
        assert ebm.kl_divergence(narrow, narrow) == 0
        assert ebm.kl_divergence(narrow, wide) < ebm.kl_divergence(wide, narrow)

    def test_it_is_infinite_where_the_other_excludes_a_state(self) -> None:
        states = ebm.discrete_states(torch.arange(3))

        def three(values: list[float]) -> ebm.BoltzmannDistribution:
            return ebm.boltzmann_distribution(lambda i: torch.tensor(values)[i].double(), states)

        some, all_ = three([0.0, 1.0, math.inf]), three([0.0, 1.0, 2.0])
        assert ebm.kl_divergence(all_, some).item() == math.inf
        excess = ebm.kl_divergence(some, all_).item()
        expected = all_.log_Z - some.log_Z
        assert excess == pytest.approx(expected.item())

    def test_other_weights_are_refused(self) -> None:
        """The densities would be of different measures."""
        states = ebm.discrete_states(self.line.points)
        other = ebm.boltzmann_distribution(ebm.quadratic_energy, states)
        with pytest.raises(ValueError, match="must give the same weight to each point"):
            ebm.kl_divergence(self.gaussian(1.0), other)
        flat, pairs = (ebm.Grid(torch.zeros(2, 3), torch.zeros(shape)) for shape in ((2,), (2, 3)))
        with pytest.raises(ValueError, match="must give the same weight to each point"):
            ebm.kl_divergence(
                ebm.boltzmann_distribution(lambda x: x.sum(-1), flat),
                ebm.boltzmann_distribution(lambda x: x, pairs),
            )

    def test_other_points_are_refused(self) -> None:
        other = ebm.boltzmann_distribution(ebm.quadratic_energy, ebm.linear_grid(-11, 11, 1201))
        with pytest.raises(ValueError, match="must be on the same points"):
            ebm.kl_divergence(self.gaussian(1.0), other)
