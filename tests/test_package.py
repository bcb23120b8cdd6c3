"""The package as it is installed, and the habits of the project."""

from __future__ import annotations

import ast
import inspect
import math
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
import torch

import ebm_snippets

ROOT = Path(__file__).resolve().parent.parent
MATHEMATICS = sorted(
    path
    for path in (ROOT / "ebm_snippets").glob("*.py")
    if path.stem not in {"figures", "checks", "__init__"}
)


def tracked_text() -> dict[Path, str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {Path(name): (ROOT / name).read_text() for name in listed.stdout.splitlines()}


def test_every_public_name_says_what_it_is() -> None:
    for name in ebm_snippets.__all__:
        value = getattr(ebm_snippets, name)
        assert inspect.getdoc(value), name
        if inspect.isfunction(value) and name != "select_device":
            for section in ("Args:", "Returns:", "Raises:", "Example:"):
                assert section in (inspect.getdoc(value) or ""), (name, section)


@pytest.mark.parametrize("path", MATHEMATICS, ids=lambda path: path.stem)
def test_mathematics_imports_no_plotting(path: Path) -> None:
    imported = {
        name
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not any(name.startswith(("matplotlib", "figures", "checks")) for name in imported)


def test_the_plainest_program_runs_and_is_right(capsys) -> None:
    """The README's example, as a new user types it, in ten lines with the defaults."""
    readme = (ROOT / "README.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len([line for line in program.splitlines() if line]) <= 10
    torch.manual_seed(0)
    names: dict[str, object] = {}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # several wait for each other on a busy machine
    exec(program, names)
    torch.set_num_threads(threads)
    model, draws = names["model"], names["draws"]
    # What the data come from: 30 % N(-2, 1) and 70 % N(1, 1/4).
    x = model.grid.points
    truth = 0.3 * torch.exp(-((x + 2) ** 2) / 2) + 1.4 * torch.exp(-2 * (x - 1) ** 2)
    from_truth = ebm_snippets.boltzmann_distribution(
        lambda _: math.log(math.sqrt(2 * math.pi)) - truth.log(), model.grid
    )
    assert from_truth.log_Z.item() == pytest.approx(0, abs=1e-6)
    # The best single Gaussian is 0.36 nats away; what the data leave open is 0.007.
    assert ebm_snippets.kl_divergence(from_truth, model).item() < 0.02
    assert draws.shape == (1000,)
    exact = model.probability(lambda x: x > -0.5).item()
    error = math.sqrt(exact * (1 - exact) / 1000)
    assert abs((draws > -0.5).double().mean().item() - exact) < 5 * error
    assert len(names["density_axes"].patches) == 60
    assert "step 600 of 600" in capsys.readouterr().out
    plt.close("all")


def test_importing_it_loads_no_plotting() -> None:
    code = "import sys, ebm_snippets; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("path", sorted((ROOT / "ebm_snippets").glob("*.py")), ids=lambda p: p.stem)
def test_every_module_lists_what_it_offers(path: Path) -> None:
    tree = ast.parse(path.read_text())
    names = [t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets]
    assert "__all__" in names


def test_a_learners_torch_is_never_replaced() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for requirement in project["dependencies"]:
        assert re.fullmatch(r"[a-z]+>=[0-9.]+", requirement), requirement
    assert (ROOT / "ebm_snippets" / "py.typed").exists()


def test_every_requirement_is_pinned() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    for line in lines:
        assert line.startswith("#") or re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line), line


def test_no_generated_file_is_tracked() -> None:
    for path in tracked_text():
        # What the exporter must write, and what the theme and the edition on paper fill in.
        expected = path.parts[:2] in {("tests", "mirrors"), ("book", "paper")}
        expected = expected or "_templates" in path.parts
        assert expected or path.suffix not in {".ipynb", ".html", ".pyc"}, path
        assert "_build" not in path.parts, path


def test_no_error_is_hidden() -> None:
    for path, text in tracked_text().items():
        if path.suffix == ".md" and path.parts[0] == "book":
            assert "raises-exception" not in text, path
            assert "allow_errors" not in text, path


def test_cells_that_vanish_hold_nothing_but_glue() -> None:
    for path, text in tracked_text().items():
        if path.parts[:2] != ("book", "chapters"):
            continue
        for cell in re.findall(r"```\{code-cell\}[^\n]*\n(.*?)```", text, re.DOTALL):
            if "remove-cell" in cell:
                code = cell.split("]", 1)[1]
                for node in ast.parse(code).body:
                    line = ast.unparse(node)
                    assert line == "from myst_nb import glue" or "glue(" in line, (path, line)
