"""The same dialogues on a Ray cluster (extra `cluster`), and clear words without it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

RAY = importlib.util.find_spec("ray") is not None


def simulate(out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """A short offline run in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "escs.runtime",
        "simulate",
        "--split",
        "test",
        "--turns",
        "4",
        "--out",
        str(out),
        *more,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=dict(os.environ))


@pytest.mark.slow
@pytest.mark.skipif(not RAY, reason="the extra `cluster` (ray) is not installed")
def test_two_ray_workers_give_the_bytes_of_one_process(tmp_path: Path) -> None:
    """Whoever holds a dialogue, it is the same one."""
    alone = simulate(tmp_path / "alone", "--workers", "1")
    spread = simulate(tmp_path / "spread", "--cluster", "local", "--workers", "2")
    assert alone.returncode == 0, alone.stderr
    assert spread.returncode == 0, spread.stderr
    one, two = ((tmp_path / name / "dialogues.jsonl").read_bytes() for name in ("alone", "spread"))
    assert one == two


@pytest.mark.skipif(RAY, reason="ray is installed here")
def test_without_ray_one_sentence_says_so(tmp_path: Path) -> None:
    """And what to install."""
    told = simulate(tmp_path / "run", "--cluster", "local")
    assert told.returncode == 2
    assert "esc-skills[cluster]" in told.stderr
