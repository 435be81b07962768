"""What units say of a skill: its action, in the states, scenarios and turns of its conditions, against other actions there.

It is a claim about the action and not about the skill's words: nobody in the corpora had read the skill. Units that
people marked `Others` (greetings, farewells, small talk) are evidence for no skill; they stay among those compared with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from escs.evolve.discover.contrast import Estimate, false_discovery
from escs.evolve.discover.contrasts import RUN_AT, Point, compare, points
from escs.evolve.discover.prototypes import Key, title_of
from escs.runtime.bank.match import parse_range
from escs.runtime.bank.skill import Skill
from escs.runtime.bank.why import BASES
from escs.runtime.safety import CRISIS_SKILLS

UNMARKED = "Others"
MATCHED_ON = "matched on source, turn, starting intensity and state"
OURS = {"observed": ("basis: observed", "units:", "association:"), "simulated": ("basis: simulated", "simulated-")}
"""By basis, how the lines begin that discovery writes and may write anew; every other line of evidence is a person's."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a skill applies, as far as units can tell: an empty set of labels means any."""

    action: str
    states: frozenset[str] = frozenset()
    scenarios: frozenset[str] = frozenset()
    not_states: frozenset[str] = frozenset()
    first: int = 1
    last: int = 999

    def holds(self, key: Key) -> bool:
        """Whether a unit lies there, whatever its action."""
        return (
            (not self.states or key.state in self.states)
            and key.state not in self.not_states
            and (not self.scenarios or key.scenario in self.scenarios)
            and self.first <= key.turn <= self.last
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """What the units of one basis say of a skill."""

    skill: str
    basis: str
    place: Place
    units: tuple[Key, ...]  # of the action, with a clear outcome
    others: int  # units of other actions there
    estimate: Estimate | None  # None: too few to compare
    q: float = 1.0  # adjusted over the claims of all skills

    @property
    def apart(self) -> bool:
        """Whether it can be told apart from chance."""
        return self.estimate is not None and self.q <= RUN_AT

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of evidence; simulated figures never stand under observed ones."""
        before = "" if self.basis == "observed" else "simulated-"
        by_source = Counter(key.source for key in self.units)
        named = ", ".join(title_of(source) for source in sorted(by_source))
        dialogues = len({key.cluster for key in self.units})
        well = sum(key.outcome == "constructive" for key in self.units)
        lines = [
            f"basis: {self.basis}",
            f"{before}units: {len(self.units)} from {named}, in {dialogues} dialogues; {well} constructive",
        ]
        if self.estimate is None:
            return (*lines, f"{before}association: too few to compare with other actions")
        low, high = (_signed(value) for value in (self.estimate.low, self.estimate.high))
        apart = "" if self.apart else "; not told apart from chance"
        return (
            *lines,
            f"{before}association: {_signed(self.estimate.difference)} ({low} to {high}), {MATCHED_ON}{apart}",
        )


def _signed(value: float) -> str:
    return f"{value:+.2f}" if abs(value) >= 0.005 else "0.00"


def place_of(skill: Skill) -> Place:
    """Where a skill applies, from those of its conditions that units can tell."""
    sets: dict[str, set[str]] = {"state": set(), "scenario": set(), "not state": set()}
    first, last = 1, 999
    for condition in skill.conditions:
        name = f"not {condition.key}" if condition.negated else condition.key
        if name in sets:
            sets[name].update(condition.values)
        elif name == "turn" and condition.values and (found := parse_range(condition.values[0])):
            first, last = found
    return Place(
        skill.action, frozenset(sets["state"]), frozenset(sets["scenario"]), frozenset(sets["not state"]), first, last
    )


def claims(skills: Sequence[Skill], keys: Sequence[Key]) -> list[Claim]:
    """What the units say of each skill, observed and simulated apart. Crisis skills are left alone."""
    by_basis: dict[str, list[Point]] = {basis: [] for basis in BASES}
    for point in points(keys):
        by_basis[point.key.basis].append(point)
    made: list[Claim] = []
    for skill in sorted(skills, key=lambda skill: skill.name):
        if skill.name in CRISIS_SKILLS:
            continue
        place = place_of(skill)
        for basis in BASES:
            claim = _claim(skill.name, basis, place, by_basis[basis])
            if claim is not None:
                made.append(claim)
    tested = [claim.estimate.p for claim in made if claim.estimate is not None]
    adjusted = iter(false_discovery(tested))
    return [_with_q(claim, next(adjusted)) if claim.estimate is not None else claim for claim in made]


def _claim(skill: str, basis: str, place: Place, all_points: Sequence[Point]) -> Claim | None:
    here = [point for point in all_points if place.holds(point.key)]
    own = [point for point in here if point.action == place.action and point.key.strategy != UNMARKED]
    if not own:
        return None
    others = [point for point in here if point.action != place.action]
    estimate = compare([*own, *others], place.action)
    units = tuple(sorted((point.key for point in own), key=lambda key: (key.source, key.dialogue, key.turn)))
    return Claim(skill, basis, place, units, len(others), estimate)


def _with_q(claim: Claim, q: float) -> Claim:
    return Claim(claim.skill, claim.basis, claim.place, claim.units, claim.others, claim.estimate, q)


def written_under(written: Sequence[str], basis: str) -> list[str]:
    """The lines of a skill's evidence that discovery wrote for a basis."""
    return [text for text in written if text.strip().startswith(OURS[basis])]


def merged(written: Sequence[str], found: Sequence[Claim], rewritten: Collection[str]) -> list[str]:
    """The lines of a skill's evidence: what a person wrote as it stands, then what units say, basis by basis.

    Only lines of the bases in `rewritten` are made anew, from what is `found`; those of others stay.
    """
    ours = tuple(start for starts in OURS.values() for start in starts)
    lines = [text for text in written if not text.strip().startswith(ours)]
    for basis in BASES:
        if basis in rewritten:
            lines += [line for claim in found if claim.basis == basis for line in claim.lines]
        else:
            lines += written_under(written, basis)
    return lines or ["basis: author"]
