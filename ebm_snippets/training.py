"""Training an energy where its partition function can be summed."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ._diagnostics import CoarseGridWarning, TruncationWarning
from ._validation import require_count
from .grids import Grid
from .likelihood import grid_negative_log_likelihood

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
    falls to zero along a half cosine. Nothing is random, so the same start gives the same end.

    Args:
        energy: a network; its trainable parameters are changed in place.
        data: ``(num, *state)``, within the grid's ends.
        grid: the points on which Z is summed, and to which the model is then tied.
        num_steps: how many steps, at least 1.
        learning_rate: of the first step, positive.
        num_snapshots: how many snapshots to keep, evenly spread, at least 2.
        report: called about ten times with a line of progress; None for silence.

    Returns:
        The history.

    Raises:
        TypeError: a count is not an integer.
        ValueError: a number is out of range, or as
            :func:`~ebm_snippets.grid_negative_log_likelihood` does.
        RuntimeError: the loss became NaN or infinite: the learning rate is too large.

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
    told = {round(i * num_steps / 10) for i in range(11)}
    losses, snapshots = [], []
    for step in range(num_steps + 1):
        with warnings.catch_warnings():
            if step < num_steps:
                warnings.simplefilter("ignore", CoarseGridWarning)
                warnings.simplefilter("ignore", TruncationWarning)
            loss = grid_negative_log_likelihood(energy, data, grid)
        value = loss.item()
        if not math.isfinite(value):
            raise RuntimeError(
                f"the loss is {value} at step {step} with learning_rate={learning_rate}; "
                f"take a smaller one"
            )
        losses.append(value)
        if step in kept:
            with torch.no_grad():
                snapshots.append(energy(grid.points).clone())
        if report is not None and step in told:
            report(f"step {step:>{len(str(num_steps))}} of {num_steps}   loss {value:.4f} nats")
        if step < num_steps:
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
    return TrainingHistory(
        torch.tensor(losses, dtype=grid.points.dtype),
        torch.tensor(sorted(kept)),
        torch.stack(snapshots),
    )
