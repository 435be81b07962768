"""What a branch is compared with: the commit that its change starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from escs.evolve.branches.repository import Repository
from escs.evolve.branches.words import trailers
from escs.runtime.errors import UsageError

TRUNKS = ("refs/heads/main", "refs/heads/master", "refs/remotes/origin/HEAD")
"""Where a branch may have begun that is checked out itself."""
FAR = 100  # commits of a branch that a proposal is looked for in


@dataclass(frozen=True, slots=True)
class Compared:
    """A branch's tip and the commit that it is compared with, with the bank's trees at both."""

    tip: str
    base: str
    tip_tree: str
    base_tree: str
    trailers: dict[str, str]

    @property
    def proposed(self) -> bool:
        """Whether the tip is a proposal of `escs evolve` as it was made, and no later edit."""
        return self.trailers.get("Escs-Base") == self.base_tree


def compared(repository: Repository, branch: str, base: str | None = None) -> Compared:
    """The branch with its base: the one named, the parent of a proposal, or where it left what is checked out; where the
    branch itself is checked out (or part of what is), where it left the main branch.

    A person's commits on top of a proposal are judged together with what they edit. Raises `UsageError` where there is
    nothing to compare.
    """
    tip = repository.commit_of(branch)
    tip_tree = repository.bank_tree(tip)
    found = trailers(repository.message(tip))
    if base is None:
        base = _start(repository, branch, tip)
    else:
        base = repository.commit_of(base)
    base_tree = repository.bank_tree(base)
    if base_tree == tip_tree:
        raise UsageError(
            f"{branch} has the same bank as its base ({base[:12]}): there is nothing to verify; another base is named with "
            "--base REVISION."
        )
    return Compared(tip, base, tip_tree, base_tree, found)


def _start(repository: Repository, branch: str, tip: str) -> str:
    parents = repository.parents(tip)
    if _is_proposal(repository, tip, parents):
        return parents[0]
    left = _parting(repository, "HEAD", tip)
    if not left:
        raise UsageError(
            "The branch has nothing in common with what is checked out; name its base with --base REVISION."
        )
    if left != tip:
        return left
    began = _began(repository, branch, tip)
    if not began:
        raise UsageError(
            f"Nothing shows where {branch} began; name the commit that it is compared with: --base REVISION"
        )
    return began


def _began(repository: Repository, branch: str, tip: str) -> str:
    """Where a branch began that is part of what is checked out; "" where nothing shows it.

    The main branch comes before the proposal that it was built on: there a merge looks for the verdict, and a branch that was
    brought up to date meets the bank that it would go into.
    """
    trunks = [name for name in TRUNKS if repository.ref(name)]
    places = [_parting(repository, name, tip) for name in trunks]
    places += [] if trunks else [_before_proposal(repository, tip)]
    places.append(_parting(repository, f"{branch}@{{upstream}}", tip))
    return next((place for place in places if place not in ("", tip)), "")


def _parting(repository: Repository, other: str, tip: str) -> str:
    """The last commit that two revisions have in common; "" where there is none, or no such revision."""
    status, out, _ = repository.ask("merge-base", "--end-of-options", other, tip)
    return "" if status else out.decode().strip()


def _before_proposal(repository: Repository, tip: str) -> str:
    """The parent of the last proposal that a branch was built on; "" where there is none."""
    listed = repository.run("rev-list", "--first-parent", f"-{FAR}", "--end-of-options", tip).decode().split()
    for commit in listed:
        parents = repository.parents(commit)
        if _is_proposal(repository, commit, parents):
            return parents[0]
    return ""


def _is_proposal(repository: Repository, commit: str, parents: Sequence[str]) -> bool:
    """Whether `escs evolve` made the commit; a merge of its proposals has two parents."""
    return len(parents) == 1 and "Escs-Base" in trailers(repository.message(commit))
