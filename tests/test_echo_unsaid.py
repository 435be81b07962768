"""Sentences that would wound if they were turned: nothing of their verdict, insult, fancy, threat or harm is said back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from escs.runtime.echo import fragments

LINES = (Path(__file__).parent / "cases" / "echo_wounds.jsonl").read_text("utf-8").splitlines()
SENTENCES = [json.loads(line)["text"] for line in LINES]


def test_there_are_more_than_a_hundred() -> None:
    """The list means something, and holds no sentence twice."""
    assert len(set(SENTENCES)) == len(SENTENCES) > 100


@pytest.mark.parametrize("typed", ["{}", "lower", "{} and my exam is tomorrow", "honestly, {}!!", "{}. {}"])
def test_nothing_of_it_is_turned(typed: str) -> None:
    """No clause, wish or feeling comes of it; an event at most says that somebody said something."""
    for sentence in SENTENCES:
        text = sentence.lower().replace("'", "") if typed == "lower" else typed.replace("{}", sentence)
        found = fragments(text)
        assert found.clause in (None, "your exam is tomorrow"), text
        assert (found.wish, found.feeling) == (None, None), text
        assert found.event is None or found.event == "your exam" or found.event.startswith("what your "), text
