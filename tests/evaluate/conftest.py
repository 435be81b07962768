"""A small corpus for the tests of evaluation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

TALK = (
    ("user", "My father moved in with us in March and I do everything."),
    ("assistant", "How are you holding up?"),
    ("user", "I snap at him and then I hate myself for it."),
    ("assistant", "You sound worn out, and torn about it."),
    ("user", "My brothers do nothing. What should I do about them?"),
    ("assistant", "Maybe write them a letter together with him?"),
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Four dialogues in the generic format, with strategies."""
    marked = {1: "Question", 3: "Reflection of feelings", 5: "Providing Suggestions"}
    path = tmp_path / "talks.jsonl"
    rows = []
    for number in range(4):
        messages = [
            {"role": role, "content": text if role == "assistant" else f"{text} ({number})"}
            | ({"strategy": marked[place]} if place in marked else {})
            for place, (role, text) in enumerate(TALK)
        ]
        rows.append({"messages": messages})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
