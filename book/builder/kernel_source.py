"""A process that imports what it is told to, waits, and forks a kernel for each line it reads.

It imports nothing of the book. ``kernels.py`` starts it and says what a line holds; the answer to a
line is the kernel's process number. It ends when nobody can write to it any more, and its kernels
with it, because each watches its parent.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib import import_module
from typing import Any


def main() -> None:
    del sys.path[0]  # this folder, in which no chapter looks for modules
    for name in sys.argv[1:]:
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # kernels that have ended leave no trace
    for line in sys.stdin:
        order = json.loads(line)
        source = os.getpid()
        pid = os.fork()
        if pid == 0:
            be_kernel(order, source)
        print(pid, flush=True)


def be_kernel(order: dict[str, Any], source: int) -> None:
    """Become the kernel that an order describes, as if this process had begun as one."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()  # it is interrupted and ended with all that it starts
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)  # what it says outside of cells is no answer to whoever wrote the line
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"], JPY_PARENT_PID=str(source))
    sys.argv = ["ipykernel_launcher", *order["arguments"]]
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
    os._exit(0)


if __name__ == "__main__":
    main()
