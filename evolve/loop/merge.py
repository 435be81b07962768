"""Merging what was verified: refused unless an accepted verdict exists for exactly this change of the bank.

The merge is made as objects; only where the target is checked out does it arrive as git's own fast-forward, in that
worktree and with the person's own settings, and only if no file that it touches has uncommitted changes.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from escs.evolve.branches.repository import GitError, Repository, now
from escs.evolve.branches.verdicts import Evidence, read
from escs.evolve.branches.words import message, slug
from escs.evolve.loop.base import compared
from escs.evolve.loop.setting import has_prompts_of_now
from escs.runtime.errors import EscsError, UsageError

READY = "refs/heads/evolve/ready/"
"""Where a merge waits that could not arrive because files of the person's were in its way."""
CHAIN = 50  # proposals in a row that one merge may bring


class MergeRefusedError(EscsError):
    """A merge that may not be, with the reason and what to do."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge: its commit, whether it has arrived, and what to say of it."""

    commit: str
    arrived: bool
    said: str


def accepted_chain(repository: Repository, target: str, branch: str) -> list[Evidence]:
    """The accepted verdicts that lead from the bank of a commit to a branch's, the last one first.

    Raises `MergeRefusedError` where one is missing, not accepted, or made with other prompts than those of this escs.
    """
    chain: list[Evidence] = []
    tip, base_tree = repository.commit_of(branch), repository.bank_tree(target)
    direct = read(repository, base_tree, repository.bank_tree(tip))
    if direct is not None and direct.outcome == "accepted":
        return [_current(direct, branch)]
    for _ in range(CHAIN):
        tree = repository.bank_tree(tip)
        if tree == base_tree:
            return chain
        if repository.is_ancestor(tip, target):
            raise _moved_on(branch)
        try:
            step = compared(repository, tip)
        except UsageError as error:
            raise _moved_on(branch) from error
        evidence = read(repository, step.base_tree, tree)
        if evidence is None:
            raise MergeRefusedError(_unverified(repository, branch, step.trailers, step.base_tree, tree))
        if evidence.outcome != "accepted":
            raise MergeRefusedError(f"{branch} was {evidence.outcome}: {evidence.why}")
        chain.append(_current(evidence, branch))
        tip = step.base
    raise MergeRefusedError(f"{branch} does not lead back to the bank that it would be merged into.")


def _moved_on(branch: str) -> MergeRefusedError:
    return MergeRefusedError(
        f"The bank that {branch} would go into is not the one it was verified against; bring it up to date "
        f"(git switch {branch}; git merge -), then verify it anew: escs verify {branch}"
    )


def _current(evidence: Evidence, branch: str) -> Evidence:
    """The evidence, where it was made with the prompts of this escs: others make other replies."""
    if not has_prompts_of_now(evidence.record):
        raise MergeRefusedError(f"{branch} was verified with other prompts than those of this escs; verify it again.")
    return evidence


def _unverified(repository: Repository, branch: str, found: dict[str, str], base: str, tree: str) -> str:
    if "Escs-Base" not in found or repository.bank_tree(branch) != tree:
        return f"{branch} was changed after it was verified, or never was (stale); run: escs verify {branch}"
    return f"There is no verdict on {branch} ({base[:8]} → {tree[:8]}); run: escs verify {branch}"


def merge(repository: Repository, branch: str, *, into: str | None = None, unattended: bool = False) -> Merged:
    """Merge a verified branch into the branch that is checked out, or into `into`.

    Raises `MergeRefusedError` where the verdict, the target or a person's uncommitted work forbids it, or where nobody is
    there (`unattended`) and it changes skills for danger; nothing is lost or half done then.
    """
    target, ref = target_of(repository, into)
    tip = repository.commit_of(branch)
    if ref in (branch, f"refs/heads/{branch}"):
        raise MergeRefusedError(
            f"{branch} cannot go into itself; name the branch that it goes into: escs merge {branch} --into BRANCH"
        )
    if repository.is_ancestor(tip, target):
        raise MergeRefusedError(f"{branch} is merged already.")
    base_tree = repository.bank_tree(target)
    if repository.bank_tree(tip) == base_tree:
        raise MergeRefusedError(f"{branch} does not change the bank; merge it with git, if you like.")
    chain = accepted_chain(repository, target, branch)
    if unattended and any(evidence.record["terms"]["sensitive"] for evidence in chain):
        raise MergeRefusedError(
            f"{branch} changes skills for danger and waits for a person: escs review {branch}   then: escs merge {branch}"
        )
    tree = merged_tree(repository, target, tip, branch)
    if repository.run("rev-parse", f"{tree}:{'/'.join(repository.folder)}").decode().strip() != repository.bank_tree(
        tip
    ):
        raise MergeRefusedError(
            f"The bank changed since {branch} was verified, and the merge would be a bank that nobody verified; "
            f"bring the branch up to date (git switch {branch}; git merge {ref.removeprefix('refs/heads/')}) and verify it anew"
        )
    first = chain[0].record
    verdict = first["verdict"]
    body = (
        f"{first.get('title') or branch}\n\nFor {first['terms']['group']}: {verdict['effect']:+.2f} points of final emotion "
        f"({verdict['low']:+.2f} to {verdict['high']:+.2f}) over {verdict['primary']} pairs. {verdict['why'][0]}"
    )
    stamp = {"Escs-Machinery": "only"} if chain[0].machinery_only else {}
    text = message(
        f"Merge {branch}",
        body,
        {
            "Escs-Run": str(first.get("run", "")) or "by-hand",
            "Escs-Base": base_tree,
            "Escs-Candidate": repository.bank_tree(tip),
            "Escs-Verdict": chain[0].commit,
            **stamp,
        },
    )
    commit = repository.commit(tree, [target, tip], text, date=now(), mine=not has_name(repository))
    return arrive(repository, ref, target, commit, branch, f"Take it back with: {take_back(repository, commit)}")


def take_back(repository: Repository, commit: str) -> str:
    """The command that takes a merge back, as it works from the folder that the person is in."""
    return f"{_git(repository)} revert -m 1 {commit[:10]}"


def _git(repository: Repository) -> str:
    """`git`, with the repository's folder where git would not find it from here."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the folder was removed meanwhile
        return f"git -C {shlex.quote(str(repository.top))}"
    found = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)
    inside = found is not None and found.resolve() == repository.top.resolve()
    return "git" if inside else f"git -C {shlex.quote(str(repository.top))}"


def has_name(repository: Repository) -> bool:
    """Whether the person has told git who they are."""
    return repository.ask("config", "user.email")[0] == 0


def target_of(repository: Repository, into: str | None) -> tuple[str, str]:
    """The target's commit and ref. Raises `MergeRefusedError` for a detached head, or a branch that is not there."""
    if into is not None:
        ref = f"refs/heads/{into}"
        commit = repository.ref(ref)
        if not commit:
            raise MergeRefusedError(f"There is no branch {into!r}; `git branch` lists the branches.")
        return commit, ref
    status, out, _ = repository.ask("symbolic-ref", "--quiet", "HEAD")
    if status:
        raise MergeRefusedError("No branch is checked out (detached head); switch to one, or name it with --into.")
    return repository.commit_of("HEAD"), out.decode().strip()


def merged_tree(repository: Repository, target: str, tip: str, branch: str) -> str:
    """The tree of a merge, made as objects. Raises `MergeRefusedError` naming the files where both sides changed lines."""
    status, out, said = repository.ask("merge-tree", "--write-tree", "--name-only", "-z", target, tip)
    parts = out.decode("utf-8", errors="replace").split("\0")
    if status == 0:
        return parts[0].strip()
    if status == 1:
        files = [*takewhile(bool, parts[1:])]  # messages follow behind an empty one
        raise MergeRefusedError(
            f"{branch} and the bank both changed {', '.join(files) or 'the same lines'} since they parted; "
            f"settle it yourself with `git merge {branch}`, or let escs propose anew. Nothing was changed."
        )
    raise GitError(f"git merge-tree failed: {said.strip().splitlines()[-1] if said.strip() else status}")


def arrive(repository: Repository, ref: str, target: str, commit: str, branch: str, back: str) -> Merged:
    """Move the target: by git's own fast-forward where it is checked out, else by its ref."""
    worktree = _worktree(repository, ref)
    short = ref.removeprefix("refs/heads/")
    if worktree is None:
        repository.publish(ref, commit, target, why=f"escs merge {branch}")
        return Merged(commit, arrived=True, said=f"{branch} is merged into {short} ({commit[:10]}). {back}")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # The person's own git, with their hooks and settings: the one place that uses them. Without merge.autostash, which would
    # let the merge through and leave conflict markers in their uncommitted work.
    done = subprocess.run(
        ["git", "merge", "--ff-only", "--no-autostash", "--quiet", commit],
        cwd=worktree, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return Merged(commit, arrived=True, said=f"{branch} is merged into {short} ({commit[:10]}). {back}")
    waiting = f"{READY}{slug(branch, 80)}"
    repository.publish(waiting, commit, repository.ref(waiting), why=f"escs merge {branch}: ready")
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    reason = " ".join(lines[:4]) or "git refused the fast-forward"
    return Merged(
        commit,
        arrived=False,
        said=f"The merge is ready and has not arrived: {reason} Commit or put away those changes, then finish it with: "
        f"{_git(repository)} merge --ff-only {waiting.removeprefix('refs/heads/')}",
    )


def _worktree(repository: Repository, ref: str) -> Path | None:
    """The worktree in which a branch is checked out."""
    path: Path | None = None
    for line in repository.run("worktree", "list", "--porcelain", "-z").split(b"\0"):
        if line.startswith(b"worktree "):
            path = Path(os.fsdecode(line[9:]))
        elif line == b"branch " + os.fsencode(ref):
            return path
    return None


def check(repository: Repository, revision: str) -> str:
    """What an accepted verdict says of the change that a commit makes to the bank, for a forge's CI.

    Raises `MergeRefusedError` where the commit changes the bank without one.
    """
    commit = repository.commit_of(revision)
    parents = repository.parents(commit)
    if not parents:
        return f"{commit[:10]} is the first commit."
    before, after = repository.bank_tree(parents[0]), repository.bank_tree(commit)
    if before == after:
        return f"{commit[:10]} does not change the bank."
    direct = read(repository, before, after)
    if direct is not None and direct.outcome == "accepted":
        return f"{commit[:10]} is an accepted change of the bank."
    if len(parents) > 1 and repository.bank_tree(parents[1]) == after:
        accepted_chain(repository, parents[0], parents[1])
        return f"{commit[:10]} brings accepted changes of the bank."
    raise MergeRefusedError(f"{commit[:10]} changes the bank, and no accepted verdict says so (after `escs sync`).")
