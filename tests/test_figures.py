"""Figures show what they say: data, limits, labels; they never call ``show``."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
import torch

import ebm_snippets as ebm
from ebm_snippets import figures


@pytest.fixture(autouse=True)
def _no_window(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a figure called show"))
    with mpl.rc_context():
        figures.use_book_style()
        yield
    plt.close("all")


def labels(axes) -> tuple[str, str]:
    return axes.get_xlabel(), axes.get_ylabel()


def test_every_well_and_barrier_is_marked_and_seen() -> None:
    axes = figures.plot_energy(ebm.asymmetric_energy, ebm.linear_grid(-2.2, 3.2, 300), label="E")
    curve, minima, maxima = axes.lines
    assert curve.get_label() == "E"
    assert minima.get_xdata() == pytest.approx([-0.965484, 2.032284], abs=1e-6)
    assert maxima.get_ydata() == pytest.approx([2.391260], abs=1e-6)
    low, high = axes.get_ylim()
    assert low < -0.604894
    assert 2.391260 < high < 6
    assert labels(axes) == ("state $x$", "energy $E(x)$")


def test_a_single_well_has_limits_too() -> None:
    axes = figures.plot_energy(ebm.quadratic_energy, ebm.linear_grid(-2, 2, 100))
    low, high = axes.get_ylim()
    assert low < 0 < 1 < high
    slope = figures.plot_energy(lambda x: 3 * x, ebm.linear_grid(-2, 2, 100))
    assert slope.get_ylim()[1] > 5


def test_energy_stands_over_its_density() -> None:
    came = ebm.boltzmann_distribution(ebm.asymmetric_energy, ebm.linear_grid(-5, 6, 500))
    upper, lower = figures.plot_energy_and_density(came)
    assert upper.lines[0].get_ydata() == pytest.approx(came.energies.tolist())
    assert lower.lines[0].get_ydata() == pytest.approx(came.density.tolist())
    assert lower.get_ylim()[0] == 0
    assert labels(lower) == ("state $x$", "density $p(x)$")
    given = plt.figure().subplots(2, 1)
    assert figures.plot_energy_and_density(came, axes=given) is given


def test_a_line_for_each_ball() -> None:
    states = torch.arange(12.0).reshape(4, 3)
    axes = figures.plot_paths(states, 0.5)
    assert len(axes.lines) == 3
    assert axes.lines[1].get_xdata() == pytest.approx([0, 0.5, 1, 1.5])
    assert axes.lines[1].get_ydata() == pytest.approx([1, 4, 7, 10])
    assert labels(axes) == ("time", "state $x$")
    for wrong in (states[0], states[..., None]):
        with pytest.raises(ValueError, match=r"^states must have shape \(num_steps \+ 1, balls\)"):
            figures.plot_paths(wrong, 0.5)


def test_occupancy_has_the_density_beside_it() -> None:
    came = ebm.boltzmann_distribution(ebm.quadratic_energy, ebm.linear_grid(-6, 6, 300))
    states = came.sample(1000, generator=torch.Generator().manual_seed(0)).reshape(10, 100)
    axes = figures.plot_occupancy(states, came)
    area = sum(bar.get_width() * bar.get_height() for bar in axes.patches)
    assert area == pytest.approx(1)
    assert axes.lines[0].get_ydata() == pytest.approx(came.density.tolist())
    named = {text.get_text() for text in axes.get_legend().get_texts()}
    assert named == {"balls, measured", "density, predicted"}


def test_bars_carry_their_values() -> None:
    p = ebm.boltzmann_probabilities(torch.tensor([3.0, 1.0, 2.0]))
    axes = figures.plot_probabilities(p)
    assert [bar.get_height() for bar in axes.patches] == pytest.approx(p.tolist())
    assert [text.get_text() for text in axes.texts] == ["0.090", "0.665", "0.245"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "2", "3"]
    named = figures.plot_probabilities(p, labels=["a", "b", "c"], axes=plt.figure().add_subplot())
    assert [tick.get_text() for tick in named.get_xticklabels()] == ["a", "b", "c"]


def test_the_same_figure_is_the_same_bytes(tmp_path) -> None:
    drawn = []
    for name in ("a.svg", "b.svg"):
        axes = figures.plot_energy(ebm.double_well_energy, ebm.linear_grid(-2, 2, 100))
        axes.figure.savefig(tmp_path / name, metadata={"Date": None})
        drawn.append((tmp_path / name).read_bytes())
    assert drawn[0] == drawn[1]


def test_a_line_for_each_temperature() -> None:
    grid = ebm.linear_grid(-9, 9, 901)
    axes = figures.plot_temperature_effects(ebm.asymmetric_energy, grid, (0.5, 1.0, 3.0))
    for line, heat in zip(axes.lines, (0.5, 1.0, 3.0), strict=True):
        density = ebm.boltzmann_distribution(ebm.asymmetric_energy, grid, heat).density
        assert line.get_ydata() == pytest.approx(density.tolist())
        assert line.get_label() == f"T = {heat:g}"
    assert len({(line.get_color()[0], line.get_linestyle()) for line in axes.lines}) == 3
    given = plt.figure().add_subplot()
    assert figures.plot_temperature_effects(ebm.quadratic_energy, grid, (1.0,), axes=given) is given
    assert labels(given) == ("state $x$", "density $p(x)$")


def test_a_landscape_stands_beside_its_density() -> None:
    def energy(x):
        return 2 * (x[..., 0] - 1) ** 2 + x[..., 1] ** 2 / 2

    grid = ebm.product_grid(ebm.linear_grid(-5, 7, 121), ebm.linear_grid(-9, 9, 91))
    left, right = figures.plot_2d_energy_landscape(energy, grid, 1.5)
    lowest = left.collections[0].get_paths()[0].get_extents()
    highest = right.collections[0].get_paths()[-1].get_extents()
    for extents in (lowest, highest):
        assert (extents.x0 + extents.x1) / 2 == pytest.approx(1, abs=0.05)
        assert (extents.y0 + extents.y1) / 2 == pytest.approx(0, abs=0.05)
        assert extents.height / extents.width == pytest.approx(2, rel=0.1)
    density = ebm.boltzmann_distribution(energy, grid, 1.5).density
    assert right.collections[0].levels[-1] == pytest.approx(density.max().item())
    assert labels(left) == ("$x_1$", "$x_2$")
    given = plt.figure().subplots(1, 2)
    assert figures.plot_2d_energy_landscape(energy, grid, axes=given) is given


def test_a_level_landscape_has_a_picture_too() -> None:
    line = ebm.linear_grid(-1, 1, 5, bounded=True)
    left, _ = figures.plot_2d_energy_landscape(
        lambda x: torch.full(x.shape[:-1], 3.0, dtype=x.dtype), ebm.product_grid(line, line)
    )
    assert left.collections[0].levels[0] == 3
    with pytest.raises(ValueError, match=r"^grid must be a product of two lines, got one of shape"):
        figures.plot_2d_energy_landscape(ebm.bowl_energy, line)
