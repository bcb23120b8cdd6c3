"""Checks on arguments.

Every check reads a tensor's values through :func:`any_true`, and nowhere else,
so that code can be traced with tensors that have a shape and a device but no
values.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import torch
from torch import Tensor

__all__ = [
    "any_true",
    "as_number",
    "as_temperature",
    "require_count",
    "require_energies",
    "require_floating",
    "require_generator",
    "require_same_device",
    "require_vectors",
]


def any_true(flags: Tensor) -> bool:
    """Return whether any element of a boolean tensor is true."""
    return bool(flags.any())


def require_floating(name: str, value: Any) -> Tensor:
    """Return ``value`` if it is a real floating-point tensor; say what to do if not.

    Raises:
        TypeError: it is not a tensor, or holds integers, booleans or complex numbers.
    """
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{name} must be a torch.Tensor of floats, got {type(value).__name__}; "
            f"write torch.tensor(..., dtype=torch.float64)"
        )
    if not value.is_floating_point():
        raise TypeError(
            f"{name} must hold floats, got {value.dtype}; convert it with .to(torch.float64)"
        )
    return value


def require_vectors(name: str, value: Any, dim: int) -> Tensor:
    """Return ``value`` if it is a tensor of floats whose last axis holds ``dim`` coordinates.

    Raises:
        TypeError: it is not a tensor of floats.
        ValueError: its last axis has another length, or it has none.
    """
    require_floating(name, value)
    if value.ndim == 0 or value.shape[-1] != dim:
        raise ValueError(
            f"{name} must have shape (..., {dim}), one state of {dim} coordinates in each row, "
            f"got {tuple(value.shape)}; stack the coordinates with torch.stack(..., dim=-1)"
        )
    tensor: Tensor = value
    return tensor


def require_count(name: str, value: Any, at_least: int = 1) -> int:
    """Return ``value`` as an integer of at least ``at_least``.

    Raises:
        TypeError: it is not an integer.
        ValueError: it is smaller.
    """
    if isinstance(value, bool):
        raise TypeError(f"{name} must be an integer of at least {at_least}, got a bool")
    try:
        count = operator.index(value)
    except TypeError:
        raise TypeError(
            f"{name} must be an integer of at least {at_least}, got {value!r}; "
            f"round it with int(...)"
        ) from None
    if count < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {count}")
    return count


def as_number(name: str, value: Any) -> float:
    """Return ``value`` as a float.

    Raises:
        TypeError: it is not one real number.
    """
    try:
        if isinstance(value, (bool, str)):
            raise TypeError
        return float(value)
    except (TypeError, ValueError, OverflowError, RuntimeError):  # the last: several numbers
        raise TypeError(f"{name} must be one real number, got {value!r}") from None


def require_same_device(**tensors: Tensor) -> None:
    """Check that all tensors are on one device.

    Raises:
        ValueError: two of them are on different devices.
    """
    (first_name, first), *others = tensors.items()
    for name, tensor in others:
        if tensor.device != first.device:
            raise ValueError(
                f"{name} is on {tensor.device} but {first_name} is on {first.device}; "
                f"move one with .to(device={str(first.device)!r})"
            )


def require_generator(generator: Any, device: torch.device | None = None) -> torch.Generator:
    """Check that ``generator`` is a generator, on ``device`` if that is given.

    Raises:
        TypeError: it is not a ``torch.Generator``.
        ValueError: it lives on another kind of device.
    """
    if not isinstance(generator, torch.Generator):
        raise TypeError(
            f"generator must be a torch.Generator, got {type(generator).__name__}; "
            f"make one with torch.Generator(device={str(device or 'cpu')!r}).manual_seed(0)"
        )
    if device is not None and device.type != "meta" and generator.device.type != device.type:
        raise ValueError(
            f"generator is on {generator.device} but the states are on {device}; "
            f"make it with torch.Generator(device={str(device)!r})"
        )
    return generator


def as_temperature(temperature: Any, like: Tensor, name: str = "temperature") -> Tensor:
    """Return the temperature as a scalar tensor with the dtype and device of ``like``.

    Args:
        temperature: a positive number, or a scalar tensor, which may require gradients.
        like: the tensor that it will divide.
        name: what it is called where it is given.

    Raises:
        TypeError: it is not a real number.
        ValueError: it is not positive and finite, not a scalar, or on another device.
    """
    if isinstance(temperature, Tensor):
        require_floating(name, temperature)
        if temperature.ndim != 0:
            raise ValueError(
                f"{name} must be one number, got shape {tuple(temperature.shape)}; "
                f"call once for each temperature"
            )
        require_same_device(**{"energies": like, name: temperature})
        if any_true((torch.isfinite(temperature) & (temperature > 0)).logical_not()):
            raise ValueError(_temperature_message(name, float(temperature)))
        return temperature.to(like.dtype)
    if isinstance(temperature, bool):
        raise TypeError(f"{name} must be a positive number, got a bool; write 1.0 for T = 1")
    try:
        if isinstance(temperature, str):  # which float() would read
            raise TypeError
        value = float(temperature)
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} must be a positive number, got {temperature!r}; write 1.0 for T = 1"
        ) from None
    if not (math.isfinite(value) and value > 0):
        raise ValueError(_temperature_message(name, value))
    return torch.full((), value, dtype=like.dtype, device=like.device)


def _temperature_message(name: str, value: float) -> str:
    return (
        f"{name} must be positive and finite, got {value}; for the limit of zero "
        f"temperature use a small one such as 1e-3, for infinite temperature a large one"
    )


def require_energies(energies: Any, name: str = "energies") -> None:
    """Check that energies are floats, and that none is NaN or -inf.

    Raises:
        TypeError: they are not a tensor of floats.
        ValueError: a value is NaN or -inf, or there is none.
    """
    require_floating(name, energies)
    if energies.numel() == 0:
        raise ValueError(
            f"{name} is empty (shape {tuple(energies.shape)}); give at least one state"
        )
    lowest = energies.detach().amin()  # NaN if one of them is
    if any_true((lowest > -torch.inf).logical_not()):
        if any_true(torch.isnan(lowest)):
            raise ValueError(
                f"{name} contains NaN; an energy must be a number at every state "
                f"(use +inf for a state that cannot occur)"
            )
        raise ValueError(
            f"{name} contains -inf; such a state would take all of the probability, "
            f"so use a finite energy (+inf is allowed: a state that cannot occur)"
        )
