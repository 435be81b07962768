"""What stays of a bank's evidence and figures when corpora are read: whatever rests on corpora that are not among them.

A handful of talks must not erase what thousands said. So each row of `evidence.jsonl`, the lines in the skill that it stands
behind, and each table of `figures.toml` is made anew only where all corpora it rests on are given again, where nothing stood
yet, or where a person consents (`--replace`). What nothing new can be said of stays even then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from escs.evolve.discover.evidence import Claim, written_under
from escs.runtime.bank.why import BASES, file_of
from escs.runtime.figures import Figures, Provenance, Table

NAMED = 5  # skills that a sentence names; the rest are counted

Place = tuple[str, str]
"""A skill's name and a basis."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A bank's evidence as it stands: its rows, and the corpora that each rests on."""

    rows: Mapping[Place, dict[str, Any]] = field(default_factory=dict)
    rests_on: Mapping[Place, tuple[str, ...]] = field(default_factory=dict)
    corpora: tuple[str, ...] = ()  # of all rows


def standing(bank: Path) -> Standing:
    """The evidence of a bank. Raises `BankError` where its file cannot be used."""
    head, found = file_of(bank)
    everything = tuple(head.get("corpora", ()))
    rows = {(row["skill"], row["basis"]): row for row in found}
    return Standing(rows, {place: tuple(row.get("corpora", everything)) for place, row in rows.items()}, everything)


def given_again(rests_on: Collection[str], given: Collection[str]) -> bool:
    """Whether all corpora that something rests on are among those given; where none is named, nobody can tell."""
    return bool(rests_on) and set(rests_on) <= set(given)


@dataclass(slots=True)
class Settled:
    """What becomes of the evidence."""

    taken: list[Claim] = field(default_factory=list)
    kept: list[Place] = field(default_factory=list)  # rows that rest on other corpora and stay
    gone: set[Place] = field(default_factory=set)  # rows whose corpora, given again, say nothing any more
    held_back: list[Claim] = field(default_factory=list)  # what would replace something kept
    others: set[str] = field(default_factory=set)  # the corpora behind what is kept

    def rewritten(self, skill: str) -> frozenset[str]:
        """The bases whose lines in a skill are made anew."""
        mine = {claim.basis for claim in self.taken if claim.skill == skill}
        return frozenset(mine | {basis for name, basis in self.gone if name == skill})


def settle(
    found: Sequence[Claim],
    before: Standing,
    given: Collection[str],
    written: Mapping[str, Sequence[str]],
    *,
    consent: bool,
) -> Settled:
    """Which claims take their place, and which rows stay. `written` are the lines of evidence of the bank's skills, by name.

    Rows of skills that are not among those are let go: the skill has been taken out of the bank.
    """
    settled = Settled()
    new = {(claim.skill, claim.basis): claim for claim in found}
    for place in sorted({*new, *before.rows}, key=lambda place: (place[0], BASES.index(place[1]))):
        claim = new.get(place)
        if claim is not None and (consent or _free(place, claim, before, given, written)):
            settled.taken.append(claim)
        elif place in before.rows and place[0] in written and not given_again(before.rests_on[place], given):
            settled.kept.append(place)
            settled.others |= set(before.rests_on[place])
        elif place in before.rows:
            settled.gone.add(place)
        if claim is not None and claim not in settled.taken:
            settled.held_back.append(claim)
    return settled


def _free(
    place: Place, claim: Claim, before: Standing, given: Collection[str], written: Mapping[str, Sequence[str]]
) -> bool:
    """Whether a claim takes nothing away: nothing stood there, or what stood rests on corpora that are given again."""
    if place in before.rows:
        return given_again(before.rests_on[place], given)
    lines = written_under(written.get(place[0], ()), place[1])
    # Lines without a row: a run was cut off before it wrote the rows, or the skill came from another bank.
    return len(lines) < 2 or lines == [*claim.lines]


@dataclass(frozen=True, slots=True)
class Made:
    """What corpora yield for the figures: either table may be empty."""

    help: Table
    habit: Figures | None
    provenance: Provenance


def figures_after(old: Figures, made: Made, rests_on: Collection[str], *, consent: bool) -> tuple[Figures, bool, bool]:
    """The figures, whether a table from other corpora stays, and whether a new one would have taken its place."""
    again = given_again(rests_on, made.provenance.corpora)
    helped = again or (bool(made.help) and (consent or not old.help))
    habit = made.habit is not None and (again or consent or not old.habit)
    base = made.habit if made.habit is not None and habit else old
    origin = base.provenance if base.habit else made.provenance
    stays = (bool(old.help) and not helped) or (bool(old.habit) and not habit)
    if stays and not (helped or habit):
        origin = old.provenance
    elif stays and not again:
        origin = _both(old.provenance, made.provenance, origin)
    kept = stays and not again
    held = kept and ((bool(made.help) and not helped) or (made.habit is not None and not habit))
    return replace(base, provenance=origin, help=made.help if helped else old.help), kept, held


def _both(old: Provenance, new: Provenance, counted: Provenance) -> Provenance:
    """Where two tables of different corpora come from; `counted` is that of the habit, to which the counts belong."""

    def joined(first: str, second: str, between: str) -> str:
        return first if second in first else f"{first}{between}{second}" if first else second

    return replace(
        counted,
        corpora=tuple(sorted({*old.corpora, *new.corpora})),
        licence=joined(old.licence, new.licence, " "),
        command=joined(old.command, new.command, "; "),
    )


def told(settled: Settled, others: Collection[str], *, figures: bool, held: bool) -> str:
    """What is kept and why, and how it could be replaced, in a line or two; "" where nothing is. `figures` says whether
    figures are kept that rest on `others`, `held` whether the corpora given have other ones."""
    skills = {name for name, _ in settled.kept} | {claim.skill for claim in settled.held_back}
    if not skills and not figures:
        return ""
    what = [f"the evidence of {len(skills)} skill{'s' if len(skills) > 1 else ''}"] if skills else []
    what += ["the figures"] if figures else []
    named = ", ".join(sorted(settled.others | set(others)))
    said = f"Kept as it was: {' and '.join(what)}, from {named or 'corpora that are not named'}."
    names = sorted({claim.skill for claim in settled.held_back})
    waiting = (
        [", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")] if names else []
    )
    waiting += ["the figures"] if held else []
    if waiting:
        said += f" What these corpora say of {' and of '.join(waiting)} takes its place with --replace, or once those are given as well."
    return said
