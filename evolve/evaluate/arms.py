"""The arms of an evaluation: who answers, always side by side. Banks are named by a git revision, or taken as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from escs.evolve.branches.repository import Repository
from escs.evolve.simulate.supporters import EXEMPLARS_OF
from escs.evolve.simulate.tree import snapshot, tree_hash
from escs.runtime.bank.bank import Bank
from escs.runtime.errors import UsageError

NAMES = ("none", "strategy", "static", "evolved", "exemplars")
WORDS = {
    "none": "the engine with a one-sentence prompt",
    "strategy": "the engine with the names of ESConv's eight strategies",
    "static": "a bank as it was discovered or written",
    "evolved": "a bank after `escs evolve`",
    "exemplars": "the engine with constructive moments of real dialogues, no skills",
}


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm: a supporter without skills (`supporter`), or a bank's folder with its tree hash."""

    name: str
    supporter: str | None = None
    bank: Path | None = None
    tree: str = ""
    revision: str = ""  # as it was given, "" for the folder as it stands
    by: str = "help"  # how a bank chooses its skills: `help` or `habit`

    @property
    def words(self) -> str:
        """What it is, in words."""
        of = f" ({self.revision})" if self.revision else ""
        how = ", choosing as people did" if self.by == "habit" else ""
        return f"{WORDS[self.name]}{of}{how}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line."""

    arms: tuple[str, ...]  # empty: all that can be
    bank: Path
    static: str | None = None
    evolved: str | None = None
    units: Path | None = None
    by: str = "help"


def arms_of(wanted: Wanted, folder: Path) -> list[Arm]:
    """The arms in their usual order; banks are copied into `folder`, which is one of ours.

    Raises `UsageError` for an unknown arm, and where one that was named lacks what it needs.
    """
    unknown = [name for name in wanted.arms if name not in NAMES]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is no arm; use {', '.join(NAMES)}, with commas between them.")
    chosen = wanted.arms or tuple(
        name
        for name in NAMES
        if not (name == "evolved" and wanted.evolved is None) and not (name == "exemplars" and wanted.units is None)
    )
    found = []
    for name in NAMES:
        if name not in chosen:
            continue
        if name in ("none", "strategy"):
            found.append(Arm(name, supporter=name))
        elif name == "exemplars":
            if wanted.units is None:
                raise UsageError("The arm `exemplars` needs --units FILE; `escs units CORPUS --out FILE` makes one.")
            if not wanted.units.is_file():
                raise UsageError(
                    f"There is no file {wanted.units}; `escs units CORPUS --out {wanted.units}` makes one."
                )
            found.append(Arm(name, supporter=f"{EXEMPLARS_OF}{wanted.units}"))
        else:
            revision = wanted.static if name == "static" else wanted.evolved
            if name == "evolved" and revision is None:
                raise UsageError("The arm `evolved` needs --evolved REV, a revision of the bank's repository.")
            found.append(replace(_bank(name, wanted.bank, revision, folder), by=wanted.by))
    return found


def _bank(name: str, bank: Path, revision: str | None, folder: Path) -> Arm:
    target = folder / name
    if revision is None:
        copied = snapshot(bank, target)
        arm = Arm(name, bank=copied, tree=tree_hash(copied))
    else:
        repository = Repository(bank)
        tree = repository.bank_tree(repository.commit_of(revision))
        arm = Arm(name, bank=repository.unpack(tree, target), tree=tree, revision=revision)
    assert arm.bank is not None
    if not len(Bank(arm.bank, cached=False)):
        raise UsageError(f"The bank of the arm `{name}` has no skills that can be used; `escs skills lint` says why.")
    return arm


def words_of(arms: Sequence[Arm]) -> list[str]:
    """One line for each arm."""
    return [f"{arm.name}: {arm.words}" for arm in arms]
