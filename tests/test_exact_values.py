"""Every quantity against values computed elsewhere with 40 digits (mpmath).

The relative tolerance is 1e-10 throughout, on grids that are sensible for the energy.
"""

from __future__ import annotations

import math

import pytest
import torch
from conftest import EXACT, states_with_energies

import ebm_snippets as ebm

CLOSE = 1e-10
QUANTITIES = ("log_Z", "Z", "mean_energy", "entropy", "free_energy", "heat_capacity")


def names(case: dict) -> str:
    return f"{case.get('energy', case.get('energies'))}-T{case['temperature']}"


@pytest.mark.parametrize("case", EXACT["discrete"], ids=names)
def test_discrete_states(case: dict) -> None:
    energies = [float(energy) for energy in case["energies"]]
    temperature = float(case["temperature"])
    energy, states = states_with_energies(energies)
    distribution = ebm.boltzmann_distribution(energy, states, temperature)
    for quantity in QUANTITIES:
        value = getattr(distribution, quantity).item()
        assert value == pytest.approx(float(case[quantity]), rel=CLOSE), quantity
    expected = [float(p) for p in case["probabilities"]]
    probabilities = ebm.boltzmann_probabilities(torch.tensor(energies).double(), temperature)
    assert probabilities.tolist() == pytest.approx(expected, rel=CLOSE)
    assert distribution.probabilities.tolist() == pytest.approx(expected, rel=CLOSE)
    assert distribution.density.tolist() == pytest.approx(expected, rel=CLOSE)


def _line(case: dict) -> ebm.Grid:
    """Wide enough for the temperature, and far finer than its narrowest well."""
    reach = {"quadratic": 18.0, "double_well": 6.0, "asymmetric": 6.0}[case["energy"]]
    return ebm.linear_grid(-reach, reach, 6001)


@pytest.mark.parametrize("case", EXACT["continuous"], ids=names)
def test_energies_on_the_line(case: dict) -> None:
    energy = getattr(ebm, f"{case['energy']}_energy")
    distribution = ebm.boltzmann_distribution(energy, _line(case), float(case["temperature"]))
    for quantity in QUANTITIES:
        value = getattr(distribution, quantity).item()
        assert value == pytest.approx(float(case[quantity]), rel=CLOSE), quantity
    mean = distribution.expectation(lambda x: x)
    second = distribution.expectation(lambda x: x**2)
    # Of a symmetric energy the mean is 0, so it needs an absolute tolerance.
    assert mean.item() == pytest.approx(float(case["mean"]), rel=CLOSE, abs=1e-13)
    assert second.item() == pytest.approx(float(case["second_moment"]), rel=CLOSE)
    variance = distribution.expectation(lambda x: (x - mean) ** 2)
    assert variance.item() == pytest.approx(float(case["variance"]), rel=CLOSE)


@pytest.mark.parametrize(
    ("temperature", "share"), EXACT["asymmetric_share_right_of_the_barrier"].items()
)
def test_share_right_of_the_barrier(temperature: str, share: str) -> None:
    barrier = float(EXACT["asymmetric_critical_points"][1]["x"])
    # An even number of points, centred on the barrier: it falls midway between two.
    grid = ebm.linear_grid(barrier - 7, barrier + 7, 20_000)
    distribution = ebm.boltzmann_distribution(ebm.asymmetric_energy, grid, float(temperature))
    right = distribution.probability(lambda x: x > barrier)
    assert right.item() == pytest.approx(float(share), rel=CLOSE)


def test_critical_points_of_the_asymmetric_energy() -> None:
    low, top, high = EXACT["asymmetric_critical_points"]
    found = ebm.stationary_points(ebm.asymmetric_energy, ebm.linear_grid(-3, 4, 200))
    assert found.minima.tolist() == pytest.approx([float(low["x"]), float(high["x"])], rel=1e-12)
    assert found.maxima.tolist() == pytest.approx([float(top["x"])], rel=1e-12)
    for point in (low, top, high):
        energy = ebm.asymmetric_energy(torch.tensor(float(point["x"]), dtype=torch.float64))
        assert energy.item() == pytest.approx(float(point["E"]), rel=1e-12)


def test_double_well_in_closed_form() -> None:
    # Z = (pi / 2) exp(-1 / 2T) [I_-1/4 + I_1/4](1 / 2T); at T = 1 to 9 digits.
    distribution = ebm.boltzmann_distribution(ebm.double_well_energy, ebm.linear_grid(-5, 5, 2001))
    assert distribution.Z.item() == pytest.approx(1.97373215, abs=5e-9)
    # Stein's identity for f(x) = x: <x E'(x)> = T.
    moments = distribution.expectation(lambda x: 4 * x**4 - 4 * x**2)
    assert moments.item() == pytest.approx(1, rel=1e-12)


def test_a_bowl_in_the_plane() -> None:
    line = ebm.linear_grid(-9, 9, 301)
    plane = ebm.product_grid(line, line)
    distribution = ebm.boltzmann_distribution(lambda x: (x**2).sum(-1), plane)
    assert distribution.Z.item() == pytest.approx(math.pi, rel=1e-12)
    assert distribution.mean_energy.item() == pytest.approx(1, rel=1e-12)
