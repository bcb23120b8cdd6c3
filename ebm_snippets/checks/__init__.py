"""Checkers for the exercises: each calls the learner's own answer and says what it found."""

from ._verdict import Verdict
from .intuition import check_landscape, check_well_shares
from .mathematics import check_boltzmann_weights, check_free_energy

__all__ = [
    "Verdict",
    "check_boltzmann_weights",
    "check_free_energy",
    "check_landscape",
    "check_well_shares",
]
