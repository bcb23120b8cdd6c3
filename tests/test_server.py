"""What ``make serve`` shows: the site below its path, as GitHub does."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from server import published_path, serve


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("Start")
    (tmp_path / "404.html").write_text('<base href="/a-book/" />Nothing here')
    return tmp_path


def test_the_site_is_below_the_path_for_which_it_was_built(site: Path) -> None:
    assert published_path(site) == "/a-book/"
    with serve(site, "/a-book/") as address:
        assert address.endswith("/a-book")
        assert requests.get(f"{address}/", timeout=9).text == "Start"
        host = address.removesuffix("a-book")
        assert requests.get(host, timeout=9).url == f"{address}/"


@pytest.mark.parametrize(
    "at", ["a-book/gone.html", "a-book/gone/", "index.html", "a-book/%2e%2e/a"]
)
def test_elsewhere_is_the_page_for_wrong_addresses(site: Path, at: str) -> None:
    with serve(site, "/a-book/") as address:
        answer = requests.get(address.removesuffix("a-book") + at, timeout=9)
    assert answer.status_code == 404
    assert answer.text.endswith("Nothing here")


def test_without_a_path_the_site_is_at_the_root(site: Path) -> None:
    (site / "404.html").unlink()
    assert published_path(site) == "/"
    with serve(site) as address:
        assert requests.get(f"{address}/index.html", timeout=9).text == "Start"
        assert requests.get(f"{address}/gone", timeout=9).status_code == 404
