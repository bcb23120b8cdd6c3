"""The energies of one variable, their stationary points, and the device they run on."""

from __future__ import annotations

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
