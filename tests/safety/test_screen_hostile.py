"""The screen answers for any text, and its work grows with the length of the text alone, counted in steps."""

from __future__ import annotations

from unittest.mock import patch

from escs.runtime.safety.automaton import Automaton
from escs.runtime.safety.context import REACH
from escs.runtime.safety.normalise import read
from escs.runtime.safety.risk import Level, Screening
from escs.runtime.safety.rulebook import rulebook
from escs.runtime.safety.screen import MOST_JUDGED, screen
from hypothesis import given, settings
from hypothesis import strategies as st

PIECES = [
    "i want to",
    "die",
    "kill",
    "not",
    "k i l l",
    "myself",
    ",",
    ".",
    '"',
    "((",
    "\n",
    "lol",
    "ago",
    "mу",
    "👍🏽",
    "​",
]
words = st.one_of(st.sampled_from(PIECES), st.text(max_size=12))
texts = st.builds(
    lambda parts, sep: sep.join(parts), st.lists(words, max_size=60), st.sampled_from([" ", "", " . ", "\n"])
)


@given(st.text(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_text_is_screened(text: str) -> None:
    """No text makes the screen fail."""
    assert isinstance(screen(text), Screening)


@given(texts)
@settings(max_examples=60, deadline=None)
def test_mixtures_of_telling_words_are_screened_alike_each_time(text: str) -> None:
    """The same text gets the same screening, whatever was read in between."""
    first = screen(text)
    screen("I want to die. " * 3)
    assert screen(text) == first


@given(texts)
@settings(max_examples=40, deadline=None)
def test_the_words_read_never_outnumber_the_characters(text: str) -> None:
    """Folding and repairing grow a text by no more than a small factor."""
    book = rulebook()
    reading = read(text, book.known, book.spelling)
    assert len(reading.ids) == len(reading.words)
    assert len(reading.ids) <= 4 * len(text) + 4


@given(texts)
@settings(max_examples=25, deadline=None)
def test_a_match_is_weighed_a_bounded_number_of_times(text: str) -> None:
    """However often a text repeats itself, each rule looks back over at most a window of words, and not too often."""
    book = rulebook()
    asked: list[int] = []
    begin = Automaton.begin

    def counted(self: Automaton, ids: list[int], last: int, owner: int, earliest: int) -> int:
        asked.append(last - earliest)
        return begin(self, ids, last, owner, earliest)

    with patch.object(Automaton, "begin", counted):
        screen(" ".join([text] * 20))
    owners = len(book.rules) + len(book.markers)
    assert max(asked, default=0) <= REACH
    assert len(asked) <= (MOST_JUDGED + REACH) * owners * 10


def test_a_crisis_is_found_wherever_it_stands_in_a_long_text() -> None:
    """Padding hides nothing."""
    padding = "The weather was fine and we walked along the river. " * 300
    for text in (
        f"I want to kill myself. {padding}",
        f"{padding} I want to kill myself. {padding}",
        f"{padding} I want to kill myself.",
    ):
        assert screen(text).level == Level.CRISIS


@given(
    st.sampled_from(["I want to kill myself", "I took all my pills", "My husband choked me last night"]),
    st.text(alphabet="\u200b\u200d\u2060\u202e\ufe0f", max_size=4),
    st.integers(0, 20),
)
@settings(max_examples=40, deadline=None)
def test_hidden_characters_hide_nothing(text: str, hidden: str, place: int) -> None:
    """Zero-width and bidi characters inside a sentence change nothing."""
    assert screen(text[:place] + hidden + text[place:]).level == Level.CRISIS
