"""The offline catalogue: which edits it finds for a finding, and which it must not."""

from __future__ import annotations

from pathlib import Path

from escs.evolve.analyse.findings import Finding
from escs.evolve.analyse.steps import Step, facts_of
from escs.evolve.propose.catalogue import Ground, edits
from escs.runtime.bank.parse import parse_skill
from escs.runtime.bank.skill import Skill
from escs.runtime.reading import read
from escs.runtime.state import Message

SKILL = """---
name: {name}
description: Says back what they feel. Use when the seeker tells of it.
license: CC-BY-4.0
metadata:
  version: "1"
  action: reflection-of-feelings
  conditions: |
    state: {states}
---
# {name}

## Guidance

1. Say it back.

## Say

- You feel {{{{ feeling }}}}.
"""


def skill(name: str, states: str) -> tuple[Skill, str]:
    """A skill of one action with a condition on the state, and its text."""
    text = SKILL.format(name=name, states=states)
    parsed = parse_skill(text.encode(), Path(name) / "SKILL.md")[0]
    assert parsed is not None
    return parsed, text


def grieving(turn: int) -> Step:
    """A reply to somebody who grieves."""
    state = read((Message("user", "My mother died in March and I miss her so much."),))
    assert state.label == "sad"
    return Step(
        "d", "p", "p", ("empathy",), turn, 40.0, -2.0, "ask", ("ask",), ("open-question",), facts_of(state), state, "What?",
        (), False,
    )  # fmt: skip


def test_a_skill_for_one_state_stays_with_it() -> None:
    """Where reflecting was missing among the grieving, the skill for several states is widened, and not the one for anger."""
    found = [skill("hear-the-anger", "angry"), skill("reflect", "hurt, torn")]
    steps = [(grieving(turn), -2.0) for turn in (1, 2, 3)]
    ground = Ground({one.name: one for one, _ in found}, {one.name: text for one, text in found}, steps, {})
    finding = Finding(
        "missing-skill", "ask", ("empathy",), (), (("d", 1), ("d", 2), ("d", 3)), {"steps": 3, "dialogues": 1, "personas": 1},
        -2.0, (-3.0, -1.0), "", "", action="reflection-of-feelings",
    )  # fmt: skip
    widened = {
        operation.skill: operation.new
        for some, _ in edits(finding, ground)
        for operation in some
        if operation.where == "conditions"
    }
    assert widened == {"reflect": "state: hurt, torn, sad"}
