"""Every exported notebook as Colab runs it: untouched, then with right and wrong answers.

The environment holds what Colab brings and nothing of this book. The notebook's first cell
installs the package from GitHub's address, which git leads to a local bare repository.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, Clone
from nbclient import NotebookClient
from traitlets.config import Config

pytestmark = pytest.mark.build

# For each checker, the name that its solution gives the answer, and an answer that is wrong.
ANSWERS = {
    "check_well_shares": ("(1 - share, share)", "(0.5, 0.5)"),
    "check_landscape": ("quartic", "lambda x: (x**2 - 1) ** 2"),
    "check_boltzmann_weights": (
        "stable",
        "lambda E, T: torch.exp(-E / T) / torch.exp(-E / T).sum(dim=-1, keepdim=True)",
    ),
    "check_temperature_effects": (
        "temperature_effects",
        "lambda energy, grid, temperatures: grid.points",
    ),
    "check_spread": ("entropy", "lambda points, probabilities: probabilities.std()"),
    "check_partition_scaling": ("scaling", "lambda d, n: [(float(n) ** k, 2.0) for k in d]"),
    "check_ising_ring": ("ring_log_Z", "lambda n, T, h: n * math.log(2 * math.cosh(1 / T))"),
    "check_likelihood_gradient": (
        "gradient",
        "lambda n, d, g: torch.autograd.grad(n(d).mean(), list(n.parameters()))",
    ),
    "check_trained_energy": ("own", "lambda x: x**2"),
    "check_integrable": ("cure", "lambda f: f"),
    "check_2d_landscape": ("landscape", "lambda energy, grid, axes: energy(grid.points)"),
    "check_plane_partition": ("plane_Z", "lambda energy, num, temperature: 5.13"),
    "check_free_energy": ("free_energy", "lambda E, p, T: (p * E).sum()"),
}
CHAPTERS = sorted(path.stem for path in (ROOT / "book" / "chapters").glob("*.md"))


# What this environment holds as well, and what takes long to unpack and to compile.
LENT = ("torch", "sympy", "networkx")


def lend(package: str, venv: Path) -> None:
    """Show an installed package of this environment to another."""
    ours, theirs = (
        Path(sysconfig.get_path("purelib", vars={"base": str(base)})) for base in (sys.prefix, venv)
    )
    parts = {file.parts[0] for file in importlib.metadata.files(package) or ()}
    for part in parts - {"..", "__pycache__"}:
        (theirs / part).symlink_to(ours / part)


class Colab:
    """A Python environment beside this one, as Colab's."""

    def __init__(self, place: Path, git: dict[str, str]) -> None:
        self.python = place / "venv" / "bin" / "python"
        self.environment = {name: value for name, value in os.environ.items() if name == "HOME"}
        self.environment |= git | {
            "PATH": f"{self.python.parent}{os.pathsep}{os.environ['PATH']}",
            "IPYTHONDIR": str(place / "ipython"),
            "MPLCONFIGDIR": str(place / "matplotlib"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            "OMP_NUM_THREADS": "1",  # as other tests run beside these
        }
        subprocess.run([sys.executable, "-m", "venv", place / "venv"], check=True)
        for package in LENT:
            lend(package, place / "venv")
        wanted = ["-r", ROOT / "tests" / "colab.txt", "-c", ROOT / "requirements.txt"]
        # Compiling all of it takes longer than compiling the tenth that is imported.
        self.pip("install", "--quiet", "--no-compile", *map(str, wanted))
        self.work = place / "content"
        self.work.mkdir()
        kernel = place / "jupyter" / "kernels" / "colab"
        kernel.mkdir(parents=True)
        command = [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": command, "display_name": "Colab", "language": "python"}
        (kernel / "kernel.json").write_text(json.dumps(spec))
        self.jupyter = kernel.parent.parent

    def pip(self, *arguments: str) -> str:
        command = [str(self.python), "-m", "pip", *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=self.environment
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def colab(tmp_path_factory: pytest.TempPathFactory, whole_book: Clone) -> Iterator[Colab]:
    git = {name: value for name, value in whole_book.environment.items() if "GIT" in name}
    made = Colab(tmp_path_factory.mktemp("colab"), git)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(made.jupyter))
        yield made


def shown(cell: nbformat.NotebookNode) -> str:
    """What a cell printed and returned, as text."""
    texts = [out.get("text") or out.get("data", {}).get("text/plain", "") for out in cell.outputs]
    return "\n".join(texts)


def solutions(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """The first program of each folded solution, by the checker that it calls."""
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    folded = re.findall(r"<summary>Solution</summary>.*?```python\n(.*?)```", prose, re.DOTALL)
    return {re.findall(r"checks\.(check_\w+)", code)[0]: code for code in folded}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_notebook_runs_to_its_end_and_checks_answers(
    chapter: str, colab: Colab, whole_book: Clone, tmp_path: Path
) -> None:
    before = colab.pip("freeze").splitlines()
    assert not any("ebm" in package for package in before)
    notebook = nbformat.read(whole_book.site / "notebooks" / f"{chapter}.ipynb", as_version=4)
    stubs = {
        re.findall(r"checks\.(check_\w+)", cell.source)[0]: cell
        for cell in notebook.cells
        if cell.cell_type == "code" and "checks.check_" in cell.source
    }
    assert len(stubs) >= 2
    solved = solutions(notebook)
    assert solved.keys() == stubs.keys()
    address = Config(KernelManager={"transport": "ipc", "ip": str(tmp_path / "kernel")})
    client = NotebookClient(notebook, timeout=120, kernel_name="colab", config=address)
    try:
        with client.setup_kernel(cwd=str(colab.work), env=colab.environment):
            untouched = list(notebook.cells)
            for index, cell in enumerate(untouched):
                try:
                    client.execute_cell(cell, index)
                except Exception as error:
                    raise AssertionError(shown(cell)) from error
            setup = next(cell for cell in untouched if cell.cell_type == "code")
            for word in ("device cpu", "Python 3", "torch 2", "numpy", "matplotlib"):
                assert word in shown(setup)
            for cell in untouched:
                outputs = cell.get("outputs", [])
                assert not any(out.get("name") == "stderr" for out in outputs), shown(cell)
            for checker, stub in stubs.items():
                assert shown(stub).startswith("Not attempted yet"), checker
                call = stub.source.splitlines()[-1]
                name = re.findall(r"\((\w+)\)", call)[-1]
                right, wrong = ANSWERS[checker]
                for answer, opening in ((right, "Right."), (wrong, "Not yet.")):
                    filled = f"{solved[checker]}\n{name} = {answer}\n{call}"
                    cell = nbformat.v4.new_code_cell(filled)
                    notebook.cells.append(cell)
                    client.execute_cell(cell, len(notebook.cells) - 1)
                    assert shown(cell).startswith(opening), (checker, shown(cell))
        after = colab.pip("freeze").splitlines()
        (installed,) = set(after) - set(before)
        assert set(before) <= set(after)
        assert installed.startswith("ebm-snippets @ git+https://github.com/ebm-book/ebm-book@")
        assert installed.endswith(whole_book.commit)
    finally:
        colab.pip("uninstall", "--yes", "--quiet", "ebm-snippets")
