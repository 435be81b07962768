"""Choosing: the conditions that people write decide, and every choice says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from escs.runtime.bank.bank import Bank
from escs.runtime.bank.choose import Chooser, Wishes
from escs.runtime.bank.match import Matcher, explain, parse_range
from escs.runtime.state import SeekerState
from escs.runtime.taxonomy import taxonomy
from hypothesis import given
from hypothesis import strategies as st

SAD = SeekerState(label="sad", intensity=60, scenario="breakup", stage="exploration", turn=3)
Writer = Callable[..., Path]


def _first(bank: Path, state: SeekerState = SAD, **more: object) -> str:
    return Chooser(Bank(bank)).choose(state, ["It is over between us."], **more)[0].name  # type: ignore[arg-type]


def test_an_edited_condition_changes_the_choice_at_the_next_turn(tmp_path: Path, write_skill: Writer) -> None:
    """The same open bank, the same state: only the text of a file has changed, and another skill leads."""
    write_skill(tmp_path, "for-the-sad", conditions=("state: sad", "not: risk: crisis"))
    other = write_skill(tmp_path, "for-the-numb", conditions=("state: numb", "not: risk: crisis"))
    bank = Bank(tmp_path)
    chooser = Chooser(bank)
    assert chooser.choose(SAD, ["Hello."])[0].name == "for-the-sad"
    other.write_text(other.read_text().replace("state: numb", "state: sad\n    scenario: breakup"))
    bank.refresh()
    assert chooser.choose(SAD, ["Hello."])[0].name == "for-the-numb"


@pytest.mark.parametrize(
    "condition", ["state: sad", "not: state: sad", "not: intensity: 50-70", "not: turn: 3", "not: stage: exploration"]
)
def test_a_contra_indication_that_holds_shuts_the_skill_out(
    tmp_path: Path, write_skill: Writer, condition: str
) -> None:
    """`not:` lines always win, whatever else fits."""
    write_skill(tmp_path, "a", conditions=("state: sad", "scenario: breakup", condition))
    write_skill(tmp_path, "b", conditions=("state: numb", "not: risk: crisis"))
    assert _first(tmp_path) == ("b" if condition.startswith("not:") else "a")


def test_words_and_evidence_only_break_ties(tmp_path: Path, write_skill: Writer) -> None:
    """A skill whose description repeats the turn's words does not overtake one whose condition holds."""
    write_skill(tmp_path, "by-condition", conditions=("state: sad", "not: risk: crisis"))
    write_skill(
        tmp_path,
        "by-words",
        conditions=("state: numb", "not: risk: crisis"),
        description="Over between us. Use it over us.",
    )
    assert _first(tmp_path) == "by-condition"


def test_pins_come_first_and_what_is_off_stays_away(tmp_path: Path, write_skill: Writer) -> None:
    """A person's wishes outrank the scores."""
    write_skill(tmp_path, "a", conditions=("state: sad", "not: risk: crisis"))
    write_skill(tmp_path, "b", conditions=("state: numb", "not: state: sad"))
    assert _first(tmp_path, wishes=Wishes(pinned=("b",))) == "b"
    assert _first(tmp_path, wishes=Wishes(off=frozenset({"a"})), state=replace(SAD, label="")) == "b"


def test_a_skill_used_just_now_makes_room(tmp_path: Path, write_skill: Writer) -> None:
    """Of two that fit alike, the one not used in the last turn leads."""
    for name in ("a", "b"):
        write_skill(tmp_path, name, conditions=("state: sad", "not: risk: crisis"))
    assert _first(tmp_path, used=[("a",)]) == "b"
    assert _first(tmp_path, used=[("b",)]) == "a"


_words = taxonomy()
_states = st.builds(
    SeekerState,
    label=st.sampled_from(["", *_words.states]),
    intensity=st.integers(0, 100),
    scenario=st.sampled_from(["", *_words.scenarios]),
    stage=st.sampled_from(list(_words.stages)),
    turn=st.integers(1, 60),
    asked_for=st.frozensets(st.sampled_from(list(_words.asked_for))),
    declined=st.frozensets(st.sampled_from(list(_words.declined))),
    minor=st.booleans(),
    unsafe_home=st.booleans(),
)


@given(state=_states)
def test_the_lists_say_the_same_as_the_words(state: SeekerState) -> None:
    """For the bank that ships, the quick lists and the explanation of each skill agree to the last digit."""
    bank = _shipped()
    scores = Matcher(bank).scores(state)
    for entry in bank:
        match = explain(entry, state)
        assert (entry.name in scores) == (not match.against)
        if not match.against:
            assert scores[entry.name] == pytest.approx(match.score)


def _shipped() -> Bank:
    from escs.runtime.bank.shipped import _shipped as shipped

    return shipped()


@pytest.mark.parametrize(
    ("text", "span"), [("60-100", (60, 100)), ("3", (3, 3)), ("4-", (4, 10**6)), ("9-3", None), ("x", None), ("", None)]
)
def test_ranges(text: str, span: tuple[int, int] | None) -> None:
    """A range is read as people write it, and what is none is refused."""
    assert parse_range(text) == span
