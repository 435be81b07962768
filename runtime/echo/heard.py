"""Keeps the best of each field while a text is read, and lets nothing through that is not fit to be said."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from escs.runtime.echo.grammar import Text

WORDS_AT_MOST = 14

_FIT = re.compile(r"[A-Za-z0-9é' -]+")
_OWN_WORDS = re.compile(r"\b(?:i|me|my|mine|myself|am|we|us|our|ours)\b(?!-)")


@dataclass(slots=True)
class Heard:
    """The best candidate of each field (weight, words, whom it is about), and who of those named has died."""

    best: dict[str, tuple[float, str, str]] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)

    def note(self, name: str, weight: float, said: str, key: str = "") -> None:
        """Take a candidate for a field; of equal ones the later."""
        if len(said.split()) > WORDS_AT_MOST or not _FIT.fullmatch(said) or _OWN_WORDS.search(said):
            return
        if name not in self.best or weight >= self.best[name][0]:
            self.best[name] = (weight, said, key)

    def acts(self, key: str, weight: int) -> None:
        """Whoever acts in what was told counts for more than who was only named."""
        best = self.best.get("person")
        if best is not None and best[2] == key:
            self.best["person"] = (best[0] + weight, best[1], key)


def blocked(text: Text, place: int, *, but_for: tuple[str, ...] = ()) -> bool:
    """Whether a word before `place`, `but_for` some, puts it into a condition, a dream or somebody else's mouth."""
    for at in range(place - 1, -1, -1):
        if text.at(at) == "but" or (text.at(at) == "so" and text.at(at + 1) == "i"):
            return False
        if text.at(at) not in but_for and text.book.phrases["scopes"].at(text.words, at):
            return True
    return False
