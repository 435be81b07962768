"""`escs evolve` with a model behind a server: what it proposes is tried like anything else, and nothing recorded is paid again."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from escs.evolve.branches.repository import Repository
from escs.evolve.branches.verdicts import CALLS, VERDICTS, Evidence, store
from escs.evolve.simulate.profiles import usable
from escs.evolve.verify.arms import Arms
from escs.evolve.verify.changes import changes
from escs.evolve.verify.verify import Question, verify
from escs.runtime.cli import escs
from escs.runtime.engines.claude import ClaudeEngine
from escs.runtime.engines.record import CallRecord, Recorded
from people_repo import few_profiles, git, make_repository, picture
from test_runs_survive import env, fake, met

INTERRUPTIONS = int(os.environ.get("ESCS_KILLS", "1"))
CONCURRENCY = 6


def command(bank: Path, profiles: Path, record: Path) -> list[str]:
    """The first half of a round on a small bank: dialogues, findings with reasons, a proposal on its branch."""
    return [
        sys.executable, "-m", "escs.runtime", "evolve", "--bank", str(bank), "--profiles", str(profiles), "--rounds", "1",
        "--max-dialogues", "12", "--engine", "fake-model", "--record", str(record), "--concurrency", str(CONCURRENCY),
        "--json",
    ]  # fmt: skip


@pytest.mark.slow
def test_interrupted_at_random_it_pays_for_nothing_twice(tmp_path: Path) -> None:
    """The calls of a run that was killed again and again exceed those of one that was not by at most those in flight."""
    profiles = few_profiles(tmp_path / "profiles", train=1, gate=1)
    bank = make_repository(tmp_path / "work", bad=False)
    before = picture(bank.parent)
    with fake() as port:
        began = time.monotonic()
        one = subprocess.run(
            command(bank, profiles, tmp_path / "one.sqlite"), env=env(port), capture_output=True, text=True, check=False
        )
        took = time.monotonic() - began
        assert one.returncode == 0, one.stderr
        single = met(port)
    found = json.loads(one.stdout)["findings"]
    assert any(finding["reason"] for finding in found if not finding["noise"])
    for name in git(bank.parent, "for-each-ref", "--format=%(refname)", "refs/heads/evolve", "refs/escs").split():
        git(bank.parent, "update-ref", "-d", name)
    again = command(bank, profiles, tmp_path / "cut.sqlite")
    dice = Random(3)
    with fake() as port:
        for _ in range(INTERRUPTIONS):
            with subprocess.Popen(
                again, env=env(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
            ) as running:
                time.sleep(dice.uniform(0.3, 0.9) * took)
                os.killpg(running.pid, 9)
                running.wait()
        last = subprocess.run(again, env=env(port), capture_output=True, text=True, check=False)
        assert last.returncode == 0, last.stderr
        assert single <= met(port) <= single + INTERRUPTIONS * CONCURRENCY
    assert json.loads(last.stdout)["findings"] == found
    assert picture(bank.parent) == before


def test_each_call_of_a_verification_is_evidence(tmp_path: Path) -> None:
    """One that is altered or missing is named, and the replay fails."""
    profiles = few_profiles(tmp_path / "profiles", train=1, gate=2)
    bank = make_repository(tmp_path / "work", bad=False)
    repository = Repository(bank)
    git(bank.parent, "checkout", "-q", "-b", "mine")
    path = bank / "ask-open" / "SKILL.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("What has been hardest", "What is hardest"), encoding="utf-8"
    )
    git(bank.parent, "commit", "-qam", "Another word")
    trees = [repository.bank_tree(repository.commit_of(name)) for name in ("main", "mine")]
    with fake() as port:

        async def held() -> Evidence:
            record = CallRecord(tmp_path / "calls.sqlite")
            engine = Recorded(ClaudeEngine("fake-model", base_url=f"http://127.0.0.1:{port}", api_key="k"), record)
            with Arms(repository, tmp_path / "arms", engine, engine, most_turns=1) as arms:
                question = Question(*trees, changes(*map(repository.files, trees)), most=20)
                evidence = await verify(repository, arms, usable(profiles, "gate"), question)
            await engine.close()
            record.close()
            return evidence

        evidence = asyncio.run(held())
    assert len(evidence.calls) == len(evidence.record["calls"]) > 20
    store(repository, evidence, date="1700000000 +0000", why="a verdict")
    replay = ["verify", "mine", "--base", "main", "--bank", str(bank), "--replay"]
    assert CliRunner().invoke(escs, replay).exit_code == 1  # it was not accepted, and that is what comes out again
    name, commit = next(iter(repository.refs(VERDICTS).items()))
    tree = repository.run("rev-parse", f"{commit}^{{tree}}").decode().strip()
    lines = repository.files(tree)[CALLS].splitlines(keepends=True)
    for changed, said in (
        ([*lines[:3], lines[3].replace(b'"answer":"', b'"answer":"0', 1), *lines[4:]], "line 4"),
        (lines[:-1], f"line {len(lines)}"),
    ):
        new = repository.commit(
            repository.tree_with(tree, {CALLS: b"".join(changed)}), [commit], "tampered", date="1700000000 +0000"
        )
        repository.run("update-ref", name, new)
        failed = CliRunner().invoke(escs, replay)
        assert failed.exit_code == 1
        assert said in str(failed.exception), failed.output
