"""What make says on a machine where something is missing: one sentence, never a traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what make setup reads."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("tools", "ebm_snippets"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def make(project: Path, *arguments: str, **environment: str) -> tuple[int, str, str]:
    plain = {"PATH": os.environ["PATH"], "HOME": str(project), **environment}
    command = ["make", "--no-print-directory", "setup", *arguments]
    done = subprocess.run(
        command, cwd=project, env=plain, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def one_sentence(err: str) -> str:
    """What the person reads: everything but make's own last line."""
    lines = [line for line in err.splitlines() if not line.startswith("make: ***")]
    assert len(lines) == 1, err
    assert "Traceback" not in err
    return lines[0]


def test_python_is_missing(project: Path) -> None:
    code, _, err = make(project, "PYTHON=no-such-python")
    assert code != 0
    assert one_sentence(err).startswith("Python is missing: install Python 3.11 or newer")


def test_python_is_too_old(project: Path) -> None:
    # A stand-in that reports an old version and then runs the file as an old Python would.
    old = project / "old-python"
    old.write_text(
        f"#!{sys.executable}\nimport sys\nsys.version_info = (3, 8, 10, 'final', 0)\n"
        "exec(compile(open(sys.argv[1]).read(), sys.argv[1], 'exec'))\n"
    )
    old.chmod(0o755)
    code, _, err = make(project, f"PYTHON={old}")
    assert code != 0
    assert one_sentence(err).startswith("Python 3.8 is too old: this book needs Python 3.11")
    assert not (project / ".venv").exists()


def test_the_file_that_says_so_is_read_by_old_pythons() -> None:
    import ast

    ast.parse((ROOT / "tools" / "environment.py").read_text(), feature_version=(3, 4))


def test_git_is_missing(project: Path) -> None:
    folder = project / "bin"
    folder.mkdir()
    for tool in ("sh", "make", "rm", "awk"):
        found = shutil.which(tool)
        assert found
        (folder / tool).symlink_to(found)
    code, _, err = make(project, f"PYTHON={sys.executable}", PATH=str(folder))
    assert code != 0
    assert one_sentence(err) == "git is missing: install it and try again."


def test_no_network(project: Path) -> None:
    # A package index that nobody serves, and no other place to look for packages.
    code, out, err = make(
        project,
        f"PYTHON={sys.executable}",
        PIP_CONFIG_FILE=os.devnull,
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_NO_CACHE_DIR="1",
        PIP_RETRIES="0",
    )
    assert code != 0
    assert one_sentence(err).startswith("No network: the packages in requirements.txt could not")
    assert "Setting up .venv" in out
    assert not (project / ".venv" / "complete").exists()


class TestExplain:
    @pytest.fixture(autouse=True)
    def _import(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(str(ROOT / "tools"))

    @pytest.mark.parametrize(
        ("printed", "sentence"),
        [
            ("ERROR: Could not install: [Errno 28] No space left on device", "The disk is full"),
            ("The virtual environment was not created: ensurepip is not available", "This Python"),
            ("/usr/bin/python3: No module named venv", "This Python has no venv module"),
            ("Temporary failure in name resolution", "No network"),
            (
                "ERROR: No matching distribution found for torch==9",
                "Installing the packages failed: No matching distribution found for torch==9 (all",
            ),
        ],
    )
    def test_one_sentence(self, printed: str, sentence: str) -> None:
        import environment

        assert environment.explain(printed).startswith(sentence)

    def test_a_full_disk(self, monkeypatch, capsys, tmp_path) -> None:
        import environment

        def full() -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(environment, "install", full)
        monkeypatch.setattr(environment, "ROOT", tmp_path)
        monkeypatch.setattr(environment, "STAMP", tmp_path / "complete")
        assert environment.main() == 1
        assert capsys.readouterr().err == "The disk is full: free about 3 GB and try again.\n"

    def test_an_interrupted_environment_is_begun_anew(self, monkeypatch, tmp_path) -> None:
        import environment

        venv = tmp_path / ".venv"
        venv.mkdir()
        (venv / "half").write_text("")
        monkeypatch.setattr(environment, "VENV", venv)
        monkeypatch.setattr(environment, "STAMP", venv / "complete")
        monkeypatch.setattr(environment, "LOG", venv / "install.log")
        ran: list[list[str]] = []

        def run(command: list[str]) -> tuple[int, str]:
            ran.append(command)
            venv.mkdir(exist_ok=True)
            return 0, ""

        monkeypatch.setattr(environment, "run", run)
        assert environment.install() == 0
        assert not (venv / "half").exists()
        assert (venv / "complete").read_text() == environment.wanted()
        steps = len(ran)
        assert steps == 4
        assert environment.main() == 0
        assert len(ran) == steps
        (venv / "complete").write_text("something else")
        assert environment.main() == 0
        assert len(ran) == 2 * steps
