"""What to type to use the book elsewhere: it depends on whose repository this is.

``{install}`` shows the command that installs its code, ``{cite}`` an entry for a bibliography.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from ..common import repository_address

ENTRY = """\
@misc{{{key},
  title        = {{{{{title}}}}},
  author       = {{{{{author}}}}},
  year         = {{{year}}},
  howpublished = {{\\url{{{address}}}}},
  note         = {{Commit {commit}}},
}}"""


class Install(SphinxDirective):
    """The shell command that installs the code."""

    def run(self) -> list[nodes.Node]:
        command = f'pip install "git+{repository_address(self.env.app)}"'
        return [nodes.literal_block(command, command, language="sh")]


class Cite(SphinxDirective):
    """A BibTeX entry of the very state of the book that was built."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()  # the commit is another one each time
        config = self.config
        entry = ENTRY.format(
            key=repository_address(self.env.app).rpartition("/")[2] or "book",
            title=config.html_title,
            author=config.author,
            year=config.copyright,
            address=config.html_baseurl,
            commit=str(config.build_record.get("commit", "")).partition(" ")[0][:12] or "unknown",
        )
        return [nodes.literal_block(entry, entry, language="bibtex")]
