"""The plane's checkers against named wrong answers and right ones written differently."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import ebm_snippets as ebm
from ebm_snippets import checks, figures


def stable(energy, grid):
    energies = energy(grid.points)
    weights = torch.exp(-(energies - energies.min()))
    first, second = (line.points for line in grid.factors)
    area = (first[1] - first[0]) * (second[1] - second[0])
    return energies, weights / (weights.sum() * area)


def draw(axes, grid, energies, density, *, how="contourf"):
    first, second = (line.points for line in grid.factors)
    for panel, values in zip(axes, (energies, density), strict=True):
        getattr(panel, how)(first.numpy(), second.numpy(), values.T.numpy())


def with_contours(energy, grid, axes):
    energies, density = stable(energy, grid)
    draw(axes, grid, energies, density)
    return density


def with_a_mesh(energy, grid, axes):
    distribution = ebm.boltzmann_distribution(energy, grid)
    draw(axes, grid, distribution.energies, distribution.density, how="pcolormesh")
    return distribution.density


def with_lines(energy, grid, axes):
    energies, density = stable(energy, grid)
    points = grid.points.numpy()
    axes[0].contour(points[..., 0], points[..., 1], energies, levels=20)
    axes[1].contour(points[..., 0], points[..., 1], density, levels=20)
    return density


def with_the_book(energy, grid, axes):
    figures.plot_2d_energy_landscape(energy, grid, axes=axes)
    return ebm.boltzmann_distribution(energy, grid).density


def variant(change=lambda e, p, g: p, drawn=lambda e, p: (e, p)):
    def answer(energy, grid, axes):
        energies, density = stable(energy, grid)
        draw(axes, grid, *drawn(energies, density))
        return change(energies, density, grid)

    return answer


def exchanged(energy, grid, axes):
    energies, density = stable(energy, grid)
    points = grid.points.numpy()
    axes[0].contourf(points[..., 1], points[..., 0], energies)
    axes[1].contourf(points[..., 1], points[..., 0], density)
    return density


def exchanged_mesh(energy, grid, axes):
    energies, density = stable(energy, grid)
    points = grid.points.numpy()
    for panel, values in zip(axes, (energies, density), strict=True):
        panel.pcolormesh(points[..., 1], points[..., 0], values.numpy())
    return density


def naive(energy, grid, axes):
    weights = torch.exp(-energy(grid.points))
    density = weights / (weights * grid.log_weights.exp()).sum()
    draw(axes, grid, energy(grid.points), density)
    return density


def shaded(how, *, places=True, turned=True, **options):
    def answer(energy, grid, axes):
        energies, density = stable(energy, grid)
        lines = [line.points.numpy() for line in grid.factors] if places else []
        for panel, values in zip(axes, (energies, density), strict=True):
            getattr(panel, how)(*lines, values.T if turned else values, **options)
        return density.numpy()

    return answer


def with_levels(energy, grid, axes):
    energies, density = stable(energy, grid)
    draw(axes, grid, energies, density)
    axes[0].clear()
    points = grid.points.numpy()
    axes[0].contourf(points[..., 0], points[..., 1], energies, levels=range(0, 200, 10))
    return density


def coloured(energy, grid, axes):
    energies, density = stable(energy, grid)
    draw(axes, grid, energies, density)
    axes[0].clear()
    axes[0].pcolormesh(plt.get_cmap("viridis")((energies / energies.max()).numpy()))
    return density


def on_flat_axes(energy, grid, axes):
    return with_contours(energy, grid, axes.flat)


def through_pyplot(energy, grid, axes):
    energies, density = stable(energy, grid)
    points = grid.points.numpy()
    for panel, values in zip(axes, (energies, density), strict=True):
        plt.sca(panel)
        plt.contourf(points[..., 0], points[..., 1], values)
        plt.colorbar()
    return density.float()


@pytest.mark.parametrize(
    "answer",
    [
        with_contours,
        with_a_mesh,
        with_lines,
        with_the_book,
        shaded("pcolormesh", shading="gouraud"),
        shaded("pcolor"),
        through_pyplot,
        on_flat_axes,
        shaded("contourf", levels=4),
        shaded("contour", levels=5),
    ],
)
def test_right_landscapes(answer) -> None:
    before = plt.get_fignums()
    verdict = checks.check_2d_landscape(answer)
    assert verdict, verdict
    assert plt.get_fignums() == before


@pytest.mark.filterwarnings("ignore:No contour levels|invalid value|All-NaN:UserWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda e, g, a: stable(e, g)[1], "The left axes hold no contours"),
        (variant(lambda e, p, g: p / p.sum()), "Your values sum to 1"),
        (variant(lambda e, p, g: p / p.max()), "divide by Z as well"),
        (variant(lambda e, p, g: e), "This is the energy"),
        (variant(lambda e, p, g: -e), "is the exponential missing"),
        (variant(lambda e, p, g: p.log()), "This is the logarithm of the density"),
        (variant(lambda e, p, g: (e - e.max()).exp()), "The sign is wrong"),
        (variant(lambda e, p, g: 3 * torch.softmax(e.flatten(), 0).reshape(e.shape)), "The sign"),
        (variant(lambda e, p, g: p * 0.1), r"integrates to 0\.1, not to 1"),
        (variant(lambda e, p, g: p * 81 * 91 / (80 * 90)), r"0\.125 times 0\.2 here"),
        (variant(drawn=lambda e, p: (e, -e)), r"the density reaches from 0 to 0\.3183"),
        (variant(drawn=lambda e, p: (e, 0.282 * p.sqrt())), r"from 0 to 0\.3183"),  # at T = 2
        (variant(drawn=lambda e, p: (e, p.log())), r"the density reaches from 0 to 0\.3183"),
        (variant(drawn=lambda e, p: (-p, p)), "Is it the energy"),
        (variant(drawn=lambda e, p: (e, 0 * p)), "nobody sees where the density is highest"),
        (variant(lambda e, p, g: p.T), "has shape"),
        (variant(lambda e, p, g: None), "returned None"),
        (variant(drawn=lambda e, p: (-e, p)), "energy on the left axes should be lowest"),
        (variant(drawn=lambda e, p: (p, e)), "left axes fills nearly all of the picture"),
        (variant(drawn=lambda e, p: (e, e)), "density on the right axes should be highest"),
        (variant(drawn=lambda e, p: (e.flip(0), p)), r"lowest at \(1\.2, -0\.6\), and it is at"),
        (variant(drawn=lambda e, p: (e, p.flip(1))), "density on the right axes should be"),
        (variant(lambda e, p, g: p.flip(0, 1)), "was expected"),
        (variant(drawn=lambda e, p: (e.T.reshape(e.shape), p)), "energy on the left axes should"),
        (shaded("contourf", turned=False), "transpose the values"),
        (shaded("pcolormesh", turned=False), "transpose the values"),
        (shaded("contourf", places=False), r"it is at \(48, 40\). Does each"),
        (with_levels, r"left axes show no contour: the levels reach from 0 to 190\. Do the"),
        (coloured, "the values, and not colours"),
        (exchanged, "x_1 and x_2 are exchanged"),
        (exchanged_mesh, "x_1 and x_2 are exchanged"),
        (naive, "subtract the lowest energy first|raised"),
        (lambda e, g, a: e(*g.points.unbind(-1)), "takes all coordinates in one tensor"),
        (lambda e, g, a: torch.zeros(81, 91), "was expected"),
    ],
)
def test_wrong_landscapes(answer, message) -> None:
    verdict = checks.check_2d_landscape(answer)
    assert verdict.status == "failed"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)


def trapezoid(energy, num, temperature):
    line = ebm.linear_grid(-4, 4, num)
    grid = ebm.product_grid(line, line)
    return torch.exp(grid.log_weights - energy(grid.points) / temperature).sum()


def by_the_book(energy, num, temperature):
    line = ebm.linear_grid(-4, 4, num)
    return ebm.boltzmann_distribution(energy, ebm.product_grid(line, line), temperature).Z


def from_a_table(energy, num, temperature):
    line = ebm.linear_grid(-4, 4, num)
    grid = ebm.product_grid(line, line)
    energies = energy(grid.points)
    return ebm.boltzmann_distribution(lambda _: energies, grid, temperature).Z


def on_two_arguments(energy, num, temperature):
    x = torch.linspace(-4, 4, num)
    return torch.exp(-energy(*torch.meshgrid(x, x, indexing="ij")) / temperature).sum()


def plain(energy, num, temperature, factor=lambda h, n: h * h):
    x = torch.linspace(-4, 4, num, dtype=torch.float64)
    states = torch.stack(torch.meshgrid(x, x, indexing="ij"), dim=-1)
    total = torch.exp(-energy(states) / temperature).sum()
    return float(total * factor(8 / (num - 1), num))


def bare(energy, num, temperature):
    """The sum of -E / T itself."""
    x = torch.linspace(-4, 4, num, dtype=torch.float64)
    return -energy(torch.cartesian_prod(x, x)).sum() / temperature * (8 / (num - 1)) ** 2


def streamed(energy, num, temperature):
    line = ebm.linear_grid(-4, 4, num)
    return ebm.streamed_log_Z(energy, line, line, temperature=temperature).exp()


def narrow(energy, num, temperature):
    x = torch.linspace(-3, 3, num, dtype=torch.float64)
    weights = torch.exp(-energy(torch.cartesian_prod(x, x)) / temperature)
    return weights.sum() * (6 / (num - 1)) ** 2


def twice(energy, num, temperature):
    """Asks for each energy twice, the lowest first."""
    line = ebm.linear_grid(-4, 4, num)
    grid = ebm.product_grid(line, line)
    lowest = energy(grid.points).min()
    excess = (energy(grid.points) - lowest) / temperature
    return torch.exp(grid.log_weights - excess - lowest / temperature).sum()


def round_only(energy, num, temperature):
    grid = ebm.radial_grid(4.0, 20 * num)
    energies = energy(torch.stack([grid.points, 0 * grid.points], dim=-1))
    return torch.exp(grid.log_weights - energies / temperature).sum()


def row_by_row(energy, num, temperature):
    x = torch.linspace(-4, 4, num, dtype=torch.float64)
    rows = [energy(torch.stack([torch.full_like(x, place), x], dim=-1)) for place in x.tolist()]
    return [float(sum(torch.exp(-row / temperature).sum() for row in rows) * (8 / (num - 1)) ** 2)]


def state_by_state(energy, num, temperature):
    x = torch.linspace(-4, 4, num)
    energies = torch.vmap(energy)(torch.cartesian_prod(x, x))
    return torch.exp(-energies / temperature).sum() * (8 / (num - 1)) ** 2


def counted(energy, num, temperature):
    """Computes equal coordinates in several ways, which differ in the last digits."""
    k, h = torch.arange(num * num), 8 / (num - 1)
    row = k // num
    states = torch.stack([-4 + row * h, -4 + k * h - row * num * h], dim=-1)
    return torch.exp(-energy(states) / temperature).sum() * h * h


def midpoints(energy, num, temperature):
    x = (torch.arange(num, dtype=torch.float32) + 0.5) * 8 / num - 4
    states = torch.cartesian_prod(x, x)
    return torch.exp(-energy(states) / temperature).sum()[None] * (8 / num) ** 2


@pytest.mark.parametrize(
    "answer", [trapezoid, plain, row_by_row, state_by_state, counted, midpoints, twice]
)
def test_right_partition_functions(answer) -> None:
    verdict = checks.check_plane_partition(answer)
    assert verdict, verdict


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda e, n, t: plain(e, n, t, lambda h, n: 1), "Multiply by the area of a cell"),
        (lambda e, n, t: plain(e, n, t, lambda h, n: h), "product of two spacings"),
        (lambda e, n, t: plain(e, n, t, lambda h, n: (8 / n) ** 2), "num - 1 gaps"),
        (by_the_book, "calls boltzmann_distribution"),
        (from_a_table, "calls boltzmann_distribution"),
        (streamed, "calls streamed_log_Z"),
        (on_two_arguments, "takes all coordinates in one tensor"),
        (lambda e, n, t: 1.0005 * trapezoid(e, n, t), r"5\.13038 was expected\.$"),
        (lambda e, n, t: plain(e, n, 1.0), "Where does the temperature enter"),
        (lambda e, n, t: plain(e, n, 1 / t), "do not multiply"),
        (lambda e, n, t: plain(e, n, -t), "mind the minus"),
        (lambda e, n, t: plain(e, n, t, lambda h, n: 1 / n**2), "This is a mean"),
        (lambda e, n, t: plain(e, n, t, lambda h, n: (4 / (n - 1)) ** 2), "The square is 8 wide"),
        (lambda e, n, t: 5.130381207582943, "Your function asked for no energy"),
        (round_only, "your states reach in x_1 from 0 to 4"),
        (lambda e, n, t: plain(e, 161, t), "and yet: There should be 81 points on each side"),
        (narrow, "from -4 to 4; your states reach in x_1 from -3 to 3"),
        (lambda e, n, t: trapezoid(e, n, t).log(), "This is log Z"),
        (lambda e, n, t: bare(e, n, t), "is the exponential missing"),
        (lambda e, n, t: -bare(e, n, t), "are the exponential and the minus missing"),
        (lambda e, n, t: torch.ones(n, n), "one number, please"),
        (lambda e, n, t: plain(e, 20, t), "was expected"),
    ],
)
def test_wrong_partition_functions(answer, message) -> None:
    verdict = checks.check_plane_partition(answer)
    assert verdict.status == "failed"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)


def by_logarithms(energy, dim, temperature, *, power=lambda d: d - 1, heat=lambda t: t):
    r = torch.linspace(0.01, 30, 3000, dtype=torch.float64)
    return r[(power(dim) * r.log() - energy(r) / heat(temperature)).argmax()]


def by_slope(energy, dim, temperature):
    """Where the slope of the logarithm changes its sign, at the best of such places."""
    r = torch.linspace(0.02, 30, 20_001, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(energy(r).sum(), r)
    rises = (dim - 1) / r - slope / temperature > 0
    places = r.detach()[:-1][rises[:-1] & ~rises[1:]]
    heights = (dim - 1) * places.log() - energy(places) / temperature
    return np.array([places[heights.argmax()]])


def by_the_grid_of_radii(energy, dim, temperature):
    shells = ebm.radial_grid(30.0, 6001, dim=dim)
    return [
        float(shells.points[(shells.log_weights - energy(shells.points) / temperature).argmax()])
    ]


@pytest.mark.parametrize("answer", [by_logarithms, by_slope, by_the_grid_of_radii])
def test_right_radii(answer) -> None:
    verdict = checks.check_likeliest_radius(answer)
    assert verdict, verdict


def without_logarithms(energy, dim, temperature):
    r = torch.linspace(0.01, 30, 3000, dtype=torch.float64)
    return r[(r ** (dim - 1) * torch.exp(-energy(r) / temperature)).argmax()]


def scaled_and_without_logarithms(energy, dim, temperature):
    r = torch.linspace(0.01, 30, 3000, dtype=torch.float64)
    weights = torch.exp(-(energy(r) - energy(r).min()) / temperature)
    masses = r ** (dim - 1) * weights
    return masses[masses < torch.inf].max() * 0 + r[masses.argmax()]


def mean_radius(energy, dim, temperature):
    shells = ebm.radial_grid(30.0, 30_001, dim=dim)
    return ebm.boltzmann_distribution(energy, shells, temperature).expectation(lambda r: r)


def climbs(energy, dim, temperature):
    """Goes uphill from 0.5, to the first peak that it meets."""
    r = 0.5
    for _ in range(20_000):
        at = torch.tensor(r, dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad((dim - 1) * at.log() - energy(at) / temperature, at)
        if abs(step := 0.01 * float(slope.clamp(-1, 1))) < 1e-6:
            break
        r += step
    return r


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda *a: by_logarithms(*a, power=lambda d: 0), "How much room has a radius"),
        (lambda *a: by_logarithms(*a, power=lambda d: 1), r"as r in the plane only"),
        (lambda *a: by_logarithms(*a, power=lambda d: d), "a surface of d - 1"),
        (lambda *a: by_logarithms(*a, heat=lambda t: 1.0), "Where does the temperature enter"),
        (lambda *a: by_logarithms(*a, heat=lambda t: 1 / t), "do not multiply"),
        (mean_radius, "This is the mean radius"),
        (without_logarithms, r"look for the largest \*logarithm\*"),
        (scaled_and_without_logarithms, r"look for the largest \*logarithm\*"),
        (climbs, "more than one peak"),
        (lambda *a: 100 * by_logarithms(*a), r"is this an index\? Take r\[index\]"),
        (lambda e, d, t: by_logarithms(lambda r: -e(r), d, t), "mind the minus"),
        (lambda *a: min(by_logarithms(*a), 10.0), "let the search reach 30"),
        (lambda e, d, t: ((1 + (1 + (d - 1) * t) ** 0.5) / 2) ** 0.5, "was expected"),
        (lambda e, d, t: float("nan"), r"largest \*logarithm\*"),
        (lambda e, d, t: torch.zeros(2), "one number, please"),
    ],
)
def test_wrong_radii(answer, message) -> None:
    verdict = checks.check_likeliest_radius(answer)
    assert verdict.status == "failed"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)


def langevin(energy, start, temperature, *, step_size=0.02, num_steps=400):
    return ebm.langevin_dynamics(
        energy,
        start,
        temperature=temperature,
        step_size=step_size,
        num_steps=num_steps,
        generator=torch.Generator().manual_seed(1),
    )


def last_states(energy, start, temperature):
    return langevin(energy, start, temperature)[-1]


def walk(energy, start, temperature, *, noise=lambda t, h: (2 * t * h) ** 0.5, num_steps=400):
    """The rule, written out."""
    generator, h = torch.Generator().manual_seed(2), 0.02
    x = start.clone()
    for _ in range(num_steps):
        x.requires_grad_(True)
        (slope,) = torch.autograd.grad(energy(x).sum(), x)
        kicks = torch.randn(x.shape, generator=generator, dtype=x.dtype)
        x = x.detach() - h * slope + noise(temperature, h) * kicks
    return x


def metropolis(energy, start, temperature):
    """Another walk: propose a step, and take it with probability e^(-(rise)/T)."""
    generator = torch.Generator().manual_seed(3)
    x, height = start, energy(start)
    for _ in range(600):
        new = x + 0.35 * torch.randn(x.shape, generator=generator, dtype=x.dtype)
        rise = energy(new) - height
        chance = torch.rand(rise.shape, generator=generator, dtype=x.dtype)
        taken = chance < torch.exp(-rise / temperature)
        x, height = torch.where(taken[:, None], new, x), torch.where(taken, height + rise, height)
    return x.numpy()


@pytest.mark.parametrize("answer", [last_states, walk, metropolis])
def test_right_walks(answer) -> None:
    verdict = checks.check_walkers(answer)
    assert verdict, verdict


def stepped(energy, start, temperature, *, mean=False, uphill=False, anew=True, draw=torch.randn):
    """The rule with a slip in it."""
    generator, h, x, kicks = torch.Generator().manual_seed(2), 0.02, start, None
    for _ in range(400):
        x = x.detach().requires_grad_(True)
        energies = energy(x)
        (slope,) = torch.autograd.grad(energies.mean() if mean else energies.sum(), x)
        if anew or kicks is None:
            kicks = draw(x.shape, generator=generator, dtype=x.dtype)
        x = x.detach() + (h if uphill else -h) * slope + (2 * temperature * h) ** 0.5 * kicks
    return x


def adds_up(energy, start, temperature):
    """Never sets .grad to None."""
    generator, h, x = torch.Generator().manual_seed(2), 0.02, start.clone().requires_grad_(True)
    for _ in range(400):
        energy(x).sum().backward()
        with torch.no_grad():
            kicks = torch.randn(x.shape, generator=generator, dtype=x.dtype)
            x += (2 * temperature * h) ** 0.5 * kicks - h * x.grad
    return x


def one_kick_for_all(energy, start, temperature):
    x, generator = start, torch.Generator().manual_seed(4)
    for _ in range(300):
        (slope,) = torch.autograd.grad(energy(x.requires_grad_(True)).sum(), x)
        x = (
            x.detach()
            - 0.02 * slope
            + (0.04 * temperature) ** 0.5 * torch.randn(1, generator=generator, dtype=x.dtype)
        )
    return x


def one_kick_for_all_coordinates(energy, start, temperature):
    x, generator = start, torch.Generator().manual_seed(4)
    for _ in range(300):
        (slope,) = torch.autograd.grad(energy(x.requires_grad_(True)).sum(), x)
        kicks = torch.randn(len(x), 1, generator=generator, dtype=x.dtype)
        x = x.detach() - 0.02 * slope + (0.04 * temperature) ** 0.5 * kicks
    return x


def wrong_on_the_shell(change):
    def answer(energy, start, temperature):
        states = last_states(energy, start, temperature)
        return change(states, start) if bool((start[:, 0] == 1).all()) else states

    return answer


def exact_in_the_bowl(energy, start, temperature):
    """Draws from the Gaussian that fits the curvatures at the lowest point: right in a bowl."""
    lowest = langevin(energy, start, 0.0, num_steps=600)[-1, 0]
    steps = 0.01 * torch.eye(len(lowest), dtype=start.dtype)
    rise = energy(lowest + steps) + energy(lowest - steps) - 2 * energy(lowest)
    curvature = (rise / 0.01**2).clamp(min=0.5)
    generator = torch.Generator().manual_seed(5)
    noise = torch.randn(start.shape, generator=generator, dtype=start.dtype)
    return lowest + noise * (temperature / curvature).sqrt()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda e, s, t: langevin(e, s, 0.0)[-1], "Without noise|all walkers are at one place"),
        (lambda e, s, t: langevin(e, s, t), r"a whole path: return its last states"),
        (lambda e, s, t: langevin(e, s, t, num_steps=40)[-1], "variance|mean"),
        (lambda e, s, t: langevin(e, s, t, num_steps=110)[-1], "has the mean .* Walk longer"),
        (lambda e, s, t: langevin(e, s, 1.0)[-1], "at T = 1: where does the temperature enter"),
        (lambda e, s, t: langevin(e, s, t, step_size=0.2)[-1], "is the step small enough|raised"),
        (lambda *a: walk(*a, noise=lambda t, h: (t * h) ** 0.5), "Without the 2"),
        (lambda *a: walk(*a, noise=lambda t, h: 2 * (t * h) ** 0.5), "With 2 outside"),
        (lambda *a: walk(*a, noise=lambda t, h: t * (2 * h) ** 0.5), "Is T under the root"),
        (lambda *a: walk(*a, noise=lambda t, h: 2 * t * h), "it must be sqrt|Too narrow"),
        (lambda e, s, t: s, "no walker has moved"),
        (lambda e, s, t: langevin(e, s, t)[0], r"path\[0\] is the start"),
        (lambda *a: walk(*a, noise=lambda t, h: (2 * h / t) ** 0.5), "do not divide"),
        (lambda *a: stepped(*a, mean=True), r"same in all coordinates: .* energy\(x\)\.sum"),
        (lambda *a: stepped(*a, uphill=True), "They run away: go against the slope"),
        (lambda *a: stepped(*a, anew=False), "drawn anew at each step"),
        (lambda *a: stepped(*a, draw=torch.rand), r"Is it torch\.rand"),
        (adds_up, r"\.grad adds up"),
        (lambda e, s, t: e(s.numpy()), "must be a torch.Tensor of floats, got ndarray"),
        (one_kick_for_all, "all walkers are at one place"),
        (one_kick_for_all_coordinates, "On the shell"),
        (exact_in_the_bowl, "On the shell"),
        (wrong_on_the_shell(lambda x, s: 1.1 * x), "On the shell at T = 0.5 the walkers' radius"),
        (
            wrong_on_the_shell(lambda x, s: x / x.norm(dim=1, keepdim=True) * x.norm(dim=1).mean()),
            "give or take .* are the steps small enough",
        ),
        (wrong_on_the_shell(lambda x, s: s * x.norm(dim=1, keepdim=True)), "still remember where"),
        (lambda e, s, t: last_states(e, s, t).mean(0), "one state for each walker"),
        (lambda e, s, t: torch.full_like(s, torch.nan), "take smaller steps"),
        (
            lambda e, s, t: ebm.langevin_dynamics(e, s, temperature=t, step_size=0.01, num_steps=1),
            "generator",
        ),
    ],
)
def test_wrong_walks(answer, message) -> None:
    verdict = checks.check_walkers(answer)
    assert verdict.status == "failed", verdict
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(verdict.message)


@pytest.mark.parametrize(
    "checker",
    [
        checks.check_2d_landscape,
        checks.check_likeliest_radius,
        checks.check_plane_partition,
        checks.check_walkers,
    ],
)
def test_stubs(checker) -> None:
    def stub(first, second, third): ...

    for answer in (..., None, stub, lambda *a: None):
        assert checker(answer).status == "not attempted"
