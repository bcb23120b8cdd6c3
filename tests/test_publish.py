"""Publishing: what reaches the branch, where its links lead, and when nothing is pushed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, Clone, make_clone

pytestmark = pytest.mark.build

CONFIG = """\
title: A small book
author: Nobody
only_build_toc_files: true
execute: {execute_notebooks: cache}
repository: {url: "https://github.com/owner/name", branch: main, path_to_book: book}
sphinx:
  local_extensions: {rooms.around: .}
  config: {suppress_warnings: [page.description]}
"""


def on_branch(clone: Clone, branch: str) -> dict[str, str]:
    """The files on a branch of the remote, with the digests of their contents."""
    command = ["git", "-C", str(clone.origin), "ls-tree", "-r", branch]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    return {line.split("\t")[1]: line.split()[2] for line in lines}


def tip(clone: Clone, branch: str = "gh-pages") -> str:
    command = ["git", "-C", str(clone.origin), "rev-parse", "--verify", "--quiet", branch]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def test_every_link_of_a_published_chapter_leads_to_a_file(whole_book: Clone) -> None:
    done = whole_book.run("publish.py")
    assert done.returncode == 0, done.stderr
    assert "https://ebm-book.github.io/ebm-book/" in done.stdout
    published, sources = on_branch(whole_book, "gh-pages"), on_branch(whole_book, "main")
    assert ".nojekyll" in published
    assert published.keys() - {".nojekyll"} == {
        path.relative_to(whole_book.site).as_posix()
        for path in whole_book.site.rglob("*")
        if path.is_file()
    }
    chapters = [name for name in published if re.fullmatch(r"chapters/[^/]+\.html", name)]
    assert len(chapters) == len(list((ROOT / "book" / "chapters").glob("*.md")))
    for name in chapters:
        links = re.findall(r'href="([^"]*)"', (whole_book.site / name).read_text())
        (colab,) = (link for link in links if "colab.research" in link)
        (download,) = (link for link in links if re.fullmatch(r"\.\./notebooks/.*ipynb", link))
        (edit,) = (link for link in links if "/edit/" in link)
        (shown,) = (link for link in links if "/blob/main/" in link)
        base = "https://colab.research.google.com/github/ebm-book/ebm-book/blob/gh-pages/"
        assert colab.removeprefix(base) in published
        assert download.removeprefix("../") in published
        assert edit.removeprefix("https://github.com/ebm-book/ebm-book/edit/main/") in sources
        base = "https://github.com/ebm-book/ebm-book/blob/main/"
        assert shown.removeprefix(base).removesuffix("?plain=1") in sources
        source = name.removesuffix(".html") + ".md"
        assert f"_sources/{source}" in published


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A small book, committed, pushed and built, and beside its place a copy ``as-built``."""
    sources = tmp_path_factory.mktemp("sources") / "small"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "ebm_snippets", sources / "ebm_snippets", ignore=ignored)
    book = sources / "book"
    for name in ("builder", "rooms"):
        shutil.copytree(ROOT / "book" / name, book / name, ignore=ignored)
    for name in ("build.py", "publish.py"):
        shutil.copy(ROOT / "book" / name, book)
    (sources / "requirements.txt").write_text("torch==0\n")
    shutil.copy(ROOT / ".gitignore", sources)
    (book / "_config.yml").write_text(CONFIG)
    (book / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    (book / "index.md").write_text("# Start\n")
    place = tmp_path_factory.mktemp("published") / "small"
    clone = make_clone(place, sources, "owner/name")
    done = clone.build()
    assert done.returncode == 0, done.stderr
    shutil.copytree(place, place.with_name("as-built"))
    return clone


@pytest.fixture
def small(built: Clone) -> Clone:
    """The small book as it was built, always in the same place: its remote is found by a path."""
    place = built.root.parent
    shutil.rmtree(place)
    shutil.copytree(place.with_name("as-built"), place)
    return replace(built, environment=dict(built.environment))


def test_a_second_publication_goes_on_from_the_first(small: Clone) -> None:
    assert small.run("publish.py").returncode == 0
    first = tip(small)
    (small.root / "book" / "index.md").write_text("# Another start\n")
    small.git("commit", "--quiet", "--all", "--message", "Change")
    small.git("push", "--quiet", "origin", "main")
    assert small.build().returncode == 0
    small.git("update-ref", "-d", "refs/heads/gh-pages")  # as in a fresh clone
    small.git("update-ref", "-d", "refs/remotes/origin/gh-pages")
    done = small.run("publish.py")
    assert done.returncode == 0, done.stderr
    command = ["git", "-C", str(small.origin), "rev-parse", "gh-pages^"]
    assert subprocess.check_output(command, text=True).strip() == first


def no_build(clone: Clone) -> None:
    shutil.rmtree(clone.root / "book" / "_build")


def damaged(clone: Clone) -> None:
    (clone.site / "index.html").write_text("")


def dirty(clone: Clone) -> None:
    (clone.root / "book" / "index.md").write_text("# Changed\n")


def untracked(clone: Clone) -> None:
    (clone.root / "draft.txt").write_text("")


def another_commit(clone: Clone) -> None:
    clone.git("commit", "--quiet", "--allow-empty", "--message", "Next")
    clone.git("push", "--quiet", "origin", "main")


def built_dirty(clone: Clone) -> None:
    dirty(clone)
    assert clone.build().returncode == 0
    clone.git("checkout", "--quiet", "book/index.md")


def not_pushed(clone: Clone) -> None:
    clone.git("commit", "--quiet", "--allow-empty", "--message", "Next")
    assert clone.build().returncode == 0


def no_remote(clone: Clone) -> None:
    clone.git("remote", "remove", "origin")


def elsewhere(clone: Clone) -> None:
    clone.git("remote", "set-url", "origin", "https://example.org/owner/name")


def a_fork(clone: Clone) -> None:
    clone.git("remote", "set-url", "origin", "git@github.com:forker/name.git")


def unreachable(clone: Clone) -> None:
    clone.origin.rename(clone.origin.with_name("gone"))


def detached(clone: Clone) -> None:
    clone.git("checkout", "--quiet", "--detach")


def no_repository(clone: Clone) -> None:
    shutil.rmtree(clone.root / ".git")


def no_git(clone: Clone) -> None:
    clone.environment["PATH"] = "/nowhere"


def refused(clone: Clone) -> None:
    hook = clone.origin / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'not today' >&2\nexit 1\n")
    hook.chmod(0o755)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (no_build, "There is no good build to publish: run make book first."),
        (damaged, "There is no good build to publish: run make book first."),
        (dirty, "Files differ from the commit (book/index.md): commit them and run make book."),
        (untracked, "Files differ from the commit (draft.txt): commit them and run make book."),
        (another_commit, "The site was built from commit {commit}, and .* is checked out"),
        (built_dirty, "The site was built from commit {commit} with uncommitted changes, and"),
        (not_pushed, "is not on main of owner/name, so its notebooks could not install it"),
        (no_remote, "There is no remote called origin: git remote add origin ..."),
        (elsewhere, "The remote origin is not on GitHub (https://example.org/owner/name)"),
        (a_fork, "The site's links lead to https://github.com/owner/name, and the remote is "),
        (unreachable, "origin cannot be reached: "),
        (detached, "HEAD is detached: publish from a branch, such as main."),
        (no_repository, "is no git repository: publish from a clone."),
        (no_git, "git is missing: install it, and publish from a clone."),
        (refused, "The site could not be pushed to gh-pages of origin: remote: not today"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_refusal_is_one_sentence_and_changes_nothing(
    small: Clone, spoil: Callable[[Clone], None], sentence: str
) -> None:
    spoil(small)
    done = small.run("publish.py")
    assert done.returncode == 1
    assert done.stdout == ""
    pattern = re.escape(sentence.format(commit=small.commit[:7])).replace(r"\.\*", ".*")
    assert re.search(pattern, done.stderr)
    assert done.stderr.count("\n") == 1
    if small.origin.exists():
        assert tip(small) == ""
    assert not Path(small.root, ".git", "refs", "heads", "gh-pages").exists()


def published_domain(clone: Clone) -> str:
    """What GitHub reads the site's domain from."""
    command = ["git", "-C", str(clone.origin), "show", "gh-pages:CNAME"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def test_a_domain_that_was_set_on_github_stays(small: Clone) -> None:
    assert small.run("publish.py").returncode == 0
    assert published_domain(small) == ""
    small.git("checkout", "--quiet", "gh-pages")
    (small.root / "CNAME").write_text("book.example.org\n")  # as GitHub commits it
    small.git("add", "CNAME")
    small.git("commit", "--quiet", "--message", "Create CNAME")
    small.git("push", "--quiet", "origin", "gh-pages")
    small.git("checkout", "--quiet", "main")
    done = small.run("publish.py")
    assert done.returncode == 0, done.stderr
    assert published_domain(small) == "book.example.org"


def test_a_domain_in_the_settings_is_followed_everywhere(small: Clone) -> None:
    config = small.root / "book" / "_config.yml"
    config.write_text(config.read_text() + 'html: {baseurl: "https://book.example.org/"}\n')
    small.git("commit", "--quiet", "--all", "--message", "Use a domain")
    small.git("push", "--quiet", "origin", "main")
    assert small.build().returncode == 0
    page = (small.site / "index.html").read_text()
    assert 'rel="canonical" href="https://book.example.org/index.html"' in page
    assert "https://book.example.org/_static/cards/index.png" in page
    assert "https://book.example.org/index.html" in (small.site / "sitemap.xml").read_text()
    done = small.run("publish.py")
    assert done.stdout.strip().endswith("https://book.example.org/")
    assert published_domain(small) == "book.example.org"
    small.environment["GITHUB_REPOSITORY"] = "forker/name"
    assert small.build().returncode == 0
    assert "book.example.org" not in (small.site / "index.html").read_text()


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ('html: {baseurl: "https://example.org/name"}', "must be https:// and a domain"),
        ('sphinx: {config: {html_baseurl: "https://example.org"}}', "in html: baseurl"),
    ],
)
def test_a_domain_that_is_none_or_in_another_place_is_refused(
    small: Clone, setting: str, told: str
) -> None:
    config = small.root / "book" / "_config.yml"
    config.write_text(f"{config.read_text()}{setting}\n")
    done = small.build()
    assert done.returncode == 1
    assert told in done.stderr


def test_a_push_that_fails_leaves_the_published_branch(small: Clone) -> None:
    assert small.run("publish.py").returncode == 0
    first = tip(small)
    refused(small)
    assert small.run("publish.py").returncode == 1
    assert tip(small) == first
    assert small.git("rev-parse", "gh-pages") == first
