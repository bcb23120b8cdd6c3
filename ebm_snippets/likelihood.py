"""How well an energy fits data, and which way to push it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ._validation import any_true, require_floating, require_same_device
from .boltzmann import boltzmann_distribution
from .grids import Grid

__all__ = [
    "TwoPhaseGradient",
    "energies_of",
    "grid_negative_log_likelihood",
    "require_data",
    "two_phase_gradient",
]


def grid_negative_log_likelihood(
    energy: Callable[[Tensor], Tensor], data: Tensor, grid: Grid
) -> Tensor:
    """Return the mean of -log p(x) = E(x) + log Z over data, at T = 1, in nats per datum.

    Args:
        energy: a callable from states to energies.
        data: ``(num, *state)``, within the grid's ends. Floats of another dtype become the
            grid's.
        grid: the points on which Z is summed.

    Returns:
        A scalar through which gradients flow. Of a density it may be negative.

    Raises:
        TypeError: data or energies are not floats.
        ValueError: there are no data, they do not fit the grid's states, lie beyond its
            ends or are not finite, or as :func:`~ebm_snippets.boltzmann_distribution` does.

    Warns:
        CoarseGridWarning: the grid is too coarse for this energy.
        TruncationWarning: some of the model's mass lies beyond the grid.

    Example:
        >>> line = linear_grid(-6.0, 6.0, 601)
        >>> grid_negative_log_likelihood(mixture_energy, torch.tensor([1.5]).double(), line)
        tensor(0.4081, dtype=torch.float64)
    """
    data = require_data(data, grid)
    return energies_of(energy, data).mean() + boltzmann_distribution(energy, grid).log_Z


@dataclass(frozen=True, eq=False)
class TwoPhaseGradient:
    """The gradient of the negative log-likelihood in two phases, data minus model.

    Each tuple holds one tensor for each trainable parameter, in its shape and order.

    Attributes:
        data: the mean of dE/dtheta over the data. Descending it lowers the data's energy.
        model: the mean of dE/dtheta under the model's own distribution. Its sign is minus:
            descending raises the energy of what the model prefers.
    """

    data: tuple[Tensor, ...]
    model: tuple[Tensor, ...]

    @property
    def total(self) -> tuple[Tensor, ...]:
        """Data minus model, the gradient of the negative log-likelihood."""
        return tuple(d - m for d, m in zip(self.data, self.model, strict=True))


def two_phase_gradient(energy: nn.Module, data: Tensor, grid: Grid) -> TwoPhaseGradient:
    """Return the gradient of the negative log-likelihood, phase by phase, at T = 1.

    The gradient of E(x) + log Z is <dE/dtheta>_data - <dE/dtheta>_model: the states and
    the model's probabilities are held fixed while E is differentiated.

    Args:
        energy: a network whose trainable parameters theta are meant.
        data: ``(num, *state)``, within the grid's ends. Floats of another dtype become the
            grid's.
        grid: the points on which the model's mean is summed.

    Returns:
        Both phases.

    Raises:
        ValueError: no parameter requires a gradient, or as
            :func:`grid_negative_log_likelihood` does.

    Source:
        Ackley, Hinton and Sejnowski (1985), A learning algorithm for Boltzmann machines,
        Cognitive Science 9 (1).

    Example:
        >>> network = EnergyNetwork(4, generator=torch.Generator().manual_seed(0))
        >>> line = linear_grid(-6.0, 6.0, 601, bounded=True)
        >>> gradient = two_phase_gradient(network, torch.tensor([1.0]), line)
        >>> [values.shape for values in gradient.total][-1]
        torch.Size([1])
    """
    data = require_data(data, grid)
    parameters = [values for values in energy.parameters() if values.requires_grad]
    if not parameters:
        raise ValueError("energy must have a parameter that requires a gradient, got none")
    model = boltzmann_distribution(energy, grid)
    means = (
        energies_of(energy, data).mean(),
        (model.probabilities.detach() * torch.where(model._possible, model.energies, 0)).sum(),
    )
    phases = (torch.autograd.grad(mean, parameters, materialize_grads=True) for mean in means)
    return TwoPhaseGradient(*phases)


def energies_of(energy: Callable[[Tensor], Tensor], data: Tensor) -> Tensor:
    """Return the energies of data, one for each datum.

    Raises:
        TypeError: they are not floats.
        ValueError: they have another shape.
    """
    energies = require_floating("energy(data)", energy(data))
    if energies.shape != data.shape[:1]:
        raise ValueError(
            f"energy(data) must have shape {tuple(data.shape[:1])}, one energy for each datum, "
            f"got {tuple(energies.shape)} from data of shape {tuple(data.shape)}"
        )
    return energies


def require_data(data: Tensor, grid: Grid) -> Tensor:
    """Return data, in the grid's dtype, if they are states of its kind between its ends.

    Raises:
        TypeError: they are not floats.
        ValueError: there are none, they have another shape than the grid's states, lie beyond
            its ends, are not finite or are on another device.
    """
    require_floating("data", data)
    require_same_device(grid=grid.points, data=data)
    axes = grid.log_weights.ndim
    state = grid.points.shape[axes:]
    if data.ndim == 0 or data.shape[0] == 0 or data.shape[1:] != state:
        raise ValueError(
            f"data must have shape (num{''.join(f', {n}' for n in state)}) with num at least 1, "
            f"as the grid's states do, got {tuple(data.shape)}"
        )
    points = grid.points.flatten(end_dim=axes - 1)
    low, high = points.amin(dim=0), points.amax(dim=0)
    outside = ((data >= low) & (data <= high)).logical_not()
    if any_true(outside):
        raise ValueError(
            f"data must lie between the grid's ends, {low.tolist()} and {high.tolist()}, but "
            f"{int(outside.reshape(len(data), -1).any(-1).sum())} of {len(data)} do not; widen "
            f"the grid, or Z would not count them"
        )
    return data.to(grid.points.dtype) if grid.points.is_floating_point() else data
