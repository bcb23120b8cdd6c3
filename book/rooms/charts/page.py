"""Charts that answer to the reader's hand, without a kernel and without a wait.

A cell whose value is an Altair chart leaves the chart's specification in its output. On the page
it becomes a picture of its first state, and controls that are plain HTML. The reader's first
gesture near it loads Vega, which then stands where the picture stood. Where there is no
JavaScript, and in print before that, the picture stays.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from ..common import add_tag
from ..written import kept
from . import controls, vega

_SPECIFICATION = re.compile(
    r'<script type="application/vnd\.vegalite\+json">(.*)</script>', flags=re.DOTALL
)
_SIZE = re.compile(r'<svg[^>]* width="([\d.]+)" height="([\d.]+)"')


# How tall a chart is on a phone, in rem: a section that is left out there needs a height.
HEIGHT = 34.0


class Chart(nodes.General, nodes.Element):
    """A chart: its picture, its dataflow and its controls, all of them text."""


def find_charts(app: Sphinx, doctree: nodes.document) -> None:
    """Put a chart in place of every output that holds one."""
    for number, raw in enumerate(list(doctree.findall(nodes.raw)), start=1):
        found = _SPECIFICATION.search(raw.astext())
        if found is None:
            continue
        spec = json.loads(found.group(1))
        description = spec.pop("description")
        name = f"chart-{number}"
        keep = partial(kept, app)
        bare = controls.without_bindings(spec)
        chart = Chart(
            name=name,
            description=description,
            picture=vega.picture(bare, keep),
            dataflow=vega.dataflow(bare, keep),
            controls=controls.controls(spec, name),
            rem=HEIGHT,
        )
        raw.replace_self(chart)


def visit_chart(self: Any, node: Chart) -> None:
    """Write a chart for the page."""
    picture = node["picture"]
    digest = hashlib.sha256(picture.encode()).hexdigest()[:16]
    folder = Path(self.builder.outdir, self.builder.imagedir)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"chart-{digest}.svg").write_text(picture, encoding="utf-8")
    size = _SIZE.search(picture)
    assert size is not None
    width, height = (round(float(text)) for text in size.groups())
    # The specification is data. A "<" in it could end the script that carries it.
    dataflow = node["dataflow"].replace("<", "\\u003c")
    self.body.append(
        f'<div class="chart" id="{node["name"]}">{node["controls"]}'
        f'<div class="chart-view"><img src="{self.builder.imgpath}/chart-{digest}.svg" '
        f'alt="{escape(node["description"])}" width="{width}" height="{height}" '
        'loading="lazy"></div>'
        '<output class="chart-said visually-hidden"></output>'
        f'<script type="application/json">{dataflow}</script></div>\n'
    )


def depart_chart(self: Any, node: Chart) -> None:
    """Nothing is left to close."""


def add_script(
    app: Sphinx, docname: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Load the small script on pages with a chart, and hide controls where there are no scripts."""
    if doctree is None or not any(doctree.findall(Chart)):
        return
    app.add_js_file("charts.js", type="module")
    add_tag(context, "<noscript><style>.chart .chart-controls{display:none}</style></noscript>")


def write_runtime(app: Sphinx) -> None:
    """Write what charts load, before a page asks for its version."""
    if app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    runtime = vega.runtime(partial(kept, app))
    digest = hashlib.sha256(runtime.encode()).hexdigest()[:16]
    name = f"vega-{digest}.js"
    (static / name).write_text(runtime, encoding="utf-8")
    script = Path(__file__).with_name("charts.js").read_text(encoding="utf-8")
    (static / "charts.js").write_text(script.replace("vega.js", name), encoding="utf-8")
