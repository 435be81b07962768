"""The loop from a planted defect to a merge, with real repositories: resuming, replay, staleness, refusals, update."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from escs.evolve.branches.lock import lock
from escs.evolve.branches.repository import Repository
from escs.evolve.branches.verdicts import DIALOGUES, VERDICTS
from escs.evolve.branches.words import message, prose, slug, trailers
from escs.runtime.cli import escs
from people_repo import BAD_LINE, PERSON, few_profiles, git, make_repository


def run(*args: str) -> Result:
    """The command line."""
    return CliRunner().invoke(escs, [*args])


def said(result: Result) -> str:
    """All that a command told, its error included."""
    return result.output + str(result.exception or "")


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few profiles."""
    return few_profiles(tmp_path_factory.mktemp("profiles"))


@pytest.fixture(scope="module")
def evolved(tmp_path_factory: pytest.TempPathFactory, profiles: Path) -> Path:
    """A repository in which one round was run, and the mend of the planted line accepted; copy it before you change it."""
    bank = make_repository(tmp_path_factory.mktemp("evolved") / "work")
    done = run("evolve", "--bank", str(bank), "--profiles", str(profiles), "--workers", "1", "--rounds", "1", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["findings"][0]["kind"] == "unsafe-intervention"
    assert (told["findings"][0]["skill"], told["findings"][0]["line"]) == ("say-back", BAD_LINE)
    assert told["attempts"][0]["outcome"] == "accepted", told["attempts"]
    return bank.parent


@pytest.fixture
def work(evolved: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(evolved, tmp_path / "work"))


def branch_of(top: Path) -> str:
    """The first proposal's branch."""
    return git(top, "for-each-ref", "--format=%(refname:short)", "refs/heads/evolve").split()[0]


def test_a_planted_line_is_found_mended_and_merged(work: Path) -> None:
    """The person's branch moves by a merge with two parents, and the bank has no such line any more."""
    bank, branch = str(work / "skills"), branch_of(work)
    replayed = run("verify", branch, "--bank", bank, "--replay")
    assert replayed.exit_code == 0, replayed.output
    assert run("merge", "--check", branch, "--bank", bank).exit_code == 0
    merged = run("merge", branch, "--bank", bank)
    assert merged.exit_code == 0, merged.output
    assert BAD_LINE not in (work / "skills" / "say-back" / "SKILL.md").read_text(encoding="utf-8")
    assert len(git(work, "log", "-1", "--format=%P").split()) == 2
    assert git(work, "status", "--porcelain") == ""
    assert run("merge", "--check", "HEAD", "--bank", bank).exit_code == 0
    log = json.loads(run("log", "--bank", bank, "--json").stdout)
    assert log[0]["state"] == "merged"
    assert log[0]["merge"] in git(work, "log", "-1", "--format=%H")


def test_a_proposal_can_be_verified_once_more(work: Path, profiles: Path, tmp_path: Path) -> None:
    """What was proposed for safer lines is verified as such again, and a page is made of it."""
    page = tmp_path / "verify.html"
    again = run(
        "verify", branch_of(work), "--bank", str(work / "skills"), "--profiles", str(profiles), "--workers", "1",
        "--report", str(page), "--json",
    )  # fmt: skip
    assert again.exit_code == 0, said(again)
    assert json.loads(again.stdout)["verdict"]["outcome"] == "accepted"
    assert page.stat().st_size > 10_000


def test_the_same_command_again_changes_nothing_that_is_done(work: Path, profiles: Path) -> None:
    """A run whose end was not written down goes on without holding a verified dialogue again, to the same branches."""
    refs = git(work, "for-each-ref", "refs/heads", "refs/escs/verdicts")
    for name in git(work, "for-each-ref", "--format=%(refname)", "refs/escs/runs").split():
        git(work, "update-ref", "-d", name)
    options = ["--bank", str(work / "skills"), "--profiles", str(profiles), "--workers", "1", "--rounds", "1"]
    assert run("evolve", *options).exit_code == 0
    assert git(work, "for-each-ref", "refs/heads", "refs/escs/verdicts") == refs


def test_evidence_replays_on_another_clone(work: Path, tmp_path: Path) -> None:
    """After `escs sync`, without the profiles, to the last digit; altered or missing dialogues are named."""
    bare = tmp_path / "bare.git"
    git(work, "clone", "-q", "--bare", ".", str(bare))
    git(work, "remote", "add", "origin", str(bare))
    assert run("sync", "origin", "--bank", str(work / "skills")).exit_code == 0
    git(tmp_path, "clone", "-q", str(bare), "other")
    other = tmp_path / "other"
    branch = branch_of(work)
    git(other, "branch", branch, f"origin/{branch}")
    assert "no verdict" in said(run("verify", branch, "--bank", str(other / "skills"), "--replay"))
    assert run("sync", "origin", "--bank", str(other / "skills")).exit_code == 0
    assert run("verify", branch, "--bank", str(other / "skills"), "--replay").exit_code == 0
    for change in ("altered", "missing"):
        _tamper(other, change)
        failed = run("verify", branch, "--bank", str(other / "skills"), "--replay")
        assert failed.exit_code == 1
        assert "altered" in said(failed) or "missing" in said(failed)


def _tamper(top: Path, change: str) -> None:
    repository = Repository(top / "skills")
    name, commit = next(iter(repository.refs(VERDICTS).items()))
    tree = repository.run("rev-parse", f"{commit}^{{tree}}").decode().strip()
    lines = repository.files(tree)[DIALOGUES].splitlines(keepends=True)
    changed = (
        b"".join([lines[0].replace(b'"final":', b'"final": ', 1), *lines[1:]])
        if change == "altered"
        else b"".join(lines[1:])
    )
    new = repository.commit(
        repository.tree_with(tree, {DIALOGUES: changed}), [commit], "tampered", date="1700000000 +0000"
    )
    repository.publish(name, new, commit, why="test")


def test_an_edited_branch_is_stale_and_a_moved_base_is_refused(work: Path) -> None:
    """Edit what was verified, or change the bank it goes into: neither merges."""
    bank, branch = str(work / "skills"), branch_of(work)
    skill = work / "skills" / "ask-open" / "SKILL.md"
    skill.write_text(skill.read_text(encoding="utf-8").replace("- How long", "- So how long"), encoding="utf-8")
    git(work, "commit", "-qam", "moved on")
    moved = run("merge", branch, "--bank", bank)
    assert moved.exit_code == 1
    assert "verified against" in said(moved)
    git(work, "reset", "-q", "--hard", "HEAD~1")
    git(work, "switch", "-q", branch)
    skill.write_text(skill.read_text(encoding="utf-8").replace("- How long", "- Well, how long"), encoding="utf-8")
    git(work, "commit", "-qam", "by hand")
    git(work, "switch", "-q", "main")
    stale = run("merge", branch, "--bank", bank)
    assert stale.exit_code == 1
    assert "stale" in said(stale)


def test_a_merge_waits_where_uncommitted_work_is_in_its_way(work: Path) -> None:
    """The person's file stays as it is, and the command that finishes the merge is printed and works."""
    bank, branch = str(work / "skills"), branch_of(work)
    skill = work / "skills" / "say-back" / "SKILL.md"
    mine = skill.read_text(encoding="utf-8") + "\nmy own words\n"
    skill.write_text(mine, encoding="utf-8")
    waiting = run("merge", branch, "--bank", bank)
    assert waiting.exit_code == 1
    assert skill.read_text(encoding="utf-8") == mine
    command = waiting.output.rsplit("finish it with: ", 1)[1].split()
    git(work, "checkout", "-q", "--", ".")
    git(work, *command[1:])
    assert BAD_LINE not in skill.read_text(encoding="utf-8")


def test_a_person_may_reject_what_the_gate_accepted(work: Path) -> None:
    """With a name and a reason, which the refused merge tells."""
    bank, branch = str(work / "skills"), branch_of(work)
    assert (
        run(
            "review", branch, "--bank", bank, "--decide", "reject", "--name", "Ada", "--reason", "sounds cold"
        ).exit_code
        == 0
    )
    refused = run("merge", branch, "--bank", bank)
    assert refused.exit_code == 1
    assert "Ada rejected it: sounds cold" in said(refused)


def test_a_review_shows_pairs_blind_and_keeps_the_choices(work: Path, profiles: Path) -> None:
    """What is chosen is stored with the verdict and revealed afterwards."""
    bank, branch = str(work / "skills"), branch_of(work)
    args = ["review", branch, "--bank", bank, "--profiles", str(profiles), "--workers", "1"]
    done = CliRunner().invoke(escs, args, input="1\n" * 6 + "accept\nAda\nfine\n")
    assert "Who gains" in done.output
    assert f"[-- {BAD_LINE}-]" in done.output


def test_a_branch_that_leaves_the_bank_alone_is_told(work: Path) -> None:
    """There is nothing that a verdict could say of it."""
    git(work, "switch", "-q", "-c", "notes-only")
    (work / "notes.txt").write_text("more\n", encoding="utf-8")
    git(work, "commit", "-qam", "notes")
    git(work, "switch", "-q", "main")
    told = run("merge", "notes-only", "--bank", str(work / "skills"))
    assert told.exit_code == 1
    assert "does not change the bank" in said(told)


def test_one_run_at_a_time(work: Path) -> None:
    """The second says who holds the lock; a killed holder leaves none."""
    repository = Repository(work / "skills")
    code = (
        "import sys, time; from pathlib import Path; from escs.evolve.branches.repository import Repository;"
        "from escs.evolve.branches.lock import lock\n"
        "with lock(Repository(Path(sys.argv[1]))):\n    print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(work / "skills")], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Exception, match=f"process {other.pid}"), lock(repository, wait=0.2):
            pass
        other.kill()
        other.wait()
        with lock(repository, wait=5):
            pass


def test_a_branch_named_evolve_is_told(work: Path) -> None:
    """It would block all of ours."""
    for name in git(work, "for-each-ref", "--format=%(refname)", "refs/heads/evolve").split():
        git(work, "update-ref", "-d", name)
    git(work, "branch", "evolve")
    told = run("evolve", "--bank", str(work / "skills"))
    assert told.exit_code == 1 or told.exit_code == 2
    assert "git branch -m evolve" in said(told)


def test_text_of_an_engine_cannot_forge_trailers() -> None:
    """What reads as one is taken apart, and only the last paragraph counts."""
    body = "It helps.\n\nEscs-Base: 1234\nSigned-off-by: you\n# comment\n---\nEscs-Verdict: abc"
    text = message("Title\nEscs-Run: forged", body, {"Escs-Run": "r1", "Escs-Base": "real\nEscs-Verdict: forged"})
    found = trailers(text)
    assert found["Escs-Run"] == "r1"
    assert found["Escs-Base"].startswith("real")
    assert "Escs-Verdict" not in found
    assert "Signed-off-by: you" not in prose(body)
    assert slug("../../etc -rf\n$(x)") == "etc-rf-x"


def test_update_brings_what_ships_and_keeps_edits(tmp_path: Path) -> None:
    """A three-way merge from the copy that `init` made."""
    assert run("init", str(tmp_path / "mine")).exit_code == 0
    top = tmp_path / "mine"
    again = run("update", "--bank", str(top / "skills"))
    assert "everything" in again.output, again.output
    shutil.rmtree(top / "skills" / "end-well")
    git(top, "commit", "-qam", "an older bank")
    git(top, "commit", "-q", "--amend", "-m", "Start from the bank that ships with escs")
    git(top, "reset", "-q", "--soft", "HEAD~1")
    git(top, "commit", "-q", "--amend", "-m", "Start from the bank that ships with escs")
    skill = top / "skills" / "say-it-back" / "SKILL.md"
    skill.write_text(skill.read_text(encoding="utf-8") + "\nmine\n", encoding="utf-8")
    git(top, "commit", "-qam", "mine")
    done = run("update", "--bank", str(top / "skills"))
    assert done.exit_code == 0, done.output
    assert (top / "skills" / "end-well" / "SKILL.md").is_file()
    assert skill.read_text(encoding="utf-8").endswith("mine\n")


def test_the_way_back_works_from_where_it_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evolved: Path
) -> None:
    """From outside the repository the printed command names it; from inside it is git's own short one."""
    work = Path(shutil.copytree(evolved, tmp_path / "my work"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    merged = said(run("merge", branch_of(work), "--bank", str(work / "skills")))
    command = merged.strip().rpartition("Take it back with: ")[2]
    assert command.startswith(f"git -C '{work}' revert -m 1 ")
    assert command in said(run("log", "--bank", str(work / "skills")))
    monkeypatch.chdir(work / "skills")
    assert "take it back: git revert -m 1 " in said(run("log", "--bank", "."))
    monkeypatch.chdir(elsewhere)
    subprocess.run([*shlex.split(command), "--no-edit"], check=True, capture_output=True, env=os.environ | PERSON)
    assert git(work, "log", "-1", "--format=%s").startswith("Revert ")
    log = ("log", "--bank", str(work / "skills"))
    assert "taken back  evolve/" in said(run(*log))
    git(work, "revert", "--no-edit", "HEAD")
    assert "merged      evolve/" in said(run(*log))
