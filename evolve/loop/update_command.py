"""`escs update`: later skills and fixes that ship with escs, brought into a bank that began as a copy of them."""

from __future__ import annotations

import os
from pathlib import Path

import click
from escs.evolve.branches.lock import lock
from escs.evolve.branches.repository import Repository, now
from escs.evolve.branches.words import message, trailers
from escs.evolve.loop.merge import MergeRefusedError, arrive, has_name, merged_tree, take_back, target_of
from escs.evolve.loop.shared import BANK, repository_of
from escs.runtime.errors import UsageError
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.terminal import plain

MARK = "Escs-Shipped"
FIRST = "Start from the bank that ships with escs"
"""The subject of the commit that `escs init` makes."""


@click.command(epilog="Example: escs update --bank my-bank/skills")
@BANK
def update(bank: Path | None) -> None:
    """Bring later shipped skills into your bank by a three-way merge: your edits stay, and a conflict is left to you."""
    repository = repository_of(bank)
    with lock(repository):
        click.echo(plain(bring(repository)))


def shipped_files() -> dict[str, bytes | None]:
    """The files of the bank that ships, by path."""
    found: dict[str, bytes | None] = {}
    for folder, folders, names in os.walk(SHIPPED_BANK):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        for name in names:
            if not name.startswith("."):
                path = Path(folder, name)
                found[path.relative_to(SHIPPED_BANK).as_posix()] = path.read_bytes()
    return found


def bring(repository: Repository) -> str:
    """Merge the shipped bank as it is now; what to say of it. Raises `MergeRefusedError` for a conflict.

    The shipped banks form a line of their own, from the commit that `escs init` made: a commit of that line is the
    second parent of each update, so that git finds the common ancestor itself.
    """
    target, ref = target_of(repository, None)
    last = _last(repository, target)
    tree = repository.tree_with("", shipped_files())
    if repository.bank_tree(last) == tree:
        return "The bank has everything that ships with this escs."
    vendor = repository.commit(
        repository.root_with(last, tree), [last],
        message("The bank that ships with escs", "", {MARK: tree}), date=repository.date(last),
    )  # fmt: skip
    merged = merged_tree(repository, target, vendor, "the bank that ships with escs")
    commit = repository.commit(
        merged, [target, vendor], message("Update from the bank that ships with escs", "", {MARK: tree}), date=now(),
        mine=not has_name(repository),
    )  # fmt: skip
    back = f"Take it back with: {take_back(repository, commit)}"
    arrived = arrive(repository, ref, target, commit, "update", back)
    if not arrived.arrived:
        raise MergeRefusedError(arrived.said)
    return f"Your bank has the skills that ship with this escs, with your edits kept. {arrived.said}"


def _last(repository: Repository, target: str) -> str:
    """The newest commit of the shipped line that is in the history."""
    listed = repository.run("log", "--format=%H", "--end-of-options", target).decode().split()
    for commit in listed:
        if MARK in trailers(repository.message(commit)) and len(repository.parents(commit)) <= 1:
            return commit
    for commit in reversed(listed):
        if repository.message(commit).startswith(FIRST):
            return commit
    raise UsageError("This bank did not begin with `escs init`, so that there is nothing to compare it with.")
