"""What may reach a terminal: text without anything that could act on it, whole or in streamed chunks.

Taken out are escape sequences (ESC, CSI, OSC, DCS and their 8-bit forms), all other control characters but newline and
tab, and the marks that reorder text. What scripts need stays: joiners, combining marks, right-to-left letters.
"""

from __future__ import annotations

import json
import re

_BIDI = "\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c"
_FORBIDDEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{_BIDI}\ufeff\U000e0000-\U000e007f\ud800-\udfff]")

_STRING_STARTS = frozenset("PX]^_")  # DCS, SOS, OSC, PM, APC: run until a terminator
_STRING_STARTS_8BIT = frozenset("\x90\x98\x9d\x9e\x9f")
_STRING_LIMIT = 4096  # a string sequence that never ends stops eating text here


class Plain:
    """The filter for a stream: `feed` gives what may be shown of each chunk, wherever the chunks are cut."""

    def __init__(self) -> None:
        self._mode = ""  # "", "esc" after ESC, "csi", "str" in a string sequence, "str-esc" after ESC in one, "nf"
        self._eaten = 0
        self._return = False  # a carriage return is held back until it is known whether a newline follows

    def feed(self, chunk: str) -> str:
        """What may be shown of the next chunk."""
        if not self._mode and not self._return and not _FORBIDDEN.search(chunk):
            return chunk
        shown: list[str] = []
        for character in chunk:
            self._step(character, shown)
        return "".join(shown)

    def flush(self) -> str:
        """What was held back at the end of the stream: nothing of an unfinished sequence."""
        held = "\n" if self._return else ""
        self._mode, self._eaten, self._return = "", 0, False
        return held

    def _step(self, character: str, shown: list[str]) -> None:
        if self._return:
            self._return = False
            shown.append("\n")
            if character == "\n":
                return
        if self._mode and self._sequence(character):
            return
        if character == "\x1b":
            self._mode = "esc"
        elif character == "\x9b":
            self._mode, self._eaten = "csi", 0
        elif character in _STRING_STARTS_8BIT:
            self._mode, self._eaten = "str", 0
        elif character == "\r":
            self._return = True
        elif not _FORBIDDEN.match(character):
            shown.append(character)

    def _sequence(self, character: str) -> bool:
        """Take one character within a sequence; False where it is not part of it and must be looked at again."""
        mode = self._mode
        if mode in ("esc", "nf"):
            if character == "[" and mode == "esc":
                self._mode, self._eaten = "csi", 0
            elif character in _STRING_STARTS and mode == "esc":
                self._mode, self._eaten = "str", 0
            elif " " <= character <= "/":
                self._mode = "nf"
            else:
                self._mode = ""
                return "0" <= character <= "~"
            return True
        if mode == "csi":
            self._eaten += 1
            if "@" <= character <= "~":
                self._mode = ""
                return True
            if " " <= character <= "?" and self._eaten < 64:
                return True
            self._mode = ""
            return False
        return self._string(character)

    def _string(self, character: str) -> bool:
        self._eaten += 1
        if self._mode == "str-esc":
            self._mode = ""
            return character == "\\"
        if character == "\x1b":
            self._mode = "str-esc"
            return True
        if character in "\x07\x9c":
            self._mode = ""
            return True
        if character == "\n" or self._eaten > _STRING_LIMIT:
            self._mode = ""
            return False
        return True


def plain_json(text: str) -> str:
    """A line of JSON with everything that could act on a terminal written as JSON's own escapes; it means the same."""
    return _FORBIDDEN.sub(lambda found: json.dumps(found[0])[1:-1], text)


def plain(text: str) -> str:
    """The text with nothing left that could act on a terminal."""
    if not _FORBIDDEN.search(text):
        return text
    stream = Plain()
    return stream.feed(text) + stream.flush()
