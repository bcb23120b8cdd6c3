"""Follow every link of the book's pages that leads to another host (Sphinx's linkcheck).

python tools/links.py [--root DIR]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from jupyter_book.config import get_final_config
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT)
    source = parser.parse_args(arguments).root.resolve() / "book"
    config, _ = get_final_config(
        user_yaml=source / "_config.yml",
        cli_config={"latex_individualpages": False},
        sourcedir=source,
        use_external_toc=True,
    )
    config.update(
        nb_execution_mode="off",  # only the text is of interest
        linkcheck_allowed_redirects={r".*": r".*"},
        linkcheck_anchors=False,  # many pages make theirs by script
        linkcheck_report_timeouts_as_broken=True,
        linkcheck_retries=3,
        linkcheck_timeout=30,
    )
    with tempfile.TemporaryDirectory() as place:
        app = Sphinx(
            srcdir=str(source),
            confdir=None,
            outdir=place,
            doctreedir=f"{place}/doctrees",
            buildername="linkcheck",
            confoverrides=config,
            status=None,
            warning=None,
        )
        app.build()
        lines = Path(place, "output.json").read_text(encoding="utf-8").splitlines()
    links = [json.loads(line) for line in lines]
    checked = [link for link in links if link["uri"].startswith("http")]
    broken = [link for link in checked if link["status"] == "broken" and not is_shy(link)]
    for link in broken:
        print(f"book/{link['filename']}:{link['lineno']}: {link['uri']}: {link['info']}")
    print(f"{len(checked)} links, {len(broken)} broken.")
    return 1 if broken else 0


def is_shy(link: dict[str, str]) -> bool:
    """Whether a page is there and refuses robots, as publishers do behind a DOI."""
    return link["info"].startswith("403 ")


if __name__ == "__main__":
    sys.exit(main())
