"""How much cues tell: words that turn up whatever the matter is give way to those that name it."""

from __future__ import annotations

import tomllib

import pytest
from escs.runtime.reading import PATH, read
from escs.runtime.state import Message, SeekerState
from escs.runtime.taxonomy import taxonomy
from hypothesis import given
from hypothesis import strategies as st


def after(*said: str) -> SeekerState:
    """The state after these seeker turns."""
    return read([Message("user", text) for text in said])


@pytest.mark.parametrize(
    ("text", "scenario"),
    [
        ("My friend told me at work that my ex is dating again, we broke up in May", "breakup"),
        ("I have finals this week and my family keeps calling about Christmas", "academic-pressure"),
        ("I got laid off, and now I sit at home with my kids and the bills", "job-crisis"),
        ("My best friend spread a rumour about me in class", "friendship"),
        ("I work all day and still I have been so depressed for years that I cannot get out of bed", "low-mood"),
        ("My dog died while I was at work", "bereavement"),
    ],
)
def test_a_telling_phrase_outweighs_several_faint_ones(text: str, scenario: str) -> None:
    """Work, family and friends are in every story; what names the matter decides."""
    assert after(text).scenario == scenario


def test_a_named_feeling_outweighs_a_word_for_what_happened() -> None:
    """“He left me” is a fact; the feeling is the one that the person names."""
    assert after("He left me last week and I am so anxious").label == "anxious"


def test_a_denied_feeling_does_not_count() -> None:
    """“Not sad, just numb” is numb."""
    assert after("I'm not sad, just numb").label == "numb"


def test_the_matter_stays_while_the_talk_moves_on() -> None:
    """Ten turns later, what it is about is still what was told at the start."""
    assert after("I got fired on Monday and my boss laughed", *["I went for a walk"] * 10).scenario == "job-crisis"


def test_weighted_phrases_are_phrases_of_their_group() -> None:
    """A weight for a phrase that no label lists would be a slip of the pen."""
    book = tomllib.loads(PATH.read_text("utf-8"))
    for group in ("state", "scenario"):
        listed = {phrase for phrases in book[group].values() for phrase in phrases}
        for kind in ("faint", "telling"):
            assert set(book[f"{group}-{kind}"]["phrases"]) <= listed


@given(st.lists(st.text(max_size=80), max_size=6))
def test_any_dialogue_gives_labels_of_the_taxonomy_and_the_same_ones_twice(texts: list[str]) -> None:
    """The reading is a pure function of the history, within its bounds, whatever was typed."""
    state = after(*texts)
    assert state == after(*texts)
    assert 0 <= state.intensity <= 100
    assert state.label in {"", *taxonomy().states}
    assert state.scenario in {"", *taxonomy().scenarios}
    assert state.stage in taxonomy().stages
    assert state.asked_for <= set(taxonomy().asked_for)
    assert state.declined <= set(taxonomy().declined)
