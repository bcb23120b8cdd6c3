"""What is changed in pages once they are written: they load quickly, and lock nobody out.

``scripts.py``, ``icons.py``, ``styles.py``, ``image_sizes.py``, ``figure_decimals.py``,
``first_paint.py`` and ``off_screen.py`` make them quick, ``accessible.py`` mends names, roles and
contrast. Their rules are in ``finish.css``. Tests: ``test_page_assets``, ``test_off_screen``.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

from ..common import add_sheet
from ..order import connect
from .first_paint import DECIDE


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_js_file(None, body=DECIDE, priority=100)  # first of all scripts
    add_sheet(app, Path(__file__).with_name("finish.css"))
    connect(app, __name__)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
