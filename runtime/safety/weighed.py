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
from typing import NamedTuple

from escs.runtime.errors import UsageError
from escs.runtime.safety.keeping import kept

FILE = Path(__file__).with_name("rules") / "weighed.en.toml"
LONGEST = 3  # words of a phrase
SENTENCES = 3  # sentences of a passage that is weighed as one
MOST_WORDS = 40  # of what counts as one sentence: many people type without a full stop
SHORT = 4  # added to a passage's length, so that two words alone do not decide
ROUNDING = 1e-9  # numbers are not always added in the same order
AGAINST = "against"
EDGE, PAUSE, NUMBER = ".", ",", "#"


@dataclass(frozen=True, slots=True)
class Passage:
    """The heaviest passage of a text: its weight, the danger that most of it speaks of, how much of what speaks for any danger speaks of
    that one (0 to 1), and its heaviest phrases."""

    weight: float
    kind: str
    share: float
    phrases: tuple[str, ...]


class Step(NamedTuple):
    """A word of a phrase, read from its last word backwards: the phrase that is whole here (-1: none), and what may precede."""

    phrase: int
    weight: float
    before: dict[str, Step]


@dataclass(frozen=True, slots=True)
class Weighed:
    """The table: from what weight on a passage is elevated and from what on it is a crisis, what a passage weighs before its words, and
    each phrase with its weight and kind."""

    enough: float
    grave: float
    start: float
    phrases: tuple[tuple[str, float, str], ...]
    ends: dict[str, Step] = field(init=False, compare=False)  # all phrases, by their last words
    weights: tuple[float, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        ends: dict[str, Step] = {}
        for number, (phrase, weight, _) in enumerate(self.phrases):
            *earlier, first = reversed(phrase.split())
            before = ends
            for word in earlier:
                before = before.setdefault(word, Step(-1, 0.0, {})).before
            before[first] = Step(number, weight, before[first].before if first in before else {})
        object.__setattr__(self, "ends", ends)
        object.__setattr__(self, "weights", tuple([weight for _, weight, _ in self.phrases]))


@cache
def table(file: Path = FILE) -> Weighed:
    """The table of a file, read once. Raises `UsageError` where it is wrong."""
    try:
        with kept():
            return _table(file)
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as fault:
        raise UsageError(f"{file}: not a table of weighed phrases ({fault}).") from fault


def _table(file: Path) -> Weighed:
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    settings = data.pop("table")
    phrases = []
    for kind, some in data.items():
        for phrase, weight in some.items():
            if not 1 <= len(phrase.split()) <= LONGEST:
                raise ValueError(f"{phrase!r} has not 1 to {LONGEST} words")
            phrases.append((phrase, float(weight), kind))
    return Weighed(float(settings["enough"]), float(settings["grave"]), float(settings["start"]), tuple(phrases))


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


@dataclass(slots=True)
class _Sentence:
    """The phrases that end in one sentence (or at its closing mark), and how much they may weigh."""

    whole: list[int]  # those that stand in it
    begun: list[int]  # those that began in the sentence before
    for_: float  # what speaks for danger, all together
    against: float  # and against it; of these, what began in the sentence before is left out


def heaviest(words: Sequence[str], weighed: Weighed | None = None, least: float = float("-inf")) -> Passage:
    """The heaviest passage of a text, given as its normalised words. Time grows with the length of the text.

    Where no passage weighs `least`, none is looked for: the one returned then weighs -inf.
    """
    weighed = weighed or table()
    said = words_of(words)
    starts = _sentences(said)
    sentences = _met(said, starts, weighed.ends)
    value = weighed.weights
    best, best_hits = float("-inf"), set[int]()
    count = len(sentences)
    for first in range(count):
        for_, against = 0.0, 0.0
        for last in range(first, min(count, first + SENTENCES)):
            sentence = sentences[last]
            for_ += sentence.for_
            against = min(against, sentence.against)
            root = sqrt(starts[last + 1] - starts[first] + SHORT)
            most = weighed.start + (for_ + against) / root + ROUNDING
            if most <= best or most < least:
                continue  # even if it said all of this for danger, and no more against it, it would not be heavier
            seen = set(sentences[first].whole)
            for each in sentences[first + 1 : last + 1]:
                seen.update(each.whole, each.begun)
            weight = weighed.start + sum([value[phrase] for phrase in sorted(seen)]) / root
            if weight > best and weight >= least:
                best, best_hits = weight, seen
    return _passage(best, best_hits, weighed)


def _sentences(said: Sequence[str]) -> list[int]:
    """Where sentences begin: each at the mark that ends the one before. The last number is where the text ends."""
    starts = [0]
    for place in [place for place, word in enumerate(said) if word == EDGE][1:-1]:
        starts += range(starts[-1] + MOST_WORDS, place, MOST_WORDS)
        starts.append(place)
    end = max(1, len(said) - 1)
    return [*starts, *range(starts[-1] + MOST_WORDS, end, MOST_WORDS), end]


def _met(said: Sequence[str], starts: Sequence[int], ends: dict[str, Step]) -> list[_Sentence]:
    """The phrases that each sentence holds."""
    steps = list(map(ends.get, said))
    sentences: list[_Sentence] = []
    for first, end in pairwise(starts):
        whole: list[int] = []
        begun: list[int] = []
        for_, against = 0.0, 0.0
        for place, step in enumerate(steps[first : end + 1], first):
            begin = place
            while step is not None:
                phrase, weight, before = step
                if phrase >= 0:
                    if weight > 0:
                        for_ += weight
                    elif begin >= first and phrase not in whole:
                        against += weight
                    (whole if begin >= first else begun).append(phrase)
                if not before or not begin:
                    break
                begin -= 1
                step = before.get(said[begin])
        sentences.append(_Sentence(whole, begun, for_, against))
    return sentences


def _passage(weight: float, hits: set[int], weighed: Weighed) -> Passage:
    kinds: dict[str, float] = {}
    met = [weighed.phrases[number] for number in sorted(hits)]
    for _, value, kind in met:
        if kind != AGAINST:
            kinds[kind] = kinds.get(kind, 0.0) + value
    kind = max(sorted(kinds), key=lambda name: kinds[name], default="")
    heavy = sorted((one for one in met if one[1] > 0), key=lambda one: (-one[1], one[0]))
    share = kinds[kind] / sum(kinds.values()) if kinds else 0.0
    return Passage(weight, kind, share, tuple(phrase for phrase, _, _ in heavy[:3]))
