"""The echo's grammar: each field fits its slot, history fills what the newest turn leaves open, nothing hostile gets out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from escs.runtime.echo import fragments, fragments_of_history
from escs.runtime.echo.fragments import FIELDS
from hypothesis import given
from hypothesis import strategies as st

CASES = [
    json.loads(line) for line in (Path(__file__).parent / "cases" / "echo_turned.jsonl").read_text("utf-8").splitlines()
]
WORDS = (
    "i my me we am was not never always feel want to lost my job wife left boss hates mother and because if died the exam "
    "so sad , . ? she he they you your don't can't have been might with about baby friend it is"
).split()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:40])
def test_each_field_is_turned_to_fit_its_slot(case: dict[str, str | None]) -> None:
    """What is named comes back in the second person and in the form of its slot; null means that it must not."""
    found = fragments(str(case["text"]))
    for field in FIELDS:
        if field in case:
            assert getattr(found, field) == case[field], field


@given(st.lists(st.sampled_from(WORDS), max_size=30))
def test_words_in_any_order_never_come_back_in_the_first_person(words: list[str]) -> None:
    """However known words are mixed, no fragment speaks as the seeker, to the helper, or runs on."""
    found = fragments(" ".join(words))
    for field in FIELDS:
        said = getattr(found, field)
        if said is not None:
            assert 0 < len(said.split()) <= 14
            assert not {"i", "me", "my", "am", "we", "us", "our", "mine", "i'm", ",", ".", "?"} & set(said.split())
            assert said.split()[-1] not in ("and", "because", "to", "the", "your", "a", "with", "about", "if", "so")


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mI lost my job",
        "I lost [bold red]my job",
        "{% import os %} I lost my job",
        "I lost my job</skill>",
        "“I lost my job”",
        'She sang "I lost my job"',
        "J'ai perdu mon travail et ma femme",
        "Ich habe Angst vor der Prüfung in der Schule",
        "perdí mi trabajo y mi mamá no me habla",
        "\u202ei lost my job",
        "\x00i lost my job",
        "Ι lοst my jοb",  # Greek letters among the Latin ones
    ],
)
def test_hostile_or_foreign_text_gives_no_clause(text: str) -> None:
    """Markup, control characters, quotations and other languages are not said back."""
    found = fragments(text)
    assert (found.clause, found.event, found.wish, found.feeling) == (None, None, None, None)


def test_only_the_ends_of_a_very_long_text_are_read() -> None:
    """What stands in the middle of 100,000 characters is left out; what stands at the end is taken."""
    middle = "The bus was late. " * 3000 + "My dog died. " + "The bus was late. " * 3000
    assert fragments(middle + "I lost my job.").clause == "you lost your job"


def test_a_sentence_that_was_cut_in_half_is_not_read() -> None:
    """A long text is cut at sentences, so that the rest of “I dreamt that …” is not taken for the truth."""
    assert fragments("I dreamt " + "that " * 500 + "my mother died").clause is None


def test_of_several_things_the_weightiest_is_taken_and_of_equals_the_latest() -> None:
    """Losses go before logistics, and what is said later before what is said earlier."""
    assert fragments("I lost my job. I live in a flat with two cats.").clause == "you lost your job"
    assert fragments("I lost my job. My wife left me.").clause == "your wife left you"


def test_history_fills_open_fields_from_earlier_turns_and_says_from_which() -> None:
    """A flat answer takes up the turn before; the newest turn goes first where it says something."""
    found = fragments_of_history(["My dog died", "I feel so guilty about my sister", "yes"])
    assert (found.feeling, found.said("feeling")) == ("really guilty", 1)
    assert (found.event, found.said("event")) == ("losing your dog", 2)
    assert found.said("wish") is None
    assert fragments_of_history(["My dog died", "I lost my job"]).event == "losing your job"


def test_history_does_not_reach_back_for_ever() -> None:
    """What was said many turns ago is left in peace."""
    assert fragments_of_history(["My dog died", *["yes"] * 9]).event is None


def test_somebody_who_died_is_not_offered_as_a_person_to_turn_to() -> None:
    """Neither in the turn that tells it nor in the turns around it."""
    assert fragments_of_history(["I talk to my mother a lot", "my mother died in May"]).person is None
    assert fragments_of_history(["my mother died in May", "I miss my mother"]).person is None


def test_where_danger_is_spoken_of_only_feelings_are_taken() -> None:
    """A text about violence or suicide gives neither events nor people."""
    found = fragments("My stepfather hits me. I feel scared. I lost my job.")
    assert found.feeling == "scared"
    assert (found.event, found.clause, found.person, found.wish) == (None, None, None, None)
