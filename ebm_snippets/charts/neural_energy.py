"""The chart of the chapter on learning an energy."""

from __future__ import annotations

import altair as alt
import torch
from torch import Tensor

from ..grids import Grid, linear_grid
from ..mixture import mixture_energy
from ..training import TrainingHistory
from ._parts import (
    BARRIER_COLOUR,
    DENSITY_COLOUR,
    ENERGY_COLOUR,
    WIDTH,
    across,
    boltzmann_sums,
    dial,
    numbers,
    readouts,
    saying,
    stack,
    upwards,
)

__all__ = ["training_scrubber"]

EVERY = 5  # of the grid's points, one in so many is drawn
HIGHEST = 12  # of the energies that are drawn


def training_scrubber(history: TrainingHistory, data: Tensor, grid: Grid) -> alt.VConcatChart:
    """Return a chart of an energy in training on the mixture: its density and the push on it.

    The energies are those of the history, at every fifth point of the grid. The density, the push
    (data minus model) and the divergence of the truth from the model are computed in the browser.

    Args:
        history: as :func:`~ebm_snippets.train_on_grid` returns it.
        data: ``(num,)``, what it was trained on.
        grid: the evenly spaced line on which it was trained, of 5 k + 1 points.

    Returns:
        The chart, with a dial for the step of training.

    Raises:
        ValueError: the grid is no such line, or not the one of the history.
    """
    points = grid.points
    if points.ndim != 1 or points.shape != history.snapshots.shape[1:]:
        raise ValueError(
            f"grid must be the line that the history was recorded on, of shape "
            f"{tuple(history.snapshots.shape[1:])}, got {tuple(points.shape)}"
        )
    if len(points) % EVERY != 1:
        raise ValueError(
            f"grid must have {EVERY} k + 1 points, so that one in {EVERY} is a grid as well, "
            f"got {len(points)}"
        )
    low, high = points[0].item(), points[-1].item()
    drawn = linear_grid(low, high, len(points) // EVERY + 1, dtype=torch.float64)
    spacing = (high - low) / (len(points) // EVERY)
    seen = torch.histc(
        data.double().cpu(), len(drawn.points), low - spacing / 2, high + spacing / 2
    ) / (len(data) * spacing)
    columns = {
        "x": drawn.points,
        "share": drawn.log_weights.exp(),
        "trained": history.snapshots[:, ::EVERY].T,
        "truth": mixture_energy(drawn.points),
        "data": seen,
    }
    rows = [
        dict(zip(columns, values, strict=True))
        for values in zip(*map(numbers, columns.values()), strict=True)
    ]
    given = alt.Chart(alt.NamedData(name="training"))  # by itself what no dial changes
    model = boltzmann_sums(
        given,
        "datum.trained[shot]",
        "datum.share",
        temperature="1",
    ).transform_calculate(
        # Higher than the panel nothing is seen, and a line that keeps its height is drawn sooner.
        above=f"min(datum.E - datum.lowest, {HIGHEST + 2})",
        true_p="exp(-datum.truth)",
        push="datum.data - datum.p",
        lowered="max(datum.push, 0)",
        raised="min(datum.push, 0)",
        excess="datum.share * datum.true_p"
        " * (datum.E - datum.lowest + log(datum.whole) - datum.truth)",
    )
    divergence = model.transform_aggregate(divergence="sum(excess)")

    x = across("state x", low, high)
    heights = upwards("above:Q", "energy above lowest", 0, HIGHEST)
    densities = upwards("p:Q", "density p(x)", 0, 1)
    dashes = {"color": BARRIER_COLOUR, "strokeDash": [5, 4], "strokeWidth": 1.5, "clip": True}
    landscape = (
        model.mark_line(color=ENERGY_COLOUR, clip=True).encode(x=x, y=heights)
        + given.transform_joinaggregate(bottom="min(truth)")
        .transform_calculate(above="datum.truth - datum.bottom")
        .mark_line(**dashes)
        .encode(x=x, y=heights)
        + readouts(
            saying(
                divergence,
                f"'step ' + {history.snapshot_steps.tolist()}[shot]"
                " + ',  divergence ' + format(datum.divergence, '.4f') + ' nats'",
            )
        )
    )
    density = given.mark_area(color="#bbb", interpolate="step").encode(
        x=x, y=upwards("data:Q", "density p(x)", 0, 1)
    ) + model.mark_line(color=DENSITY_COLOUR).encode(x=x, y=densities)
    push = alt.layer(
        *(
            model.mark_area(color=colour).encode(
                x=x, y=upwards(f"{field}:Q", "data minus model", -0.6, 0.8)
            )
            for field, colour in (("lowered", ENERGY_COLOUR), ("raised", DENSITY_COLOUR))
        )
    )
    zero = alt.Chart(alt.Data(values=[{"push": 0}])).mark_rule(color=BARRIER_COLOUR)
    panels = (
        (landscape, 120),
        (density, 110),
        (push + zero.encode(y="push:Q"), 110),
    )
    return stack(
        [panel.properties(width=WIDTH, height=height) for panel, height in panels],
        [dial("shot", "snapshot of training", 0, len(history.snapshots) - 1, 1, value=0)],
        description=(
            "Before training: a shallow energy, a broad density over data with two narrow peaks, "
            "and a push that would lower the energy at the peaks and raise it elsewhere."
        ),
        datasets={"training": rows},
    )
