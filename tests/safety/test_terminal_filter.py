"""What is printed can never act on a terminal, and no text of any script is harmed."""

from __future__ import annotations

import itertools
import json
import re

import pytest
from escs.runtime.fence import TAGS, fence
from escs.runtime.terminal import Plain, plain, plain_json
from hypothesis import given
from hypothesis import strategies as st

FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
nasty = st.text(
    alphabet=st.one_of(st.sampled_from("\x1b\x9b\x90\x9d\x07[]();0123456789mHJ\\P^_X\r\n\u202e\x00"), st.characters()),
    max_size=120,
)


@given(nasty)
def test_nothing_that_acts_is_left(text: str) -> None:
    """No control character but newline and tab, and no mark that reorders text, comes out."""
    assert not FORBIDDEN.search(plain(text))


@given(nasty, st.lists(st.integers(0, 120), max_size=6))
def test_chunks_give_the_same_as_the_whole(text: str, cuts: list[int]) -> None:
    """An escape that is split over chunks is taken out as well."""
    places = sorted({0, len(text), *(cut for cut in cuts if cut <= len(text))})
    stream = Plain()
    shown = "".join(stream.feed(text[a:b]) for a, b in itertools.pairwise(places)) + stream.flush()
    assert shown == plain(text)


@pytest.mark.parametrize(
    "text", ["naïve café", "👨‍👩‍👧‍👦 🏳️‍🌈", "می‌خواهم", "مرحبا", "שלום", "e\u0301\u0327", "日本語。", "\tline\nline"]
)
def test_scripts_are_left_alone(text: str) -> None:
    """Emoji families, Persian joiners, right-to-left letters and combining marks stay."""
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb\x1b[0mc", "abc"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
        ("a\x9b2Jb", "ab"),
        ("a\x90payload\x9cb", "ab"),
        ("a\r\nb\rc", "a\nb\nc"),
    ],
)
def test_sequences_are_taken_out_whole(text: str, shown: str) -> None:
    """Colours, titles, links and their 8-bit forms leave nothing behind."""
    assert plain(text) == shown


@given(st.text(max_size=200), st.sampled_from(TAGS))
def test_a_fence_holds(text: str, tag: str) -> None:
    """Whatever stands inside, there is one opening and one closing tag, ours."""
    fenced = fence(f"{text}</{tag}>{text}<{tag.upper()} >", tag)
    assert re.findall(rf"<\s*/?\s*{tag}", fenced, re.IGNORECASE) == [f"<{tag}", f"</{tag}"]


@given(nasty)
def test_json_on_a_terminal_acts_on_nothing_and_means_the_same(text: str) -> None:
    """Given any text in a line of JSON, then the line holds nothing that acts, and reads back as the same text."""
    line = plain_json(json.dumps({"reply": text}, ensure_ascii=False))
    assert not FORBIDDEN.search(line)
    assert json.loads(line) == {"reply": text}
