"""Estimates of Z from random draws, with what they are worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ._validation import any_true, require_floating

__all__ = ["ImportanceEstimate", "importance_estimate"]


@dataclass(frozen=True, eq=False)
class ImportanceEstimate:
    """An estimate of log Z by importance sampling.

    Attributes:
        log_Z: log of the mean weight, a scalar. The mean weight is unbiased; its log
            is too small on average.
        effective_sample_size: (sum w)^2 / sum w^2, between 1 and the number of draws:
            how many draws of equal weight would say as much. A few only: the estimate is
            worth nothing, and ``standard_error`` may not show it.
        standard_error: of log Z, from the spread of the weights that were drawn,
            sqrt(1 / effective_sample_size - 1 / n). It means something only where the variance
            of the weights is finite: where q falls off more slowly than the square of the
            target's weight exp(-E / T).
    """

    log_Z: Tensor  # noqa: N815 - the name that distributions give it
    effective_sample_size: Tensor
    standard_error: Tensor


def importance_estimate(log_weights: Tensor) -> ImportanceEstimate:
    """Return the estimate of log Z that weighted draws give.

    Draw x_i from a density q that you know, and take log w_i = -E(x_i) / T - log q(x_i).
    The mean of w is Z on average, as long as q is positive wherever a state can occur.

    Args:
        log_weights: ``(n,)``, one for each draw; ``-inf`` where the state cannot occur.

    Returns:
        The estimate, its effective sample size and its standard error.

    Raises:
        TypeError: they are not a tensor of floats.
        ValueError: they are not a row of at least one, contain NaN or +inf, or are all
            -inf.

    Source:
        Kong (1992), A note on importance sampling using standardized weights, University
        of Chicago technical report 348, for the effective sample size.

    Example:
        >>> estimate = importance_estimate(torch.tensor([0.0, 0.0, 0.0, -torch.inf]))
        >>> estimate.log_Z.exp(), estimate.effective_sample_size
        (tensor(0.7500), tensor(3.))
    """
    require_floating("log_weights", log_weights)
    if log_weights.ndim != 1 or log_weights.numel() == 0:
        raise ValueError(
            f"log_weights must have shape (n,) with n at least 1, got {tuple(log_weights.shape)}; "
            f"give one for each draw"
        )
    largest = log_weights.detach().amax()  # NaN if one of them is
    if any_true((largest < torch.inf).logical_not()):
        raise ValueError(
            "log_weights contains NaN or +inf; where q(x) is 0, x is never drawn, and an energy "
            "of -inf has no distribution"
        )
    if any_true(torch.isneginf(largest)):
        raise ValueError(
            "log_weights are all -inf: no draw hit a state that can occur; draw more, or from a "
            "density closer to the target"
        )
    num = log_weights.shape[0]
    log_sum = torch.logsumexp(log_weights, dim=0)
    log_squares = torch.logsumexp(2 * log_weights, dim=0)
    size = torch.exp(2 * log_sum - log_squares)
    # By rounding, the difference may fall below 0.
    error = torch.sqrt((1 / size - 1 / num).clamp(min=0))
    return ImportanceEstimate(log_sum - math.log(num), size, error)
