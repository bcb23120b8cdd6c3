"""Figures of the book: they take and return matplotlib axes, and never call ``show``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from .boltzmann import BoltzmannDistribution, boltzmann_distribution, temperature_sweep
from .grids import Grid, require_grid
from .landscape import stationary_points

__all__ = [
    "BARRIER_COLOUR",
    "DENSITY_COLOUR",
    "ENERGY_COLOUR",
    "plot_2d_energy_landscape",
    "plot_energy",
    "plot_energy_and_density",
    "plot_occupancy",
    "plot_paths",
    "plot_probabilities",
    "plot_temperature_effects",
    "use_book_style",
]

ENERGY_COLOUR = "#0072B2"
DENSITY_COLOUR = "#D55E00"
BARRIER_COLOUR = "#555555"


def use_book_style() -> None:
    """Draw every later figure in the book's style, and identically each time.

    In a notebook, figures become SVG without a date, so that equal figures are equal bytes.
    """
    plt.style.use("ebm_snippets.book")
    from IPython import get_ipython

    if get_ipython() is not None:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg", metadata={"Date": None})


def _as_array(values: Tensor) -> np.ndarray:
    return values.detach().cpu().numpy()


def plot_energy(
    energy: Callable[[Tensor], Tensor],
    grid: Grid,
    *,
    axes: Axes | None = None,
    label: str | None = None,
) -> Axes:
    """Draw an energy of one variable, every minimum as a dot and every barrier as a triangle.

    Args:
        energy: a callable from scalar states to energies, differentiable.
        grid: the line to draw.
        axes: where to draw; new ones if not given. The limits show the wells and the
            barriers between them, not the walls.
        label: the curve's name in a legend.

    Returns:
        The axes.
    """
    axes = plt.figure().add_subplot() if axes is None else axes
    points, found = grid.points, stationary_points(energy, grid)
    axes.plot(_as_array(points), _as_array(energy(points)), color=ENERGY_COLOUR, label=label)
    for places, marker, colour in (
        (found.minima, "o", ENERGY_COLOUR),
        (found.maxima, "^", BARRIER_COLOUR),
    ):
        axes.plot(_as_array(places), _as_array(energy(places)), marker, color=colour, ms=7)
    heights = energy(torch.cat([found.minima, found.maxima]))
    if heights.numel():
        low = float(heights.min())
        rise = float(heights.max()) - low or 1.0
        axes.set_ylim(low - 0.15 * rise, low + 1.9 * rise)
    axes.set(xlabel="state $x$", ylabel="energy $E(x)$")
    return axes


def plot_energy_and_density(
    distribution: BoltzmannDistribution, *, axes: Sequence[Axes] | None = None
) -> Sequence[Axes]:
    """Draw an energy above its density, on one scale of x.

    Args:
        distribution: on a line.
        axes: two, upper and lower; new ones if not given.

    Returns:
        The two axes.
    """
    if axes is None:
        axes = plt.figure(figsize=(6.4, 4.8)).subplots(2, 1, sharex=True)
    upper, lower = axes
    points = _as_array(distribution.grid.points)
    density = _as_array(distribution.density)
    upper.plot(points, _as_array(distribution.energies), color=ENERGY_COLOUR)
    upper.set_ylabel("energy $E(x)$")
    lower.plot(points, density, color=DENSITY_COLOUR)
    # Matplotlib thins out lines, not areas: four thousand points would weigh 60 KB on the page.
    every = max(1, len(points) // 400)
    lower.fill_between(
        points[::every], density[::every], color=DENSITY_COLOUR, alpha=0.25, linewidth=0
    )
    lower.set(xlabel="state $x$", ylabel="density $p(x)$", ylim=(0, None))
    return axes


def plot_paths(states: Tensor, step_size: float, *, axes: Axes | None = None) -> Axes:
    """Draw where balls are as time goes on.

    Args:
        states: ``(num_steps + 1, balls)``, as :func:`~ebm_snippets.langevin_dynamics` returns.
        step_size: the time of one step.
        axes: where to draw; new ones if not given.

    Returns:
        The axes, time to the right and x upwards.

    Raises:
        ValueError: the states do not have two axes.
    """
    if states.ndim != 2:
        raise ValueError(
            f"states must have shape (num_steps + 1, balls), got {tuple(states.shape)}; draw one "
            f"coordinate of the balls at a time"
        )
    axes = plt.figure().add_subplot() if axes is None else axes
    time = torch.arange(states.shape[0]) * step_size
    for ball in states.unbind(dim=1):
        axes.plot(_as_array(time), _as_array(ball))
    axes.set(xlabel="time", ylabel="state $x$")
    return axes


def plot_occupancy(
    states: Tensor, distribution: BoltzmannDistribution, *, axes: Axes | None = None
) -> Axes:
    """Draw how states are spread over x, and the density that they should follow.

    Args:
        states: any shape; every element counts once.
        distribution: on a line that holds the states.
        axes: where to draw; new ones if not given.

    Returns:
        The axes.
    """
    axes = plt.figure().add_subplot() if axes is None else axes
    axes.hist(
        _as_array(states.flatten()),
        bins=80,
        density=True,
        color=ENERGY_COLOUR,
        alpha=0.45,
        label="balls, measured",
    )
    axes.plot(
        _as_array(distribution.grid.points),
        _as_array(distribution.density),
        color=DENSITY_COLOUR,
        label="density, predicted",
    )
    axes.set(xlabel="state $x$", ylabel="density", ylim=(0, None))
    axes.legend(loc="upper left")
    return axes


def plot_probabilities(
    probabilities: Tensor, *, labels: Sequence[str] | None = None, axes: Axes | None = None
) -> Axes:
    """Draw the probabilities of discrete states as bars, with their values above.

    Args:
        probabilities: ``(n,)``.
        labels: one for each state; 1 to n if not given.
        axes: where to draw; new ones if not given.

    Returns:
        The axes.
    """
    axes = plt.figure().add_subplot() if axes is None else axes
    heights = _as_array(probabilities)
    names = labels or [str(i) for i in range(1, len(heights) + 1)]
    bars = axes.bar(names, heights, color=DENSITY_COLOUR, width=0.6)
    axes.bar_label(bars, fmt="%.3f", padding=2)
    axes.set(xlabel="state", ylabel="probability", ylim=(0, 1.08))
    return axes


def plot_2d_energy_landscape(
    energy: Callable[[Tensor], Tensor],
    grid: Grid,
    temperature: float = 1.0,
    *,
    axes: Sequence[Axes] | None = None,
) -> Sequence[Axes]:
    """Draw an energy of the plane beside its density, as filled contours.

    Args:
        energy: a callable from states ``(..., 2)`` to energies.
        grid: a product of two lines, the part of the plane to draw and to sum over.
        temperature: positive.
        axes: two, left and right; new ones if not given. Energies far above the lowest
            share one colour, so that the wells are seen.

    Returns:
        The two axes, on one scale.

    Raises:
        TypeError: ``grid`` is not a grid.
        ValueError: it is not a product of two lines.
    """
    if len(require_grid("grid", grid).factors) != 2:
        raise ValueError(
            f"grid must be a product of two lines, got one of shape {tuple(grid.log_weights.shape)}"
            f" and {len(grid.factors)} factors; make it with product_grid(line, line)"
        )
    if axes is None:
        axes = plt.figure(figsize=(6.4, 3.1)).subplots(1, 2, sharex=True, sharey=True)
    distribution = boltzmann_distribution(energy, grid, temperature)
    energies, density = _as_array(distribution.energies), _as_array(distribution.density)
    first, second = (_as_array(line.points) for line in grid.factors)
    low = energies.min()
    high = min(energies.max(), low + 6 * temperature)
    high = high if high > low else low + temperature  # a level landscape has one colour
    panels = (
        (axes[0], energies, np.linspace(low, high, 13), "max", "Blues_r", "energy $E$"),
        (axes[1], density, np.linspace(0, density.max(), 13), "neither", "Oranges", "density $p$"),
    )
    for panel, values, levels, extend, colours, title in panels:
        drawn = panel.contourf(first, second, values.T, levels, cmap=colours, extend=extend)
        bar = panel.figure.colorbar(drawn, ax=panel, ticks=MaxNLocator(4))
        bar.outline.set_visible(False)
        panel.set(title=title, xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    axes[1].set_ylabel("")
    return axes


def plot_temperature_effects(
    energy: Callable[[Tensor], Tensor],
    grid: Grid,
    temperatures: Sequence[float],
    *,
    axes: Axes | None = None,
) -> Axes:
    """Draw the density of an energy at several temperatures, from cold to hot colours.

    Args:
        energy: a callable from scalar states to energies.
        grid: a line, wide enough for the hottest and fine enough for the coldest.
        temperatures: each positive.
        axes: where to draw; new ones if not given.

    Returns:
        The axes, with one line for each temperature and a legend.
    """
    axes = plt.figure().add_subplot() if axes is None else axes
    points = _as_array(grid.points)
    shades = plt.get_cmap("plasma")(np.linspace(0.05, 0.8, len(temperatures)))
    styles = ("-", "--", "-.", ":")
    sweep = temperature_sweep(energy, grid, temperatures)
    for i, (temperature, shade) in enumerate(zip(temperatures, shades, strict=True)):
        label = f"T = {temperature:g}"
        axes.plot(points, _as_array(sweep[i].density), styles[i % 4], color=shade, label=label)
    axes.set(xlabel="state $x$", ylabel="density $p(x)$", ylim=(0, None))
    axes.legend(loc="upper right")
    return axes
