"""A build in a process that has imported Sphinx already, which takes most of a small build's time.

Each build is a fork of one waiting process, so nothing of one is left over for the next. It is
``book/build.py`` all the same: its own main function, with its arguments and its variables.
"""

from __future__ import annotations

import os
import sys
import traceback
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

from builder.forks import waiting_process

__all__ = ["build"]

_processes = cache(waiting_process)


def build(arguments: list[str], environment: dict[str, str]) -> CompletedProcess[str]:
    """Run ``book/build.py`` with these arguments and variables."""
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = _processes().Process(target=_run, args=(arguments, environment, out, err))
        process.start()
        process.join()
        code = process.exitcode
        assert code is not None
        return CompletedProcess(arguments, code, out.read_text(), err.read_text())


def _run(arguments: list[str], environment: dict[str, str], out: Path, err: Path) -> None:
    for path, stream in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream)
    os.environ.clear()
    os.environ.update(environment)
    import build

    try:
        code = build.main(arguments)
    except SystemExit as stop:
        code = int(stop.code or 0)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
