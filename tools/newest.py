"""Test the package and build the book with the newest versions within pyproject.toml's bounds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    with tempfile.TemporaryDirectory() as place:
        clone = Path(place, "book")
        ignored = shutil.ignore_patterns(".venv", "_build", "mutants", "*.egg-info")
        shutil.copytree(ROOT, clone, ignore=ignored)
        python = str(Path(place, "venv", "bin", "python"))
        groups = ["--group", "book", "--group", "test"]
        tests = ["-n", "auto", "-m", "not build", "--ignore=tests/test_environment.py"]
        steps = (
            [sys.executable, "-m", "venv", f"{place}/venv"],
            [python, "-m", "pip", "install", "--quiet", "--upgrade", "pip"],  # reads groups
            [python, "-m", "pip", "install", "--quiet", "--editable", ".", *groups],
            [python, "-m", "pip", "list"],
            [python, "-m", "pytest", "--quiet", *tests],
            [python, "book/build.py"],
        )
        path = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
        for step in steps:
            print("$", *step[1:], flush=True)
            where = clone if clone.exists() else ROOT
            done = subprocess.run(step, cwd=where, env={**os.environ, "PATH": path}, check=False)
            if done.returncode != 0:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
