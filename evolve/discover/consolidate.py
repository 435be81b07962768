"""Which skills the units speak for that a bank lacks: prototypes of one action become one skill, unless they go differently.

A prototype is covered where some skill of the bank has its action and its conditions let its state in. Prototypes that
are not covered are put together by action. A state where the action went better than other actions there, told apart
from chance, becomes a skill of its own; a state where it went worse becomes a contra-indication. The rest is one skill:
nothing in the data would justify telling it apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from escs.evolve.discover.contrasts import Finding
from escs.evolve.discover.evidence import UNMARKED, place_of
from escs.evolve.discover.prototypes import Key, Prototype, prototypes
from escs.runtime.bank.skill import Skill

FEWEST_UNITS, FEWEST_DIALOGUES = 20, 10
"""Support of a proposed skill, summed over its prototypes."""
WENT_WELL = 0.5
"""Share of constructive units below which an action is no way of helping, whatever it is compared with."""
MOST_STATES = 12
"""So many states and more are no condition any more: the few that are missing were seldom seen, not seen to go badly."""
NO_SKILLS = frozenset({"presence"})
"""Actions that units make no skill of: annotators used `Others` for greetings and farewells as much as for staying."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A skill that units speak for, before it has words."""

    name: str
    action: str
    states: tuple[str, ...]  # empty for any
    not_states: tuple[str, ...]  # the action went worse there than others
    turns: tuple[int, int] | None  # where it went well; None for anywhere
    units: int
    constructive: int
    dialogues: int
    changes: tuple[tuple[str, int], ...]  # what seekers did after it went well, the commonest first
    scenarios: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]  # told ones of this action, of both signs

    def holds(self, key: Key) -> bool:
        """Whether a unit is one of those that speak for it, or against it."""
        inside = key.state in self.states if self.states else key.state not in self.not_states
        return key.action == self.action and inside

    @property
    def support(self) -> str:
        """The support in words."""
        return f"{self.units} key units in {self.dialogues} dialogues, {self.constructive} of them constructive"


def candidates(keys: Sequence[Key], findings: Sequence[Finding], bank: Sequence[Skill]) -> list[Candidate]:
    """The skills that a bank lacks, by name. People's corpora count; simulated ones only where there are no others."""
    marked = [key for key in keys if key.strategy != UNMARKED and key.action not in NO_SKILLS]
    basis = "observed" if any(key.basis == "observed" for key in marked) else "simulated"
    mine = [key for key in marked if key.basis == basis and key.clear]
    told = [finding for finding in findings if finding.told and finding.question.basis == basis]
    free = [one for one in prototypes(mine) if not _covered(one, bank)]
    by_action: dict[str, list[Prototype]] = {}
    for prototype in free:
        by_action.setdefault(prototype.action, []).append(prototype)
    taken = {skill.name for skill in bank}
    made: list[Candidate] = []
    for action, group in sorted(by_action.items()):
        for states, general in _parts(action, group, told):
            candidate = _candidate(action, states, general, mine, told, taken)
            if candidate is not None:
                taken.add(candidate.name)
                made.append(candidate)
    return made


def _covered(prototype: Prototype, bank: Sequence[Skill]) -> bool:
    for skill in bank:
        place = place_of(skill)
        if place.action != prototype.action or prototype.state in place.not_states:
            continue
        if not place.states or prototype.state in place.states:
            return True
    return False


def _signed(action: str, told: Sequence[Finding], sign: int) -> set[str]:
    return {f.question.state for f in told if f.question.action == action and f.sign == sign}


def _parts(action: str, group: Sequence[Prototype], told: Sequence[Finding]) -> list[tuple[tuple[str, ...], bool]]:
    """The states of each skill to be, those that stand out first, and whether it is the general one."""
    better, worse = _signed(action, told, 1), _signed(action, told, -1)
    states = sorted({one.state for one in group})
    own = [((state,), False) for state in states if state in better]
    rest = tuple(state for state in states if state not in better and state not in worse)
    return [*own, *([(rest, True)] if rest else [])]


def _candidate(
    action: str, states: tuple[str, ...], general: bool, keys: Sequence[Key], told: Sequence[Finding], taken: set[str]
) -> Candidate | None:
    units = [key for key in keys if key.action == action and key.state in states]
    well = [key for key in units if key.outcome == "constructive"]
    dialogues = len({key.cluster for key in units})
    if len(units) < FEWEST_UNITS or dialogues < FEWEST_DIALOGUES or len(well) < WENT_WELL * len(units):
        return None
    mine = tuple(f for f in told if f.question.action == action)
    worse = tuple(sorted(_signed(action, told, -1) - {"*"} - set(states))) if general else ()
    return Candidate(
        name=_name(action, states, general, taken),
        action=action,
        states=states if len(states) < MOST_STATES else (),
        not_states=worse,
        turns=_turns(states, mine) or _usual(well, keys),
        units=len(units),
        constructive=len(well),
        dialogues=dialogues,
        changes=tuple(Counter(key.change for key in well if key.change).most_common(4)),
        scenarios=tuple(Counter(key.scenario for key in units if key.scenario).most_common(4)),
        findings=tuple(f for f in mine if f.question.state in (*states, *worse, "*")),
    )


def _turns(states: tuple[str, ...], findings: Sequence[Finding]) -> tuple[int, int] | None:
    """The turns that a single state's finding is bound to."""
    bound = {f.question.turns for f in findings if len(states) == 1 and f.question.state == states[0] and f.sign > 0}
    if len(bound) != 1 or not (turns := bound.pop()):
        return None
    low, _, high = turns.partition("-")
    return int(low), int(high or 99)


def _usual(well: Sequence[Key], keys: Sequence[Key]) -> tuple[int, int] | None:
    """The turns that hold nine in ten of the units that went well; None where that says nothing about when."""
    mine, all_turns = (sorted(key.turn for key in each) for each in (well, keys))
    low, high = mine[len(mine) // 20], mine[-1 - len(mine) // 20]
    late = high >= all_turns[-1 - len(all_turns) // 20]
    return None if low <= 1 and late else (low, 99 if late else high)


def _name(action: str, states: tuple[str, ...], general: bool, taken: set[str]) -> str:
    plain = action if general and action not in taken else f"{action}-when-{states[0]}"
    name, number = plain, 2
    while name in taken:
        name, number = f"{plain}-{number}", number + 1
    return name
