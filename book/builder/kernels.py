"""Kernels that begin at once: each is a fork of a process that has imported what chapters need.

Importing torch, matplotlib and altair takes longer than most cells, and every chapter does it.
Here each worker has it done once, by a process that then waits (``kernel_source.py``). A chapter's
kernel is a fork of it, so nothing that one chapter does is there for the next. Of the book's own
package nothing is imported before the fork. Only Linux can be trusted to fork such a process;
elsewhere a kernel is a process of its own from the beginning, as Jupyter has it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast

from jupyter_client.manager import AsyncKernelManager

__all__ = ["Kernels", "prepare"]

_HEAVY = ("torch", "matplotlib.pyplot", "altair")
_USES_TORCH = re.compile(r"^(import|from) torch\b", re.MULTILINE)
_SOURCE = Path(__file__).with_name("kernel_source.py")

# In a worker: the process whose forks are its kernels.
_source: subprocess.Popen[str] | None = None


def prepare(book_uses: str) -> None:
    """Start the process that waits, in a worker that will execute chapters.

    Args:
        book_uses: the text of all chapters; what none of them imports is not imported here.
    """
    global _source
    if sys.platform != "linux":
        return
    # ipykernel sets it too, but matplotlib reads it when it is imported.
    environment = {**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    _source = subprocess.Popen(
        [sys.executable, str(_SOURCE), "ipykernel.kernelapp", *_worth_importing(book_uses)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _worth_importing(book_uses: str) -> tuple[str, ...]:
    return _HEAVY if _USES_TORCH.search(book_uses) else ()


class Kernels(AsyncKernelManager):
    """jupyter_client's manager of a kernel, which is a fork where that is possible."""

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        if _source is None:
            await super()._async_launch_kernel(kernel_cmd, **kw)
            return
        order = {
            "arguments": kernel_cmd[kernel_cmd.index("ipykernel_launcher") + 1 :],
            "cwd": kw["cwd"],
            "environment": kw["env"],
        }
        assert _source.stdin is not None
        assert _source.stdout is not None
        try:
            _source.stdin.write(json.dumps(order) + "\n")
            _source.stdin.flush()
            pid = int(_source.stdout.readline())
        except (BrokenPipeError, ValueError):  # it says why in the worker's log
            raise RuntimeError("no kernel can start") from None
        local = cast("Any", self.provisioner)  # it knows a process it has not started itself
        local.process = _Fork(pid)
        local.pid = local.pgid = pid
        self._reconcile_connection_info(local.connection_info)


class _Fork:
    """A process that is not our child, with what jupyter_client asks of a ``Popen``."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """None while it lives. Its parent reaps it at once, so how it ended is not known."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 1
        return None

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.01)
        return 1

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)
