"""The offline reading: what the seeker's words show, what they ask for, and what they turned down."""

from __future__ import annotations

import pytest
from escs.runtime.reading import read
from escs.runtime.state import Message
from escs.runtime.taxonomy import taxonomy
from hypothesis import given
from hypothesis import strategies as st


def state(*said: str):  # type: ignore[no-untyped-def]
    """The state after these seeker turns, each answered by a neutral word."""
    history = [m for text in said for m in (Message("user", text), Message("assistant", "I hear you."))][:-1]
    return read(history)


@pytest.mark.parametrize(
    ("text", "label", "scenario"),
    [
        ("I am so worried about my exam on Friday", "anxious", "academic-pressure"),
        ("My mother died in spring and I am still in grief", "grieving", "bereavement"),
        ("My boyfriend broke up with me and I feel betrayed", "hurt", "breakup"),
        ("I feel guilty, it was my fault that we lost the flat and the rent is due", "guilty", "money"),
        ("I'm exhausted from looking after my father, his dementia gets worse", "exhausted", "caregiving"),
        ("Nobody understands me and I have no friends here", "lonely", "loneliness"),
        ("I'm ashamed of my drinking", "ashamed", "addiction"),
    ],
)
def test_state_and_scenario_are_read(text: str, label: str, scenario: str) -> None:
    """Plain words of a feeling and of a matter give their labels."""
    found = state(text)
    assert found.label == label
    assert found.scenario == scenario


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("What should I do?", {"advice"}),
        ("Please don't give me advice, I just need to get it out", {"listening"}),
        ("I just want to vent", {"listening"}),
        ("Am I wrong to be angry?", {"opinion"}),
        ("you don't get it", {"repair"}),
        ("Where can I get help? I want to find a therapist", {"people"}),
        ("The weather is bad", set()),
    ],
)
def test_what_is_asked_for(text: str, asked: set[str]) -> None:
    """What the seeker wants from the helper is read from their words, and its opposite is not taken for it."""
    assert state("I had a hard week at work.", text).asked_for == asked


def test_a_flat_answer_does_not_wipe_out_what_was_told() -> None:
    """After "yes" the mood and the matter of before still stand."""
    found = state("I am so angry at my boss, she took my shifts", "yes")
    assert (found.label, found.scenario) == ("angry", "job-crisis")


def test_what_was_turned_down_is_remembered() -> None:
    """A refusal holds for the rest of the conversation."""
    found = state("I don't want therapy.", "My week was long.", "My boss is difficult.", "yes")
    assert "professionals" in found.declined


def test_a_repair_is_open_only_until_it_was_answered() -> None:
    """Anger at the helper is answered once and does not colour all that follows."""
    assert "repair" in state("I lost my job", "you don't get it").asked_for
    assert "repair" not in state("I lost my job", "you don't get it", "It was in March.").asked_for


@pytest.mark.parametrize(
    ("text", "minor"), [("I'm 15 and my parents fight", True), ("I'm 35 and tired", False), ("My son is 12", False)]
)
def test_minors_are_noticed(text: str, minor: bool) -> None:
    """An age under 18 counts where it is the writer's own."""
    assert state(text).minor is minor


def test_strong_words_weigh_more_than_weak_ones() -> None:
    """Intensity follows words, and stays within its bounds."""
    assert state("I am a bit sad").intensity < state("I am so devastated, I can't stop crying!!").intensity


@given(st.lists(st.text(max_size=200), min_size=1, max_size=6))
def test_any_dialogue_gives_labels_of_the_taxonomy(said: list[str]) -> None:
    """Whatever is typed, the state is made of known labels, and the same each time."""
    found, words = state(*said), taxonomy()
    assert found.label in ("", *words.states)
    assert found.scenario in ("", *words.scenarios)
    assert found.stage in words.stages
    assert 0 <= found.intensity <= 100
    assert found == state(*said)
