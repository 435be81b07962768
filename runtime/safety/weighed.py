"""Weighed phrases: what the rules of the screen do not know, by the words that stand in messages of people in danger.

The rules say what they see and why, and they miss most of what people say in words of their own. This table was learned from
messages (benchmarks/learn_phrases.py): each phrase has a weight and stands under the danger in whose messages it is met most.
A passage of up to `SENTENCES` sentences weighs the sum of the weights of its different phrases, divided by the root of its
length, so that a long passage does not weigh much by its length alone. No single phrase decides, and anybody can read which ones
did, change a weight, or delete a line.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from math import sqrt
from pathlib import Path

from escs.runtime.errors import UsageError

FILE = Path(__file__).with_name("rules") / "weighed.en.toml"
LONGEST = 3  # words of a phrase
SENTENCES = 3  # sentences of a passage that is weighed as one
MOST_WORDS = 40  # of what counts as one sentence: many people type without a full stop
SHORT = 4  # added to a passage's length, so that two words alone do not decide
AGAINST = "against"
EDGE, PAUSE, NUMBER = ".", ",", "#"


@dataclass(frozen=True, slots=True)
class Passage:
    """The heaviest passage of a text: its weight, the danger that most of it speaks of, and its heaviest phrases."""

    weight: float
    kind: str
    phrases: tuple[str, ...]


class Step:
    """A word of a phrase, read from its last word backwards: the phrase that is whole here (-1: none), and what may precede."""

    __slots__ = ("before", "phrase")

    def __init__(self) -> None:
        self.phrase = -1
        self.before: dict[str, Step] = {}


@dataclass(frozen=True, slots=True)
class Weighed:
    """The table: from what weight on a passage is elevated, what a passage weighs before its words, and each phrase with its weight and kind."""

    enough: float
    start: float
    phrases: tuple[tuple[str, float, str], ...]
    ends: Step = field(init=False, compare=False)  # all phrases, by their last words

    def __post_init__(self) -> None:
        root = Step()
        for number, (phrase, _, _) in enumerate(self.phrases):
            step = root
            for word in reversed(phrase.split()):
                step = step.before.setdefault(word, Step())
            step.phrase = number
        object.__setattr__(self, "ends", root)


@cache
def table(file: Path = FILE) -> Weighed:
    """The table of a file, read once. Raises `UsageError` where it is wrong."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        settings = data.pop("table")
        phrases = []
        for kind, some in data.items():
            for phrase, weight in some.items():
                if not 1 <= len(phrase.split()) <= LONGEST:
                    raise ValueError(f"{phrase!r} has not 1 to {LONGEST} words")
                phrases.append((phrase, float(weight), kind))
        return Weighed(float(settings["enough"]), float(settings["start"]), tuple(phrases))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as fault:
        raise UsageError(f"{file}: not a table of weighed phrases ({fault}).") from fault


def words_of(words: Sequence[str]) -> list[str]:
    """The words of a reading as the table has them: without apostrophes, sentence ends as ".", other marks as ","."""
    found = [EDGE]
    for word in words:
        plain = _plain(word)
        if plain and not (plain == found[-1] and plain in (EDGE, PAUSE)):
            found.append(plain)
    if found[-1] != EDGE:
        found.append(EDGE)
    return found


@lru_cache(maxsize=20_000)
def _plain(word: str) -> str:
    plain = word.replace("'", "").replace("’", "")
    if plain.isdecimal():  # int() cannot read the other digits, such as ²
        return NUMBER if int(plain[:6]) > 19 else plain
    if not plain or plain.isalnum():
        return plain
    return EDGE if plain[0] in ".!?\n" else PAUSE


def heaviest(words: Sequence[str], weighed: Weighed | None = None) -> Passage:
    """The heaviest passage of a text, given as its normalised words. Time grows with the length of the text."""
    weighed = weighed or table()
    said = words_of(words)
    starts = _sentences(said)
    hits = _hits(said, starts, weighed.ends.before)
    value = [weight for _, weight, _ in weighed.phrases]
    most = [sum(weight for _, phrase in some if (weight := value[phrase]) > 0) for some in hits]
    best, best_hits = float("-inf"), set[int]()
    count = len(starts) - 1
    for first in range(count):
        bound = 0.0
        for last in range(first, min(count, first + SENTENCES)):
            bound += most[last]
            root = sqrt(starts[last + 1] - starts[first] + SHORT)
            if weighed.start + bound / root <= best:
                continue  # whatever speaks against danger in it, it cannot be heavier
            seen = {phrase for some in hits[first : last + 1] for begin, phrase in some if begin >= starts[first]}
            weight = weighed.start + sum(value[phrase] for phrase in sorted(seen)) / root
            if weight > best:
                best, best_hits = weight, seen
    return _passage(best, best_hits, weighed)


def _sentences(said: Sequence[str]) -> list[int]:
    """Where sentences begin: each at the mark that ends the one before. The last number is where the text ends."""
    starts = [0]
    for place in range(1, len(said) - 1):
        if said[place] == EDGE or place - starts[-1] >= MOST_WORDS:
            starts.append(place)
    return [*starts, len(said) - 1] if len(said) > 1 else [0, 1]


def _hits(said: Sequence[str], starts: Sequence[int], ends: dict[str, Step]) -> list[list[tuple[int, int]]]:
    """For each sentence the phrases that end in it (or at its closing mark): where they begin, and their numbers."""
    hits: list[list[tuple[int, int]]] = []
    for first, end in pairwise(starts):
        found = []
        for place in range(first, min(end + 1, len(said))):
            begin, step = place, ends.get(said[place])
            while step is not None:
                if step.phrase >= 0:
                    found.append((begin, step.phrase))
                if not begin or not step.before:
                    break
                begin -= 1
                step = step.before.get(said[begin])
        hits.append(found)
    return hits


def _passage(weight: float, hits: set[int], weighed: Weighed) -> Passage:
    kinds: dict[str, float] = {}
    met = [weighed.phrases[number] for number in sorted(hits)]
    for _, value, kind in met:
        if kind != AGAINST:
            kinds[kind] = kinds.get(kind, 0.0) + value
    kind = max(sorted(kinds), key=lambda name: kinds[name], default="")
    heavy = sorted((one for one in met if one[1] > 0), key=lambda one: (-one[1], one[0]))
    return Passage(weight, kind, tuple(phrase for phrase, _, _ in heavy[:3]))
