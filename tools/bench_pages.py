"""Measure pages with Lighthouse, beside a stock build of the same book.

    python tools/bench_pages.py [--runs N] [--form phone|desktop] [--alone] [PAGE ...]

It serves the last good build with gzip, as GitHub does, and measures every page on a phone and a
desktop, but those that show sources, which are all alike, and the one for missing addresses, which
asks not to be found. A figure is the median of several runs; only performance differs from one run
to the next, so the other categories are in the first alone. Stock is jupyter-book's own build of
the same sources without the extensions that exist for speed. It takes the outputs of the last
build, so nothing is executed.

Node.js and Chromium are needed, and npx fetches Lighthouse, so this is no part of the tests.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from bench import run_jupyter_book
from chromium import SITE, SWITCHES, find_chromium, pages_of_site, serve

ROOT = Path(__file__).resolve().parent.parent
LIGHTHOUSE = "lighthouse@13.5.0"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
# What stock does not have: all that makes pages quick or mends the theme.
OURS = ("rooms.finish", "rooms.formulas")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", help="pages to measure, such as chapters/intuition")
    parser.add_argument("--runs", type=int, default=5, help="runs for each median")
    parser.add_argument("--form", choices=("phone", "desktop"), help="only one of the two")
    parser.add_argument("--alone", action="store_true", help="without the stock build")
    given = parser.parse_args()
    forms = [given.form] if given.form else ["phone", "desktop"]
    pages = given.pages or [page for page in pages_of_site() if page != "404"]
    with tempfile.TemporaryDirectory() as folder:
        sites = {"ours": SITE}
        if not given.alone:
            sites["stock"] = build_stock(Path(folder))
        print(HEADER)
        for form in forms:
            for page in pages:
                for name, site in sites.items():
                    with serve(site) as address:
                        url = f"{address}/{page}.html"
                        runs = [measure(url, form, CATEGORIES)]
                        runs += [measure(url, form, CATEGORIES[:1]) for _ in range(1, given.runs)]
                    print(row(page, form, name, runs), flush=True)
    return 0


HEADER = (
    f"{'page':<28} {'form':<8} {'site':<6} {'perf':>4} {'a11y':>4} {'best':>4} {'seo':>4} "
    f"{'FCP s':>6} {'LCP s':>6} {'TBT ms':>7} {'CLS':>6} {'KiB':>6} {'requests':>8}"
)


def row(page: str, form: str, name: str, runs: list[dict[str, float]]) -> str:
    median = {key: statistics.median(run[key] for run in runs if key in run) for key in runs[0]}
    scores = " ".join(f"{median[category]:4.0f}" for category in CATEGORIES)
    return (
        f"{page:<28} {form:<8} {name:<6} {scores} {median['fcp']:6.2f} {median['lcp']:6.2f} "
        f"{median['tbt']:7.0f} {median['cls']:6.3f} {median['kib']:6.0f} {median['requests']:8.0f}"
    )


def measure(url: str, form: str, categories: Sequence[str]) -> dict[str, float]:
    """Run Lighthouse once, for these categories."""
    command = ["npx", "--yes", LIGHTHOUSE, url, "--output=json", "--quiet"]
    command += [
        f"--chrome-flags=--headless=new {' '.join(SWITCHES)}",
        f"--only-categories={','.join(categories)}",
    ]
    command += ["--preset=desktop"] if form == "desktop" else []
    chrome = find_chromium() or ""
    ran = subprocess.run(
        command, check=True, capture_output=True, env={**os.environ, "CHROME_PATH": chrome}
    )
    report: dict[str, Any] = json.loads(ran.stdout)
    audits = report["audits"]
    requests = audits["network-requests"]["details"]["items"]
    return {
        **{name: 100 * report["categories"][name]["score"] for name in categories},
        "fcp": audits["first-contentful-paint"]["numericValue"] / 1000,
        "lcp": audits["largest-contentful-paint"]["numericValue"] / 1000,
        "tbt": audits["total-blocking-time"]["numericValue"],
        "cls": audits["cumulative-layout-shift"]["numericValue"],
        "kib": sum(request["transferSize"] for request in requests) / 1024,
        "requests": sum(not request["url"].startswith("data:") for request in requests),
    }


def build_stock(folder: Path) -> Path:
    """Build the same pages with jupyter-book alone, from the outputs of the last build."""
    book = folder / "book"
    shutil.copytree(ROOT / "book", book, ignore=shutil.ignore_patterns("_build"))
    caches = (ROOT / "book" / "_build" / ".cache").iterdir()
    cache = max(caches, key=lambda path: path.stat().st_mtime)
    shutil.copytree(cache, folder / "cache")
    path = book / "_config.yml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["execute"]["cache"] = str(folder / "cache")
    sphinx = config["sphinx"]
    for name in OURS:
        del sphinx["local_extensions"][name]
    # Mathematics by the browser, with a MathJax that needs no other host.
    mathjax = {"sphinx-mathjax-offline"}
    sphinx["extra_extensions"] = sorted(mathjax.union(sphinx["extra_extensions"]))
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    run_jupyter_book(book, ROOT)
    return book / "_build" / "html"


if __name__ == "__main__":
    sys.exit(main())
