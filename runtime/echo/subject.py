"""Finds the subject of a clause, and says what the lists let it do."""

from __future__ import annotations

from dataclasses import dataclass

from escs.runtime.echo.grammar import Text, noun_phrase
from escs.runtime.echo.lexicon import Verb


@dataclass(frozen=True, slots=True)
class Subject:
    """Who the predicate is about. `who` is I, we, other (a person), animal or thing."""

    who: str
    said: str
    plural: bool = False
    key: str = ""

    @property
    def own(self) -> bool:
        """Whether it is the seeker, alone or with others."""
        return self.who in ("I", "we")

    def may(self, verb: Verb, mood: str) -> str:
        """How the lists let this subject have the verb in this mood (y, n, c, m): "y", "f" (framed) or ""."""
        if self.own:
            return "y" if mood in verb.own else ""
        letters = {"other": verb.other, "animal": verb.animal, "thing": verb.thing}[self.who]
        if mood in letters:
            return "y"
        return "f" if "f" in letters and mood in "yn" else ""


def subject_at(text: Text, place: int) -> tuple[int, Subject] | None:
    """The subject that starts at a place: “I”, “we”, “she”, “my boss”, “the company”."""
    word = text.at(place)
    if word == "i":
        return place + 1, Subject("I", "you")
    if word == "we":
        return place + 1, Subject("we", "you")
    if word in ("he", "she"):
        return place + 1, Subject("other", word, key=word)
    if word == "they":
        return place + 1, Subject("other", "they", True, "they")
    phrase = noun_phrase(text, place, "PALESWMHCRT", subject=True)
    if phrase is None or phrase.late or phrase.determiner in ("a", "an", "any", "every", "no", "enough", "another"):
        return None
    who = {"P": "other", "A": "animal"}.get(phrase.kind, "thing")
    if who == "other" and not (
        phrase.own
        or phrase.determiner
        in (
            "the",
            "his",
            "her",
            "their",
            "'s",
            "all my",
            "one of my",
            "some of my",
            "most of my",
            "all of my",
            "both my",
            "both of my",
        )
    ):
        return None
    if phrase.determiner == "one of my":
        phrase.plural = False
    return phrase.end, Subject(who, " ".join(phrase.said).replace(" '", "'"), phrase.plural, phrase.key)
