"""Makes the words of a text comparable: case, look-alike letters, hidden characters, leetspeak, s p a c e d letters.

The text itself is never changed: what is made here is only read by the rules, and every word remembers where it stood,
so that what matched can be shown as it was typed.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, islice

from escs.runtime.safety.numbering import EDGE_ID, NUMBER_ID, OTHER_ID, PAUSE_ID, SOFT_ID
from escs.runtime.safety.spelling import Spelling

_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_EMOJI = "\u2600-\u27bf\U0001f000-\U0001faff"
_TOKEN = re.compile(
    rf"[$@]?[^\W_]+(?:['@$!|*+]{{1,3}}[^\W_]+)*|[.!?]+|\n\s*|[,;:()\[\]{{}}\"'/*~<>=&_\-]|[{_EMOJI}]", re.UNICODE
)
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:[ .,_*/|\-]{1,3}[^\W_](?![^\W_])){2}")
_MAYBE_SPACED = re.compile(
    r"[ .,_*/|\-][^\W_][ .,_*/|\-]{1,3}[^\W_](?![^\W_])"
)  # every _SPACED holds one; quick to deny
_BREAK = re.compile(r"\n\s+")
_STACCATO = re.compile(r"(?<=\w)[.!?]+\s+\w+[.!?]+\s+\w")
_MAYBE_STACCATO = re.compile(r"[.!?]\s+\w+[.!?]+\s+\w")
_LETTER = re.compile(r"(?<![^\W_])[^\W_](?![^\W_])|[$@!]")  # what may be one of several letters typed apart
_CLOSING = frozenset('.,!?;:)"')
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


LEAST_LETTERS = 3
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


MOST_REPLACED = 12
"""Up to how many different characters of a text are replaced one after the other, which is quicker for a few."""


def fold(text: str) -> str:
    """The text in lower case, with look-alikes and accents read as plain letters and hidden characters left out."""
    if text.isascii():
        return text.lower()
    foreign = [character for character in set(text) if character > "\x7f"]
    if len(foreign) <= MOST_REPLACED and all(_FOLDING[ord(character)].isascii() for character in foreign):
        for character in foreign:
            text = text.replace(character, _FOLDING[ord(character)])
        return text.lower()
    return _FOREIGN.sub(lambda run: run[0].translate(_FOLDING), text).lower()


_FIRST = (0,)
Piece = tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]]
"""What stands between two spaces: its words as they are read, their numbers, and the typed word that each came from."""


@dataclass(slots=True)
class Reading:
    """A text as the rules see it: the number of each word, and where the word stands in what was typed."""

    text: str
    folded: str
    words: list[str]
    ids: list[int]
    chunks: Sequence[str] = ()  # the folded text between its spaces
    pieces: Mapping[str, Piece] = field(default_factory=dict)  # how each of them is read
    _ends: list[int] = field(default_factory=list)  # how many words there are up to the end of each chunk
    _starts: list[int] = field(default_factory=list)  # how many letters there are before each chunk
    _spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # where each word of a chunk stands in it
    _shifts: _Shifts | None = None

    def typed(self, start: int, end: int) -> str:
        """What was typed from the word `start` up to and without the word `end`."""
        while start < end - 1 and self.ids[start] in (EDGE_ID, PAUSE_ID, SOFT_ID):
            start += 1
        while end - 1 > start and self.ids[end - 1] in (EDGE_ID, PAUSE_ID, SOFT_ID):
            end -= 1
        first, last = self._span(start)[0], self._span(end - 1)[1]
        if not self.text.isascii():
            if self._shifts is None:
                self._shifts = _Shifts(self.text)
            first, last = self._shifts.before(first), self._shifts.after(last)
        return self.text[first:last].strip()

    def _span(self, index: int) -> tuple[int, int]:
        """Where the word at `index` stands in the folded text."""
        if index == 0:
            return 0, 0
        if index == len(self.ids) - 1:
            return len(self.folded), len(self.folded)
        if not self._ends:
            counts = {chunk: len(piece[0]) for chunk, piece in self.pieces.items()}
            self._ends = list(accumulate(map(counts.__getitem__, self.chunks)))
            self._starts = list(accumulate(map(len, self.chunks), initial=0))
        at = bisect_right(self._ends, index - 1)
        chunk = self.chunks[at]
        origins = self.pieces[chunk][2]
        spans = self._spans.get(chunk)
        if spans is None:
            spans = self._spans[chunk] = [match.span() for match in _TOKEN.finditer(chunk)]
        first, last = spans[origins[index - 1 - (self._ends[at] - len(origins))]]
        before = self._starts[at] + at  # and the spaces between the chunks
        return before + first, before + last


class _Shifts:
    """Where places of the folded text are in the typed text, whose characters may be longer or shorter when folded."""

    __slots__ = ("_ends", "_places", "_starts", "_sums")

    def __init__(self, text: str) -> None:
        uneven = [character for character in set(text) if character > "\x7f" and len(_FOLDING[ord(character)]) != 1]
        self._places: list[int] = []  # of each uneven character in the typed text
        self._starts: list[int] = []  # and in the folded text
        self._ends: list[int] = []
        self._sums = [0]  # how much further on the typed text is after each
        shift = 0
        for match in re.finditer("|".join(map(re.escape, uneven)), text) if uneven else ():
            place = match.start()
            length = len(_FOLDING[ord(match[0])])
            self._places.append(place)
            self._starts.append(place - shift)
            self._ends.append(place - shift + length)
            shift += 1 - length
            self._sums.append(shift)

    def before(self, position: int) -> int:
        """The place in the typed text of the character at `position` of the folded text."""
        at = bisect_right(self._ends, position)
        if at < len(self._places) and self._starts[at] < position:
            return self._places[at]
        return position + self._sums[at]

    def after(self, position: int) -> int:
        """The place in the typed text after what ends at `position` of the folded text."""
        at = bisect_left(self._starts, position)
        if at and self._ends[at - 1] > position:
            return self._places[at - 1] + 1
        return position + self._sums[at]


def read(text: str, known: Mapping[str, int], spelling: Spelling) -> Reading:
    """The text as the rules see it. `known` gives each word that a rule reads its number.

    No word holds a space, so the text is cut at spaces, and what stands between two of them is worked out once a text.
    """
    folded = fold(text)
    if "\n" in folded:  # a break with its spaces is one sign
        folded = _BREAK.sub(lambda found: found[0].replace(" ", "\t"), folded)
    spaced = _MAYBE_SPACED.search(folded) is not None and _SPACED.search(folded) is not None
    chunks = folded.split(" ")
    apart: set[str] = set()
    if spaced:
        chunks, apart = _regions(chunks)
    pieces: dict[str, Piece] = {}
    for chunk in set(chunks):
        number = known.get(chunk)
        if number is not None and chunk.isalpha():
            pieces[chunk] = (chunk,), (number,), _FIRST
        elif chunk in apart:
            pieces[chunk] = _piece(chunk, known, spelling, spaced=True)
        else:
            pieces[chunk] = _worded(chunk, known, spelling) or _piece(chunk, known, spelling, spaced=False)
    numbers = {chunk: piece[1] for chunk, piece in pieces.items()}
    words_of = {chunk: piece[0] for chunk, piece in pieces.items()}
    ids = [EDGE_ID, *chain.from_iterable(map(numbers.__getitem__, chunks)), EDGE_ID]
    words = ["", *chain.from_iterable(map(words_of.__getitem__, chunks)), ""]
    reading = Reading(text, folded, words, ids, chunks, pieces)
    if _MAYBE_STACCATO.search(folded) and _STACCATO.search(folded):
        _join_staccato(reading.ids)
    return reading


def _regions(chunks: Sequence[str]) -> tuple[list[str], set[str]]:
    """Chunks put together again where letters typed apart may run on from one to the next: a whole word ends a run.

    Also gives those of them that hold enough letters typed apart; in all others none are looked for.
    """
    apart = {chunk for chunk in set(chunks) if len(chunk) < 2 or not chunk.isalpha()}
    regions: list[str] = []
    spaced: dict[str, bool] = {}
    done = 0
    places = [place for place, chunk in enumerate(chunks) if chunk in apart]
    for first, end in _runs(places):
        region = " ".join(chunks[first:end])
        if region not in spaced:
            spaced[region] = len(_LETTER.findall(region)) >= LEAST_LETTERS
        if spaced[region]:
            regions += chunks[done:first]
            regions.append(region)
            done = end
    return [*regions, *chunks[done:]], {region for region, enough in spaced.items() if enough}


def _runs(places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Where places follow each other without a gap: the first of each run, and the one after its last."""
    first = end = -1
    for place in places:
        if place != end:
            if first >= 0:
                yield first, end
            first = place
        end = place + 1
    if first >= 0:
        yield first, end


def _worded(chunk: str, known: Mapping[str, int], spelling: Spelling) -> Piece | None:
    """The same as `_piece`, sooner, for a word of letters with perhaps a sign after it, which nearly all are."""
    sign = chunk[-1:]
    word = chunk[:-1] if sign in _CLOSING else chunk
    number = known.get(word)
    if number is not None and (word.isalpha() or (word[0] != "'" != word[-1] and word.replace("'", "").isalpha())):
        return ((word,), (number,), _FIRST) if word is chunk else ((word, sign), (number, known[sign]), (0, 1))
    if not word.isalpha():
        return None
    words = spelling.mend(word, known) or (word,)
    numbers, origins = [_number(each, known) for each in words], [0] * len(words)
    if word is not chunk:
        words, numbers, origins = (*words, sign), [*numbers, known[sign]], [*origins, 1]
    return words, tuple(numbers), tuple(origins)


def _piece(chunk: str, known: Mapping[str, int], spelling: Spelling, spaced: bool) -> Piece:
    """How the text between two spaces, or a region, is read."""
    typed = _TOKEN.findall(chunk)
    words: list[str] = []
    origins: list[int] = []
    repaired = {word: _mended(word, known, spelling) for word in typed if word not in known}
    if spaced:
        words, origins = _replaced(typed, repaired, known, spelling)
    else:
        for index, word in enumerate(typed):
            mended = repaired.get(word, (word,))
            words += mended
            origins += [index] * len(mended)
    return tuple(words), tuple([_number(word, known) for word in words]), tuple(origins)


def _mended(word: str, known: Mapping[str, int], spelling: Spelling) -> tuple[str, ...]:
    """The words that a typed word is read as: itself, or the known words that it stands for."""
    if word in known or not (word[0].isalnum() or word[0] in "$@"):
        return (word,)
    return spelling.mend(word, known) or (word,)


def _number(word: str, known: Mapping[str, int]) -> int:
    """The number of a word or sign; OTHER_ID for a word that no rule reads."""
    number = known.get(word)
    if number is not None:
        return number
    first = word[0]
    if first in _DOTS:
        return SOFT_ID if word.startswith("..") else EDGE_ID
    if first == "\n":
        return SOFT_ID if word.count("\n") == 1 else EDGE_ID
    if word.isdigit():
        return NUMBER_ID
    return OTHER_ID if first.isalnum() or first in "$@" else PAUSE_ID


def _replaced(
    words: list[str],
    repaired: Mapping[str, tuple[str, ...]],
    known: Mapping[str, int],
    spelling: Spelling,
) -> tuple[list[str], list[int]]:
    """The words with repairs in place, and for each the index of the typed word that it came from."""
    result: list[str] = []
    origins: list[int] = []
    runs: dict[str, tuple[str, ...]] = {}
    index = 0
    while index < len(words):
        word = words[index]
        if len(word) == 1 and word.isalnum():
            letters, after = _letters(words, index)
            if letters not in runs:
                runs[letters] = spelling.joined(letters, known) if len(letters) >= LEAST_LETTERS else ()
            joined = runs[letters]
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
