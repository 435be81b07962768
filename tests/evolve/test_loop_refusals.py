"""What the practitioner's commands must not do: lose a verdict, a decision or a commit, or merge what nobody may."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from escs.evolve.branches.exchange import INCOMING
from escs.evolve.branches.past import past
from escs.evolve.branches.repository import Repository
from escs.evolve.branches.verdicts import VERDICTS, Evidence, following, outlines, read, ref_name, store
from escs.evolve.branches.words import message
from escs.evolve.gate.gate import GATE_VERSION
from escs.evolve.loop import evolve as loop
from escs.evolve.loop.base import compared
from escs.evolve.loop.earlier import Earlier
from escs.evolve.loop.evolve import Attempt, Outcome, Plan, run_name
from escs.evolve.loop.setting import Setting
from escs.evolve.propose.edit import Proposal
from escs.runtime.cli import escs
from escs.runtime.errors import UsageError
from people_repo import few_profiles, git, make_repository

DATE = "1700000000 +0000"
OFFLINE = Setting("offline", "offline", "the gate's", "keys")


def run(*args: str) -> Result:
    """The command line."""
    return CliRunner().invoke(escs, [*args])


def said(result: Result) -> str:
    """All that a command told, its error included."""
    return result.output + str(result.exception or "")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with a small bank."""
    return make_repository(tmp_path / "work", bad=False).parent


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Very few profiles."""
    return few_profiles(tmp_path_factory.mktemp("profiles"), train=2, gate=2)


def edit(top: Path, old: str = "How long", new: str = "So how long", *, subject: str = "An edit") -> None:
    """Change a line of a skill on the branch that is checked out, and commit it."""
    path = top / "skills" / "ask-open" / "SKILL.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    git(top, "commit", "-qam", subject)


def edited(top: Path, branch: str, old: str = "How long", new: str = "So how long") -> str:
    """A new branch from main with an edit, and main checked out again; its name."""
    git(top, "switch", "-q", "-c", branch, "main")
    edit(top, old, new)
    git(top, "switch", "-q", "main")
    return branch


def proposed(top: Path, branch: str, start: str, old: str, new: str) -> str:
    """A proposal as `escs evolve` makes it, on a branch that starts from another; its name."""
    repository = Repository(top / "skills")
    base = repository.bank_tree(start)
    git(top, "switch", "-q", "-c", branch, start)
    edit(top, old, new, subject=message("A proposal", "It helps.", {"Escs-Run": "r1", "Escs-Base": base}))
    git(top, "switch", "-q", "main")
    return branch


def verdict(top: Path, base: str, branch: str, outcome: str = "accepted", *, sensitive: bool = False, **more: Any) -> Evidence:  # fmt: skip
    """A verdict, stored as a verification leaves it."""
    repository = Repository(top / "skills")
    trees = [repository.bank_tree(repository.commit_of(name)) for name in (base, branch)]
    found = {
        "outcome": outcome, "why": ["As the gate says."], "effect": 1.0, "low": 0.0, "high": 2.0, "primary": 20,
        "pairs": 20, "groups": [], "rises": [],
    }  # fmt: skip
    record = {
        "format": "1", "gate": GATE_VERSION, "base": trees[0], "candidate": trees[1], "number": 1, "gate_set": "the gate's",
        "terms": {"group": "all", "sensitive": sensitive}, "engine": "offline", "simulator": "offline", "prompts": {},
        "machinery_only": True, "branch": branch, "title": branch, "verdict": found, "digests": [], **more,
    }  # fmt: skip
    evidence = Evidence(record)
    return replace(evidence, commit=store(repository, evidence, date=DATE, why="a verdict"))


def decide(top: Path, branch: str, decision: str, name: str = "Ada") -> Result:
    """A person's decision."""
    bank = str(top / "skills")
    return run("review", branch, "--bank", bank, "--decide", decision, "--name", name, "--reason", "sounds cold")


def verdicts(top: Path) -> dict[str, str]:
    """All verdict refs of a repository."""
    lines = git(top, "for-each-ref", "--format=%(refname) %(objectname)", VERDICTS).splitlines()
    return dict(line.split() for line in lines)


def two_clones(top: Path) -> tuple[Path, Path]:
    """A bare repository that `top` and a clone of it exchange with, with the same verdict in all; the bare one, the clone."""
    bare, other = top.parent / "bare.git", top.parent / "other"
    verdict(top, "main", edited(top, "mine"))
    git(top, "clone", "-q", "--bare", ".", str(bare))
    git(top, "remote", "add", "origin", str(bare))
    assert run("sync", "--bank", str(top / "skills")).exit_code == 0
    git(top.parent, "clone", "-q", str(bare), "other")
    git(other, "branch", "mine", "origin/mine")
    assert run("sync", "--bank", str(other / "skills")).exit_code == 0
    return bare, other


@pytest.mark.parametrize("setting", [("fetch.prune", "true"), ("remote.origin.fetch", "+refs/*:refs/*")])
def test_a_sync_deletes_no_verdict_that_the_remote_lacks(top: Path, setting: tuple[str, str]) -> None:
    """Whatever the person's settings say of fetching; it goes to the remote instead, and so does a review that follows."""
    bare, other = two_clones(top)
    git(top, "config", *setting)
    git(top, "config", "remote.origin.prune", "true")
    verdict(top, "main", edited(top, "second", "What happened", "So what happened"))
    assert decide(top, "mine", "reject").exit_code == 0
    kept = verdicts(top)
    assert run("sync", "--bank", str(top / "skills")).exit_code == 0
    assert verdicts(top) == verdicts(bare) == kept
    came = run("sync", "--bank", str(other / "skills"), "--json")
    assert json.loads(came.stdout) == {"verdicts": 2, "fetched": 2, "parted": []}
    assert verdicts(other) == kept


def test_a_verdict_that_two_people_added_to_stays_on_both_sides_and_blocks_no_other(top: Path) -> None:
    """It is named, exit 1, and everything else is exchanged; the command that is printed takes theirs."""
    bare, other = two_clones(top)
    assert decide(top, "mine", "reject").exit_code == 0
    assert decide(other, "mine", "accept", "Bob").exit_code == 0
    verdict(top, "main", edited(top, "second", "What happened", "So what happened"))
    verdict(other, "main", edited(other, "third", "What goes through", "And what goes through"))
    (parted,) = verdicts(top).keys() & verdicts(other).keys()
    assert run("sync", "--bank", str(top / "skills")).exit_code == 0
    ours, theirs = verdicts(other), verdicts(bare)
    for _ in range(2):
        done = run("sync", "--bank", str(other / "skills"))
        assert done.exit_code == 1
        assert f"mine ({parted})" in said(done)
        assert verdicts(other) == theirs | ours
        assert verdicts(bare) == ours | theirs
    assert git(other, "for-each-ref", INCOMING) == ""
    git(other, "fetch", "-q", "--no-prune", "origin", f"+{parted}:{parted}")
    assert run("sync", "--bank", str(other / "skills")).exit_code == 0


def stack(top: Path) -> list[str]:
    """Two proposals that stand on each other, both accepted, the first of them about danger; their branches."""
    first = proposed(top, "evolve/r1/01-ask-open", "main", "How long", "So how long")
    second = proposed(top, "evolve/r1/02-ask-open", first, "What happened", "So what happened")
    verdict(top, "main", first, sensitive=True)
    verdict(top, first, second)
    return [first, second]


def test_a_change_for_danger_waits_for_a_person_and_so_does_what_stands_on_it(
    top: Path, profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`escs evolve --merge` stops there and says so; the person's own merge brings both."""
    branches, repository, was = stack(top), Repository(top / "skills"), git(top, "rev-parse", "main")
    proposal = Proposal((), "A proposal", "", (), "all", 1.0, 20.0, "", 0.0)
    found = [read(repository, step.base_tree, step.tip_tree) for step in (compared(repository, b) for b in branches)]
    attempts = [Attempt(b, b, proposal, one) for b, one in zip(branches, found, strict=True) if one is not None]

    async def done(*args: object, **more: object) -> Outcome:
        return Outcome("r1", attempts=attempts, ended="The round is done.")

    monkeypatch.setattr(loop, "evolve", done)
    ran = run("evolve", "--bank", str(top / "skills"), "--profiles", str(profiles), "--merge")
    assert ran.exit_code == 0, said(ran)
    assert "waits for a person" in said(ran)
    assert git(top, "rev-parse", "main") == was
    assert run("merge", branches[1], "--bank", str(top / "skills")).exit_code == 0
    assert git(top, "rev-parse", "main") != was


def test_a_rejection_outlives_another_verification(top: Path, profiles: Path) -> None:
    """So does what the proposal was made of, by which it is refused in other runs."""
    branch = edited(top, "mine")
    verdict(top, "main", branch, content="c1", run="r1", operations=["an edit"], findings=["a finding"])
    assert decide(top, branch, "reject").exit_code == 0
    options = ["--bank", str(top / "skills"), "--profiles", str(profiles), "--workers", "1", "--max-pairs", "20"]
    again = run("verify", branch, *options)
    assert again.exit_code == 1
    assert "Ada rejected it: sounds cold" in said(again)
    (kept,) = outlines(Repository(top / "skills"))
    assert kept.record["digests"]
    assert (kept.record["content"], kept.record["run"], kept.record["findings"]) == ("c1", "r1", ["a finding"])
    refused = run("merge", branch, "--bank", str(top / "skills"))
    assert refused.exit_code == 1
    assert "Ada rejected it" in said(refused)


def test_the_last_decision_of_a_person_counts_and_none_is_above_the_gate(top: Path) -> None:
    """A rejection is taken back by a later acceptance, which is said; what the gate did not accept stays refused."""
    verdict(top, "main", edited(top, "mine"))
    verdict(top, "main", edited(top, "tie", "What happened", "So what happened"), "undecided")
    assert decide(top, "mine", "reject").exit_code == 0
    assert run("merge", "mine", "--bank", str(top / "skills")).exit_code == 1
    back = decide(top, "mine", "accept", "Bob")
    assert "takes back the rejection by Ada" in said(back)
    assert "escs merge mine" in said(back)
    assert "stays undecided" in said(decide(top, "tie", "accept"))
    assert run("merge", "tie", "--bank", str(top / "skills")).exit_code == 1
    assert run("merge", "mine", "--bank", str(top / "skills")).exit_code == 0


def test_what_a_person_rejected_is_refused_everywhere_and_what_the_gate_rejected_where_it_did(top: Path) -> None:
    """One rejection of a content is enough, in whatever order its verdicts stand."""
    repository = Repository(top / "skills")
    lines = ("How long", "What happened", "What goes through")
    for branch, line in zip("abc", lines, strict=True):
        edited(top, branch, line, f"So {line.lower()}")
    verdict(top, "main", "a", "rejected", content="by the gate", run="other")
    verdict(top, "a", "main", "accepted", content="by the gate", run="other")
    verdict(top, "main", "b", content="by a person", run="other", engine="claude")
    verdict(top, "main", "c", "rejected", content="of this run", run="this")
    assert decide(top, "b", "reject").exit_code == 0
    assert Earlier.than("this", repository, OFFLINE) == Earlier(
        frozenset({"by the gate"}), frozenset({"by the gate", "by a person"})
    )
    for other in (replace(OFFLINE, engine="claude"), replace(OFFLINE, gate_set="another")):
        assert "by the gate" not in Earlier.than("this", repository, other).refused
        assert "by a person" in Earlier.than("this", repository, other).refused


def test_another_setting_is_another_run(top: Path) -> None:
    """Engines, their keys, gate profiles: each is part of what names a run."""
    repository = Repository(top / "skills")
    others = [replace(OFFLINE, **{name: "other"}) for name in ("engine", "simulator", "gate_set", "keys")]
    assert len({run_name(repository, "base", Plan(), setting) for setting in (OFFLINE, *others)}) == 5


def test_a_verdict_under_another_changes_name_merges_nothing(top: Path) -> None:
    """Accepted evidence that was copied to the ref of a pair that nobody verified is named as such."""
    accepted = verdict(top, "main", edited(top, "mine"))
    edited(top, "unverified", "What happened", "Who cares")
    repository = Repository(top / "skills")
    tree = repository.bank_tree(repository.commit_of("unverified"))
    git(top, "update-ref", ref_name(accepted.base, tree), accepted.commit)
    refused = run("merge", "unverified", "--bank", str(top / "skills"))
    assert refused.exit_code == 1
    assert "about another change" in said(refused)


@pytest.fixture(scope="module")
def evolved(tmp_path_factory: pytest.TempPathFactory, profiles: Path) -> Path:
    """A repository in which a round was run that put one proposal on its branch; copy it before you change it."""
    bank = make_repository(tmp_path_factory.mktemp("evolved") / "work")
    done = round_of(bank.parent, profiles)
    assert done.exit_code == 0, said(done)
    assert git(bank.parent, "for-each-ref", "refs/heads/evolve")
    return bank.parent


def round_of(top: Path, profiles: Path) -> Result:
    """One small round of `escs evolve`, which goes on with one whose end is not written down."""
    for name in git(top, "for-each-ref", "--format=%(refname)", "refs/escs/runs").split():
        git(top, "update-ref", "-d", name)
    options = ["--bank", str(top / "skills"), "--profiles", str(profiles), "--workers", "1"]
    return run("evolve", *options, "--rounds", "1", "--max-pairs", "20")


def test_a_resumed_run_leaves_a_branch_that_a_person_went_on_with(
    evolved: Path, profiles: Path, tmp_path: Path
) -> None:
    """Their commit, their checkout and the verdict stay; the note says so."""
    top = Path(shutil.copytree(evolved, tmp_path / "work"))
    branch = git(top, "for-each-ref", "--format=%(refname:short)", "refs/heads/evolve").split()[0]
    git(top, "switch", "-q", branch)
    edit(top)
    mine, judged = git(top, "rev-parse", "HEAD"), verdicts(top)
    git(top, "switch", "-q", "main")
    git(top, "worktree", "add", "-q", str(tmp_path / "beside"), branch)
    resumed = round_of(top, profiles)
    assert resumed.exit_code == 0, said(resumed)
    assert "is left as it is" in said(resumed)
    assert git(top, "rev-parse", branch) == mine
    assert git(tmp_path / "beside", "status", "--porcelain") == ""
    assert verdicts(top) == judged


def test_a_verdict_of_another_engine_answers_for_nothing(evolved: Path, profiles: Path, tmp_path: Path) -> None:
    """The proposal is verified again in the setting of this run, and what a person said of it stays."""
    top = Path(shutil.copytree(evolved, tmp_path / "work"))
    repository = Repository(top / "skills")
    (known,) = outlines(repository)
    whole = read(repository, known.base, known.candidate)
    assert whole is not None
    accepted = whole.record | {
        "engine": "claude", "run": "other", "verdict": whole.record["verdict"] | {"outcome": "accepted"},
    }  # fmt: skip
    other = replace(whole, record=accepted, reviews=({"decision": "accept", "name": "Ada"},))
    store(repository, other, date=DATE, why="by another engine")
    resumed = round_of(top, profiles)
    assert resumed.exit_code == 0, said(resumed)
    (anew,) = outlines(repository)
    assert (anew.record["engine"], anew.record["number"]) == ("offline", whole.record["number"] + 1)
    assert anew.reviews == other.reviews


def test_new_evidence_keeps_what_it_does_not_say_itself() -> None:
    """The new record stands above the old one."""
    old = Evidence({"run": "r1", "content": "c1", "number": 1}, reviews=({"decision": "reject"},))
    new = following(Evidence({"run": "r2", "number": 2}), old)
    assert new.record == {"run": "r2", "content": "c1", "number": 2}
    assert new.refused


def test_the_branch_that_is_checked_out_is_compared_with_where_it_left_main(top: Path) -> None:
    """The base is the same whether one stands on the branch, on main or on nothing."""
    repository, main = Repository(top / "skills"), git(top, "rev-parse", "main").strip()
    first = proposed(top, "evolve/r1/01-ask-open", "main", "How long", "So how long")
    edited(top, "mine")
    git(top, "switch", "-q", first)
    edit(top, "What happened", "So what happened", subject="On top of it")
    for place in ("main", first, "mine"):
        git(top, "switch", "-q", "--detach", place)
        assert compared(repository, "mine").base == main
        assert compared(repository, first).base == main


def test_a_branch_brought_up_to_date_is_verified_and_merged_as_the_refused_merge_says(top: Path) -> None:
    """`git switch BRANCH; git merge -; escs verify BRANCH`: its base is the bank that it would go into now."""
    git(top, "branch", "master")  # left behind, which must not matter
    edit(top, "What has been hardest", "What is hardest")
    bank, branch = str(top / "skills"), proposed(top, "evolve/r1/01-ask-open", "main", "How long", "So how long")
    verdict(top, "main", branch)
    edit(top, "What goes through", "And what goes through", subject="moved on")
    assert f"git switch {branch}; git merge -" in said(run("merge", branch, "--bank", bank))
    git(top, "switch", "-q", branch)
    git(top, "merge", "-q", "--no-edit", "-")
    step = compared(Repository(top / "skills"), branch)
    assert step.base == git(top, "rev-parse", "main").strip()
    verdict(top, step.base, branch)
    assert "--into" in said(run("merge", branch, "--bank", bank))
    assert run("merge", branch, "--into", "main", "--bank", bank).exit_code == 0


def test_without_a_main_branch_a_proposal_shows_where_it_began(top: Path) -> None:
    """Else the sentence names --base."""
    repository = Repository(top / "skills")
    git(top, "branch", "-m", "main", "trunk")
    began = git(top, "rev-parse", "trunk").strip()
    git(top, "branch", "main", "trunk")
    proposed(top, "evolve/r1/01-ask-open", "main", "How long", "So how long")
    git(top, "switch", "-q", "evolve/r1/01-ask-open")
    edit(top, "What happened", "So what happened")
    git(top, "branch", "-D", "main")
    assert compared(repository, "HEAD").base == began
    git(top, "switch", "-q", "trunk")
    edit(top)
    with pytest.raises(UsageError, match="--base"):
        compared(repository, "trunk")


def test_a_merge_never_stashes_a_persons_work(top: Path) -> None:
    """With merge.autostash git would let it through and leave conflict markers in the file."""
    git(top, "config", "merge.autostash", "true")
    verdict(top, "main", edited(top, "mine"))
    path = top / "skills" / "ask-open" / "SKILL.md"
    path.write_text(path.read_text(encoding="utf-8").replace("How long", "For how long"), encoding="utf-8")
    half_done = path.read_bytes()
    waiting = run("merge", "mine", "--bank", str(top / "skills"))
    assert waiting.exit_code == 1
    assert "has not arrived" in said(waiting)
    assert path.read_bytes() == half_done
    assert git(top, "stash", "list") == ""


def test_a_folder_that_was_once_moved_away_is_no_hindrance(top: Path) -> None:
    """Earlier versions are those of the commits that have it."""
    repository = Repository(top / "skills")
    edit(top)
    git(top, "mv", "skills", "elsewhere")
    git(top, "commit", "-qm", "away")
    git(top, "mv", "elsewhere", "skills")
    git(top, "commit", "-qm", "and back")
    edit(top, "So how long", "And how long")
    texts = [text for text, _ in past(repository, repository.commit_of("HEAD"))["ask-open"]]
    assert any("- So how long" in text for text in texts)
    assert any("- How long" in text for text in texts)
