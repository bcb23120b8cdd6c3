"""The benchmarks measure what they say, on sizes that take no time, without scipy or torchebm."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from conftest import EXACT

from benchmarks import exact, grid_sum, log_partition, measuring, sampling, training
from ebm_snippets import CoarseGridWarning

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _nothing_to_compare_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No scipy, no torchebm, and one thread, as the benchmarks have."""
    for module in (log_partition, sampling):
        monkeypatch.setattr(module, "installed", lambda package: False)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def lines(table: str) -> list[str]:
    """A table's rows."""
    return table.splitlines()[2:]


class TestMeasuring:
    def test_time_is_a_median_and_warming_up_is_not_counted(self, monkeypatch) -> None:
        clock = iter([0, 1, 10, 13, 20, 90])
        monkeypatch.setattr(measuring.time, "perf_counter", lambda: next(clock))
        calls = []
        found = measuring.timed(lambda: calls.append(1) or len(calls), runs=3)
        assert found == (4, 3)

    @pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
    def test_memory(self) -> None:
        before = measuring.peak_memory()
        torch.ones(before // 8 + 2**20, dtype=torch.float64)  # more than ever before
        assert measuring.peak_memory() > before
        assert measuring.available_memory() > 0

    def test_one_line_about_the_machine(self) -> None:
        line = measuring.machine()
        version = importlib.metadata.version("torch")  # torch.__version__ may end in +cu130
        assert re.search(rf"one of \d+ cores, load [\d.]+, .*torch {re.escape(version)}", line)
        assert "\n" not in line

    def test_tables_are_aligned(self) -> None:
        table = measuring.table("Title", ["a", "b"], [["long", "1"], ["x", "200"]])
        assert table == "Title\n  a       b\n  long    1\n  x     200"

    def test_units(self) -> None:
        shown = [measuring.show_seconds(s) for s in (12.34, 0.0567, 8.9e-5)]
        assert shown == ["12.3 s", "56.7 ms", "89 us"]
        assert measuring.show_error(1.26e-7, warned=True) == "1e-07*"
        assert measuring.show_bytes(3 * 2**30) == "3,072 MiB"


class TestGridSum:
    @pytest.mark.parametrize("dim", [1, 2, 3])
    def test_both_ways_agree(self, dim: int) -> None:
        streamed, at_once = (method(dim, 40) for method in grid_sum.METHODS.values())
        assert streamed == pytest.approx(at_once, abs=1e-10)

    def test_a_row_from_a_process_of_its_own(self) -> None:
        found = grid_sum.in_own_process("streamed", 2, 40)
        assert found["error"] < 1e-10
        assert found["seconds"] > 0

    def test_too_little_memory_is_said_and_not_raised(self, monkeypatch) -> None:
        def greedy(dim: int, points_per_axis: int) -> float:
            if dim == 9:
                raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
            return 0.0

        monkeypatch.setattr(grid_sum, "limit_memory", lambda: None)
        monkeypatch.setitem(grid_sum.METHODS, "at once", greedy)
        found = grid_sum.measure("at once", 9, 100)
        assert grid_sum.cells(found) == ["out of memory", "", "", ""]


class TestLogPartition:
    def test_scipy_is_given_the_same_energies(self) -> None:
        generator = torch.Generator().manual_seed(0)
        for problem in log_partition.PROBLEMS:
            shape = (20,) if problem.dim == 1 else (20, 2)
            states = torch.randn(shape, generator=generator, dtype=torch.float64)
            plain = [problem.plain(*state.reshape(-1).tolist()) for state in states]
            assert problem.energy(states).tolist() == pytest.approx(plain, rel=1e-12)

    @pytest.mark.parametrize("temperature", [0.1, 1.0, 5.0])
    def test_the_grids_are_exact(self, temperature: float) -> None:
        for problem in log_partition.PROBLEMS:
            found = log_partition.on_grid(problem, temperature, 1000.0)
            truth = log_partition.exact(problem, temperature) - 1000 / temperature
            assert found == pytest.approx(truth, abs=1e-10)

    def test_mpmath_where_no_value_is_listed(self) -> None:
        asymmetric = log_partition.PROBLEMS[2]
        (listed,) = (
            float(case["log_Z"])
            for case in EXACT["continuous"]
            if (case["energy"], float(case["temperature"])) == ("asymmetric", 0.1)
        )
        computed = exact.by_mpmath(asymmetric.plain, 0.1, 6, asymmetric.lowest)
        assert computed == pytest.approx(listed, rel=1e-14)

    def test_columns_without_scipy_are_empty(self) -> None:
        rows = lines(log_partition.compare(1, (1.0,), runs=1))
        assert len(rows) == 3
        assert all(re.fullmatch(r"  [a-z ]+ 1 +\de-\d\d +[\d.]+ \w+", row) for row in rows)


class TestSampling:
    def test_the_grid_is_exact(self) -> None:
        for name in sampling.ENERGIES:
            for temperature in (0.1, 1.0, 5.0):
                found = sampling.on_grid(name, temperature)
                truth = sampling.exact_means(name, temperature)
                assert found.energy == pytest.approx(truth.energy, rel=1e-9)
                assert found.right == pytest.approx(truth.right, rel=1e-9)

    def test_columns_without_torchebm_are_empty(self) -> None:
        assert len(lines(sampling.compare((1.0,)))) == 2


class TestTraining:
    def test_a_row_for_each_seed(self) -> None:
        # Two steps are too few: mass is left at the ends of the grid.
        with pytest.warns(CoarseGridWarning, match="off by"):
            rows = lines(training.compare(seeds=2, num_steps=2))
        assert [row.split()[0] for row in rows] == ["0", "1"]
        assert all(row.endswith("MISSED") for row in rows)

    # Fifteen steps are too few as well.
    @pytest.mark.filterwarnings("ignore::ebm_snippets.CoarseGridWarning")
    def test_the_plain_loop_is_the_same_descent(self) -> None:
        for seed in (0, 1):
            package, plain, apart = training.both_ways(seed, num_steps=15)
            assert apart < 1e-12
            assert package > 0
            assert plain > 0

    def test_a_row_for_both_ways(self, monkeypatch) -> None:
        found = {0: (1.0, 1.0, 0.0), 1: (3.0, 2.0, 1e-9), 2: (1.1, 1.0, 1e-8)}
        monkeypatch.setattr(training, "both_ways", lambda seed, num_steps: found[seed])
        (row,) = lines(training.beside_plain(pairs=3))
        assert row.split() == ["3", "1.1", "s", "1", "s", "1.10", "1e-08", "met"]
        found[1] = (3.0, 2.0, 1e-6)
        assert training.beside_plain(pairs=3).endswith("MISSED")
        found |= {1: (3.0, 2.0, 0.0), 2: (1.2, 1.0, 0.0)}
        assert training.beside_plain(pairs=3).endswith("MISSED")

    def test_it_is_the_chapters_training(self) -> None:
        chapter = (ROOT / "book" / "chapters" / "neural_energy.md").read_text()
        source = (ROOT / "benchmarks" / "training.py").read_text()
        for setting in (
            "hidden=64",
            "sample_mixture(4000, generator=generator)",
            "linear_grid(-4, 4, 401, bounded=True",
            "learning_rate=0.01",
        ):
            assert setting in chapter
            assert setting in source
        assert "num_steps=600" in chapter
        assert "num_steps: int = 600" in source


def test_the_longest_chapter_is_read_from_what_the_build_prints(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import bench

    printed = (
        "Executing 2 chapters on cpu (x86_64)\n  chapters/a   running\n  chapters/b   running\n"
        "  chapters/b      9.5 s\n  chapters/a     12.3 s\nBuilt in 30.0 s. Look at it\n"
    )
    assert bench.slowest(printed) == (12.3, "a")
    assert bench.verdict(12.3, bench.CHAPTER) == "target 60 s met"
    assert bench.verdict(60.1, bench.CHAPTER) == "target 60 s MISSED"
