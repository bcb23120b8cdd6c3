"""The cost of a grid, its sum in pieces, and estimates from draws."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings

import pytest
import torch

import ebm_snippets as ebm
from ebm_snippets.device import states_at_once


def crooked(x: torch.Tensor) -> torch.Tensor:
    """An energy of three coordinates without any symmetry."""
    a, b, c = x.unbind(dim=-1)
    return ebm.asymmetric_energy(a) + (b - 0.3) ** 2 + 0.5 * a * b + (c + 0.4 * b) ** 2


LINES = (ebm.linear_grid(-4, 5, 61), ebm.linear_grid(-8, 8, 53), ebm.linear_grid(-8, 8, 47))


class TestScaling:
    def test_counts_are_exact(self) -> None:
        costs = ebm.partition_function_scaling([1, 2, 3, 256])
        assert [cost.points for cost in costs[:3]] == [100, 10_000, 1_000_000]
        assert costs[3].points == 10**512
        assert [cost.log10_points for cost in costs] == pytest.approx([2, 4, 6, 512])
        assert [cost.dim for cost in costs] == [1, 2, 3, 256]

    def test_another_number_of_points(self) -> None:
        (cost,) = ebm.partition_function_scaling([784], points_per_axis=7)
        assert cost.points == 7**784
        assert cost.log10_points == pytest.approx(784 * math.log10(7))

    def test_costs_can_be_shown_in_any_dimension(self) -> None:
        """Python itself refuses to write an integer of more than 4,300 digits."""
        few, many, most = ebm.partition_function_scaling([2, 256, 5000])
        assert repr(few) == "GridCost(dim=2, points=10000, log10_points=4.0)"
        assert repr(many) == "GridCost(dim=256, points=about 10^512, log10_points=512.0)"
        assert repr(most) == "GridCost(dim=5000, points=about 10^10000, log10_points=10000.0)"
        assert most.points == 10**10000

    def test_what_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^dims\[1\] must be at least 1, got 0"):
            ebm.partition_function_scaling([1, 0])
        with pytest.raises(TypeError, match=r"^dims\[0\] must be an integer"):
            ebm.partition_function_scaling([1.5])
        with pytest.raises(ValueError, match=r"^points_per_axis must be at least 1"):
            ebm.partition_function_scaling([1], 0)


class TestStream:
    @pytest.mark.parametrize("points_at_once", [1, 47, 100, 2491, 5000, 10**6])
    @pytest.mark.parametrize("temperature", [0.8, 2.0])
    def test_it_is_the_sum_over_the_whole_grid(self, points_at_once, temperature) -> None:
        lines = (ebm.linear_grid(-4, 5, 101), *LINES[1:])
        came = ebm.streamed_log_Z(
            crooked, *lines, temperature=temperature, points_at_once=points_at_once
        )
        whole = ebm.boltzmann_distribution(crooked, ebm.product_grid(*lines), temperature)
        assert came.item() == pytest.approx(whole.log_Z.item(), rel=1e-13)

    @pytest.mark.parametrize("dim", [1, 2, 3])
    def test_gaussians(self, dim: int) -> None:
        axis = ebm.linear_grid(-6, 6, 100)
        came = ebm.streamed_log_Z(lambda x: (x**2).sum(-1), *[axis] * dim)
        assert came.item() == pytest.approx(dim / 2 * math.log(math.pi), rel=1e-12)

    def test_a_huge_constant_overflows_nothing(self) -> None:
        for constant in (1e4, -1e4):
            axis = ebm.linear_grid(-6, 6, 101)
            came = ebm.streamed_log_Z(
                lambda x, constant=constant: (x**2).sum(-1) + constant,
                *[axis] * 2,
                temperature=0.5,
            )
            assert came.item() == pytest.approx(math.log(math.pi / 2) - 2 * constant, rel=1e-13)

    @pytest.mark.parametrize(
        ("points_at_once", "pieces"),
        [
            (1, [2] * 12),
            (5, [4] * 6),
            (6, [6] * 4),
            (11, [6] * 4),
            (18, [18, 6]),
            (23, [18, 6]),
            (24, [24]),
            (1000, [24]),
        ],
    )
    def test_pieces_are_as_large_as_they_may_be(self, points_at_once, pieces) -> None:
        """Whole runs along the last axis: at least one, and as many as fit."""
        grids = [ebm.discrete_states(torch.arange(num).double()) for num in (4, 3, 2)]
        likeliest = torch.tensor([3.0, 1.0, 0.0], dtype=torch.float64)
        seen: list[torch.Tensor] = []

        def energy(x: torch.Tensor) -> torch.Tensor:
            seen.append(x)
            return (x - likeliest) ** 2 @ torch.tensor([0.1, 0.2, 0.7], dtype=torch.float64)

        ebm.streamed_log_Z(energy, *grids, points_at_once=points_at_once)
        assert [len(x) for x in seen[: len(pieces)]] == pieces
        whole = ebm.product_grid(*grids).points.reshape(-1, 3)
        assert torch.equal(torch.cat(seen[: len(pieces)]), whole)
        # Then come the lines through the likeliest state.
        for axis, num in enumerate((4, 3, 2)):
            line = likeliest.repeat(num, 1)
            line[:, axis] = grids[axis].points
            assert torch.equal(seen[len(pieces) + axis], line)

    def test_left_alone_a_piece_suits_the_device(self) -> None:
        """On a CPU it stays in the caches; a GPU's takes a gigabyte, whatever the dimension."""
        cpu, gpu = torch.device("cpu"), torch.device("cuda")
        for numbers in (1, 4, 300, 10**9):
            assert states_at_once(cpu, numbers, on_cpu=2**17) == 2**17
        assert states_at_once(gpu, 4, on_cpu=2**17) == 2**23
        assert states_at_once(gpu, 1, on_cpu=2**17) == 2**25
        assert states_at_once(gpu, 10**9, on_cpu=2**17) == 2**17
        sizes: list[int] = []

        def energy(x: torch.Tensor) -> torch.Tensor:
            sizes.append(len(x))
            return (x**2).sum(-1)

        axis = ebm.linear_grid(-6, 6, 700, dtype=torch.float32)
        ebm.streamed_log_Z(energy, axis, axis)
        assert sizes == [700 * 187, 700 * 187, 700 * 187, 700 * 139, 700, 700]
        assert max(sizes) <= 2**17 < max(sizes) + 700

    def test_discrete_states_are_summed(self) -> None:
        states = ebm.discrete_states(torch.tensor([-1.0, 0.0, 2.0], dtype=torch.float64))
        came = ebm.streamed_log_Z(lambda x: x.prod(dim=-1), states, states, points_at_once=4)
        pairs = [a * b for a in (-1, 0, 2) for b in (-1, 0, 2)]
        assert came.item() == pytest.approx(math.log(sum(math.exp(-e) for e in pairs)))

    def test_states_that_cannot_occur(self) -> None:
        half = ebm.linear_grid(0, 6, 6001, bounded=True)

        def above(x: torch.Tensor) -> torch.Tensor:
            return torch.where(x[..., 0] < 1, torch.inf, 0.0) + x.sum(dim=-1)

        with pytest.warns(ebm.CoarseGridWarning, match="along axis 0"):
            came = ebm.streamed_log_Z(above, half)
        exact = math.log(math.exp(-1) - math.exp(-6))
        assert came.item() == pytest.approx(exact, abs=1e-3)  # half a cell at the wall

    @pytest.mark.filterwarnings("ignore::ebm_snippets.CoarseGridWarning")
    @pytest.mark.parametrize("axis", [0, 1, 2])
    def test_mass_beyond_is_reported(self, axis: int) -> None:
        lines = [ebm.linear_grid(-6, 6, 61)] * 3
        lines[axis] = ebm.linear_grid(-1.5, 1.5, 61)
        with pytest.warns(ebm.TruncationWarning, match=f"ends of axis {axis}"):
            ebm.streamed_log_Z(lambda x: (x**2).sum(-1), *lines, points_at_once=500)

    @pytest.mark.parametrize("grid", [ebm.linear_grid(-3, 4, 12), ebm.linear_grid(-2, 1, 4001)])
    def test_of_one_line_it_warns_as_a_distribution_does(self, grid) -> None:
        with warnings.catch_warnings(record=True) as streamed:
            warnings.simplefilter("always")
            ebm.streamed_log_Z(lambda x: ebm.asymmetric_energy(x[..., 0]), grid, temperature=3.0)
        with warnings.catch_warnings(record=True) as whole:
            warnings.simplefilter("always")
            ebm.boltzmann_distribution(ebm.asymmetric_energy, grid, 3.0)
        assert [str(w.message) for w in streamed] == [str(w.message) for w in whole]
        assert len(whole) == 1

    @pytest.mark.parametrize("axis", [0, 1, 2])
    def test_a_coarse_axis_is_reported_where_the_mass_is(self, axis: int) -> None:
        lines = [ebm.linear_grid(-6, 6, 61)] * 3
        lines[axis] = ebm.linear_grid(-6, 6, 8)
        with pytest.warns(ebm.CoarseGridWarning, match=f"along axis {axis}"):
            ebm.streamed_log_Z(lambda x: ((x - 2) ** 2).sum(-1), *lines, points_at_once=500)

    def test_arguments_are_looked_at_before_the_grid_is_made(self) -> None:
        with pytest.raises(ValueError, match=r"^temperature must be positive"):
            ebm.streamed_log_Z(lambda x: x.sum(-1), *[LINES[0]] * 16, temperature=0)

    def test_what_is_refused(self) -> None:
        line = LINES[0]
        with pytest.raises(ValueError, match=r"^grids is empty"):
            ebm.streamed_log_Z(crooked)
        with pytest.raises(ValueError, match=r"grids\[0\] must have one axis"):
            ebm.streamed_log_Z(crooked, ebm.product_grid(line, line))
        single = ebm.linear_grid(-1, 1, 5, dtype=torch.float32)
        with pytest.raises(ValueError, match=r"grids\[1\] holds torch.float32"):
            ebm.streamed_log_Z(crooked, line, single)
        with pytest.raises(TypeError, match=r"^grids\[0\] must be a Grid, got Tensor"):
            ebm.streamed_log_Z(crooked, line.points)
        with pytest.raises(
            ValueError,
            match=r"^energy\(points\) must have shape \(3233,\), .* got \(3233, 2\)",
        ):
            ebm.streamed_log_Z(lambda x: x**2, line, LINES[1])
        with pytest.raises(TypeError, match=r"^energy\(points\) must hold floats"):
            ebm.streamed_log_Z(lambda x: x.sum(-1) > 0, line)
        with pytest.raises(ValueError, match=r"^energy\(points\) contains NaN"):
            ebm.streamed_log_Z(lambda x: x.sum(-1) * math.nan, line)
        with pytest.raises(
            ValueError,
            match=r"^energy\(points\) is \+inf wherever .* no state can occur; .* move the grid$",
        ):
            ebm.streamed_log_Z(lambda x: x.sum(-1) * 0 + math.inf, line)
        with pytest.raises(ValueError, match="temperature must be positive"):
            ebm.streamed_log_Z(crooked, *LINES, temperature=0)
        with pytest.raises(ValueError, match=r"^points_at_once must be at least 1"):
            ebm.streamed_log_Z(crooked, *LINES, points_at_once=0)

    @pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
    def test_a_hundred_million_points_fit_in_512_mib(self) -> None:
        """The whole process, torch included; all points at once would take 3.2 GB."""
        program = (
            "import math, re, ebm_snippets as ebm\n"
            "def peak():\n"
            "    return re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())[1]\n"
            "before = peak()\n"
            "axis = ebm.linear_grid(-6, 6, 100)\n"
            "log_Z = ebm.streamed_log_Z(lambda x: (x**2).sum(-1), *[axis] * 4)\n"
            "assert abs(log_Z.item() - 2 * math.log(math.pi)) < 1e-12, log_Z\n"
            "print(before, peak())\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True
        )
        before, after = (int(number) / 1024 for number in done.stdout.split())
        assert after - before < 128
        if torch.version.cuda is None:  # torch for CUDA fills more than that by itself
            assert after < 512


class TestImportance:
    def test_weights_worked_by_hand(self) -> None:
        weights = torch.tensor([1.0, 2.0, 3.0, 0.0], dtype=torch.float64)
        came = ebm.importance_estimate(weights.log())
        assert came.log_Z.item() == pytest.approx(math.log(6 / 4))
        assert came.effective_sample_size.item() == pytest.approx(36 / 14)
        assert came.standard_error.item() == pytest.approx(math.sqrt(14 / 36 - 1 / 4))

    def test_equal_weights_are_all_effective(self) -> None:
        came = ebm.importance_estimate(torch.full((1000,), -5000.0, dtype=torch.float64))
        assert came.log_Z.item() == -5000
        assert came.effective_sample_size.item() == pytest.approx(1000)
        assert came.standard_error.item() == pytest.approx(0, abs=1e-7)

    def test_one_draw_is_one_draw(self) -> None:
        came = ebm.importance_estimate(torch.tensor([0.3], dtype=torch.float64))
        assert came.log_Z.item() == 0.3
        assert came.effective_sample_size.item() == pytest.approx(1)
        assert came.standard_error.item() == pytest.approx(0, abs=1e-7)

    def test_a_constant_moves_log_Z_alone(self) -> None:
        weights = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64)
        plain, high = ebm.importance_estimate(weights), ebm.importance_estimate(weights + 9000)
        assert high.log_Z.item() == pytest.approx(plain.log_Z.item() + 9000)
        torch.testing.assert_close(high.effective_sample_size, plain.effective_sample_size)

    @pytest.mark.parametrize("scale", [1.0, 0.8])
    def test_a_gaussian_from_a_gaussian(self, scale: float) -> None:
        """z = 4.5 standard errors: it fails by chance once in 150,000 seeds (the seed is
        fixed), and finds errors of log Z above 0.01.
        """
        num = 200_000
        generator = torch.Generator().manual_seed(3)
        draws = scale * torch.randn(num, 2, generator=generator, dtype=torch.float64)
        log_q = -(draws**2).sum(-1) / (2 * scale**2) - math.log(2 * math.pi * scale**2)
        came = ebm.importance_estimate(-(draws**2).sum(-1) - log_q)
        assert abs(came.log_Z.item() - math.log(math.pi)) < 4.5 * came.standard_error.item()
        # int f = pi, int f^2 / q = (2 pi s^2) pi / (2 - 1 / (2 s^2)); their ratio per draw
        share = (2 - 1 / (2 * scale**2)) / (2 * scale**2)
        assert came.effective_sample_size.item() / num == pytest.approx(share, rel=0.02)

    def test_what_is_refused(self) -> None:
        with pytest.raises(
            ValueError,
            match=r"^log_weights are all -inf: .* or from a density closer to the target$",
        ):
            ebm.importance_estimate(torch.full((3,), -math.inf))
        for wrong in (math.nan, math.inf):
            with pytest.raises(
                ValueError,
                match=r"^log_weights contains NaN or \+inf; where .* -inf has no distribution$",
            ):
                ebm.importance_estimate(torch.tensor([0.0, wrong]))
        for shape in ((0,), (2, 2), ()):
            with pytest.raises(ValueError, match=r"^log_weights must have shape \(n,\)"):
                ebm.importance_estimate(torch.zeros(shape))
        with pytest.raises(TypeError, match=r"^log_weights must be a torch\.Tensor"):
            ebm.importance_estimate([0.0, 1.0])
