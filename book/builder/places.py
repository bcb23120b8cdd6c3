"""Where a problem stands, after a page has included another file or held reStructuredText.

MyST and docutils keep one function that tells file and line, on the reporter that all parts of a
page share. Whoever comes first leaves it there for all that follows: after ``{eval-rst}``, lines
were looked up in that block, and told of whatever file it had included.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from myst_parser.mdit_to_docutils import base
from myst_parser.mocking import MockIncludeDirective

__all__ = ["correct_places"]

_LOOKUP = "get_source_and_line"
_render_restructuredtext = base.DocutilsRenderer.render_restructuredtext
_render_directive = base.DocutilsRenderer.render_directive


def correct_places() -> None:
    """Make MyST tell the right files and lines, in all that this process reads from now on."""
    # MyST has no setting for these. That a function of it is replaced, types cannot say.
    base.DocutilsRenderer.render_restructuredtext = _with_a_lookup_of_its_own  # type: ignore[method-assign]
    base.DocutilsRenderer.render_directive = _with_its_line_alone  # type: ignore[method-assign]
    base.MockIncludeDirective = _Include  # type: ignore[attr-defined]


def _with_a_lookup_of_its_own(self: base.DocutilsRenderer, token: Any) -> None:
    """Render ``{eval-rst}``, whose lookup knows what it includes, and put the page's back."""
    before = vars(self.reporter).pop(_LOOKUP, None)
    try:
        _render_restructuredtext(self, token)
    finally:
        vars(self.reporter).pop(_LOOKUP, None)
        if before is not None:
            setattr(self.reporter, _LOOKUP, before)


def _with_its_line_alone(self: base.DocutilsRenderer, *given: Any, **options: Any) -> None:
    """Render a directive, and take back the line that nodes without their own get from it.

    Else it stays, and what comes later, such as a table's image, is told at that line.
    """
    before = self.document.current_source, self.document.current_line
    try:
        _render_directive(self, *given, **options)
    finally:
        self.document.current_source, self.document.current_line = before


class _Include(MockIncludeDirective):
    """``{include}``, whose lines are the file's.

    MyST counts one too many, and with ``start-after`` it takes characters for lines.
    """

    def run(self) -> list[Any]:
        renderer: Any = self.renderer

        def render(text: str, _: int, **options: Any) -> None:
            del renderer.nested_render_text  # what the file itself nests has right numbers
            # The file that nodes without one get; the directive around this puts it back.
            self.document.current_source, self.document.current_line = self.document["source"], None
            renderer.nested_render_text(text, self._skipped(), **options)

        renderer.nested_render_text = render
        try:
            return super().run()
        finally:
            vars(renderer).pop("nested_render_text", None)

    def _skipped(self) -> int:
        """How many lines of the file stand before what is included."""
        path = Path(self.document["source"])  # the included file, while it is rendered
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        start, _, _ = slice(self.options.get("start-line"), None).indices(len(lines))
        marker = self.options.get("start-after") or ""
        before = "\n".join(lines[start:]).partition(marker)[0] if marker else ""
        return int(start + (before + marker).count("\n"))
