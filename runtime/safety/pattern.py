"""The small pattern language of the safety rules: how a line is written, and how it becomes a graph of words.

A pattern is a line of plain words, matched word by word against a text that was folded to lower case:

    i want to die           these words, in this order
    (pills | tablets)       one of these; each may be several words
    [really] sad            perhaps this word
    <i-want> die            any entry of the list `i-want` in vocabulary.toml
    i ..3 die               up to three other words in between
    ^ want to die $         only at the start, or only at the end, of a sentence
    #                       any number in digits

Commas, dashes and quotation marks are passed over, and so are the words of the list `filler` (really, just, fucking …),
so that nobody has to write them. `..3` never crosses the end of a sentence, and never passes a word of the list
`negator`, so that "i don't want" is not taken for "i want". There is no repetition and nothing refers back: every
pattern is a finite graph, and all of them together are followed in one pass over the words of a text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from escs.runtime.errors import UsageError

NUMBER = "#"
EDGE = "^"  # the start or the end of a sentence
ANY = ".."
MOST_GAP = 12
"""The widest gap that a pattern may have, in words."""

_PIECE = re.compile(r"\.\.\d+|<[a-z0-9-]+>|[()\[\]|^$#]|[^\s()\[\]|<>^$#]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One element of a parsed pattern: a word, a gap, a slot, an optional part or a choice between sequences."""

    what: str  # word, gap, slot, choice
    word: str = ""
    width: int = 0
    choices: tuple[tuple[Part, ...], ...] = ()


def parse(pattern: str, where: str) -> tuple[Part, ...]:
    """The parts of one pattern; `where` names the file and rule for the error's sentence. Raises UsageError."""
    pieces = _PIECE.findall(pattern)
    if "".join(pieces) != "".join(pattern.split()):
        raise UsageError(f"{where}: the pattern {pattern!r} holds a sign that the pattern language does not know.")
    parts, rest = _sequence(pieces, 0, pattern, where)
    if rest != len(pieces):
        raise UsageError(f"{where}: the pattern {pattern!r} closes a bracket that it never opened.")
    if not parts:
        raise UsageError(f"{where}: a pattern is empty; take the line out or write the words that it should match.")
    return parts


def _sequence(pieces: Sequence[str], at: int, pattern: str, where: str) -> tuple[tuple[Part, ...], int]:
    parts: list[Part] = []
    while at < len(pieces):
        piece = pieces[at]
        if piece in ")]|":
            break
        at += 1
        if piece in "([":
            choices, at = _choices(pieces, at, ")" if piece == "(" else "]", pattern, where)
            parts.append(Part("choice", choices=choices if piece == "(" else (*choices, ())))
        elif piece in "^$":
            parts.append(Part("word", EDGE))
        elif piece.startswith("..") and piece[2:].isdigit():
            width = int(piece[2:])
            if not 0 < width <= MOST_GAP:
                raise UsageError(f"{where}: the gap {piece!r} must be between ..1 and ..{MOST_GAP}.")
            parts.append(Part("gap", width=width))
        elif piece.startswith("<"):
            parts.append(Part("slot", piece[1:-1]))
        elif not piece.replace("'", "").isalnum() and len(piece) > 1:
            raise UsageError(f"{where}: {piece!r} in the pattern {pattern!r} is not a word; write letters only.")
        else:
            parts.append(Part("word", piece))
    return tuple(parts), at


def _choices(
    pieces: Sequence[str], at: int, close: str, pattern: str, where: str
) -> tuple[tuple[tuple[Part, ...], ...], int]:
    choices = []
    while True:
        parts, at = _sequence(pieces, at, pattern, where)
        choices.append(parts)
        if at >= len(pieces) or (pieces[at] != "|" and pieces[at] != close):
            raise UsageError(f"{where}: the pattern {pattern!r} opens a bracket that it does not close with {close!r}.")
        at += 1
        if pieces[at - 1] == close:
            return tuple(choices), at


@dataclass(slots=True)
class Graph:
    """All patterns as one graph: states with edges by word, grown with shared beginnings."""

    slots: Mapping[str, tuple[tuple[Part, ...], ...]]
    same: Mapping[str, str] = field(default_factory=dict)  # other spellings of a word, read as that word
    edges: list[dict[str, set[int]]] = field(default_factory=lambda: [{}])
    free: list[set[int]] = field(default_factory=lambda: [set()])  # states reached without reading a word
    ends: dict[int, set[int]] = field(default_factory=dict)  # state -> the owners whose pattern ends there
    _known: dict[tuple[int, Part], int] = field(default_factory=dict)
    _ended: dict[int, int] = field(default_factory=dict)

    def add(self, parts: tuple[Part, ...], owner: int, where: str) -> None:
        """Grow the graph by one pattern that belongs to `owner`. Raises UsageError for a slot that does not exist."""
        state = 0
        for part in parts:
            state = self._grow(state, part, where, ())
        if state not in self._ended:
            self._ended[state] = self._state()
            self.free[state].add(self._ended[state])
        self.ends.setdefault(self._ended[state], set()).add(owner)

    def words(self) -> set[str]:
        """Every word that some pattern reads."""
        return {word for edges in self.edges for word in edges}

    def _state(self) -> int:
        self.edges.append({})
        self.free.append(set())
        return len(self.edges) - 1

    def _grow(self, source: int, part: Part, where: str, inside: tuple[str, ...]) -> int:
        known = self._known.get((source, part))
        if known is not None:
            return known
        target = self._state()
        if part.what == "word":
            self.edges[source].setdefault(self.same.get(part.word, part.word), set()).add(target)
        elif part.what == "gap":
            self.free[source].add(target)
            state = source
            for _ in range(part.width):
                following = self._state()
                self.edges[state].setdefault(ANY, set()).add(following)
                self.free[following].add(target)
                state = following
        else:
            if part.what == "slot":
                if part.word in inside or part.word not in self.slots:
                    fault = "refers to itself" if part.word in inside else "is in no vocabulary file"
                    raise UsageError(f"{where}: the list <{part.word}> {fault}.")
                inside = (*inside, part.word)
            for choice in self.slots[part.word] if part.what == "slot" else part.choices:
                state = source
                for each in choice:
                    state = self._grow(state, each, where, inside)
                self.free[state].add(target)
        self._known[source, part] = target
        return target
