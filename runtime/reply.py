"""The task `reply`: the supporter's next words. A model writes them with the loaded skills in view; the offline rule
composes them of those skills' own `Say` lines, filled with what the seeker said."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from escs.runtime.bank.render import render
from escs.runtime.bank.say import fill, slots
from escs.runtime.bank.skill import Skill
from escs.runtime.state import Message, SeekerState
from escs.runtime.task import Task

WORDS_AT_MOST = 45  # of an offline reply; a person in distress reads little


@dataclass(frozen=True, slots=True)
class ReplyInputs:
    """What the supporter has before them. `history` ends with the seeker's newest turn."""

    history: tuple[Message, ...]
    skills: tuple[Skill, ...]
    state: SeekerState
    brief: str = ""  # in a crisis: what must and must not be said this turn

    @property
    def rendered(self) -> tuple[tuple[str, str], ...]:
        """Name and text of each loaded skill, as the model sees it."""
        return tuple((skill.name, render(skill)) for skill in self.skills)


@dataclass(frozen=True, slots=True)
class Line:
    """One `Say` line made ready: its filled text, and whether a slot took up something that the seeker said."""

    template: str
    text: str
    specific: bool

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
    from escs.runtime.echo import fragments_of_history

    seeker = [message.content for message in inputs.history if message.role == "user"]
    said = "\n".join(message.content for message in inputs.history if message.role == "assistant")
    values = fragments_of_history(seeker).values()
    turn = len(seeker)
    lead: Line | None = None
    for skill in inputs.skills:
        for line in _lines(skill, values, said, turn):
            if lead is None:
                lead = line
                break
            if _goes_with(lead, line):
                first, second = (line, lead) if lead.asks else (lead, line)
                return f"{first.text} {second.text}"
        if lead is not None and (_long_enough(lead) and lead.specific):
            break
    return lead.text if lead else ""


def _long_enough(line: Line) -> bool:
    return len(line.text.split()) >= 18


def _goes_with(lead: Line, line: Line) -> bool:
    words = len(lead.text.split()) + len(line.text.split())
    return not (lead.asks and line.asks) and words <= WORDS_AT_MOST and (lead.text not in line.text)


def _lines(skill: Skill, values: Mapping[str, str | None], said: str, turn: int) -> Iterator[Line]:
    """The skill's lines that can be said, best first: unsaid before said, taking something up before not."""
    from escs.runtime.safety.check import CheckContext, check

    ready = []
    for template in skill.say:
        text = fill(template, values)
        if text is not None:
            ready.append(Line(template, text, bool(slots(template))))

    def order(line: Line) -> tuple[int, bool, bytes]:
        times = said.count(line.text) if line.text in said else _skeleton_count(line.template, said)
        return times, not line.specific, hashlib.sha256(f"{turn}{line.template}".encode()).digest()

    context = CheckContext()
    for line in sorted(ready, key=order):
        if not check(line.text, context):
            yield line


def _skeleton_count(template: str, said: str) -> int:
    """How often the line was said with whatever in its slots: its longest fixed part tells it."""
    parts = [part for piece in template.split("{{") for part in piece.split("}}")[-1:]]
    longest = max((part.strip() for part in parts), key=len, default="")
    return said.count(longest) if len(longest) > 12 else 0


REPLY: Task[ReplyInputs, str] = Task("reply", str, _rule, max_tokens=700)
