"""Energy functions and the Boltzmann distribution: the tested code of the book
*Energy-Based Models from the Ground State Up*.

An energy is any callable from states to energies: scalar states ``(...,) -> (...,)``,
vector states ``(..., d) -> (...)``. A grid is points plus log weights. Temperatures are in
units of energy (k_B = 1), logarithms are natural, entropies are in nats.
"""

from ._diagnostics import CoarseGridWarning, TruncationWarning
from .boltzmann import BoltzmannDistribution, boltzmann_distribution, boltzmann_probabilities
from .device import select_device
from .dynamics import langevin_dynamics
from .energies import asymmetric_energy, double_well_energy, quadratic_energy
from .grids import Grid, discrete_states, linear_grid, product_grid
from .landscape import StationaryPoints, stationary_points

__all__ = [
    "BoltzmannDistribution",
    "CoarseGridWarning",
    "Grid",
    "StationaryPoints",
    "TruncationWarning",
    "asymmetric_energy",
    "boltzmann_distribution",
    "boltzmann_probabilities",
    "discrete_states",
    "double_well_energy",
    "langevin_dynamics",
    "linear_grid",
    "product_grid",
    "quadratic_energy",
    "select_device",
    "stationary_points",
]
