"""The noun of analysis: one reply of a trace with the state it met, what was said, and how it landed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from escs.evolve.simulate.heard import sentences
from escs.evolve.simulate.rollout import START, Rollout
from escs.runtime.bank.skill import Skill
from escs.runtime.reading import read
from escs.runtime.state import Message, SeekerState

BANDS = ((1, 2), (3, 5), (6, 99))
"""Turns of the supporter that are looked at together: the opening, the middle, the end."""
INTENSITIES = ((0, 39), (40, 69), (70, 100))
_SLOT = re.compile(r"\\\{\\\{.*?\\\}\\\}")


@dataclass(frozen=True, slots=True)
class Step:
    """One reply that was felt. `facts` are what a skill's conditions could have seen, as (key, value)."""

    dialogue: str
    profile: str
    persona: str
    groups: tuple[str, ...]
    turn: int  # of the supporter, from 1
    emotion: float  # before the reply
    change: float  # of emotion, -10 to 10
    lead: str  # the leading skill; "" where none was at work
    skills: tuple[str, ...]
    actions: tuple[str, ...]
    facts: frozenset[tuple[str, str]]
    state: SeekerState
    reply: str
    unsafe: tuple[tuple[str, str], ...]  # kinds, and the skills that they are traced to
    crisis: bool

    @property
    def band(self) -> str:
        """The part of the talk, as a range of turns."""
        return span(next(band for band in BANDS if band[0] <= self.turn <= band[1]))


def span(band: tuple[int, int]) -> str:
    """A range as conditions write it."""
    return f"{band[0]}-{band[1]}"


def steps(rollouts: Iterable[Rollout]) -> list[Step]:
    """Every reply of scored dialogues that was felt, with the state read from the dialogue by rules."""
    found: list[Step] = []
    for rollout in rollouts:
        if not rollout.scored:
            continue
        history: list[Message] = []
        emotion = START
        for number, turn in enumerate(rollout.turns, 1):
            history.append(Message("user", turn.seeker))
            if turn.feel is None or not turn.supporter:
                continue
            state = read(tuple(history))
            events = [event for event in rollout.unsafe if event.turn == number]
            found.append(
                Step(
                    dialogue=rollout.id, profile=rollout.profile, persona=rollout.persona or rollout.profile,
                    groups=rollout.groups, turn=number, emotion=emotion, change=turn.feel.change,
                    lead=turn.skills[0] if turn.skills else "", skills=turn.skills, actions=turn.actions,
                    facts=facts_of(state), state=state, reply=turn.supporter,
                    unsafe=tuple((event.kind, event.skill) for event in events), crisis=turn.risk == "crisis",
                )
            )  # fmt: skip
            emotion = turn.feel.emotion
            history.append(Message("assistant", turn.supporter))
    return found


@cache
def _bands(turn: int, intensity: int) -> tuple[tuple[str, str], ...]:
    turns = [span(band) for band in BANDS if band[0] <= turn <= band[1]]
    strong = [span(band) for band in INTENSITIES if band[0] <= intensity <= band[1]]
    return (*(("turn", one) for one in turns), *(("intensity", one) for one in strong))


def facts_of(state: SeekerState) -> frozenset[tuple[str, str]]:
    """What conditions can name of a state, ranges in bands; risk aside, which is the screen's business."""
    found = {("stage", state.stage), *_bands(state.turn, state.intensity)}
    found |= {("state", state.label)} if state.label else set()
    found |= {("scenario", state.scenario)} if state.scenario else set()
    found |= {("asked-for", wish) for wish in state.asked_for}
    found |= {("declined", offer) for offer in state.declined}
    return frozenset(found)


class Lines:
    """Finds the `## Say` line of a skill that a reply's sentence was made from."""

    def __init__(self, skills: Mapping[str, Skill]) -> None:
        """For these skills, by name."""
        self._patterns: dict[str, list[tuple[str, re.Pattern[str]]]] = {
            name: [(line, _pattern(sentence)) for line in skill.say for sentence in sentences(line)]
            for name, skill in skills.items()
        }

    def said(self, step: Step) -> set[tuple[str, str]]:
        """The lines that stand in the reply, as (skill, line)."""
        spoken = sentences(step.reply)
        return {
            (name, line)
            for name in step.skills
            for line, pattern in self._patterns.get(name, ())
            if any(pattern.fullmatch(sentence) for sentence in spoken)
        }


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(_SLOT.sub(r"[^.!?…\n]{1,80}", re.escape(sentence)), re.IGNORECASE)


def by_lead(some: Sequence[Step]) -> dict[str, list[Step]]:
    """The steps by their leading skill."""
    found: dict[str, list[Step]] = {}
    for step in some:
        if step.lead:
            found.setdefault(step.lead, []).append(step)
    return found


def concerned(groups: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The groups to which at least half of the cases belong, `all` where there is none."""
    counts: dict[str, int] = {}
    for each in groups:
        for group in each:
            counts[group] = counts.get(group, 0) + 1
    return tuple(sorted(group for group, count in counts.items() if 2 * count > len(groups))) or ("all",)


def worst_first(some: Sequence[tuple[Step, float]]) -> tuple[tuple[str, int], ...]:
    """The turns of steps with their values, as (dialogue, turn), the worst first."""
    ordered: Sequence[tuple[Step, float]] = sorted(some, key=lambda each: each[1])
    return tuple((step.dialogue, step.turn) for step, _ in ordered)
