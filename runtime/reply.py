"""The task `reply`: the supporter's next words. A model writes them with the loaded skills in view; the offline rule
composes them of those skills' own `Say` lines, filled with what the seeker said."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from escs.runtime.bank.render import render
from escs.runtime.bank.say import fill, slots
from escs.runtime.bank.skill import SLOTS, Skill
from escs.runtime.state import Message, SeekerState
from escs.runtime.task import Task

WORDS_AT_MOST = 45  # of an offline reply; a person in distress reads little
TURNS_BACK = 5  # what was said longer ago is not taken up any more
NOTHING = 99


@dataclass(frozen=True, slots=True)
class ReplyInputs:
    """What the supporter has before them. `history` ends with the seeker's newest turn."""

    history: tuple[Message, ...]
    skills: tuple[Skill, ...]
    state: SeekerState
    brief: str = ""  # in a crisis: what must and must not be said this turn
    again: str = ""  # an earlier reply to this turn, which the person wanted in other words

    @property
    def rendered(self) -> tuple[tuple[str, str], ...]:
        """Name and text of each loaded skill, as the model sees it."""
        return tuple((skill.name, render(skill)) for skill in self.skills)


class Line(NamedTuple):
    """One `Say` line made ready: its filled text, and how new what it takes up is."""

    template: str
    text: str
    times: int  # how often it was said already
    age: int  # how many seeker turns ago the oldest thing it takes up was said; NOTHING where it takes up none

    @property
    def asks(self) -> bool:
        """Whether it holds a question."""
        return "?" in self.text


def _rule(inputs: ReplyInputs) -> str:
    return compose(inputs)


def compose(inputs: ReplyInputs) -> str:
    """An offline reply of one or two lines: a statement that takes up what was said, then at most one question.

    Lines said before in the conversation come last in the order, so that none is repeated while others are left.
    Deterministic: the same dialogue and skills give the same words.
    """
    values, ages, said, turn = _taken(inputs)
    ready = [list(_lines(skill, values, ages, said, turn)) for skill in inputs.skills]
    lead = next((lines[0] for lines in ready if lines), None)
    if lead is None:
        return ""
    if _long_enough(lead) and lead.age < NOTHING:
        return lead.text
    lines = [
        line for more in ready[1:] for line in more if _goes_with(lead, line) and not _same_again(lead, line, values)
    ]
    if not lines:
        return lead.text
    fewest = min(line.times for line in lines)
    fresh = [line for line in lines if line.times == fewest]
    # The first skill's line comes first; where it takes nothing up, one that does is looked for in all of them.
    line = fresh[0] if lead.age < NOTHING else min(fresh, key=lambda line: line.age)
    first, second = (line, lead) if lead.asks else (lead, line)
    return f"{first.text} {second.text}"


def _taken(inputs: ReplyInputs) -> tuple[dict[str, str | None], dict[str, int], str, int]:
    """What a reply can take up, by slot; how many turns ago each was said; all that was said before; and the turn."""
    from escs.runtime.echo import fragments_of_history

    seeker = [message.content for message in inputs.history if message.role == "user"]
    said = "\n".join([*(m.content for m in inputs.history if m.role == "assistant"), inputs.again])
    taken = fragments_of_history(seeker)
    values = {slot: getattr(taken, slot) for slot in SLOTS}
    ages = {slot: age for slot, age in taken.turns if age <= TURNS_BACK}
    lately = " ".join([*(m.content for m in inputs.history if m.role == "assistant")][-2:])
    values = {slot: value for slot, value in values.items() if slot in ages and value and value not in lately}
    return values, ages, said, len(seeker)


def _long_enough(line: Line) -> bool:
    return len(line.text.split()) >= 18


def _same_again(lead: Line, line: Line, values: Mapping[str, str | None]) -> bool:
    """Whether both lines would take up the same words."""
    return any(value and value in lead.text and value in line.text for value in values.values())


def _goes_with(lead: Line, line: Line) -> bool:
    words = len(lead.text.split()) + len(line.text.split())
    return not (lead.asks and line.asks) and words <= WORDS_AT_MOST and (lead.text not in line.text)


def _lines(
    skill: Skill, values: Mapping[str, str | None], ages: Mapping[str, int], said: str, turn: int
) -> Iterator[Line]:
    """The skill's lines that may be said, best first."""
    return (line for line in _in_order(skill, values, ages, said, turn) if _passes(line.text))


@lru_cache(maxsize=8192)
def _passes(text: str) -> bool:
    from escs.runtime.safety.check import CheckContext, check

    return not check(text, CheckContext())


def _in_order(
    skill: Skill, values: Mapping[str, str | None], ages: Mapping[str, int], said: str, turn: int
) -> list[Line]:
    """The skill's lines whose slots can be filled: unsaid before said, what was said just now before older things."""
    ready = []
    for template in skill.say:
        text = fill(template, values)
        if text is not None:
            named = slots(template)
            age = min([ages[name] for name in named]) if named else NOTHING
            times = 2 * said.count(text) or _skeleton_count(template, said)
            if age < NOTHING and times == 1:  # the same turn of phrase about something new is no repetition yet
                times = 0
            ready.append(Line(template, text, times, age))

    def order(line: Line) -> tuple[int, int, bytes]:
        return line.times, line.age, _lot(turn, line.template)

    return sorted(ready, key=order)


@lru_cache(maxsize=8192)
def _lot(turn: int, template: str) -> bytes:
    """What decides between lines that are otherwise equal."""
    return hashlib.sha256(f"{turn}{template}".encode()).digest()


@lru_cache(maxsize=1024)
def failing_lines(say: tuple[str, ...]) -> dict[str, str]:
    """The lines that fail the output check whatever fills their slots, each with the rule that it fails."""
    from escs.runtime.safety.check import CheckContext, check

    found = {}
    for line in say:
        failing = check(fill(line, dict.fromkeys(SLOTS, "work")) or line, CheckContext())
        if failing:
            found[line] = failing[0].rule
    return found


def passed_over(inputs: ReplyInputs) -> tuple[str, ...]:
    """The rules failed by lines of the leading skill that the offline rule would have said, had it not checked first."""
    failing = failing_lines(inputs.skills[0].say) if inputs.skills else {}
    if not failing:
        return ()
    values, ages, said, turn = _taken(inputs)
    rules = []
    for line in _in_order(inputs.skills[0], values, ages, said, turn):
        if line.template not in failing:
            break
        rules.append(failing[line.template])
    return tuple(rules)


def _skeleton_count(template: str, said: str) -> int:
    """How often the line was said with whatever in its slots: its longest fixed part tells it."""
    longest = _skeleton(template)
    return said.count(longest) if len(longest) > 12 else 0


@lru_cache(maxsize=4096)
def _skeleton(template: str) -> str:
    parts = [part for piece in template.split("{{") for part in piece.split("}}")[-1:]]
    return max((part.strip() for part in parts), key=len, default="")


REPLY: Task[ReplyInputs, str] = Task("reply", str, _rule, max_tokens=300)
