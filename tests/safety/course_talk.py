"""What the course's tests share: a screening made by hand, and a conversation held with it or with the real screen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from escs.runtime.conversation import Conversation
from escs.runtime.safety.course import Course, CrisisReply, advance
from escs.runtime.safety.risk import Level, Screening, Sign
from escs.runtime.safety.screen import screen
from escs.runtime.safety.watch import Watch


def seen(*kinds: str, level: Level = Level.CRISIS, matched: str = "words") -> Screening:
    """A screening in which these kinds of danger were seen at one level."""
    if not kinds:
        return Screening()
    return Screening(level, tuple(Sign(kind, level, matched, "by-hand", "made for a test") for kind in kinds))


def held(*texts: str, country: str = "GB") -> tuple[Conversation, list[CrisisReply | None]]:
    """The conversation after these turns of a seeker, as the screen sees them, and what the course says to each."""
    talk = Conversation(Course.start(country))
    replies = [talk.hear(text, screen(text)) for text in texts]
    return talk, replies


@dataclass
class Talk:
    """A conversation: each `say` is one turn of the seeker."""

    country: str | None = "US"
    course: Course = field(init=False)
    watch: Watch = field(default_factory=Watch)
    replies: list[CrisisReply | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.course = Course.start(self.country)

    def say(self, text: str, *kinds: str, level: Level = Level.CRISIS, matched: str = "words") -> CrisisReply | None:
        screening = seen(*kinds, level=level, matched=matched)
        self.watch = self.watch.after(screening)
        self.course, reply = advance(self.course, text, screening, self.watch)
        self.replies.append(reply)
        return reply

    def steps(self) -> list[str]:
        return [f"{reply.kind}.{reply.step}" if reply else "-" for reply in self.replies]


def questions(text: str) -> int:
    """How many questions a text asks, those inside quotation marks apart."""
    return re.sub(r"“[^”]*”", "", text).count("?")
