"""Reads what may come after a whole clause: when, how long, where and why."""

from __future__ import annotations

from escs.runtime.echo.grammar import Read, Text, ends, noun_phrase, turned


def adjuncts(text: Text, place: int) -> Read:
    """What may come after a complete clause: when, how long, where, why. As much as is known."""
    said: list[str] = []
    while True:
        read = _adjunct(text, place)
        if read is None:
            return place, said
        place = read[0]
        said += read[1]


def _adjunct(text: Text, place: int) -> Read | None:
    book, word = text.book, text.at(place)
    if word not in book.adjuncts and not word.isdigit():
        return None
    lasting = span(text, place)
    if lasting is not None:
        return lasting
    listed = book.phrases["times"].at(text.words, place)
    if listed:
        said = turned(text.words[place : listed[0]])
        if listed[0] - place == 1 and word in ("well", "too", "like", "now") and not ends(text, listed[0]):
            return None
        if "myself" in text.words[place : listed[0]]:
            said = ["on", "your", "own"]
        if said[:1] == ["like"]:
            return None
        return listed[0], said
    for prepositions, kinds in (
        (("because of", "due to"), "PLEWMSCRH"),
        (("during",), "ELS"),
        (("after",), "LE"),
        (("at", "from"), "WSH"),
        (("in",), "SRH"),
        (("with",), "PA"),
        (("over",), "M"),
        (("for",), "PE"),
    ):
        for preposition in prepositions:
            parts = preposition.split()
            if list(text.words[place : place + len(parts)]) == parts:
                phrase = noun_phrase(text, place + len(parts), kinds)
                if phrase is not None and not (phrase.pronoun and preposition in ("because of", "due to")):
                    return phrase.end, [*parts, *phrase.said]
    if word in ("in", "on", "since", "last", "next", "this"):
        month = book.phrases["months"].at(text.words, place + 1)
        if month:
            return month[0], [word, month[1]]
    return None


def span(text: Text, place: int) -> Read | None:
    """“for three months”, “two years ago”, “since last year”, “every other day”."""
    book, at, said = text.book, place, []
    if text.at(at) in ("for", "since", "over", "about", "almost", "in"):
        said.append(text.at(at))
        at += 1
        for word in ("the", "the past", "the last", "over", "about", "almost", "nearly"):
            parts = word.split()
            if list(text.words[at : at + len(parts)]) == parts:
                said += parts
                at += len(parts)
                if word != "the":
                    break
    amount = book.phrases["numbers"].at(text.words, at)
    if text.at(at).isdigit() and len(text.at(at)) < 3:
        amount = (at + 1, text.at(at))
    one = text.at(at) in ("a", "an")
    if one:
        amount = (at + 1, text.at(at))
    if amount is None or amount[1] == "few":
        return None
    unit = book.phrases["units"].at(text.words, amount[0])
    if unit is None or unit[1].startswith("kid") or unit[1].startswith("time"):
        return None
    single = one or amount[1] in ("1", "one")
    if single == unit[1].endswith("s"):
        return None
    said += [amount[1], unit[1]]
    at = unit[0]
    if text.at(at) in ("ago", "now", "straight", "already"):
        said.append(text.at(at))
        at += 1
    elif not said or said[0] not in ("for", "over", "in"):
        return None
    return at, said
