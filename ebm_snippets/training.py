"""Training an energy where its partition function can be summed."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ._diagnostics import CoarseGridWarning, TruncationWarning
from ._validation import any_true, require_count
from .boltzmann import boltzmann_distribution
from .grids import Grid
from .likelihood import energies_of, require_data

__all__ = ["TrainingHistory", "train_on_grid"]


@dataclass(frozen=True, eq=False)
class TrainingHistory:
    """What happened while an energy was trained.

    Attributes:
        losses: ``(num_steps + 1,)``: the negative log-likelihood of the data before each
            step and after the last, in nats.
        snapshot_steps: ``(k,)``: the steps at which snapshots were taken, the first and
            the last among them.
        snapshots: ``(k, *shape)``: the energies at the grid's points at those steps.
    """

    losses: Tensor
    snapshot_steps: Tensor
    snapshots: Tensor


def train_on_grid(
    energy: nn.Module,
    data: Tensor,
    grid: Grid,
    *,
    num_steps: int = 600,
    learning_rate: float = 0.01,
    num_snapshots: int = 25,
    report: Callable[[str], object] | None = print,
) -> TrainingHistory:
    """Fit an energy to data by maximum likelihood, summing Z on a grid at every step.

    Adam descends the negative log-likelihood of all data at once, with a learning rate that
    falls to zero along a half cosine. Nothing is random, so on one machine the same start gives
    the same end.
    A step is one pass through the network, for data and grid together, and its way back.
    Arguments, energies and the grid are checked before the first step and after the last.
    Between them no value is fetched from the device but those that are reported, because to
    fetch one is to wait for the device.

    Args:
        energy: a network that gives each state its energy, whatever the other states are:
            scalar states ``(...,) -> (...,)``, vector states ``(..., d) -> (...)``. Its
            trainable parameters are changed in place.
        data: ``(num, *state)``, within the grid's ends. Floats of another dtype become the
            grid's.
        grid: the points on which Z is summed, and to which the model is then tied.
        num_steps: how many steps, at least 1.
        learning_rate: of the first step, positive.
        num_snapshots: how many snapshots to keep, evenly spread, at least 2.
        report: called about ten times with a line of progress; None for silence, with which
            a CUDA device never waits.

    Returns:
        The history.

    Raises:
        TypeError: a count is not an integer.
        ValueError: a number is out of range, or as
            :func:`~ebm_snippets.grid_negative_log_likelihood` does.
        RuntimeError: the loss became NaN or infinite: the learning rate is too large. It is
            seen where a loss is reported, and at the latest after the last step.

    Warns:
        CoarseGridWarning: the grid is too coarse for the energy that was found.
        TruncationWarning: some of its mass lies beyond the grid. Neither is said of
            energies on the way.

    Source:
        Kingma and Ba (2015), Adam: A method for stochastic optimization, International
        Conference on Learning Representations; Loshchilov and Hutter (2017), SGDR, same
        conference, for the half cosine.

    Example:
        >>> network = EnergyNetwork(8, generator=torch.Generator().manual_seed(0))
        >>> line = linear_grid(-4.0, 4.0, 1001, bounded=True)
        >>> data = torch.tensor([-1.0, 1.0])
        >>> history = train_on_grid(network, data, line, num_steps=2, report=None)
        >>> bool(history.losses[-1] < history.losses[0])
        True
    """
    num_steps = require_count("num_steps", num_steps)
    num_snapshots = require_count("num_snapshots", num_snapshots, at_least=2)
    if not (math.isfinite(learning_rate) and learning_rate > 0):
        raise ValueError(f"learning_rate must be positive and finite, got {learning_rate}")
    parameters = [values for values in energy.parameters() if values.requires_grad]
    if not parameters:
        raise ValueError("energy must have a parameter that requires a gradient, got none")
    optimiser = torch.optim.Adam(parameters, lr=learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, num_steps)
    kept = {round(i * num_steps / (num_snapshots - 1)) for i in range(num_snapshots)}
    told = {round(i * num_steps / 10) for i in range(11)} if report is not None else set()
    data = require_data(data, grid)
    losses: list[Tensor] = []
    snapshots: list[Tensor] = []

    def keep(step: int, loss: Tensor, on_grid: Tensor) -> None:
        losses.append(loss.detach())
        if step in kept:
            snapshots.append(on_grid.detach().reshape(grid.log_weights.shape).clone())
        if report is not None and step in told:
            _require_finite(losses, learning_rate)
            report(f"step {step:>{len(str(num_steps))}} of {num_steps}   loss {loss:.4f} nats")

    with warnings.catch_warnings():
        for category in (CoarseGridWarning, TruncationWarning):
            warnings.simplefilter("ignore", category)
        first, _ = _checked_loss(energy, data, grid)
    _require_finite([first], learning_rate)

    points = grid.points.flatten(end_dim=grid.log_weights.ndim - 1)
    states, log_weights = torch.cat([data, points]), grid.log_weights.flatten()
    for step in range(num_steps):
        of_data, on_grid = energy(states).split([len(data), len(points)])
        loss = of_data.mean() + torch.logsumexp(log_weights - on_grid, dim=0)
        keep(step, loss, on_grid)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()

    _require_finite(losses, learning_rate)
    keep(num_steps, *_checked_loss(energy, data, grid))
    _require_finite(losses, learning_rate)
    return TrainingHistory(
        torch.stack(losses).to("cpu", grid.log_weights.dtype),
        torch.tensor(sorted(kept)),
        torch.stack(snapshots),
    )


def _checked_loss(energy: nn.Module, data: Tensor, grid: Grid) -> tuple[Tensor, Tensor]:
    """Return the loss and the energies at the grid's points, both checked."""
    with torch.no_grad():
        model = boltzmann_distribution(energy, grid)
        return energies_of(energy, data).mean() + model.log_Z, model.energies


def _require_finite(losses: list[Tensor], learning_rate: float) -> None:
    """Check that the losses so far are finite, and tell at which step one first is not."""
    found = torch.stack(losses)
    if any_true(bad := torch.isfinite(found).logical_not()):
        step = int(bad.nonzero()[0])
        raise RuntimeError(
            f"the loss is {float(found[step])} at step {step} with learning_rate={learning_rate}; "
            f"take a smaller one"
        )
