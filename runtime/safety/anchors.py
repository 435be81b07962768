"""Finds in each pattern the words that it cannot do without and that are rarely said, so that all else is passed over.

"i want to (die | be dead)" needs `die` or `dead`: where a text holds neither, nobody has to look for the rest of it.
Of all the words that a pattern cannot do without, those are its anchors that are said least in ordinary talk.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from operator import itemgetter

from escs.runtime.safety.pattern import EDGE, Part, Slots

COMMON = """i to and a the my that you it have for of me is but in do with not so am just i'm yes this are on be like
feel think good will thank get really about out been he time it's we what they was can how know don't now at her help
she all because thanks your work some that's as very or much would them too if there more no should try yeah job better
well when people has up things one from friends go hard him lot need want i've had also going day could other sure right
any talk over doing make great even an see find can't did maybe myself feeling something being year take friend family
back""".split()
"""The words said most in ordinary talk, the commonest first (counted in ESConv); how common they are only costs time."""

RARE = 0.003
"""How often a word that is not in COMMON is said, where the commonest is said once."""

NEVER = 100.0
"""For what may be passed over without being read: as an anchor it could make the work grow faster than the text."""

Sequence = tuple[Part, ...]
_Found = tuple[float, set[int]]
"""How often the anchors of a part are said, and these anchors."""


class Anchors:
    """The anchors of patterns, worked out once for every part that patterns share."""

    def __init__(self, slots: Slots, ids: Mapping[str, int], passed: Collection[int]) -> None:
        """`passed` are the numbers of the words that may be passed over."""
        self._slots, self._ids = slots, ids
        self._often = {ids[word]: 1 / rank for rank, word in reversed([*enumerate(COMMON, 1)]) if word in ids}
        self._often |= dict.fromkeys((ids[EDGE], *passed), NEVER)
        self._parts: dict[Part, _Found | None] = {}
        self._edged: dict[Part, bool] = {}
        self._sorted: dict[Part, dict[int, list[Sequence]]] = {}
        self._sequences: dict[Sequence, tuple[int, _Found] | None] = {}

    def of(self, parts: Sequence) -> Collection[int]:
        """The anchors of a pattern: every text that it matches holds one of them."""
        best = self._best(parts)
        return best[1][1] if best else ()

    def asked(self, parts: Sequence, most: int) -> list[Part]:
        """Up to `most` parts of a pattern that may not be left out, those first whose words are said least."""
        found = [(each[0], part) for part in dict.fromkeys(parts) if (each := self._anchors(part)) is not None]
        return [part for _, part in sorted(found, key=itemgetter(0))[:most]]

    def words(self, part: Part) -> Collection[int]:
        """The words of which a text holds one wherever it holds this part; none for a part that may be left out."""
        found = self._anchors(part)
        return found[1] if found else ()

    def crosses(self, parts: Sequence) -> bool:
        """Whether a pattern may go on from one sentence to the next: the end of one stands elsewhere than outermost."""
        return any(map(self._has_edge, parts)) and self._crosses(parts, True, True)

    def _has_edge(self, part: Part) -> bool:
        """Whether the end of a sentence may stand in a part."""
        known = self._edged.get(part)
        if known is None:
            known = part.word == EDGE
            for choice in self._slots[part.word] if part.what == "slot" else part.choices:
                for each in choice:
                    known = known or (each.word == EDGE if each.what == "word" else self._has_edge(each))
            self._edged[part] = known
        return known

    def _crosses(self, parts: Sequence, first: bool, last: bool) -> bool:
        """The same for parts that a pattern begins with, if `first`, and ends with, if `last`."""
        return any(
            not (first and at == 0) and not (last and at == len(parts) - 1)
            if part.word == EDGE
            else any(
                self._crosses(choice, first and at == 0, last and at == len(parts) - 1)
                for choice in (self._slots[part.word] if part.what == "slot" else part.choices)
            )
            for at, part in enumerate(parts)
            if self._has_edge(part)
        )

    def place(self, parts: Sequence) -> int:
        """The index of the part of a pattern that holds its anchors; the pattern has some."""
        best = self._best(parts)
        return best[0] if best else -1

    def around(self, parts: Sequence, word: int) -> list[tuple[Sequence, Sequence]]:
        """What a pattern reads before and after the anchor `word`, once for each place that it has there."""
        best = self._best(parts)
        if best is None or word not in best[1][1]:
            return []
        at = best[0]
        part, before, after = parts[at], parts[:at], parts[at + 1 :]
        if part.what == "word":
            return [(before, after)]
        found = []
        for choice in self._choices(part)[word]:
            if len(choice) == 1 and choice[0].what == "word":
                found.append((before, after))
            else:
                found += [(before + inside, rest + after) for inside, rest in self.around(choice, word)]
        return found

    def _choices(self, part: Part) -> Mapping[int, list[Sequence]]:
        """For each anchor of a part, the choices of the part that it belongs to; worked out when first asked for."""
        sorted_ = self._sorted.get(part)
        if sorted_ is None:
            sorted_ = self._sorted[part] = {}
            for choice in part.choices or self._slots[part.word]:
                for number in self.of(choice):
                    sorted_.setdefault(number, []).append(choice)
        return sorted_

    def _best(self, parts: Sequence) -> tuple[int, _Found] | None:
        """The index of the part with the rarest anchors, and these; None where all parts may be left out."""
        if parts not in self._sequences:
            each = [(at, found) for at, part in enumerate(parts) if (found := self._anchors(part)) is not None]
            self._sequences[parts] = min(each, key=lambda one: one[1][0], default=None)
        return self._sequences[parts]

    def _anchors(self, part: Part) -> _Found | None:
        if part not in self._parts:
            self._parts[part] = self._found(part)
        return self._parts[part]

    def _found(self, part: Part) -> _Found | None:
        """The anchors of one part; None where it may be left out or reads any word."""
        if part.what == "word":
            number = self._ids[part.word]
            return self._often.get(number, RARE), {number}
        if part.what == "gap":
            return None
        choices = part.choices or self._slots[part.word]
        # Nearly all are one word.
        found = {self._ids[choice[0].word] for choice in choices if len(choice) == 1 and choice[0].what == "word"}
        for choice in [choice for choice in choices if len(choice) != 1 or choice[0].what != "word"]:
            best = self._best(choice)
            if best is None:
                return None
            found |= best[1][1]
        common = found & self._often.keys()
        return sum(map(self._often.__getitem__, sorted(common))) + RARE * (len(found) - len(common)), found
