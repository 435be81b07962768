"""Prototypes: key units (those with a clear outcome) grouped by the seeker's state before and the supporter's action.

Texts are left behind here. What discovery keeps of a unit are its labels, so that no sentence of a dialogue can find its
way into a skill, and a corpus of any length fits into memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from escs.evolve.discover.unit import Unit

CLEAR = {"constructive": 1.0, "negative": 0.0}
"""Outcomes that make a key unit, and what a contrast counts them as."""

SIMULATED = ("sage", "simulat")
"""Sources whose seekers are simulated begin so; their figures never stand under `observed`."""

TITLES = {"esconv": "ESConv", "failed-esconv": "FailedESConv", "sage": "SAGE"}

FEWEST_UNITS, FEWEST_DIALOGUES = 5, 3
"""Support of a prototype: below, a pair of state and action is an anecdote."""


@dataclass(frozen=True, slots=True)
class Key:
    """The labels of a unit."""

    dialogue: str
    turn: int  # from 1
    source: str
    scenario: str
    state: str
    intensity: int | None  # 0 to 100
    action: str
    strategy: str
    outcome: str
    graded: float | None = None  # recorded change of emotion, points of 0 to 100
    change: str = ""
    previous: str = ""  # the strategy of the supporter's move before, "" at the first
    feedback: int | None = None  # the stars that the seeker gave, 1 to 5

    @property
    def basis(self) -> str:
        """`simulated` or `observed`."""
        return basis_of(self.source)

    @property
    def clear(self) -> bool:
        """Whether this is a key unit: with an action, and an outcome that is constructive or negative."""
        return bool(self.action) and self.outcome in CLEAR

    @property
    def cluster(self) -> tuple[str, str]:
        """What its dialogue is known by."""
        return (self.source, self.dialogue)


@dataclass(frozen=True, slots=True)
class Prototype:
    """What was done in a state, how often, and how it went."""

    basis: str
    action: str
    state: str
    constructive: int
    negative: int
    dialogues: int
    sources: tuple[tuple[str, int], ...]  # units by source, the largest first
    changes: tuple[tuple[str, int], ...] = field(default=())  # response changes of its constructive units

    @property
    def units(self) -> int:
        """Key units."""
        return self.constructive + self.negative


def basis_of(source: str) -> str:
    """Whether a source's seekers were people (`observed`) or simulated."""
    return "simulated" if source.lower().startswith(SIMULATED) else "observed"


def title_of(source: str) -> str:
    """A source's name as people know it."""
    return TITLES.get(source, source)


def key_of(unit: Unit) -> Key:
    """A unit's labels, without what was said and without the move before."""
    return Key(
        dialogue=unit.dialogue,
        turn=unit.turn,
        source=unit.source,
        scenario=unit.scenario,
        state=unit.before.state,
        intensity=unit.before.intensity,
        action=unit.action,
        strategy=unit.strategy,
        outcome=unit.outcome,
        graded=unit.emotion_change,
        change=unit.change,
        feedback=unit.feedback,
    )


def keys_of(units: Iterable[Unit]) -> list[Key]:
    """The labels of all units, ordered by source, dialogue and turn, each with the strategy of the move before."""
    return in_order(key_of(unit) for unit in units)


def in_order(keys: Iterable[Key]) -> list[Key]:
    """Labels by source, dialogue and turn, whatever order they came in, each with the strategy of the move before."""
    ordered = sorted(keys, key=lambda key: (key.source, key.dialogue, key.turn, key.action, key.outcome))
    made: list[Key] = []
    for key in ordered:
        last = made[-1] if made and made[-1].cluster == key.cluster else None
        made.append(replace(key, previous=last.strategy if last else ""))
    return made


def prototypes(keys: Sequence[Key], *, units: int = FEWEST_UNITS, dialogues: int = FEWEST_DIALOGUES) -> list[Prototype]:
    """The prototypes with enough support, by action and state; a state that nobody knows makes none."""
    groups: dict[tuple[str, str, str], list[Key]] = {}
    for key in keys:
        if key.clear and key.state:
            groups.setdefault((key.basis, key.action, key.state), []).append(key)
    made = [prototype(group) for _, group in sorted(groups.items())]
    return [one for one in made if one.units >= units and one.dialogues >= dialogues]


def prototype(group: Sequence[Key]) -> Prototype:
    """The prototype of key units that share basis, action and state."""
    outcomes = Counter(key.outcome for key in group)
    changes = Counter(key.change for key in group if key.change and key.outcome == "constructive")
    return Prototype(
        basis=group[0].basis,
        action=group[0].action,
        state=group[0].state,
        constructive=outcomes["constructive"],
        negative=outcomes["negative"],
        dialogues=len({key.cluster for key in group}),
        sources=counted(Counter(key.source for key in group)),
        changes=counted(changes),
    )


def counted(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    """Counts as pairs, the largest first and equals by name."""
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
