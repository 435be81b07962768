"""Makes the words of a text comparable: case, look-alike letters, hidden characters, leetspeak, s p a c e d letters.

The text itself is never changed: what is made here is only read by the rules, and every word remembers where it stood,
so that what matched can be shown as it was typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from escs.runtime.safety.automaton import EDGE_ID, NUMBER_ID, OTHER_ID, PAUSE_ID, SOFT_ID
from escs.runtime.safety.spelling import Spelling

_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_EMOJI = "\u2600-\u27bf\U0001f000-\U0001faff"
_TOKEN = re.compile(
    rf"[$@]?[^\W_]+(?:['@$!|*+]{{1,3}}[^\W_]+)*|[.!?]+|\n\s*|[,;:()\[\]{{}}\"'/*~<>=&_\-]|[{_EMOJI}]", re.UNICODE
)
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:[ .,_*/|\-]{1,3}[^\W_](?![^\W_])){2}")
_STACCATO = re.compile(r"\b\w+[.!?]+\s+\w+[.!?]+\s+\w+")
_DOTS = {".": EDGE_ID, "!": EDGE_ID, "?": EDGE_ID}

_LOOKALIKES = {
    **dict(zip("аеорсухіјѕԁһӏкмтвнгпԛԝѵ", "aeopcyxijsdhlkmtbhrnqwv", strict=True)),  # Cyrillic
    **dict(zip("αβεικνορτυχωγ", "abeiknoptuxwy", strict=True)),  # Greek
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True)),  # small capitals
    **dict(zip("ıłøđħŧɑɡ", "ilodhtag", strict=True)),
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    **dict.fromkeys("‘’ʼ`´′＇", "'"),
    **dict.fromkeys("“”„«»″‹›「」『』", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("。！？", "."),
    "…": "..",
    "¿": " ",
    "¡": " ",
    "€": "e",
    "£": "l",
    "©": "c",
}


MOST_LETTERS = 60
"""How many letters typed apart are read as one run."""


class _Folding(dict[int, str]):
    """How each character that is not ASCII is read; worked out when first met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _folded_character(chr(code))
        return folded


def _folded_character(character: str) -> str:
    if character in _LOOKALIKES:
        return _LOOKALIKES[character]
    if unicodedata.category(character) in ("Cf", "Mn", "Me", "Cc"):
        return ""  # zero-width and bidi characters, variation selectors, combining marks
    plain = "".join(c for c in unicodedata.normalize("NFKD", character).lower() if not unicodedata.combining(c))
    return "".join(_LOOKALIKES.get(c, c) for c in plain)


_FOLDING = _Folding()


def fold(text: str) -> str:
    """The text in lower case, with look-alikes and accents read as plain letters and hidden characters left out."""
    if text.isascii():
        return text.lower()
    return _FOREIGN.sub(lambda run: run[0].translate(_FOLDING), text).lower()


@dataclass(slots=True)
class Reading:
    """A text as the rules see it: the number of each word, and where the word stands in what was typed."""

    text: str
    folded: str
    words: list[str]
    ids: list[int]
    origins: Sequence[int] | None = None  # where one typed word was read as several: the typed word of each
    _spans: list[tuple[int, int]] = field(default_factory=list)

    def typed(self, start: int, end: int) -> str:
        """What was typed from the word `start` up to and without the word `end`."""
        while start < end - 1 and self.ids[start] in (EDGE_ID, PAUSE_ID, SOFT_ID):
            start += 1
        while end - 1 > start and self.ids[end - 1] in (EDGE_ID, PAUSE_ID, SOFT_ID):
            end -= 1
        first, last = (start, end - 1) if self.origins is None else (self.origins[start], self.origins[end - 1])
        if not self._spans:
            self._spans = [(0, 0), *(match.span() for match in _TOKEN.finditer(self.folded)), (len(self.folded),) * 2]
        return self.text[self._before(self._spans[first][0]) : self._after(self._spans[last][1])].strip()

    def _before(self, position: int) -> int:
        """The place in the typed text of the character that stands at `position` of the folded text."""
        if self.text.isascii():
            return position
        return _unfolded(self.text, position, after=False)

    def _after(self, position: int) -> int:
        return position if self.text.isascii() else _unfolded(self.text, position, after=True)


def _unfolded(text: str, position: int, *, after: bool) -> int:
    shift = 0  # how much further on the typed text is
    for run in _FOREIGN.finditer(text):
        if run.start() - shift >= position:
            break
        for index, character in enumerate(run[0], run.start()):
            length = len(_FOLDING[ord(character)])
            if index - shift + length > position or (after and index - shift + length == position):
                return index + after * (index - shift < position)
            shift += 1 - length
    return position + shift


def read(text: str, known: Mapping[str, int], spelling: Spelling) -> Reading:
    """The text as the rules see it. `known` gives each word that a rule reads its number."""
    folded = fold(text)
    words = _TOKEN.findall(folded)
    odd = set(words).difference(known)
    repaired: dict[str, tuple[str, ...]] = {}
    extra: dict[str, int] = {}
    for word in odd:
        first = word[0]
        if first in _DOTS:
            extra[word] = SOFT_ID if word.startswith("..") else EDGE_ID
        elif first == "\n":
            extra[word] = SOFT_ID if word.count("\n") == 1 else EDGE_ID
        elif not (first.isalnum() or first in "$@"):
            extra[word] = PAUSE_ID
        else:
            mended = spelling.mend(word, known)
            if mended:
                repaired[word] = mended
    origins: list[int] | None = None
    spaced = _SPACED.search(folded) is not None
    if repaired or spaced:
        words, origins = _replaced(words, repaired, known, spelling, spaced=spaced)
    get, other = known.get, extra.get
    ids = [EDGE_ID]
    ids += [number if (number := get(word)) is not None else other(word, OTHER_ID) for word in words]
    ids.append(EDGE_ID)
    for word in {part for parts in repaired.values() for part in parts}:
        if word.isdigit() and word not in known:
            extra[word] = NUMBER_ID
    if any(word[0].isdigit() for word in odd) or repaired:
        for index, word in enumerate(words, 1):
            if ids[index] == OTHER_ID and word.isdigit():
                ids[index] = NUMBER_ID
    if _STACCATO.search(folded):
        _join_staccato(ids)
    reading = Reading(text, folded, ["", *words, ""], ids)
    if origins is not None:
        reading.origins = [0, *(origin + 1 for origin in origins), (origins[-1] if origins else 0) + 2]
    return reading


def _replaced(
    words: list[str],
    repaired: Mapping[str, tuple[str, ...]],
    known: Mapping[str, int],
    spelling: Spelling,
    *,
    spaced: bool,
) -> tuple[list[str], list[int]]:
    """The words with repairs in place, and for each the index of the typed word that it came from."""
    result: list[str] = []
    origins: list[int] = []
    index = 0
    while index < len(words):
        word = words[index]
        if spaced and len(word) == 1 and word.isalnum():
            letters, after = _letters(words, index)
            joined = spelling.joined(letters, known) if len(letters) >= 3 else ()
            if joined:
                result += joined
                spread = [index + (after - 1 - index) * part // max(1, len(joined) - 1) for part in range(len(joined))]
                origins += spread if len(joined) > 1 else [index]
                if len(joined) == 1:
                    result.append(",")  # a pause that carries the place of the last letter
                    origins.append(after - 1)
                index = after
                continue
            if len(letters) >= MOST_LETTERS:  # a wall of letters: read on after it, so that work stays linear
                result += words[index:after]
                origins += range(index, after)
                index = after
                continue
        for part in repaired.get(word, (word,)):
            result.append(part)
            origins.append(index)
        index += 1
    return result, origins


def _letters(words: Sequence[str], start: int) -> tuple[str, int]:
    """A run of single letters with at most one sign between two of them, and the index after it."""
    letters, index, after = "", start, start
    while index < len(words):
        word = words[index]
        if len(letters) >= MOST_LETTERS:
            break
        if len(word) == 1 and (word.isalnum() or word in "$@!"):
            letters += word
            after = index + 1
        elif len(word) > 1 or index != after:
            break
        index += 1
    return letters, after


def _join_staccato(ids: list[int]) -> None:
    """Let. Single. Words. Run. On: the stop after a sentence of one word is read as a pause."""
    edges = [index for index, number in enumerate(ids) if number == EDGE_ID]
    for before, here, following in zip(edges, edges[1:], edges[2:], strict=False):
        if here - before <= 2 and following - here <= 2:
            ids[here] = SOFT_ID


def islice_words(reading: Reading, start: int, end: int) -> list[str]:
    """The words as read, for explanations and tests."""
    return list(islice(reading.words, start, end))
