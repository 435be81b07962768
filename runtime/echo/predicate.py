"""Reads what follows a subject: auxiliaries, a verb that the lists allow there, its frame and what comes after."""

from __future__ import annotations

from dataclasses import dataclass

from escs.runtime.echo import feelings
from escs.runtime.echo.adjuncts import adjuncts
from escs.runtime.echo.frames import gerund_phrase, passive, state_of, taken
from escs.runtime.echo.grammar import Read, Text, heads
from escs.runtime.echo.lexicon import Verb
from escs.runtime.echo.subject import Subject

_MODALS = {"might": "m", "may": "m", "could": "m", "will": "m", "'ll": "m", "can't": "c", "couldn't": "c", "can": "can"}
_NEGATED = {"don't": "b", "didn't": "b", "doesn't": "b", "do": "b", "did": "b", "does": "b"}
_UNSAID = ("always", "never", "only", "even", "ever", "hardly", "barely")


@dataclass(slots=True)
class Predicate:
    """A predicate that may be said: the finite words, and what a gerund of it would be."""

    end: int
    said: list[str]  # finite, turned
    gerund: list[str] | None = None  # None where it makes none
    weight: int = 1
    framed: bool = False  # only as "you feel …"
    lemma: str = ""
    negative: bool = False
    full: bool = False  # it may be cut off here: its object has been said
    lost: str = ""  # key of the person who is dead or gone, "" where nobody
    past: bool = False
    chosen: bool = False  # something that one sets out to do


def _adverbs(text: Text, place: int) -> tuple[int, list[str], str]:
    """Adverbs before a verb: the place after them, those that are said back, and one that changes the mood."""
    said: list[str] = []
    mood = ""
    while True:
        found = text.book.phrases["adverbs"].at(text.words, place)
        if found is None:
            return place, said, mood
        if found[1] in _UNSAID:
            mood = mood or found[1]
        if text.book.phrases["kept"].at(text.words, place):
            said += found[1].split()
        place = found[0]


def predicate(text: Text, place: int, subject: Subject) -> Predicate | None:
    """The predicate that starts at `place`, or None."""
    place, before, mood = _adverbs(text, place)
    word = text.at(place)
    be = {"I": ("am", "'m", "was", "wasn't"), "we": ("are", "'re", "were", "weren't", "aren't")}.get(
        subject.who, ("are", "were", "aren't", "weren't") if subject.plural else ("is", "'s", "was", "isn't", "wasn't")
    )
    have = (
        ("has", "'s", "had", "hasn't", "hadn't")
        if not subject.own and not subject.plural
        else ("have", "'ve", "had", "haven't", "hadn't")
    )
    found: Predicate | None = None
    if mood and (subject.own or mood not in ("always", "never")):
        return None
    if word in be:
        found = _being(text, place, subject)
    if found is None and word in have:
        found = _having(text, place, subject)
    if found is None and word in _NEGATED:
        found = _denying(text, place, subject)
    if found is None and word in _MODALS:
        found = _modal(text, place, subject)
    if found is None:
        found = _plain(text, place, subject, never=mood == "never")
    if found is None:
        return None
    found.past = found.past or word in ("was", "were", "had", "didn't", "couldn't", "wasn't", "weren't")
    found.said = _joined(before, found.said, subject)
    if mood == "never" and found.gerund is not None:
        found.gerund = ["never", *found.gerund]
    end, after = adjuncts(text, found.end)
    found.end = end
    found.said += after
    return found


def _joined(before: list[str], said: list[str], subject: Subject) -> list[str]:
    return [*before, *said] if said and not said[0].startswith("'") else [*said[:1], *before, *said[1:]]


def _finite(word: str, subject: Subject) -> str:
    if not subject.own:
        return word
    return {"am": "are", "'m": "'re", "was": "were", "wasn't": "weren't"}.get(word, word)


def _being(text: Text, place: int, subject: Subject) -> Predicate | None:
    """“am losing”, “was fired”, “am worried about”, “is sick”, “are going to lose”."""
    word = text.at(place)
    negative = word.endswith("n't")
    at, kept, mood = _adverbs(text, place + 1)
    if text.at(at) == "not":
        negative = True
        at += 1
    if mood and (subject.own or mood != "always"):
        return None
    said = [_finite(word, subject), *(["not"] if negative and not word.endswith("n't") else []), *kept]
    if text.at(at) == "going" and text.at(at + 1) == "to" and not negative:
        found = _bare(text, at + 2, subject, "m")
        if found is not None:
            found.said = [*said, "going", "to", *found.said]
            found.gerund = None
            return found
    if negative and subject.own:
        if text.at(at) == "able" and text.at(at + 1) == "to":
            found = _bare(text, at + 2, subject, "c")
            if found is not None:
                found.gerund = ["not", "being", "able", "to", *found.said]
                found.said = [*said, "able", "to", *found.said]
                return found
        return None
    return _after_be(text, at, subject, said, negative, past=word in ("was", "were"))


def _sayable_so_far(text: Text, verb: Verb, place: int) -> bool:
    """Whether a clause may be cut off here: its object was said, and what follows does not make it another one."""
    return place in text.nominal and verb.lemma not in ("have", "want", "need", "get", "take")


def _after_be(
    text: Text, at: int, subject: Subject, said: list[str], negative: bool, *, past: bool
) -> Predicate | None:
    """What may stand behind a form of “be”."""
    if text.at(at) == "being":
        done = passive(text, at + 1, subject)
        if done is not None and not negative:
            return Predicate(done[0], [*said, "being", *done[1]], ["being", *done[1]], 3, lemma="be", full=True)
    if not negative or not subject.own:
        mood = "n" if negative else "y"
        for end, verb in heads(text, at, "g"):
            allowed = subject.may(verb, mood)
            read = taken(text, end, verb, subject) if allowed else None
            if read is not None:
                words = [text.at(at), *verb.particle, *read[1]]
                gerund = None if verb.still or allowed == "f" else (["not", *words] if negative else words)
                return Predicate(
                    read[0],
                    [*said, *words],
                    gerund,
                    verb.weight,
                    allowed == "f",
                    verb.lemma,
                    negative,
                    _sayable_so_far(text, verb, read[0]),
                )
    if negative:
        return None
    if subject.own or subject.who == "other":
        done = passive(text, at, subject)
        if done is not None:
            return Predicate(done[0], [*said, *done[1]], ["being", *done[1]], 3, lemma="be", full=True)
    if subject.own and not (past and text.at(at) == "better"):
        felt = feelings.with_reason(text, at, lambda t, p: gerund_phrase(t, p, subject))
        if felt is not None:
            return Predicate(felt[0], [*said, *felt[1]], None, 2, lemma="feel", full=True)
    stands = state_of(text, at, subject)
    if stands is not None:
        words = stands[1]
        gerund = _being_as_event(text, at, stands, subject) if not past else None
        weight = 1 if subject.own else 2
        return Predicate(stands[0], [*said, *words], gerund, weight, lemma="be")
    return None


def _being_as_event(text: Text, place: int, stands: Read, subject: Subject) -> list[str] | None:
    if subject.own and tuple(text.words[place : stands[0]]) not in text.book.being["event"]:
        return None
    return stands[1] if stands[1][0].endswith("ing") else ["being", *stands[1]]


def _having(text: Text, place: int, subject: Subject) -> Predicate | None:
    """“have lost”, “haven't slept”, “has been ignoring”, “'ve been fired”."""
    word = text.at(place)
    negative = word.endswith("n't")
    at, kept, mood = _adverbs(text, place + 1)
    if text.at(at) == "not":
        negative = True
        at += 1
    if mood:
        return None
    said = [word, *(["not"] if negative and not word.endswith("n't") else []), *kept]
    if text.at(at) == "been" and not negative:
        at, more, mood = _adverbs(text, at + 1)
        if mood:
            return None
        return _after_be(text, at, subject, [*said, "been", *more], negative, past=True)
    if text.at(at) == "been" and text.at(at + 1) == "able" and text.at(at + 2) == "to" and subject.own:
        found = _bare(text, at + 3, subject, "c")
        if found is not None:
            found.gerund = ["not", "being", "able", "to", *found.said]
            found.said = [*said, "been", "able", "to", *found.said]
        return found
    mood = "n" if negative else "y"
    for end, verb in heads(text, at, "n"):
        allowed = subject.may(verb, mood)
        read = taken(text, end, verb, subject) if allowed else None
        if read is not None:
            head = text.book.gerunds[verb.lemma]
            gerund = ["not"] * negative + [head, *verb.particle, *read[1]]
            return Predicate(
                read[0], [*said, text.at(at), *verb.particle, *read[1]], None if verb.still or allowed == "f" else gerund,
                verb.weight, allowed == "f", verb.lemma, negative, _sayable_so_far(text, verb, read[0]),
            )  # fmt: skip
    return None


def _bare(text: Text, place: int, subject: Subject, mood: str) -> Predicate | None:
    """A verb in its plain form behind an auxiliary."""
    place, kept, extra = _adverbs(text, place)
    if extra:
        return None
    for end, verb in heads(text, place, "b"):
        allowed = subject.may(verb, mood)
        read = taken(text, end, verb, subject) if allowed else None
        if read is not None:
            head = text.book.gerunds[verb.lemma]
            words = [*kept, text.at(place), *verb.particle, *read[1]]
            gerund = None if verb.still or allowed == "f" else [head, *verb.particle, *read[1]]
            return Predicate(
                read[0],
                words,
                gerund,
                verb.weight,
                allowed == "f",
                verb.lemma,
                mood in "nc",
                _sayable_so_far(text, verb, read[0]),
                chosen=verb.wish,
            )
    return None


def _denying(text: Text, place: int, subject: Subject) -> Predicate | None:
    """“don't sleep”, “doesn't listen to me”."""
    word = text.at(place)
    third = not subject.own and not subject.plural
    if word in (("do", "don't") if third else ("does", "doesn't")):
        return None
    at = place + 1
    if not word.endswith("n't"):
        if text.at(at) != "not":
            return None
        at += 1
    found = _bare(text, at, subject, "n")
    if found is not None:
        if found.gerund is not None:
            found.gerund = ["not", *found.gerund]
        found.said = [word, *([] if word.endswith("n't") else ["not"]), *found.said]
    return found


def _modal(text: Text, place: int, subject: Subject) -> Predicate | None:
    """“might lose”, “can't find”, “can barely sleep”."""
    word, at = text.at(place), place + 1
    mood = _MODALS[word]
    said = [word]
    if mood == "can":
        if text.at(at) in ("not", "barely", "hardly"):
            said, at, mood = ["can", text.at(at)], at + 1, "c"
        else:
            return None
    elif mood == "c" and text.at(at) == "seem" and text.at(at + 1) == "to":
        said, at = [*said, "seem", "to"], at + 2
    found = _bare(text, at, subject, mood)
    if found is None or (word in ("will", "'ll") and subject.own and found.chosen):
        return None
    found.gerund = ["not", "being", "able", "to", *found.said] if mood == "c" and not found.framed else None
    found.said = [*said, *found.said]
    return found


def _plain(text: Text, place: int, subject: Subject, *, never: bool) -> Predicate | None:
    """“lost my job”, “shouts at me”; for the seeker “feel anxious about …” as well."""
    if subject.own and text.at(place) in ("feel", "felt"):
        felt = feelings.with_reason(text, place + 1, lambda t, p: gerund_phrase(t, p, subject), felt=True)
        return Predicate(felt[0], [text.at(place), *felt[1]], None, 2, lemma="feel", full=True) if felt else None
    tags = "bp" if subject.own or subject.plural else "sp"
    mood = "n" if never else "y"
    for tag in tags:
        for end, verb in heads(text, place, tag):
            allowed = subject.may(verb, mood)
            read = taken(text, end, verb, subject) if allowed else None
            if read is not None:
                words = [text.at(place), *verb.particle, *read[1]]
                gerund = [text.book.gerunds[verb.lemma], *verb.particle, *read[1]]
                lost = ""
                if verb.lemma in ("die",) or (verb.lemma == "pass" and verb.particle):
                    lost = subject.key
                return Predicate(
                    read[0], words, None if verb.still or allowed == "f" else gerund, verb.weight, allowed == "f", verb.lemma,
                    never, _sayable_so_far(text, verb, read[0]), lost, tag == "p",
                )  # fmt: skip
    return None
