"""The estimates behind the warnings, against cases that are known exactly."""

from __future__ import annotations

import math
import warnings

import pytest
import torch

import ebm_snippets as ebm
from ebm_snippets._diagnostics import MARGIN, coarseness, mass_beyond


def on(energy, grid: ebm.Grid) -> tuple[torch.Tensor, torch.Tensor]:
    """E / T at T = 1, and each point's share of the mass."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        distribution = ebm.boltzmann_distribution(energy, grid)
    return distribution.energies, distribution.probabilities


@pytest.mark.parametrize("num", [81, 161, 641])
def test_roughness_of_a_gaussian_is_spacing_over_deviation_squared(num) -> None:
    grid = ebm.linear_grid(-8, 8, num)
    roughness, inside, ends = coarseness(*on(ebm.quadratic_energy, grid), 0)
    exact = (16 / (num - 1)) ** 2 / 0.5
    # The mean over the intervals between points, of which h^2 / 4 is left over.
    assert roughness.item() == pytest.approx(exact, rel=exact / 2)
    smooth = 2 * math.exp(-2 * math.pi**2 / (MARGIN * roughness.item()))
    assert (inside + ends).item() == pytest.approx(smooth, rel=1e-12)


def test_roughness_by_hand() -> None:
    scaled = torch.tensor([0.0, 1.0, 3.0, 3.5], dtype=torch.float64)
    p = torch.tensor([0.4, 0.3, 0.2, 0.1], dtype=torch.float64)
    roughness, inside, ends = coarseness(scaled, p, 0)
    by_hand = 0.35 * 1 + 0.25 * 4 + 0.15 * 0.25
    assert roughness.item() == pytest.approx(by_hand, rel=1e-14)
    smooth = 2 * math.exp(-2 * math.pi**2 / (MARGIN * by_hand))
    assert inside.item() == pytest.approx(smooth, rel=1e-14)
    assert ends.item() == pytest.approx(abs(0.1 * 0.5 - 0.4 * 1.0) / 6, rel=1e-14)


def test_walls_by_hand() -> None:
    scaled = torch.tensor([math.inf, 0.0, 1.0, 1.5, math.inf, math.inf], dtype=torch.float64)
    p = torch.tensor([0.0, 0.5, 0.3, 0.2, 0.0, 0.0], dtype=torch.float64)
    roughness, inside, ends = coarseness(scaled, p, 0)
    by_hand = 0.4 * 1 + 0.25 * 0.25
    assert roughness.item() == pytest.approx(by_hand, rel=1e-14)
    smooth = 2 * math.exp(-2 * math.pi**2 / (MARGIN * by_hand))
    assert inside.item() == pytest.approx(smooth + 0.25 + 0.1, rel=1e-14)
    assert ends.item() == 0


def test_a_slope_is_not_measured_across_a_wall() -> None:
    scaled = torch.tensor([0.0, 1.0, math.inf, 2.0], dtype=torch.float64)
    p = torch.tensor([0.5, 0.4, 0.0, 0.1], dtype=torch.float64)
    assert coarseness(scaled, p, 0)[2].item() == pytest.approx(0.5 * 1 / 6, rel=1e-14)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_axes(axis) -> None:
    scaled = torch.tensor([[0.0, 1.0, 3.0], [0.5, 2.0, 7.0]], dtype=torch.float64)
    p = torch.tensor([[0.3, 0.2, 0.1], [0.2, 0.15, 0.05]], dtype=torch.float64)
    roughness, _, _ = coarseness(scaled, p, axis)
    if axis == 0:
        by_hand = 0.25 * 0.25 + 0.175 * 1 + 0.075 * 16
    else:
        by_hand = 0.25 * 1 + 0.15 * 4 + 0.175 * 2.25 + 0.1 * 25
    assert roughness.item() == pytest.approx(by_hand, rel=1e-14)


def test_a_ray_has_one_end() -> None:
    """Nothing is cut off at the centre of shells."""
    scaled = torch.tensor([0.0, 1.0, 3.0, 3.5], dtype=torch.float64)
    p = torch.tensor([0.4, 0.3, 0.2, 0.1], dtype=torch.float64)
    line, shells = coarseness(scaled, p, 0), coarseness(scaled, p, 0, ray=True)
    assert shells[:2] == line[:2]
    assert shells[2].item() == pytest.approx(0.1 * 0.5 / 6, rel=1e-14)
    scaled = torch.tensor([5.0, 1.0, 1.5, 2.0], dtype=torch.float64)
    tail = 2 * 0.1 / 0.5
    assert mass_beyond(scaled, p, 0, ray=True).item() == pytest.approx(tail / (1 + tail), rel=1e-12)
    assert mass_beyond(scaled, p, 0).item() > tail / (1 + tail)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_an_axis_is_the_sum_of_its_lines(axis: int) -> None:
    generator = torch.Generator().manual_seed(axis)
    scaled = 4 * torch.rand(3, 4, 5, generator=generator, dtype=torch.float64)
    p = torch.softmax(-scaled.flatten(), 0).reshape(3, 4, 5)
    scaled = scaled + torch.linspace(-3, 3, 5, dtype=torch.float64) ** 2
    lines, shares = (x.movedim(axis, -1).flatten(end_dim=1) for x in (scaled, p))
    each = [coarseness(*line, 0)[0] for line in zip(lines, shares, strict=True)]
    torch.testing.assert_close(coarseness(scaled, p, axis)[0], torch.stack(each).sum())
    beyond = [mass_beyond(*line, 0) for line in zip(lines, shares, strict=True)]
    if all(share < 1 for share in beyond):
        tails = sum(share / (1 - share) for share in beyond)
        torch.testing.assert_close(mass_beyond(scaled, p, axis), tails / (1 + tails))
    else:
        assert mass_beyond(scaled, p, axis) == 1


@pytest.mark.parametrize("slope", [0.5, 2.0])
def test_the_error_at_the_ends_is_the_trapezoid_rules_own(slope) -> None:
    grid = ebm.linear_grid(0, 1, 101, bounded=True)
    scaled, p = on(lambda x: slope * x, grid)
    _, inside, ends = coarseness(scaled, p, 0)
    z = (grid.log_weights - scaled).exp().sum().item()
    exact = (1 - math.exp(-slope)) / slope
    assert (inside + ends).item() == pytest.approx(z / exact - 1, rel=2e-2)


@pytest.mark.parametrize("low", [-1.0, 0.5, 1.5])
@pytest.mark.parametrize("mirrored", [False, True])
def test_mass_beyond_a_gaussian_is_exact(low, mirrored) -> None:
    grid = ebm.linear_grid(-9, -low, 40_001) if mirrored else ebm.linear_grid(low, 9, 40_001)
    beyond = mass_beyond(*on(ebm.quadratic_energy, grid), 0)
    exact = 0.5 * math.erfc(-low)
    assert beyond.item() == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("slope", [0.01, 0.3, 3.0])
def test_mass_beyond_a_straight_wall_is_exact(slope) -> None:
    scaled = torch.tensor([1.0, 1 + slope, 1 + 2 * slope], dtype=torch.float64).flip(0)
    p = torch.tensor([0.0, 0.5, 0.01], dtype=torch.float64)
    # Downhill towards the last point: nothing bounds what lies beyond.
    assert mass_beyond(scaled, p, 0).item() == 1
    p = torch.tensor([0.01, 0.5, 0.0], dtype=torch.float64)
    tail = 2 * 0.01 / slope
    assert mass_beyond(scaled, p, 0).item() == pytest.approx(tail / (1 + tail), rel=1e-12)


def test_mass_beyond_two_points() -> None:
    scaled = torch.tensor([5.0, 2.0], dtype=torch.float64)
    p = torch.tensor([0.25, 0.0], dtype=torch.float64)
    tail = 2 * 0.25 / 3.0
    assert mass_beyond(scaled, p, 0).item() == pytest.approx(tail / (1 + tail), rel=1e-12)


def test_mass_beyond_three_points_is_that_of_a_parabola() -> None:
    # E = s^2 + 4 s + 4 at s = 0, -1 and -2: the integral of exp(4 - E) from 0 on is known.
    scaled = torch.tensor([4.0, 1.0, 0.0], dtype=torch.float64)
    p = torch.tensor([0.01, 0.2, 0.0], dtype=torch.float64)
    tail = 2 * 0.01 * math.sqrt(math.pi) / 2 * math.exp(4) * math.erfc(2)
    assert mass_beyond(scaled, p, 0).item() == pytest.approx(tail / (1 + tail), rel=1e-12)


def test_nothing_is_known_beyond_a_wall() -> None:
    for wall in ([0.0, math.inf, 1.0, 2.0], [math.inf, 0.0, 1.0, 2.0], [0.0, 1.0, math.inf, 2.0]):
        scaled = torch.tensor(wall, dtype=torch.float64)
        p = torch.tensor([0.5, 0.5, 0.0, 0.0], dtype=torch.float64)
        assert mass_beyond(scaled, p, 0).item() == 0


def test_the_advice_is_good() -> None:
    """As many more points as the warning asks for silence it."""
    for num in (12, 20, 31):
        grid = ebm.linear_grid(-6, 6, num)
        with pytest.warns(ebm.CoarseGridWarning) as caught:
            ebm.boltzmann_distribution(ebm.asymmetric_energy, grid, 0.7)
        words = str(caught[0].message).split("at least ")[1]
        factor = int(words.split()[0])
        finer = ebm.linear_grid(-6, 6, factor * num)
        ebm.boltzmann_distribution(ebm.asymmetric_energy, finer, 0.7)
        assert "Z may be off by" in str(caught[0].message)
        assert "walls" not in str(caught[0].message)


def test_a_window_cut_short_is_named_first_and_once() -> None:
    """More points cannot cure what is beyond the ends."""
    short = ebm.linear_grid(-3, 1, 400)
    with pytest.warns(ebm.TruncationWarning, match="the energy does not rise; widen") as caught:
        ebm.boltzmann_distribution(ebm.asymmetric_energy, short)
    assert len(caught) == 1
    line = ebm.linear_grid(-4, 4, 200)
    with pytest.warns(ebm.TruncationWarning, match="widen") as caught:
        ebm.boltzmann_distribution(ebm.bowl_energy, ebm.product_grid(line, line), 5.0)
    assert [warning.category for warning in caught] == [ebm.TruncationWarning] * 2


def test_a_window_both_short_and_coarse_is_told_twice() -> None:
    with pytest.warns((ebm.TruncationWarning, ebm.CoarseGridWarning)) as caught:
        ebm.boltzmann_distribution(lambda x: 4 * x**2, ebm.linear_grid(-1, 8, 20))
    assert [warning.category for warning in caught] == [
        ebm.TruncationWarning,
        ebm.CoarseGridWarning,
    ]


@pytest.mark.parametrize(("num", "factor"), [(51, 2), (26, 4), (7, 70)])
def test_the_advice_in_numbers(num: int, factor: int) -> None:
    with pytest.warns(ebm.CoarseGridWarning) as caught:
        ebm.boltzmann_distribution(ebm.asymmetric_energy, ebm.linear_grid(-6, 6, num), 0.7)
    message = str(caught[0].message)
    assert message.endswith(f"use at least {factor} times as many points")
    rise = float(message.split("the energy changes by ")[1].split()[0])
    assert factor == max(2, math.ceil(1.4 * rise))
    off = float(message.split("Z may be off by ")[1].split()[0])
    assert off == 1 if num == 7 else 0 < off < 1


def test_later_axes_are_looked_at_too() -> None:
    states = ebm.discrete_states(torch.tensor([0.0, 1.0], dtype=torch.float64))
    bounded = ebm.linear_grid(-7, 7, 101, bounded=True)
    short = ebm.linear_grid(-1, 1, 4001)
    grid = ebm.product_grid(states, bounded, short)
    with pytest.warns(ebm.TruncationWarning, match="axis 2") as caught:
        ebm.boltzmann_distribution(lambda x: (x**2).sum(-1), grid)
    assert len(caught) == 1
