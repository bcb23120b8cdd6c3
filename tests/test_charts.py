"""The charts: what they hold, what they refuse, and that their first state is a picture.

That their numbers are the package's is tested where they are computed, in a browser
(test_browser_charts.py).
"""

from __future__ import annotations

import json
import math
from functools import partial
from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch
import vl_convert
from rooms.charts import vega
from rooms.written import kept

from ebm_snippets import (
    EnergyNetwork,
    asymmetric_energy,
    boltzmann_distribution,
    charts,
    importance_estimate,
    langevin_dynamics,
    linear_grid,
    sample_mixture,
    swap_quanta,
    train_on_grid,
)
from ebm_snippets.charts import intuition, partition_function, quench


@pytest.fixture(scope="module")
def trained():
    generator = torch.Generator().manual_seed(0)
    network = EnergyNetwork(8, generator=generator, dtype=torch.float64)
    data = sample_mixture(200, generator=generator)
    line = linear_grid(-4.0, 4.0, 1601, bounded=True)
    return train_on_grid(network, data, line, num_steps=4, num_snapshots=3, report=None), data, line


@pytest.fixture(scope="module")
def every_chart(trained):
    return {
        "noise_dial": charts.noise_dial(),
        "box_swaps": charts.box_swaps(),
        "three_bars": charts.three_bars(),
        "temperature_dial": charts.temperature_dial(),
        "free_energy_dial": charts.free_energy_dial(),
        "quench_dial": charts.quench_dial(),
        "radius_dial": charts.radius_dial(),
        "dimension_dial": charts.dimension_dial(),
        "training_scrubber": charts.training_scrubber(*trained),
    }


@pytest.mark.parametrize("name", charts.__all__)
class TestEveryChart:
    def test_says_what_it_shows(self, every_chart, name):
        description = every_chart[name].to_dict()["description"]
        assert len(description.split()) >= 10
        assert description.endswith(".")

    def test_has_labelled_controls(self, every_chart, name):
        params = every_chart[name].to_dict()["params"]
        assert params
        for given in params:
            assert given["bind"]["name"].strip()
            if given["bind"]["input"] == "range":
                assert given["bind"]["min"] <= given["value"] <= given["bind"]["max"]

    def test_draws_its_first_state(self, every_chart, name):
        picture = vl_convert.vegalite_to_svg(every_chart[name].to_dict())
        assert picture.count("<path") > 5
        assert "NaN" not in picture

    def test_is_small_and_asks_for_nothing(self, every_chart, name):
        text = json.dumps({**every_chart[name].to_dict(), "$schema": ""})
        assert len(text) < 80_000
        assert "http" not in text

    def test_is_the_same_each_time(self, every_chart, name):
        if name != "training_scrubber":
            again = getattr(charts, name)().to_dict()
            assert json.dumps(again) == json.dumps(every_chart[name].to_dict())


@pytest.fixture(scope="module")
def paths():
    return intuition.jostled_balls()


class TestJostledBalls:
    def test_they_are_langevin_paths(self, paths):
        assert paths.shape == (len(intuition.NOISES), 21, 30)
        for temperature, path in zip(intuition.NOISES, paths, strict=True):
            walked = langevin_dynamics(
                asymmetric_energy,
                torch.linspace(-1.9, 2.9, 30, dtype=torch.float64),
                temperature=temperature,
                step_size=0.01,
                num_steps=2000,
                generator=torch.Generator().manual_seed(0),
            )
            assert torch.equal(path, walked[::100])

    def test_without_noise_they_stop_at_the_minima(self, paths):
        last = paths[0, -1]
        minima = torch.tensor([-0.965484, 2.032284], dtype=torch.float64)
        assert (last[:, None] - minima).abs().amin(dim=1).max() < 1e-6
        assert set((last > 0).tolist()) == {True, False}


class TestCooledBalls:
    def test_they_are_langevin_paths_of_a_falling_temperature(self):
        run = quench.cooled_balls(1)
        assert run.shape == (21, quench.BALLS)
        generator = torch.Generator().manual_seed(0)
        balls = boltzmann_distribution(asymmetric_energy, quench._line(), 2.0).sample(
            quench.BALLS, generator=generator
        )
        assert torch.equal(run[0], balls)
        # One step of 0.01 at each hundredth of the way, written out.
        for stair in range(1, 101):
            noise = torch.randn(quench.BALLS, generator=generator, dtype=torch.float64)
            slope = (balls + 1) * (balls - 2) * (2 * balls - 1) - 0.3
            balls = balls - 0.01 * slope + math.sqrt(0.02 * 2 * (1 - stair / 100)) * noise
            if stair % 5 == 0:
                torch.testing.assert_close(run[stair // 5], balls, rtol=0, atol=1e-9)

    def test_a_slow_start_stays_in_equilibrium(self):
        # Two thousand balls: chance moves a share by 0.011, so 0.05 fails once in 10^5 seeds.
        share = (quench.cooled_balls(100) > quench.asymmetric_barrier()).double().mean(dim=1)
        warm = [i for i, T in enumerate(quench.READ_AT) if T >= 1.2]
        assert (share - quench.equilibrium_shares())[warm].abs().max() < 0.05

    def test_the_slower_the_more_are_in_the_deeper_well(self):
        barrier = quench.asymmetric_barrier()
        ends = [
            (quench.cooled_balls(time)[-1] > barrier).double().mean().item()
            for time in quench.COOLING_TIMES
        ]
        assert ends == sorted(ends)
        assert ends[-1] - ends[0] > 0.05

    def test_equilibrium_is_summed_well_by_well(self):
        barrier = quench.asymmetric_barrier()
        shares = quench.equilibrium_shares()
        assert shares[-1] == 1
        for heat, share in list(zip(quench.READ_AT, shares.tolist(), strict=True))[:-1]:
            logs = [
                boltzmann_distribution(asymmetric_energy, well, heat).log_Z.item()
                for well in (
                    linear_grid(barrier - 6, barrier, 4001, bounded=True),
                    linear_grid(barrier, barrier + 6, 4001, bounded=True),
                )
            ]
            assert share == pytest.approx(1 / (1 + math.exp(logs[0] - logs[1])), abs=1e-6)


@pytest.fixture(scope="module")
def estimates():
    return partition_function.estimates_by_dimension()


class TestEstimatesByDimension:
    def test_they_are_importance_estimates(self, estimates):
        generator = torch.Generator().manual_seed(0)
        x = 4 * (2 * torch.rand(10**6, generator=generator, dtype=torch.float64) - 1)
        direct = importance_estimate((math.log(8) - x**2)[:100])
        found = estimates["uniform"][0][0]
        assert found.log_Z.item() == pytest.approx(direct.log_Z.item(), rel=1e-14)
        assert found.effective_sample_size.item() == pytest.approx(
            direct.effective_sample_size.item(), rel=1e-12
        )

    def test_its_description_is_true(self, estimates):
        uniform, normal = (
            [
                (estimate.log_Z.item() - d / 2 * math.log(math.pi), estimate)
                for d, estimate in enumerate(estimates[name][-1], start=1)
            ]
            for name in ("uniform", "normal")
        )
        assert all(abs(miss) < 0.5 for miss, _ in uniform[:10])
        assert -8 < uniform[-1][0] < -2
        sizes = [estimate.effective_sample_size.item() for _, estimate in uniform]
        assert all(after < before / 2 for before, after in pairwise(sizes[:8]))
        slow = [estimate.effective_sample_size.item() for _, estimate in normal]
        assert all(after > before / 1.3 for before, after in pairwise(slow))

    def test_normal_draws_stay_close(self, estimates):
        # A million draws; at d = 20 the standard error is about 0.004, so 0.03 is 7 of them.
        for d, estimate in enumerate(estimates["normal"][-1], start=1):
            assert abs(estimate.log_Z.item() - d / 2 * math.log(math.pi)) < 0.03


class TestSwappedQuanta:
    def test_they_are_swaps_of_quanta(self):
        shares = charts.mathematics.swapped_shares()
        assert shares.shape == (41, 9)
        assert shares[0].tolist() == [0, 1, 0, 0, 0, 0, 0, 0, 0]
        generator = torch.Generator().manual_seed(0)
        boxes = torch.ones(2000, dtype=torch.int64)
        for frame in range(1, 4):
            boxes = swap_quanta(boxes, 2000, generator=generator)
            counted = torch.bincount(boxes, minlength=9)[:9] / 2000
            assert shares[frame].tolist() == pytest.approx(counted.tolist(), rel=1e-6)

    def test_they_end_at_the_exponential(self):
        # Shares of 2,000 boxes have a standard error of at most sqrt(p (1 - p) / 2000). Nine of
        # them pass four of it by chance in less than 1 of 1,500 seeds.
        exact = 0.5 ** torch.arange(1, 10, dtype=torch.float64)
        error = (exact * (1 - exact) / 2000).sqrt()
        assert ((charts.mathematics.swapped_shares()[-1] - exact).abs() < 4 * error).all()


class TestTrainingScrubber:
    def test_refuses_another_line(self, trained):
        history, data, _ = trained
        with pytest.raises(ValueError, match=r"grid must be the line .*\(1601,\), got \(201,\)"):
            charts.training_scrubber(history, data, linear_grid(-4.0, 4.0, 201))

    def test_refuses_a_line_that_cannot_be_thinned(self):
        generator = torch.Generator().manual_seed(0)
        network = EnergyNetwork(4, generator=generator, dtype=torch.float64)
        data = sample_mixture(50, generator=generator)
        line = linear_grid(-4.0, 4.0, 1600, bounded=True)
        history = train_on_grid(network, data, line, num_steps=1, num_snapshots=2, report=None)
        with pytest.raises(ValueError, match=r"5 k \+ 1 points.* got 1600"):
            charts.training_scrubber(history, data, line)

    def test_its_description_is_true(self, trained):
        """Before training: one broad density, and a push down at the data, up elsewhere."""
        rows = charts.training_scrubber(*trained).to_dict()["datasets"]["training"]
        columns = ("x", "share", "trained", "data")
        x, share, trained, data = (
            torch.tensor([row[name] for row in rows], dtype=torch.float64) for name in columns
        )
        p = torch.softmax(share.log() - trained[:, 0], dim=0) / share
        peaks = (p[1:-1] > p[:-2]) & (p[1:-1] > p[2:])
        assert peaks.sum() == 1
        assert p.max() < 0.5
        at_the_data = (x.abs() - 1.5).abs() < 0.2
        elsewhere = ((x.abs() - 1.5).abs() > 1.2) & (x.abs() < 3.5)
        assert (data - p)[at_the_data].mean() > 0.2
        assert (data - p)[elsewhere].max() < 0

    def test_counts_every_datum(self, trained):
        rows = charts.training_scrubber(*trained).to_dict()["datasets"]["training"]
        assert sum(row["data"] for row in rows) * 0.025 == pytest.approx(1, abs=1e-5)


def test_a_cell_of_the_book_leaves_the_specification(monkeypatch):
    from ebm_snippets.charts import _parts

    bundle = _parts._as_html({"mark": "</script>"})
    assert list(bundle) == ["text/html"]
    assert bundle["text/html"].count("<") == 2  # nothing in it can end the script


SPEC = {"data": {"values": [{"x": 1}]}, "mark": "point", "encoding": {"x": {"field": "x"}}}


def keep_in(folder):
    return partial(kept, SimpleNamespace(config=SimpleNamespace(kept_folder=str(folder))))


class TestWhatVegaMakesIsKept:
    @pytest.fixture
    def made(self, monkeypatch):
        """The names of what is called in vl-convert, which here costs nothing."""
        made: list[str] = []
        for name in ("vegalite_to_svg", "vegalite_to_vega", "javascript_bundle"):

            def call(given, name=name):
                made.append(name)
                if name == "javascript_bundle":
                    return "globalThis.dataflow = text => text"
                return f"<svg>{given}</svg>" if name == "vegalite_to_svg" else given

            monkeypatch.setattr(vl_convert, name, call)
        monkeypatch.setattr(vega, "_DEAD_WEIGHT", ())
        return made

    @staticmethod
    def make(spec, folder) -> list[str]:
        vega._parser.cache_clear()  # as in a build of its own
        keep = keep_in(folder)
        return [vega.picture(spec, keep), vega.dataflow(spec, keep), vega.runtime(keep)]

    def test_a_chart_that_is_unchanged_costs_nothing(self, made, tmp_path):
        first = self.make(SPEC, tmp_path / "charts")
        assert len(set(first)) == 3
        assert len(made) == 4  # the parser's and the page's bundle among them
        assert self.make(SPEC, tmp_path / "charts") == first
        assert len(made) == 4

    def test_a_changed_chart_is_made_anew(self, made, tmp_path):
        first = self.make(SPEC, tmp_path)
        made.clear()
        second = self.make({**SPEC, "mark": "line"}, tmp_path)
        assert made == ["vegalite_to_svg", "vegalite_to_vega"]
        assert first[0] != second[0]
        assert first[1] != second[1]

    def test_an_interruption_leaves_no_half(self, monkeypatch, tmp_path):
        def interrupted(spec):
            raise KeyboardInterrupt

        monkeypatch.setattr(vl_convert, "vegalite_to_svg", interrupted)
        with pytest.raises(KeyboardInterrupt):
            vega.picture(SPEC, keep_in(tmp_path))
        assert not list(tmp_path.iterdir())


def test_a_picture_does_not_tell_which_came_before_it(tmp_path):
    clipped = {**SPEC, "mark": {"type": "point", "clip": True}}
    pictures = [vega.picture(clipped, keep_in(tmp_path / name)) for name in ("a", "b")]
    assert "clip0" in pictures[0]
    assert pictures[0] == pictures[1]
