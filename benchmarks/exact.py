"""The values that answers are held against: the tests' independent ones, or else mpmath's."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "tests" / "data" / "exact_values.json"


@cache
def exact_values() -> dict[str, Any]:
    """Return what ``tests/data/exact_values.json`` holds."""
    return dict(json.loads(DATA.read_text()))


def on_the_line(name: str, temperature: float) -> dict[str, str]:
    """Return the values of one energy of the line; empty where the temperature is not listed."""
    for case in exact_values()["continuous"]:
        if case["energy"] == name and float(case["temperature"]) == temperature:
            return dict(case)
    return {}


def in_the_plane(name: str, temperature: float) -> float:
    """Return log Z of one energy of the plane."""
    values = exact_values()["two_dimensional"][name]
    return math.log(float(values.get("Z", values)[f"{temperature:g}"]))


def by_mpmath(
    plain: Callable[..., Any], temperature: float, reach: float, lowest: float, pieces: int = 300
) -> float:
    """Return log Z of an energy of the line, by Gauss-Legendre with 30 digits in many pieces."""
    import mpmath

    with mpmath.workdps(30):
        integral = mpmath.quad(
            lambda x: mpmath.exp(-(plain(x) - lowest) / temperature),
            mpmath.linspace(-reach, reach, pieces + 1),
            method="gauss-legendre",
        )
        return float(mpmath.log(integral) - mpmath.mpf(lowest) / temperature)
