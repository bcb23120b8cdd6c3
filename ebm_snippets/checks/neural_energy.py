"""Checkers for the exercises of the chapter *Learning a landscape*."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from .._diagnostics import CoarseGridWarning
from ..boltzmann import boltzmann_distribution
from ..grids import Grid, linear_grid
from ..likelihood import grid_negative_log_likelihood, two_phase_gradient
from ..mixture import mixture_energy, sample_mixture
from ..network import EnergyNetwork
from ._compare import show
from ._verdict import Failed, Unattempted, Verdict, call, call_any, verdict

__all__ = ["check_integrable", "check_likelihood_gradient", "check_trained_energy"]


def _network(seed: int, confinement: float) -> EnergyNetwork:
    generator = torch.Generator().manual_seed(seed)
    return EnergyNetwork(
        6, confinement=confinement, generator=generator, dtype=torch.float64, device="cpu"
    )


def check_likelihood_gradient(answer: Any) -> Verdict:
    """Check a function that returns the gradient of the negative log-likelihood.

    Args:
        answer: a callable ``(network, data, grid)`` that returns one tensor for each
            parameter, in their order.

    Returns:
        The verdict, from two networks on two grids, one with points that are not evenly
        spaced.
    """

    def check() -> str:
        data = sample_mixture(50, generator=torch.Generator().manual_seed(3)) + 0.4
        even = linear_grid(-7.0, 7.0, 801)
        stretched = torch.sinh(torch.linspace(-2, 2, 1001, dtype=torch.float64))
        stretched = 7 * stretched / stretched[-1]
        gaps = torch.gradient(stretched)[0]
        uneven = Grid(stretched, gaps.log(), ("line",))
        for seed, (described, grid) in enumerate(
            (("an even grid", even), ("a grid of uneven points", uneven))
        ):
            network = _network(seed, 1.0)
            case = f"On {described}, your function"
            came = call_any(answer, case, network, data, grid)
            parameters = list(network.parameters())
            try:
                gradients = [torch.as_tensor(values).detach() for values in came]
            except (TypeError, ValueError, RuntimeError):
                raise Failed(f"{case} should return one tensor for each parameter.") from None
            shapes = [tuple(values.shape) for values in parameters]
            if [tuple(values.shape) for values in gradients] != shapes:
                raise Failed(
                    f"{case} returned tensors of shapes {[tuple(g.shape) for g in gradients]}; "
                    f"those of the parameters, {shapes}, were expected."
                )
            loss = grid_negative_log_likelihood(network, data, grid)
            truth = torch.autograd.grad(loss, parameters)
            if all(torch.allclose(g, t, 1e-9, 1e-9) for g, t in zip(gradients, truth, strict=True)):
                continue
            hint = _recognise(gradients, network, data, grid)
            raise Failed(
                f"{case} gives {show(gradients[-1])} for the last bias and {show(gradients[0])} "
                f"for the first weights; {show(truth[-1])} and {show(truth[0])} were expected. "
                f"{hint}".rstrip()
            )
        return "It is the gradient that automatic differentiation finds through log Z."

    return verdict(check)


def _recognise(gradients: list[Tensor], network: nn.Module, data: Tensor, grid: Grid) -> str:
    phases = two_phase_gradient(network, data, grid)
    parameters = list(network.parameters())
    energies = network(grid.points)
    plain = torch.autograd.grad(energies.mean(), parameters, retain_graph=True)
    unweighted = torch.softmax(-energies.detach(), 0)
    without = torch.autograd.grad((unweighted * energies).sum(), parameters)
    candidates: tuple[tuple[str, list[Tensor]], ...] = (
        ("The model's phase is missing.", list(phases.data)),
        ("The data's phase is missing.", [-m for m in phases.model]),
        ("The sign is wrong: it is data minus model.", [-t for t in phases.total]),
        ("The phases are subtracted, not added.", _add(phases.data, phases.model, 1)),
        (
            "The model's mean weighs each point with its probability.",
            _add(phases.data, plain, -1),
        ),
        ("A point stands for its weight: use .probabilities.", _add(phases.data, without, -1)),
    )
    for hint, wrong in candidates:
        if all(torch.allclose(g, w, 1e-6, 1e-9) for g, w in zip(gradients, wrong, strict=True)):
            return hint
    return ""


def _add(first: tuple[Tensor, ...], second: tuple[Tensor, ...], sign: int) -> list[Tensor]:
    return [a + sign * b for a, b in zip(first, second, strict=True)]


def check_trained_energy(answer: Any) -> Verdict:
    """Check an energy that was fitted to the mixture, on the interval from -4 to 4.

    Args:
        answer: a callable from scalar states to energies.

    Returns:
        The verdict: on fresh data its negative log-likelihood must be within 0.03 nats of the
        true energy's.
    """

    def check() -> str:
        dtype, device = torch.float64, torch.device("cpu")
        if isinstance(answer, nn.Module) and (parameters := list(answer.parameters())):
            dtype, device = parameters[0].dtype, parameters[0].device
        data = sample_mixture(20_000, generator=torch.Generator().manual_seed(20_240))
        grid = linear_grid(-4.0, 4.0, 4001, bounded=True)
        data, points = (values.to(device, dtype) for values in (data, grid.points))
        at_data = call(answer, "Your energy at fresh data", data)
        at_points = call(answer, "Your energy on [-4, 4]", points)
        for described, energies, states in (
            ("fresh data", at_data, data),
            ("[-4, 4]", at_points, points),
        ):
            if energies.shape != states.shape or not bool(torch.isfinite(energies).all()):
                raise Failed(f"At {described} your energy is not one finite number per state.")
        on_grid = at_points.to("cpu", torch.float64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CoarseGridWarning)
            log_Z = boltzmann_distribution(lambda _: on_grid, grid).log_Z  # noqa: N806
        came = float(at_data.double().mean()) + float(log_Z)
        truth = float(mixture_energy(data.double()).mean())
        if came > truth + 0.03:
            raise Failed(
                f"On 20,000 fresh data its negative log-likelihood is {came:.3f} nats; the true "
                f"energy has {truth:.3f}, and at most 0.03 more was expected."
            )
        return f"{came:.3f} nats on fresh data, where the true energy has {truth:.3f}."

    return verdict(check)


def _unconfined(x: Tensor) -> Tensor:
    with torch.no_grad():
        energies: Tensor = _network(4, 0.0)(x)
    return energies


_GROWTHS: tuple[tuple[str, Callable[[Tensor], Tensor]], ...] = (
    ("f = 0", torch.zeros_like),
    ("f = -5 x", lambda x: -5 * x),
    ("f = 5 x", lambda x: 5 * x),
    ("f = -1000 |x|", lambda x: -1000 * x.abs()),
    ("f = an unconfined network", _unconfined),
)


def check_integrable(answer: Any) -> Verdict:
    """Check a function that turns any energy of linear growth into one with a finite Z.

    Args:
        answer: a callable ``(f) -> energy``; f and the energy map scalar states to energies.

    Returns:
        The verdict: the energy must rise on both sides far out, whatever f is, and what
        was added to f near the origin must be the same for every f.
    """

    def check() -> str:
        near = torch.linspace(-3, 3, 61, dtype=torch.float64)
        first: Tensor | None = None
        for described, f in _GROWTHS:
            energy = call_any(answer, f"For {described} your function", f)
            if isinstance(energy, Tensor) or not callable(energy):
                raise Failed(
                    f"For {described} your function returned a {type(energy).__name__}; an "
                    f"energy, which is a function, was expected."
                )
            added = _energies(energy, f"For {described} your energy on [-3, 3]", near) - f(near)
            if first is None:
                first = added
            elif not torch.allclose(added, first, atol=1e-6):
                raise Failed(
                    f"For {described} your energy is f plus something else than for f = 0. "
                    f"Leave f as it is, and add the same term to every f."
                )
            for side, name in ((-1, "left"), (1, "right")):
                far = side * torch.tensor([1e6, 1e7, 1e8], dtype=torch.float64)
                heights = _energies(energy, f"For {described} your energy far out", far)
                rises = (heights.diff() > 100) | heights[1:].isposinf()
                if not bool(rises.all()):
                    raise Failed(
                        f"For {described} your energy at {show(far)} is {show(heights)}. It must "
                        f"go on rising at the {name}, faster than any line falls."
                    )
        return "Whatever the network does, the energy rises on both sides, and Z is finite."

    return verdict(check)


def _energies(energy: Callable[[Tensor], Tensor], described: str, states: Tensor) -> Tensor:
    try:
        energies = call(energy, described, states)
    except Unattempted:
        raise Failed(f"{described} returned nothing. Does it end with return?") from None
    if energies.shape != states.shape or bool(torch.isnan(energies).any()):
        raise Failed(f"{described} is not one number for each state.")
    return energies
