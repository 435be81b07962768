"""Makes the words of a text comparable: case, look-alike letters, hidden characters, leetspeak, s p a c e d letters.

The text itself is never changed: what is made here is only read by the rules, and every word remembers where it stood,
so that what matched can be shown as it was typed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, islice

from escs.runtime.safety.apart import joined, regions
from escs.runtime.safety.folding import Shifts, fold
from escs.runtime.safety.numbering import EDGE_ID, NUMBER_ID, OTHER_ID, PAUSE_ID, SOFT_ID
from escs.runtime.safety.spelling import Spelling

_EMOJI = "\u2600-\u27bf\U0001f000-\U0001faff"
_TOKEN = re.compile(
    rf"[$@]?[^\W_]+(?:['@$!|*+]{{1,3}}[^\W_]+)*|[.!?]+|\n\s*|[,;:()\[\]{{}}\"'/*~<>=&_\-]|[{_EMOJI}]", re.UNICODE
)
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:[ .,_*/|\-]{1,3}[^\W_](?![^\W_])){2}")
_MAYBE_SPACED = re.compile(
    r"[ .,_*/|\-][^\W_][ .,_*/|\-]{1,3}[^\W_](?![^\W_])"
)  # every _SPACED holds one; quick to deny
_BREAK = re.compile(r"\n\s+")
_STACCATO = re.compile(r"(?<=\w)[.!?]+\s+\w+[.!?]+\s+\w")
_MAYBE_STACCATO = re.compile(r"[.!?]\s+\w+[.!?]+\s+\w")
_CLOSING = frozenset('.,!?;:)"')
_DOTS = {".": EDGE_ID, "!": EDGE_ID, "?": EDGE_ID}

_FIRST = (0,)
Piece = tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]]
"""What stands between two spaces: its words as they are read, their numbers, and the typed word that each came from."""


@dataclass(slots=True)
class Reading:
    """A text as the rules see it: the number of each word, and where the word stands in what was typed."""

    text: str
    folded: str
    words: list[str]
    ids: list[int]
    chunks: Sequence[str] = ()  # the folded text between its spaces
    pieces: Mapping[str, Piece] = field(default_factory=dict)  # how each of them is read
    _ends: list[int] = field(default_factory=list)  # how many words there are up to the end of each chunk
    _starts: list[int] = field(default_factory=list)  # how many letters there are before each chunk
    _spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # where each word of a chunk stands in it
    _shifts: Shifts | None = None

    def typed(self, start: int, end: int) -> str:
        """What was typed from the word `start` up to and without the word `end`."""
        while start < end - 1 and self.ids[start] in (EDGE_ID, PAUSE_ID, SOFT_ID):
            start += 1
        while end - 1 > start and self.ids[end - 1] in (EDGE_ID, PAUSE_ID, SOFT_ID):
            end -= 1
        first, last = self._span(start)[0], self._span(end - 1)[1]
        if not self.text.isascii():
            if self._shifts is None:
                self._shifts = Shifts(self.text)
            first, last = self._shifts.before(first), self._shifts.after(last)
        return self.text[first:last].strip()

    def _span(self, index: int) -> tuple[int, int]:
        """Where the word at `index` stands in the folded text."""
        if index == 0:
            return 0, 0
        if index == len(self.ids) - 1:
            return len(self.folded), len(self.folded)
        if not self._ends:
            counts = {chunk: len(piece[0]) for chunk, piece in self.pieces.items()}
            self._ends = list(accumulate(map(counts.__getitem__, self.chunks)))
            self._starts = list(accumulate(map(len, self.chunks), initial=0))
        at = bisect_right(self._ends, index - 1)
        chunk = self.chunks[at]
        origins = self.pieces[chunk][2]
        spans = self._spans.get(chunk)
        if spans is None:
            spans = self._spans[chunk] = [match.span() for match in _TOKEN.finditer(chunk)]
        first, last = spans[origins[index - 1 - (self._ends[at] - len(origins))]]
        before = self._starts[at] + at  # and the spaces between the chunks
        return before + first, before + last


def read(text: str, known: Mapping[str, int], spelling: Spelling) -> Reading:
    """The text as the rules see it. `known` gives each word that a rule reads its number.

    No word holds a space, so the text is cut at spaces, and what stands between two of them is worked out once a text.
    """
    folded = fold(text)
    if "\n" in folded:  # a break with its spaces is one sign
        folded = _BREAK.sub(lambda found: found[0].replace(" ", "\t"), folded)
    spaced = _MAYBE_SPACED.search(folded) is not None and _SPACED.search(folded) is not None
    chunks = folded.split(" ")
    apart: set[str] = set()
    if spaced:
        chunks, apart = regions(chunks)
    pieces: dict[str, Piece] = {}
    for chunk in set(chunks):
        number = known.get(chunk)
        if number is not None and chunk.isalpha():
            pieces[chunk] = (chunk,), (number,), _FIRST
        elif chunk in apart:
            pieces[chunk] = _piece(chunk, known, spelling, spaced=True)
        else:
            pieces[chunk] = _worded(chunk, known, spelling) or _piece(chunk, known, spelling, spaced=False)
    numbers = {chunk: piece[1] for chunk, piece in pieces.items()}
    words_of = {chunk: piece[0] for chunk, piece in pieces.items()}
    ids = [EDGE_ID, *chain.from_iterable(map(numbers.__getitem__, chunks)), EDGE_ID]
    words = ["", *chain.from_iterable(map(words_of.__getitem__, chunks)), ""]
    reading = Reading(text, folded, words, ids, chunks, pieces)
    if _MAYBE_STACCATO.search(folded) and _STACCATO.search(folded):
        _join_staccato(reading.ids)
    return reading


def _worded(chunk: str, known: Mapping[str, int], spelling: Spelling) -> Piece | None:
    """The same as `_piece`, sooner, for a word of letters with perhaps a sign after it, which nearly all are."""
    sign = chunk[-1:]
    word = chunk[:-1] if sign in _CLOSING else chunk
    number = known.get(word)
    if number is not None and (word.isalpha() or (word[0] != "'" != word[-1] and word.replace("'", "").isalpha())):
        return ((word,), (number,), _FIRST) if word is chunk else ((word, sign), (number, known[sign]), (0, 1))
    if not word.isalpha():
        return None
    words = spelling.mend(word, known) or (word,)
    numbers, origins = [_number(each, known) for each in words], [0] * len(words)
    if word is not chunk:
        words, numbers, origins = (*words, sign), [*numbers, known[sign]], [*origins, 1]
    return words, tuple(numbers), tuple(origins)


def _piece(chunk: str, known: Mapping[str, int], spelling: Spelling, spaced: bool) -> Piece:
    """How the text between two spaces, or a region, is read."""
    typed = _TOKEN.findall(chunk)
    words: list[str] = []
    origins: list[int] = []
    repaired = {word: _mended(word, known, spelling) for word in typed if word not in known}
    if spaced:
        words, origins = joined(typed, repaired, known, spelling)
    else:
        for index, word in enumerate(typed):
            mended = repaired.get(word, (word,))
            words += mended
            origins += [index] * len(mended)
    return tuple(words), tuple([_number(word, known) for word in words]), tuple(origins)


def _mended(word: str, known: Mapping[str, int], spelling: Spelling) -> tuple[str, ...]:
    """The words that a typed word is read as: itself, or the known words that it stands for."""
    if word in known or not (word[0].isalnum() or word[0] in "$@"):
        return (word,)
    return spelling.mend(word, known) or (word,)


def _number(word: str, known: Mapping[str, int]) -> int:
    """The number of a word or sign; OTHER_ID for a word that no rule reads."""
    number = known.get(word)
    if number is not None:
        return number
    first = word[0]
    if first in _DOTS:
        return SOFT_ID if word.startswith("..") else EDGE_ID
    if first == "\n":
        return SOFT_ID if word.count("\n") == 1 else EDGE_ID
    if word.isdigit():
        return NUMBER_ID
    return OTHER_ID if first.isalnum() or first in "$@" else PAUSE_ID


def _join_staccato(ids: list[int]) -> None:
    """Let. Single. Words. Run. On: the stop after a sentence of one word is read as a pause."""
    edges = [index for index, number in enumerate(ids) if number == EDGE_ID]
    for before, here, following in zip(edges, edges[1:], edges[2:], strict=False):
        if here - before <= 2 and following - here <= 2:
            ids[here] = SOFT_ID


def islice_words(reading: Reading, start: int, end: int) -> list[str]:
    """The words as read, for explanations and tests."""
    return list(islice(reading.words, start, end))
