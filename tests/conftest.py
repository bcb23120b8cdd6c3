"""What the tests share."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import pytest
import torch
from filelock import FileLock
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

mpl.use("agg")
# No deadline: a loaded machine is not an error. Derandomised: the same tests each time.
# Mutation testing calls one test from several processes in turn, without keeping examples.
settings.register_profile(
    "book",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.differing_executors],
)
settings.load_profile("book")

if "PYTEST_XDIST_WORKER" in os.environ:  # one of several, each with a processor of its own
    torch.set_num_threads(1)

EXACT = json.loads((Path(__file__).parent / "data" / "exact_values.json").read_text())


# The files that take longest, in the order in which they begin. The first one builds the whole book
# in one process, while others build small ones; what needs the whole book comes after these. Short
# tests come last, so that no process is left with a long one at the end.
LONGEST = (
    "test_book.py",
    "test_build.py",
    "test_colab.py",
    "test_page_assets.py",
    "test_kept.py",
    "test_learning.py",
    "test_browser_pages.py",
    "test_browser_charts.py",
    "test_off_screen.py",
    "test_forks.py",
    "test_notebooks.py",
    "test_publish.py",
    "test_rooms.py",
    "test_live.py",
    "test_mathematics.py",
)
# Of these, each test may run in whatever process is free. The tests of every other file share what
# takes seconds to make, and so one process.
SPREAD = {
    "test_browser_charts.py",
    "test_browser_pages.py",
    "test_build.py",
    "test_colab.py",
    "test_learning.py",
    "test_off_screen.py",
}


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups at its own turn
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, and say which tests belong together."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONGEST)))
    for item in items:
        if item.path.name not in SPREAD:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(autouse=True)
def _doctest_names(doctest_namespace: dict[str, object]) -> None:
    import ebm_snippets

    doctest_namespace["torch"] = torch
    for name in ebm_snippets.__all__:
        doctest_namespace[name] = getattr(ebm_snippets, name)


def states_with_energies(energies: list[float], dtype: torch.dtype = torch.float64):
    """An energy and its grid, for energies given as a list."""
    from ebm_snippets import discrete_states

    values = torch.tensor(energies, dtype=dtype)
    return (lambda i: values[i]), discrete_states(torch.arange(len(energies)))


ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Clone:
    """A clone of the book, committed, pushed and built.

    Attributes:
        root: the clone.
        origin: a bare repository; what asks GitHub for the book's repository is led there.
        repository: OWNER/REPO.
        commit: the commit that was built.
        log: what the build printed.
        environment: variables for processes that use git.
    """

    root: Path
    origin: Path
    repository: str
    environment: dict[str, str]
    commit: str = ""
    log: str = ""

    @property
    def site(self) -> Path:
        return self.root / "book" / "_build" / "html"

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.root), *arguments]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, env=self.environment
        ).stdout.strip()

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(self.root / "book" / script), *arguments]
        return subprocess.run(
            command, check=False, capture_output=True, text=True, env=self.environment
        )

    def build(self) -> subprocess.CompletedProcess[str]:
        """Build quickly; ``run("build.py")`` does what ``make book`` does."""
        import forked_build

        return forked_build.build(["--root", str(self.root)], self.environment)


def make_clone(place: Path, sources: Path, repository: str) -> Clone:
    """Commit a copy of ``sources`` on main and push it to a bare repository beside it."""
    root, origin = place / "clone", place / "origin.git"
    shutil.copytree(sources, root)
    address = f"https://github.com/{repository}"
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": "3",
        "GIT_CONFIG_KEY_0": f"url.{origin}.insteadOf",
        "GIT_CONFIG_VALUE_0": address,
        "GIT_CONFIG_KEY_1": "user.name",
        "GIT_CONFIG_VALUE_1": "A Maintainer",
        "GIT_CONFIG_KEY_2": "user.email",
        "GIT_CONFIG_VALUE_2": "maintainer@example.org",
    }
    clone = Clone(root, origin, repository, environment)
    bare = ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(origin)]
    subprocess.run(bare, check=True, env=environment)
    clone.git("init", "--quiet", "--initial-branch=main")
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message", "Begin")
    clone.git("remote", "add", "origin", address)
    clone.git("push", "--quiet", "origin", "main")
    clone.commit = clone.git("rev-parse", "HEAD")
    return clone


# A module's own, because Playwright's loop must end before a notebook's begins.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    from browser import launched

    with launched() as browser:
        yield browser


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page on a phone, of a visit of its own."""
    from chromium import PHONE

    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def address(whole_book: Clone) -> Iterator[str]:
    """Where the whole book is served."""
    from chromium import serve

    with serve(whole_book.site) as address:
        yield address


@pytest.fixture(scope="session")
def whole_book(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """The whole book, built from nothing in a clone, its remote at hand.

    The first process that asks for it builds it, for all.
    """
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    place = tmp_path_factory.getbasetemp()
    place = (place if alone else place.parent) / "whole"
    with FileLock(f"{place}.lock"):
        record = place.with_suffix(".pickle")
        if record.is_file():
            return pickle.loads(record.read_bytes())
        clone = build_whole_book(place)
        record.write_bytes(pickle.dumps(clone))
        return clone


def build_whole_book(place: Path) -> Clone:
    """Commit a copy of the sources in a clone, push it and build it."""
    shutil.rmtree(place, ignore_errors=True)  # what another process could not finish
    ignored = shutil.ignore_patterns("_build", "__pycache__", "*.egg-info")
    sources = place / "sources"
    for name in ("book", "ebm_snippets"):
        shutil.copytree(ROOT / name, sources / name, ignore=ignored)
    for name in ("requirements.txt", "pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, sources)
    clone = make_clone(place, sources, "ebm-book/ebm-book")
    done = clone.run("build.py")
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    clone.log = done.stdout
    return clone
