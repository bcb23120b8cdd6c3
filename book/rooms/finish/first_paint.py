"""Show the page at once as it will be when its scripts have run.

The theme decides between light and dark in a script that waits for the page, and so colours a
first visit twice. What is collapsed by a script would be seen open for a moment. Here a line in
the head decides on the colours, and the style sheet collapses; both only where scripts run.
"""

from __future__ import annotations

DECIDE = (
    "{ const data = document.documentElement.dataset;"
    ' if (!["light", "dark"].includes(data.mode)) data.mode = "auto";'
    ' data.theme = data.mode !== "auto" ? data.mode'
    ' : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"; }'
)
