"""What the tests share."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib as mpl
import pytest
import torch
from hypothesis import HealthCheck, settings

mpl.use("agg")
# No deadline: a loaded machine is not an error. Derandomised: the same tests each time.
# Mutation testing calls one test from several processes in turn, without keeping examples.
settings.register_profile(
    "book",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.differing_executors],
)
settings.load_profile("book")

EXACT = json.loads((Path(__file__).parent / "data" / "exact_values.json").read_text())


@pytest.fixture(autouse=True)
def _doctest_names(doctest_namespace: dict[str, object]) -> None:
    import ebm_snippets

    doctest_namespace["torch"] = torch
    for name in ebm_snippets.__all__:
        doctest_namespace[name] = getattr(ebm_snippets, name)


def states_with_energies(energies: list[float], dtype: torch.dtype = torch.float64):
    """An energy and its grid, for energies given as a list."""
    from ebm_snippets import discrete_states

    values = torch.tensor(energies, dtype=dtype)
    return (lambda i: values[i]), discrete_states(torch.arange(len(energies)))
