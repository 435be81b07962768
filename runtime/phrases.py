"""Phrases that people write down, found in a text in one pass: words, alternatives, gaps and lists of words.

A phrase is a row of words. `a|b` stands for either, `[a]` may be missing, `_` is any one word, `...` is up to three
words of the same sentence, `{name}` is a word of the list of that name, `^` is the beginning of a sentence, and `.`,
`?` and `!` are its end (`$` is any of the three). Commas and other marks do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise, product

LONGEST = 6_000
"""Characters of a text that are looked at: more is cut out of the middle, since acts show at the ends."""
MOST_WORDS = 12  # in a phrase; bounds the work for one word of a text
_KNOWN = 4_096  # sentences whose phrases are remembered: people say again what they said

START = "^"
ENDS = frozenset(".?!")

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[.?!\n]+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "…": "."})


def words(text: str, spelling: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The text as lower-case words with `^` before and one of `. ? !` after each sentence.

    `spelling` replaces a word by others (`im` by `i am`), so that phrases need one spelling only.
    """
    if len(text) > LONGEST:
        text = text[: LONGEST // 2] + "\n" + text[-LONGEST // 2 :]
    row: list[str] = []
    inside = False
    for found in _TOKEN.findall(text.translate(_QUOTES).lower()):
        first = found[0]
        if first in ".?!\n":
            if inside:
                row.append("?" if "?" in found else "!" if "!" in found else ".")
                inside = False
            elif row and "?" in found:
                row[-1] = "?"
            continue
        if not inside:
            row.append(START)
            inside = True
        other = spelling.get(found)
        if other is None:
            row.append(found)
        else:
            row.extend(other)
    if inside:
        row.append(".")
    return row


def sentences(row: Iterable[str]) -> list[list[str]]:
    """A row of `words` cut into sentences, each with its end mark and without `^`."""
    cut: list[list[str]] = []
    for word in row:
        if word == START:
            cut.append([])
        else:
            cut[-1].append(word)
    return cut


def _spellings(phrase: str) -> Iterator[tuple[str, ...]]:
    """Every row of plain words, `_` and `{name}` that a written phrase stands for."""
    choices: list[list[tuple[str, ...]]] = []
    for part in phrase.split():
        if part == "...":
            choices.append([("_",) * count for count in range(4)])
        elif part == "$":
            choices.append([(end,) for end in sorted(ENDS)])
        elif part.startswith("[") and part.endswith("]"):
            choices.append([(), *((word,) for word in part[1:-1].split("|"))])
        else:
            choices.append([(word,) for word in part.split("|")])
    for chosen in product(*choices):
        yield tuple(word for piece in chosen for word in piece)


class Phrases:
    """A set of phrases with ids, found together: the time grows with the text, not with the number of phrases."""

    __slots__ = ("_apart", "_known", "_lists", "_root")

    def __init__(self, phrases: Iterable[tuple[str, str]], lists: Mapping[str, frozenset[str]]) -> None:
        """`phrases` are (id, phrase); `lists` are the lists of words that `{name}` stands for.

        Raises `ValueError`, with the phrase, where one cannot be read.
        """
        self._root: dict[str, object] = {}
        self._apart = True  # no phrase goes on into the next sentence
        self._known: dict[str, dict[str, str]] = {}
        named: dict[str, list[str]] = {}
        for name, members in lists.items():
            for word in members:
                named.setdefault(word, []).append("{" + name + "}")
        self._lists = {word: tuple(names) for word, names in named.items()}
        for identity, phrase in phrases:
            self._add(identity, phrase, lists)

    def _add(self, identity: str, phrase: str, lists: Mapping[str, frozenset[str]]) -> None:
        for row in _spellings(phrase):
            if not 0 < len(row) <= MOST_WORDS:
                raise ValueError(f"the phrase “{phrase}” has no word, or more than {MOST_WORDS}")
            self._apart = self._apart and START not in row[1:]
            node = self._root
            for word in row:
                if word.startswith("{") and word[1:-1] not in lists:
                    raise ValueError(f"the phrase “{phrase}” names the list {word}, which does not exist")
                step = node.setdefault(word, {})
                assert isinstance(step, dict)
                node = step
            held = node.setdefault("", [])
            assert isinstance(held, list)
            if identity not in held:
                held.append(identity)

    def find(self, row: list[str]) -> dict[str, str]:
        """The ids of the phrases in a row of `words`, each with the words where it was first found."""
        if not self._apart:
            return self._find(row)
        found: dict[str, str] = {}
        bounds = [place for place, word in enumerate(row) if place and word == START]
        for start, end in pairwise((0, *bounds, len(row))):
            sentence = row[start:end]
            said = " ".join(sentence)
            known = self._known.get(said)
            if known is None:
                if len(self._known) >= _KNOWN:
                    self._known.clear()
                self._known[said] = known = self._find(sentence)
            for identity, where in known.items():
                found.setdefault(identity, where)
        return found

    def _find(self, row: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        lists = self._lists
        active: list[tuple[dict[str, object], int]] = []
        for place, word in enumerate(row):
            active.append((self._root, place))
            names = lists.get(word, ())
            plain = word != START and word not in ENDS
            following: list[tuple[dict[str, object], int]] = []
            keys = (word, "_", *names) if plain else (word,)
            for node, start in active:
                for key in keys:
                    step = node.get(key)
                    if step is not None:
                        assert isinstance(step, dict)
                        following.append((step, start))
                        held = step.get("")
                        if isinstance(held, list):
                            for identity in held:
                                if identity not in found:
                                    found[identity] = " ".join(row[start : place + 1])
            active = following
        return found
