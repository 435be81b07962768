"""Matches the conditions that people wrote against the seeker's state, for a whole bank at once.

Each skill starts at minus what every key that its conditions name costs when missed; a key that the state meets gives
that back and its weight besides. So a skill whose conditions all hold comes first, one whose conditions fail goes
below a skill that asks for nothing, and a `not:` line that holds shuts the skill out. Lists by value make this quick
for ten thousand skills.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from escs.runtime.bank.entry import Entry
from escs.runtime.bank.skill import Condition
from escs.runtime.state import SeekerState

WEIGHTS = {
    "asked-for": 3.0,  # what the person asked for in so many words outweighs everything that we infer
    "risk": 2.5,
    "unsafe-home": 2.5,
    "minor": 1.5,
    "declined": 2.0,
    "state": 2.0,
    "scenario": 1.5,
    "stage": 1.0,
    "intensity": 0.5,
    "turn": 0.5,
}
"""How much each key counts; set by hand, in the order of how directly the person's own words decide it."""

MISSED = WEIGHTS | {"scenario": 4.0}
"""What each key costs where it does not hold. A skill written for grief, trauma or carers wounds where nothing of the
kind was told, so that its other conditions together must not make up for the wrong scenario."""

_RANGED = ("intensity", "turn")


_Spans = dict[tuple[int, int], list[int]]
"""The numbers of skills by range."""


@dataclass(slots=True)
class Match:
    """What the conditions of one skill say of one state."""

    score: float
    met: list[str] = field(default_factory=list)  # conditions that hold, as written
    unmet: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)  # contra-indications that hold


@lru_cache(maxsize=4096)
def parse_range(value: str) -> tuple[int, int] | None:
    """`60-100` as (60, 100), `3` as (3, 3), `4-` as (4, a very large number); None where it is no range."""
    low, dash, high = value.partition("-")
    if not low.strip().isdigit() or (high.strip() and not high.strip().isdigit()):
        return None
    start = int(low)
    end = int(high) if high.strip() else (10**6 if dash else start)
    return (start, end) if start <= end else None


def facts(state: SeekerState) -> dict[str, frozenset[str]]:
    """The state as the values that conditions name, for every key that is matched by value."""
    return {
        "state": frozenset({state.label} if state.label else ()),
        "scenario": frozenset({state.scenario} if state.scenario else ()),
        "stage": frozenset({state.stage} if state.stage else ()),
        "risk": frozenset({state.risk.word, *state.risk_kinds}),
        "asked-for": state.asked_for,
        "declined": state.declined,
        "minor": frozenset({"yes" if state.minor else "no"}),
        "unsafe-home": frozenset({"yes" if state.unsafe_home else "no"}),
    }


def holds(condition: Condition, state: SeekerState, known: dict[str, frozenset[str]] | None = None) -> bool:
    """Whether a matched condition holds, `not:` left aside; a sentence never does by itself."""
    if condition.key in _RANGED:
        value = state.intensity if condition.key == "intensity" else state.turn
        spans = [parse_range(part) for part in condition.values]
        return any(span is not None and span[0] <= value <= span[1] for span in spans)
    if not condition.key:
        return False
    return not (known or facts(state))[condition.key].isdisjoint(condition.values)


def explain(entry: Entry, state: SeekerState) -> Match:
    """The match of one skill in words, for `/why` and `--json`."""
    known = facts(state)
    match = Match(0.0)
    keys: dict[str, bool] = {}
    for condition in entry.conditions:
        if not condition.key:
            continue
        held = holds(condition, state, known)
        if condition.negated:
            if held:
                match.against.append(condition.text)
            continue
        keys[condition.key] = keys.get(condition.key, False) or held
        (match.met if held else match.unmet).append(condition.text)
    match.score = sum(WEIGHTS[key] if held else -MISSED[key] for key, held in keys.items())
    return match


class Matcher:
    """The lists for one generation of a bank."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.names: list[str] = []
        self._base: list[float] = []
        self._wanted: dict[tuple[str, str], list[int]] = {}
        self._against: dict[tuple[str, str], list[int]] = {}
        self._wanted_spans: dict[str, _Spans] = {key: {} for key in _RANGED}
        self._against_spans: dict[str, _Spans] = {key: {} for key in _RANGED}
        for number, entry in enumerate(entries):
            self.names.append(entry.name)
            self._base.append(-sum(MISSED[key] for key in {c.key for c in entry.conditions if c.key and not c.negated}))
            for condition in entry.conditions:
                if condition.key:
                    self._list(number, condition)

    def _list(self, number: int, condition: Condition) -> None:
        for value in condition.values:
            if condition.key in _RANGED:
                span = parse_range(value)
                if span is not None:
                    spans = self._against_spans if condition.negated else self._wanted_spans
                    _add(spans[condition.key].setdefault(span, []), number)
            else:
                lists = self._against if condition.negated else self._wanted
                _add(lists.setdefault((condition.key, value), []), number)

    def scores(self, state: SeekerState) -> dict[str, float]:
        """The score of every skill that no contra-indication shuts out, by name."""
        scores = self._base.copy()
        known = facts(state)
        ranged = {"intensity": state.intensity, "turn": state.turn}
        for key, weight in WEIGHTS.items():
            if key in _RANGED:
                lists = _holding(self._wanted_spans[key], ranged[key])
            else:
                lists = [ids for value in known[key] if (ids := self._wanted.get((key, value)))]
            gain = weight + MISSED[key]
            for number in lists[0] if len(lists) == 1 else {number for ids in lists for number in ids}:
                scores[number] += gain
        shut = {n for key in known for value in known[key] for n in self._against.get((key, value), ())}
        for key, value in ranged.items():
            shut.update(*_holding(self._against_spans[key], value))
        return {
            name: score
            for number, (name, score) in enumerate(zip(self.names, scores, strict=True))
            if number not in shut
        }


def _add(numbers: list[int], number: int) -> None:
    if number not in numbers[-1:]:  # a skill can name one value twice
        numbers.append(number)


def _holding(spans: _Spans, value: int) -> list[list[int]]:
    return [numbers for (low, high), numbers in spans.items() if low <= value <= high]
