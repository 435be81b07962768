"""The fragments of a text: feeling, event, clause, person, wish and topic, each fit for its slot or None."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

from escs.runtime.echo.adjuncts import adjuncts, span
from escs.runtime.echo.clause import clause, may_end
from escs.runtime.echo.feelings import feelings
from escs.runtime.echo.frames import infinitive
from escs.runtime.echo.grammar import Text
from escs.runtime.echo.heard import Heard, blocked
from escs.runtime.echo.lexicon import Lexicon, lexicon
from escs.runtime.echo.names import named, told
from escs.runtime.echo.subject import Subject
from escs.runtime.echo.tokens import Sentence, sentences

TURNS_BACK = 4

_WANTS = (
    ("want", "to"), ("just", "want", "to"), ("really", "want", "to"), ("only", "want", "to"), ("wanted", "to"), ("would", "like", "to"), ("'d", "like", "to"), ("would", "love", "to"),
    ("'d", "love", "to"), ("hope", "to"), ("wish", "i", "could"), ("just", "wish", "i", "could"), ("'m", "trying", "to"), ("am", "trying", "to"), ("'m", "hoping", "to"),
    ("am", "hoping", "to"), ("would", "really", "like", "to"), ("'d", "really", "like", "to"), ("do", "want", "to"), ("'ve", "been", "trying", "to"),
    ("have", "been", "trying", "to"), ("really", "just", "want", "to"), ("just", "really", "want", "to"),
)  # fmt: skip
_TIMES_OF_USE = frozenset(["when", "once", "before", "until", "till", "after", "while", "where"])


@dataclass(frozen=True, slots=True)
class Fragments:
    """What can be taken up; every field is second person, without end punctuation, at most 14 words, or None."""

    feeling: str | None = None  # fits after "feeling": "let down", "really alone"
    event: str | None = None  # fits after "with", "about", "since": "losing your job", "the breakup"
    clause: str | None = None  # fits after "It sounds as if" and "You said that": "you might lose your job"
    person: str | None = None  # "your mother"; may be plural, so no verb after it
    wish: str | None = None  # fits after "you want": "to get some sleep"
    topic: str | None = None  # fits after "about": "your marriage", "money"
    turns: tuple[tuple[str, int], ...] = ()  # field → how many seeker turns ago it was said (0 is the newest)

    def said(self, field: str) -> int | None:
        """How many seeker turns ago `field` was said (0 is the newest), or None where the field is empty."""
        return dict(self.turns).get(field)


FIELDS = tuple(field.name for field in fields(Fragments) if field.name != "turns")


@lru_cache(maxsize=4096)
def _heard(text: str) -> tuple[Fragments, frozenset[str]]:
    book = lexicon()
    found = sentences(text, book.spelling)
    heard = Heard()
    if not _english(found, book):
        return Fragments(), frozenset()
    grave = [book.severe.anywhere(sentence.words) for sentence in found]
    severe = any(grave)
    for number, sentence in enumerate(found):
        severe = severe or book.told_of.anywhere(sentence.words)
        if sentence.fit and not grave[number] and not book.crude.anywhere(sentence.words):
            _listen(Text(sentence.words, book, sentence.names), sentence, number * 0.01, heard, only_feelings=severe)
    for field in ("person", "wish"):
        if field in heard.best and any(re.search(rf"\b{re.escape(key)}\b", heard.best[field][1]) for key in heard.dead):
            del heard.best[field]
    made = Fragments(
        **{field: value[1] for field, value in heard.best.items()}, turns=tuple((field, 0) for field in heard.best)
    )
    return made, frozenset(heard.dead)


def fragments(text: str) -> Fragments:
    """What of one text can be taken up; at most 2,000 characters of it are read, from both ends.

    Of several candidates the weightiest is taken, and of equals the latest. All is None where a text is not English,
    and only feelings are taken from a text that speaks of violence, suicide or delusions.
    """
    return _heard(text)[0]


def fragments_of_history(texts: Sequence[str]) -> Fragments:
    """The fragments of the newest of the seeker's `texts`, filled up from the few turns before it."""
    values: dict[str, str] = {}
    ages: dict[str, int] = {}
    dead = frozenset[str]()
    for ago, text in enumerate(reversed(texts[-TURNS_BACK - 1 :])):
        found, died = _heard(text)
        dead |= died
        for field in FIELDS:
            if field not in values and (value := getattr(found, field)):
                values[field], ages[field] = value, ago
    person = values.get("person")
    if person and any(re.search(rf"\b{re.escape(key)}\b", person) for key in dead):
        del values["person"], ages["person"]
    return Fragments(**values, turns=tuple(ages.items()))


def _english(found: Sequence[Sentence], book: Lexicon) -> bool:
    words = [word for sentence in found for word in sentence.words if word[0].isalnum()]
    known = sum(word in book.english or word in book.forms or book.nouns.at([word], 0) is not None for word in words)
    return len(words) < 4 or known >= 0.5 * len(words)


def _listen(text: Text, sentence: Sentence, later: float, heard: Heard, *, only_feelings: bool) -> None:
    """Take what one sentence offers."""
    book, words = text.book, text.words
    starts_asking = book.phrases["questions"].at(words, _lead(text, 0)) is not None
    if not (sentence.question and starts_asking):
        for place, weight, said in feelings(text):
            if not blocked(text, place, but_for=("never", "might", "told", "rather")):
                heard.note("feeling", weight + later, said)
    if only_feelings:
        return
    named(text, later, heard)
    if starts_asking:
        return
    place = _lead(text, 0)
    while place < len(words):
        apart = blocked(text, place)
        if not apart:
            wish = _wish(text, place)
            if wish is not None:
                heard.note("wish", 3 + later, wish)
        found = None if apart else clause(text, place)
        if found is not None and not found.past and text.at(place - 1) in _TIMES_OF_USE:
            found = None  # “when I see him” tells no event
        if found is None and not apart and not sentence.question:
            saying = told(text, place)
            if saying is not None:
                heard.note("event", 7 + later, saying)
        if found is not None and sentence.question and found.end >= len(words):
            found = None
        if found is not None:
            heard.note("clause", found.weight + later, found.said)
            if found.dead:
                heard.dead.add(found.dead)
            if found.event is not None:
                heard.note("event", found.weight + later, found.event)
            if found.person and found.person not in ("he", "she", "they"):
                heard.acts(found.person, found.weight)
            place = found.end
            if text.at(place) in ("i", "my", "he", "she", "we"):
                continue
        place = _next(text, place)


def _lead(text: Text, place: int) -> int:
    """The place after words at the head of a clause that say nothing."""
    while True:
        if text.at(place) == ",":
            place += 1
            continue
        found = text.book.phrases["leads"].at(text.words, place)
        if found is None:
            lasting = span(text, place)
            if lasting is None:
                return place
            place = lasting[0]
            continue
        place = found[0]


def _next(text: Text, place: int) -> int:
    """Where the next clause of the sentence may start."""
    at = place
    while at < len(text.words):
        if text.at(at) == ",":
            return _lead(text, at + 1)
        join = text.book.phrases["joins"].at(text.words, at)
        if join is not None and join[1] not in ("who", "where", "which"):
            return max(_lead(text, join[0]), at + 1)
        at += 1
    return at


def _wish(text: Text, place: int) -> str | None:
    if text.at(place) != "i":
        return None
    for words in _WANTS:
        start = place + 1
        end = start + len(words)
        if tuple(text.words[start:end]) == words:
            read = infinitive(text, end, Subject("I", "you"), wish=True)
            if read is None:
                return None
            at, after = adjuncts(text, read[0])
            if len(read[1]) + len(after) < 2 or "forever" in after or after[-2:] == ["for", "good"]:
                return None
            if text.at(at) == "and" or not may_end(text, at):
                return None
            return " ".join(["to", *read[1], *after]).replace(" '", "'")
    return None
