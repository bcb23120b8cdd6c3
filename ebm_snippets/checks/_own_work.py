"""What an answer must not call, because it does the exercise."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from torch.overrides import TorchFunctionMode

from ..boltzmann import boltzmann_distribution, boltzmann_probabilities, temperature_sweep
from ..ising import ising_ring_log_Z
from ..partition_function import streamed_log_Z
from ._verdict import Failed, call_any

__all__ = ["OwnWork"]

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


class OwnWork(TorchFunctionMode):
    """Refuses torch's functions of the given names, and those of this package that return Z or p.

    The latter are seen on the stack whenever torch is called, whatever energy they are given.
    """

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = names

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code is not call_any.__code__:
            if frame.f_code in _OURS:
                _refuse(frame.f_code.co_name)
            frame = frame.f_back
        name = getattr(func, "__name__", "").removeprefix("special").removeprefix("_")
        if name in self.names:
            _refuse(name)
        return func(*args, **(kwargs or {}))


def _refuse(name: str) -> None:
    raise Failed(f"Your function calls {name}; this exercise is about doing without.")
