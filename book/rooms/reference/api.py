"""The reference of ``ebm_snippets``, from its docstrings, with links to its source.

Sphinx's autodoc, napoleon and viewcode do the work. Types of other libraries link to their own
pages by the table below, because an inventory would have to be fetched when the book is built.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

PYTORCH = "https://docs.pytorch.org/docs/stable"
MATPLOTLIB = "https://matplotlib.org/stable/api/_as_gen"
ABSTRACT = "https://docs.python.org/3/library/collections.abc.html#collections.abc"
# By library and name: where within a library a type lives changes from version to version.
ELSEWHERE = {
    ("torch", "Tensor"): f"{PYTORCH}/tensors.html#torch.Tensor",
    ("torch", "Generator"): f"{PYTORCH}/generated/torch.Generator.html",
    ("torch", "device"): f"{PYTORCH}/tensor_attributes.html#torch.device",
    ("torch", "dtype"): f"{PYTORCH}/tensor_attributes.html#torch.dtype",
    ("torch", "Module"): f"{PYTORCH}/generated/torch.nn.Module.html",
    ("matplotlib", "Axes"): f"{MATPLOTLIB}/matplotlib.axes.Axes.html",
    ("altair", "VConcatChart"): (
        "https://altair-viz.github.io/user_guide/generated/toplevel/altair.VConcatChart.html"
    ),
    ("collections", "Callable"): f"{ABSTRACT}.Callable",
    ("collections", "Iterable"): f"{ABSTRACT}.Iterable",
    ("collections", "Sequence"): f"{ABSTRACT}.Sequence",
}


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element
) -> nodes.reference | None:
    """Link a type of another library; None where the table does not know it."""
    if node.get("refdomain") != "py":
        return None
    path = str(node["reftarget"]).split(".")
    address = ELSEWHERE.get((path[0], path[-1]))
    if address is None:
        return None
    return nodes.reference("", "", contnode, refuri=address, internal=False)
