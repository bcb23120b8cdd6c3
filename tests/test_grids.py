"""Grids: weights are lengths, areas and counts, and bad ones are refused."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import ebm_snippets as ebm


@given(st.floats(-100, 100), st.floats(0.01, 100), st.integers(2, 400))
def test_a_line_integrates_straight_lines_exactly(low, length, num) -> None:
    grid = ebm.linear_grid(low, low + length, num)
    weights = grid.log_weights.exp()
    assert grid.points[0].item() == pytest.approx(low)
    assert grid.points[-1].item() == pytest.approx(low + length)
    assert weights.sum().item() == pytest.approx(length, rel=1e-12)
    exact = ((low + length) ** 2 - low**2) / 2
    assert (weights * grid.points).sum().item() == pytest.approx(exact, rel=1e-9, abs=1e-9)
    assert grid.kinds == ("line",)


def test_the_trapezoid_rule() -> None:
    grid = ebm.linear_grid(1, 2, 5)
    assert grid.log_weights.exp().tolist() == pytest.approx([0.125, 0.25, 0.25, 0.25, 0.125])
    assert grid.points.tolist() == [1.0, 1.25, 1.5, 1.75, 2.0]
    assert grid.points.dtype == torch.float64
    assert ebm.linear_grid(1, 2, 2).log_weights.exp().tolist() == pytest.approx([0.5, 0.5])
    assert ebm.linear_grid(0, 1, 3, bounded=True).kinds == ("interval",)
    assert ebm.linear_grid(0, 1, 3, dtype=torch.float32).log_weights.dtype == torch.float32


def test_a_product_has_the_cells_of_its_lines() -> None:
    first, second = ebm.linear_grid(0, 1, 3), ebm.linear_grid(10, 14, 5, bounded=True)
    grid = ebm.product_grid(first, second)
    assert grid.points.shape == (3, 5, 2)
    assert grid.log_weights.shape == (3, 5)
    assert grid.kinds == ("line", "interval")
    assert grid.points[2, 1].tolist() == [1.0, 11.0]
    weights = grid.log_weights.exp()
    torch.testing.assert_close(weights, first.log_weights.exp()[:, None] * second.log_weights.exp())
    assert weights.sum().item() == pytest.approx(4)
    three = ebm.product_grid(first, first, second)
    assert three.points.shape == (3, 3, 5, 3)
    assert three.log_weights.exp().sum().item() == pytest.approx(4)
    assert ebm.product_grid(first).points.shape == (3, 1)


def test_a_product_of_states_counts() -> None:
    spins = ebm.discrete_states(torch.tensor([-1.0, 1.0]))
    grid = ebm.product_grid(spins, spins, spins)
    assert grid.log_weights.shape == (2, 2, 2)
    assert grid.log_weights.eq(0).all()
    assert grid.kinds == ("states",) * 3
    assert sorted(map(tuple, grid.points.reshape(-1, 3).tolist()))[0] == (-1.0, -1.0, -1.0)


def test_states() -> None:
    labels = ebm.discrete_states(torch.arange(4))
    assert labels.points.dtype == torch.int64
    assert labels.log_weights.tolist() == [0.0] * 4
    vectors = ebm.discrete_states(torch.ones(6, 3, dtype=torch.float32))
    assert vectors.log_weights.shape == (6,)
    assert vectors.log_weights.dtype == torch.float32
    assert vectors.kinds == ("states",)
    single = ebm.discrete_states(torch.tensor([5]))  # one state is a row, too
    assert single.log_weights.tolist() == [0.0]


@pytest.mark.parametrize("num", [1, 0, -3])
def test_a_line_needs_two_points(num) -> None:
    with pytest.raises(ValueError, match=rf"^num must be at least 2, got {num}$"):
        ebm.linear_grid(0, 1, num)


@pytest.mark.parametrize("num", [2.5, "3", None, True])
def test_a_number_of_points_is_an_integer(num) -> None:
    with pytest.raises(TypeError, match=r"^num must be an integer of at least 2"):
        ebm.linear_grid(0, 1, num)


@pytest.mark.parametrize(
    "ends", [(1, 1), (2, 1), (0, math.inf), (-math.inf, 0), (math.nan, 1), (0, math.nan)]
)
def test_ends_must_increase(ends) -> None:
    with pytest.raises(ValueError, match=r"^low and high must be finite and increasing, got low="):
        ebm.linear_grid(*ends, 5)


def test_other_refusals_of_a_line() -> None:
    with pytest.raises(TypeError, match=r"^dtype must be a floating-point dtype, got torch\.int64"):
        ebm.linear_grid(0, 1, 5, dtype=torch.int64)
    for dtype in (None, "float32"):
        with pytest.raises(TypeError, match=r"^dtype must be a floating-point dtype, got "):
            ebm.linear_grid(0, 1, 5, dtype=dtype)
    with pytest.raises(TypeError, match=r"^low must be one real number, got 'a'$"):
        ebm.linear_grid("a", 1, 5)
    with pytest.raises(TypeError, match=r"^high must be one real number, got 1000"):
        ebm.linear_grid(0, 10**400, 5)
    with pytest.raises(TypeError, match=r"^high must be one real number, got None$"):
        ebm.linear_grid(0, None, 5)
    with pytest.raises(ValueError, match=r"coincide in torch\.float32"):
        ebm.linear_grid(1e6, 1e6 + 1, 1000, dtype=torch.float32)


def test_refusals_of_a_product() -> None:
    line = ebm.linear_grid(0, 1, 3)
    with pytest.raises(ValueError, match=r"^grids is empty; give product_grid at least one grid$"):
        ebm.product_grid()
    with pytest.raises(TypeError, match=r"^grids\[0\] must be a Grid, got list; see linear_grid$"):
        ebm.product_grid([line, line])
    with pytest.raises(TypeError, match=r"^grids\[1\] must be a Grid, got int"):
        ebm.product_grid(line, 3)
    with pytest.raises(ValueError, match=r"^grids\[1\] must have one axis and scalar states"):
        ebm.product_grid(line, ebm.product_grid(line, line))
    with pytest.raises(
        ValueError, match=r"^grids\[1\] holds torch\.float32 but grids\[0\] .*float64"
    ):
        ebm.product_grid(line, ebm.linear_grid(0, 1, 3, dtype=torch.float32))
    with pytest.raises(ValueError, match=r"^grids\[1\] is on meta but grids\[0\] is on cpu"):
        ebm.product_grid(line, _on_meta())


def _on_meta() -> ebm.Grid:
    grid = object.__new__(ebm.Grid)
    object.__setattr__(grid, "points", torch.ones(2, device="meta", dtype=torch.float64))
    object.__setattr__(grid, "log_weights", torch.ones(2, device="meta", dtype=torch.float64))
    object.__setattr__(grid, "kinds", ("states",))
    return grid


def test_refusals_of_a_grid() -> None:
    zeros = torch.zeros(3)
    with pytest.raises(TypeError, match=r"^points must be a torch\.Tensor, got list"):
        ebm.Grid([1, 2, 3], zeros)
    with pytest.raises(TypeError, match=r"^log_weights must hold floats, got torch\.int64"):
        ebm.Grid(zeros, torch.arange(3))
    with pytest.raises(ValueError, match=r"^points must have shape .*\(3,\).*got \(2,\)"):
        ebm.Grid(torch.zeros(2), zeros)
    with pytest.raises(ValueError, match="at least one point, got shape"):
        ebm.Grid(torch.tensor(1.0), torch.tensor(0.0))
    with pytest.raises(ValueError, match="at least one point, got shape"):
        ebm.Grid(torch.ones(0), torch.ones(0))
    for bad in (math.nan, math.inf):
        with pytest.raises(
            ValueError,
            match=r"^log_weights contains NaN or \+inf; .* \(-inf is a weight of zero\)$",
        ):
            ebm.Grid(zeros, torch.tensor([0.0, bad, 0.0]))
    for kinds in (("line", "line"), ("circle",)):
        with pytest.raises(
            ValueError,
            match=r"^kinds must name one of states, line, interval, ray for each of the 1 axes",
        ):
            ebm.Grid(zeros, zeros, kinds)
    with pytest.raises(ValueError, match=r"^log_weights is on meta but points is on cpu"):
        ebm.Grid(zeros, torch.zeros(3, device="meta"))
    with pytest.raises(
        ValueError, match=r"^axis 0 is a line, so it needs at least 2 points, got 1"
    ):
        ebm.Grid(torch.ones(1), torch.zeros(1), ("line",))


def test_refusals_of_states() -> None:
    with pytest.raises(TypeError, match=r"points must be a torch\.Tensor, got list"):
        ebm.discrete_states([1, 2])
    for shape in ((), (0,), (0, 3)):
        with pytest.raises(ValueError, match="points must have a row for each state"):
            ebm.discrete_states(torch.ones(shape))


def test_a_grid_is_frozen() -> None:
    grid = ebm.linear_grid(0, 1, 3)
    with pytest.raises(AttributeError):
        grid.points = torch.ones(3)
