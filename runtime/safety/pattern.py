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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from escs.runtime.errors import UsageError

NUMBER = "#"
EDGE = "^"  # the start or the end of a sentence
MOST_GAP = 12
"""The widest gap that a pattern may have, in words."""

_PLAIN = r"(?:[ |]*+'?[a-z0-9][a-z0-9']*+)++[ |]*+"
_PIECE = re.compile(rf"\({_PLAIN}\)|\[{_PLAIN}\]|\.\.\d+|<[a-z0-9-]+>|[()\[\]|^$#]|[^\s()\[\]|<>^$#]+")
"""A choice of plain words, as nearly all choices are, is one piece; of any other, each bracket is one."""


@dataclass(slots=True, eq=False)
class Part:
    """One element of a parsed pattern: a word, a gap, a slot, an optional part or a choice between sequences.

    Nothing ever changes one; it is not frozen because there are so many that this would take a tenth of the time of loading.
    """

    what: str  # word, gap, slot, choice
    word: str = ""
    width: int = 0
    choices: tuple[tuple[Part, ...], ...] = ()


@cache
def part_of(what: str, word: str = "", width: int = 0, choices: tuple[tuple[Part, ...], ...] = ()) -> Part:
    """One object for equal parts, so that they are told apart, and found to be equal, at no cost."""
    return Part(what, word, width, choices)


@cache
def _plain_word(piece: str) -> Part | None:
    """The part that a piece of letters and digits makes; None for any other piece."""
    return part_of("word", piece) if piece.replace("'", "").isalnum() else None


def _plain_choice(piece: str) -> Part:
    """The part that a choice of plain words makes."""
    choices = tuple(map(_plain_words, piece[1:-1].split("|")))
    return part_of("choice", "", 0, choices if piece[0] == "(" else (*choices, ()))


@cache
def _plain_words(words: str) -> tuple[Part, ...]:
    """The parts that some plain words make."""
    return tuple([part_of("word", word) for word in words.split()])


Slots = Mapping[str, tuple[tuple[Part, ...], ...]]
"""The lists of the vocabulary files: each name with its parsed entries."""


def parse(pattern: str, where: str) -> tuple[Part, ...]:
    """The parts of one pattern; `where` names the file and rule for the error's sentence. Raises UsageError."""
    pieces = _PIECE.findall(pattern)
    if "".join("".join(pieces).split()) != "".join(pattern.split()):
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
        if piece[0] in "([" and len(piece) > 1:
            parts.append(_plain_choice(piece))
        elif (plain := _plain_word(piece)) is not None:
            parts.append(plain)
        elif piece in "([":
            choices, at = _choices(pieces, at, ")" if piece == "(" else "]", pattern, where)
            parts.append(part_of("choice", choices=choices if piece == "(" else (*choices, ())))
        elif piece in "^$":
            parts.append(part_of("word", EDGE))
        elif piece.startswith("..") and piece[2:].isdigit():
            width = int(piece[2:])
            if not 0 < width <= MOST_GAP:
                raise UsageError(f"{where}: the gap {piece!r} must be between ..1 and ..{MOST_GAP}.")
            parts.append(part_of("gap", width=width))
        elif piece.startswith("<"):
            parts.append(part_of("slot", piece[1:-1]))
        elif len(piece) > 1:
            raise UsageError(f"{where}: {piece!r} in the pattern {pattern!r} is not a word; write letters only.")
        else:
            parts.append(part_of("word", piece))
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


def backwards(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts as they are met when a text is read from its end."""
    if len(parts) == 1 and parts[0].what != "choice":
        return parts
    return tuple([_turned(part) if part.what == "choice" else part for part in parts[::-1]])


@cache
def _turned(part: Part) -> Part:
    return part_of("choice", choices=tuple(map(backwards, part.choices)))


class Backwards(Mapping[str, tuple[tuple[Part, ...], ...]]):
    """The lists of the vocabulary with every entry turned round, each worked out when it is first asked for."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._turned: dict[str, tuple[tuple[Part, ...], ...]] = {}

    def __getitem__(self, name: str) -> tuple[tuple[Part, ...], ...]:
        if name not in self._turned:
            self._turned[name] = tuple(map(backwards, self._slots[name]))
        return self._turned[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._slots)

    def __len__(self) -> int:
        return len(self._slots)


def words(parts: tuple[Part, ...], slots: Slots, where: str, done: set[Part]) -> set[str]:
    """The plain words that a pattern reads, its lists included. Raises UsageError for a list that does not exist.

    `done` are the parts that were looked at for another pattern and need not be again; those of this one are added.
    """
    found: set[str] = set()
    _collect(parts, slots, where, (), found, done)
    return found


def _collect(
    parts: tuple[Part, ...], slots: Slots, where: str, inside: tuple[str, ...], found: set[str], done: set[Part]
) -> None:
    for part in parts:
        if part in done:
            continue
        if part.what == "word":
            found.add(part.word)
        elif part.what == "slot":
            if part.word in inside or part.word not in slots:
                fault = "refers to itself" if part.word in inside else "is in no vocabulary file"
                raise UsageError(f"{where}: the list <{part.word}> {fault}.")
            for choice in slots[part.word]:
                _collect(choice, slots, where, (*inside, part.word), found, done)
        # Nearly all choices are one word.
        found.update([choice[0].word for choice in part.choices if len(choice) == 1 and choice[0].what == "word"])
        for choice in [choice for choice in part.choices if len(choice) != 1 or choice[0].what != "word"]:
            _collect(choice, slots, where, inside, found, done)
        done.add(part)
