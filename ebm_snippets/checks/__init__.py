"""Checkers for the exercises: each calls the learner's own answer and says what it found."""

from ._verdict import Verdict
from .cold import check_cold_shares
from .intuition import check_landscape, check_well_shares
from .learned_temperature import check_learned_temperature
from .machine import check_machine
from .mathematics import check_boltzmann_weights, check_free_energy
from .neural_energy import check_likelihood_gradient, check_trained_energy
from .partition_function import check_ising_ring, check_proposal
from .radius import check_likeliest_radius
from .temperature import check_spread, check_temperature_effects
from .two_dimensions import check_2d_landscape, check_plane_partition
from .walkers import check_walkers

__all__ = [
    "Verdict",
    "check_2d_landscape",
    "check_boltzmann_weights",
    "check_cold_shares",
    "check_free_energy",
    "check_ising_ring",
    "check_landscape",
    "check_learned_temperature",
    "check_likeliest_radius",
    "check_likelihood_gradient",
    "check_machine",
    "check_plane_partition",
    "check_proposal",
    "check_spread",
    "check_temperature_effects",
    "check_trained_energy",
    "check_walkers",
    "check_well_shares",
]
