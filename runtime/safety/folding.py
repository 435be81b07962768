"""Reads look-alike letters, accents and hidden characters as plain letters in lower case, and remembers where they stood."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right

_FOREIGN = re.compile(r"[^\x00-\x7f]+")

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


class Shifts:
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
