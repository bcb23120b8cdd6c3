"""What every exported notebook must be."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import nbformat


def assert_clean(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    prose = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    without_code = re.sub(r"```.*?```", "", prose, flags=re.DOTALL)
    levels = [len(found) for found in re.findall(r"^(#+) \S", without_code, re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    text = path.read_text()
    for sign in ("{glue", "{eq}", "{ref}", "{term}", "{cite", "{numref", ":::", "myst_nb", "/tmp/"):
        assert sign not in text, sign
    assert str(Path(__file__).parent.parent) not in text
    assert "```{" not in text
    for cell in notebook.cells:
        assert cell.source.strip()
        assert not re.search(r"^#+ *$", cell.source, re.MULTILINE)
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    for target in re.findall(r"\]\(([^)]*)\)", without_code):
        assert target.startswith(("https://", "http://", "#")), target
