"""What GitHub runs: the make targets that people use, with no more rights than needed."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def jobs(path: Path) -> dict[str, dict]:
    return yaml.safe_load(path.read_text())["jobs"]


def test_the_three_workflows_are_there() -> None:
    assert [path.stem for path in WORKFLOWS] == ["publish", "test", "weekly"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
class TestEveryWorkflow:
    def test_calls_targets_that_exist(self, path: Path) -> None:
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        called = re.findall(r"\bmake ([a-z]+)$", path.read_text(), re.MULTILINE)
        assert called
        assert set(called) <= set(targets)

    def test_pins_every_action_to_a_commit(self, path: Path) -> None:
        for line in path.read_text().splitlines():
            if "uses:" in line:
                assert re.search(r"uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line

    def test_grants_nothing_that_a_job_does_not_name(self, path: Path) -> None:
        assert yaml.safe_load(path.read_text())["permissions"] == {}
        for name, job in jobs(path).items():
            assert len(job["permissions"]) == 1, name
            assert job["timeout-minutes"] <= 60, name

    def test_is_never_cut_off_while_it_writes(self, path: Path) -> None:
        cancels = yaml.safe_load(path.read_text())["concurrency"]["cancel-in-progress"]
        assert cancels is False or path.stem == "test"

    def test_restores_no_executed_chapter(self, path: Path) -> None:
        assert "restore-keys" not in path.read_text()
        assert "actions/cache" not in path.read_text()


def test_a_missing_gpu_is_an_error_where_one_was_promised() -> None:
    (job,) = jobs(ROOT / ".github" / "workflows" / "publish.yml").values()
    assert job["runs-on"] == "${{ vars.GPU_RUNNER || 'ubuntu-latest' }}"
    assert job["env"]["EBM_DEVICE"] == "${{ vars.GPU_RUNNER && 'cuda' || 'auto' }}"


class _Server(BaseHTTPRequestHandler):
    answers = {"/here": 200, "/shy": 403}  # noqa: RUF012

    def do_GET(self) -> None:
        self.send_response(self.answers.get(self.path, 404))
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.build
def test_a_dead_external_link_is_named_with_its_place(tmp_path: Path, address: str) -> None:
    book = tmp_path / "book"
    book.mkdir()
    (book / "_config.yml").write_text("title: A book\nauthor: Nobody\n")
    (book / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    text = f"# Start\n\n[a]({address}/here)\n\n[b]({address}/shy)\n\n[c]({address}/gone)\n"
    (book / "index.md").write_text(text)
    command = [sys.executable, str(ROOT / "tools" / "links.py"), "--root", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert f"book/index.md:7: {address}/gone: 404" in done.stdout
    assert "3 links, 1 broken." in done.stdout
    (book / "index.md").write_text(text.replace("/gone", "/here"))
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
