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
PYTHON = "https://docs.python.org/3/library"
ELSEWHERE = {
    "torch.Tensor": f"{PYTORCH}/tensors.html#torch.Tensor",
    "torch._C.Generator": f"{PYTORCH}/generated/torch.Generator.html",
    "torch.Generator": f"{PYTORCH}/generated/torch.Generator.html",
    "torch.device": f"{PYTORCH}/tensor_attributes.html#torch.device",
    "torch.dtype": f"{PYTORCH}/tensor_attributes.html#torch.dtype",
    "torch.nn.Module": f"{PYTORCH}/generated/torch.nn.Module.html",
    "torch.nn.modules.module.Module": f"{PYTORCH}/generated/torch.nn.Module.html",
    "matplotlib.axes.Axes": "https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.html",
    "matplotlib.axes._axes.Axes": (
        "https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.html"
    ),
    "collections.abc.Callable": f"{PYTHON}/collections.abc.html#collections.abc.Callable",
    "collections.abc.Iterable": f"{PYTHON}/collections.abc.html#collections.abc.Iterable",
    "collections.abc.Sequence": f"{PYTHON}/collections.abc.html#collections.abc.Sequence",
}
ELSEWHERE |= {"Tensor": ELSEWHERE["torch.Tensor"]}


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element
) -> nodes.reference | None:
    """Link a type of another library; None where the table does not know it."""
    address = ELSEWHERE.get(node.get("reftarget", ""))
    if node.get("refdomain") != "py" or address is None:
        return None
    return nodes.reference("", "", contnode, refuri=address, internal=False)


def setup(app: Sphinx) -> dict[str, bool]:
    for extension in ("autodoc", "napoleon", "viewcode"):
        app.setup_extension(f"sphinx.ext.{extension}")
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
