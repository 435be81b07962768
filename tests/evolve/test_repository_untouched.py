"""Nothing of the person's is touched, in whatever state they left their repository."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from escs.runtime.cli import escs
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from people_repo import few_profiles, git, make_repository, picture

State = Callable[[Path], None]
STATES = int(os.environ.get("ESCS_STATES", "2"))
"""Random states that are tried, beside two that are always tried."""


def dirty(top: Path) -> None:
    """Changed, staged, partly staged, new and ignored files."""
    (top / "skills" / "ask-open" / "SKILL.md").write_text("half written", encoding="utf-8")
    (top / "notes.txt").write_text("mine\nstaged\n", encoding="utf-8")
    git(top, "add", "notes.txt")
    (top / "notes.txt").write_text("mine\nstaged\nnot staged\n", encoding="utf-8")
    (top / "new file.txt").write_text("new", encoding="utf-8")
    (top / ".gitignore").write_text("ignored\n", encoding="utf-8")
    (top / "ignored").write_text("x", encoding="utf-8")


def stashed(top: Path) -> None:
    """Work put away."""
    (top / "notes.txt").write_text("put away\n", encoding="utf-8")
    git(top, "stash")


def detached(top: Path) -> None:
    """No branch checked out."""
    git(top, "checkout", "-q", "--detach")


def merging(top: Path) -> None:
    """In the middle of a merge with a conflict."""
    git(top, "switch", "-q", "-c", "other")
    (top / "notes.txt").write_text("theirs\n", encoding="utf-8")
    git(top, "commit", "-qam", "theirs")
    git(top, "switch", "-q", "main")
    (top / "notes.txt").write_text("ours\n", encoding="utf-8")
    git(top, "commit", "-qam", "ours")
    git(top, "merge", "other", ok=False)


def rebasing(top: Path) -> None:
    """In the middle of a rebase with a conflict."""
    merging(top)
    git(top, "merge", "--abort")
    git(top, "rebase", "other", ok=False)


def worktrees(top: Path) -> None:
    """Another worktree beside it."""
    git(top, "worktree", "add", "-q", "-b", "beside", str(top.parent / "beside"))


def hooked(top: Path) -> None:
    """Hooks that fail and leave a mark, signing that cannot work, and line ends that change."""
    for name in ("pre-commit", "post-commit", "reference-transaction", "post-checkout", "pre-merge-commit", "update"):
        hook = top / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\necho ran >> '{top}/hook-ran'\nexit 1\n", encoding="utf-8")
        hook.chmod(0o755)
    for key, value in (("commit.gpgsign", "true"), ("user.signingkey", "none"), ("core.autocrlf", "true")):
        git(top, "config", key, value)


ODD = ("-rf", "a b", "héllo", "tab\tname", "new\nline", "quote'\"s")
"""File names with spaces, a leading dash, quotes, line ends and letters beyond ASCII."""


def oddly_named(top: Path, names: Sequence[str] = ODD) -> None:
    """Files with such names in the bank's folder."""
    for name in names:
        (top / "skills" / name).write_text("x", encoding="utf-8")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "odd names")


def with_submodule(top: Path) -> None:
    """A submodule in the bank's repository."""
    other = make_repository(top.parent / "sub").parent
    git(top, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "module")
    git(top, "commit", "-q", "-m", "module")


def everything(top: Path) -> None:
    """All of it at once that can be."""
    for state in (oddly_named, with_submodule, worktrees, stashed, dirty, hooked):
        state(top)


def own_branch(top: Path) -> str:
    """A branch with an edit of the person's own."""
    path = top / "skills" / "ask-open" / "SKILL.md"
    git(top, "switch", "-q", "-c", "own-edit")
    path.write_text(path.read_text(encoding="utf-8").replace("- How long", "- And how long"), encoding="utf-8")
    git(top, "commit", "-qam", "An edit by hand")
    git(top, "switch", "-q", "main")
    return "own-edit"


@pytest.mark.slow
def test_nothing_of_the_persons_changes_in_a_run(tmp_path: Path) -> None:
    """After a whole run, with everything at once that people may have, all of theirs is as it was."""
    bank = make_repository(tmp_path / "work")
    branch = own_branch(bank.parent)
    everything(bank.parent)
    unchanged(bank, branch, few_profiles(tmp_path / "profiles", train=2, gate=3), run=True)


NAMES = st.text(
    st.characters(blacklist_characters="/\0", blacklist_categories=("Cs",)), min_size=1, max_size=20
).filter(lambda name: name not in (".", "..") and not name.lower().startswith(".git") and len(name.encode()) < 200)
CALM: dict[str, State] = {each.__name__: each for each in (with_submodule, worktrees, stashed)}
TORN: dict[str, State | None] = {"": None, **{each.__name__: each for each in (detached, merging, rebasing)}}


@pytest.mark.slow
@given(
    calm=st.lists(st.sampled_from(sorted(CALM)), unique=True),
    torn=st.sampled_from(sorted(TORN)),
    names=st.lists(NAMES, unique_by=str.casefold, max_size=4),
    work=st.booleans(),
    hooks=st.booleans(),
)
@example(calm=[], torn="merging", names=[], work=False, hooks=True)
@example(calm=["stashed"], torn="rebasing", names=["-x"], work=False, hooks=False)
@settings(
    max_examples=STATES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
def test_nothing_of_the_persons_changes_in_any_state(
    calm: list[str], torn: str, names: list[str], work: bool, hooks: bool
) -> None:
    """The same for a verification and a refused merge, whatever combination of states they left behind."""
    with tempfile.TemporaryDirectory() as folder:
        bank = make_repository(Path(folder) / "work")
        top = bank.parent
        branch = own_branch(top)
        if names:
            oddly_named(top, names)
        for name in calm:
            CALM[name](top)
        if (left := TORN[torn]) is not None:
            left(top)
        if work and torn in ("", "detached"):
            dirty(top)
        if hooks:
            hooked(top)
        unchanged(bank, branch, few_profiles(Path(folder) / "profiles", train=1, gate=2))


def unchanged(bank: Path, branch: str, profiles: Path, *, run: bool = False) -> None:
    """After a run (where asked), a verification and a refused merge all of theirs is as it was, and git finds nothing wrong."""
    top = bank.parent
    before = picture(top)
    options = ["--bank", str(bank), "--profiles", str(profiles), "--workers", "1"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_DIR", str(top / "nowhere"))
        patch.setenv("GIT_INDEX_FILE", str(top / "no-index"))
        if run:
            ran = CliRunner().invoke(escs, ["evolve", *options, "--rounds", "1", "--max-pairs", "20"])
            assert ran.exit_code == 0, ran.output
        verified = CliRunner().invoke(escs, ["verify", branch, *options, "--max-pairs", "20", "--base", "main"])
        assert verified.exit_code == 1, verified.output  # it is better by nothing
        refused = CliRunner().invoke(escs, ["merge", branch, "--bank", str(bank)])
        assert refused.exit_code != 0
    assert picture(top) == before
    assert not (top / "hook-ran").exists()
    assert "error" not in git(top, "fsck", "--no-dangling")
    assert git_clean(top, "for-each-ref", "refs/escs/verdicts")
    assert not run or "evolve/" in git_clean(top, "for-each-ref", "refs/heads/evolve")


def git_clean(top: Path, *args: str) -> str:
    """Git without the person's hooks."""
    return git(top, "-c", "core.hooksPath=/dev/null", *args)
