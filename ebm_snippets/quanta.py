"""Boxes that swap quanta of energy at random, and the number of ways to hold them."""

from __future__ import annotations

import torch
from torch import Tensor

from ._validation import any_true, require_count, require_floating, require_generator

__all__ = ["log_ways", "swap_quanta"]


def swap_quanta(quanta: Tensor, num_swaps: int, *, generator: torch.Generator) -> Tensor:
    """Return what boxes hold after random swaps of single quanta.

    For each swap two boxes are drawn, each of all with equal chance. If the first holds a quantum,
    the second gets it. A swap and the one that undoes it are equally likely, so in the long run
    all arrangements of the quanta are equally likely.

    Args:
        quanta: ``(n,)``, integers of at least 0: how many quanta each box holds.
        num_swaps: how many times two boxes are drawn, at least 1.
        generator: the source of randomness, on the device of ``quanta``.

    Returns:
        Integers ``(n,)`` of the same sum. The swaps follow one another, so they are computed one
        by one, on the CPU.

    Raises:
        TypeError: ``quanta`` does not hold integers, or another argument is not of its type.
        ValueError: ``quanta`` is not ``(n,)`` with n >= 1 or holds a number below 0, ``num_swaps``
            is less than 1, or the generator is on another device.

    Example:
        >>> boxes = torch.tensor([4, 0, 0, 0])
        >>> swap_quanta(boxes, 100, generator=torch.Generator().manual_seed(0)).sum()
        tensor(4)
    """
    if not isinstance(quanta, Tensor) or quanta.dtype not in (torch.int32, torch.int64):
        came = quanta.dtype if isinstance(quanta, Tensor) else type(quanta).__name__
        raise TypeError(
            f"quanta must be a torch.Tensor of integers, one count for each box, got {came}; "
            f"write torch.tensor([...]) with whole numbers"
        )
    if quanta.ndim != 1 or not len(quanta):
        raise ValueError(
            f"quanta must have shape (n,), one count for each box, got {tuple(quanta.shape)}"
        )
    if any_true(below := quanta < 0):
        place = int(below.nonzero()[0])
        raise ValueError(
            f"quanta must be at least 0, got {int(quanta[place])} at index {place}; an empty box "
            f"holds 0"
        )
    num_swaps = require_count("num_swaps", num_swaps)
    require_generator(generator, quanta.device)

    shape = (num_swaps, 2)
    drawn = torch.randint(len(quanta), shape, generator=generator, device=quanta.device)
    boxes = quanta.tolist()
    for giver, taker in drawn.tolist():
        if boxes[giver] > 0:
            boxes[giver] -= 1
            boxes[taker] += 1
    return torch.tensor(boxes, dtype=quanta.dtype, device=quanta.device)


def log_ways(quanta: Tensor, num_boxes: int) -> Tensor:
    """Return the logarithm of the number of ways in which boxes can hold so many quanta.

    Lay K quanta and n - 1 walls in a row: each order of the row is one arrangement in n boxes. So
    there are (K + n - 1)! / (K! (n - 1)!) of them. The logarithm is that of the gamma function's
    values, so that K may vary smoothly and gradients flow.

    Args:
        quanta: the number K of all quanta, floats of at least 0, of any shape.
        num_boxes: n, at least 1.

    Returns:
        Floats in the shape and dtype of ``quanta``.

    Raises:
        TypeError: ``quanta`` does not hold floats, or ``num_boxes`` is no integer.
        ValueError: ``quanta`` holds a number below 0 or NaN, or ``num_boxes`` is less than 1.

    Source:
        Feller (1950), An introduction to probability theory and its applications, on occupancy
        numbers.

    Example:
        >>> log_ways(torch.tensor(2.0), 3).exp().round()  # 200 020 002 110 101 011
        tensor(6.)
    """
    require_floating("quanta", quanta)
    num_boxes = require_count("num_boxes", num_boxes)
    if any_true(bad := (quanta >= 0).logical_not()):
        raise ValueError(f"quanta must be at least 0, got {float(quanta[bad][0])}")
    walls = torch.tensor(float(num_boxes), dtype=quanta.dtype, device=quanta.device)
    return torch.lgamma(quanta + walls) - torch.lgamma(quanta + 1) - torch.lgamma(walls)
