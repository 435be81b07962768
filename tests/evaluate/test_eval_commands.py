"""`escs eval` as people run it: both tables, revisions, resuming, estimates and bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result
from escs.runtime.cli import escs
from people_repo import few_profiles, git, make_repository
from test_runs_survive import env, fake, met

pytest.importorskip("sacrebleu", reason="the extra `eval` is not installed")
INTERRUPTIONS = int(os.environ.get("ESCS_KILLS", "2"))


def run(*args: str) -> Result:
    """The command line."""
    return CliRunner().invoke(escs, ["eval", *args])


def test_responses_side_by_side(corpus: Path, tmp_path: Path) -> None:
    """All arms answer the same turns; the table is the same again, in all its forms."""
    units = tmp_path / "units.jsonl"
    assert CliRunner().invoke(escs, ["units", str(corpus), "--out", str(units)]).exit_code == 0
    options = ["responses", str(corpus), "--workers", "1", "--out", str(tmp_path / "out")]
    done = run(*options, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["arms"] == ["none", "strategy", "static"]
    rows = {row["measure"]: row for row in told["rows"]}
    assert rows["words a reply"]["static"] > 0
    assert {one["said"] for one in told["differences"]} <= {"too few to tell"}  # four dialogues
    assert all(one["interval"][0] <= one["difference"] <= one["interval"][1] for one in told["differences"])
    lines = [
        json.loads(line) for line in (tmp_path / "out" / "responses.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(lines) == 3 * 4 * 3
    assert {line["marked"] for line in lines} == {"Question", "Reflection of feelings", "Providing Suggestions"}
    again = json.loads(run(*options, "--json").stdout)
    assert again == told
    assert "strategy accuracy" in run(*options).stdout
    made = CliRunner().invoke(escs, ["report", str(tmp_path / "out"), "--out", str(tmp_path / "page.html")])
    assert made.exit_code == 0, made.output
    assert "My father moved in with us in March" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_dialogues_of_two_revisions(tmp_path: Path) -> None:
    """`static` and `evolved` are revisions of the bank; the runs are kept for other commands."""
    bank = make_repository(tmp_path / "work", bad=False)
    path = bank / "ask-open" / "SKILL.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("What has been hardest", "What is hardest"), encoding="utf-8"
    )
    git(bank.parent, "commit", "-qam", "Another word")
    profiles = few_profiles(tmp_path / "profiles", train=2, gate=3)
    options = [
        "dialogues", "--bank", str(bank), "--static", "HEAD~1", "--evolved", "HEAD", "--profiles", str(profiles), "--split",
        "gate", "--repeats", "2", "--workers", "1", "--out", str(tmp_path / "out"), "--json",
    ]  # fmt: skip
    done = run(*options)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["arms"] == ["none", "strategy", "static", "evolved"]
    assert any("evolved" in remark for remark in told["remarks"])
    assert "(HEAD~1)" in told["what"]["static"]
    assert (
        CliRunner()
        .invoke(escs, ["analyse", str(tmp_path / "out" / "static"), "--traces-only", "--bank", str(bank)])
        .exit_code
        == 0
    )
    assert json.loads(run(*options).stdout) == told
    made = CliRunner().invoke(escs, ["report", str(tmp_path / "out"), "--out", str(tmp_path / "page.html")])
    assert made.exit_code == 0, made.output
    assert "Dialogues that part most" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_branch_that_only_the_remote_has_is_found(tmp_path: Path) -> None:
    """In a fresh clone the evolved bank stands on a branch of `origin`, and its plain name is enough."""
    bank = make_repository(tmp_path / "work", bad=False)
    git(bank.parent, "branch", "evolved-offline")
    git(tmp_path, "clone", "-q", str(bank.parent), "clone")
    profiles = few_profiles(tmp_path / "profiles", train=1, gate=2)
    done = run(
        "dialogues", "--bank", str(tmp_path / "clone" / bank.name), "--evolved", "evolved-offline", "--arms", "none,evolved",
        "--profiles", str(profiles), "--split", "gate", "--repeats", "1", "--workers", "1", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "evolved-offline" in json.loads(done.stdout)["what"]["evolved"]


def test_an_estimate_asks_nobody(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says calls, tokens and money; without a bound nothing that costs money begins."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    options = ["responses", str(corpus), "--engine", "claude-sonnet-5-5", "--judge", "claude-sonnet-5-5"]
    told = run(*options, "--estimate")
    assert told.exit_code == 0, told.output
    assert "calls" in told.stdout
    assert "tokens" in told.stdout
    refused = run(*options)
    assert "--max-cost" in str(refused.exception)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["dialogues", "--arms", "none,clever"], "'clever' is no arm"),
        (["dialogues", "--arms", "evolved"], "--evolved REV"),
        (["dialogues", "--arms", "exemplars"], "--units FILE"),
        (["dialogues", "--arms", "exemplars", "--units", "nowhere.jsonl"], "There is no file nowhere.jsonl"),
        (["responses", "nowhere.json"], "There is no corpus nowhere.json"),
    ],
)
def test_bad_input_is_one_sentence(args: list[str], said: str) -> None:
    """What, where, and how to mend it; exit code 2."""
    done = run(*args)
    assert said in str(done.exception)
    assert getattr(done.exception, "exit_code", None) == 2


@pytest.mark.slow
def test_killed_and_resumed_it_gives_the_same_table(corpus: Path, tmp_path: Path) -> None:
    """With a model and a judge; no recorded call is paid again, but for those in flight at a kill."""

    def command(record: str) -> list[str]:
        return [
            sys.executable, "-m", "escs.runtime", "eval", "responses", str(corpus), "--arms", "none,strategy,static",
            "--engine", "fake-model", "--judge", "fake-judge", "--record", str(tmp_path / record), "--concurrency", "4",
            "--json",
        ]  # fmt: skip

    with fake(latency=0.02) as port:
        began = time.monotonic()
        one = subprocess.run(command("one.sqlite"), env=env(port), capture_output=True, text=True, check=False)
        took = time.monotonic() - began
        assert one.returncode == 0, one.stderr
        single = met(port)
    with fake(latency=0.02) as port:
        dice = Random(4)
        for _ in range(INTERRUPTIONS):
            with subprocess.Popen(
                command("cut.sqlite"), env=env(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,
            ) as running:  # fmt: skip
                time.sleep(dice.uniform(0.4, 0.95) * took)
                if running.poll() is None:
                    os.killpg(running.pid, 9)
                running.wait()
        last = subprocess.run(command("cut.sqlite"), env=env(port), capture_output=True, text=True, check=False)
        assert last.returncode == 0, last.stderr
        assert single <= met(port) <= single + INTERRUPTIONS * 4
    assert json.loads(last.stdout) == json.loads(one.stdout)
    judged = [row for row in json.loads(one.stdout)["rows"] if row["measure"].startswith("judge")]
    assert len(judged) == 10


def test_a_dear_engine_can_be_given_few_profiles_and_turns(tmp_path: Path) -> None:
    """`--profile` and `--turns` bound what every arm is asked, and the estimate follows."""
    profiles = few_profiles(tmp_path / "profiles", train=1, gate=3)
    name = sorted(path.stem for path in (profiles / "gate").glob("*.md"))[0]
    options = ["dialogues", "--profiles", str(profiles), "--split", "gate", "--profile", name, "--turns", "2"]
    done = run(*options, "--repeats", "3", "--arms", "none,static", "--out", str(tmp_path / "out"), "--json")
    assert done.exit_code == 0, done.output
    rows = {row["measure"]: row for row in json.loads(done.stdout)["rows"]}
    assert rows["replies a dialogue"]["static"] <= 2
    lines = (tmp_path / "out" / "static" / "dialogues.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["profile"] for line in lines] == [name] * 3
    refused = run(*options, "--profile", "nobody")
    assert "no profile 'nobody'" in str(refused.exception)
