"""Write a clean notebook of every page that runs: ``notebooks/<page>.ipynb`` in the site.

A notebook is made from the same resolved doctree as the HTML page, so equations, references
and computed numbers say what they say there. What the page shows, the notebook says in plain
markdown; cells keep their code and lose their outputs; solutions are folded away as text.

The markdown is written by sphinx-markdown-builder's translator. What it does not know, or
writes in another way than notebooks need, is below. A construct that neither knows is a
warning, and so fails the build.
"""

from __future__ import annotations

import posixpath
import re
from html import escape
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin

import nbformat
from docutils import nodes
from docutils.nodes import SkipNode
from myst_nb.core.read import read_myst_markdown_notebook
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.util.nodes import traverse_parent
from sphinx_markdown_builder.contexts import (
    IndentContext,
    SubContext,
    SubContextParams,
    TableContext,
    TitleContext,
    WrappedContext,
)
from sphinx_markdown_builder.translator import MarkdownTranslator, pushing_context
from tabulate import tabulate

from ..common import notebook_path, page_address, repository_address, runs, site_address

logger = logging.getLogger(__name__)

BREAK = "\x00"  # stands around the number of a code cell in the translated text

# Nodes whose visit writes their title.
STATEMENTS = {
    f"{kind}_node"
    for kind in (
        *("algorithm", "assumption", "axiom", "conjecture", "corollary", "criterion"),
        *("definition", "example", "lemma", "notation", "observation", "property"),
        *("proposition", "remark", "theorem", "unenumerable"),
    )
}
WITH_LABELS = {"exercise_node", "exercise_enumerable_node", "solution_node", *STATEMENTS}

SETUP = """\
# Installs the book's code where it is missing. Every other package stays as it is.
import importlib.util
import platform
import sys

if importlib.util.find_spec("ebm_snippets") is None:
    # Not %pip, which says that the kernel may need a restart. It needs none.
    !"{{sys.executable}}" -m pip install --quiet --no-deps "{source}"
    importlib.invalidate_caches()

import matplotlib
import numpy
import torch

import ebm_snippets

torch.manual_seed(0)
print("device", ebm_snippets.select_device())
print("Python", platform.python_version())
for module in (torch, numpy, matplotlib):
    print(module.__name__, module.__version__)"""


class Table(TableContext):
    """A table whose numbers keep every digit and every zero."""

    def make(self) -> str:
        head, *body = (self.make_row(row) for row in [*self.headers, *self.body])
        table = tabulate(body, headers=head, tablefmt="github", disable_numparse=True)
        return f"{self.internal_context.make().strip()}\n\n{table}".lstrip()


class NotebookTranslator(MarkdownTranslator):
    """Markdown with marks where code cells stand.

    Attributes:
        cells: the code of the cells, in their order.
    """

    def __init__(self, document: nodes.document, app: Sphinx, docname: str) -> None:
        super().__init__(document, app.builder)
        self.cells: list[str] = []
        page = Path(app.env.doc2path(docname)).read_text(encoding="utf-8")
        self._sources = read_myst_markdown_notebook(page).cells
        self._env = app.env
        self._docname = docname
        self._page = page_address(app, docname)
        self._folds = 0

    def _number(self, kind: str, node: nodes.Element) -> str:
        """The number that the page shows for a figure, table or exercise, if any."""
        numbers = self._env.toc_fignumbers.get(self._docname, {}).get(kind, {})
        found = next((numbers[name] for name in node["ids"] if name in numbers), ())
        return ".".join(map(str, found))

    def _section_number(self, section: nodes.section) -> str:
        numbers = self._env.toc_secnumbers.get(self._docname, {})
        names = [f"#{name}" for name in section["ids"]]
        names += [""] * isinstance(section.parent, nodes.document)
        found = next((numbers[name] for name in names if name in numbers), ())
        return ".".join(map(str, found))

    def _fetch_ref_uri(self, node: nodes.Element) -> str:
        target = node.get("refuri") or f"#{node['refid']}"
        return urljoin(self._page, target)

    # Text

    def visit_Text(self, node: nodes.Text) -> None:
        text = node.astext()
        if self.status.escape_text:
            text = re.sub(r"([\\`*_$<>|\[\]])", r"\\\1", text)
        if not self.status.preserve_line_breaks:
            text = text.replace("\n", " ")
        if isinstance(node.parent, nodes.paragraph) and node.parent[0] is node:
            text = re.sub(r"^(\d*)([.)#+-])(?=\s)", r"\1\\\2", text)  # no list, no heading
        self.add(text)

    def visit_target(self, node: nodes.Element) -> None:
        """Links lead to the page, so nothing here needs a name."""

    visit_PassthroughTextElement = visit_target  # noqa: N815  # sphinx-design's

    def visit_raw(self, node: nodes.Element) -> None:
        if node.get("format") == "html" and not isinstance(node.parent, nodes.document):
            self.add(node.astext().strip("\n"))
        raise SkipNode

    def visit_comment(self, node: nodes.Element) -> None:
        raise SkipNode

    def visit_HiddenCellNode(self, node: nodes.Element) -> None:
        raise SkipNode

    def visit_literal(self, node: nodes.Element) -> None:
        code = node.astext()
        fence, space = ("``", " ") if "`" in code else ("`", "")
        self.add(f"{fence}{space}{code}{space}{fence}")
        raise SkipNode

    visit_number_reference = MarkdownTranslator.visit_reference
    depart_number_reference = MarkdownTranslator._pop_context

    @pushing_context
    def visit_superscript(self, node: nodes.Element) -> None:
        self._push_context(WrappedContext("<sup>", "</sup>"))  # the library writes <sub>

    @pushing_context
    def visit_download_reference(self, node: nodes.Element) -> None:
        file = f"{site_address(self.builder.app)}/_downloads/{node.get('filename', '')}"
        self._push_context(WrappedContext("[", f"]({node.get('refuri') or file})"))

    def visit_image(self, node: nodes.Element) -> None:
        uri = node["uri"]
        if uri in self._env.images:
            image = f"_images/{self._env.images[uri][1]}"
            uri = posixpath.join(site_address(self.builder.app), image)
        self.add(f"![{node.get('alt', '')}]({uri})")

    # Mathematics

    def visit_math(self, node: nodes.Element) -> None:
        formula = " ".join(node.astext().split())
        if any(traverse_parent(node, nodes.entry)):
            formula = formula.replace("|", r"\vert ")
        self.add(f"${formula}$")
        raise SkipNode

    def visit_math_block(self, node: nodes.Element) -> None:
        formula = within_dollars(node.astext().strip())
        if node.get("number"):
            numbers = self._env.toc_fignumbers.get(self._docname, {})
            writer = SimpleNamespace(
                builder=SimpleNamespace(config=self.config, name="html", fignumbers=numbers)
            )
            formula += f"\n\\tag{{{get_node_equation_number(writer, node)}}}"
        self.add(f"$$\n{formula}\n$$", prefix_eol=2, suffix_eol=2)
        raise SkipNode

    # Headings, and what has a heading of its own

    def visit_section(self, node: nodes.Element) -> None:
        self.ensure_eol(2)
        inner = not isinstance(node.parent, nodes.document | nodes.section)
        self._push_status(section_level=self.status.section_level + (not inner))

    def depart_section(self, node: nodes.Element) -> None:
        self._pop_status()

    def visit_title(self, node: nodes.Element) -> None:
        parent = node.parent
        if isinstance(parent, nodes.section):
            self._push_context(TitleContext(self.status.section_level))
            number = self._section_number(parent)
            if number:
                self.add(f"{number}. ")
            return
        if not node.astext().strip() or type(parent).__name__ in WITH_LABELS:
            raise SkipNode
        if isinstance(parent, nodes.table):
            self.add(f"**Table {self._number('table', parent)}**: ")
            self._push_context(SubContext(SubContextParams(0, 2)))
        else:
            self._push_context(WrappedContext("**", "**", params=SubContextParams(1, 2)))

    def depart_title(self, node: nodes.Element) -> None:
        self._pop_context()

    @pushing_context
    def visit_table(self, node: nodes.Element) -> None:
        self._push_context(Table(params=SubContextParams(2, 2)))

    @pushing_context
    def visit_admonition(self, node: nodes.Element) -> None:
        self._push_context(IndentContext("> ", empty=True, params=SubContextParams(2, 2)))

    visit_topic = visit_block_quote = visit_admonition

    def depart_topic(self, node: nodes.Element) -> None:
        self._pop_context()

    @pushing_context
    def visit_attribution(self, node: nodes.Element) -> None:
        self._push_context(WrappedContext("-- ", "", params=SubContextParams(2, 2)))

    def visit_hlist(self, node: nodes.Element) -> None:
        """The columns of a list follow each other."""

    depart_hlist = visit_hlistcol = depart_hlistcol = visit_hlist

    @pushing_context
    def visit_sidebar(self, node: nodes.Element) -> None:
        self._push_context(IndentContext("> ", empty=True, params=SubContextParams(2, 2)))
        title = node.next_node(nodes.title)
        if title is None or not title.astext().strip():
            self.add("**In the margin**", suffix_eol=2)

    def _push_box(self, title: str) -> None:
        self._push_context(IndentContext("> ", empty=True, params=SubContextParams(2, 2)))
        self.add(f"**{title.capitalize()}**", suffix_eol=2)

    @pushing_context
    def visit_exercise_enumerable_node(self, node: nodes.Element) -> None:
        self._push_context(IndentContext("> ", empty=True, params=SubContextParams(2, 2)))
        kind = node.get("type", "exercise")
        label = f"{kind.capitalize()} {self._number(kind, node)}".strip()
        title = node.next_node(nodes.title)
        names = [child.astext() for child in title.children[1:]] if title is not None else []
        name = "".join(names).strip(" ()")
        self.add(f"**{label}**" + f" {name}" * bool(name), suffix_eol=2)

    visit_exercise_node = visit_exercise_enumerable_node

    @pushing_context
    def visit_term(self, node: nodes.Element) -> None:
        self._push_context(WrappedContext("**", "**", params=SubContextParams(2, 1)))

    @pushing_context
    def visit_definition(self, node: nodes.Element) -> None:
        self._push_context(SubContext(SubContextParams(1, 2)))

    @pushing_context
    def visit_statement(self, node: nodes.Element) -> None:
        """A theorem, a definition, or another of the kinds of sphinx-proof."""
        self._push_context(IndentContext("> ", empty=True, params=SubContextParams(2, 2)))
        kind = node["realtype"]
        label = f"{kind.capitalize()} {self._number(node.get('countertype', ''), node)}".strip()
        title = node.next_node(nodes.title)
        name = title.astext().strip() if title is not None else ""
        self.add(f"**{label}** {name}".rstrip(), suffix_eol=2)

    def visit_proof_node(self, node: nodes.Element) -> None:
        """The box is that of the admonition within."""

    depart_proof_node = visit_proof_node

    # Tabs, which stand below one another

    def visit_sd_tab_label(self, node: nodes.Element) -> None:
        self._push_context(WrappedContext("**", "**", params=SubContextParams(2, 2)))

    def depart_sd_tab_label(self, node: nodes.Element) -> None:
        self._pop_context()

    def visit_abbreviation(self, node: nodes.Element) -> None:
        if node.get("explanation"):
            self.add(f'<abbr title="{escape(node["explanation"])}">')

    def depart_abbreviation(self, node: nodes.Element) -> None:
        if node.get("explanation"):
            self.add("</abbr>")

    def visit_sd_tab_input(self, node: nodes.Element) -> None:
        raise SkipNode

    def visit_compound(self, node: nodes.Element) -> None:
        """A table of contents leads to other pages, which are no part of a notebook."""
        if "toctree-wrapper" in node["classes"]:
            raise SkipNode

    # What is folded away

    def _fold(self, summary: str) -> None:
        self._folds += 1
        self.add(f"<details><summary>{summary}</summary>", prefix_eol=2, suffix_eol=2)

    def _end_fold(self) -> None:
        self._folds -= 1
        self.add("</details>", prefix_eol=2, suffix_eol=2)

    def visit_solution_node(self, node: nodes.Element) -> None:
        self._fold("Solution")

    def depart_solution_node(self, node: nodes.Element) -> None:
        self._end_fold()

    def visit_dropdown_main(self, node: nodes.Element) -> None:
        title = next(iter(node.children))
        texts = [text for text in title.findall(nodes.Text) if not within_raw(text)]
        self._fold("".join(texts).strip())

    def depart_dropdown_main(self, node: nodes.Element) -> None:
        self._end_fold()

    def visit_dropdown_title(self, node: nodes.Element) -> None:
        raise SkipNode

    # Code

    def visit_literal_block(self, node: nodes.Element) -> None:
        if "output" in node["classes"]:
            raise SkipNode
        language = str(node.get("language", ""))
        if language == "default" or language.startswith("ipython"):
            language = "python"
        self.add(f"```{language}\n{node.astext().rstrip()}\n```", prefix_eol=2, suffix_eol=2)
        raise SkipNode

    def visit_container(self, node: nodes.Element) -> None:
        if node.get("nb_element") != "cell_code":
            return
        source = self._sources[node["cell_index"]].source  # the page may hide it
        if self._folds:
            self.add(f"```python\n{source}\n```", prefix_eol=2, suffix_eol=2)
        else:
            self.add(f"{BREAK}{len(self.cells)}{BREAK}", prefix_eol=2, suffix_eol=2)
            self.cells.append(source)
        for figure in node.findall(nodes.figure):
            for caption in figure.findall(nodes.caption):
                caption.walkabout(self)
        raise SkipNode

    def depart_container(self, node: nodes.Element) -> None:
        pass

    def visit_caption(self, node: nodes.Element) -> None:
        self._push_context(SubContext(SubContextParams(2, 2)))
        number = self._number("figure", node.parent)
        if number:
            self.add(f"**{self.config.numfig_format['figure'] % number}** ")

    def depart_caption(self, node: nodes.Element) -> None:
        self._pop_context()

    visit_legend = MarkdownTranslator.visit_paragraph
    depart_legend = MarkdownTranslator._pop_context

    def unknown_visit(self, node: nodes.Element) -> None:
        logger.warning(
            "the notebook of this page has no way to show %s", type(node).__name__, location=node
        )
        raise SkipNode


for name in STATEMENTS:  # a visitor finds its methods by the names of the nodes
    setattr(NotebookTranslator, f"visit_{name}", NotebookTranslator.visit_statement)


def within_raw(node: nodes.Node) -> bool:
    return any(traverse_parent(node, nodes.raw))


def within_dollars(formula: str) -> str:
    """Turn an environment that stands alone in LaTeX into one that may stand in an equation."""
    names = {
        "align": "aligned",
        "alignat": "alignedat",
        "gather": "gathered",
        "multline": "gathered",
    }
    found = re.fullmatch(r"\\begin{(\w+)\*?}(.*)\\end{\1\*?}", formula, re.DOTALL)
    if found is None or found.group(1) not in {*names, "equation"}:
        return formula
    name, body = found.groups()
    if name == "equation":
        return body.strip()
    return f"\\begin{{{names[name]}}}{body}\\end{{{names[name]}}}"


def make_notebook(app: Sphinx, doctree: nodes.document, docname: str) -> nbformat.NotebookNode:
    """Return the notebook of a page."""
    translator = NotebookTranslator(doctree, app, docname)
    doctree.walkabout(translator)
    title, _, text = translator.astext().partition("\n")
    head = (
        f"{title}\n\nThis notebook is a chapter of *{app.config.html_title}*. [Read it on its page]"
        f"({translator._page}), with figures and numbers in place. Here you run and change it: "
        "start with the next cell, or choose *Run all*. Exercises wait for your answer.\n\n"
        "The numbers in the text come from the page. A GPU draws other random numbers than a "
        "CPU, and so does another seed: where a cell draws, expect the same behaviour, not the "
        "same digits."
    )
    commit = str(app.config.build_record.get("commit", "")).partition(" ")[0]
    source = f"git+{repository_address(app)}" + (f"@{commit}" if commit else "")
    cells = [
        nbformat.v4.new_markdown_cell(head),
        nbformat.v4.new_code_cell(SETUP.format(source=source)),
    ]
    for part, piece in enumerate(text.split(BREAK)):
        if part % 2:
            cells.append(nbformat.v4.new_code_cell(translator.cells[int(piece)]))
        elif piece.strip():
            cells.append(nbformat.v4.new_markdown_cell(piece.strip("\n")))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    metadata: dict[str, Any] = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    if accelerator := app.env.metadata[docname].get("accelerator"):
        metadata["accelerator"] = accelerator
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(notebook)
    return notebook


def write_notebook(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    if app.builder.format != "html" or not runs(app, docname) or not site_address(app):
        return
    notebook = make_notebook(app, doctree.deepcopy(), docname)
    path = Path(app.outdir, notebook_path(docname))
    path.parent.mkdir(exist_ok=True)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
