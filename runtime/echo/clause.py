"""Reads whole clauses: a subject with its predicate, or “I think …” with a clause inside."""

from __future__ import annotations

from dataclasses import dataclass

from escs.runtime.echo.grammar import Read, Text
from escs.runtime.echo.predicate import Predicate, predicate
from escs.runtime.echo.subject import Subject, subject_at

_LEADS = (
    (("feel", "like"), "feel"), (("feel", "as", "if"), "feel"), (("feel", "as", "though"), "feel"), (("feel", "that"), "feel"),
    (("feel",), "feel"), (("felt", "like"), "felt"), (("think", "that"), "think"), (("think",), "think"), (("believe", "that"), "think"),
    (("believe",), "think"), (("suspect", "that"), "suspect"), (("suspect",), "suspect"), (("fear", "that"), "fear"), (("fear",), "fear"),
    (("know", "that"), "know"), (("know",), "know"), (("just", "found", "out", "that"), "just found out"), (("just", "found", "out"), "just found out"),
    (("found", "out", "that"), "found out"), (("found", "out"), "found out"), (("learned", "that"), "found out"),
    (("realised", "that"), "realised that"),
)  # fmt: skip
_NOT_NEXT = frozenset(["if", "unless", "or", "until", "than", "as", "nor", "either", "except", "without", "not"])
_RELATIVE = frozenset(["who", "which", "that", "where", "whose"])
_RUNS_ON = frozenset(["i", "he", "she", "they", "we", "my", "there"])
_POSSESSIVE = {"he": "him", "she": "her", "they": "them"}


@dataclass(slots=True)
class Clause:
    """A clause as it may be said back."""

    end: int
    said: str
    event: str | None
    weight: int
    person: str = ""  # key of the person it is about
    dead: str = ""  # key of a person or animal who has died
    past: bool = False


def joined(words: list[str]) -> str:
    """The words as a string; endings such as "'re" go to the word before."""
    return " ".join(words).replace(" '", "'")


def embedded(text: Text, place: int) -> Read | None:
    """“(that) I might lose my job” behind “worried” or “find out”; ends where a clause may end."""
    at = place + (text.at(place) == "that")
    found = subject_at(text, at)
    if found is None:
        return None
    inner = predicate(text, found[0], found[1])
    if inner is None or inner.framed:
        return None
    return inner.end, ["that"] * (at - place) + [found[1].said, *inner.said]


def may_end(text: Text, place: int, found: Predicate | None = None) -> bool:
    """Whether a clause may end at a place: nothing that follows takes back or bends what it says."""
    at = place
    while text.at(at) == ",":
        at += 1
    if at >= len(text.words):
        return True
    if text.at(at) in _NOT_NEXT or (at == place and text.at(at) in _RELATIVE):
        return False
    if text.at(place) == "my" and place not in text.nominal:
        return False  # “I end my day”: what looks like an end is its object
    if text.at(place) in _RUNS_ON and place in text.defined:
        return False  # “the house I grew up in”
    if at > place or text.book.phrases["joins"].at(text.words, place) or text.at(place) in _RUNS_ON:
        return True
    return (
        found is not None
        and found.full
        and not found.negative
        and text.book.phrases["cuts"].at(text.words, place) is not None
    )


def clause(text: Text, place: int) -> Clause | None:
    """The clause that starts at a place, if all of it may be said."""
    found = subject_at(text, place)
    if found is None:
        return None
    at, subject = found
    if subject.who == "I":
        thought = _thought(text, at)
        if thought is not None:
            return thought
    done = predicate(text, at, subject)
    vague = done is not None and subject.said in _POSSESSIVE and (done.framed or done.weight < 2)
    if done is None or vague or not may_end(text, done.end, done):
        return None
    return _made(subject, done)


def _made(subject: Subject, done: Predicate) -> Clause:
    said = joined([subject.said, *done.said])
    if done.framed:
        said = "you feel " + said
    event = None
    weight = 4 * done.weight + (done.lemma not in ("be", "work", "live", "stay"))
    if done.gerund is not None and not done.framed:
        if done.lost and subject.who in ("other", "animal"):
            event = f"losing {subject.said}" if subject.said not in _POSSESSIVE else None
        elif subject.own:
            event = joined(done.gerund) if len(done.gerund) > 1 or done.weight > 1 else None
        elif subject.who == "other" and subject.key == "they":
            event = None
        else:
            event = joined([_POSSESSIVE.get(subject.said, subject.said), *done.gerund])
    if subject.said in _POSSESSIVE:
        weight -= 5  # who is meant stands elsewhere
    person = subject.key if subject.who == "other" else ""
    return Clause(done.end, said, event, weight, person, done.lost, done.past)


def _thought(text: Text, place: int) -> Clause | None:
    """“I think my girlfriend is cheating on me”."""
    for words, said in _LEADS:
        end = place + len(words)
        if tuple(text.words[place:end]) != words:
            continue
        found = subject_at(text, end)
        if found is None or (
            found[1].said in ("you",) and said in ("know", "think", "feel", "felt") and found[1].who == "we"
        ):
            continue
        done = predicate(text, found[0], found[1])
        if done is None or not may_end(text, done.end, done) or (done.chosen and found[1].own):
            return None
        if said == "know" and done.framed:
            said = "feel"
        inner = joined([found[1].said, *done.said])
        if said == "know":
            return _made(found[1], done)
        return Clause(
            done.end,
            f"you {said} {inner}",
            None,
            4 * done.weight,
            found[1].key if found[1].who == "other" else "",
            done.lost,
        )
    return None
