"""Verdicts exchanged with a remote repository, ref by ref: never by force, and nothing of either side is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from escs.evolve.branches.repository import Repository
from escs.evolve.branches.verdicts import VERDICTS

INCOMING = "refs/escs/incoming/"
"""Where a remote's verdicts stand while they are compared with ours; empty before and after."""
AT_ONCE = 500  # refs that one push names: a command line has an end


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What an exchange did: verdicts here afterwards, how many came, and the refs whose two sides have parted."""

    here: int
    came: int
    parted: tuple[str, ...]


def exchange(repository: Repository, remote: str) -> Exchanged:
    """Take what a remote has and we lack, and give it what it lacks. Where both added to one verdict, each side keeps its own.

    Raises `GitError` where the remote cannot be reached or refuses a ref.
    """
    _clear(repository)
    try:
        theirs = _fetched(repository, remote)
        ours = repository.refs(VERDICTS)
        taken, given, parted = _compared(repository, ours, theirs)
        repository.publish_all([(name, theirs[name], ours.get(name, "")) for name in taken], why="escs sync")
        for start in range(0, len(given), AT_ONCE):
            specs = [f"{name}:{name}" for name in given[start : start + AT_ONCE]]
            repository.run("push", "--quiet", "--no-follow-tags", "--end-of-options", remote, *specs)
    finally:
        _clear(repository)
    return Exchanged(len(ours.keys() | theirs.keys()), len(taken), tuple(parted))


def _fetched(repository: Repository, remote: str) -> dict[str, str]:
    """The remote's verdicts, by the names that they have there and would have here.

    They come under names of their own, without pruning and without the refspecs of the person's settings: otherwise git would
    delete what the remote lacks (fetch.prune), or overwrite what it has otherwise (a mirror's refspec).
    """
    repository.run(
        "fetch", "--quiet", "--no-tags", "--no-prune", "--refmap=", "--no-write-fetch-head", "--end-of-options", remote,
        f"{VERDICTS}*:{INCOMING}*",
    )  # fmt: skip
    return {VERDICTS + name.removeprefix(INCOMING): commit for name, commit in repository.refs(INCOMING).items()}


def _compared(
    repository: Repository, ours: Mapping[str, str], theirs: Mapping[str, str]
) -> tuple[list[str], list[str], list[str]]:
    """The refs to take over, those to give, and those that have parted."""
    taken: list[str] = []
    given: list[str] = [name for name in ours if name not in theirs]
    parted: list[str] = []
    for name, commit in theirs.items():
        mine = ours.get(name, "")
        if mine == commit:
            continue
        if not mine or repository.is_ancestor(mine, commit):
            taken.append(name)
        elif repository.is_ancestor(commit, mine):
            given.append(name)
        else:
            parted.append(name)
    return taken, given, parted


def _clear(repository: Repository) -> None:
    left: Sequence[tuple[str, str, str]] = [(name, "", commit) for name, commit in repository.refs(INCOMING).items()]
    repository.publish_all(left, why="escs sync")
