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
    require_same_device,
)

__all__ = ["langevin_dynamics"]


def langevin_dynamics(
    energy: Callable[[Tensor], Tensor],
    initial: Tensor,
    *,
    temperature: float | Tensor,
    step_size: float,
    num_steps: int,
    generator: torch.Generator,
) -> Tensor:
    """Return the path of overdamped Langevin dynamics, dx = -E'(x) dt + sqrt(2 T) dW.

    Each step is Euler-Maruyama's, x <- x - step_size * E'(x) + sqrt(2 * T * step_size) * noise.
    At temperature 0 it is gradient descent. Above it, and where the slope of the energy grows
    no faster than the distance, as that of a parabola does, the share of its time that a path
    spends in a region tends to the region's probability under exp(-E / T) / Z, up to an error
    that vanishes with the step size. Where the slope grows faster, as that of a quartic energy
    does, the same is seen for as long as the path stays; but sooner or later a kick takes it
    to where each step overshoots further, and it runs off to infinity. With a small step the
    wait for that is longer than any run.

    Args:
        energy: a callable from states to energies, differentiable: scalar states
            ``(...,) -> (...,)``, vector states ``(..., d) -> (...)``. A mean over n balls would
            divide each ball's slope by n, so it is refused.
        initial: where each ball starts, finite floats; any number of balls moves at once.
        temperature: T >= 0, in units of energy: a number, or floats of a shape that broadcasts
            with ``initial``, on its device. No gradient flows through it.
        step_size: the time of one step, positive; small against 1 / E''.
        num_steps: how many steps, at least 1.
        generator: the source of the noise, on the device of ``initial``.

    Returns:
        States ``(num_steps + 1, *shape)``, the first of them ``initial``, where ``shape`` is that
        of ``initial`` and ``temperature`` broadcast together. Noise is drawn in the shape of
        ``initial`` alone. So one start of shape ``(1,)`` at temperatures ``(4, 1)`` gives four
        balls with the same kicks, each scaled to its temperature: the paths that four runs
        with the same seed would give. For kicks of their own give each ball a start of its own.

    Raises:
        TypeError: ``initial`` is not floats, another argument is not of its type, or the
            energy has no slope.
        ValueError: an argument is out of range; the temperature has a shape that does not
            broadcast or is on another device; the energy does not return one number for each
            state, or has no finite slope at ``initial``; or the path ran off to infinity because
            ``step_size`` is too large.

    Source:
        Roberts and Tweedie (1996), Exponential convergence of Langevin distributions
        and their discrete approximations, Bernoulli 2 (4).

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
    temperature = _as_temperatures(temperature, initial)
    step_size = as_number("step_size", step_size)
    if not (math.isfinite(step_size) and step_size > 0):
        raise ValueError(f"step_size must be positive and finite, got {step_size}; try 0.01")
    num_steps = require_count("num_steps", num_steps)

    state = initial.detach().expand(_together(initial, temperature))
    _require_one_energy_per_state(energy, state)

    noise_scale = torch.sqrt(2 * temperature * step_size).to(initial.dtype)
    path = [state]
    for _ in range(num_steps):
        noise = torch.randn(
            initial.shape,
            generator=generator,
            dtype=state.dtype,
            device=state.device,
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


def _as_temperatures(temperature: float | Tensor, initial: Tensor) -> Tensor:
    """Return temperatures as floats on the device of ``initial``; of a number, in float64."""
    if isinstance(temperature, Tensor):
        heat = require_floating("temperature", temperature).detach()
        require_same_device(initial=initial, temperature=heat)
        _together(initial, heat)
    else:
        heat = torch.tensor(as_number("temperature", temperature), dtype=torch.float64)
    if any_true(bad := (torch.isfinite(heat) & (heat >= 0)).logical_not()):
        at = f" at index {tuple(bad.nonzero()[0].tolist())}" if heat.ndim else ""
        raise ValueError(
            f"temperature must be finite and at least 0, got {float(heat[bad][0])}{at}; "
            f"0 is gradient descent"
        )
    return heat.to(initial.device)


def _together(initial: Tensor, temperature: Tensor) -> torch.Size:
    try:
        shapes = initial.shape, temperature.shape
        together: torch.Size = torch.broadcast_shapes(*shapes)  # type: ignore[no-untyped-call]
        return together
    except RuntimeError:
        raise ValueError(
            f"temperature must have a shape that broadcasts with that of initial, "
            f"{tuple(initial.shape)}, got {tuple(temperature.shape)}; for one temperature in each "
            f"row give it the shape (num, {', '.join('1' for _ in initial.shape)})"
        ) from None


def _require_one_energy_per_state(energy: Callable[[Tensor], Tensor], states: Tensor) -> None:
    """Check that energies have the shape of the states, less the axes of one state."""
    energies: object = energy(states)
    if not isinstance(energies, Tensor):
        return  # that it has no slope is said where the slope is taken
    shape = energies.shape
    fits = shape == states.shape[: len(shape)]
    if fits and not shape and states.numel() > 1:
        # One vector state has one energy, and a mean over balls is one too. A row of one state
        # tells them apart.
        fits = _gives_a_row(energy, states)
    if not fits:
        raise ValueError(
            f"energy must return one number for each state, of shape {tuple(states.shape)} or, for "
            f"vector states, {tuple(states.shape[:-1])}, got {tuple(shape)}; do not sum or "
            f"average over balls, and write x[..., 0] for a vector's first coordinate"
        )


def _gives_a_row(energy: Callable[[Tensor], Tensor], state: Tensor) -> bool:
    try:
        return energy(state.unsqueeze(0)).shape == (1,)
    except IndexError:  # x[1] of a row of one state
        return False
