"""What machine, device and versions chapters run on, and whether the package imports there."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .book import Book
from .problems import BookError, Problem

__all__ = ["look_at_machine"]

_VARIABLES = ("EBM_DEVICE", "PYTHONPATH", "CUDA", "NVIDIA", "HIP", "ROCR")
_GPUS = ("nvidia", "kfd", "dxg")  # how the devices that torch can compute on begin in Linux's /dev

# Run in a process like that of a chapter, because importing torch takes seconds and may fail. It
# prints what the colophon tells; every module of the package is imported, so that a broken one is
# told once and not by each chapter that needs it.
# Collecting garbage, and taking torch down at the end, would cost it a third more.
_QUESTION = """
import gc
gc.disable()
import importlib, json, os, pkgutil, platform
import matplotlib, numpy, torch, ebm_snippets
for module in pkgutil.iter_modules(ebm_snippets.__path__, "ebm_snippets."):
    importlib.import_module(module.name)
device = ebm_snippets.select_device()
name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
print(json.dumps({
    "device": f"{device.type} ({name})", "python": platform.python_version(),
    "torch": torch.__version__, "numpy": numpy.__version__, "matplotlib": matplotlib.__version__,
}), flush=True)
os._exit(0)
"""


def look_at_machine(book: Book) -> Callable[[], dict[str, Any] | Problem]:
    """Begin to look at the machine, beside other work.

    The answer is kept for as long as nothing that it depends on has changed.

    Returns:
        A function that returns device and versions, or why ``ebm_snippets`` does not import here.
    """
    kept = book.build / ".machine.json"
    key = _key(book)
    try:
        known = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if known.get("key") == key:
        return lambda: dict(known["machine"])
    asked = subprocess.Popen(
        [sys.executable, "-c", _QUESTION],
        cwd=book.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    def answer() -> dict[str, Any] | Problem:
        try:
            output, errors = asked.communicate()
        except BaseException:
            with asked:  # waits until it is gone
                asked.kill()
            raise
        if asked.returncode != 0:
            return _why(book, asked.returncode, errors)
        machine = dict(json.loads(output.splitlines()[-1]))
        kept.write_text(json.dumps({"key": key, "machine": machine}), encoding="utf-8")
        return machine

    return answer


def _key(book: Book) -> str:
    """A digest of all that the answer depends on: code, versions, variables and devices."""
    # Each is a folder that is named after the package and its version.
    installed = sorted(found.name for path in sys.path for found in Path(path).glob("*.dist-info"))
    variables = sorted(item for item in os.environ.items() if item[0].startswith(_VARIABLES))
    devices = sorted(path.name for path in Path("/dev").glob("*") if path.name.startswith(_GPUS))
    known = (platform.node(), sys.version, installed, variables, devices, book.package_digest())
    return hashlib.sha256(repr(known).encode()).hexdigest()


def _why(book: Book, status: int, errors: str) -> Problem:
    last = errors.strip().splitlines()[-1] if errors.strip() else f"exit code {status}"
    if "EBM_DEVICE" in last:
        raise BookError(last.partition(": ")[2])
    places = [line for line in errors.splitlines() if f'File "{book.root}' in line]
    file, line = "ebm_snippets/__init__.py", 1
    if places:
        path = places[-1].split('"')[1]
        digits = "".join(c for c in places[-1].partition(", line ")[2] if c.isdigit())
        file, line = book.relative(path), int(digits or 1)
    return Problem(f"ebm_snippets does not import: {last}", file, line, details=errors)
