"""What an answer must not call, because it does the exercise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ..boltzmann import boltzmann_distribution, boltzmann_probabilities, temperature_sweep
from ..ising import ising_ring_log_Z
from ..likelihood import grid_negative_log_likelihood, two_phase_gradient
from ..partition_function import streamed_log_Z
from ..training import train_on_grid
from ._verdict import Failed, call_any

__all__ = ["OF_LIKELIHOODS", "OwnWork", "SlopeOf"]

_OURS = {
    function.__code__
    for function in (
        boltzmann_distribution,
        boltzmann_probabilities,
        ising_ring_log_Z,
        streamed_log_Z,
        temperature_sweep,
    )
}
OF_LIKELIHOODS = (grid_negative_log_likelihood, two_phase_gradient, train_on_grid)


class OwnWork(TorchFunctionMode):
    """Refuses torch's functions of the given names, and functions of this package.

    The latter are seen on the stack whenever torch is called, whatever energy they are given.

    Args:
        names: of torch's functions.
        ours: of this package; those that return Z or p if not given.
    """

    def __init__(self, *names: str, ours: Iterable[Callable[..., Any]] = ()) -> None:
        super().__init__()
        self.names = names
        self.codes = {function.__code__ for function in ours} or _OURS

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code is not call_any.__code__:
            if frame.f_code in self.codes:
                _refuse(frame.f_code.co_name)
            frame = frame.f_back
        name = getattr(func, "__name__", "").removeprefix("special").removeprefix("_")
        if name in self.names:
            _refuse(name)
        return func(*args, **(kwargs or {}))


def _refuse(name: str) -> None:
    raise Failed(f"Your function calls {name}; this exercise is about doing without.")


class SlopeOf(TorchFunctionMode):
    """Notes by which operations an answer differentiates, until one of the given ones is met.

    Args:
        names: openings of the names that torch gives to steps of a slope, as "LogsumexpBackward".

    Attributes:
        met: the first such step that led from what was differentiated, or "".
    """

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = names
        self.met = ""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in (torch.autograd.grad, torch.autograd.backward, Tensor.backward):
            for output in _tensors((*args, *(kwargs or {}).values())):
                self.met = self.met or self._search(output)
        return func(*args, **(kwargs or {}))

    def _search(self, output: Tensor) -> str:
        waiting, seen = [output.grad_fn], set()
        while waiting:
            step = waiting.pop()
            if step is None or step in seen:
                continue
            seen.add(step)
            if step.name().startswith(self.names):
                return step.name()
            waiting += [earlier for earlier, _ in step.next_functions]
        return ""


def _tensors(given: Any) -> list[Tensor]:
    if isinstance(given, Tensor):
        return [given]
    if isinstance(given, (list, tuple)):
        return [value for one in given for value in _tensors(one)]
    return []
