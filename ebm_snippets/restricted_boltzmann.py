"""A machine of two layers, whose Z is a sum over the smaller one."""

from __future__ import annotations

import torch
from torch import Tensor

from ._validation import require_floating, require_same_device
from .device import states_at_once

__all__ = ["restricted_boltzmann_log_Z"]

_LARGEST = 20


def restricted_boltzmann_log_Z(
    weights: Tensor, visible_bias: Tensor, hidden_bias: Tensor
) -> Tensor:
    """Return log Z of a restricted Boltzmann machine with one small layer, at T = 1.

    E(v, u) = -v^T W u - a^T v - b^T u with units 0 and 1. Given one layer, the units of the
    other are independent, so their sum factorises:
    Z = sum_u exp(b^T u) prod_i (1 + exp(a_i + (W u)_i)). The sum runs over the smaller layer.

    Args:
        weights: W, ``(visible, hidden)``, floats.
        visible_bias: a, ``(visible,)``.
        hidden_bias: b, ``(hidden,)``.

    Returns:
        A scalar through which gradients flow.

    Raises:
        TypeError: an argument is not a tensor of floats, or the three have different dtypes.
        ValueError: the shapes do not fit, the devices differ, or both layers have more
            than 20 units.

    Source:
        Salakhutdinov and Murray (2008), On the quantitative analysis of deep belief
        networks, International Conference on Machine Learning.

    Example:
        >>> zeros = torch.zeros(784, 10, dtype=torch.float64)
        >>> restricted_boltzmann_log_Z(zeros, zeros[:, 0], zeros[0]) / torch.tensor(2.0).log()
        tensor(794.0000, dtype=torch.float64)
    """
    require_floating("weights", weights)
    require_floating("visible_bias", visible_bias)
    require_floating("hidden_bias", hidden_bias)
    require_same_device(weights=weights, visible_bias=visible_bias, hidden_bias=hidden_bias)
    for name, bias in (("visible_bias", visible_bias), ("hidden_bias", hidden_bias)):
        if bias.dtype != weights.dtype:
            raise TypeError(
                f"{name} must hold {weights.dtype}, as weights do, got {bias.dtype}; convert it "
                f"with .to({weights.dtype})"
            )
    if weights.ndim != 2 or (visible_bias.shape, hidden_bias.shape) != (
        weights.shape[:1],
        weights.shape[1:],
    ):
        raise ValueError(
            f"weights, visible_bias and hidden_bias must have shapes (visible, hidden), "
            f"(visible,) and (hidden,), got {tuple(weights.shape)}, {tuple(visible_bias.shape)} "
            f"and {tuple(hidden_bias.shape)}"
        )
    if weights.shape[0] < weights.shape[1]:
        weights, visible_bias, hidden_bias = weights.T, hidden_bias, visible_bias
    num = weights.shape[1]
    if num > _LARGEST:
        raise ValueError(
            f"weights must have at most {_LARGEST} rows or columns, got shape "
            f"{tuple(weights.shape)}: the sum over the smaller layer has 2^{num} terms"
        )
    index = torch.arange(2**num, device=weights.device).unsqueeze(-1)
    states = ((index >> torch.arange(num, device=weights.device)) & 1).to(weights.dtype)
    # A few thousand states at a time, or the inputs of all units fill the memory.
    together = states_at_once(weights.device, len(visible_bias), on_cpu=4096)
    terms = [
        part @ hidden_bias
        + torch.nn.functional.softplus(visible_bias + part @ weights.T).sum(dim=-1)
        for part in torch.split(states, together)
    ]
    return torch.logsumexp(torch.cat(terms), dim=0)
