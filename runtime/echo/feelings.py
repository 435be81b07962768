"""Finds feelings that the seeker names as their own, and says them so that they fit after “feeling”."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from escs.runtime.echo.grammar import Read, Text, noun_phrase

_POINTS = frozenset(["it", "this", "that", "which", "everything"])
_REASONS = ("about", "over", "with", "at", "for", "by", "of", "from", "in")
_JUST = frozenset(["just", "also", "still", "now", "really", "so"])


def _degree(text: Text, place: int) -> tuple[int, str, bool]:
    """How strongly: the place after it, what is said of it, and whether it was denied."""
    said, denied = "", False
    while True:
        found = text.book.degrees.at(text.words, place)
        if text.at(place) == "not" and not denied:
            denied, place = True, place + 1
        elif found and text.book.feelings.at(text.words, place) is None:
            place, said = found[0], said or found[1]
        else:
            return place, said, denied


def named(text: Text, place: int, *, felt: bool) -> tuple[int, str] | None:
    """The feeling at a place with its degree; `felt` where “feel” stands before it."""
    at, degree, denied = _degree(text, place)
    if denied:
        found_denied = text.book.denied.at(text.words, at)
        return found_denied if found_denied and not degree else None
    found = text.book.feelings.at(text.words, at)
    if found is None:
        return None
    end, (said, only_felt) = found
    if not said or (only_felt and not felt):
        return None
    if text.at(end) == "of" and said in ("tired", "sick"):
        said = "fed up"
    elif text.at(end) == "to" and said == "desperate":
        return None
    if end < len(text.words) and text.book.nouns.at(text.words, end) and text.at(end) != "at":
        noun = text.book.nouns.at(text.words, end)
        if noun is not None and not noun[1].mass and text.at(end) not in ("my",):
            return None  # “a sad day”: not a feeling of the seeker's
    plain = not degree or said.split()[0] in (
        "more",
        "less",
        "a",
        "so",
        "all",
        "under",
        "like",
        "on",
        "not",
        "out",
        "fed",
        "in",
    )
    return end, said if plain else f"{degree} {said}"


def with_reason(
    text: Text, place: int, gerund: Callable[[Text, int], Read | None], *, felt: bool = False
) -> Read | None:
    """“worried about my son”, “afraid of losing my job”, “anxious that I might fail”, as the end of a clause."""
    from escs.runtime.echo.clause import embedded

    if text.at(place) in ("feeling", "feel"):
        place, felt, head = place + 1, True, ["feeling"]
    else:
        head = []
    found = named(text, place, felt=felt)
    if found is None:
        return None
    end, words = found[0], [*head, *found[1].split()]
    if text.at(end) == "and":
        more = named(text, end + 1, felt=felt)
        if more is not None:
            end, words = more[0], [*words, "and", *more[1].split()]
    if text.at(end) in _REASONS:
        phrase = noun_phrase(text, end + 1, "PALESWMHCRT")
        if phrase is not None:
            return phrase.end, [*words, text.at(end), *phrase.said]
        doing = gerund(text, end + 1)
        if doing is not None:
            return doing[0], [*words, text.at(end), *doing[1]]
    inner = embedded(text, end)
    if inner is not None:
        return inner[0], [*words, *inner[1]]
    return end, words


def feelings(text: Text) -> Iterator[tuple[int, int, str]]:
    """The feelings of a sentence: place, weight and what is said."""
    words, book = text.words, text.book
    for place, word in enumerate(words):
        before = text.at(place - 1)
        if word == "i":
            yield from _after_i(text, place + 1)
        elif word == "feeling" and (place == 0 or before == ","):
            yield from _pair(text, place + 1, felt=True)
        elif word in ("makes", "made", "making", "leaves", "left", "make") and text.at(place + 1) == "me":
            at = place + 2 + (text.at(place + 2) in ("feel", "feeling"))
            if before not in ("n't", "not", "never", "don't", "doesn't", "didn't", "would", "could"):
                yield from _pair(text, at, felt=True)
        elif word in _POINTS and text.at(place + 1) in ("is", "'s", "was", "has", "feels"):
            at = place + 2 + (text.at(place + 2) == "been")
            at, _, denied = _degree(text, at)
            if text.at(at) in book.effects and not denied and text.at(at + 1) not in ("to", "for"):
                yield place, 2, book.effects[text.at(at)]
        elif word in book.feeling_nouns and before in ("much", "of", "my", "constant", "terrible"):
            mine = before == "my" or text.at(place - 2) in ("so", "lot", "full", "i", "have", "and", "with")
            if mine and text.at(place - 3) not in ("no", "not", "don't") and "not" not in words[:place]:
                yield place, 3, book.feeling_nouns[word]
    for place, word in enumerate(words):
        if (
            word in ("just", "more", "only")
            and text.at(place - 1) in (",", "but")
            and "not" in words[:place]
            and "i" in words[:place]
        ):
            yield from _pair(text, place + 1, felt=True)
    if words and len(words) <= 6:
        start = 1 if words[0] in _JUST or text.at(0) in ("yes", "well", "yeah") else 0
        start += text.at(start) == ","
        found = named(text, start, felt=False)
        if (
            found
            and (found[0] == len(words) or text.at(found[0]) in ("and", ",", "about", "because"))
            and found[1] not in book.pleasant
        ):
            yield from _pair(text, start, felt=False)


def _after_i(text: Text, place: int) -> Iterator[tuple[int, int, str]]:
    at, felt = place, False
    hedged = text.book.phrases["adverbs"].at(text.words, at)
    never = text.at(at) == "never" or (text.at(at) in ("'ve", "have") and text.at(at + 1) == "never")
    while hedged or text.at(at) in ("do",):
        at = hedged[0] if hedged else at + 1
        hedged = text.book.phrases["adverbs"].at(text.words, at)
    word = text.at(at)
    denied = word in ("don't", "didn't", "wasn't")
    if denied:
        at += 1
        if word != "wasn't" and text.at(at) not in ("feel",):
            return
        at += text.at(at) == "feel"
        felt = True
    elif word in ("'ve", "have", "had"):
        at += 1
        while found := text.book.phrases["adverbs"].at(text.words, at):
            at = found[0]
        if text.at(at) not in ("been", "felt", "gotten", "become"):
            return
        felt = text.at(at) == "felt"
        if text.at(at) == "been" and text.at(at + 1) == "better":
            return  # “I have been better” says the opposite
        at += 1
    elif word in ("am", "'m", "was", "feel", "felt", "get", "got", "became", "become"):
        felt = word in ("feel", "felt")
        at += 1
    else:
        return
    found = text.book.phrases["adverbs"].at(text.words, at)
    while found and text.book.degrees.at(text.words, at) is None:
        at = found[0]
        found = text.book.phrases["adverbs"].at(text.words, at)
    at, degree, not_so = _degree(text, at)
    if text.at(at) in ("feeling", "getting", "become", "becoming", "left"):
        felt = felt or text.at(at) in ("feeling", "left")
        at += 1
        at, degree, later = _degree(text, at)
        not_so = not_so or later
    if denied or not_so:
        found_denied = text.book.denied.at(text.words, at)
        if found_denied and (text.at(at) != "sure" or text.at(at + 1) in ("", ",") or text.at(at + 2) == "to"):
            yield at, 5, found_denied[1]
        return
    if never and not {text.at(at - 1), text.at(at)} & {"so", "this", "that"} and not degree:
        return
    yield from _pair(text, at, felt=felt, degree=degree, weight=6 if felt else 5)


def _pair(text: Text, at: int, *, felt: bool, degree: str = "", weight: int = 5) -> Iterator[tuple[int, int, str]]:
    found = named(text, at, felt=felt)
    if found is None:
        return
    end, said = found
    if (
        degree
        and not said.startswith(degree)
        and said.split()[0]
        not in ("more", "less", "a", "so", "all", "under", "like", "on", "not", "out", "fed", "in", "really", "let")
    ):
        said = f"{degree} {said}"
    nice = said in text.book.pleasant
    if text.at(end) == "and":
        more = named(text, end + 1, felt=felt)
        if more is not None and len(said.split()) + len(more[1].split()) < 6:
            said = f"{said} and {more[1]}"
    yield at, weight - 3 * nice, said
