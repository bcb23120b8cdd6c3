"""The energies of one variable, their stationary points, and the device they run on."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import ebm_snippets as ebm

ENERGIES = (ebm.quadratic_energy, ebm.double_well_energy, ebm.asymmetric_energy)
reals = st.floats(-50, 50)


@given(reals)
def test_values(x) -> None:
    state = torch.tensor(x, dtype=torch.float64)
    close = {"rel": 1e-12, "abs": 1e-9}
    assert ebm.quadratic_energy(state).item() == pytest.approx(x * x, **close)
    assert ebm.double_well_energy(state).item() == pytest.approx(
        (x - 1) ** 2 * (x + 1) ** 2, **close
    )
    expanded = 0.5 * (x**4 - 2 * x**3 - 3 * x**2 + 4 * x + 4) - 0.3 * x
    assert ebm.asymmetric_energy(state).item() == pytest.approx(expanded, rel=1e-9, abs=1e-7)


@given(reals)
def test_symmetries(x) -> None:
    state = torch.tensor(x, dtype=torch.float64)
    for energy in (ebm.quadratic_energy, ebm.double_well_energy):
        assert torch.equal(energy(state), energy(-state))
    # Without its tilt the asymmetric energy is symmetric about 1/2.
    tilted = ebm.asymmetric_energy(0.5 + state) - ebm.asymmetric_energy(0.5 - state)
    assert tilted.item() == pytest.approx(-0.6 * x, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("energy", ENERGIES)
def test_contract(energy) -> None:
    for shape in ((), (3,), (2, 3, 4)):
        for dtype in (torch.float32, torch.float64):
            states = torch.randn(shape, dtype=dtype, generator=torch.Generator().manual_seed(0))
            before = states.clone()
            assert energy(states).shape == shape
            assert energy(states).dtype == dtype
            assert torch.equal(states, before)
    with pytest.raises(TypeError, match=r"^x must hold floats, got torch\.int64; convert"):
        energy(torch.tensor([1, 2]))
    with pytest.raises(TypeError, match=r"^x must be a torch\.Tensor of floats, got float"):
        energy(1.0)
    states = torch.linspace(-2, 2, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(energy, states)


def row(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


class TestInterpolated:
    """Against values by hand and a slow twin, and by what a curve without overshoot must do."""

    PLACES = row(-2.0, -1.5, 0.0, 0.25, 2.0, 3.0)
    HEIGHTS = row(5.0, 1.0, 0.5, 2.0, 2.0, -1.0)

    def test_slopes_by_hand(self) -> None:
        # At 1 the secants are 1 and 1/2 over widths 1 and 2: 9 / (5 / 1 + 4 / (1/2)) = 9/13.
        places = row(0, 1, 3, 4)
        energy = ebm.interpolated_energy(places, row(0, 1, 2, 0))
        at = row(0, 1, 3, 4).requires_grad_()
        (slopes,) = torch.autograd.grad(energy(at).sum(), at)
        assert slopes.tolist() == pytest.approx([0, 9 / 13, 0, 0], rel=1e-12, abs=1e-12)
        # Halfway the cubic is the mean of its ends, plus an eighth of the width times the
        # difference of the slopes.
        middles = energy(row(0.5, 2.0, 3.5)).tolist()
        assert middles == pytest.approx([1 / 2 - 9 / 104, 3 / 2 + 9 / 52, 1.0], rel=1e-14)

    def test_is_the_cubic_that_four_conditions_fix(self) -> None:
        places, heights = self.PLACES.tolist(), self.HEIGHTS.tolist()
        energy = ebm.interpolated_energy(self.PLACES, self.HEIGHTS)
        secants = [
            (heights[k + 1] - heights[k]) / (places[k + 1] - places[k])
            for k in range(len(places) - 1)
        ]
        slopes = [0.0]
        for k in range(1, len(places) - 1):
            before, after = secants[k - 1], secants[k]
            if before * after <= 0:
                slopes.append(0.0)
                continue
            left, right = places[k] - places[k - 1], places[k + 1] - places[k]
            weights = (left + 2 * right, 2 * left + right)
            slopes.append(sum(weights) / (weights[0] / before + weights[1] / after))
        slopes.append(0.0)
        for k, (a, b) in enumerate(pairwise(places)):
            conditions = row(
                *(1, a, a**2, a**3),
                *(1, b, b**2, b**3),
                *(0, 1, 2 * a, 3 * a**2),
                *(0, 1, 2 * b, 3 * b**2),
            ).reshape(4, 4)
            cubic = torch.linalg.solve(conditions, row(*heights[k : k + 2], *slopes[k : k + 2]))
            x = torch.linspace(a, b, 7, dtype=torch.float64)
            expected = torch.stack([x**power for power in range(4)], dim=-1) @ cubic
            torch.testing.assert_close(energy(x), expected, rtol=1e-10, atol=1e-10)

    @given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=9), st.randoms())
    def test_runs_through_all_and_beyond_none(self, heights, random) -> None:
        widths = [random.uniform(0.01, 10) for _ in heights[1:]]
        places = row(-3.0, *widths).cumsum(0)
        energy = ebm.interpolated_energy(places, row(*heights))
        size = max(map(abs, heights)) + 1
        assert energy(places).tolist() == pytest.approx(heights, abs=1e-14 * size)
        for k, (a, b) in enumerate(pairwise(places.tolist())):
            between = energy(torch.linspace(a, b, 50, dtype=torch.float64))
            steps = between.diff() * (1 if heights[k + 1] >= heights[k] else -1)
            assert (steps >= -1e-13 * size).all()

    def test_has_no_jump_in_its_slope(self) -> None:
        energy = ebm.interpolated_energy(self.PLACES, self.HEIGHTS)
        beside = torch.stack([self.PLACES[1:-1] - 1e-9, self.PLACES[1:-1] + 1e-9])
        beside.requires_grad_()
        (slopes,) = torch.autograd.grad(energy(beside).sum(), beside)
        torch.testing.assert_close(slopes[0], slopes[1], rtol=1e-6, atol=1e-6)

    @given(reals, st.floats(0.1, 10), st.floats(-3, 3))
    def test_moves_with_its_heights_and_places(self, up, scale, x) -> None:
        at = row(x)
        value = ebm.interpolated_energy(self.PLACES, self.HEIGHTS)(at)
        raised = ebm.interpolated_energy(self.PLACES, scale * self.HEIGHTS + up)(at)
        torch.testing.assert_close(raised, scale * value + up, rtol=1e-12, atol=1e-11)
        wider = ebm.interpolated_energy(scale * self.PLACES, self.HEIGHTS)(scale * at)
        if self.PLACES[0] + 1e-9 < x < self.PLACES[-1] - 1e-9:
            torch.testing.assert_close(wider, value, rtol=1e-9, atol=1e-9)
        mirrored = ebm.interpolated_energy(-self.PLACES.flip(0), self.HEIGHTS.flip(0))(-at)
        torch.testing.assert_close(mirrored, value, rtol=1e-12, atol=1e-12)

    def test_beyond_its_ends_nothing_occurs(self) -> None:
        energy = ebm.interpolated_energy(self.PLACES, self.HEIGHTS)
        states = row(-math.inf, -2.001, -2, 3, 3.001, math.inf, math.nan).requires_grad_()
        came = energy(states)
        assert came[:-1].tolist() == [math.inf, math.inf, 5, -1, math.inf, math.inf]
        assert came[-1].isnan()
        (slopes,) = torch.autograd.grad(came[:-1].sum(), states)
        assert slopes[:-1].tolist() == [0] * 6

    def test_wells_and_barriers_are_at_its_places(self) -> None:
        places = torch.linspace(-4, 4, 9, dtype=torch.float64)
        energy = ebm.interpolated_energy(places, row(9, 3, 0, 1, 4, 2, -1, 6, 7))
        found = ebm.stationary_points(energy, ebm.linear_grid(-3.9, 3.9, 800))
        assert found.minima.tolist() == pytest.approx([-2, 2], abs=1e-12)
        assert found.maxima.tolist() == pytest.approx([0], abs=1e-12)

    def test_contract(self) -> None:
        for dtype in (torch.float32, torch.float64):
            energy = ebm.interpolated_energy(self.PLACES.to(dtype), self.HEIGHTS.to(dtype))
            for shape in ((), (3,), (2, 3, 4), (0,)):
                states = torch.full(shape, 0.1, dtype=dtype)
                assert energy(states).shape == shape
                assert energy(states).dtype == dtype
            assert energy(torch.full((4, 2), 0.1, dtype=dtype).t()).shape == (2, 4)
        heights = row(
            5, 1, 0.5, 2, 2.5, -1
        ).requires_grad_()  # a level stretch has no slope in them
        inside = row(-1.9, -0.7, 0.1, 0.9, 2.5).requires_grad_()
        assert torch.autograd.gradcheck(
            lambda h, x: ebm.interpolated_energy(self.PLACES, h)(x), (heights, inside)
        )

    def test_refusals(self) -> None:
        two = row(0, 1)
        for places, heights, message in (
            (row(0), row(0), r"^places must have shape \(n,\) with n of at least 2, got \(1,\)"),
            (two, two[:, None], r"^heights must have shape \(n,\) .* got \(2, 1\)"),
            (two, row(1, 2, 3), r"^places and heights must have one length, got 2 and 3"),
            (two.flip(0), two, r"^places must increase, got \[1\.0, 0\.0\]; sort"),
            (row(0, 0), two, r"^places must increase"),
            (two, row(0, math.nan), r"^heights must be finite, got \[0\.0, nan\]"),
            (row(0, math.inf), two, r"^places must be finite, got \[0\.0, inf\]"),
            (two, two.float(), r"^heights holds torch\.float32 but places holds torch\.float64"),
        ):
            with pytest.raises(ValueError, match=message):
                ebm.interpolated_energy(places, heights)
        with pytest.raises(TypeError, match=r"^places must be a torch\.Tensor of floats"):
            ebm.interpolated_energy([0.0, 1.0], two)
        with pytest.raises(TypeError, match=r"^heights must hold floats, got torch\.int64"):
            ebm.interpolated_energy(two, torch.tensor([0, 1]))
        energy = ebm.interpolated_energy(two, two)
        with pytest.raises(TypeError, match=r"^x must be a torch\.Tensor of floats"):
            energy(0.5)
        with pytest.raises(ValueError, match=r"^x holds torch\.float32 but places holds"):
            energy(torch.tensor(0.5))


class TestStationaryPoints:
    def test_of_the_double_well(self) -> None:
        found = ebm.stationary_points(ebm.double_well_energy, ebm.linear_grid(-2.1, 2, 40))
        assert found.minima.tolist() == pytest.approx([-1, 1], rel=1e-14)
        assert found.maxima.tolist() == pytest.approx([0], abs=1e-14)

    def test_of_one_well(self) -> None:
        found = ebm.stationary_points(lambda x: (x - 0.3) ** 2, ebm.linear_grid(-2, 2, 7))
        assert found.minima.tolist() == pytest.approx([0.3], rel=1e-14)
        assert found.maxima.shape == (0,)

    def test_on_a_grid_point(self) -> None:
        found = ebm.stationary_points(ebm.quadratic_energy, ebm.linear_grid(-1, 1, 3))
        assert found.minima.tolist() == pytest.approx([0], abs=1e-14)

    @pytest.mark.parametrize("sign", [1, -1])
    def test_where_a_slope_only_rests_there_is_none(self, sign: int) -> None:
        line = ebm.linear_grid(-1, 1, 5)  # the slope of x^3 is 0 at the grid's own middle
        found = ebm.stationary_points(lambda x: sign * x**3, line)
        assert found.minima.numel() == found.maxima.numel() == 0
        level = ebm.stationary_points(lambda x: 0 * x, line)
        assert level.minima.numel() == level.maxima.numel() == 0

    def test_of_a_slope_there_are_none(self) -> None:
        found = ebm.stationary_points(lambda x: 2 * x, ebm.linear_grid(-1, 1, 9))
        assert found.minima.numel() == found.maxima.numel() == 0

    def test_keeps_the_dtype(self) -> None:
        grid = ebm.linear_grid(-2, 2, 40, dtype=torch.float32)
        assert ebm.stationary_points(ebm.double_well_energy, grid).minima.dtype == torch.float32

    def test_of_a_slope_that_is_no_number(self) -> None:
        # The logarithm is NaN left of 0, its slope 1 / x is not; of the root both are.
        for energy in (torch.log, torch.sqrt):
            with pytest.raises(ValueError, match=r"^energy is NaN at x = -1; narrow"):
                ebm.stationary_points(energy, ebm.linear_grid(-1, 1, 100))
        with pytest.raises(ValueError, match=r"^the slope of energy is NaN at x = -1; narrow"):
            ebm.stationary_points(
                lambda x: torch.where(x < 0, x**2, x.sqrt()), ebm.linear_grid(-1, 1, 100)
            )

    def test_refusals(self) -> None:
        with pytest.raises(
            ValueError, match=r"^energy must return one number for each of 3 states"
        ):
            ebm.stationary_points(lambda x: x[:, None] ** 2, ebm.linear_grid(-1, 1, 3))
        with pytest.raises(TypeError, match=r"^grid must be a Grid, got Tensor; see linear_grid$"):
            ebm.stationary_points(ebm.quadratic_energy, torch.linspace(-1, 1, 3))
        line = ebm.linear_grid(-1, 1, 5)
        again = torch.tensor([0.0, 0.5, 0.5, 1.0], dtype=torch.float64)
        for grid in (
            ebm.product_grid(line, line),
            ebm.discrete_states(line.points.flip(0)),
            ebm.discrete_states(again),
        ):
            with pytest.raises(ValueError, match=r"^grid must have one axis of increasing points"):
                ebm.stationary_points(ebm.quadratic_energy, grid)
        with pytest.raises(TypeError, match=r"^grid\.points must hold floats"):
            ebm.stationary_points(ebm.quadratic_energy, ebm.discrete_states(torch.arange(3)))


class TestSelectDevice:
    def test_the_default_is_whatever_there_is(self, monkeypatch) -> None:
        monkeypatch.delenv("EBM_DEVICE", raising=False)
        for available, expected in ((False, "cpu"), (True, "cuda")):
            monkeypatch.setattr(torch.cuda, "is_available", lambda answer=available: answer)
            assert ebm.select_device().type == expected

    def test_cpu_where_there_is_cuda(self, monkeypatch) -> None:
        monkeypatch.setenv("EBM_DEVICE", "cpu")
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        assert ebm.select_device().type == "cpu"

    def test_cuda_must_be_there(self, monkeypatch) -> None:
        monkeypatch.setenv("EBM_DEVICE", "cuda")
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        assert ebm.select_device().type == "cuda"
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        with pytest.raises(RuntimeError, match=r"^EBM_DEVICE is cuda, but torch finds no CUDA"):
            ebm.select_device()

    def test_other_words_are_refused(self, monkeypatch) -> None:
        monkeypatch.setenv("EBM_DEVICE", "gpu")
        with pytest.raises(ValueError, match=r"^EBM_DEVICE must be auto, cpu or cuda, got 'gpu'$"):
            ebm.select_device()
