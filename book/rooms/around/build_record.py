"""The directive ``build-record``: the machine, versions, commit and times of this build."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from .measured import Measured


class BuildRecord(SphinxDirective):
    """Two tables from the configuration value ``build_record``."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        record: dict[str, Any] = self.config.build_record
        seconds: dict[str, float] = record.get("seconds", {})
        machine = [
            ("Device", record.get("device", "unknown")),
            ("Python", record.get("python", "unknown")),
            ("torch", record.get("torch", "unknown")),
            ("numpy", record.get("numpy", "unknown")),
            ("matplotlib", record.get("matplotlib", "unknown")),
            ("Commit", record.get("commit") or "not under version control"),
        ]
        times = [
            (name.rpartition("/")[2], Measured(text=f"{time:.1f}"))
            for name, time in seconds.items()
        ]
        return [
            table(("Part", "This build"), machine),
            table(("Chapter", "Seconds to execute"), times),
        ]


def table(head: tuple[str, str], rows: Iterable[tuple[str, str | nodes.Element]]) -> nodes.table:
    group = nodes.tgroup("", nodes.colspec(colwidth=40), nodes.colspec(colwidth=60), cols=2)
    group += nodes.thead("", row(head))
    group += nodes.tbody("", *(row(cells) for cells in rows))
    return nodes.table("", group)


def row(cells: Iterable[str | nodes.Element]) -> nodes.row:
    texts = (nodes.Text(cell) if isinstance(cell, str) else cell for cell in cells)
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", text)) for text in texts))
