"""Mend what the theme and others put on a page that keeps some readers out.

Each change names a fault that axe or Lighthouse finds. Colours are mended in
finish.css.
"""

from __future__ import annotations

import re
from pathlib import Path

CHANGES = {
    # sphinx-exercise gives the same id to every exercise and solution of a page.
    '<section id="exercise-content">': "<section>",
    '<section id="solution-content">': "<section>",
    # Dialogs without a name.
    '<dialog id="pst-search-dialog">': '<dialog id="pst-search-dialog" aria-label="Search">',
    '<dialog id="pst-primary-sidebar-modal">': (
        '<dialog id="pst-primary-sidebar-modal" aria-label="Site navigation">'
    ),
    '<dialog id="pst-secondary-sidebar-modal">': (
        '<dialog id="pst-secondary-sidebar-modal" aria-label="On this page">'
    ),
    # The book's title beside the logo, outside every landmark.
    '<div id="pst-primary-sidebar" class': (
        '<div id="pst-primary-sidebar" role="navigation" aria-label="Site" class'
    ),
    # Names that differ from what is written on a button.
    '<summary aria-label="Toggle hidden content">': "<summary>",
    'search-button-field search-button__button pst-js-only" title="Search" aria-label="Search"': (
        'search-button-field search-button__button pst-js-only" title="Search"'
    ),
    '<i class="theme-switch ': '<i aria-hidden="true" class="theme-switch ',
    # A chevron that says nothing.
    '<summary><span class="toctree-toggle"': (
        '<summary><span class="visually-hidden">Pages within</span><span class="toctree-toggle"'
    ),
    # Entries of a bibliography are items of its list; their own role is deprecated.
    'role="doc-biblioentry"': 'role="listitem"',
}
EMPTY_HEAD = re.compile(r"<th\b([^>]*)>\s*(?:<p>\s*</p>)?\s*</th>")


def change(text: str, page: Path) -> str:
    """Return a page without these faults."""
    for fault, cure in CHANGES.items():
        text = text.replace(fault, cure)
    # A corner of a table heads nothing.
    return EMPTY_HEAD.sub(r"<td\1></td>", text)
