"""Units: one supporter move in its context, labelled by what is annotated, with outcomes by one rule."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from escs.evolve.discover.outcome import outcome
from escs.evolve.discover.unit import Dialogue, Unit, Utterance
from escs.evolve.discover.units import cut
from escs.evolve.discover.units_file import line, read_units
from escs.runtime.errors import UsageError


def seeker(text: str, **marks: object) -> Utterance:
    """A message of the seeker."""
    return Utterance("seeker", text, **marks)  # type: ignore[arg-type]


def supporter(text: str, strategy: str = "") -> Utterance:
    """A message of the supporter."""
    return Utterance("supporter", text, strategy)


def units(*utterances: Utterance, **fields: object) -> list[Unit]:
    """The units of a dialogue."""
    return list(cut(Dialogue("t:1", "esconv", utterances, **fields)))  # type: ignore[arg-type]


def test_consecutive_supporter_messages_are_one_move() -> None:
    """With both texts, and the last strategy that is not Others."""
    (unit,) = units(
        seeker("I lost my job"),
        supporter("That sounds hard.", "Reflection of feelings"),
        supporter("What happened?", "Question"),
        supporter("hm", "Others"),
        seeker("They closed the plant."),
    )
    assert unit.text == "That sounds hard.\nWhat happened?\nhm"
    assert unit.strategy == "Question"
    assert unit.turn == 1
    assert unit.id == "t:1:1"
    assert unit.before.text == "I lost my job"
    assert unit.after.text == "They closed the plant."


def test_a_rating_stands_on_every_move_since_the_last_one() -> None:
    """For that is what the seeker was asked to rate."""
    found = units(
        seeker("hi"),
        supporter("a?"),
        seeker("b"),
        supporter("c?"),
        seeker("d", feedback=2),
        supporter("e?"),
        seeker("f"),
    )
    assert [unit.feedback for unit in found] == [2, 2, None]
    assert [unit.outcome for unit in found][:2] == ["negative", "negative"]


def test_the_survey_gives_intensity_at_the_ends_and_no_outcome() -> None:
    """A dialogue whose final survey is missing has an unknown intensity there, not an unchanged one."""
    talk = (
        seeker("I am sad"),
        supporter("Why?", "Question"),
        seeker("ok"),
        supporter("I see.", "Others"),
        seeker("hm"),
    )
    ended = units(*talk, initial=5, final=2)
    assert (ended[0].before.intensity, ended[-1].after.intensity) == (100, 40)
    assert [unit.outcome for unit in ended] == ["", ""]
    unrated = units(*talk, initial=5)[-1].after.intensity
    assert unrated == units(*talk)[-1].after.intensity  # what the words show, and nothing of the first survey


@pytest.mark.parametrize(
    ("emotion", "stars", "change", "wanted"),
    [
        (3.0, 1, "worsens", "constructive"),
        (-1.0, 5, "eases", "negative"),
        (0.0, None, "", "neutral"),
        (None, 4, "worsens", "constructive"),
        (None, 3, "", "neutral"),
        (None, 2, "eases", "negative"),
        (None, None, "eases", "constructive"),
        (None, None, "pushes-back", "negative"),
        (None, None, "says-more", ""),
        (None, None, "", ""),
    ],
)
def test_the_outcome_rule(emotion: float | None, stars: int | None, change: str, wanted: str) -> None:
    """Recorded emotion before stars before the reply's own words; else unknown."""
    assert outcome(emotion_change=emotion, feedback=stars, change=change) == wanted


def test_a_recorded_change_decides_and_a_move_without_one_is_left_out() -> None:
    """As many units as scored turns, each outcome with the sign of its change."""
    left_out: Counter[str] = Counter()
    talk = Dialogue(
        "s:1",
        "sage",
        (
            seeker("我很难过", emotion=40),
            supporter("我理解你"),
            seeker("嗯", emotion=45, change=5),
            supporter("你可以试试运动"),
            seeker("不想", emotion=40, change=-5),
            supporter("好的"),
        ),
        language="zh",
    )
    found = list(cut(talk, left_out))
    assert [unit.outcome for unit in found] == ["constructive", "negative"]
    assert sum(left_out.values()) == 1
    assert found[0].before.intensity == 60
    assert found[0].after.intensity == 55


def test_units_survive_their_file(tmp_path: Path) -> None:
    """A line of the contract's form, read again as the same unit; a broken line is named."""
    (unit,) = units(seeker("I am so sad"), supporter("What is it?", "Question"), seeker("my dog died"))
    path = tmp_path / "units.jsonl"
    path.write_text(line(unit) + "\n", encoding="utf-8")
    assert list(read_units(path)) == [unit]
    record = json.loads(line(unit))
    assert list(record) == [
        "id", "source", "dialogue", "turn", "scenario", "before", "action", "strategy", "text", "after", "change",
        "outcome", "evidence",
    ]  # fmt: skip
    path.write_text(line(unit) + "\n{}\n", encoding="utf-8")
    with pytest.raises(UsageError, match="line 2"):
        list(read_units(path))
