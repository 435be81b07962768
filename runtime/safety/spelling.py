"""Reads misspelt, disguised and glued words as the words that rules know: sucidal, k1ll, unal*ve, killmyself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

_LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s"}
)
_LEET |= str.maketrans({"!": "i", "|": "l", "+": "t"})
_SIGNS = re.compile(r"['@$!|*+]+")
_UNIT = re.compile(r"(\d+)(mg|g|kg|kgs|lb|lbs|yo|yr|yrs|cal|cals|kcal|kcals|m|ft|f|am|pm|x|th|st|nd|rd)")
_TRIPLE = re.compile(r"(.)\1{2,}")
_ENDINGS = {"s": "'s", "re": "'re", "ve": "'ve", "ll": "will", "d": "would", "m": "'m"}
_VOWELS = "aeiou"
_LONGEST_GLUED = 60
_SHORTEST_KEYWORD = 5


@dataclass(frozen=True, slots=True)
class Spelling:
    """What rules know of spelling: `variants` of their keywords, and the `anchors` that a glued word must hold."""

    variants: Mapping[str, str]
    masked: Mapping[str, str]
    anchors: re.Pattern[str]

    def mend(self, word: str, known: Mapping[str, int]) -> tuple[str, ...]:
        """The known words that an unknown word stands for, or nothing."""
        meant = self.variants.get(word)
        if meant is not None:
            return (meant,)
        if word.isalpha():
            if word.endswith("in") and f"{word}g" in known:  # livin, cuttin
                return (f"{word}g",)
            if _TRIPLE.search(word):
                for times in (r"\1", r"\1\1"):
                    short = _TRIPLE.sub(times, word)
                    if short in known or short in self.variants:
                        return (self.variants.get(short, short),)
                word = _TRIPLE.sub(r"\1", word)
            return self.segmented(word, known)
        base, mark, ending = word.partition("'")
        if mark and ending in _ENDINGS and base.isalpha():
            return (self.variants.get(base, base), _ENDINGS[ending])
        unit = _UNIT.fullmatch(word)
        if unit:
            return (unit[1], unit[2])
        if word.isdigit():
            return ()
        return self._decoded(word, known)

    def joined(self, letters: str, known: Mapping[str, int]) -> tuple[str, ...]:
        """The known words that letters typed apart make, or nothing."""
        plain = letters.translate(_LEET)
        for candidate in (letters, plain):
            if len(candidate) >= 3 and (candidate in known or candidate in self.variants):
                return (self.variants.get(candidate, candidate),)
        return self.segmented(letters, known) or self.segmented(plain, known)

    def _decoded(self, word: str, known: Mapping[str, int]) -> tuple[str, ...]:
        if "*" in word:
            meant = self.masked.get(re.sub(r"\*+", "*", word))
            if meant is not None:
                return (meant,)
        for one in ("i", "l"):
            plain = word.replace("1", one).replace("!", one).translate(_LEET).replace("'", "")
            if len(plain) >= 2 and (plain in known or plain in self.variants):
                return (self.variants.get(plain, plain),)
        glued = self.segmented(word.replace("2", "to").replace("4", "for"), known)
        glued = glued or self.segmented(word.replace("2", "to").translate(_LEET), known)
        if glued:
            return glued
        parts = tuple(part for part in _SIGNS.split(word) if part)
        return parts if len(parts) > 1 else tuple(part for part in parts if part != word)

    def segmented(self, word: str, known: Mapping[str, int]) -> tuple[str, ...]:
        """A glued word such as `killmyself`, cut into the fewest known words; nothing where it holds no anchor."""
        if not 5 < len(word) <= _LONGEST_GLUED or not self.anchors.search(word):
            return ()
        best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 12), end):
                head, piece = best[start], word[start:end]
                if head is None or piece not in known or (len(piece) == 1 and piece not in "iau"):
                    continue
                if best[end] is None or len(head) + 1 < len(best[end] or ()):
                    best[end] = (*head, piece)
        return best[-1] or ()


def spelling(
    keywords: Iterable[str],
    misspellings: Mapping[str, str],
    real_words: Iterable[str],
    anchors: Iterable[str],
    known: Iterable[str],
) -> Spelling:
    """Work out the likely misspellings of the keywords: a letter left out, doubled or swapped, another vowel.

    A misspelling that is a word in its own right (`real_words`, `known`) is left alone.
    """
    barred = set(real_words) | set(known)
    variants: dict[str, str] = {}
    masked: dict[str, str] = {}
    for keyword in keywords:
        for variant in _misspelt(keyword) if len(keyword) >= _SHORTEST_KEYWORD else ():
            if variant not in barred:
                variants.setdefault(variant, keyword)
        for first, last in combinations(range(1, len(keyword) + 1), 2):
            if last - first <= 3 and len(keyword) - (last - first) >= 2:
                masked.setdefault(f"{keyword[:first]}*{keyword[last:]}", keyword)
    variants.update(misspellings)
    return Spelling(variants, masked, re.compile("|".join(map(re.escape, anchors))))


def _misspelt(word: str) -> Iterable[str]:
    for index, letter in enumerate(word):
        if index:
            yield word[:index] + word[index + 1 :]
        yield word[:index] + letter + word[index:]
        if 0 < index < len(word) - 1:
            yield word[:index] + word[index + 1] + letter + word[index + 2 :]
        if letter in _VOWELS and index:
            for vowel in _VOWELS:
                yield word[:index] + vowel + word[index + 1 :]
