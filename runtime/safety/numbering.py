"""The numbers that stand for words: what a word of a text may be read as, and what may be read as a word of a pattern."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from escs.runtime.safety.pattern import EDGE, NUMBER

ANY_ID = -1  # what a gap reads: any word but a negator
OTHER_ID = 0  # a word that no pattern reads
EDGE_ID = 1  # the start or end of a sentence
PAUSE_ID = 2  # a comma, a dash, a quotation mark: passed over
NUMBER_ID = 3
SOFT_ID = 4  # the end of a line, dots …: the end of a sentence for a pattern that asks for one, passed over otherwise
FIRST_WORD_ID = 5


class Numbering:
    """Which numbers in a text and in a pattern meet: a number in digits is any number, a line's end may end a sentence."""

    __slots__ = ("_digits", "_unread")

    def __init__(self, ids: Mapping[str, int], negators: Collection[int]) -> None:
        self._digits = frozenset(number for word, number in ids.items() if word.isdigit())
        self._unread = frozenset((*negators, EDGE_ID, PAUSE_ID, SOFT_ID))

    def reads(self, word: int) -> tuple[Iterable[int], bool]:
        """The words of patterns as which a word of a text may be read, and whether a gap may read it."""
        return self.meant(word), word not in self._unread

    def read_as(self, word: int) -> Iterable[int]:
        """The numbers in a text that may be read as a word of a pattern."""
        if word == EDGE_ID:
            return (EDGE_ID, SOFT_ID)
        return (NUMBER_ID, *self._digits) if word == NUMBER_ID else (word,)

    def meant(self, word: int) -> Iterable[int]:
        """The words of patterns as which a number in a text may be read."""
        if word == SOFT_ID:
            return (EDGE_ID,)
        return (word, NUMBER_ID) if word in self._digits else (word,)


def numbered(words: Iterable[str], same: Mapping[str, str]) -> dict[str, int]:
    """A number for every word that patterns read; other spellings of a word get the number of that word."""
    ids = {EDGE: EDGE_ID, NUMBER: NUMBER_ID}
    following = FIRST_WORD_ID
    for word in sorted(words):
        meant = same.get(word, word)
        if meant not in ids:
            ids[meant] = following
            following += 1
        ids[word] = ids[meant]
    for word, meant in same.items():
        if meant in ids:
            ids.setdefault(word, ids[meant])
    return ids
