"""Checkers for the exercises: each calls the learner's own answer and says what it found."""

from ._verdict import Verdict
from .intuition import check_landscape, check_well_shares
from .mathematics import check_boltzmann_weights, check_free_energy
from .neural_energy import check_integrable, check_likelihood_gradient, check_trained_energy
from .partition_function import check_ising_ring, check_partition_scaling
from .temperature import check_spread, check_temperature_effects
from .two_dimensions import check_2d_landscape, check_plane_partition

__all__ = [
    "Verdict",
    "check_2d_landscape",
    "check_boltzmann_weights",
    "check_free_energy",
    "check_integrable",
    "check_ising_ring",
    "check_landscape",
    "check_likelihood_gradient",
    "check_partition_scaling",
    "check_plane_partition",
    "check_spread",
    "check_temperature_effects",
    "check_trained_energy",
    "check_well_shares",
]
