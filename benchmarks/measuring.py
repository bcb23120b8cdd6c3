"""Time, memory and tables: what every comparison needs."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import re
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def timed(action: Callable[[], T], *, runs: int = 5, warm: bool = True) -> tuple[T, float]:
    """Return what an action returns and the median of its seconds, after one run to warm up.

    The median, because whatever else the machine does makes some runs slow and none fast.
    """
    if warm:
        action()
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        value = action()
        seconds.append(time.perf_counter() - began)
    return value, statistics.median(seconds)


def peak_memory() -> int | None:
    """Return the most bytes that this process has held at once; None where Linux is not."""
    return _kilobytes("/proc/self/status", "VmHWM")


def available_memory() -> int | None:
    """Return the bytes that a new process may take without driving others out."""
    return _kilobytes("/proc/meminfo", "MemAvailable")


def _kilobytes(file: str, name: str) -> int | None:
    if not Path(file).exists():
        return None
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(file).read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def installed(package: str) -> bool:
    """Say whether a package is there; where not, its columns stay empty."""
    return importlib.util.find_spec(package) is not None


def machine() -> str:
    """Return one line: the machine, its cores and load, and the versions."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = re.search(r"^model name\s+: (.*)$", _text("/proc/cpuinfo"), re.MULTILINE)
    names = ("torch", "numpy", "scipy", "torchebm")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in names if installed(name)]
    parts = [
        found[1] if found else platform.machine(),
        f"one of {cores} cores",
        f"load {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()}",
        *versions,
    ]
    return ", ".join(parts)


def _text(file: str) -> str:
    return Path(file).read_text() if Path(file).exists() else ""


def show_bytes(amount: int | None) -> str:
    """Return mebibytes, or that nobody knows."""
    return "unknown" if amount is None else f"{amount / 2**20:,.0f} MiB"


def show_error(error: float, *, warned: bool = False) -> str:
    """Return an absolute error in two digits, with a star where its method warned of it."""
    return f"{error:.0e}{'*' if warned else ''}"


def show_seconds(seconds: float) -> str:
    """Return seconds in the unit that suits them."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an aligned table, its first column to the left and the others to the right."""
    columns = list(zip(head, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    lines = [title]
    for row in (head, *rows):
        first, *others = row
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)
