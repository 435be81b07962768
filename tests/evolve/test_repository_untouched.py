"""Nothing of the person's is touched, in whatever state they left their repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from escs.runtime.cli import escs
from people_repo import few_profiles, git, make_repository, picture

State = Callable[[Path], None]


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


def oddly_named(top: Path) -> None:
    """File names with spaces, a leading dash, quotes, line ends and letters beyond ASCII."""
    for name in ("-rf", "a b", "héllo", "tab\tname", "new\nline", "quote'\"s"):
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


STATES: list[State] = [everything, detached, merging, rebasing]


def own_branch(top: Path) -> str:
    """A branch with an edit of the person's own."""
    path = top / "skills" / "ask-open" / "SKILL.md"
    git(top, "switch", "-q", "-c", "own-edit")
    path.write_text(path.read_text(encoding="utf-8").replace("- How long", "- And how long"), encoding="utf-8")
    git(top, "commit", "-qam", "An edit by hand")
    git(top, "switch", "-q", "main")
    return "own-edit"


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_nothing_of_the_persons_changes(state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a run, a verification and a refused merge all of theirs is as it was, and git finds nothing wrong."""
    bank = make_repository(tmp_path / "work")
    top = bank.parent
    branch = own_branch(top)
    state(top)
    before = picture(top)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "no-index"))
    options = ["--bank", str(bank), "--profiles", str(few_profiles(tmp_path / "profiles")), "--workers", "1"]
    if state is everything:
        ran = CliRunner().invoke(
            escs, ["evolve", *options, "--rounds", "1", "--max-pairs", "20"], catch_exceptions=False
        )
        assert ran.exit_code == 0, ran.output
        assert "evolve/" in git_clean(top, "for-each-ref", "refs/heads/evolve"), ran.output
    verified = CliRunner().invoke(escs, ["verify", branch, *options, "--max-pairs", "20", "--base", "main"])
    assert verified.exit_code == 1, verified.output  # it is better by nothing
    refused = CliRunner().invoke(escs, ["merge", branch, "--bank", str(bank)])
    assert refused.exit_code != 0
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert picture(top) == before
    assert not (top / "hook-ran").exists()
    assert "error" not in git(top, "fsck", "--no-dangling")
    assert git_clean(top, "for-each-ref", "refs/escs/verdicts")


def git_clean(top: Path, *args: str) -> str:
    """Git without the person's hooks."""
    return git(top, "-c", "core.hooksPath=/dev/null", *args)
