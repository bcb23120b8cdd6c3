"""Checkers for the exercises of the chapter *Learning a landscape*."""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..boltzmann import boltzmann_distribution
from ..grids import Grid, linear_grid
from ..likelihood import grid_negative_log_likelihood, two_phase_gradient
from ..mixture import mixture_energy, sample_mixture
from ..network import EnergyNetwork
from ..training import TrainingHistory
from ._compare import call_energy, require_numbers, require_pointwise, show
from ._verdict import Failed, Unattempted, Verdict, as_tensor, call_any, error_text, verdict

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
        The verdict, from two networks, numbers of data and grids, one with points that are not
        evenly spaced. The networks must be left as they were.
    """

    def check() -> str:
        drawn = sample_mixture(50, generator=torch.Generator().manual_seed(3)) + 0.4
        even = linear_grid(-7.0, 7.0, 801)
        stretched = torch.sinh(torch.linspace(-2, 2, 1001, dtype=torch.float64))
        stretched = 7 * stretched / stretched[-1]
        gaps = torch.gradient(stretched)[0]
        uneven = Grid(stretched, gaps.log(), ("line",))
        for seed, (described, grid, data) in enumerate(
            (
                ("an even grid", even, drawn),
                ("a grid of uneven points", uneven, drawn[:37]),
            )
        ):
            network, before = (_grown(seed, gradients=seed > 0) for _ in range(2))
            case = f"On {described}, your function"
            parameters = list(network.parameters())
            shapes = [tuple(values.shape) for values in parameters]
            loss = grid_negative_log_likelihood(network, data, grid)
            truth = torch.autograd.grad(loss, parameters)
            came = call_any(answer, case, network, data, grid)
            try:
                came = list(came)
            except Exception as error:  # a generator runs the learner's code only here
                raise Failed(
                    f"{case} returned {reprlib.repr(came)}; one tensor for each parameter was "
                    f"expected. Reading it raised {error_text(error)}."
                ) from None
            _require_untouched(network, before, case)
            gradients = [as_tensor(values, f"{case}, for one parameter,") for values in came]
            if len(gradients) != len(shapes):
                raise Failed(
                    f"{case} returned {len(gradients)} tensors; one for each of the {len(shapes)} "
                    f"parameters was expected."
                )
            if [tuple(values.shape) for values in gradients] != shapes:
                raise Failed(
                    f"{case} returned tensors of shapes {[tuple(g.shape) for g in gradients]}; "
                    f"those of the parameters, {shapes}, were expected."
                )
            if _all_close(gradients, truth):
                continue
            hint = _recognise(gradients, network, data, grid)
            raise Failed(
                f"{case} gives {show(gradients[-1])} for the last bias and {show(gradients[0])} "
                f"for the first weights; {show(truth[-1])} and {show(truth[0])} were expected. "
                f"{hint}".rstrip()
            )
        return "It is the gradient that automatic differentiation finds through log Z."

    return verdict(check)


def _grown(seed: int, *, gradients: bool) -> EnergyNetwork:
    """A network; its parameters may hold gradients, as they do in the midst of training."""
    network = _network(seed, 1.0)
    if gradients:
        for values in network.parameters():
            values.grad = torch.ones_like(values)
    return network


def _require_untouched(network: nn.Module, before: nn.Module, case: str) -> None:
    parts, parts_before = _parts(network), _parts(before)
    for name in parts_before | parts:
        now, then = parts.get(name, "missing"), parts_before.get(name, "missing")
        if now != then:
            raise Failed(
                f"{case} changed the network: {name} is {now} and was {then}. Leave the network as "
                f"you found it."
            )
    pairs = list(zip(network.parameters(), before.parameters(), strict=True))
    if not all(torch.equal(after, original) for after, original in pairs):
        raise Failed(
            f"{case} changed the network's weights. Return the gradient, and leave the step to "
            f"whoever asked for it."
        )
    if not all(_same_gradient(after.grad, original.grad) for after, original in pairs):
        raise Failed(
            f"{case} changed the parameters' .grad, which belongs to whoever trains the network. "
            f"Use torch.autograd.grad: it returns the gradient and leaves .grad alone."
        )


def _parts(network: nn.Module) -> dict[str, str]:
    """All of a network but the numbers in its parameters, in words."""
    settings = {f".{name}": str(value) for name, value in vars(network).items() if name[0] != "_"}
    return settings | {
        name: f"{values.dtype} of shape {tuple(values.shape)} on {values.device} with "
        f"requires_grad={values.requires_grad}"
        for name, values in network.named_parameters()
    }


def _same_gradient(after: Tensor | None, before: Tensor | None) -> bool:
    if after is None or before is None:
        return after is before
    return torch.equal(after, before)


def _all_close(gradients: Sequence[Tensor], wanted: Sequence[Tensor]) -> bool:
    pairs = zip(gradients, wanted, strict=True)
    return all(torch.allclose(came, right, rtol=1e-6, atol=1e-8) for came, right in pairs)


def _recognise(gradients: list[Tensor], network: nn.Module, data: Tensor, grid: Grid) -> str:
    phases = two_phase_gradient(network, data, grid)
    parameters = list(network.parameters())
    energies = network(grid.points)
    plain = torch.autograd.grad(energies.mean(), parameters, retain_graph=True)
    unweighted = torch.softmax(-energies.detach(), 0)
    without = torch.autograd.grad((unweighted * energies).sum(), parameters, retain_graph=True)
    distribution = boltzmann_distribution(network, grid)
    dense = torch.autograd.grad((distribution.density.detach() * energies).sum(), parameters)
    attached = torch.autograd.grad(distribution.mean_energy, parameters)
    held = "Hold the probabilities fixed with .detach(): their own slope is not in the equation."
    by_weight = "A point stands for its weight: use .probabilities."
    num = len(data)
    summed = [num * d for d in phases.data]
    candidates: tuple[tuple[str, Sequence[Tensor]], ...] = (
        (held, _add(phases.data, attached, -1)),
        (f"{held} And it is data minus model.", _add(attached, phases.data, -1)),
        ("The data's phase is a mean, not a sum.", _add(summed, phases.model, -1)),
        ("The loss is a mean over the data, not a sum.", [num * t for t in phases.total]),
        ("The model's phase is missing.", phases.data),
        ("The data's phase is missing.", phases.model),
        ("The data's phase is missing.", [-m for m in phases.model]),
        ("The sign is wrong: it is data minus model.", [-t for t in phases.total]),
        ("The phases are subtracted, not added.", _add(phases.data, phases.model, 1)),
        (
            "The model's mean weighs each point with its probability.",
            _add(phases.data, plain, -1),
        ),
        (by_weight, _add(phases.data, without, -1)),
        (by_weight, _add(phases.data, dense, -1)),
    )
    for hint, wrong in candidates:
        if _all_close(gradients, wrong):
            return hint
    return ""


def _add(first: Sequence[Tensor], second: Sequence[Tensor], sign: int) -> list[Tensor]:
    return [a + sign * b for a, b in zip(first, second, strict=True)]


def check_trained_energy(answer: Any) -> Verdict:
    """Check an energy that was fitted to the mixture, on the interval from -4 to 4.

    Args:
        answer: a callable from scalar states to energies.

    Returns:
        The verdict. On fresh data its negative log-likelihood must be within 0.03 nats of the
        true energy's, and each state's energy must depend on that state alone.
    """

    def check() -> str:
        if isinstance(answer, TrainingHistory):
            raise Failed("train_on_grid returns the history of the training; give the network.")
        generator = torch.Generator().manual_seed(20_240)
        data = sample_mixture(20_000, generator=generator)
        # A point at random in each of 8,000 cells: an answer cannot tell points from data.
        gap = 8 / 8000
        places = torch.rand(8000, generator=generator, dtype=torch.float64)
        points = (torch.arange(8000) + places) * gap - 4
        order = torch.randperm(28_000, generator=generator)
        states, energies = _energies_at(answer, torch.cat([data, points])[order])
        require_numbers(energies, "your energy", states, or_inf=True)
        require_pointwise(answer, states, energies)
        unmixed = torch.empty(28_000, dtype=torch.float64)
        unmixed[order] = energies
        impossible = data[unmixed[:20_000].isinf()]
        if impossible.numel():
            raise Failed(
                f"Your energy is inf at {len(impossible):,} of 20,000 fresh data, x = "
                f"{float(impossible[0]):.4g} among them. What can happen has a finite energy."
            )

        def loss(factor: float) -> float:
            energy = factor * unmixed
            log_Z = torch.logsumexp(math.log(gap) - energy[20_000:], 0)  # noqa: N806  # as the text has it
            return float(energy[:20_000].mean() + log_Z)

        came = loss(1.0)
        truth = float(mixture_energy(data).mean())
        if not came <= truth + 0.03:
            hint = next((hint for hint, factor in _FACTORS if loss(factor) <= truth + 0.03), "")
            raise Failed(
                f"On 20,000 fresh data its negative log-likelihood is {came:.3f} nats; the true "
                f"energy has {truth:.3f}, and at most 0.03 more was expected. {hint}".rstrip()
            )
        return f"{came:.3f} nats on fresh data, where the true energy has {truth:.3f}."

    return verdict(check)


_FACTORS = (
    ("This is -E: what is likely has low energy.", -1.0),
    ("Twice your energy would pass: is a factor of 2 missing?", 2.0),
    ("Half your energy would pass: is a factor of 2 too many?", 0.5),
)

# What a refusal says of a dtype or a device: another is tried as well.
_OF_ANOTHER_KIND = re.compile(r"dtype|scalar type|must hold torch|device")
_WANTS_ROWS = re.compile(r"shapes cannot be multiplied|must have shape \(\.\.\., ")


def _energies_at(answer: Any, states: Tensor) -> tuple[Tensor, Tensor]:
    """The states as the learner's energy takes them, and their energies.

    An energy may hold tensors of its own, in single precision or on a GPU, and may need much
    memory for each state.
    """
    refused: list[str] = []
    for device in ("cpu", *["cuda"] * torch.cuda.is_available()):
        for dtype in (torch.float64, torch.float32):
            given = states.to(device, dtype)
            try:
                parts = [
                    call_energy(answer, "Your energy at 2,000 states", part)
                    for part in given.chunk(14)
                ]
                return given, torch.cat(parts)
            except Failed as failure:
                refused.append(str(failure))
    told = next((text for text in refused if not _OF_ANOTHER_KIND.search(text)), refused[-1])
    if _WANTS_ROWS.search(told):
        told = (
            f"{told}. A state is one number, and states come as (n,): make an EnergyNetwork "
            f"without dim; give layers x[:, None], and return their [..., 0]."
        )
    raise Failed(told)


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
_FAR = (1e4, 1e6, 1e9, 1e13, 1e25, 1e35)  # and no farther, where large powers overflow


def check_integrable(answer: Any) -> Verdict:
    """Check a function that turns any energy of linear growth into one with a finite Z.

    Args:
        answer: a callable ``(f) -> energy``; f and the energy map scalar states to energies.

    Returns:
        The verdict. Far out the energy must grow faster than any straight line, so that it
        wins over every f, nearer it may be infinite but not -inf, and what was added to f on
        [-3, 3] must be finite, and the same for every f. Each state's energy must depend on
        that state alone.
    """

    def check() -> str:
        near = torch.arange(-30, 31, dtype=torch.float64) / 10  # 0 is one of them
        farther = torch.logspace(math.log10(3), 4, 400, dtype=torch.float64)
        first: Tensor | None = None
        for described, f in _GROWTHS:
            energy = call_any(answer, f"For {described} your function", f)
            if isinstance(energy, Tensor) or not callable(energy):
                raise Failed(
                    f"For {described} your function returned {reprlib.repr(energy)}; an energy, "
                    f"which is a function, was expected."
                )
            energies = _energies(energy, described, near, or_inf=False)
            require_pointwise(energy, near, energies)
            added = energies - f(near)
            first = added if first is None else first
            excess = (added - first).abs() - 1e-6 * (1 + f(near).abs() + first.abs())
            if bool((excess > 0).any()):
                worst = int(excess.argmax())
                raise Failed(
                    f"At x = {float(near[worst]):.4g} your energy is f + {float(added[worst]):.4g} "
                    f"for {described}, and f + {float(first[worst]):.4g} for f = 0: something else "
                    f"was added. Leave f as it is on [-3, 3], and add the same term to every f."
                )
            _energies(energy, described, torch.cat([-farther, farther]))
            _require_steep(energy, described)
        return "Whatever the network does, the energy rises on both sides, and Z is finite."

    return verdict(check)


def _require_steep(energy: Callable[[Tensor], Tensor], described: str) -> None:
    """Fail unless E / |x| grows without end on both sides, as it does for no straight line."""
    for side, name in ((-1, "left"), (1, "right")):
        far = side * torch.tensor(_FAR, dtype=torch.float64)
        heights = _energies(energy, described, far)
        slopes = heights / far.abs()
        grows = (slopes.diff() > 1e-6 + 1e-9 * slopes[1:].abs()) | slopes[1:].isposinf()
        if not bool(grows.all()):
            at = int(grows.logical_not().int().argmax())
            raise Failed(
                f"For {described} your energy is {float(heights[at]):.4g} at "
                f"x = {float(far[at]):.4g} and {float(heights[at + 1]):.4g} at "
                f"x = {float(far[at + 1]):.4g}. It must go on rising at the {name}, and ever "
                f"more steeply, or a line that falls more steeply than it rises defeats it."
            )


def _energies(
    energy: Callable[[Tensor], Tensor], described: str, states: Tensor, *, or_inf: bool = True
) -> Tensor:
    try:
        energies = call_energy(energy, f"For {described} your energy", states)
    except Unattempted:
        raise Failed(
            f"For {described} your energy returned nothing. Does it end with return?"
        ) from None
    hint = "" if or_inf else "On [-3, 3], add a finite term that is the same for every f."
    require_numbers(energies, f"your energy for {described}", states, hint, or_inf=or_inf)
    return energies
