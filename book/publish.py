"""Publish the last good build: push it to the branch gh-pages of the remote.

    python book/publish.py [--remote origin]

Refuses a site that is not of the commit checked out: its notebooks install that commit.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from builder.book import Book
from builder.problems import BookError
from builder.site import build_lock, pdf_place, read_stamp, site_digest
from ghp_import import GhpError, ghp_import

BRANCH = "gh-pages"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--remote", default="origin")
    given = parser.parse_args(arguments)
    book = Book(given.root)
    try:
        with build_lock(book):
            print(publish(book, given.remote))
    except BookError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def publish(book: Book, remote: str) -> str:
    """Push the site, and return where it can be seen.

    Raises:
        BookError: the site may not be published, or could not be; nothing has changed.
    """
    git = Git(book.root)
    branch = git.require_branch()
    git.require_clean()
    head = git.out("rev-parse", "HEAD")
    repository = git.require_github(remote)
    require_good_build(book, head, repository)
    git.require_pushed(remote, branch, head, repository)
    before = git.maybe("rev-parse", "--verify", "--quiet", f"refs/heads/{BRANCH}")
    try:
        git.fetch_branch(remote)
        with TemporaryDirectory(dir=book.build) as place:
            site = with_pdf(book, Path(place, "html"))
            commit_site(git, site, remote, f"Publish {head}", domain(git, book, remote))
        git.run("push", remote, f"refs/heads/{BRANCH}:refs/heads/{BRANCH}")
    except (GhpError, subprocess.CalledProcessError) as error:
        git.restore(before)
        reason = last_line(getattr(error, "stderr", None) or str(error))
        raise BookError(f"The site could not be pushed to {BRANCH} of {remote}: {reason}") from None
    without = "" if pdf_place(book).is_file() else " without a PDF (make pdf prints one)"
    return f"Published {head[:7]}{without} to {BRANCH} of {repository}: {book.address}/"


def with_pdf(book: Book, place: Path) -> Path:
    """The site to publish: as it was built or, if it has been printed, a copy with the PDF.

    The front page keeps its offer of the PDF in a comment, ``<!-- pdf ... -->``, with ``{file}``
    and ``{size}`` in it. Only here is it known whether there is one, and how large it is.
    """
    pdf = pdf_place(book)
    if not pdf.is_file():
        return book.site
    shutil.copytree(book.site, place)
    shutil.copy(pdf, place)
    front = place / f"{book.pages[0].name}.html"
    text = front.read_text(encoding="utf-8")
    size = f"{pdf.stat().st_size / 1e6:.1f} MB"

    def offer(comment: re.Match[str]) -> str:
        return comment.group(1).format(file=pdf.name, size=size)

    front.write_text(re.sub(r"<!-- pdf\n(.*?)-->", offer, text, flags=re.DOTALL), encoding="utf-8")
    return place


def domain(git: Git, book: Book, remote: str) -> str | None:
    """The domain of one's own under which GitHub is to show the site, if there is one.

    GitHub reads it from a file on the branch. It is what the book's settings name, or else what
    somebody has set on GitHub: that would be lost if the branch were written without it.
    """
    host = urlsplit(book.address).netloc
    if not host.endswith(".github.io"):
        return host
    return git.maybe("show", f"refs/remotes/{remote}/{BRANCH}:CNAME") or None


def require_good_build(book: Book, head: str, repository: str) -> None:
    good = read_stamp(book.build / ".good.json")
    if not good or good.get("site") != site_digest(book.site):
        raise BookError("There is no good build to publish: run make book first.")
    built = str(good["commit"])
    if built != head:
        what = f"commit {built[:7]}{built[40:]}" if built else "files outside version control"
        raise BookError(
            f"The site was built from {what}, and {head[:7]} is checked out: run make book first."
        )
    address = str(good.get("repository", ""))
    if address.lower() != f"https://github.com/{repository}".lower():
        raise BookError(
            f"The site's links lead to {address or 'nowhere'}, and the remote is {repository}: "
            "set repository: url in book/_config.yml, or GITHUB_REPOSITORY, and run make book."
        )


def commit_site(git: Git, site: Path, remote: str, message: str, cname: str | None) -> None:
    """Commit the site to the local branch, as the person who made the commit checked out."""
    for name, placeholder in (("NAME", "%cn"), ("EMAIL", "%ce")):
        os.environ.setdefault(
            f"GIT_COMMITTER_{name}", git.out("log", "-1", f"--format={placeholder}")
        )
    with contextlib.chdir(git.root):
        ghp_import(
            str(site), remote=remote, branch=BRANCH, mesg=message, nojekyll=True, cname=cname
        )


class Git:
    """Git in one repository.

    Raises:
        BookError: there is no git, or no repository.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        if shutil.which("git") is None:
            raise BookError("git is missing: install it, and publish from a clone.")
        top = self.maybe("rev-parse", "--show-toplevel")
        if not top or Path(top).resolve() != root:
            raise BookError(f"{root} is no git repository: publish from a clone.")

    def run(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.root), *arguments]
        environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}  # fail rather than wait
        return subprocess.run(
            command, capture_output=True, text=True, check=True, env=environment
        ).stdout

    def out(self, *arguments: str) -> str:
        return self.run(*arguments).strip()

    def maybe(self, *arguments: str) -> str:
        try:
            return self.out(*arguments)
        except subprocess.CalledProcessError:
            return ""

    def require_branch(self) -> str:
        branch = self.maybe("symbolic-ref", "--quiet", "--short", "HEAD")
        if not branch:
            raise BookError("HEAD is detached: publish from a branch, such as main.")
        return branch

    def require_clean(self) -> None:
        changed = [line[3:] for line in self.run("status", "--porcelain").splitlines()]
        if changed:
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            raise BookError(
                f"Files differ from the commit ({changed[0]}{more}): commit them and run make book."
            )

    def require_github(self, remote: str) -> str:
        """Return OWNER/REPO of the remote, as configured and before any redirection."""
        address = self.maybe("config", "--get", f"remote.{remote}.url")
        if not address:
            raise BookError(f"There is no remote called {remote}: git remote add {remote} ...")
        pattern = (
            r"(?:https://(?:[^@/]*@)?|ssh://git@|git@)github\.com[/:]([^/]+/[^/]+?)(?:\.git)?/?"
        )
        found = re.fullmatch(pattern, address)
        if not found:
            raise BookError(
                f"The remote {remote} is not on GitHub ({address}), where Colab opens notebooks."
            )
        return found.group(1)

    def require_pushed(self, remote: str, branch: str, head: str, repository: str) -> None:
        try:
            self.run("fetch", "--quiet", remote, f"refs/heads/{branch}")
        except subprocess.CalledProcessError as error:
            if "couldn't find remote ref" not in error.stderr:
                reason = last_line(error.stderr)
                raise BookError(f"{remote} cannot be reached: {reason}") from None
        else:
            if self.maybe("merge-base", head, "FETCH_HEAD") == head:
                return
        raise BookError(
            f"Commit {head[:7]} is not on {branch} of {repository}, so its notebooks could not "
            f"install it: git push {remote} {branch} first."
        )

    def fetch_branch(self, remote: str) -> None:
        """Know the published branch as it is now, so that its history goes on."""
        tracking = f"refs/remotes/{remote}/{BRANCH}"
        if self.out("ls-remote", remote, f"refs/heads/{BRANCH}"):
            self.run("fetch", "--quiet", remote, f"+refs/heads/{BRANCH}:{tracking}")
        else:
            self.maybe("update-ref", "-d", tracking)

    def restore(self, commit: str) -> None:
        """Put the local branch back where it was."""
        if commit:
            self.maybe("update-ref", f"refs/heads/{BRANCH}", commit)
        else:
            self.maybe("update-ref", "-d", f"refs/heads/{BRANCH}")


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if re.match(r"(fatal|error|remote|!)", line)]
    return (telling or lines or ["git gave no reason"])[0]


if __name__ == "__main__":
    sys.exit(main())
