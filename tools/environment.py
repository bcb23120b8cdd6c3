"""Make .venv hold exactly what requirements.txt pins, and this package.

Does nothing where it already does. Interrupted, it begins anew the next time. The syntax
is such that a Python too old for the book can still read this file and say so.
"""

import sys

MINIMUM = (3, 11)
if sys.version_info < MINIMUM:
    sys.exit(
        "Python %d.%d is too old: this book needs Python %d.%d or newer. "
        "Name one with: make PYTHON=/path/to/python3"
        % (sys.version_info[0], sys.version_info[1], MINIMUM[0], MINIMUM[1])
    )

import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "complete"
LOG = VENV / "install.log"

REASONS = (
    (("No space left on device",), "The disk is full: free about 3 GB and try again."),
    (
        ("ensurepip is not", "No module named ensurepip", "No module named venv"),
        "This Python has no venv module: install it (on Debian and Ubuntu: apt install "
        "python3-venv) and try again.",
    ),
    (
        (
            "NewConnectionError",
            "NameResolutionError",
            "Name or service not known",
            "Temporary failure in name resolution",
            "Network is unreachable",
            "Connection refused",
            "Max retries exceeded",
            "timed out",
            "ProxyError",
        ),
        "No network: the packages in requirements.txt could not be fetched. Try again online.",
    ),
)


def main() -> int:
    """Set the environment up and return an exit status."""
    if shutil.which("git") is None:
        return fail("git is missing: install it and try again.")
    try:
        with open(ROOT / ".venv.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if STAMP.is_file() and STAMP.read_text() == wanted():
                return 0
            return install()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return fail(REASONS[0][1])
        return fail("The environment could not be made: %s." % error)
    except KeyboardInterrupt:
        print("\nInterrupted; the next make begins the environment anew.", file=sys.stderr)
        return 130


def wanted() -> str:
    """Return what a complete environment is stamped with."""
    digest = hashlib.sha256()
    for name in ("requirements.txt", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return "%s\n%s\n%s\n" % (digest.hexdigest(), sys.version, VENV)


def install() -> int:
    """Make the environment from nothing."""
    if VENV.exists():
        shutil.rmtree(VENV)
    print("Setting up .venv from requirements.txt (a minute or two)", flush=True)
    python = VENV / "bin" / "python"
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--retries", "2"]
    steps = (
        [sys.executable, "-m", "venv", str(VENV)],
        [*pip, "install", "--no-compile", "--requirement", str(ROOT / "requirements.txt")],
        # setuptools is pinned above, so the package is built with it and nothing is fetched.
        [*pip, "install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
    )
    for step in steps:
        status, text = run(step)
        if VENV.is_dir():
            with open(LOG, "a") as log:
                log.write(text)
        if status != 0:
            return fail(explain(text))
    # Pip compiles on one processor, this on all. It may fail: some files are for other Pythons.
    run([str(python), "-m", "compileall", "-q", "-j", "0", str(VENV / "lib")])
    STAMP.write_text(wanted())
    return 0


def run(command: "list[str]") -> "tuple[int, str]":
    """Run a command, showing its last line where there is a terminal."""
    live = sys.stdout.isatty()
    lines = []
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if live:
            width = shutil.get_terminal_size().columns - 1
            print("\r\x1b[2K" + line.strip()[:width], end="", flush=True)
    if live:
        print("\r\x1b[2K", end="", flush=True)
    return process.wait(), "".join(lines)


def explain(text: str) -> str:
    """Return one sentence for what went wrong, from what the installer printed."""
    for signs, sentence in REASONS:
        if any(sign in text for sign in signs):
            return sentence
    errors = [line for line in text.splitlines() if line.startswith("ERROR:")]
    last = errors[-1][len("ERROR:") :].strip() if errors else text.strip()[-200:]
    return "Installing the packages failed: %s (all of it is in %s)." % (
        last.rstrip("."),
        os.path.relpath(LOG, ROOT),
    )


def fail(sentence: str) -> int:
    """Print one sentence and return the exit status of a failure."""
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
