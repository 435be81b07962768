"""Reads what belongs to a verb that the lists know: its frame, and the phrases that frames may hold."""

from __future__ import annotations

from collections.abc import Sequence

from escs.runtime.echo import feelings
from escs.runtime.echo.grammar import Read, Text, frame, heads, turned
from escs.runtime.echo.lexicon import Verb
from escs.runtime.echo.subject import Subject


def infinitive(text: Text, place: int, subject: Subject, *, wish: bool = False) -> Read | None:
    """“get some sleep” after “to”: a verb that does no harm, with its frame."""
    if text.at(place) == "be" or (text.at(place) == "feel" and wish):
        wished = text.book.wished.at(text.words, place + 1)
        degree = text.book.degrees.at(text.words, place + 1)
        if wished is None and degree:
            wished = text.book.wished.at(text.words, degree[0])
        return (wished[0], [text.at(place), *turned(text.words[place + 1 : wished[0]])]) if wished else None
    if text.at(place) == "stop" and text.at(place + 1) == "feeling":
        felt = feelings.named(text, place + 2, felt=True)
        return (felt[0], ["stop", "feeling", *felt[1].split()]) if felt else None
    for at, verb in heads(text, place, "b"):
        allowed = verb.wish if wish else (verb.wish or "y" in verb.own) and not verb.still
        if allowed and (subject.own or subject.may(verb, "y")):
            read = taken(text, at, verb, subject)
            if read is not None and (read[0] > at or verb.lemma not in ("sleep", "leave", "end")):
                return read[0], [text.at(place), *verb.particle, *read[1]]
    return None


def gerund_phrase(text: Text, place: int, subject: Subject) -> Read | None:
    """“losing my job” inside a frame."""
    if text.at(place) == "being":
        found = state_of(text, place + 1, subject)
        return (found[0], ["being", *found[1]]) if found else None
    for at, verb in heads(text, place, "g"):
        if "y" in verb.own or "m" in verb.own or verb.wish:
            read = taken(text, at, verb, subject)
            if read is not None:
                return read[0], [text.at(place), *verb.particle, *read[1]]
    return None


def taken(
    text: Text, place: int, verb: Verb, subject: Subject, frames: Sequence[Sequence[str]] | None = None
) -> Read | None:
    """The frame of the verb that reaches farthest."""
    from escs.runtime.echo.clause import embedded

    also = {
        "+to": lambda t, at: _after_to(t, at, subject, wish=False),
        "+wish": lambda t, at: infinitive(t, at, subject, wish=True),
        "+ing": lambda t, at: gerund_phrase(t, at, subject),
        "+that": lambda t, at: embedded(t, at),
        "+how": lambda t, at: _aside(t, at, "how"),
        "+have": lambda t, at: _aside(t, at, "have"),
        "+gotten": lambda t, at: passive(t, at, subject),
    }
    best: Read | None = None
    if frames is None:
        frames = verb.own_frames if subject.own and verb.own_frames else verb.frames
    for parts in frames:
        if not parts:
            read: Read | None = (place, [])
        elif parts[0][0] not in "+'" and not parts[0].isupper() and text.at(place) != parts[0]:
            continue
        else:
            read = frame(text, place, parts, also)
        if read is not None and (best is None or read[0] > best[0]):
            best = read
    return best


def _aside(text: Text, place: int, name: str) -> Read | None:
    reads = (frame(text, place, parts, {}) for parts in text.book.asides[name])
    return max((read for read in reads if read is not None), key=lambda read: read[0], default=None)


def _after_to(text: Text, place: int, subject: Subject, *, wish: bool) -> Read | None:
    if text.at(place) != "to":
        return None
    read = infinitive(text, place + 1, subject, wish=wish)
    return (read[0], ["to", *read[1]]) if read else None


def passive(text: Text, place: int, subject: Subject) -> Read | None:
    """“fired from my job” after “was” or “got”."""
    for at, verb in heads(text, place, "n"):
        if verb.passive:
            read = taken(text, at, verb, subject, verb.passive)
            if read is not None:
                return read[0], [text.at(place), *verb.particle, *read[1]]
    return None


def state_of(text: Text, place: int, subject: Subject) -> Read | None:
    """What a subject may be, beside feelings; the longest that is listed."""
    name = "self" if subject.own else "it" if subject.who == "thing" else "other"
    best: Read | None = None
    for parts in text.book.being[name]:
        if parts[0] == text.at(place):
            read = frame(text, place, parts, {})
            if read is not None and (best is None or read[0] > best[0]):
                best = read
    if (
        best is None
        and subject.own
        and text.at(place).isdigit()
        and text.at(place + 1) == "years"
        and text.at(place + 2) == "old"
    ):
        return place + 3, [text.at(place), "years", "old"]
    return best
