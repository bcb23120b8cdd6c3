"""Code follows its inputs' device: by fake CUDA tensors here, and on CUDA where there is one.

A fake tensor has a shape, a dtype and a device but no values, and two of them on different
devices raise where they meet. Checks read values through ``any_true`` alone, which is told
here that nothing is wrong. Random draws cannot be faked for CUDA without CUDA, so they are
traced on the meta device.
"""

from __future__ import annotations

import math
import sys
import time
import warnings

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

import ebm_snippets as ebm
from ebm_snippets import boltzmann, landscape

ENERGIES = (ebm.quadratic_energy, ebm.double_well_energy, ebm.asymmetric_energy)


@pytest.fixture
def no_values(monkeypatch) -> None:
    """Tell every check that nothing is wrong, where tensors have no values to look at."""
    for name, module in list(sys.modules.items()):
        if name.startswith("ebm_snippets") and hasattr(module, "any_true"):
            monkeypatch.setattr(module, "any_true", lambda flags: False)


@pytest.fixture
def cuda_like(no_values):
    """Every tensor made within is a fake one; ``device="cuda"`` works."""
    with FakeTensorMode():
        yield torch.device("cuda")


def is_there(value: torch.Tensor, dtype: torch.dtype = torch.float64) -> None:
    assert value.device.type == "cuda"
    assert value.dtype == dtype


def test_fake_tensors_do_refuse_to_mix(cuda_like) -> None:
    with pytest.raises(RuntimeError, match="device"):
        torch.ones(3, device=cuda_like) + torch.ones(3)


@pytest.mark.parametrize("energy", ENERGIES)
def test_energies(cuda_like, energy) -> None:
    is_there(energy(torch.ones(3, device=cuda_like, dtype=torch.float32)), torch.float32)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_an_interpolated_energy(cuda_like, dtype) -> None:
    row = torch.ones(9, device=cuda_like, dtype=dtype)
    energy = ebm.interpolated_energy(row, row)
    is_there(energy(torch.ones(2, 3, device=cuda_like, dtype=dtype)), dtype)
    with pytest.raises(ValueError, match=r"^heights is on cpu but places is on cuda"):
        ebm.interpolated_energy(row, torch.ones(9, dtype=dtype))
    with pytest.raises(ValueError, match=r"^x is on cpu but places is on cuda"):
        energy(torch.ones(3, dtype=dtype))


def test_grids(cuda_like) -> None:
    line = ebm.linear_grid(-6, 6, 201, device=cuda_like)
    single = ebm.linear_grid(-6, 6, 201, device=cuda_like, dtype=torch.float32)
    plane = ebm.product_grid(line, line)
    states = ebm.discrete_states(torch.ones(4, 2, device=cuda_like, dtype=torch.float64))
    built = ebm.Grid(line.points, line.log_weights)
    for grid in (line, plane, states, built):
        is_there(grid.points)
        is_there(grid.log_weights)
    is_there(single.points, torch.float32)
    is_there(ebm.product_grid(single, single).log_weights, torch.float32)
    is_there(ebm.discrete_states(torch.arange(3, device=cuda_like)).log_weights)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_probabilities(cuda_like, dtype) -> None:
    energies = torch.ones(2, 3, device=cuda_like, dtype=dtype)
    is_there(ebm.boltzmann_probabilities(energies, 0.5), dtype)
    heat = torch.ones((), device=cuda_like, dtype=dtype)
    is_there(ebm.boltzmann_probabilities(energies, heat), dtype)
    with pytest.raises(ValueError, match="temperature is on cpu but energies is on cuda"):
        ebm.boltzmann_probabilities(energies, torch.ones((), dtype=dtype))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", ["line", "plane", "interval", "states"])
def test_distribution(cuda_like, dtype, kind) -> None:
    line = ebm.linear_grid(-6, 6, 201, device=cuda_like, dtype=dtype)
    if kind == "interval":
        line = ebm.linear_grid(-6, 6, 201, bounded=True, device=cuda_like, dtype=dtype)
    grid = ebm.product_grid(line, line) if kind == "plane" else line
    if kind == "states":
        grid = ebm.discrete_states(line.points)
    energy = (lambda x: (x**2).sum(-1)) if kind == "plane" else ebm.asymmetric_energy
    heat = torch.ones((), device=cuda_like, dtype=dtype)
    for temperature in (1.5, heat):
        came = ebm.boltzmann_distribution(energy, grid, temperature)
        for name in [
            "log_Z",
            "Z",
            "log_density",
            "density",
            "probabilities",
            "mean_energy",
            "entropy",
            "free_energy",
            "heat_capacity",
            "lowest",
            "log_sum",
            "temperature",
        ]:
            is_there(getattr(came, name), dtype)
        is_there(came.expectation(lambda x: x), dtype)
        is_there(
            came.probability(lambda x: (x > 0).reshape(*grid.log_weights.shape, -1).any(-1)), dtype
        )


def test_sweep(cuda_like) -> None:
    line = ebm.linear_grid(-6, 6, 201, device=cuda_like, dtype=torch.float32)
    heats = torch.ones(3, device=cuda_like, dtype=torch.float64)
    for temperatures in (heats, [0.5, 1.0]):
        for came in ebm.temperature_sweep(ebm.asymmetric_energy, line, temperatures):
            is_there(came.log_Z, torch.float32)
            is_there(came.heat_capacity, torch.float32)


def test_distribution_refuses_to_mix(cuda_like) -> None:
    line = ebm.linear_grid(-6, 6, 201, device=cuda_like)
    here = torch.ones(201, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"grid is on cuda.* but energy\(points\) is on cpu"):
        ebm.boltzmann_distribution(lambda _: here, line)
    with pytest.raises(ValueError, match="log_weights is on cpu but points is on cuda"):
        ebm.Grid(line.points, here)
    came = ebm.boltzmann_distribution(ebm.quadratic_energy, line)
    with pytest.raises(ValueError, match=r"f\(points\) is on cpu but points is on cuda"):
        came.expectation(lambda _: here)
    with pytest.raises(ValueError, match=r"region\(points\) is on cpu but points is on cuda"):
        came.probability(lambda _: here > 0)
    with pytest.raises(ValueError, match=r"grids\[1\] is on cpu but grids\[0\] is on cuda"):
        ebm.product_grid(line, ebm.linear_grid(0, 1, 3))
    with pytest.raises(ValueError, match="generator is on cpu but the states are on cuda"):
        came.sample(3, generator=torch.Generator())
    with pytest.raises(ValueError, match="generator is on cpu but the states are on cuda"):
        ebm.langevin_dynamics(
            ebm.quadratic_energy,
            line.points,
            temperature=1.0,
            step_size=0.1,
            num_steps=1,
            generator=torch.Generator(),
        )


def test_a_divergence_refuses_to_mix(cuda_like) -> None:
    there, here = (
        ebm.boltzmann_distribution(ebm.quadratic_energy, ebm.linear_grid(-6, 6, 201, device=device))
        for device in (cuda_like, "cpu")
    )
    with pytest.raises(ValueError, match=r"^other is on cpu but distribution is on cuda"):
        ebm.kl_divergence(there, here)


def test_gradients_stay_on_the_device(no_values) -> None:
    # Tensors that require gradients cannot be faked for CUDA without CUDA either.
    heat = torch.ones((), device="meta", dtype=torch.float64, requires_grad=True)
    line = ebm.linear_grid(-6, 6, 201, device="meta")
    came = ebm.boltzmann_distribution(ebm.asymmetric_energy, line, heat)
    (slope,) = torch.autograd.grad(came.log_Z, heat)
    assert slope.device.type == "meta"
    # How many stationary points there are depends on values, so every bracket is kept.
    points = line.points
    low, high = landscape._bisect(ebm.double_well_energy, points, points + 1, points > 0)
    assert low.device.type == high.device.type == "meta"
    assert low.dtype == high.dtype == torch.float64


def test_draws_are_made_on_the_device_of_the_states(no_values) -> None:
    start = torch.ones(5, device="meta", dtype=torch.float64)
    path = ebm.langevin_dynamics(
        ebm.asymmetric_energy,
        start,
        temperature=1.0,
        step_size=0.1,
        num_steps=3,
        generator=torch.Generator(),
    )
    assert path.device.type == "meta"
    assert path.shape == (4, 5)
    together = ebm.langevin_dynamics(
        ebm.asymmetric_energy,
        start,
        temperature=torch.ones(2, 1, device="meta"),
        step_size=0.1,
        num_steps=3,
        generator=torch.Generator(),
    )
    assert together.device.type == "meta"
    assert together.shape == (4, 2, 5)
    assert together.dtype == torch.float64
    grid = ebm.discrete_states(torch.ones(4, device="meta"))
    drawn = ebm.boltzmann_distribution(ebm.quadratic_energy, grid).sample(
        3, generator=torch.Generator()
    )
    assert drawn.device.type == "meta"
    assert drawn.shape == (3,)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
class TestOnCuda:
    def test_the_same_numbers(self) -> None:
        for energy in ENERGIES:
            here, there = (
                ebm.boltzmann_distribution(energy, ebm.linear_grid(-9, 9, 3001, device=device))
                for device in ("cpu", "cuda")
            )
            for name in ("log_Z", "mean_energy", "entropy", "free_energy", "heat_capacity"):
                value = getattr(there, name)
                assert value.is_cuda
                assert value.item() == pytest.approx(getattr(here, name).item(), rel=1e-12), name
        wells = ebm.stationary_points(
            ebm.asymmetric_energy, ebm.linear_grid(-3, 4, 200, device="cuda")
        )
        assert wells.minima.is_cuda
        assert wells.minima.tolist() == pytest.approx([-0.965484483345, 2.032283623845])
        sweeps = [
            ebm.temperature_sweep(
                ebm.asymmetric_energy,
                ebm.linear_grid(-9, 9, 3001, device=device),
                torch.tensor([0.2, 1.0], dtype=torch.float64, device=device),
            )
            for device in ("cpu", "cuda")
        ]
        for here, there in zip(*sweeps, strict=True):
            assert there.log_Z.is_cuda
            assert there.log_Z.item() == pytest.approx(here.log_Z.item(), rel=1e-12)
        batch = torch.tensor([[3.0, 1.0, 2.0]], device="cuda")
        assert ebm.boltzmann_probabilities(batch).tolist()[0] == pytest.approx(
            [0.09003057, 0.66524096, 0.24472847]
        )

    def test_draws(self) -> None:
        generator = torch.Generator(device="cuda").manual_seed(0)
        came = ebm.boltzmann_distribution(
            ebm.quadratic_energy, ebm.linear_grid(-6, 6, 201, device="cuda")
        )
        assert came.sample(7, generator=generator).is_cuda
        path = ebm.langevin_dynamics(
            ebm.quadratic_energy,
            torch.zeros(20_000, device="cuda"),
            temperature=0.7,
            step_size=0.1,
            num_steps=60,
            generator=generator,
        )
        assert path[-1].var().item() == pytest.approx(0.7 / 1.8, rel=0.045)
        heat = torch.tensor([[0.3], [0.7]], device="cuda", dtype=torch.float64)
        start = torch.zeros(9, device="cuda", dtype=torch.float64)
        settings = {"step_size": 0.1, "num_steps": 20}
        together = ebm.langevin_dynamics(
            ebm.asymmetric_energy,
            start,
            temperature=heat,
            generator=generator.manual_seed(1),
            **settings,
        )
        for row, temperature in enumerate((0.3, 0.7)):
            alone = ebm.langevin_dynamics(
                ebm.asymmetric_energy,
                start,
                temperature=temperature,
                generator=generator.manual_seed(1),
                **settings,
            )
            torch.testing.assert_close(together[:, row], alone, rtol=1e-12, atol=1e-12)


def test_planes_and_radii(cuda_like) -> None:
    line = ebm.linear_grid(-6, 6, 41, device=cuda_like)
    plane = ebm.product_grid(line, line)
    for energy in (
        ebm.bowl_energy,
        ebm.ring_energy,
        ebm.four_wells_energy,
        ebm.correlated_gaussian_energy(0.5),
    ):
        came = ebm.boltzmann_distribution(energy, plane)
        is_there(came.marginal(1).log_Z)
        is_there(ebm.kl_divergence(came, came))
    for dim in (2, 3):
        radii = ebm.radial_grid(6, 401, dim=dim, device=cuda_like)
        is_there(radii.log_weights)
        is_there(ebm.boltzmann_distribution(ebm.quadratic_energy, radii).log_Z)
    coarse = ebm.linear_grid(-4, 4, 65, device=cuda_like, dtype=torch.bfloat16)
    is_there(ebm.boltzmann_distribution(ebm.quadratic_energy, coarse).log_Z, torch.bfloat16)


def test_a_gpu_takes_a_sum_in_larger_pieces(cuda_like) -> None:
    """100^4 points: 12 pieces of 2^23 instead of 770 of 2^17, each of which starts its kernels."""
    sizes = []

    def energy(x: torch.Tensor) -> torch.Tensor:
        sizes.append(len(x))
        return (x**2).sum(-1)

    axis = ebm.linear_grid(-6, 6, 100, device=cuda_like)
    is_there(ebm.streamed_log_Z(energy, axis, axis, axis, axis))
    pieces = sizes[:-4]  # then come the lines through the likeliest state
    assert sum(pieces) == 100**4
    assert len(pieces) == 13
    assert max(pieces) <= 2**23 < max(pieces) + 10**6
    weights = torch.ones(784, 16, device=cuda_like, dtype=torch.float64)
    is_there(ebm.restricted_boltzmann_log_Z(weights, weights.select(1, 0), weights.select(0, 0)))


@pytest.mark.parametrize("points_at_once", [10, 500, 10**6, None])
def test_streamed_sum(cuda_like, points_at_once) -> None:
    line = ebm.linear_grid(-6, 6, 21, device=cuda_like)
    lines = (line, line, line)
    is_there(ebm.streamed_log_Z(lambda x: (x**2).sum(-1), *lines, points_at_once=points_at_once))
    here = torch.ones(21, dtype=torch.float64)
    with pytest.raises(
        ValueError, match=r"^grids\[0\] is on cuda:0 but energy\(points\) is on cpu"
    ):
        ebm.streamed_log_Z(lambda _: here, line)


def test_estimates_and_spins(cuda_like) -> None:
    came = ebm.importance_estimate(torch.ones(9, device=cuda_like, dtype=torch.float64))
    is_there(came.log_Z)
    is_there(came.effective_sample_size)
    is_there(came.standard_error)
    states = ebm.spin_states(4, device=cuda_like)
    energy = ebm.ising_energy(ebm.ring_bonds(4), field=0.1)
    is_there(ebm.boltzmann_distribution(energy, states).log_Z)
    glass = ebm.ising_energy(ebm.ring_bonds(4), coupling=[1.0, -1.0, 0.5, 2.0])
    is_there(ebm.boltzmann_distribution(glass, states).log_Z)
    heat = torch.ones((), device=cuda_like, dtype=torch.float64)
    for coupling in (1.0, -1.0):
        is_there(ebm.ising_ring_log_Z(5, heat, coupling=coupling))
    weights = torch.ones(7, 3, device=cuda_like, dtype=torch.float64)
    is_there(ebm.restricted_boltzmann_log_Z(weights, weights.select(1, 0), weights.select(0, 0)))
    is_there(ebm.mixture_energy(weights))
    # The largest systems that are summed would take seconds and gigabytes with values.
    assert ebm.spin_states(24, device=cuda_like).points.shape == (2**24, 24)
    weights = torch.ones(20, 20, device=cuda_like, dtype=torch.float64)
    is_there(ebm.restricted_boltzmann_log_Z(weights, weights.select(1, 0), weights.select(0, 0)))


def test_likelihood(cuda_like) -> None:
    line = ebm.linear_grid(-4, 4, 401, bounded=True, device=cuda_like)
    data = torch.zeros(5, device=cuda_like, dtype=torch.float64)
    is_there(ebm.grid_negative_log_likelihood(ebm.mixture_energy, data, line))
    with pytest.raises(ValueError, match="data is on cpu but grid is on cuda"):
        ebm.grid_negative_log_likelihood(
            ebm.mixture_energy, torch.zeros(5, dtype=torch.float64), line
        )


@pytest.mark.parametrize("dim", [None, 3])
def test_network_on_the_meta_device(no_values, dim) -> None:
    made = ebm.EnergyNetwork(8, dim, dtype=torch.float64, device="meta")
    states = torch.zeros(5, 3, dtype=torch.float64, device="meta")
    came = made(states)
    assert came.device.type == "meta"
    assert came.shape == ((5, 3) if dim is None else (5,))


def test_training_on_the_meta_device(no_values) -> None:
    """It goes on to the last step, after which the losses come to the CPU."""
    made = ebm.EnergyNetwork(8, device="meta")
    seen = []
    made.register_forward_hook(lambda module, args, energies: seen.append(energies.device.type))
    line = ebm.linear_grid(-4, 4, 401, bounded=True, device="meta")
    data = torch.zeros(5, dtype=torch.float64, device="meta")
    with pytest.raises(NotImplementedError, match="copy out of meta tensor"):
        ebm.train_on_grid(made, data, line, num_steps=3, report=None)
    assert seen == ["meta"] * 7


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")
def test_a_hundred_million_points_on_cuda() -> None:
    """In a gigabyte, and many times as fast as in the pieces that suit a CPU (0.03 s for 0.83)."""
    axis = ebm.linear_grid(-6, 6, 100, device="cuda")

    def seconds(**options: int) -> float:
        torch.cuda.synchronize()
        began = time.perf_counter()
        came = ebm.streamed_log_Z(lambda x: (x**2).sum(-1), axis, axis, axis, axis, **options)
        assert came.item() == pytest.approx(2 * math.log(math.pi), rel=1e-12)
        return time.perf_counter() - began

    torch.cuda.reset_peak_memory_stats()
    first, second = seconds(), seconds()
    assert torch.cuda.max_memory_allocated() < 1.2 * 2**30
    assert min(first, second) < seconds(points_at_once=2**17) / 4


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")
def test_sums_on_cuda_agree_with_the_cpu(monkeypatch) -> None:
    found = []
    for device in ("cpu", "cuda"):
        numbers = torch.linspace(-1, 1, 60 * 12, dtype=torch.float64, device=device)
        machine = numbers.reshape(60, 12), numbers[:60], numbers[:12]
        shells = ebm.radial_grid(8.0, 401, dim=4, device=device)
        glass = ebm.ising_energy(ebm.ring_bonds(12), coupling=numbers[:12], field=0.3)
        found.append(
            [
                ebm.restricted_boltzmann_log_Z(*machine),
                ebm.boltzmann_distribution(ebm.quadratic_energy, shells).log_Z,
                ebm.boltzmann_distribution(glass, ebm.spin_states(12, device=device)).log_Z,
            ]
        )
    for here, there in zip(*found, strict=True):
        assert there.is_cuda
        assert there.item() == pytest.approx(here.item(), rel=1e-12)
    monkeypatch.setattr(boltzmann, "_MOST_CATEGORIES", 100)
    line = ebm.linear_grid(-6, 6, 201, device="cuda")
    draws = ebm.boltzmann_distribution(ebm.quadratic_energy, line).sample(
        50_000, generator=torch.Generator("cuda").manual_seed(0)
    )
    assert draws.is_cuda
    # The variance of x^2's law is 1/2 with a standard error of 0.6 %.
    assert draws.var().item() == pytest.approx(0.5, rel=0.03)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")
def test_training_waits_for_the_device_no_more_often_in_more_steps() -> None:
    def waits(num_steps: int) -> int:
        made = ebm.EnergyNetwork(8, device="cuda")
        line = ebm.linear_grid(-4, 4, 401, bounded=True, device="cuda")
        data = torch.zeros(5, dtype=torch.float64, device="cuda")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                ebm.train_on_grid(made, data, line, num_steps=num_steps, report=None)
        finally:
            torch.cuda.set_sync_debug_mode("default")
        return sum("synchroniz" in str(warning.message) for warning in said)

    assert 0 < waits(10) == waits(40)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")
def test_learning_on_cuda_agrees_with_the_cpu() -> None:
    losses = []
    for device in ("cpu", "cuda"):
        data = ebm.sample_mixture(200, generator=torch.Generator().manual_seed(0)).to(device)
        line = ebm.linear_grid(-4, 4, 2001, bounded=True, device=device)
        made = ebm.EnergyNetwork(
            8, generator=torch.Generator().manual_seed(0), dtype=torch.float64
        ).to(device)
        history = ebm.train_on_grid(made, data, line, num_steps=5, report=None)
        losses.append(history.losses)
        gradient = ebm.two_phase_gradient(made, data, line)
        assert gradient.total[0].device.type == device
        axis = ebm.linear_grid(-6, 6, 50, device=device)
        came = ebm.streamed_log_Z(lambda x: (x**2).sum(-1), axis, axis, axis)
        assert came.item() == pytest.approx(1.5 * 1.1447298858494002, rel=1e-12)
        draws = ebm.sample_mixture(3, generator=torch.Generator(device))
        assert draws.device.type == device
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-9, atol=0)
