"""Link the names of ``ebm_snippets`` in a chapter's code to the reference, each where it is first.

That is in most cases the import at the top. Linking every use would put hundreds of stops in the
way of those who read with a keyboard. A name that the chapter itself defines is left alone.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from ..common import runs

# As Pygments writes a name, and a name that is being defined.
NAME = re.compile(r'<span class="n">(\w+)</span>')
DEFINED = re.compile(r'<span class="(?:nf|nc)">(\w+)</span>')
CODE = re.compile(r'(?<=<div class="highlight">).*?(?=</div>)', re.DOTALL)


def public_names(app: Sphinx) -> dict[str, tuple[str, str]]:
    """The page and the anchor of every function and class of the reference, by its bare name."""
    python = app.env.get_domain("py")
    return {
        name.rpartition(".")[2]: (page, anchor)
        for name, _, kind, page, anchor, _ in python.get_objects()
        if kind in {"function", "class", "exception"} and name.startswith("ebm_snippets.")
    }


def link(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    if doctree is None or not runs(app, page):
        return
    names = public_names(app)
    for name in DEFINED.findall(context["body"]):
        names.pop(name, None)

    def linked(found: re.Match[str]) -> str:
        place = names.pop(found.group(1), None)
        if place is None:
            return found.group()
        address = f"{app.builder.get_relative_uri(page, place[0])}#{place[1]}"
        return f'<a class="code-link" href="{address}">{found.group()}</a>'

    context["body"] = CODE.sub(lambda code: NAME.sub(linked, code.group()), context["body"])
