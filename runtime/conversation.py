"""A conversation: what was said, what the safety screen has seen, which skills were at work. Kept in memory alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from escs.runtime.bank.choose import Choice, Wishes
from escs.runtime.safety.course import Course, CrisisReply, advance
from escs.runtime.safety.course_state import grave
from escs.runtime.safety.disclosure import Clock
from escs.runtime.safety.risk import Screening
from escs.runtime.safety.watch import Watch
from escs.runtime.state import Message, SeekerState
from escs.runtime.task import Usage


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as it went: the trace that `/why`, `--json` and the simulation read."""

    number: int
    seeker: str
    state: SeekerState
    skills: tuple[Choice, ...]
    reply: str
    engine: str  # the engine whose words were used; `built-in` where they were the program's own
    usage: Usage = field(default_factory=Usage)
    overhead_ms: float = 0.0
    model_ms: float = 0.0
    notes: tuple[str, ...] = ()  # what the person should know: a fallback, a replaced sentence, a stop
    withheld: tuple[str, ...] = ()  # rules of the output check that a sentence failed, before it was shown
    crisis_step: str = ""
    before: tuple[Course, Watch] | None = None  # where the course and the watch stood before it

    def to_json(self) -> dict[str, Any]:
        """The turn in the stable form of `escs chat --json`."""
        state = self.state
        return {
            "turn": self.number,
            "seeker": self.seeker,
            "state": {
                "label": state.label,
                "intensity": state.intensity,
                "scenario": state.scenario,
                "stage": state.stage,
                "risk": state.risk.word,
                "risk_kinds": list(state.risk_kinds),
            },
            "skills": [{"name": c.name, "score": c.score, "why": c.why} for c in self.skills],
            "reply": self.reply,
            "engine": self.engine,
            "usage": {"input": self.usage.input, "output": self.usage.output, "cached": self.usage.cached},
            "ms": {"overhead": round(self.overhead_ms, 3), "model": round(self.model_ms, 3)},
            "notes": list(self.notes),
            "withheld": list(self.withheld),
        }


@lru_cache(maxsize=256)
def _messages(seeker: str, reply: str) -> tuple[Message, ...]:
    return (Message("user", seeker), Message("assistant", reply)) if reply else (Message("user", seeker),)


@dataclass(slots=True)
class Conversation:
    """The dialogue so far and what goes with it. Undoing a turn takes its words back, and never what the screen saw."""

    course: Course
    watch: Watch = field(default_factory=Watch)
    turns: list[Turn] = field(default_factory=list)
    wishes: Wishes = field(default_factory=Wishes)
    clock: Clock = field(default_factory=Clock)  # when it was last said that this is an AI, and since when they talk

    @property
    def history(self) -> tuple[Message, ...]:
        """The dialogue as messages, without the turn that is being answered."""
        messages: list[Message] = []
        for turn in self.turns:
            messages += _messages(turn.seeker, turn.reply)
        return tuple(messages)

    @property
    def used(self) -> list[tuple[str, ...]]:
        """The names of the skills of each turn, the newest last."""
        return [tuple(choice.name for choice in turn.skills) for turn in self.turns]

    def hear(
        self, text: str, screening: Screening, *, minor: bool = False, model_failed: bool = False
    ) -> CrisisReply | None:
        """Let watch and course hear a turn of the seeker; what the course says to it, None where ordinary talk may answer.

        `minor`: the seeker has shown that they are under 18. `model_failed` is the watch's (see `Watch.after`).
        """
        self.watch = self.watch.after(screening, model_failed=model_failed)
        course = replace(self.course, minor=self.course.minor or minor)
        self.course, crisis = advance(course, text, screening, self.watch)
        if crisis is not None:  # a “yes” to our own question is told, not screened
            self.watch = replace(self.watch, level=max(self.watch.level, crisis.level))
        return crisis

    def undo(self) -> Turn | None:
        """Take the last turn back; None where there is none.

        The course stands again where it stood, so that the same words are heard as the answer to the same question, and
        says nothing twice. The watch forgets no danger that it saw, nor counts the same words twice.
        """
        if not self.turns:
            return None
        turn = self.turns.pop()
        if turn.before is not None:
            course, watch = turn.before
            now = self.course
            self.course = replace(
                course, used=now.used, said=now.said, told_ai=now.told_ai, resource_shown=now.resource_shown,
                hushed=now.hushed, country=now.country, minor=now.minor, kinds=course.kinds | now.kinds,
                facts=tuple({**course.known, **grave(now)}.items()),
            )  # fmt: skip
            self.watch = replace(
                watch, level=max(watch.level, self.watch.level), seen=self.watch.seen, signs=self.watch.signs
            )
        return turn

    def pin(self, name: str) -> None:
        """Load this skill at every turn until it is dropped."""
        pinned = (*(n for n in self.wishes.pinned if n != name), name)
        self.wishes = Wishes(pinned, self.wishes.off - {name})

    def drop(self, name: str) -> None:
        """Undo a pin or an `off`."""
        self.wishes = Wishes(tuple(n for n in self.wishes.pinned if n != name), self.wishes.off - {name})

    def turn_off(self, name: str) -> None:
        """Do not choose this skill any more in this conversation."""
        self.wishes = Wishes(tuple(n for n in self.wishes.pinned if n != name), self.wishes.off | {name})

    def clear(self) -> None:
        """Forget what was said; the course, and what the screen saw, stay."""
        self.turns.clear()
        self.course = replace(self.course)
