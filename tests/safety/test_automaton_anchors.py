"""Patterns are found around their anchors just where trying every way of reading them finds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unittest.mock import patch

from escs.runtime.safety import automaton
from escs.runtime.safety.automaton import Automaton
from escs.runtime.safety.numbering import EDGE_ID, PAUSE_ID, SOFT_ID, numbered
from escs.runtime.safety.pattern import EDGE, Part, Slots, parse
from hypothesis import given, settings
from hypothesis import strategies as st

SLOTS: Slots = {
    "want": tuple(parse(line, "test") for line in ("i want to", "wanna", "(i | we) ..2 wish")),
    "die": tuple(parse(line, "test") for line in ("die", "be [so] dead", "<end> it")),
    "end": tuple(parse(line, "test") for line in ("end", "stop $")),
}
LINES = [
    "<want> <die>",
    "^ <die>",
    "(^ | and) [i] ..3 die $",
    "not ..2 <die>",
    "i [want] (dead | # pills)",
    "stop $ and die",
    "i $ <want>",
    "really die",
    "(so | ^) really",
    "<end> ..1",
]
PARTS = [parse(line, "test") for line in LINES]
WORDS = "i we want to wanna wish die be so dead end it stop and not pills really 12 #".split()
IDS = numbered([*WORDS, EDGE], {})
FILLERS, NEGATORS = {IDS["really"], IDS["so"]}, {IDS["not"]}
numbers = st.sampled_from([*(IDS[word] for word in WORDS), 0, EDGE_ID, PAUSE_ID, SOFT_ID])


def every_way(parts: Sequence[Part], ids: Sequence[int], at: int, end: int = 0) -> Iterator[int]:
    """All places after a last word read, by trying everything; `end` is the place after the word read last, or 0."""
    if not parts:
        yield end
        return
    part, rest = parts[0], parts[1:]
    if part.what in ("choice", "slot"):
        for choice in part.choices or SLOTS[part.word]:
            yield from every_way((*choice, *rest), ids, at, end)
        return
    if part.what == "gap":
        yield from every_way(rest, ids, at, end)
        if part.width == 0:
            return
    if at == len(ids):
        return
    word = ids[at]
    if end and (word in FILLERS or word in (PAUSE_ID, SOFT_ID)):
        yield from every_way(parts, ids, at + 1, end)
    if part.what == "gap":
        if word not in NEGATORS and word not in (EDGE_ID, PAUSE_ID, SOFT_ID):
            yield from every_way((Part("gap", width=part.width - 1), *rest), ids, at + 1, at + 1)
        return
    meant = {word} | ({EDGE_ID} if word == SOFT_ID else set()) | ({IDS["#"]} if word == IDS["12"] else set())
    if IDS[part.word] in meant:
        yield from every_way(rest, ids, at + 1, at + 1)


@given(st.lists(numbers, max_size=14), st.integers(0, 400))
@settings(max_examples=300, deadline=None)
def test_anchors_find_what_trying_everything_finds(middle: list[int], kept: int) -> None:
    """Every end of every pattern, even where states are dropped while texts are read."""
    ids = [EDGE_ID, *middle, EDGE_ID]
    wanted = {
        (end - 1, owner)
        for owner, parts in enumerate(PARTS)
        for start in range(len(ids))
        for end in every_way(parts, ids, start)
        if end
    }
    with patch.object(automaton, "MOST_STEPS", kept):
        assert MATCHER.run(ids) == sorted(wanted)


MATCHER = Automaton(
    [(parts, owner) for owner, parts in enumerate(PARTS)], SLOTS, IDS, ["really", "so"], ["not"], split=len(PARTS)
)
