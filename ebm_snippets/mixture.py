"""The data that the network learns from, and the energy that it should find."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ._validation import require_count, require_floating, require_generator

__all__ = ["mixture_energy", "sample_mixture"]

CENTRE = 1.5
WIDTH = 0.3


def sample_mixture(
    num: int, *, generator: torch.Generator, dtype: torch.dtype = torch.float64
) -> Tensor:
    """Draw from an equal mixture of two Gaussians, N(-1.5, 0.3^2) and N(1.5, 0.3^2).

    Args:
        num: how many, at least 1.
        generator: the source of randomness; the draws live on its device.
        dtype: of the draws.

    Returns:
        States ``(num,)``, independent.

    Raises:
        TypeError: ``num`` is not an integer, or ``generator`` is not a generator.
        ValueError: ``num`` is less than 1.

    Example:
        >>> sample_mixture(4, generator=torch.Generator().manual_seed(1)).shape
        torch.Size([4])
    """
    num = require_count("num", num)
    device = require_generator(generator).device
    right = torch.rand(num, generator=generator, dtype=dtype, device=device) < 0.5
    noise = torch.randn(num, generator=generator, dtype=dtype, device=device)
    return torch.where(right, CENTRE, -CENTRE) + WIDTH * noise


def mixture_energy(x: Tensor) -> Tensor:
    """Return the exact energy of the mixture, E(x) = -log p(x), so that Z = 1 at T = 1.

    Args:
        x: states, ``(...,)``, floats.

    Returns:
        Energies, ``(...,)``, in nats.

    Raises:
        TypeError: ``x`` is not a tensor of floats.

    Example:
        >>> mixture_energy(torch.tensor([-1.5, 0.0, 1.5]))
        tensor([ 0.4081, 12.2150,  0.4081])
    """
    require_floating("x", x)
    left, right = (-(((x - centre) / WIDTH) ** 2) / 2 for centre in (-CENTRE, CENTRE))
    return math.log(2 * WIDTH * math.sqrt(2 * math.pi)) - torch.logaddexp(left, right)
