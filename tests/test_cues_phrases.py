"""How written phrases are found in a text."""

from __future__ import annotations

import pytest
from escs.runtime.phrases import Phrases, sentences, words
from hypothesis import given, settings
from hypothesis import strategies as st

LISTS = {"feeling": frozenset({"sad", "lost"})}


def found(phrase: str, text: str) -> bool:
    """Whether one phrase is in a text."""
    return bool(Phrases([("x", phrase)], LISTS).find(words(text, {"im": ("i", "am")})))


@pytest.mark.parametrize(
    ("phrase", "text", "there"),
    [
        ("how are you", "Hello, how are you?", True),
        ("how are you", "How you are!", False),
        ("tried|done", "What have you done?", True),
        ("i [really] know", "I know", True),
        ("i [really] know", "I really know", True),
        ("i [really|do] know", "I do not know", False),
        ("i _ know", "I know", False),
        ("i _ know", "I always know", True),
        ("i ... know", "I just do not know", True),
        ("i ... know", "I said it. You know", False),
        ("i am {feeling}", "im sad", True),
        ("^ try", "You could try", False),
        ("^ try", "Well. Try it", True),
        ("right ?", "You left, right?", True),
        ("right ?", "Right now?", False),
        ("okay $", "It is okay", True),
        ("okay $", "Okay then", False),
        ("bye", "goodbye", False),
    ],
)
def test_phrases_mean_what_the_files_head_says(phrase: str, text: str, there: bool) -> None:
    """Alternatives, options, gaps, lists, beginnings and ends."""
    assert found(phrase, text) is there


def test_sentences_end_where_a_mark_or_a_line_ends() -> None:
    """A line break ends a sentence, and a question mark anywhere in its marks makes a question."""
    row = words("Well...\nis it so?! Yes", {})
    assert sentences(row) == [["well", "."], ["is", "it", "so", "?"], ["yes", "."]]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_text_becomes_whole_sentences(text: str) -> None:
    """Every sentence begins with its mark, has a word and ends with one of the three ends."""
    row = words(text, {})
    assert row.count("^") == sum(word in ".?!" for word in row)
    assert all(len(sentence) > 1 for sentence in sentences(row))


def test_very_long_text_is_cut_in_the_middle() -> None:
    """Both ends of a long text are looked at."""
    text = "hello " + "x " * 50_000 + "goodnight"
    row = words(text, {})
    assert "hello" in row
    assert "goodnight" in row
    assert len(row) < 4_000
