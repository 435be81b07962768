"""The sentence guard: nothing that fails is ever shown first and withdrawn later, however the stream is cut."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from escs.runtime.safety.check import CheckContext, check
from escs.runtime.safety.stream import RUNAWAY, Ended, Passed, Sentences, Withheld, guard
from escs.runtime.task import Answered, Piece
from hypothesis import given
from hypothesis import strategies as st

BAD = "You should stop taking your medication."


async def _pieces(chunks: list[str]) -> AsyncIterator[Piece]:
    for chunk in chunks:
        yield Piece(chunk)
    yield Piece(done=Answered("".join(chunks), "test"))


async def _run(chunks: list[str]) -> tuple[str, bool, bool]:
    shown, withheld, ended = "", False, False
    async for judged in guard(_pieces(chunks), CheckContext()):
        if isinstance(judged, Passed):
            shown += judged.text
        withheld = withheld or isinstance(judged, Withheld)
        ended = ended or isinstance(judged, Ended)
    return shown, withheld, ended


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_a_failing_sentence_is_never_shown(size: int) -> None:
    """What came before it is shown, it and what follows are not, wherever the chunks are cut."""
    text = f"I hear how tired you are. {BAD} Take care."
    chunks = [text[start : start + size] for start in range(0, len(text), size)]
    shown, withheld, ended = await _run(chunks)
    assert shown == "I hear how tired you are. "
    assert withheld
    assert not ended


async def test_a_thought_split_over_two_sentences_is_seen() -> None:
    """Two halves that fail only together are judged together."""
    shown, withheld, _ = await _run(["It will. Be fine."])
    assert withheld
    assert "fine" not in shown


@given(st.lists(st.text(max_size=60), max_size=8))
async def test_what_passes_is_shown_whole(chunks: list[str]) -> None:
    """A stream that passes comes out as it went in; one that does not shows no failing sentence."""
    shown, withheld, ended = await _run(chunks)
    if withheld:
        assert "".join(chunks).startswith(shown)
    else:
        assert shown == "".join(chunks)
        assert ended
    assert check(shown, CheckContext()) == () or "\n" in shown


@given(st.text(alphabet=st.characters(exclude_characters=".!?…。！？\n"), min_size=RUNAWAY * 2, max_size=RUNAWAY * 3))
def test_a_runaway_sentence_is_cut(text: str) -> None:
    """A sentence that never ends is handed over in bounded pieces."""
    sentences = Sentences()
    assert sentences.feed(text)


def test_abbreviations_and_lists_do_not_end_a_sentence() -> None:
    """“Dr.”, “e.g.” and the number of a list item are not ends."""
    sentences = Sentences()
    assert sentences.feed("Ask Dr. Lee, e.g. tomorrow. Then rest. ") == ["Ask Dr. Lee, e.g. tomorrow. "]
    assert sentences.flush() == ["Then rest. "]
