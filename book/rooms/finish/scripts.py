"""Let the page be shown before its scripts run, and leave out those that nothing uses.

The theme loads a dozen scripts before it shows anything. They all wait for the page anyway, so
here they are deferred, which keeps their order. Left out are

- Thebe, which no page uses. It defines its constants twice, which is an error on every page.
- the search index and its tools, where search-as-you-type, which alone uses them outside the
  search page, is off.
- preloads of scripts: deferred ones are found as early, without delaying the style sheet.
"""

from __future__ import annotations

import re
from pathlib import Path

from ..written import attributes

SCRIPT = re.compile(r"[ \t]*<script\b([^>]*)>(.*?)</script>\n?", re.DOTALL)
PRELOAD = re.compile(r'[ \t]*<link rel="preload" as="script"[^>]*>\n?')
THEBE_STYLE = re.compile(r"[ \t]*<link\b[^>]*/sphinx-thebe\.css[^>]*>\n?")
THEBE = re.compile(r"sphinx-thebe\.js|x-thebe-config|const THEBE_JS_URL|^kernelName = ")
SEARCH = re.compile(r'(?:searchtools|language_data|searchindex)\.js"')


def change(text: str, page: Path) -> str:
    """Return a page that is shown before its scripts run."""
    as_you_type = "DOCUMENTATION_OPTIONS.search_as_you_type = true" in text
    needs_search = as_you_type or 'id="search-results"' in text

    def script(found: re.Match[str]) -> str:
        tag, given, body = found.group(0), found.group(1), found.group(2)
        if THEBE.search(given + body) or (SEARCH.search(given) and not needs_search):
            return ""
        names = attributes(given)
        if "src" in names and not {"async", "defer", "type"} & names.keys():
            return tag.replace("<script", "<script defer", 1)
        if not names and body.startswith("DOCUMENTATION_OPTIONS."):
            # A module waits for the deferred file that defines what is set here.
            return tag.replace("<script", '<script type="module"', 1)
        return tag

    head, end, body = text.partition("</head>")
    head = THEBE_STYLE.sub("", PRELOAD.sub("", SCRIPT.sub(script, head)))
    body = SCRIPT.sub(lambda found: "" if THEBE.search(found[1] + found[2]) else found[0], body)
    return head + end + body
