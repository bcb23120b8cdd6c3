"""Execute chapters in parallel, each in a kernel of its own, into a cache."""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_cache.base import ProjectNb
from jupyter_cache.cache.main import JupyterCacheBase
from jupyter_cache.executors.basic import (
    ExecutionWorkerLocalMProc,
    JupyterExecutorLocalMproc,
    ProcessData,
)
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from traitlets.config import Config

from .book import Cell, Page, line_in_cell
from .problems import Problem

__all__ = ["Execution", "start"]

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_NO_CELL = -1
# Importing torch and matplotlib makes half a million objects, none of them garbage. By default,
# Python goes through all of them six times on the way.
_RARE_COLLECTION = "--IPKernelApp.exec_lines=__import__('gc').set_threshold(100_000, 50, 100)"

# In a worker process: the queue to its parent, and what its kernels say outside of cells.
_events: Any = None
_kernel_log: Any = None


@dataclass
class Execution:
    """What became of the chapters.

    Attributes:
        seconds: for each page that succeeded, the seconds it took when it ran.
        executed: the pages that ran now, and not from the cache.
        failed: the pages that did not run to their end.
        problems: why.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    executed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class _Kept:
    """An executed page in the cache: the seconds it took, and its code cells with their outputs."""

    seconds: float
    cells: list[Any]


class _Cache(JupyterCacheBase):
    """A cache that deletes no single record.

    jupyter-cache deletes the oldest records when there are many, in two steps: it lists those to
    keep, and deletes all others. A record that another worker writes between the two steps is lost,
    and its chapter with it. Here old caches are deleted as whole folders instead, by the build.
    """

    def truncate_caches(self) -> None:
        """Delete nothing."""


class _Worker(ExecutionWorkerLocalMProc):
    """jupyter-cache's worker, telling its parent at which cell it is and why it stopped."""

    def __call__(self, data: ProcessData) -> tuple[int, str]:
        self._told = False
        _kernel_log.truncate(0)
        _kernel_log.seek(0)
        status, uri = super().__call__(data)
        if status != 0 and not self._told:  # it ran, and could not be read or kept
            words = _last_words()
            reason = words.splitlines()[-1] if words else "for no known reason"
            _events.put(("error", uri, _NO_CELL, f"cannot be kept: {reason}", words))
        return status, uri

    def execute(self, project_nb: ProjectNb, data: ProcessData) -> ExecutionResult:
        uri, at = project_nb.uri, _NO_CELL

        def starts(cell: Any, cell_index: int) -> None:
            nonlocal at
            if cell.cell_type == "code":
                at = cell_index
                _events.put(("cell", uri, cell_index))

        def tell(name: str, text: str, trace: str = "") -> None:
            self._told = True
            _events.put(("error", uri, at, f"{name}: {text}".rstrip(": "), _ANSI.sub("", trace)))

        try:
            # Over TCP, free ports are chosen first and bound by the kernel later. In between,
            # another process can take one, and the kernel does not start. Unix sockets in a
            # folder of our own cannot be taken.
            with tempfile.TemporaryDirectory() as sockets:
                address = {"transport": "ipc", "ip": f"{sockets}/kernel"}
                # torch takes a second to take itself apart, and no chapter has a last wish.
                kernel = {"shutdown_kernel": "immediate", "extra_arguments": [_RARE_COLLECTION]}
                result = single_nb_execution(
                    project_nb.nb,
                    cwd=str(Path(uri).parent),
                    timeout=data.timeout,
                    allow_errors=False,
                    on_cell_start=starts,
                    config=Config(KernelManager=address, NotebookClient=kernel),
                )
        except DeadKernelError:
            tell("DeadKernelError", "the kernel died while this cell ran", _last_words())
            raise
        except Exception as error:
            tell(type(error).__name__, str(error), _last_words())
            raise
        if isinstance(result.err, CellTimeoutError):
            limit = project_nb.nb.metadata.get("execution", {}).get("timeout", data.timeout)
            tell("CellTimeoutError", f"the cell ran past its limit of {limit} s")
        elif result.err is not None:
            tell(result.err.ename, result.err.evalue, result.err.traceback)
        return result


def _begin_worker(events: Any) -> None:
    global _events, _kernel_log
    _events = events
    _kernel_log = tempfile.TemporaryFile()  # noqa: SIM115  # open as long as this process
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted, and ends us
    # What kernels say outside of their cells' outputs matters only if one of them dies.
    os.dup2(_kernel_log.fileno(), 2)
    logger = multiprocessing.get_logger()
    logger.setLevel(logging.ERROR)
    logger.addHandler(logging.StreamHandler())


def _last_words() -> str:
    _kernel_log.seek(0)
    return "\n".join(_kernel_log.read().decode(errors="replace").splitlines()[-20:])


class _Executor(JupyterExecutorLocalMproc):
    """jupyter-cache's parallel executor, over a pool that notices when a worker dies."""

    def submit(
        self, pages: Mapping[str, Page], timeout: int
    ) -> tuple[ProcessPoolExecutor, Any, dict[str, Future[Any]]]:
        context = multiprocessing.get_context("fork")
        events = context.SimpleQueue()
        workers = max(1, min(len(pages), os.cpu_count() or 1))
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
        pool = ProcessPoolExecutor(workers, context, _begin_worker, (events,))
        futures = {}
        for uri in pages:
            record = self.cache.get_project_record(uri)
            data = ProcessData(record.pk, uri, self.cache, timeout, False)
            futures[uri] = pool.submit(_Worker(), data)
        return pool, events, futures


def start(pages: Sequence[Page], cache_path: Path, timeout: int) -> Callable[[], Execution]:
    """Start to execute every page that the cache does not hold.

    Args:
        pages: the pages that run.
        cache_path: a folder whose name stands for all that outputs depend on.
        timeout: seconds that one cell may take.

    Returns:
        A function that waits for the end and returns the execution.
    """
    cache, kept = _open_cache(cache_path, pages)
    execution = Execution({name: page.seconds for name, page in kept.items()})
    waiting = {}
    for page in pages:
        if page.name not in kept:
            cache.add_nb_to_project(
                str(page.path), read_data={"name": "myst_nb_md", "type": "plugin"}
            )
            waiting[str(page.path)] = page
    progress = _Progress(pages, execution.seconds)
    if not waiting:
        progress.close()
        return lambda: _inspected(pages, kept, execution)
    pool, events, futures = _Executor(cache).submit(waiting, timeout)
    listener = threading.Thread(
        target=_listen, args=(events, waiting, execution, progress), daemon=True
    )
    listener.start()

    def finish() -> Execution:
        try:
            wait()
        except KeyboardInterrupt:
            for process in multiprocessing.active_children():
                process.terminate()
            raise
        return _inspected(pages, kept, execution)

    def wait() -> None:
        for uri, future in futures.items():
            page = waiting[uri]
            try:
                status, _ = future.result()
            except BrokenProcessPool:
                status = 2
            found = _find(cache, page) if status == 0 else None
            if found is None:
                execution.failed.add(page.name)
                progress.ended(page.name, None)
            else:
                kept[page.name] = found
                execution.executed.add(page.name)
                execution.seconds[page.name] = found.seconds
                progress.ended(page.name, found.seconds)
        events.put(None)
        listener.join()
        pool.shutdown()
        progress.close()
        told = {problem.file for problem in execution.problems}
        for page in pages:
            if page.name in execution.failed and page.file not in told:
                execution.problems.append(
                    Problem(
                        "the process that executed this chapter died (out of memory?)", page.file, 1
                    )
                )

    return finish


def _open_cache(path: Path, pages: Sequence[Page]) -> tuple[_Cache, dict[str, _Kept]]:
    """Open a cache and read what it holds; one that was left half-written is begun anew."""
    path.mkdir(parents=True, exist_ok=True)
    try:
        cache = _Cache(path)
        found = {page.name: _find(cache, page) for page in pages}
    except Exception:  # whatever is unreadable is worth no more than executing again
        shutil.rmtree(path)
        path.mkdir(parents=True)
        return _Cache(path), {}
    return cache, {name: kept for name, kept in found.items() if kept}


def _find(cache: _Cache, page: Page) -> _Kept | None:
    try:
        record = cache.match_cache_notebook(page.notebook)
    except KeyError:
        return None
    cells = cache.get_cache_bundle(record.pk).nb.cells  # it keeps no others than code cells
    return _Kept(float(record.data["execution_seconds"]), cells)


def _listen(
    events: Any, pages: Mapping[str, Page], execution: Execution, progress: _Progress
) -> None:
    while (event := events.get()) is not None:
        kind, uri, index, *rest = event
        page = pages[uri]
        cell = next((cell for cell in page.cells if cell.index == index), None)
        if kind == "cell":
            progress.at(page.name, cell)
            continue
        message, trace = rest
        line = None if cell is None else cell.line + line_in_cell(trace) - 1
        number = None if cell is None else cell.number
        execution.problems.append(Problem(message, page.file, line or 1, number, trace))


def _inspected(pages: Sequence[Page], kept: Mapping[str, _Kept], execution: Execution) -> Execution:
    """Look for what did not raise and is an error all the same, in cached outputs too."""
    for page in pages:
        if page.name in execution.failed:
            continue
        for cell, code in zip(page.cells, kept[page.name].cells, strict=True):
            for output in code.get("outputs", []):
                message, details = _complaint(output)
                if message:
                    execution.problems.append(
                        Problem(message, page.file, cell.line, cell.number, details)
                    )
    return execution


def _complaint(output: Mapping[str, Any]) -> tuple[str, str]:
    text = "".join(output.get("text", "")) or str(output.get("data", {}).get("text/plain", ""))
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}", _ANSI.sub(
            "", "\n".join(output["traceback"])
        )
    if "Traceback (most recent call last)" in text:
        return "the cell's output has a stack trace", _ANSI.sub("", text)
    if output.get("name") == "stderr":
        last = text.strip().splitlines()[0] if text.strip() else ""
        return f"the cell writes to stderr: {last}", _ANSI.sub("", text)
    return "", ""


class _Progress:
    """A line for each chapter: redrawn in a terminal, printed as things happen elsewhere."""

    def __init__(self, pages: Sequence[Page], cached: Mapping[str, float]) -> None:
        self._live = sys.stdout.isatty()
        self._width = max((len(page.name) for page in pages), default=0)
        self._lock = threading.Lock()
        self._cells = {page.name: len(page.cells) for page in pages}
        self._states = {page.name: "waiting" for page in pages}
        self._started: dict[str, float] = {}
        if self._live:
            print("\n" * len(pages), end="")
        for name, seconds in cached.items():
            self._set(name, f"{seconds:6.1f} s  cached")

    def at(self, name: str, cell: Cell | None) -> None:
        began = self._started.setdefault(name, time.perf_counter())
        if self._live and cell is not None:
            seconds = time.perf_counter() - began
            self._set(name, f"{seconds:6.1f} s  cell {cell.number} of {self._cells[name]}")
        elif not self._live and cell is not None and cell.number == 1:
            self._set(name, "running")

    def ended(self, name: str, seconds: float | None) -> None:
        self._set(name, "failed" if seconds is None else f"{seconds:6.1f} s")

    def close(self) -> None:
        sys.stdout.flush()

    def _set(self, name: str, state: str) -> None:
        with self._lock:
            self._states[name] = state
            if not self._live:
                print(f"  {name:{self._width}}  {state}", flush=True)
                return
            lines = [f"\x1b[2K  {n:{self._width}}  {s}" for n, s in self._states.items()]
            print(f"\x1b[{len(lines)}F" + "\n".join(lines), flush=True)
