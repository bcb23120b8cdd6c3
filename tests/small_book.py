"""What tests of the build need for a small book: a package, and the build."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import forked_build
from conftest import ROOT

__all__ = ["build", "copy_package", "write_package"]

# As much of torch as a build asks for. The real one takes seconds to import, at each build.
TORCH = """\
__version__ = "0"

class cuda:
    is_available = staticmethod(bool)

class device:
    def __init__(self, type):
        self.type = type
"""


def write_package(root: Path) -> None:
    """Write as much of ``ebm_snippets`` and of what it stands on as a build asks for."""
    package = root / "ebm_snippets"
    package.mkdir()
    (package / "__init__.py").write_text("from .device import select_device\n")
    shutil.copy(ROOT / "ebm_snippets" / "device.py", package)
    (root / "torch.py").write_text(TORCH)
    (root / "requirements.txt").write_text("torch==0\n")


def copy_package(root: Path) -> None:
    """Copy the whole of ``ebm_snippets``, for books that draw with it or show its code."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "ebm_snippets", root / "ebm_snippets", ignore=ignore)
    (root / "requirements.txt").write_text("torch==0\n")


def build(root: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build the book below ``root``, with these variables and few others."""
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return forked_build.build(["--root", str(root)], plain | environment)
