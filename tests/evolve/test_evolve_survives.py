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


@pytest.mark.slow
def test_killed_and_resumed_it_ends_the_same(tmp_path: Path) -> None:
    """As an uninterrupted run of the same repository does, with nothing that needs a human."""
    profiles = few_profiles(tmp_path / "profiles")
    environment = os.environ | {
        "GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000",
    }  # fmt: skip
    whole, cut = make_repository(tmp_path / "whole"), make_repository(tmp_path / "cut")
    git(cut.parent, "fetch", "-q", str(whole.parent), "main")
    git(cut.parent, "reset", "-q", "--hard", "FETCH_HEAD")
    began = time.monotonic()
    done = subprocess.run(command(whole, profiles), capture_output=True, text=True, env=environment, check=False)
    took = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    dice = Random(5)
    for _ in range(KILLS):
        with subprocess.Popen(
            command(cut, profiles), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
            start_new_session=True,
        ) as running:  # fmt: skip
            time.sleep(dice.uniform(0.1, 0.9) * took)
            ended_by_itself = running.poll() is not None
            if not ended_by_itself:
                os.killpg(running.pid, 9)
            running.wait()
        assert "error" not in git(cut.parent, "fsck", "--no-dangling")
        assert git(cut.parent, "status", "--porcelain") == ""
        if ended_by_itself or _has_ended(cut.parent):
            break
    if not _has_ended(cut.parent):  # once it has, the same command begins a run of its own
        ended = subprocess.run(command(cut, profiles), capture_output=True, text=True, env=environment, check=False)
        assert ended.returncode == 0, ended.stderr
    assert not [path for path in (cut.parent / ".git").rglob("*.lock") if path.name != "escs.lock"]
    branches = refs(cut.parent).splitlines()
    assert set(refs(whole.parent).splitlines()) <= set(branches)
