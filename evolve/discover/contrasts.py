"""Which contrasts are tested, and which of them are told: action by action within a state, matched, with false discoveries held down.

For each state, each action used there is set against the other actions there: over all turns, in the first four and
later, and scenario by scenario. Beside that, each action over all states where it does not stand out by itself.

- Matched on source, turn bucket and starting intensity bucket (over all states: on the state as well).
- Support: at least 20 units in 10 dialogues on each side, in strata that hold both; less is not tested.
- An action that stands out is set aside when the others of its state are compared. Otherwise, where advice does
  harm, everything else in that state would look like help. The strongest is set aside first, then all is tested anew.
- Of nested contrasts one is told: the parts (early and late, or scenarios) where they differ by more than chance, else
  the whole.
- False discoveries: Benjamini and Hochberg over everything tested. The contrasts of a state share units and so are not
  independent; the promised share is q = 0.05, and the procedure runs at three tenths of it (on planted corpora that keeps the share of false ones at about 2%).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from escs.evolve.discover.contrast import Estimate, Row, contrast, false_discovery, heterogeneity
from escs.evolve.discover.prototypes import CLEAR, Key

Q = 0.05  # promised: the expected share of false ones among the contrasts told
RUN_AT = 0.3 * Q
FEWEST_UNITS, FEWEST_DIALOGUES = 20, 10  # on each side
EARLY = 4  # turns: the first four of the supporter's moves are early
DIFFER = 0.05  # p of Cochran's Q below which parts of a whole are told instead of the whole
ANY = "*"
"""Stands for every state."""

_TURNS = (1, 2, 4, 6, 8, 11, 15, 20)  # upper bounds of the turn buckets; later turns are the last one


@dataclass(frozen=True, slots=True)
class Question:
    """One contrast: an action against others, in a state, at certain turns or in a scenario."""

    basis: str  # observed or simulated
    action: str
    state: str  # of the taxonomy, or ANY
    turns: str = ""  # "1-4", "5-", or "" for all
    scenario: str = ""

    @property
    def words(self) -> str:
        """In words, for people."""
        where = "in any state" if self.state == ANY else f"when {self.state}"
        when = {"": "", _EARLY: f", in the first {EARLY} turns", _LATE: f", from turn {EARLY + 1} on"}[self.turns]
        return f"{self.action} {where}{when}" + (f", about {self.scenario}" if self.scenario else "")


_EARLY, _LATE = f"1-{EARLY}", f"{EARLY + 1}-"


@dataclass(frozen=True, slots=True)
class Finding:
    """A contrast that was tested."""

    question: Question
    estimate: Estimate
    q: float  # p adjusted over everything tested
    told: bool  # survives, and no nested contrast tells it better
    aside: tuple[str, ...] = ()  # actions left out of the comparison, since they stand out themselves

    @property
    def survives(self) -> bool:
        """Whether it is told apart from chance."""
        return self.q <= RUN_AT

    @property
    def sign(self) -> int:
        """1 where it went better than the others, −1 where worse."""
        return 1 if self.estimate.difference > 0 else -1


def turn_bucket(turn: int) -> int:
    """The bucket that a turn is matched in."""
    return next((place for place, high in enumerate(_TURNS) if turn <= high), len(_TURNS))


def intensity_bucket(intensity: int | None) -> int:
    """The bucket that a starting intensity is matched in: quarters of 0 to 100, and one for unknown."""
    return -1 if intensity is None else min(intensity, 99) // 25


def stratum(key: Key) -> tuple[str, int, int, str]:
    """What is alike among the units that are compared."""
    return (key.source, turn_bucket(key.turn), intensity_bucket(key.intensity), key.state)


@dataclass(frozen=True, slots=True)
class Point:
    """A unit made ready for many contrasts: what is asked of it again and again, worked out once."""

    key: Key
    action: str
    state: str
    stratum: tuple[str, int, int, str]
    value: float
    cluster: tuple[str, str]


def points(keys: Iterable[Key], *, graded: bool = False) -> list[Point]:
    """Key units as points, by outcome; with `graded`, all units that have an action and a recorded change, by that."""
    kept = [key for key in keys if (key.action and key.graded is not None if graded else key.clear)]
    return [
        Point(
            key,
            key.action,
            key.state,
            stratum(key),
            key.graded if graded and key.graded is not None else CLEAR.get(key.outcome, 0.0),
            key.cluster,
        )
        for key in kept
    ]


def compare(here: Iterable[Point], action: str, *, aside: Iterable[tuple[str, str]] = ()) -> Estimate | None:
    """The action against the others among these points; `aside` are (action, state) whose units are left out."""
    left = {pair for pair in aside if pair[0] != action}
    rows: Iterable[Row] = (
        (point.stratum, point.action == action, point.value, point.cluster)
        for point in here
        if not left or (point.action, point.state) not in left
    )
    return contrast(rows, units=FEWEST_UNITS, dialogues=FEWEST_DIALOGUES)


Tested = list[tuple[Question, Estimate, tuple[str, ...]]]


def find(keys: Sequence[Key]) -> list[Finding]:
    """Every contrast with enough support, those told among them marked, by basis, action, state, turns and scenario."""
    clear = sorted(points(keys), key=lambda point: (point.key.basis, point.state))
    places: dict[tuple[str, str], list[Point]] = {}
    for point in clear:
        places.setdefault((point.key.basis, point.state), []).append(point)
    aside: dict[tuple[str, str], tuple[str, ...]] = dict.fromkeys(places, ())
    tested = {place: _in_state(place, group, ()) for place, group in places.items()}
    while True:
        everything = [row for found in tested.values() for row in found]
        chosen: dict[tuple[str, str], tuple[float, str]] = {}
        for (question, estimate, _), q in zip(everything, _adjusted(everything), strict=True):
            place = (question.basis, question.state)
            if q <= RUN_AT and question.action not in aside[place]:
                chosen[place] = min(chosen.get(place, (2.0, "")), (estimate.p, question.action))
        if not chosen:
            break
        for place, (_, action) in chosen.items():
            aside[place] = tuple(sorted((*aside[place], action)))
            tested[place] = _in_state(place, places[place], aside[place])
    everything = [row for found in tested.values() for row in found if row[0].state]
    for basis, group in groupby(clear, key=lambda point: point.key.basis):
        out = {(action, state) for (of, state), actions in aside.items() if of == basis for action in actions}
        everything += _in_any_state(basis, list(group), out)
    return _told(
        [
            Finding(question, estimate, q, False, left)
            for (question, estimate, left), q in zip(everything, _adjusted(everything), strict=True)
        ]
    )


def _adjusted(tested: Tested) -> list[float]:
    return false_discovery([estimate.p for _, estimate, _ in tested])


def _in_state(place: tuple[str, str], here: Sequence[Point], aside: tuple[str, ...]) -> Tested:
    """The contrasts of one state. Units of a state that nobody knows are compared in the contrasts of any state."""
    basis, state = place
    if not state:
        return []
    parts: list[tuple[str, str, Sequence[Point]]] = [("", "", here)]
    parts.append((_EARLY, "", [point for point in here if point.key.turn <= EARLY]))
    parts.append((_LATE, "", [point for point in here if point.key.turn > EARLY]))
    scenarios = sorted({point.key.scenario for point in here if point.key.scenario})
    if len(scenarios) > 1:
        parts += [("", name, [point for point in here if point.key.scenario == name]) for name in scenarios]
    found: Tested = []
    for turns, scenario, part in parts:
        used = Counter(point.action for point in part)
        for action in sorted(name for name, count in used.items() if count >= FEWEST_UNITS):
            left = tuple(name for name in aside if name != action)
            estimate = compare(part, action, aside=[(name, state) for name in left])
            if estimate is not None:
                found.append((Question(basis, action, state, turns, scenario), estimate, left))
    return found


def _in_any_state(basis: str, here: Sequence[Point], aside: set[tuple[str, str]]) -> Tested:
    """Each action over the states where it does not stand out."""
    rest = [point for point in here if (point.action, point.state) not in aside]
    found: Tested = []
    for action in sorted({point.action for point in rest}):
        own = {state for name, state in aside if name == action}
        estimate = compare([point for point in rest if point.state not in own], action)
        if estimate is not None:
            found.append((Question(basis, action, ANY), estimate, ()))
    return found


def _told(findings: list[Finding]) -> list[Finding]:
    """The findings in order, with those marked that are told."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        question = finding.question
        groups.setdefault((question.basis, question.action, question.state), []).append(finding)
    made: list[Finding] = []
    for _, group in sorted(groups.items()):
        told = _best(group)
        made += [replace(finding, told=finding in told) for finding in group]
    return made


def _best(group: Sequence[Finding]) -> list[Finding]:
    """Of an action in a state: the parts where they differ by more than chance, else the whole, else the surest part."""
    alive = [finding for finding in group if finding.survives]
    if not alive:
        return []
    whole = [finding for finding in alive if not finding.question.turns and not finding.question.scenario]
    kinds = ([f for f in group if f.question.turns], [f for f in group if f.question.scenario])
    doubts = [(heterogeneity([f.estimate for f in kind]), kind) for kind in kinds]
    doubt, kind = min(doubts, key=lambda pair: pair[0])
    parts = [finding for finding in kind if finding.survives]
    if doubt < DIFFER / len(kinds) and parts:
        return parts
    return whole or [min(alive, key=lambda finding: finding.estimate.p)]
