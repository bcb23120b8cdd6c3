"""The device that chapters compute on."""

from __future__ import annotations

import os

import torch

__all__ = ["select_device"]


def select_device() -> torch.device:
    """Return the device named by the environment variable ``EBM_DEVICE``.

    ``auto``, the default, is CUDA where there is one and the CPU elsewhere. ``cpu`` and
    ``cuda`` are what they say.

    Raises:
        ValueError: the variable holds another word.
        RuntimeError: it says ``cuda`` and this machine has no CUDA device.
    """
    choice = os.environ.get("EBM_DEVICE", "auto")
    if choice not in ("auto", "cpu", "cuda"):
        raise ValueError(f"EBM_DEVICE must be auto, cpu or cuda, got {choice!r}")
    available = torch.cuda.is_available()
    if choice == "cuda" and not available:
        raise RuntimeError(
            "EBM_DEVICE is cuda, but torch finds no CUDA device here; set it to auto or cpu"
        )
    return torch.device("cuda" if available and choice != "cpu" else "cpu")
