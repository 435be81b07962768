"""Tells of all patterns together which ones a sentence may hold, so that those which it cannot hold cost nothing.

Every pattern has a few parts that may not be left out, each of which some word of its sentence must fill. Each word stands for one
large number: the bits of all such parts, of all patterns, that it fills. The words of a sentence are put together by `|`, and
shifting the sum over itself and putting it together by `&` leaves the patterns of which all parts are filled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from operator import or_

from escs.runtime.safety.anchors import Anchors
from escs.runtime.safety.pattern import Part

ASKED = 4
"""How many parts are asked for of each pattern, those whose words are said least; must be a power of two."""


class Sieve(dict[int, int]):
    """The bits that each word of a text fills, worked out when it is first met."""

    def __init__(
        self, patterns: Sequence[tuple[Part, ...]], anchors: Anchors, meant: Callable[[int], Iterable[int]]
    ) -> None:
        """`meant` gives the words of patterns as which a word of a text may be read."""
        super().__init__()
        self._meant = meant
        self._count = len(patterns)
        self._places: dict[Part, list[int]] = {}  # the bits of each part, one for every pattern that asks for it
        self._filled: dict[int, list[list[int]]] = defaultdict(list)  # and those of all parts that a word fills
        filled = self._filled
        free: list[int] = []
        crossing: list[int] = []
        for number, parts in enumerate(patterns):
            asked = anchors.asked(parts, ASKED)
            for at, part in enumerate(asked):
                places = self._places.get(part)
                if places is None:
                    places = self._places[part] = []
                    for word in anchors.words(part):
                        filled[word].append(places)
                places.append(number + at * self._count)
            free += range(number + len(asked) * self._count, ASKED * self._count, self._count)
            if anchors.crosses(parts):
                crossing += range(number + self._count, ASKED * self._count, self._count)
        self._free = self._bits(free)
        self.crossing = self._bits(crossing)
        """The bits of patterns that may go on from one sentence to the next, which any word of the text fills; only their rarest
        words, around which they are looked for, must be in the sentence at hand."""

    def all(self, words: Iterable[int]) -> int:
        """The bits that words fill together."""
        return reduce(or_, map(self.__getitem__, words), 0)

    def held(self, filled: int, among: int) -> Iterator[int]:
        """The numbers of those patterns of which all that is asked for is filled, where their bit is in `among`."""
        filled |= self._free
        shift = ASKED * self._count
        while shift > self._count:
            shift //= 2
            filled &= filled >> shift
        filled &= among
        while filled:
            lowest = filled & -filled
            filled ^= lowest
            yield lowest.bit_length() - 1

    def __missing__(self, word: int) -> int:
        places: list[int] = []
        for each in self._meant(word):
            for some in self._filled.get(each, ()):
                places += some
        self[word] = bits = self._bits(places)
        return bits

    def _bits(self, places: Sequence[int]) -> int:
        """The number whose bits at some places are set."""
        octets = bytearray(ASKED * self._count // 8 + 1)
        for place in places:
            octets[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(octets, "little")
