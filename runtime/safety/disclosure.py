"""Boundaries over time: saying that this is an AI, when; suggesting a break; and pointing to people outside.

Pure functions over a frozen clock; whoever calls them passes the time in. The intervals are ours and shorter than the
laws we know of ask for (California SB 243 and New York GBL art. 47: at the start and at least every three hours).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

MINUTES = 45.0
"""After how many minutes since the last time it is said again that this is an AI."""

TURNS = 40
"""Or after how many turns of the seeker, if that comes first."""

BREAK_MINUTES = 60.0
"""After how many minutes of talk, without a break of `PAUSE_MINUTES`, a break is suggested."""

PAUSE_MINUTES = 20.0
"""A silence of this length counts as a break."""

LEAN_TURNS = 15
"""After how many turns in which nobody outside was named people outside are mentioned."""

OPENING = (
    "I'm an AI: a program, not a person and not a therapist. I can listen and think with you, and I can get things "
    "wrong. In danger, people are better than I am."
)
"""What is said at the start."""

ANSWERS = (
    "I'm an AI, a program; no person is writing this, and I'm not a therapist. What you tell me is answered by software.",
    "No, I'm not human. I'm an AI, and not a therapist either. I can be of some use, and not in the way a person is.",
    "I'm an AI. There's nobody behind these words, though I'll do my best to take yours seriously.",
)
"""What is said when somebody asks."""

AGAIN = (
    "We've been talking for a while, so, to keep it honest: I'm an AI, not a person.",
    "A short reminder, since it's easy to forget: I'm an AI, and not a person or a therapist.",
    "Just so that it stays clear between us: you're talking with an AI.",
)
"""What is said at the interval."""

AGAIN_WARMLY = (
    "I'm still here. I'm an AI, which also means that I can't sit beside you, and I'd like somebody to.",
    "I'm an AI, so there's a limit to what I can be tonight; a person near you can be more, and I want that for you.",
    "Being an AI, I can keep writing with you, and I can't hold your hand. Is there somebody near who could?",
)
"""The same in a crisis: never cold, and never instead of what the moment needs."""

BREAKS = (
    "You've been at this for a good while. Would a short break do you good: some water, a look out of the window?",
    "We can pause whenever you like; this will keep. Have you eaten or moved a little today?",
    "That's a long stretch of heavy talk. A few minutes away from the screen are allowed.",
)
"""A gentle suggestion of a break."""

OUTSIDE = (
    "I'm glad to think about it with you. Who else, of the people in your life, could know a bit of this?",
    "Some of this would be good in the hands of someone who knows you. Who comes to mind?",
    "What would it be like to say one sentence of this to somebody you trust?",
)
"""A nudge towards people outside."""

_ASKS = re.compile(
    r"\b(?:are|r)\s+(?:you|u)\s+(?:\w+\s+){0,2}?(?:real|human|a\s+human|a\s+person|a\s+real|a\s+bot|a\s+robot|an\s+ai|ai"
    r"|a\s+machine|a\s+program|a\s+chatbot|a\s+therapist|a\s+counsell?or|a\s+doctor|a\s+psychologist|alive|conscious)\b"
    r"|\b(?:am i|is this|i'?m)\s+(?:\w+\s+){0,3}?(?:talking|speaking|chatting|texting|writing)\s+(?:to|with)\s+(?:\w+\s+){0,2}?"
    r"(?:a|an|the)?\s*(?:real|human|person|bot|robot|ai|machine|computer|therapist)\b"
    r"|\bis (?:this|there|that) (?:really )?(?:a|an) (?:\w+\s+){0,2}?(?:human|person|bot|robot|ai|machine|therapist)\b"
    r"|\b(?:you'?re|you are|ur) (?:just|only|really)? ?(?:a|an) (?:\w+\s+)?(?:bot|robot|ai|machine|program|computer|human|person)\b"
    r"|\bwho (?:are you|am i talking to)\b|\bwhat are you(?: really| exactly)?\s*(?:[?.!]|$)"
)

_SAYS = re.compile(r"\b(?:an AI|a program)\b")


@dataclass(frozen=True, slots=True)
class Clock:
    """When things were said. Times are minutes on any steady scale; None means not yet."""

    began: float | None = None  # when this stretch of talk began: the start, or after the last break
    last: float | None = None  # the last turn of the seeker
    turns: int = 0  # turns of the seeker so far
    disclosed_at: float | None = None
    disclosed_turn: int = 0
    suggested_break: bool = False  # in this stretch
    nudged_turn: int = 0  # the turn at which people outside were last mentioned
    said: int = 0  # how many reminders were given, so that they differ


@dataclass(frozen=True, slots=True)
class Reminder:
    """One sentence to put before or after a reply, and why: `asked`, `interval`, `break` or `outside`."""

    text: str
    why: str


@lru_cache(maxsize=2048)
def asks_if_real(text: str) -> bool:
    """Whether the text asks what it is talking to: “are you real?”, “am I talking to a therapist?”."""
    flat = " ".join(text[:2_000].lower().replace("’", "'").split())
    return bool(_ASKS.search(flat))


def says_ai(text: str) -> bool:
    """Whether a reply says already that it comes from an AI."""
    return _SAYS.search(text) is not None


def opened(now: float) -> Clock:
    """A conversation that begins at `now` with `OPENING` shown."""
    return Clock(began=now, last=now, disclosed_at=now)


def heard(clock: Clock, now: float) -> Clock:
    """The clock after one more turn of the seeker at `now`; a long silence begins a new stretch."""
    fresh = clock.last is None or now - clock.last >= PAUSE_MINUTES
    return replace(
        clock,
        began=now if fresh or clock.began is None else clock.began,
        last=now,
        turns=clock.turns + 1,
        suggested_break=False if fresh else clock.suggested_break,
    )


def due(
    clock: Clock,
    now: float,
    text: str = "",
    *,
    crisis: bool = False,
    ai_said: bool = False,
    minutes: float = MINUTES,
    turns: int = TURNS,
) -> tuple[Clock, Reminder | None]:
    """What is due at this turn, at most one thing, and the clock after it.

    `crisis`: the turn is in danger; then the disclosure is folded in warmly, and no break is suggested. `ai_said`: the
    reply says already that it is an AI, as many built-in crisis replies do, which counts. `minutes` and `turns` are
    the intervals of the disclosure, both above 0.
    """
    if ai_said:
        return _disclosed(clock, now), None
    if asks_if_real(text):
        return _disclosed(clock, now), Reminder(ANSWERS[clock.said % len(ANSWERS)], "asked")
    since = now - clock.disclosed_at if clock.disclosed_at is not None else minutes
    if since >= minutes or clock.turns - clock.disclosed_turn >= turns:
        words = AGAIN_WARMLY if crisis else AGAIN
        return _disclosed(clock, now), Reminder(words[clock.said % len(words)], "interval")
    if crisis:
        return clock, None
    if not clock.suggested_break and clock.began is not None and now - clock.began >= BREAK_MINUTES:
        text = BREAKS[clock.said % len(BREAKS)]
        return replace(clock, suggested_break=True, said=clock.said + 1), Reminder(text, "break")
    if clock.turns - clock.nudged_turn >= LEAN_TURNS:
        text = OUTSIDE[clock.said % len(OUTSIDE)]
        return replace(clock, nudged_turn=clock.turns, said=clock.said + 1), Reminder(text, "outside")
    return clock, None


def named_someone(clock: Clock) -> Clock:
    """The clock once a person outside was named, by either side: the nudge waits anew."""
    return replace(clock, nudged_turn=clock.turns)


def _disclosed(clock: Clock, now: float) -> Clock:
    return replace(clock, disclosed_at=now, disclosed_turn=clock.turns, said=clock.said + 1)
