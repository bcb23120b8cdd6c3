"""Checkers for the exercises of the chapter *Learning a landscape*."""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..boltzmann import boltzmann_distribution
from ..grids import Grid, linear_grid
from ..likelihood import grid_negative_log_likelihood, two_phase_gradient
from ..mixture import sample_mixture
from ..network import EnergyNetwork
from ..training import TrainingHistory
from ._compare import call_energy, require_numbers, require_pointwise, show
from ._own_work import OF_LIKELIHOODS, OwnWork, SlopeOf
from ._slips import hint_for_answer, hint_for_error
from ._verdict import (
    Failed,
    Unattempted,
    Verdict,
    as_tensor,
    call_any,
    error_text,
    verdict,
)

__all__ = ["check_likelihood_gradient", "check_trained_energy"]


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
        evenly spaced. The networks must be left as they were. An answer that calls this package's
        gradient or likelihood, or that differentiates log Z, does not pass.
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
            steps = SlopeOf(*_THROUGH_Z)
            with OwnWork(ours=OF_LIKELIHOODS), steps:
                came = _as_list(call_any(answer, case, network, data, grid), case)
            _require_untouched(network, before, case)
            gradients = [
                as_tensor(values, f"{case} returned, for one parameter,") for values in came
            ]
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
                if steps.met:
                    raise Failed(
                        f"{case} returns the right numbers, but it differentiates the "
                        f"probabilities or log Z ({steps.met}). Take the two phases: differentiate "
                        f"two means of the energy, with the model's probabilities held fixed by "
                        f".detach()."
                    )
                continue
            hint = _recognise(gradients, network, data, grid)
            raise Failed(
                f"{case} gives {show(gradients[-1])} for the last bias and {show(gradients[0])} "
                f"for the first weights; {show(truth[-1])} and {show(truth[0])} were expected. "
                f"{hint}".rstrip()
            )
        return "It is the gradient that automatic differentiation finds through log Z."

    return verdict(check)


# The steps of a slope that lead through a sum of exponentials, as it differentiates them.
# (Not "Exp" alone: ExpandBackward only repeats numbers.)
_THROUGH_Z = ("ExpB", "Exp2", "Expm1", "Log", "Softmax", "_Softmax", "SafeSoftmax")


def _as_list(came: Any, case: str) -> list[Any]:
    told = f"{case} returned {reprlib.repr(came)}; one tensor for each parameter was expected."
    if isinstance(came, (int, float)):
        raise Failed(f"{told} This is one number.")
    if callable(came):
        raise Failed(f"{told} {hint_for_answer(came)}")
    if isinstance(came, dict):  # a list of it would hold the names
        raise Failed(f"{told} Give the values of this dict: list(name.values()).")
    try:
        return list(came)
    except Failed:
        raise
    except Exception as error:  # a generator runs the learner's code only here
        raised = error_text(error)
        raise Failed(
            f"{told} Reading it raised {raised}. {hint_for_error(raised)}".rstrip()
        ) from None


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
        (
            "The probabilities are weights already: sum over the points, and take no mean.",
            _add(phases.data, [m / len(energies) for m in phases.model], -1),
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


# The mixture that is to be learned: shares, centres and widths.
_SHARES = (0.5, 0.3, 0.2)
_CENTRES = (-2.0, 0.3, 2.2)
_WIDTHS = (0.25, 0.5, 0.3)
_NUM_DATA = 3000


def _three_bumps(x: Tensor) -> Tensor:
    """The energy -log p of the mixture."""
    shares, centres, widths = (x.new_tensor(values) for values in (_SHARES, _CENTRES, _WIDTHS))
    exponents = -(((x[..., None] - centres) / widths) ** 2) / 2
    return -torch.logsumexp(exponents + (shares / widths).log(), -1) + math.log(2 * math.pi) / 2


def _sample_bumps(num: int, generator: torch.Generator) -> Tensor:
    shares, centres, widths = (
        torch.tensor(values, dtype=torch.float64) for values in (_SHARES, _CENTRES, _WIDTHS)
    )
    which = torch.multinomial(shares, num, replacement=True, generator=generator)
    noise = torch.randn(num, generator=generator, dtype=torch.float64)
    return (centres[which] + widths[which] * noise).clamp(-4, 4)


def check_trained_energy(answer: Any) -> Verdict:
    """Check a function that fits an energy to data on the interval from -4 to 4.

    Args:
        answer: a callable ``(data) -> energy``, where the data are ``(3000,)``, in double
            precision, from a mixture of three Gaussians, and the energy maps scalar states to
            energies.

    Returns:
        The verdict. On fresh data the energy's negative log-likelihood must be within 0.03 nats
        of the truth's, and each state's energy must depend on that state alone.
    """

    def check() -> str:
        generator = torch.Generator().manual_seed(20_240)
        given = _sample_bumps(_NUM_DATA, generator)
        case = f"With {_NUM_DATA:,} data your function"
        fitted = call_any(answer, case, given)
        if isinstance(fitted, TrainingHistory):
            raise Failed(
                "Your function returns the history of the training, as train_on_grid does; return "
                "the network."
            )
        if isinstance(fitted, Tensor) or not callable(fitted):
            raise Failed(
                f"{case} returned {reprlib.repr(fitted)}; an energy, which is a function or a "
                f"network, was expected."
            )
        data = _sample_bumps(20_000, generator)
        # A point at random in each of 8,000 cells: an answer cannot tell points from data.
        gap = 8 / 8000
        places = torch.rand(8000, generator=generator, dtype=torch.float64)
        points = (torch.arange(8000) + places) * gap - 4
        order = torch.randperm(28_000, generator=generator)
        try:
            states, energies = _energies_at(fitted, torch.cat([data, points])[order])
            require_numbers(energies, "your energy", states, or_inf=True)
            require_pointwise(fitted, states, energies)
        except Unattempted:
            raise Failed("Your energy returned nothing. Does it end with return?") from None
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
        truth = float(_three_bumps(data).mean())
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
