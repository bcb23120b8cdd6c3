"""log Z of |x|^2 on a grid of 100 points for each axis: streamed, and all at once.

    python -m benchmarks.grid_sum METHOD DIM POINTS_PER_AXIS

measures one of them in a process of its own, because only so a peak of memory is its own.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ebm_snippets import linear_grid, streamed_log_Z

from .measuring import (
    available_memory,
    peak_memory,
    show_bytes,
    show_error,
    show_seconds,
    table,
    timed,
)

ROOT = Path(__file__).parent.parent
REACH = 6.0


def energy(x: Tensor) -> Tensor:
    return (x**2).sum(dim=-1)


def streamed(dim: int, points_per_axis: int) -> float:
    axis = linear_grid(-REACH, REACH, points_per_axis)
    return streamed_log_Z(energy, *[axis] * dim).item()


def at_once(dim: int, points_per_axis: int) -> float:
    """The sum as one would write it without the book."""
    axis = torch.linspace(-REACH, REACH, points_per_axis, dtype=torch.float64)
    states = torch.stack(torch.meshgrid(*[axis] * dim, indexing="ij"), dim=-1)
    spacing = 2 * REACH / (points_per_axis - 1)
    return torch.logsumexp(-energy(states).flatten(), 0).item() + dim * math.log(spacing)


METHODS: dict[str, Callable[[int, int], float]] = {"streamed": streamed, "at once": at_once}


def measure(method: str, dim: int, points_per_axis: int) -> dict[str, Any]:
    """Return what this process finds, or why it finds nothing."""
    torch.set_num_threads(1)
    limit_memory()
    METHODS[method](1, points_per_axis)  # to warm up
    before = peak_memory()
    try:
        found, seconds = timed(lambda: METHODS[method](dim, points_per_axis), runs=3, warm=False)
    except RuntimeError as error:
        if "allocate memory" not in str(error):
            raise
        return {"failure": "out of memory"}
    peak = peak_memory()
    return {
        "error": abs(found - dim / 2 * math.log(math.pi)),
        "seconds": seconds,
        "peak": peak,
        "more": None if peak is None or before is None else peak - before,
    }


def limit_memory() -> None:
    """Let an allocation fail that the machine could only serve by ending somebody's process."""
    available = available_memory()
    if available is not None:
        import resource  # which Windows lacks

        resource.setrlimit(resource.RLIMIT_DATA, (available, available))


def in_own_process(method: str, dim: int, points_per_axis: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.grid_sum", method, str(dim), str(points_per_axis)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def cells(found: dict[str, Any]) -> list[str]:
    if "failure" in found:
        return [found["failure"], "", "", ""]
    memory = [show_bytes(found["peak"]), show_bytes(found["more"])]
    return [show_error(found["error"]), show_seconds(found["seconds"]), *memory]


def compare(dims: tuple[int, ...] = (2, 3, 4), points_per_axis: int = 100) -> str:
    head = ["d", "points", "method", "error", "time", "peak memory", "the sum's share"]
    rows = [
        [
            f"{dim}",
            f"{points_per_axis**dim:,}",
            method,
            *cells(in_own_process(method, dim, points_per_axis)),
        ]
        for dim in dims
        for method in METHODS
    ]
    return table("log Z of |x|^2 on a grid, each in a process of its own", head, rows)


if __name__ == "__main__":
    name, *numbers = sys.argv[1:]
    print(json.dumps(measure(name, *map(int, numbers))))
