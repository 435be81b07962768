"""What a branch is compared with: the commit that its change starts from."""

from __future__ import annotations

from dataclasses import dataclass

from escs.evolve.branches.repository import Repository
from escs.evolve.branches.words import trailers
from escs.runtime.errors import UsageError


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
    """The branch with its base: the one named, the parent of a proposal, or where it left what is checked out.

    A person's commits on top of a proposal are judged together with what they edit. Raises `UsageError` where there is
    nothing to compare.
    """
    tip = repository.commit_of(branch)
    tip_tree = repository.bank_tree(tip)
    found = trailers(repository.message(tip))
    if base is None:
        base = _start(repository, tip)
    else:
        base = repository.commit_of(base)
    base_tree = repository.bank_tree(base)
    if base_tree == tip_tree:
        raise UsageError(f"{branch} has the same bank as its base ({base[:12]}): there is nothing to verify.")
    return Compared(tip, base, tip_tree, base_tree, found)


def _start(repository: Repository, tip: str) -> str:
    parents = repository.parents(tip)
    if "Escs-Base" in trailers(repository.message(tip)) and len(parents) == 1:
        return parents[0]
    status, out, _ = repository.ask("merge-base", "HEAD", tip)
    if status:
        raise UsageError(
            "The branch has nothing in common with what is checked out; name its base with --base REVISION."
        )
    return out.decode().strip()
