"""Kernels that are forks: quick to begin, and as separate as processes of their own."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat.v4
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere a kernel is a process of its own, as Jupyter has it"
)
BOOK = Path(__file__).resolve().parent.parent / "book"


@pytest.fixture(scope="module", autouse=True)
def kernels() -> Iterator[object]:
    """The module, with a process that has imported torch and waits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BOOK))
        from builder import kernels

        kernels.prepare("import math\nimport torch\n")
        source = kernels._source
        assert source is not None
        yield kernels
        source.communicate()
        kernels._source = None


def execute(kernels, folder: Path, *cells: str) -> list[list]:
    """Run cells in a kernel of their own and return the outputs of each."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(
        notebook,
        kernel_name="python3",
        kernel_manager_class=kernels.Kernels,
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return [cell.outputs for cell in notebook.cells]


def run(kernels, folder: Path, *cells: str) -> list[str]:
    """Run cells in a kernel of their own and return what each prints."""
    outputs = execute(kernels, folder, *cells)
    return ["".join(output.get("text", "") for output in of_cell) for of_cell in outputs]


def test_what_takes_long_to_import_is_there(kernels, tmp_path: Path) -> None:
    asked = "print([name in sys.modules for name in ('torch', 'matplotlib.pyplot', 'altair')])"
    _, found, package = run(
        kernels, tmp_path, "import sys", asked, "print('ebm_snippets' in sys.modules)"
    )
    assert found == "[True, True, True]\n"
    assert package == "False\n"


def test_a_book_without_torch_does_not_wait_for_it(kernels) -> None:
    assert kernels._worth_importing("import math\nfrom torchvision import x\n# import torch") == ()
    assert "torch" in kernels._worth_importing("x = 1\nfrom torch import nn\n")


def test_kernels_share_nothing(kernels, tmp_path: Path) -> None:
    run(kernels, tmp_path, "import torch\ntorch.left_behind = 1", "x = 1")
    (seen,) = run(
        kernels, tmp_path, "import torch\nprint(hasattr(torch, 'left_behind'), 'x' in dir())"
    )
    assert seen == "False False\n"


def test_it_finds_what_any_kernel_would(kernels, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("MARK", "set after the source began")
    asked = "import os, sys\nprint(os.getcwd(), sys.path, sys.argv[0], os.environ['MARK'])"
    forked = run(kernels, tmp_path, asked)
    monkeypatch.setattr(kernels, "_source", None)
    plain = run(kernels, tmp_path, asked)
    assert forked[0].replace("ipykernel_launcher", "") == re.sub(
        r"\S*ipykernel_launcher.py", "", plain[0]
    )


def test_figures_are_outputs_of_their_cells(kernels, tmp_path: Path) -> None:
    cell = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    ((output,),) = execute(kernels, tmp_path, cell)
    assert "image/png" in output["data"]


def test_one_that_dies_is_missed(kernels, tmp_path: Path) -> None:
    with pytest.raises(DeadKernelError):
        run(kernels, tmp_path, "import os\nos._exit(3)")


def test_none_is_left_behind(kernels, tmp_path: Path) -> None:
    (pid,) = run(kernels, tmp_path, "import os\nprint(os.getpid())")
    for _ in range(100):
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError(f"kernel {pid} still lives")
