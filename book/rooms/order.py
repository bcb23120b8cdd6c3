"""Every step of the rooms, in the order in which the steps run, with the reason for its place.

A step is named ``room.module:function``. It runs only if ``_config.yml`` names its room. Within a
list, steps run from top to bottom; Sphinx and the theme run theirs before ours, but for the two
lists that say otherwise. To add a step, write its function in a room and its line here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sphinx.application import Sphinx

__all__ = ["BEFORE_PAGES", "EVENTS", "PAGES", "SITE", "TRANSFORMS", "connect", "steps"]

# Each list is what is done at one event of Sphinx.
EVENTS: dict[str, tuple[str, ...]] = {
    "config-inited": (
        "around.not_found:configure",
        "formulas.mathematics:choose",
    ),
    "builder-inited": (
        "formulas.mathematics:begin",
        "charts.page:write_runtime",  # a page asks for the script's version when it is written
    ),
    # A page has just been read. What these leave in it is kept with it.
    "doctree-read": (
        "around.figure_alt:complain",  # before charts, whose pictures have words of their own
        "around.measured:mark_outputs",
        "charts.page:find_charts",
    ),
    "missing-reference": ("reference.api:resolve",),
    # References of a page are resolved and it is about to be written.
    "doctree-resolved": (
        "notebooks.notebook:write_notebook",  # from a copy, with all that the page will say
    ),
    # The body of a page is written and its template is about to be filled.
    "html-page-context": (
        "around.not_found:prepare",  # decides on the title and address that cards then tell
        "around.description:describe",
        "around.mark:link_icons",
        "charts.page:add_script",
        "reference.code_links:link",  # before heights: both change the body, this by its text
        "finish.off_screen:say_heights",
        "notebooks.launch:lead",  # changes buttons, which the theme has added by now
        "around.cards:add_card",
        "formulas.mathematics:complete",
        "around.front_page:write",  # copies all tags, so after all that add any
    ),
}
AFTER_THEME = 600  # its handlers on these events have priorities up to 501

# What changes a page's doctree when it is written, after Sphinx has resolved references.
TRANSFORMS = (
    "formulas.minus:WriteMinus",  # looks at the character before a number, so before texts move
    "formulas.unbroken:KeepTogether",
)
AFTER_REFERENCES = 890

# What is done once every page is written. First, files that pages load: their words count below.
BEFORE_PAGES = (
    "formulas.mathematics:write_style",
    "finish.off_screen:ask_each",
    "finish.figure_decimals:shorten_all",
)
# Then each page that was written now is read once, goes through these, and is written once.
PAGES = (
    "around.not_found:lead_back",
    "finish.icons:change",
    "finish.scripts:change",
    "finish.accessible:change",
    "finish.image_sizes:change",
)
# Last, what needs all pages as they will be. The first changes pages too, before they are written.
SITE = (
    "finish.styles:join",
    "finish.icons:cut_fonts",  # keeps the icons that the joined style sheet mentions
    "around.mark:write_icons",
    "around.sitemap:write",
)


def steps(app: Sphinx, names: tuple[str, ...]) -> list[Any]:
    """The functions of a list, without those of rooms that are taken out."""
    rooms = tuple(
        f"{name.rpartition('.')[2]}." for name in app.extensions if name.startswith(__package__)
    )
    return [_step(name) for name in names if name.startswith(rooms)]


def connect(app: Sphinx, room: str) -> None:
    """Connect the steps of a room to Sphinx, each where its list has it.

    Args:
        app: the application that sets the room up.
        room: its name, as ``rooms.charts``.
    """
    prefix = room.removeprefix(f"{__package__}.") + "."
    for event, names in EVENTS.items():
        for place, name in enumerate(names):
            if name.startswith(prefix):
                app.connect(event, _step(name), priority=AFTER_THEME + place)
    for place, name in enumerate(TRANSFORMS):
        if name.startswith(prefix):
            transform = _step(name)
            transform.default_priority = AFTER_REFERENCES + place
            app.add_post_transform(transform)
    app.setup_extension(f"{__package__}.written")


def _step(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(import_module(f"{__package__}.{module}"), function)
