"""Temperature's checkers against named wrong answers and right ones written differently."""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import ebm_snippets as ebm
from ebm_snippets import checks, figures
from ebm_snippets.checks import cold


def drawn(values, label="T = {:g}"):
    def answer(energy, grid, temperatures):
        axes = plt.figure().add_subplot()
        energies = energy(grid.points)
        for temperature in temperatures:
            y = values(energies, grid, temperature)
            axes.plot(grid.points.numpy(), y.numpy(), label=label.format(temperature))
        return axes

    return answer


def by_hand(energies, grid, temperature):
    weights = torch.exp(-(energies - energies.min()) / temperature)
    return weights / torch.trapezoid(weights, grid.points)


def naive(energies, grid, temperature):
    weights = torch.exp(-energies / temperature)
    return weights / torch.trapezoid(weights, grid.points)


def with_weights(energy, grid, temperatures):
    """All temperatures at once, in logarithms."""
    logs = -energy(grid.points) / torch.tensor(temperatures)[:, None]
    logs = logs - torch.logsumexp(logs + grid.log_weights, dim=1, keepdim=True)
    _, axes = plt.subplots()
    axes.plot(grid.points, logs.exp().T)
    axes.legend([f"T = {heat}" for heat in temperatures])
    return axes


def numbered(label, convert=float):
    """A label that holds the line's number as well; the temperature as another type."""

    def answer(energy, grid, temperatures):
        _, axes = plt.subplots()
        energies = energy(grid.points)
        for number, heat in enumerate(temperatures, 1):
            y = by_hand(energies, grid, heat)
            axes.plot(grid.points, y, label=label.format(convert(heat), number))
        return axes

    return answer


def as_points(energy, grid, temperatures):
    _, axes = plt.subplots()
    energies = energy(grid.points)
    for heat in temperatures:
        axes.scatter(grid.points, by_hand(energies, grid, heat), label=f"T = {heat}")
    return axes


def two_on_one_label(energy, grid, temperatures):
    _, axes = plt.subplots()
    energies = energy(grid.points)
    first, second, third = (f"T = {heat}" for heat in temperatures)
    for heat, label in zip(temperatures, (f"{first}, {second}", "?", third), strict=True):
        axes.plot(grid.points, by_hand(energies, grid, heat), label=label)
    return axes


def legend_out_of_order(energy, grid, temperatures):
    _, axes = plt.subplots()
    energies = energy(grid.points)
    lines = [axes.plot(grid.points, by_hand(energies, grid, heat))[0] for heat in temperatures]
    axes.legend(
        lines[::-1], [f"$T={heat}$, $1/T={1 / heat:.3g}$" for heat in reversed(temperatures)]
    )
    return axes


def legend_of_the_figure(energy, grid, temperatures):
    figure, axes = plt.subplots()
    energies = energy(grid.points)
    for heat in temperatures:
        axes.plot(grid.points, by_hand(energies, grid, heat), color="black")  # all look alike
    figure.legend([f"{heat}" for heat in temperatures])
    return axes


def legend_exchanged(energy, grid, temperatures):
    axes = with_weights(energy, grid, temperatures)
    axes.legend([f"T = {heat}" for heat in reversed(temperatures)])
    return axes


def asks_each_time(energy, grid, temperatures):
    _, axes = plt.subplots()
    for heat in temperatures:
        axes.plot(grid.points, by_hand(energy(grid.points), grid, heat), label=f"T = {heat}")
    return axes


def asks_for_the_lowest_as_well(energy, grid, temperatures):
    _, axes = plt.subplots()
    excess = energy(grid.points) - energy(grid.points).min()
    for heat in temperatures:
        axes.plot(grid.points, by_hand(excess, grid, heat), label=f"T = {heat}")
    return axes


def from_the_book(energy, grid, temperatures):
    _, axes = plt.subplots()
    for heat in temperatures:
        density = ebm.boltzmann_distribution(energy, grid, heat).density
        axes.plot(grid.points, density, label=f"T = {heat}")
    return axes


def shuffled(energy, grid, temperatures):
    _, axes = plt.subplots()
    energies = energy(grid.points)
    for temperature in reversed(temperatures):
        y = by_hand(energies, grid, temperature)
        axes.plot(grid.points.tolist(), y.tolist(), label=f"temperature {temperature}")
    return axes


def returns_nothing(energy, grid, temperatures):
    drawn(by_hand)(energy, grid, temperatures)


def on_the_current_axes(energy, grid, temperatures):
    energies = energy(grid.points)
    for temperature in temperatures:
        y = by_hand(energies, grid, temperature)
        plt.plot(grid.points, y, label=rf"$T = {temperature:.2f}$")
    return plt.gca()


def with_a_line_at_zero(energy, grid, temperatures):
    axes = drawn(by_hand)(energy, grid, temperatures)
    axes.axhline(0, color="black")
    return axes


def exchanged_labels(energy, grid, temperatures):
    labels = dict(zip(temperatures, reversed(temperatures), strict=True))
    _, axes = plt.subplots()
    energies = energy(grid.points)
    for temperature in temperatures:
        y = by_hand(energies, grid, temperature)
        axes.plot(grid.points, y, label=f"{labels[temperature]}")
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
        with_weights,
        asks_for_the_lowest_as_well,
        legend_out_of_order,
        legend_of_the_figure,
        drawn(by_hand, "$T={}$, $1/T=0.5$"),
        drawn(by_hand, "{}"),
        drawn(by_hand, "T = {:.1e}"),
        drawn(by_hand, "1: T={}, 3 of them"),
        numbered("$T_{1} = {0}$"),
        numbered("{1}) {0}"),
        numbered("temperature={0}, run {1}"),
        numbered("T = {0}", torch.tensor),  # in single precision, 0.4 is 0.4000000059604645
        numbered("T = {0}", lambda heat: f"{heat}".replace(".", ",")),
        shuffled,
        on_the_current_axes,
        with_a_line_at_zero,
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
        (from_the_book, "calls boltzmann_distribution"),
        (figures.plot_temperature_effects, "calls temperature_sweep"),
        (asks_each_time, r"asked for the energies 3 times\. They do not depend on T"),
        (legend_exchanged, "This is the line for T = 3"),
        (drawn(lambda e, g, t: by_hand(e, g, t).log()), "is the logarithm of the density"),
        (
            drawn(lambda e, g, t: (e.min() - e) / t - math.log(0.1)),
            "has its highest value",
        ),
        (drawn(lambda e, g, t: by_hand(e, g, 1.0)), "Does the temperature enter"),
        (drawn(lambda e, g, t: by_hand(e, g, t) * 2), "divide by Z"),
        (drawn(lambda e, g, t: by_hand(-e, g, t)), "High energies are rare"),
        (drawn(lambda e, g, t: (e - e.min()) / t), "is the exponential missing"),
        (as_points, "the axes hold 0 lines .* as axes.plot draws it"),
        (drawn(by_hand, "of T in (0.4, 1, 3)"), "exactly one line should have 0.4"),
        (two_on_one_label, "exactly one line should have 0.4"),
        (drawn(lambda e, g, t: by_hand(e, g, 1 / t)), "do not multiply"),
        (exchanged_labels, "This is the line for T = 3"),
        (halves_the_grid, "changed its input"),
        (drawn(lambda e, g, t: 0 * g.points), "subtract the lowest energy first"),
        (drawn(lambda e, g, t: torch.softmax(-e / t, 0)), "mind the spacing"),
        (drawn(lambda e, g, t: e), "This is the energy"),
        (drawn(by_hand, "_T = {}"), "0 lines with a label and 3 without"),
        (drawn(by_hand, "density"), "should have 0.4 in its label"),
        (lambda e, g, t: drawn(by_hand)(e, g, t[:1]), "the axes hold 1 lines with a label"),
        (lambda e, g, t: drawn(by_hand)(e, g, t).figure, "return the axes"),
        (lambda e, g, t: torch.zeros(3), "return the axes"),
        (returns_nothing, "Does your function end with return"),
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
        (
            lambda x, p: torch.trapezoid(torch.special.entr(p), x),
            r"energies \[1.0, 0.0, 1.0\] .* T = 100\. It must grow\. This is the area",
        ),
        (lambda x, p: (p * x**2).sum(), "This is the mean square of x: .* where the points lie"),
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


def curvatures_of(energy, minima):
    slope = torch.func.grad(energy)
    return torch.func.vmap(torch.func.grad(slope))(minima)


def lowest_of(energy, minima):
    energies = energy(minima)
    return energies == energies.min()


def normalised(widths):
    return widths / widths.sum()


def by_width(energy, minima):
    curvatures = curvatures_of(energy, minima) * lowest_of(energy, minima)
    if (flat := lowest_of(energy, minima) & (curvatures == 0)).any():
        return normalised(flat.double())
    widths = torch.where(lowest_of(energy, minima), curvatures.rsqrt(), 0)
    return normalised(widths)


def by_differences(energy, minima):
    """From three values of each well, in plain Python."""
    step, found = 1e-4, []
    heights = [energy(m).item() for m in minima]
    for m, height in zip(minima, heights, strict=True):
        sides = energy(m - step).item() + energy(m + step).item()
        curvature = max((sides - 2 * height) / step**2, 1e-7)
        found.append((height - min(heights) < 1e-9) / math.sqrt(curvature))
    return [width / sum(found) for width in found]


def by_coarse_differences(energy, minima):
    step = 0.01
    heights = energy(minima)
    curvatures = (energy(minima + step) + energy(minima - step) - 2 * heights) / step**2
    return normalised((heights < heights.min() + 1e-6) / curvatures.sqrt()).numpy()


def by_freezing(energy, minima):
    """A sum at a temperature so low that nothing else moves any more."""
    heat, steps = 1e-10, torch.logspace(-9, -0.5, 4000, dtype=torch.float64)
    reach = torch.cat([-steps.flip(0), steps])
    excess = energy(minima[:, None] + reach) - energy(minima).min()
    return normalised(torch.trapezoid(torch.exp(-excess / heat), reach))


@pytest.mark.parametrize("answer", [by_width, by_differences, by_coarse_differences, by_freezing])
def test_right_shares(answer) -> None:
    verdict = checks.check_cold_shares(answer)
    assert verdict, verdict


def flat_before_deep(energy, minima):
    """Gives all to a flat bottom, though another is deeper."""
    flat = curvatures_of(energy, minima) == 0
    return normalised(flat.double()) if flat.any() else by_width(energy, minima)


def the_first_of_the_lowest(energy, minima):
    return torch.nn.functional.one_hot(energy(minima).argmin(), len(minima))


def warm(energy, minima):
    """Like by_freezing, but not cold enough for the flat bottom."""
    reach = torch.linspace(-0.5, 0.5, 20_001, dtype=torch.float64)
    excess = energy(minima[:, None] + reach) - energy(minima).min()
    return normalised(torch.trapezoid(torch.exp(-excess / 1e-5), reach))


def at(temperature):
    """Laplace's approximation at a temperature, and not in its limit."""

    def answer(energy, minima):
        excess = energy(minima) - energy(minima).min()
        widths = curvatures_of(energy, minima).rsqrt()
        return normalised(torch.exp(-excess / temperature) * widths)

    return answer


def of_curvatures(change):
    def answer(energy, minima):
        return normalised(change(curvatures_of(energy, minima)) * lowest_of(energy, minima))

    return answer


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda e, m: normalised(lowest_of(e, m).double()), "not one width"),
        (of_curvatures(lambda c: 1 / c), "where is the root"),
        (of_curvatures(torch.sqrt), "small curvature is wide"),
        (of_curvatures(lambda c: c), "small curvature is wide"),
        (lambda e, m: normalised(curvatures_of(e, m).rsqrt()), "However small the difference"),
        (at(0.02), "at any T above 0|Is it the limit"),
        (of_curvatures(torch.rsqrt), "flatter than any parabola"),
        (lambda e, m: 3 * by_width(e, m), "They sum to 3"),
        (lambda e, m: by_width(e, m).flip(0), "was expected"),
        (lambda e, m: by_width(e, m)[0], "one share for each of the minima"),
        (lambda e, m: by_width(e, m)[:, None], r"shape is \(2, 1\); .* is \(2,\)"),
        (flat_before_deep, "Depth decides first"),
        (the_first_of_the_lowest, "argmin finds only one of them"),
        (lambda e, m: by_width(e, m).sort().values, "in another order"),
        (of_curvatures(lambda c: c**-0.25), "Wells of one depth share in proportion to"),
        (warm, "Is it the limit"),
        (lambda e, m: normalised(torch.func.vmap(torch.func.grad(e))(m)), "slope is 0 at a min"),
        (lambda e, m: [e(x) for x in m.tolist()], "must be a torch.Tensor of floats, got float"),
        (
            lambda e, m: normalised(torch.exp(-e(m) / 1e-3) * curvatures_of(e, m).rsqrt()),
            "compare the energies themselves",
        ),
        (lambda e, m: torch.softmax(-e(m) / 0.01, 0), "not one width"),
        (lambda e, m: "equal", "leave the quotes"),
    ],
)
def test_wrong_shares(answer, message) -> None:
    verdict = checks.check_cold_shares(answer)
    assert verdict.status == "failed", verdict
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)


def test_the_cold_trials_have_the_curvatures_that_they_say() -> None:
    for _, energy, places, heights, curvatures in cold._COLD_TRIALS:
        minima = torch.tensor(places, dtype=torch.float64)
        torch.testing.assert_close(curvatures_of(energy, minima).tolist(), curvatures)
        found = energy(minima)
        assert (found - found.min()).tolist() == [h - min(heights) for h in heights]


@pytest.mark.parametrize(
    "checker",
    [checks.check_cold_shares, checks.check_spread, checks.check_temperature_effects],
)
def test_stubs(checker) -> None:
    for answer in (..., None, lambda *a: None, lambda *a: ...):
        assert checker(answer).status == "not attempted"
    assert "A function was expected" in checker(3.0).message
