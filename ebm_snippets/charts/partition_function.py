"""The chart of the chapter on the partition function."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import torch

from ..monte_carlo import ImportanceEstimate, importance_estimate
from ._parts import (
    BARRIER_COLOUR,
    DENSITY_COLOUR,
    ENERGY_COLOUR,
    WIDTH,
    across,
    dial,
    readouts,
    saying,
    sliding,
    stack,
    upwards,
)

__all__ = ["POWERS", "dimension_dial", "estimates_by_dimension"]

POWERS = (2, 3, 4, 5, 6)  # the draws are 10 to these powers
DEEPEST, HALF_WIDTH = 20, 4.0
NAMES = ("uniform", "normal")
HEIGHT = 130  # of a panel
WORST, BEST = -40, 2  # of estimates minus the truth, as far as they are drawn


def estimates_by_dimension(
    *, device: torch.device | str | None = None
) -> dict[str, list[list[ImportanceEstimate]]]:
    """Return the estimates of the chart, for each proposal by power of ten and dimension.

    The energy is |x|^2 at T = 1, so that the truth is d/2 log pi. The draws are uniform on
    [-4, 4]^d or standard normal. Fewer draws are the first of the many.

    Args:
        device: where the draws are made.
    """
    generator = torch.Generator(device or "cpu").manual_seed(0)
    options: dict[str, Any] = {"generator": generator, "dtype": torch.float64, "device": device}
    most = 10 ** max(POWERS)

    def uniform() -> tuple[torch.Tensor, torch.Tensor | float]:
        x = HALF_WIDTH * (2 * torch.rand(most, **options) - 1)
        return x, -math.log(2 * HALF_WIDTH)

    def normal() -> tuple[torch.Tensor, torch.Tensor | float]:
        x = torch.randn(most, **options)
        return x, -(x**2) / 2 - math.log(2 * math.pi) / 2

    found = {}
    for name, draw in zip(NAMES, (uniform, normal), strict=True):
        log_weights = torch.zeros(most, dtype=torch.float64, device=device)
        rows: list[list[ImportanceEstimate]] = [[] for _ in POWERS]
        for _ in range(DEEPEST):
            x, log_density = draw()
            log_weights -= x**2 + log_density
            for row, power in zip(rows, POWERS, strict=True):
                row.append(importance_estimate(log_weights.narrow(0, 0, 10**power)))
        found[name] = rows
    return found


def dimension_dial(*, device: torch.device | str | None = None) -> alt.VConcatChart:
    """Return a chart of random estimates of log Z: how wrong they are, what draws are worth.

    Args:
        device: where the million draws are made.

    Returns:
        The chart, with dials for the dimension and the number of draws.
    """
    rows = [
        {
            "name": name,
            "d": d + 1,
            "log_Zs": [round(of_power[d].log_Z.item(), 7) for of_power in table],
            "sizes": [round(of_power[d].effective_sample_size.item(), 7) for of_power in table],
        }
        for name, table in estimates_by_dimension(device=device).items()
        for d in range(DEEPEST)
    ]
    chosen = (
        alt.Chart(alt.NamedData(name="estimates"))
        .transform_calculate(
            log_Z=f"datum.log_Zs[power - {POWERS[0]}]", size=f"datum.sizes[power - {POWERS[0]}]"
        )
        .transform_calculate(truth="datum.d / 2 * log(PI)", share="datum.size / pow(10, power)")
        .transform_calculate(miss=f"clamp(datum.log_Z - datum.truth, {WORST}, {BEST})")
    )
    x = across("dimension d", 0, DEEPEST + 0.5, field="d:Q", ticks=5)
    names = list(NAMES)
    scale = alt.Scale(domain=names, range=[ENERGY_COLOUR, DENSITY_COLOUR])
    colour = alt.Color("name:N", scale=scale, legend=None)
    scale = alt.Scale(domain=names, range=[[1, 0], [7, 4]])
    dash = alt.StrokeDash("name:N", scale=scale, legend=None)

    # Figure spaces keep each number in its place. A comma would not: it is narrower than they are.
    lines = [
        f"'{name} ({mark}): ' + format({row}.log_Zs[power - {POWERS[0]}], '\u2007>6.3f')"
        f" + ', worth ' + format({row}.sizes[power - {POWERS[0]}], '\u2007>6.0f')"
        for name, mark in (("normal", "dashed"), ("uniform", "solid"))
        for row in [f"data('estimates')[dim - 1 + {DEEPEST * NAMES.index(name)}]"]
    ]
    said = saying(
        alt.Chart(alt.Data(values=[{}])).transform_calculate(d="dim"),
        *lines,
        "'d = ' + format(dim, '\u2007>2')"
        " + ',  log Z = ' + format(dim / 2 * log(PI), '\u2007>6.3f')"
        " + ',  10^' + power + ' draws'",
    )

    # All of it lies within its panel: what reaches out has the page's layers put together anew.
    def panel(field: str, title: str, low: float, high: float, **scale: str) -> alt.LayerChart:
        y = upwards(f"{field}:Q", title, low, high, **scale)
        return (
            sliding(said, BARRIER_COLOUR, length=HEIGHT, orient="vertical").encode(x=x)
            + chosen.mark_line().encode(x=x, y=y, color=colour, strokeDash=dash)
        ).properties(width=WIDTH, height=HEIGHT)

    return stack(
        [
            panel("miss", "estimate minus truth", WORST, BEST) + readouts(said, 3),
            panel("share", "effective share", 8e-7, 1.5, type="log", labels=".0e"),
        ],
        [
            dial("dim", "dimension d", 1, DEEPEST, 1, value=10),
            dial("power", "draws, as a power of ten", POWERS[0], POWERS[-1], 1, value=6),
        ],
        description=(
            "For a million draws, the error of log Z and the share of draws that counts, against "
            "the dimension. The error of uniform draws stays near zero up to ten dimensions and "
            "then falls a few units below; their share falls steeply from the first dimension on. "
            "The error of normal draws stays at zero, and their share falls slowly."
        ),
        datasets={"estimates": rows},
    )
