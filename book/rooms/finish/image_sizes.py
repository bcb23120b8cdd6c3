"""Give every image its size, so that nothing jumps when it arrives, and load it when it is near.

No page of the book has a figure on its first screen, so only the logo is loaded at once.
"""

from __future__ import annotations

import re
from pathlib import Path

import imagesize

from ..written import attributes, local_file

IMAGE = re.compile(r"<img\b[^>]*?(?=\s*/?>)")


def change(text: str, page: Path) -> str:
    """Return a page whose images have sizes and load late."""

    def image(found: re.Match[str]) -> str:
        tag = found.group()
        given = attributes(tag)
        tag += "".join(f' {name}="{value}"' for name, value in _size(given, page).items())
        if "loading" not in given and "logo__image" not in given.get("class", ""):
            tag += ' loading="lazy"'
        return tag if "decoding" in given else f'{tag} decoding="async"'

    return IMAGE.sub(image, text)


def _size(given: dict[str, str], page: Path) -> dict[str, int]:
    """Width and height in pixels, where the page does not say them."""
    path = local_file(page, given.get("src", ""))
    if path is None or "width" in given or "height" in given:
        return {}
    width, height = imagesize.get(path)[:2]  # converts the points that matplotlib writes
    return {"width": round(width), "height": round(height)} if min(width, height) > 0 else {}
