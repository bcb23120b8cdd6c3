"""Energy functions and the Boltzmann distribution: the tested code of the book
*Energy-Based Models from the Ground State Up*.

An energy is any callable from states to energies: scalar states ``(...,) -> (...,)``,
vector states ``(..., d) -> (...)``. A grid is points plus log weights. Temperatures are in
units of energy (k_B = 1), logarithms are natural, entropies are in nats.
"""

from ._diagnostics import CoarseGridWarning, TruncationWarning
from .boltzmann import (
    BoltzmannDistribution,
    boltzmann_distribution,
    boltzmann_probabilities,
    kl_divergence,
    temperature_sweep,
)
from .device import select_device
from .dynamics import langevin_dynamics
from .energies import (
    asymmetric_energy,
    double_well_energy,
    interpolated_energy,
    quadratic_energy,
)
from .grids import Grid, discrete_states, linear_grid, product_grid
from .ising import ising_energy, ising_ring_log_Z, ring_bonds, spin_states, torus_bonds
from .landscape import StationaryPoints, stationary_points
from .likelihood import TwoPhaseGradient, grid_negative_log_likelihood, two_phase_gradient
from .mixture import mixture_energy, sample_mixture
from .monte_carlo import ImportanceEstimate, importance_estimate
from .network import EnergyNetwork
from .partition_function import GridCost, partition_function_scaling, streamed_log_Z
from .plane import bowl_energy, correlated_gaussian_energy, four_wells_energy, ring_energy
from .quanta import log_ways, swap_quanta
from .radial import radial_grid
from .restricted_boltzmann import restricted_boltzmann_log_Z
from .training import TrainingHistory, train_on_grid

__all__ = [
    "BoltzmannDistribution",
    "CoarseGridWarning",
    "EnergyNetwork",
    "Grid",
    "GridCost",
    "ImportanceEstimate",
    "StationaryPoints",
    "TrainingHistory",
    "TruncationWarning",
    "TwoPhaseGradient",
    "asymmetric_energy",
    "boltzmann_distribution",
    "boltzmann_probabilities",
    "bowl_energy",
    "correlated_gaussian_energy",
    "discrete_states",
    "double_well_energy",
    "four_wells_energy",
    "grid_negative_log_likelihood",
    "importance_estimate",
    "interpolated_energy",
    "ising_energy",
    "ising_ring_log_Z",
    "kl_divergence",
    "langevin_dynamics",
    "linear_grid",
    "log_ways",
    "mixture_energy",
    "partition_function_scaling",
    "product_grid",
    "quadratic_energy",
    "radial_grid",
    "restricted_boltzmann_log_Z",
    "ring_bonds",
    "ring_energy",
    "sample_mixture",
    "select_device",
    "spin_states",
    "stationary_points",
    "streamed_log_Z",
    "swap_quanta",
    "temperature_sweep",
    "torus_bonds",
    "train_on_grid",
    "two_phase_gradient",
]
