"""Temperature's checkers against named wrong answers and right ones written differently."""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import ebm_snippets as ebm
from ebm_snippets import checks, figures


def drawn(values, label="T = {:g}"):
    def answer(energy, grid, temperatures):
        axes = plt.figure().add_subplot()
        for temperature in temperatures:
            y = values(energy, grid, temperature)
            axes.plot(grid.points.numpy(), y.numpy(), label=label.format(temperature))
        return axes

    return answer


def from_the_book(energy, grid, temperature):
    return ebm.boltzmann_distribution(energy, grid, temperature).density


def by_hand(energy, grid, temperature):
    energies = energy(grid.points)
    weights = torch.exp(-(energies - energies.min()) / temperature)
    return weights / torch.trapezoid(weights, grid.points)


def naive(energy, grid, temperature):
    weights = torch.exp(-energy(grid.points) / temperature)
    return weights / torch.trapezoid(weights, grid.points)


def shuffled(energy, grid, temperatures):
    _, axes = plt.subplots()
    for temperature in reversed(temperatures):
        y = by_hand(energy, grid, temperature)
        axes.plot(grid.points.tolist(), y.tolist(), label=f"temperature {temperature}")
    return axes


def returns_nothing(energy, grid, temperatures):
    drawn(by_hand)(energy, grid, temperatures)


def on_the_current_axes(energy, grid, temperatures):
    for temperature in temperatures:
        y = by_hand(energy, grid, temperature)
        plt.plot(grid.points, y, label=rf"$T = {temperature:.2f}$")
    return plt.gca()


def with_a_line_at_zero(energy, grid, temperatures):
    axes = drawn(by_hand)(energy, grid, temperatures)
    axes.axhline(0, color="black")
    return axes


def exchanged_labels(energy, grid, temperatures):
    labels = dict(zip(temperatures, reversed(temperatures), strict=True))
    _, axes = plt.subplots()
    for temperature in temperatures:
        axes.plot(grid.points, by_hand(energy, grid, temperature), label=f"{labels[temperature]}")
    return axes


def halves_the_grid(energy, grid, temperatures):
    grid.points.mul_(0.5)
    return drawn(by_hand)(energy, grid, temperatures)


def test_the_learners_own_figure_stays_as_it_was() -> None:
    figure = plt.figure()
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], label="T = 1")
    assert checks.check_temperature_effects(on_the_current_axes)
    assert plt.get_fignums() == [figure.number]
    assert plt.gcf() is figure
    assert len(axes.lines) == 1
    plt.close(figure)


@pytest.mark.parametrize(
    "answer",
    [
        drawn(from_the_book),
        drawn(by_hand, "{}"),
        drawn(by_hand, "T = {:.1e}"),
        drawn(by_hand, "1: T={}, 3 of them"),
        shuffled,
        on_the_current_axes,
        with_a_line_at_zero,
        figures.plot_temperature_effects,
    ],
)
def test_right_pictures(answer) -> None:
    before = plt.get_fignums()
    verdict = checks.check_temperature_effects(answer)
    assert verdict, verdict
    assert plt.get_fignums() == before


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (drawn(naive), r"are all of them 0\? Subtract the lowest"),
        (drawn(lambda e, g, t: by_hand(e, g, 1.0)), "Does the temperature enter"),
        (drawn(lambda e, g, t: by_hand(e, g, t) * 2), "divide by Z"),
        (drawn(lambda e, g, t: by_hand(e, g, 1 / t)), "do not multiply"),
        (exchanged_labels, "This is the line for T = 3"),
        (halves_the_grid, "changed its input"),
        (drawn(lambda e, g, t: 0 * g.points), "subtract the lowest energy first"),
        (drawn(lambda e, g, t: torch.softmax(-e(g.points) / t, 0)), "mind the spacing"),
        (drawn(lambda e, g, t: e(g.points)), "This is the energy"),
        (drawn(by_hand, "_T = {}"), "0 lines with a label and 3 without"),
        (drawn(by_hand, "density"), "should have 0.4 in its label"),
        (lambda e, g, t: drawn(by_hand)(e, g, t[:1]), "the axes hold 1 lines with a label"),
        (lambda e, g, t: drawn(by_hand)(e, g, t).figure, "return the axes"),
        (lambda e, g, t: torch.zeros(3), "return the axes"),
        (returns_nothing, "return the axes"),
        (lambda e, g, t: drawn(by_hand)(e, ebm.linear_grid(-8, 9, 600), t), "over the grid's"),
    ],
)
def test_wrong_pictures(answer, message) -> None:
    verdict = checks.check_temperature_effects(answer)
    assert verdict.status == "failed"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)
    assert not plt.get_fignums()


def entropy(points, probabilities):
    return torch.special.entr(probabilities).sum()


def number_of_states(points, probabilities):
    return math.exp(-sum(p * math.log(p) for p in probabilities.tolist() if p > 0))


def collisions(points, probabilities):
    return -torch.log((probabilities**2).sum())


def surprise_of_the_likeliest(points, probabilities):
    return -float(probabilities.max().log())


@pytest.mark.parametrize(
    "answer",
    [
        entropy,
        number_of_states,
        collisions,
        surprise_of_the_likeliest,
        lambda x, p: 1 / p.max(),
        lambda x, p: -p.std(),
        lambda x, p: [entropy(x, p).item()],
        lambda x, p: np.float32(entropy(x, p)),
        lambda x, p: entropy(x, p) + (x[1] - x[0]).log(),  # of the density
    ],
)
def test_right_measures(answer) -> None:
    verdict = checks.check_spread(answer)
    assert verdict, verdict


def variance(points, probabilities):
    mean = (probabilities * points).sum()
    return (probabilities * (points - mean) ** 2).sum()


def share_of_the_length(points, probabilities):
    length = points.max() - points.min()
    return entropy(points, probabilities) + variance(points, probabilities).sqrt() / length


def mostly_entropy(points, probabilities):
    """Falls only where states lie far apart."""
    return 10 * entropy(points, probabilities) + variance(points, probabilities).sqrt()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (mostly_entropy, "1000000.0"),
        (lambda x, p: variance(x, p).sqrt(), "This is the standard deviation"),
        (variance, "This is the variance"),
        (
            lambda x, p: variance(x, p).sqrt(),
            r"For the double well your measure is 0\.99\d+ at T = 0\.05 and 0\.98\d+ at T = 0\.1",
        ),
        (variance, "For the double well"),
        (lambda x, p: p.std(), "It must grow"),
        (lambda x, p: p.max(), "It must grow"),
        (lambda x, p: (p * x**2).sum(), "For the double well"),
        (lambda x, p: (p * (x - (p * x).sum()).abs()).sum(), "For the double well"),
        (lambda x, p: 1.0, "It must grow"),
        (lambda x, p: -(p.diff() ** 2).sum(), r"energies \[0.0, 0.0, 9.0, 0.5, 9.0, 9.0\]"),
        (share_of_the_length, r"energies \[0.0, 1.0, 1.0, 0.0\] at \[-1.0, 0.0, 0.001, 1.0\]"),
        (lambda x, p: entropy(x, p) + 0.3 * p[0], r"energies \[2.5, 3.0\]"),
        (lambda x, p: p.min().log(), r"is -inf; .* and log\(0\) is -inf"),
        (lambda x, p: 1 - p.topk(2).values.sum(), r"energies \[0.0, 1.0\]"),
        (lambda x, p: -p.diff().abs().sum(), r"energies \[0.0, 5.0, 0.5, 5.0\]"),
        (lambda x, p: -(p * p.log()).sum(), r"0 \* log\(0\)"),
        (lambda x, p: torch.special.entr(p), "one number, please"),
        (lambda x, p: entropy(x, p) + 0.01 * x.mean(), "moved by 100"),
    ],
)
def test_wrong_measures(answer, message) -> None:
    verdict = checks.check_spread(answer)
    assert verdict.status == "failed", verdict
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)


@pytest.mark.parametrize("checker", [checks.check_spread, checks.check_temperature_effects])
def test_stubs(checker) -> None:
    for answer in (..., None, lambda *a: None, lambda *a: ...):
        assert checker(answer).status == "not attempted"
    assert "A function was expected" in checker(3.0).message
