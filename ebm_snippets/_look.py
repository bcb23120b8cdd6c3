"""How figures and charts look: colours, letters and lines, for matplotlib and for Altair alike.

The pages' style sheet has the same colours, as ``--energy``, ``--density`` and ``--barrier``; a
test compares them.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "AXIS_COLOUR",
    "BARRIER_COLOUR",
    "CHART",
    "DATA_COLOUR",
    "DENSITY_COLOUR",
    "ENERGY_COLOUR",
    "FIGURE",
    "LETTER_COLOUR",
    "PALETTE",
    "SMALL",
    "TEXT",
]

# Okabe and Ito's palette, which colour-blind readers tell apart too (jfly.uni-koeln.de/color).
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
ENERGY_COLOUR = PALETTE[0]
DENSITY_COLOUR = PALETTE[1]
BARRIER_COLOUR = "#555555"
DATA_COLOUR = "#bbbbbb"
LETTER_COLOUR = "#333333"
AXIS_COLOUR = "#888888"

# Letters of charts, in pixels. A chart has one shape for phones and one for wide screens, and on
# both its letters are about as large.
TEXT = 13
SMALL = 12

# A figure has one shape, which a phone shows at two thirds of its size, and in a fold smaller yet.
# So all letters have one size, which is large enough for that.
FIGURE: dict[Any, Any] = {
    "axes.edgecolor": AXIS_COLOUR,
    "axes.facecolor": "none",
    "axes.labelcolor": LETTER_COLOUR,
    "axes.prop_cycle": f"cycler(color={list(PALETTE)})",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": LETTER_COLOUR,
    "axes.titlesize": "medium",
    "figure.constrained_layout.use": True,
    "figure.figsize": (5.2, 3.0),
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib, so all machines lay out alike
    "font.size": 11,
    "legend.fontsize": "medium",
    "legend.frameon": False,
    "lines.linewidth": 2,
    # Letters stay letters: pages show them in their own font.
    "svg.fonttype": "none",
    "svg.hashsalt": "ebm-snippets",  # equal figures are equal bytes
    "text.color": LETTER_COLOUR,
    "xtick.color": AXIS_COLOUR,
    "xtick.labelcolor": LETTER_COLOUR,
    "ytick.color": AXIS_COLOUR,
    "ytick.labelcolor": LETTER_COLOUR,
}

CHART: dict[str, Any] = {
    "font": "system-ui, sans-serif",  # the page's own
    "background": "white",
    "aria": False,  # a chart is one picture with one description; its thousand marks need none
    # Before all marks, and with the axes after them, so that a panel's paths are drawn in one
    # piece that always covers the same place. Else the page's layers are put together anew.
    "view": {"stroke": None, "fill": "white"},
    # The browser takes a pointed corner to reach out of the panel by ten pixels.
    "line": {"strokeJoin": "round"},
    "area": {"strokeJoin": "round"},
    "text": {"color": LETTER_COLOUR, "fontSize": TEXT},
    "axis": {
        "domainColor": AXIS_COLOUR,
        "grid": False,
        "labelColor": LETTER_COLOUR,
        "labelFontSize": SMALL,
        "tickColor": AXIS_COLOUR,
        "titleColor": LETTER_COLOUR,
        "titleFontSize": TEXT,
        "titleFontWeight": "normal",
        "titlePadding": 6,
    },
}
