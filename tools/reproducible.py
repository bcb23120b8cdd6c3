"""Build the commit checked out twice, from nothing, and list every byte that differs.

Only what a page marks as measured, ``<span class="measured">``, is left out of the comparison.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEASURED = re.compile(rb'<span class="measured">[^<]*</span>')


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        sites = [built(Path(folder) / name) for name in ("first", "second")]
        different = differences(*sites)
    for line in different:
        print(line)
    if different:
        print(f"{len(different)} files differ between two builds of one commit.")
        return 1
    print(f"Two builds of one commit are the same: {len(sites[0])} files.")
    return 0


def built(copy: Path) -> dict[str, bytes]:
    """Clone the commit, build it, and return its site without measured times."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
    subprocess.run(
        [sys.executable, "book/build.py"], cwd=copy, check=True, stdout=subprocess.DEVNULL
    )
    site = copy / "book" / "_build" / "html"
    files = (path for path in site.rglob("*") if path.is_file())
    return {path.relative_to(site).as_posix(): comparable(path.read_bytes()) for path in files}


def comparable(content: bytes) -> bytes:
    return MEASURED.sub(b"", content)


def differences(first: dict[str, bytes], second: dict[str, bytes]) -> list[str]:
    """Say for each file that differs where it first does."""
    lines = []
    for name in sorted(first.keys() | second.keys()):
        if name not in first or name not in second:
            lines.append(f"{name}: only in one of the builds")
        elif first[name] != second[name]:
            a, b = first[name], second[name]
            at = next(
                (i for i, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), 0
            )
            near = slice(max(0, at - 40), at + 40)
            lines.append(f"{name}, byte {at}: {a[near]!r} and {b[near]!r}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
