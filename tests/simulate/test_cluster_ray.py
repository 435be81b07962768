"""The same dialogues on a Ray cluster (extra `cluster`), and clear words without it."""

from __future__ import annotations

import importlib.util
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from test_runs_survive import env, fake, met

RAY = importlib.util.find_spec("ray") is not None
needs_ray = pytest.mark.skipif(not RAY, reason="the extra `cluster` (ray) is not installed")
TWO = ("--cluster", "local", "--workers", "2")


def simulate(out: Path, *more: str, port: int | None = None) -> subprocess.CompletedProcess[str]:
    """A short run in a process of its own: offline, or with the fake API at a port."""
    command = [
        sys.executable, "-m", "escs.runtime", "simulate", "--split", "test", "--turns", "4", "--out", str(out),
        *(["--engine", "fake-model", "--record", str(out) + ".sqlite"] if port else []), *more,
    ]  # fmt: skip
    environment = env(port) if port else dict(os.environ)
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environment)


def dialogues(out: Path) -> bytes:
    """The bytes of a run's dialogues."""
    return (out / "dialogues.jsonl").read_bytes()


@pytest.mark.slow
@needs_ray
def test_two_ray_workers_give_the_bytes_of_one_process(tmp_path: Path) -> None:
    """Whoever holds a dialogue, it is the same one."""
    alone = simulate(tmp_path / "alone", "--workers", "1")
    spread = simulate(tmp_path / "spread", *TWO)
    assert alone.returncode == 0, alone.stderr
    assert spread.returncode == 0, spread.stderr
    assert dialogues(tmp_path / "alone") == dialogues(tmp_path / "spread")


@pytest.mark.slow
@needs_ray
def test_two_ray_workers_with_an_engine_pay_what_one_process_pays(tmp_path: Path) -> None:
    """The same bytes from the same number of calls, all of them in the one record; a second run pays nothing."""
    with fake() as port:
        alone = simulate(tmp_path / "alone", port=port)
        assert alone.returncode == 0, alone.stderr
        needed = met(port)
    with fake() as port:
        spread = simulate(tmp_path / "spread", *TWO, port=port)
        assert spread.returncode == 0, spread.stderr
        assert met(port) == needed
        assert dialogues(tmp_path / "alone") == dialogues(tmp_path / "spread")
        cost = json.loads((tmp_path / "spread" / "run.json").read_text(encoding="utf-8"))["cost"]
        with sqlite3.connect(tmp_path / "spread.sqlite") as record:
            recorded = record.execute("SELECT count(*) FROM calls").fetchone()[0]
        record.close()
        assert cost["calls"] == recorded == needed
        (tmp_path / "again.sqlite").write_bytes((tmp_path / "spread.sqlite").read_bytes())
        again = simulate(tmp_path / "again", *TWO, port=port)
        assert again.returncode == 0, again.stderr
        assert met(port) == needed
        assert dialogues(tmp_path / "again") == dialogues(tmp_path / "alone")


@pytest.mark.slow
@needs_ray
def test_a_budget_holds_over_all_workers(tmp_path: Path) -> None:
    """It ends the run with one sentence, before more is spent; a greater one goes on from there."""
    with fake() as port:
        small = simulate(tmp_path / "run", *TWO, "--max-tokens", "60000", port=port)
        assert small.returncode == 1
        assert "60,000 tokens" in small.stderr
        assert "Traceback" not in small.stderr
        cost = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["cost"]
        assert cost["input"] + cost["output"] <= 60_000
        before = met(port)
        rest = simulate(tmp_path / "run", *TWO, port=port)
        assert rest.returncode == 0, rest.stderr
        alone = simulate(tmp_path / "alone", port=port)
        assert alone.returncode == 0, alone.stderr
        assert before > 0
        assert dialogues(tmp_path / "run") == dialogues(tmp_path / "alone")


@needs_ray
def test_a_cluster_that_is_not_there_is_named(tmp_path: Path) -> None:
    """One sentence, no traceback."""
    told = simulate(tmp_path / "run", "--cluster", "ray://127.0.0.1:9")
    assert told.returncode == 2
    assert "127.0.0.1:9" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.skipif(RAY, reason="ray is installed here")
def test_without_ray_one_sentence_says_so(tmp_path: Path) -> None:
    """And what to install."""
    told = simulate(tmp_path / "run", "--cluster", "local")
    assert told.returncode == 2
    assert "esc-skills[cluster]" in told.stderr
