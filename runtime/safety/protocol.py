"""The protocols as data: for each kind of danger, what is said and asked, in which order, and what is never said."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from escs.runtime.errors import UsageError

FOLDER = Path(__file__).parent / "protocols"

UNKNOWN = "-"
"""In a condition: the fact is not known yet."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One reason behind a protocol, and where it comes from."""

    claim: str
    source: str


@dataclass(frozen=True, slots=True)
class Test:
    """One half of a condition line: `name: values`, or its opposite."""

    name: str  # a fact, or one of the names that `course_steps.facts_of` adds: `kind`, `said` for the steps said …
    values: frozenset[str]
    negated: bool = False

    def holds(self, facts: Mapping[str, frozenset[str]]) -> bool:
        """Whether any value of the fact is among ours; a fact without a value has the value `-`."""
        met = bool((facts.get(self.name) or frozenset({UNKNOWN})) & self.values)
        return met != self.negated


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a protocol: when it is due, what it asks, its wordings, and what a model must do instead of them."""

    protocol: str
    name: str
    asks: str  # the fact that its question is about; empty where it asks nothing that is kept
    when: tuple[tuple[Test, ...], ...]  # every line must hold; of a line, one half suffices
    say: tuple[str, ...]
    again: tuple[str, ...]  # the same question in other words, for a refusal or an answer that is none
    brief: str
    probe: bool = False  # asks about danger; left out once the person has asked us to stop asking
    anew: bool = False  # may ask about a fact that is known or was asked about before
    ends: bool = False  # after it nothing more is due, as after a check-back, until danger rises
    repeats: bool = False  # is said as long as its conditions hold and it has words that were not said yet

    @property
    def key(self) -> str:
        """The step's name within all protocols."""
        return f"{self.protocol}.{self.name}"

    def due(self, facts: Mapping[str, frozenset[str]]) -> bool:
        """Whether all its conditions hold."""
        return all(any(test.holds(facts) for test in line) for line in self.when)


@dataclass(frozen=True, slots=True)
class Opening:
    """How a protocol is entered: an acknowledgement for some of its kinds."""

    kinds: frozenset[str]  # empty: for all
    say: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is said and done for one kind of danger."""

    name: str
    title: str
    skill: str  # the crisis skill under which a model words the reply
    rank: int  # lower goes first where several are due
    silences: bool  # once it has begun, no step that probes for danger is taken any more, in any protocol
    until: str  # …until this step of it has been said; empty: for good
    need: str  # which of the resources goes with it: suicide, abuse, assault, child, poison, eating
    kinds: tuple[str, ...]
    start: tuple[tuple[tuple[Test, ...], ...], ...]  # ways to start; of one, every line must hold
    reviewed: str
    must: tuple[str, ...]
    must_not: tuple[str, ...]
    sources: tuple[Claim, ...]
    openings: tuple[Opening, ...]
    steps: tuple[Step, ...]
    replies: Mapping[str, Mapping[str, tuple[str, ...]]]  # fact → answer → wordings that meet that answer
    stay: tuple[str, ...] = ()  # said where danger is voiced again and nothing is due, in place of the shared words
    press: tuple[tuple[Test, ...], ...] = ()  # conditions under which those words go on, where nothing else is due
    reopen: tuple[
        tuple[Test, ...], ...
    ] = ()  # conditions under which a check-back ends nothing: its next steps are due again
    renew: tuple[tuple[Test, ...], ...] = ()  # conditions under which danger told after its steps begins them again
    forget: frozenset[str] = frozenset()  # facts that are asked afresh then, whatever was answered
    forget_open: frozenset[str] = frozenset()  # facts that are asked afresh then, where they were denied or left open

    def starts(self, facts: Mapping[str, frozenset[str]]) -> bool:
        """Whether one of its kinds has been seen, or its other conditions hold."""
        if any(all(any(test.holds(facts) for test in line) for line in way) for way in self.start):
            return True
        return bool(facts.get("kind", frozenset()) & set(self.kinds))

    def presses(self, facts: Mapping[str, frozenset[str]]) -> bool:
        """Whether it goes on in every turn, though all its steps were said: nobody has called yet."""
        return bool(self.press) and all(any(test.holds(facts) for test in line) for line in self.press)

    def reopens(self, facts: Mapping[str, frozenset[str]]) -> bool:
        """Whether what was just told makes its next steps due, after a check-back as well."""
        return bool(self.reopen) and all(any(test.holds(facts) for test in line) for line in self.reopen)

    def renews(self, facts: Mapping[str, frozenset[str]]) -> bool:
        """Whether what was just told begins its steps again."""
        return bool(self.renew) and all(any(test.holds(facts) for test in line) for line in self.renew)

    def wordings(self) -> tuple[str, ...]:
        """Every text of it that a seeker may read."""
        texts = [text for opening in self.openings for text in opening.say]
        texts += [text for step in self.steps for text in (*step.say, *step.again)]
        texts += [text for answers in self.replies.values() for says in answers.values() for text in says]
        texts += self.stay
        return tuple(texts)


def conditions(lines: list[str], where: str) -> tuple[tuple[Test, ...], ...]:
    """Read condition lines such as `thoughts: yes hedge | level: crisis`.

    Raises `UsageError` where a line has another form.
    """
    return tuple(tuple(_test(half, where) for half in line.split(" | ")) for line in lines)


def _ways(start: list[Any]) -> list[list[str]]:
    """The ways to start: several lists of lines, or the lines of the only one."""
    return start if not start or isinstance(start[0], list) else [start]


def _test(half: str, where: str) -> Test:
    name, colon, values = half.strip().partition(":")
    negated = name.startswith("not ")
    if not colon or not values.split():
        raise UsageError(f"{where}: the condition “{half.strip()}” should read “fact: value value”.")
    return Test(name.removeprefix("not ").strip(), frozenset(values.split()), negated)


@cache
def protocols() -> tuple[Protocol, ...]:
    """All protocols that ship, those that go first first. Raises `UsageError` where a file has a mistake."""
    paths = sorted(path for path in FOLDER.glob("*.toml") if path.name not in ("shared.toml", "answers.toml"))
    return tuple(sorted((_load(path) for path in paths), key=lambda protocol: protocol.rank))


@cache
def shared() -> Mapping[str, Any]:
    """The steps, replies and rules that several protocols use."""
    return _toml(FOLDER / "shared.toml")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path.name}: this protocol cannot be read ({error}); mend it or reinstall.") from error


def _load(path: Path) -> Protocol:
    raw = _toml(path)
    name = path.stem
    try:
        return Protocol(
            name=name,
            title=raw["title"],
            skill=raw["skill"],
            rank=raw["rank"],
            silences=raw.get("silences", False),
            until=raw.get("until", ""),
            need=raw.get("need", "suicide"),
            kinds=tuple(raw["kinds"]),
            start=tuple(conditions(way, path.name) for way in _ways(raw.get("start", []))),
            reviewed=raw["reviewed"],
            must=tuple(raw["must"]),
            must_not=tuple(raw["must_not"]),
            sources=tuple(Claim(item["claim"], item["source"]) for item in raw["source"]),
            openings=tuple(Opening(frozenset(item.get("kinds", ())), tuple(item["say"])) for item in raw["opening"]),
            steps=tuple(_step(name, item, path.name) for item in raw.get("step", ())),
            replies={
                fact: {answer: tuple(says) for answer, says in answers.items()}
                for fact, answers in raw.get("replies", {}).items()
            },
            stay=tuple(raw.get("stay", ())),
            press=conditions(raw.get("press", []), path.name),
            reopen=conditions(raw.get("reopen", []), path.name),
            renew=conditions(raw.get("renew", []), path.name),
            forget=frozenset(raw.get("forget", ())),
            forget_open=frozenset(raw.get("forget_open", ())),
        )
    except KeyError as error:
        raise UsageError(f"{path.name}: {error.args[0]} is missing; see the other protocols for its form.") from error


def _step(protocol: str, raw: Mapping[str, Any], where: str) -> Step:
    if "use" in raw:  # a step of shared.toml, with what is written here in place of its own
        base = shared()["step"]
        if raw["use"] not in base:
            raise UsageError(f"{where}: shared.toml has no step “{raw['use']}”.")
        raw = {"name": raw["use"], **base[raw["use"]], **raw}
    return Step(
        protocol=protocol,
        name=raw["name"],
        asks=raw.get("asks", ""),
        when=conditions(raw.get("when", []), where),
        say=tuple(raw["say"]),
        again=tuple(raw.get("again", ())),
        brief=raw["brief"],
        probe=raw.get("probe", False),
        anew=raw.get("anew", False),
        ends=raw.get("ends", False),
        repeats=raw.get("repeats", False),
    )
