"""Checker for the exercise on the cold limit in the chapter on temperature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ._compare import of_tensors, show
from ._verdict import Failed, Verdict, call, verdict

__all__ = ["check_cold_shares"]

_HEIGHT = 0.01  # of a well that is hardly above the lowest ones


def _wells(*wells: tuple[float, float, float]) -> Callable[[Tensor], Tensor]:
    """The lowest of several parabolas, each given by its place, height and curvature.

    A curvature of 0 stands for a well of the fourth power, which is flatter than any parabola.
    """

    def energy(x: Tensor) -> Tensor:
        curves = [
            height + (curvature * (x - place) ** 2 / 2 if curvature else (x - place) ** 4)
            for place, height, curvature in wells
        ]
        return torch.stack(curves).amin(dim=0)

    return energy


def _uneven(x: Tensor) -> Tensor:
    """A smooth energy of wells at -1 and 1, the right one four times as curved, and raised."""
    return 1000 + (x**2 - 1) ** 2 * (1 + 0.75 * (x + 1) ** 2)


_COLD_TRIALS: tuple[
    tuple[str, Callable[[Tensor], Tensor], list[float], list[float], list[float]], ...
] = (
    (
        "two wells of one depth, of curvatures 4 and 1",
        _wells((-1.0, 0.0, 4.0), (2.0, 0.0, 1.0)),
        [-1.0, 2.0],
        [0.0, 0.0],
        [4.0, 1.0],
    ),
    (
        "a smooth energy with wells at 1 and -1, as high as 1000",
        _uneven,
        [1.0, -1.0],
        [0.0, 0.0],
        [32.0, 8.0],
    ),
    (
        f"three wells, the widest of them {_HEIGHT:g} higher",
        _wells((-4.0, 0.0, 1.0), (0.0, _HEIGHT, 0.01), (4.0, 0.0, 9.0)),
        [-4.0, 0.0, 4.0],
        [0.0, _HEIGHT, 0.0],
        [1.0, 0.01, 9.0],
    ),
    (
        "one well alone",
        _wells((0.5, -3.0, 2.0)),
        [0.5],
        [-3.0],
        [2.0],
    ),
    (
        "the fourth power beside a parabola of the same depth",
        # So narrow that differences over a hundredth find the limit as well.
        _wells((-1.5, 0.0, 0.0), (1.5, 0.0, 8.0)),
        [-1.5, 1.5],
        [0.0, 0.0],
        [0.0, 8.0],
    ),
    (
        "the fourth power beside a parabola that is 0.5 deeper",
        _wells((-1.5, 0.5, 0.0), (1.5, 0.0, 8.0)),
        [-1.5, 1.5],
        [0.5, 0.0],
        [0.0, 8.0],
    ),
)


def check_cold_shares(answer: Any) -> Verdict:
    """Check a function that returns the share of each well in the limit of low temperature.

    Args:
        answer: a callable ``(energy, minima) -> shares``, where the energy maps states ``(...,)``
            to energies and minima and shares are ``(n,)``.

    Returns:
        The verdict. Wells of one depth share in proportion to 1 / sqrt(E''), higher ones
        get nothing, and a flat bottom, of E'' = 0, gets all if none is deeper. Each share must be
        within 0.01.
    """

    def check() -> str:
        for described, energy, places, heights, curvatures in _COLD_TRIALS:
            minima, height, curvature = torch.tensor(
                [places, heights, curvatures], dtype=torch.float64
            )
            case = f"For {described}"
            came = call(answer, f"{case} your function", of_tensors(energy), minima)
            truth = _cold_shares(height, curvature)
            if came.shape != truth.shape or not bool((came - truth).abs().amax() <= 0.01):
                hint = _recognise_shares(came, truth, height, curvature)
                raise Failed(
                    f"{case} your answer is {show(came)}; {show(truth)} was expected. {hint}"
                )
        return "Depth decides first, then width, and a flat bottom wins."

    return verdict(check)


def _cold_shares(heights: Tensor, curvatures: Tensor) -> Tensor:
    lowest = heights == heights.amin()
    flat = lowest & (curvatures == 0)
    if bool(flat.any()):
        return flat.double() / flat.sum()
    widths = torch.where(lowest, curvatures.rsqrt(), 0)
    return widths / widths.sum()


def _recognise_shares(came: Tensor, truth: Tensor, heights: Tensor, curvatures: Tensor) -> str:
    """Recognise the common errors by the shares that they give."""
    if came.shape != truth.shape:
        return (
            f"Its shape is {tuple(came.shape)}; one share for each of the minima, in their order, "
            f"is {tuple(truth.shape)}."
        )
    lowest = heights == heights.amin()
    flat = curvatures == 0
    wide = (
        "Such a bottom is flatter than any parabola, its width shrinks more slowly, and it gets "
        "all."
    )
    if bool(torch.isnan(came).any()):
        if bool(flat.any()):
            return f"1 / sqrt(E'') is inf where E'' is 0, and inf / inf is NaN. {wide}"
        return (
            "Is it 0 / 0? The slope is 0 at a minimum, and exp(-E / T) is 0 if E is 1000: take the "
            "curvatures, and compare the energies themselves."
        )
    colder = "Is it the limit? At any T above 0 the other wells still have a share."
    if bool(flat.any()):
        if float(came[truth > 0].sum()) > 0.9:
            return colder
        if not bool((flat & lowest).any()):
            return "Depth decides first: a bottom that is higher gets nothing, however flat it is."
        return f"At one of the bottoms E'' is 0. {wide}"
    candidates = (
        ("They have one depth, but not one width.", lowest.double()),
        ("The width of a well is 1 / sqrt(E''): where is the root?", lowest / curvatures),
        ("A well of small curvature is wide, and gets more.", lowest * curvatures.sqrt()),
        ("A well of small curvature is wide, and gets more.", lowest * curvatures),
        (
            "However small the difference in depth, exp(-(E - E_0) / T) goes to 0.",
            curvatures.rsqrt(),
        ),
        ("However small the difference in depth, exp(-(E - E_0) / T) goes to 0.", 1 / curvatures),
    )
    for hint, wrong in candidates:
        if torch.allclose(came, wrong / wrong.sum(), atol=1e-3):
            return hint
    if abs(float(came.sum()) - 1) > 0.01:
        return f"They sum to {float(came.sum()):.4g}; shares sum to 1."
    if torch.allclose(came.sort().values, truth.sort().values, atol=0.01):
        return "These are the right shares in another order: give them in the order of the minima."
    if bool((came[lowest] < 1e-3).any()):
        return "Of wells that are equally deep each has a share, and argmin finds only one of them."
    if bool(lowest.all()):
        return "Wells of one depth share in proportion to 1 / sqrt(E'')."
    return colder
