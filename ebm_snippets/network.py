"""A neural network as an energy, held together so that it has a distribution."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from ._validation import require_count, require_floating, require_vectors

__all__ = ["EnergyNetwork"]


class EnergyNetwork(nn.Module):
    """An energy E(x) = f(x) + confinement ``|x|^2``, with f a network of two hidden layers.

    Its activations, SiLU, grow no faster than their input, so f grows at most in proportion
    to ``|x|``. Any positive confinement wins over it far out, and Z is finite on all of space.
    With a confinement of 0 that fails for most random weights: then use it on a bounded domain
    only.

    Args:
        hidden: units in each hidden layer, at least 1.
        dim: None for scalar states ``(...,) -> (...,)``; d for vector states
            ``(..., d) -> (...)``.
        confinement: at least 0, in units of energy per squared length.
        generator: the source of the first weights, on the network's device; torch's own
            state if it is not given.
        dtype: of the weights, and so of states; as grids have it, if it is not given.
        device: of the weights.

    Raises:
        TypeError: ``hidden`` or ``dim`` is not an integer.
        ValueError: one of them is less than 1, or the confinement is negative.

    Source:
        LeCun et al. (2006), A tutorial on energy-based learning.

    Example:
        >>> energy = EnergyNetwork(hidden=8, generator=torch.Generator().manual_seed(0))
        >>> energy(torch.zeros(3, 2, dtype=torch.float64)).shape
        torch.Size([3, 2])
    """

    def __init__(
        self,
        hidden: int = 64,
        dim: int | None = None,
        *,
        confinement: float = 0.1,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        hidden = require_count("hidden", hidden)
        self.dim = None if dim is None else require_count("dim", dim)
        self.confinement = float(confinement)
        if not (math.isfinite(self.confinement) and self.confinement >= 0):
            raise ValueError(f"confinement must be finite and at least 0, got {confinement}")
        sizes = (self.dim or 1, hidden, hidden, 1)
        self.first, self.second, self.last = (
            _linear(into, out, generator, dtype, torch.device(device or torch.get_default_device()))
            for into, out in pairwise(sizes)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the energies of states.

        Args:
            x: ``(...,)`` where ``dim`` is None, else ``(..., dim)``, in the weights' dtype.

        Returns:
            Energies, ``(...)``.

        Raises:
            TypeError: ``x`` is not a tensor of floats, or of another dtype.
            ValueError: its last axis does not hold ``dim`` coordinates.
        """
        require_floating("x", x)
        states = x.unsqueeze(-1) if self.dim is None else require_vectors("x", x, self.dim)
        dtype = self.first.weight.dtype
        if x.dtype != dtype:
            raise TypeError(
                f"x must hold {dtype}, as the network's weights do, got {x.dtype}; "
                f"convert x with .to({dtype}), or the network with .to({x.dtype})"
            )
        hidden = nn.functional.silu(self.first(states))
        hidden = nn.functional.silu(self.second(hidden))
        free: Tensor = self.last(hidden).squeeze(-1)
        return free + self.confinement * (states**2).sum(dim=-1)


def _linear(
    into: int,
    out: int,
    generator: torch.Generator | None,
    dtype: torch.dtype,
    device: torch.device,
) -> nn.Linear:
    """A layer with weights uniform within 1 / sqrt(into), as torch's own, from a generator."""
    layer = nn.Linear(into, out, dtype=dtype, device="meta").to_empty(device=device)
    bound = 1 / math.sqrt(into)
    for values in layer.parameters():
        nn.init.uniform_(values, -bound, bound, generator=generator)
    return layer
