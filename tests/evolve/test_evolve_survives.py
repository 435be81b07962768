"""`kill -9` at any moment of `escs evolve`: nothing broken, nothing left over, and the same branches in the end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from people_repo import few_profiles, git, make_repository

KILLS = int(os.environ.get("ESCS_KILLS", "1"))
ENVIRONMENT = os.environ | {"GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000"}


def command(bank: Path, profiles: Path) -> list[str]:
    """One round on a small bank."""
    program = [sys.executable, "-m", "escs.runtime", "evolve"]
    return [
        *program,
        "--bank",
        str(bank),
        "--profiles",
        str(profiles),
        "--rounds",
        "1",
        "--workers",
        "1",
        "--max-pairs",
        "20",
    ]


def _has_ended(top: Path) -> bool:
    """Whether the run wrote down its end: a kill may come after that."""
    return bool(git(top, "for-each-ref", "refs/escs/runs"))


def refs(top: Path) -> str:
    """All that the run makes."""
    return git(top, "for-each-ref", "refs/heads/evolve", "refs/escs")


def killed_until_it_ends(bank: Path, profiles: Path, took: float, dice: Random, most: int) -> int:
    """Start a run and kill it, at most so often, until one has ended; then let it end. How many were killed."""
    killed = 0
    while killed < most and not _has_ended(bank.parent):
        with subprocess.Popen(
            command(bank, profiles), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT,
            start_new_session=True,
        ) as running:  # fmt: skip
            try:
                running.wait(dice.uniform(0.1, 0.9) * took)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, 9)
                killed += 1
        assert "error" not in git(bank.parent, "fsck", "--no-dangling")
        assert git(bank.parent, "status", "--porcelain") == ""
    if not _has_ended(bank.parent):  # once it has, the same command begins a run of its own
        ended = subprocess.run(command(bank, profiles), capture_output=True, text=True, env=ENVIRONMENT, check=False)
        assert ended.returncode == 0, ended.stderr
    return killed


@pytest.mark.slow
def test_killed_and_resumed_it_ends_the_same(tmp_path: Path) -> None:
    """As an uninterrupted run of the same repository does, with nothing that needs a human."""
    profiles = few_profiles(tmp_path / "profiles")
    whole = make_repository(tmp_path / "whole")
    began = time.monotonic()
    done = subprocess.run(command(whole, profiles), capture_output=True, text=True, env=ENVIRONMENT, check=False)
    took = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    dice, killed, number = Random(5), 0, 0
    while killed < KILLS:
        number += 1
        cut = make_repository(tmp_path / f"cut{number}")
        git(cut.parent, "fetch", "-q", str(whole.parent), "main")
        git(cut.parent, "reset", "-q", "--hard", "FETCH_HEAD")
        killed += killed_until_it_ends(cut, profiles, took, dice, KILLS - killed)
        assert not [path for path in (cut.parent / ".git").rglob("*.lock") if path.name != "escs.lock"]
        assert set(refs(whole.parent).splitlines()) <= set(refs(cut.parent).splitlines())
