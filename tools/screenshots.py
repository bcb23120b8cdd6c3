"""Write a picture of every page as it is on a phone and a desktop, in light and dark.

    python tools/screenshots.py [FOLDER]

The pictures are for a person to look at; without a folder they go to book/_build/screenshots.
Each shows the whole page, its charts awake.
"""

from __future__ import annotations

import sys
from pathlib import Path

from chromium import DESKTOP, PHONE, SITE, open_site, pages_of_site

# Off the screen a browser leaves formulas out until they come near; a picture has no near.
EVERYTHING = "* { content-visibility: visible !important }"


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SITE.parent / "screenshots"
    with open_site() as (browser, address):
        pages = pages_of_site()
        for size, form in ((PHONE, "phone"), (DESKTOP, "desktop")):
            for theme in ("light", "dark"):
                context = browser.new_context(viewport=size, color_scheme=theme)
                tab = context.new_page()
                for page in pages:
                    tab.goto(f"{address}/{page}.html", wait_until="networkidle")
                    tab.add_style_tag(content=EVERYTHING)
                    tab.mouse.move(5, 400)
                    tab.evaluate(
                        """async () => {
                          for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
                            scrollTo(0, y);
                            await new Promise((seen) => setTimeout(seen, 60));
                          }
                          scrollTo(0, 0);
                        }"""
                    )
                    tab.wait_for_load_state("networkidle")
                    place = folder / page / f"{form}-{theme}.png"
                    place.parent.mkdir(parents=True, exist_ok=True)
                    tab.screenshot(path=place, full_page=True)
                context.close()
    print(f"{4 * len(pages)} pictures of {len(pages)} pages in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
