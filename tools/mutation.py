"""Change the mathematics in thousands of small ways, and count the changes that a test notices.

Names of modules as arguments try those alone. In a run of all, what was noticed before is not
tried again while its function is unchanged; remove mutants/ to begin anew. Some changes are no
errors, so the score cannot reach 100 %: ``.venv/bin/mutmut show NAME`` shows one.

pytest loads this module as a plugin, too, to run the quickest tests first: mutmut runs them in no
order, and most changes are noticed by a test that takes no time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).resolve().parent.parent
MUTANTS = ROOT / "mutants"
DURATIONS = MUTANTS / "mutmut-stats.json"
NEEDED = 0.9


def main(modules: list[str]) -> int:
    forget_survivors(modules)
    command = [sys.executable, "-m", "mutmut", "run"]
    command += [f"ebm_snippets.{module}.*" for module in modules]
    environment = os.environ | {
        "PYTEST_ADDOPTS": "-p mutation",
        "PYTHONPATH": str(Path(__file__).parent),
        # A forked process cannot use the threads that its parent started, and would wait for ever.
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(command, cwd=ROOT, check=False, env=environment)
    if done.returncode:
        return done.returncode
    total, killed, survivors = 0, 0, []
    print(f"{'module':22} mutants  killed   score")
    for module, results in by_module(modules).items():
        alive = [name for name, code in results.items() if not noticed(code)]
        print(row(module, len(results), len(results) - len(alive)))
        total, killed = total + len(results), killed + len(results) - len(alive)
        survivors += alive
    print(row("all", total, killed))
    (MUTANTS / "survivors.txt").write_text("".join(f"{name}\n" for name in survivors))
    print(f"{len(survivors)} survivors are listed in mutants/survivors.txt")
    return 0 if killed >= NEEDED * total else 1


def noticed(code: int | None) -> bool:
    """Whether a test failed, ran for ever, or brought the process down; not if none was run."""
    return code is not None and (code < 0 or status_by_exit_code[code] in ("killed", "timeout"))


def records(modules: list[str]) -> dict[str, Path]:
    """Return where mutmut keeps what became of the mutants of these modules, or of all."""
    found = {
        path.name.removesuffix(".py.meta"): path
        for path in sorted((MUTANTS / "ebm_snippets").glob("*.meta"))
    }
    return {module: found[module] for module in modules if module in found} if modules else found


def forget_survivors(modules: list[str]) -> None:
    """Forget what became of mutants that no test noticed: a new test may."""
    for path in records(modules).values():
        record = json.loads(path.read_text())
        record["exit_code_by_key"] = {
            name: code if noticed(code) else None
            for name, code in record["exit_code_by_key"].items()
        }
        path.write_text(json.dumps(record))


def by_module(modules: list[str]) -> dict[str, dict[str, int | None]]:
    """Return how the tests of each mutant ended, for each module that has any."""
    read = {
        module: json.loads(path.read_text())["exit_code_by_key"]
        for module, path in records(modules).items()
    }
    return {module: results for module, results in read.items() if results}


def row(name: str, mutants: int, killed: int) -> str:
    return f"{name:22} {mutants:7} {killed:7} {killed / mutants:7.1%}"


def pytest_collection_modifyitems(items: list[Any]) -> None:
    if DURATIONS.exists():
        seconds = json.loads(DURATIONS.read_text())["duration_by_test"]
        items.sort(key=lambda item: seconds.get(item.nodeid, 0.0))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
