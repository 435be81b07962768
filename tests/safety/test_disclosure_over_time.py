"""Boundaries over time: when it is said that this is an AI, when a break is suggested, and people outside."""

from __future__ import annotations

import pytest
from escs.runtime.safety.disclosure import (
    BREAK_MINUTES,
    LEAN_TURNS,
    MINUTES,
    OPENING,
    PAUSE_MINUTES,
    TURNS,
    Clock,
    asks_if_real,
    due,
    heard,
    named_someone,
    opened,
    says_ai,
)
from hypothesis import given
from hypothesis import strategies as st


def after(turns: int, minutes: float, *, crisis: bool = False) -> tuple[Clock, list[str]]:
    """A conversation of that many turns, `minutes` apart, and what was due on the way."""
    clock, now, reasons = opened(0.0), 0.0, []
    for _ in range(turns):
        now += minutes
        clock = heard(clock, now)
        clock, reminder = due(clock, now, "hm", crisis=crisis)
        reasons.append(reminder.why if reminder else "")
    return clock, reasons


def test_the_opening_says_that_it_is_an_ai() -> None:
    """Given a new conversation, then its first words say what this is."""
    assert says_ai(OPENING)


@pytest.mark.parametrize("crisis", [False, True])
def test_it_is_said_again_after_the_minutes(crisis: bool) -> None:
    """Given slow talk, then the disclosure comes by the clock, in a crisis too."""
    _, reasons = after(int(MINUTES // 5) + 1, 5.0, crisis=crisis)
    assert reasons.count("interval") == 1


def test_it_is_said_again_after_the_turns() -> None:
    """Given quick talk, then the disclosure comes by the count of turns."""
    _, reasons = after(TURNS, 0.1)
    assert reasons[-1] == "interval"


def test_in_a_crisis_it_is_said_warmly_and_no_break_is_suggested() -> None:
    """Given a crisis, then the words at the interval name a person nearby, and nothing else interrupts."""
    clock = opened(0.0)
    clock, reminder = due(heard(clock, MINUTES), MINUTES, "hm", crisis=True)
    assert reminder is not None
    assert "AI" in reminder.text
    assert any(word in reminder.text for word in ("somebody", "person near", "with you"))
    _, reasons = after(60, 1.5, crisis=True)
    assert "break" not in reasons
    assert "outside" not in reasons


def test_whoever_asks_is_told_at_once() -> None:
    """Given “are you real?”, then the answer is that this is an AI, whatever the clock says."""
    clock = heard(opened(0.0), 0.5)
    _, reminder = due(clock, 0.5, "wait, are you even real?")
    assert reminder is not None
    assert reminder.why == "asked"
    assert says_ai(reminder.text)


@pytest.mark.parametrize(
    "text",
    [
        "are you real?",
        "Are you a human or a bot",
        "am i talking to a real person",
        "r u ai",
        "is this a real person?",
        "you're just a bot",
        "Are you a therapist?",
        "who am i talking to",
    ],
)
def test_the_question_is_recognised(text: str) -> None:
    """Given the ways in which people ask, then they are recognised."""
    assert asks_if_real(text)


@pytest.mark.parametrize("text", ["are you ok with that", "what are you doing", "I wonder if my friends are real", ""])
def test_other_questions_are_not_taken_for_it(text: str) -> None:
    """Given other questions, then nothing is disclosed."""
    assert not asks_if_real(text)


def test_a_reply_that_says_it_already_counts() -> None:
    """Given a reply that says that this is an AI, then the clock starts again and nothing is added."""
    clock = heard(opened(0.0), MINUTES + 1)
    clock, reminder = due(clock, MINUTES + 1, "hm", ai_said=True)
    assert reminder is None
    _, reminder = due(heard(clock, MINUTES + 2), MINUTES + 2, "hm")
    assert reminder is None


def test_a_break_is_suggested_once_in_a_long_stretch_and_again_after_a_pause() -> None:
    """Given an hour and more of talk, then a break is suggested once; a silence begins a new stretch."""
    clock, now, breaks = opened(0.0), 0.0, 0
    while now < BREAK_MINUTES + 30:
        now += 4
        clock, reminder = due(heard(clock, now), now, "hm")
        breaks += bool(reminder and reminder.why == "break")
    assert breaks == 1
    rested = heard(clock, now + PAUSE_MINUTES)
    assert not rested.suggested_break


def test_people_outside_are_mentioned_when_nobody_was_for_long() -> None:
    """Given many turns without anybody outside, then they are mentioned; naming somebody puts it off."""
    clock = opened(0.0)
    for turn in range(LEAN_TURNS):
        clock = heard(clock, float(turn) / 10)
    assert due(named_someone(clock), 2.0, "hm")[1] is None
    reminder = due(clock, 2.0, "hm")[1]
    assert reminder is not None
    assert reminder.why == "outside"


@given(st.lists(st.floats(min_value=0.0, max_value=30.0), min_size=1, max_size=80))
def test_never_longer_than_the_interval_without_disclosure(gaps: list[float]) -> None:
    """Given any rhythm of talk, then at no turn is the last disclosure older than the interval."""
    clock, now = opened(0.0), 0.0
    for gap in gaps:
        now += gap
        clock, _ = due(heard(clock, now), now, "hm")
        assert clock.disclosed_at is not None
        assert now - clock.disclosed_at < MINUTES
        assert clock.turns - clock.disclosed_turn < TURNS
