"""A disk that is full in the middle of a run: one message, and nothing lost that was done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small file system can be mounted by root only")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


@pytest.mark.slow
def test_what_was_done_is_whole_and_the_run_goes_on(small_disk: Path) -> None:
    """Exit 1 with one sentence; every line is whole; with room the same command finishes."""
    out = small_disk / "run"
    command = [sys.executable, "-m", "escs.runtime", "simulate", "--split", "test", "--workers", "1", "--out", str(out)]
    full = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert full.returncode == 1
    assert "No space left" in full.stderr
    assert "Traceback" not in full.stderr
    lines = (out / "dialogues.jsonl").read_bytes().splitlines(keepends=True)
    assert lines
    assert all(line.endswith(b"\n") and json.loads(line) for line in lines)
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    again = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert again.returncode == 0, again.stderr
    names = [json.loads(line)["id"] for line in (out / "dialogues.jsonl").read_bytes().splitlines()]
    assert len(names) == len(set(names)) == 34
    assert set(names) >= {json.loads(line)["id"] for line in lines}
