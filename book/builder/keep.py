"""What of the last build still holds, so that one changed sentence does not write every page.

Sphinx reads a page again if it changed. What other pages show of it (titles, labels, numbers,
descriptions, terms, names of the code) Sphinx gathers in its environment. So if the environment is
the same as at the last build, only pages that were read again have to be written, and the rest is
copied. If it differs in anything, all pages are written: a reference into a changed page, or the
name of the next chapter at the foot of a page, cannot go stale unseen.
"""

from __future__ import annotations

import hashlib
import pickle
import shutil
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext import viewcode

__all__ = ["keep", "write_only_what_changed"]

_FINGERPRINT = "environment.txt"
_SEARCH = "search.pickle"
# The parts of Sphinx's IndexBuilder that hold what it knows of each page.
_INDEX = (
    "_all_titles",
    "_filenames",
    "_index_entries",
    "_mapping",
    "_objnames",
    "_objtypes",
    "_title_mapping",
    "_titles",
)

# What no other page shows: when and from what a page was read, the search index, which has all
# pages anyway, and what belongs to the process. An attribute that is not named here counts.
_ONLY_ITS_OWN = {
    "_pickled_doctree_cache",
    "_write_doc_doctree_cache",
    "all_docs",
    "app",
    "config",
    "dependencies",
    "domains",  # their data is an attribute of its own
    "doctreedir",
    "events",
    "images",
    "included",
    "nb_metadata",  # the times that cells took
    "original_image_uri",
    "project",
    "settings",
    "sphinx_exercise_gated_registry",  # grows at each reading
    "srcdir",
    "temp_data",
    "ref_context",
    "versioning_compare",
    "versioning_condition",
}


def write_only_what_changed(app: Sphinx, last_site: Path, everywhere: tuple[str, ...]) -> None:
    """Have Sphinx write the pages that changed, and copy the others from ``last_site``.

    Args:
        app: whose folder of doctrees is a copy of that of the last build.
        last_site: as the last build left it.
        everywhere: what any page may say beside its text, such as the commit that its notebook
            installs. If it changes, all pages are written.
    """
    builder: Any = app.builder
    # Sphinx would compare the times of files, which a copy does not have.
    builder.get_outdated_docs = list
    # Sphinx would read the index of words from the site, and lose the terms of the general index
    # on the way. Here it is kept whole beside the doctrees.
    index = Path(app.doctreedir, _SEARCH)

    def load_indexer(docnames: Iterable[str]) -> None:
        if index.is_file():
            vars(builder.indexer).update(pickle.loads(index.read_bytes()))
            forget(builder.indexer, set(docnames))

    builder.load_indexer = load_indexer

    def to_be_written(app: Sphinx, env: BuildEnvironment) -> list[str]:
        now = _fingerprint(env, everywhere)
        path = Path(app.doctreedir, _FINGERPRINT)
        before = path.read_text(encoding="utf-8") if path.is_file() else ""
        path.write_text(now, encoding="utf-8")
        if now != before or not last_site.is_dir():
            index.unlink(missing_ok=True)
            return sorted(env.found_docs)
        shutil.copytree(last_site, app.outdir, dirs_exist_ok=True)
        return []

    # Sphinx would import every module of the package, and so torch, to compare the times of files.
    viewcode.should_generate_module_page = lambda app, modname: (
        not Path(app.outdir, viewcode.OUTPUT_DIRNAME, *modname.split("."))
        .with_suffix(".html")
        .is_file()
    )
    # Last, when all have gathered what they show.
    app.connect("env-get-updated", to_be_written, priority=999)


def forget(indexer: Any, docnames: set[str]) -> None:
    """Take pages that are about to be written out of an index, as if it had not seen them.

    Sphinx's own ``prune`` leaves their words behind, and their terms.
    """
    indexer.prune(set(indexer._titles) - docnames)
    for mapping in (indexer._mapping, indexer._title_mapping):
        for word in [word for word, pages in mapping.items() if not pages]:
            del mapping[word]
    for docname in docnames & indexer._index_entries.keys():
        indexer._index_entries[docname] = []  # at its place: the order is seen


def keep(app: Sphinx) -> None:
    """Keep the index of words; Sphinx itself keeps the environment."""
    builder: Any = app.builder
    if not hasattr(builder, "indexer"):  # nothing was written, so it is as it was
        return
    index = {name: vars(builder.indexer)[name] for name in _INDEX}
    Path(app.doctreedir, _SEARCH).write_bytes(pickle.dumps(index))


def _fingerprint(env: BuildEnvironment, everywhere: tuple[str, ...]) -> str:
    """A digest of all that the pages of a book may show of each other."""
    shown = {
        name: value
        for name, value in vars(env).items()
        if name not in _ONLY_ITS_OWN and not name.startswith("_search_index")
    }
    own = {"source_map", "wordcount"}  # MyST counts a page's words, and knows where its cells begin
    shown["metadata"] = {
        page: {name: value for name, value in known.items() if name not in own}
        for page, known in env.metadata.items()
    }
    # What cites is listed in the order in which pages were last read, which nobody sees.
    cited = env.domaindata.get("cite", {}).get("citation_refs", ())
    shown["domaindata"] = {
        **env.domaindata,
        "cite": {**env.domaindata.get("cite", {}), "citation_refs": set(map(repr, cited))},
    }
    digest = hashlib.sha256(repr(everywhere).encode())
    for part in _parts(shown):
        digest.update(part.encode())
    return digest.hexdigest()


def _parts(value: Any) -> Iterator[str]:
    """The text of a value, the same for equal values of any process."""
    if isinstance(value, nodes.Node):
        yield value.pformat()
    elif isinstance(value, Mapping):
        yield "{"
        # No page shows at which line of its source an exercise stands.
        for key in sorted(value.keys() - {"line"}, key=repr):
            yield f"{key!r}:"
            yield from _parts(value[key])
        yield "}"
    elif isinstance(value, AbstractSet):
        yield repr(sorted(map(repr, value)))
    elif isinstance(value, list | tuple):
        yield "["
        for item in value:
            yield from _parts(item)
            yield ","
        yield "]"
    elif hasattr(value, "__dict__") and not isinstance(value, type):
        yield type(value).__qualname__
        yield from _parts(vars(value))
    else:
        yield repr(value)
