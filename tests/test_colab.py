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
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, Clone
from filelock import FileLock
from nbclient import NotebookClient
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from traitlets.config import Config

pytestmark = pytest.mark.build

# For each checker, the name that its solution gives the answer, and an answer that is wrong.
ANSWERS = {
    "check_well_shares": ("hot[-1]", "torch.linspace(-2, 3, 4000)"),
    "check_landscape": ("quartic", "lambda x: (x**2 - 1) ** 2"),
    "check_boltzmann_weights": (
        "stable",
        "lambda E, T: torch.exp(-E / T) / torch.exp(-E / T).sum(dim=-1, keepdim=True)",
    ),
    "check_free_energy": ("free_energy", "lambda E, p, T: (p * E).sum()"),
    "check_temperature_effects": (
        "temperature_effects",
        "lambda energy, grid, temperatures: grid.points",
    ),
    "check_cold_shares": (
        "cold_shares",
        "lambda energy, minima: torch.softmax(-energy(minima), 0)",
    ),
    "check_spread": ("entropy", "lambda points, probabilities: probabilities.std()"),
    "check_2d_landscape": ("landscape", "lambda energy, grid, axes: energy(grid.points)"),
    "check_plane_partition": ("plane_Z", "lambda energy, num, temperature: 5.13"),
    "check_likeliest_radius": ("likeliest_radius", "lambda energy, dim, temperature: 1.0"),
    "check_walkers": ("walk", "lambda energy, start, temperature: 0.5 * start"),
    "check_proposal": ("best_scale", "lambda energy, dim: 1.0"),
    "check_ising_ring": ("ring_log_Z", "lambda n, T, h: n * math.log(2 * math.cosh(1 / T))"),
    "check_machine": ("machine_log_Z", "lambda W, a, b: torch.logsumexp(b, 0)"),
    "check_likelihood_gradient": (
        "gradient",
        "lambda n, d, g: torch.autograd.grad(n(d).mean(), list(n.parameters()))",
    ),
    "check_trained_energy": ("fit", "lambda data: lambda x: x**2"),
    "check_learned_temperature": ("learned_temperature", "lambda energy, data, grid: data.var()"),
}
COLAB = ROOT / "tests" / "colab.txt"
# As pip freeze would, in a tenth of its time.
LIST = """\
import importlib.metadata
for one in importlib.metadata.distributions():
    print(one.name, one.version, one.read_text("direct_url.json") or "")
"""
CHAPTERS = sorted(path.stem for path in (ROOT / "book" / "chapters").glob("*.md"))


def shared(names: list[str]) -> set[str]:
    """Of packages and all that they need, those that this environment has as well.

    They are lent to Colab's and not installed anew, which would take a minute.
    """
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        try:
            needed = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        if name not in found:
            found.add(name)
            all_needed = map(Requirement, needed)
            waiting += [
                one.name
                for one in all_needed
                if not one.marker or one.marker.evaluate({"extra": ""})
            ]
    return found - {"setuptools"}  # an environment of Python 3.11 has one of its own


def lend(package: str, venv: Path) -> None:
    """Show an installed package of this environment to another."""
    ours, theirs = purelib(Path(sys.prefix)), purelib(venv)
    parts = {file.parts[0] for file in importlib.metadata.files(package) or ()}
    for part in parts - {"..", "__pycache__"}:
        (theirs / part).symlink_to(ours / part)


def purelib(venv: Path) -> Path:
    """Where an environment has its packages."""
    return Path(sysconfig.get_path("purelib", vars={"base": str(venv)}))


class Colab:
    """A Python environment as Colab's, to install one notebook's package into.

    What Colab brings is made once, in ``base``. This one sees it and is empty itself, so that
    notebooks can run side by side, and each finds the package missing.
    """

    def __init__(self, place: Path, base: Path, git: dict[str, str]) -> None:
        self.python = place / "venv" / "bin" / "python"
        self.environment = environment_of(self.python, place, git)
        command = [sys.executable, "-m", "venv", "--without-pip", str(place / "venv")]
        subprocess.run(command, check=True)
        (purelib(place / "venv") / "colab.pth").write_text(f"{purelib(base)}\n")
        self.work = place / "content"
        self.work.mkdir()
        kernel = place / "jupyter" / "kernels" / "colab"
        kernel.mkdir(parents=True)
        command = [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": command, "display_name": "Colab", "language": "python"}
        (kernel / "kernel.json").write_text(json.dumps(spec))
        self.jupyter = kernel.parent.parent

    def installed(self) -> set[str]:
        """What Python finds here: each name with its version, and where it came from if known."""
        command = [str(self.python), "-c", LIST]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=self.environment
        )
        return set(done.stdout.splitlines())


def environment_of(python: Path, place: Path, git: dict[str, str]) -> dict[str, str]:
    """The variables of a person who works in an environment."""
    home = {name: value for name, value in os.environ.items() if name == "HOME"}
    return {
        **home,
        **git,
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "IPYTHONDIR": str(place / "ipython"),
        "MPLCONFIGDIR": str(place / "matplotlib"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "OMP_NUM_THREADS": "1",  # as other tests run beside these
    }


def make_base(place: Path) -> None:
    """Make an environment with what Colab brings."""
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    for package in shared([line.split("=")[0] for line in COLAB.read_text().split()]):
        lend(package, place)
    wanted = ["-r", COLAB, "-c", ROOT / "requirements.txt"]
    # Compiling all of it takes longer than compiling the tenth that is imported.
    command = [place / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-compile", *wanted]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Colab brings, made by the first process that asks for it, for all."""
    place = tmp_path_factory.getbasetemp()
    place = (place if "PYTEST_XDIST_WORKER" not in os.environ else place.parent) / "colab"
    with FileLock(f"{place}.lock"):
        if not place.with_suffix(".made").exists():
            make_base(place)
            place.with_suffix(".made").touch()
    return place


@pytest.fixture
def colab(tmp_path: Path, base: Path, whole_book: Clone, monkeypatch: pytest.MonkeyPatch) -> Colab:
    git = {name: value for name, value in whole_book.environment.items() if "GIT" in name}
    made = Colab(tmp_path, base, git)
    monkeypatch.setenv("JUPYTER_PATH", str(made.jupyter))
    return made


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
    before = colab.installed()
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
        assert "restart" not in shown(setup)
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
    after = colab.installed()
    (installed,) = after - before
    assert before <= after
    assert installed.startswith("ebm-snippets ")
    assert '"url": "https://github.com/ebm-book/ebm-book"' in installed
    assert f'"commit_id": "{whole_book.commit}"' in installed
