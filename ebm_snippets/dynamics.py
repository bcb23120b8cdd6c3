"""A ball on an energy landscape: downhill at zero temperature, jostled above it."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ._gradient import energy_gradient
from ._validation import (
    any_true,
    as_number,
    require_count,
    require_floating,
    require_generator,
)

__all__ = ["langevin_dynamics"]


def langevin_dynamics(
    energy: Callable[[Tensor], Tensor],
    initial: Tensor,
    *,
    temperature: float,
    step_size: float,
    num_steps: int,
    generator: torch.Generator,
) -> Tensor:
    """Return the path of overdamped Langevin dynamics, dx = -E'(x) dt + sqrt(2 T) dW.

    Each step is Euler-Maruyama's, x <- x - step_size * E'(x) + sqrt(2 * T * step_size) * noise.
    At temperature 0 it is gradient descent. The share of its time that a path
    spends in a region tends to the region's probability under exp(-E / T) / Z, up to an
    error that vanishes with the step size.

    Args:
        energy: a callable from states to energies, differentiable; one energy per state. (A
            mean over n balls would divide each ball's slope by n.)
        initial: where each ball starts, finite floats; any number of balls moves at once.
        temperature: T >= 0, in units of energy.
        step_size: the time of one step, positive; small against 1 / E''.
        num_steps: how many steps, at least 1.
        generator: the source of the noise, on the device of ``initial``.

    Returns:
        States ``(num_steps + 1, *initial.shape)``, the first of them ``initial``.

    Raises:
        TypeError: ``initial`` is not floats, another argument is not of its type, or the
            energy has no slope.
        ValueError: an argument is out of range, the energy has no finite slope at
            ``initial``, or the path ran off to infinity because ``step_size`` is too large.

    Source:
        Roberts and Tweedie (1996), Exponential convergence of Langevin distributions
        and their discrete approximations, Bernoulli 2 (4), section 1.4.

    Example:
        >>> start = torch.tensor([0.5])
        >>> path = langevin_dynamics(
        ...     double_well_energy, start, temperature=0.0, step_size=0.05, num_steps=99,
        ...     generator=torch.Generator().manual_seed(0))
        >>> path[-1].round(decimals=3)
        tensor([1.])
    """
    require_floating("initial", initial)
    require_generator(generator, initial.device)
    _require_finite("initial contains", initial, "start each ball at a number")
    temperature = as_number("temperature", temperature)
    if not (math.isfinite(temperature) and temperature >= 0):
        raise ValueError(
            f"temperature must be finite and at least 0, got {temperature}; 0 is gradient descent"
        )
    step_size = as_number("step_size", step_size)
    if not (math.isfinite(step_size) and step_size > 0):
        raise ValueError(f"step_size must be positive and finite, got {step_size}; try 0.01")
    num_steps = require_count("num_steps", num_steps)

    noise_scale = math.sqrt(2 * temperature * step_size)
    state = initial.detach()
    path = [state]
    for _ in range(num_steps):
        noise = torch.randn(
            state.shape, generator=generator, dtype=state.dtype, device=state.device
        )
        slope = energy_gradient(energy, state)
        state = state - step_size * slope + noise_scale * noise
        path.append(state)
    states = torch.stack(path)
    # A ball that is at no number never comes back to one, so the last states tell of all.
    if any_true(torch.isfinite(state).logical_not()):
        slope = energy_gradient(energy, initial)
        _require_finite("the energy's slope at initial is", slope, "start where it is defined")
        raise ValueError(
            f"the path ran off to infinity, or to where the energy has no slope, with "
            f"step_size={step_size}; take a smaller step, or start where the energy is less steep"
        )
    return states


def _require_finite(what: str, values: Tensor, advice: str) -> None:
    if any_true(bad := torch.isfinite(values).logical_not()):
        place = tuple(bad.nonzero()[0].tolist())
        raise ValueError(f"{what} {float(values[place])} at index {place}; {advice}")
