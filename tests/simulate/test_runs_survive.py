"""Runs against a server that fails, and runs that are killed: nothing recorded is paid again, and the end is the same bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

FAKE = Path(__file__).with_name("fake_api.py")
KILLS = int(os.environ.get("ESCS_KILLS", "4"))


@contextmanager
def fake(*, latency: float = 0.005, faults: float = 0.0) -> Iterator[int]:
    """The fake API's port."""
    command = [sys.executable, str(FAKE), "--latency", str(latency), "--faults", str(faults)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield int(server.stdout.readline())
    finally:
        server.kill()
        server.communicate()


def met(port: int) -> int:
    """Calls that the server was asked."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/count") as reply:
        return int(json.load(reply)["met"])


def command(folder: Path, *, profiles: int = 6, turns: int = 3) -> list[str]:
    """A small run."""
    names = [
        "alma-two-offers",
        "carol-third-night-up",
        "colm-does-the-hedges",
        "edgar-ninety-days",
        "esther-not-on-the-list",
        "faye-the-parked-van",
    ]
    chosen = [part for name in names[:profiles] for part in ("--profile", name)]
    return [
        sys.executable, "-m", "escs.runtime", "simulate", *chosen, "--turns", str(turns), "--repeats", "2", "--engine", "fake-model",
        "--record", str(folder / "calls.sqlite"), "--out", str(folder / "run"), "--concurrency", "6",
    ]  # fmt: skip


def env(port: int) -> dict[str, str]:
    """The environment that points at the fake server."""
    return {**os.environ, "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}"}


def finals(folder: Path) -> dict[str, tuple[str, float]]:
    """How each dialogue ended."""
    rows = [json.loads(line) for line in (folder / "run" / "dialogues.jsonl").read_text(encoding="utf-8").splitlines()]
    return {row["id"]: (row["ended"], row["final"]) for row in rows}


def whole(folder: Path, port: int) -> dict[str, tuple[str, float]]:
    """One run from beginning to end."""
    folder.mkdir()
    done = subprocess.run(command(folder), env=env(port), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return finals(folder)


@pytest.mark.slow
def test_faults_change_no_score(tmp_path: Path) -> None:
    """With a fifth of the calls failing, every dialogue is held, or named as failed with its reason."""
    with fake() as port:
        quiet = whole(tmp_path / "quiet", port)
    with fake(faults=0.2) as port:
        loud = whole(tmp_path / "loud", port)
    assert set(loud) == set(quiet)
    assert len(quiet) == 12
    held = {name: ending for name, ending in loud.items() if ending[0] != "technical"}
    assert held == {name: quiet[name] for name in held}
    assert len(held) >= 11


@pytest.mark.slow
def test_kills_cost_only_the_calls_in_flight(tmp_path: Path) -> None:
    """After several `kill -9` the run ends with the same bytes as one that was left alone, and pays nothing recorded again."""
    with fake() as port:
        whole(tmp_path / "alone", port)
        needed = met(port)
    folder = tmp_path / "killed"
    folder.mkdir()
    draw = Random(3)
    with fake(latency=0.02) as port:
        for _ in range(KILLS):
            process = subprocess.Popen(
                command(folder), env=env(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(1.5 + draw.random())  # the start of the program takes more than a second of it
            process.send_signal(signal.SIGKILL)
            process.wait()
        done = subprocess.run(command(folder), env=env(port), capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        asked = met(port)
    alone = (tmp_path / "alone" / "run" / "dialogues.jsonl").read_bytes()
    assert (folder / "run" / "dialogues.jsonl").read_bytes() == alone
    assert needed <= asked <= needed + 6 * KILLS


def test_a_run_of_another_bank_is_not_gone_on_with(tmp_path: Path) -> None:
    """One sentence says what differs."""
    run = [
        sys.executable,
        "-m",
        "escs.runtime",
        "simulate",
        "--profile",
        "alma-two-offers",
        "--turns",
        "1",
        "--out",
        str(tmp_path / "run"),
    ]
    assert subprocess.run(run, capture_output=True, check=False).returncode == 0
    other = subprocess.run([*run, "--seed", "9"], capture_output=True, text=True, check=False)
    assert other.returncode == 2
    assert "another seed" in other.stderr


@pytest.mark.parametrize("engine", ["claude-test"])
def test_a_run_that_costs_money_needs_a_bound(engine: str, tmp_path: Path) -> None:
    """The estimate is said before anything is asked."""
    run = [
        sys.executable,
        "-m",
        "escs.runtime",
        "simulate",
        "--split",
        "train",
        "--engine",
        engine,
        "--out",
        str(tmp_path / "run"),
    ]
    environment = {key: value for key, value in os.environ.items() if key != "ANTHROPIC_BASE_URL"} | {
        "ANTHROPIC_API_KEY": "x"
    }
    done = subprocess.run(run, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "calls" in done.stderr
    assert "--max-cost" in done.stderr
    assert not (tmp_path / "run").exists()
