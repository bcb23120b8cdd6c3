"""Boxes that swap quanta: every arrangement as likely as any other, and how many there are."""

from __future__ import annotations

import itertools
import math
import sys

import mpmath
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

import ebm_snippets as ebm


def arrangements(quanta: int, boxes: int) -> list[tuple[int, ...]]:
    every = itertools.product(range(quanta + 1), repeat=boxes)
    return [one for one in every if sum(one) == quanta]


class TestSwaps:
    def test_by_hand(self) -> None:
        generator = torch.Generator().manual_seed(5)
        drawn = torch.randint(3, (40, 2), generator=torch.Generator().manual_seed(5))
        boxes = torch.tensor([3, 0, 1])
        expected = boxes.clone()
        for giver, taker in drawn:
            moved = (expected[giver] > 0).long()
            expected[giver] -= moved
            expected[taker] += moved
        assert torch.equal(ebm.swap_quanta(boxes, 40, generator=generator), expected)
        assert boxes.tolist() == [3, 0, 1]

    def test_nothing_is_lost_and_none_is_below_zero(self) -> None:
        boxes = torch.tensor([7, 0, 2, 0, 0], dtype=torch.int32)
        after = ebm.swap_quanta(boxes, 999, generator=torch.Generator().manual_seed(0))
        assert after.dtype == torch.int32
        assert after.sum() == 9
        assert (after >= 0).all()
        alone = ebm.swap_quanta(torch.tensor([4]), 9, generator=torch.Generator().manual_seed(0))
        assert alone.tolist() == [4]

    def test_every_arrangement_is_equally_likely(self) -> None:
        # 4,000 runs of 60 swaps from one corner. Each of 10 arrangements should come 400 times,
        # give or take 19. Their chi-square has 9 degrees of freedom and passes 42.0 by chance in
        # 3 of a million tries. It finds an arrangement that is rarer or more frequent by a quarter.
        generator = torch.Generator().manual_seed(1)
        counts = dict.fromkeys(arrangements(3, 3), 0)
        for _ in range(4000):
            after = ebm.swap_quanta(torch.tensor([3, 0, 0]), 60, generator=generator)
            counts[tuple(after.tolist())] += 1
        assert len(counts) == 10
        assert sum((n - 400) ** 2 / 400 for n in counts.values()) < 42.0

    def test_one_box_of_many_follows_the_exponential(self) -> None:
        # 2,000 boxes with one quantum each. Given the sum, a box is empty with probability
        # (n - 1) / (n + U - 1); the count's standard deviation is below 22.4, of independent
        # boxes. Four of them fail by chance in less than 1 of 10,000 seeds.
        boxes = torch.ones(2000, dtype=torch.int64)
        after = ebm.swap_quanta(boxes, 200_000, generator=torch.Generator().manual_seed(2))
        assert abs(int((after == 0).sum()) - 2000 * 1999 / 3999) < 4 * 22.4

    @pytest.mark.parametrize(
        ("quanta", "error", "message"),
        [
            ([1, 2], TypeError, "quanta must be a torch.Tensor of integers.* got list"),
            (torch.ones(3), TypeError, "of integers.* got torch.float32"),
            (torch.ones(2, 2, dtype=torch.int64), ValueError, r"shape \(n,\).* got \(2, 2\)"),
            (torch.ones(0, dtype=torch.int64), ValueError, r"shape \(n,\).* got \(0,\)"),
            (torch.tensor([1, 0, -2]), ValueError, "at least 0, got -2 at index 2"),
        ],
    )
    def test_refuses_what_are_no_boxes(self, quanta, error, message) -> None:
        with pytest.raises(error, match=message):
            ebm.swap_quanta(quanta, 3, generator=torch.Generator())

    def test_refuses_other_wrong_arguments(self) -> None:
        boxes = torch.ones(3, dtype=torch.int64)
        with pytest.raises(ValueError, match="num_swaps must be at least 1, got 0"):
            ebm.swap_quanta(boxes, 0, generator=torch.Generator())
        with pytest.raises(TypeError, match="generator must be a"):
            ebm.swap_quanta(boxes, 1, generator=0)  # type: ignore[arg-type]


class TestWays:
    @pytest.mark.parametrize(("quanta", "boxes"), [(0, 4), (3, 3), (5, 2), (4, 1), (2, 5)])
    def test_it_counts_arrangements(self, quanta, boxes) -> None:
        found = ebm.log_ways(torch.tensor(float(quanta), dtype=torch.float64), boxes)
        assert found.exp().item() == pytest.approx(len(arrangements(quanta, boxes)), rel=1e-12)

    def test_at_an_extreme_scale(self) -> None:
        quanta = torch.tensor([1e6, 3e6], dtype=torch.float64)
        found = ebm.log_ways(quanta, 2_000_000)
        with mpmath.workdps(30):
            exact = [
                float(mpmath.log(mpmath.binomial(mpmath.mpf(int(u)) + 1_999_999, 1_999_999)))
                for u in quanta.tolist()
            ]
        assert found.tolist() == pytest.approx(exact, rel=1e-12)

    def test_its_slope_is_the_inverse_temperature(self) -> None:
        # d log Omega / dU = psi(U + n) - psi(U + 1), sums of 1 / k in between.
        quanta = torch.tensor(30.0, dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(ebm.log_ways(quanta, 12), quanta)
        assert slope.item() == pytest.approx(sum(1 / k for k in range(31, 42)), rel=1e-12)

    def test_the_share_of_one_box_is_exact(self) -> None:
        # What the others can do, over what all can do, is the share of a box's arrangements.
        held = torch.arange(5, dtype=torch.float64)
        share = torch.exp(ebm.log_ways(4 - held, 2) - ebm.log_ways(held[-1], 3))
        every = arrangements(4, 3)
        counted = [sum(one[0] == e for one in every) / len(every) for e in range(5)]
        assert share.tolist() == pytest.approx(counted, rel=1e-12)
        assert math.fsum(share.tolist()) == pytest.approx(1, rel=1e-12)

    def test_it_follows_the_device_and_the_dtype(self, monkeypatch) -> None:
        monkeypatch.setattr(sys.modules["ebm_snippets.quanta"], "any_true", lambda flags: False)
        with FakeTensorMode():  # tensors without values, which refuse to mix devices
            found = ebm.log_ways(torch.ones(3, dtype=torch.float32, device="cuda"), 5)
            assert found.device.type == "cuda"
            assert found.dtype == torch.float32

    def test_refuses_wrong_arguments(self) -> None:
        with pytest.raises(TypeError, match="quanta must hold floats"):
            ebm.log_ways(torch.tensor(3), 2)
        with pytest.raises(ValueError, match=r"quanta must be at least 0, got -1\.0"):
            ebm.log_ways(torch.tensor([2.0, -1.0]), 2)
        with pytest.raises(ValueError, match="at least 0, got nan"):
            ebm.log_ways(torch.tensor(math.nan), 2)
        with pytest.raises(ValueError, match="num_boxes must be at least 1, got 0"):
            ebm.log_ways(torch.tensor(1.0), 0)
