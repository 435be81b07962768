"""Finds who and what is named: people, topics, losses and occasions; and that somebody said something."""

from __future__ import annotations

from escs.runtime.echo.grammar import Text, noun_phrase
from escs.runtime.echo.heard import Heard, blocked
from escs.runtime.echo.subject import subject_at

_VERB_FOLLOWS = frozenset(
    "i to we you they he she it that this who can't don't didn't won't doesn't couldn't will would could should can does did"
    " do not never always really just also even still must might may 'll 'd".split()
)
_GOES = frozenset("go going back went get getting return returning come coming off due".split())
_RANKS = {"L": 7, "E": 5, "R": 6, "S": 5, "W": 5, "M": 5, "C": 5, "T": 3, "H": 3}
_COUNTS = frozenset("one two three four five six several many few some".split())
_SAYING = {"said": "said", "told": "said", "says": "says", "tells": "says"}
_HAVING = frozenset("had through after got of with since from about over took failed for".split())
"""Behind one of these “a breakup” is one that has happened."""
_NOBODY_NEAR = frozenset("people client customer patient student".split())


def named(text: Text, later: float, heard: Heard) -> None:
    """People and topics that are named, and losses and occasions as events."""
    words = text.words
    place = 0
    while place < len(words):
        opens = words[place] in text.book.openers or words[place].isdigit()
        phrase = noun_phrase(text, place, "PALESWMHCRT", subject=True) if opens else None
        if phrase is None:
            place += 1
            continue
        said = " ".join(phrase.said).replace(" '", "'")
        determiner, before, after = phrase.determiner, text.at(place - 1), text.at(phrase.end)
        whole = text.book.nouns.at(words, phrase.end) is None and after != "'s" and _ordinary(text, phrase.end)
        if phrase.late:
            heard.dead.add(phrase.key)
        if phrase.kind == "L" and phrase.key in ("death", "loss", "funeral", "bereavement"):
            heard.dead.update(inner.key for inner in phrase.inside if inner.key)
        gone = after in ("who", "that") and text.at(phrase.end + 1) in ("died", "passed", "has", "had")
        if (before in ("lost", "losing") or gone) and phrase.kind in "PA":
            heard.dead.add(phrase.key)
        if whole and phrase.kind == "P" and phrase.own and phrase.key not in _NOBODY_NEAR and not phrase.inside:
            heard.note("person", 3 + later, said, phrase.key)
        elif whole and phrase.kind in _RANKS and before not in ("no", "any", "your"):
            _topic(text, place, phrase.end, said, phrase.kind, phrase.key, determiner, later, heard)
        place = phrase.end


def _topic(
    text: Text, place: int, end: int, said: str, kind: str, key: str, determiner: str, later: float, heard: Heard
) -> None:
    own = determiner in ("my", "our", "my own", "our own")
    rank = _RANKS[kind] + own + later
    if key in text.book.plain_topics and not own:
        return
    if not determiner and (said[0].isdigit() or said.split()[0] in _COUNTS or text.at(place - 1) in ("merry", "happy")):
        return
    if not determiner and text.at(place) in text.book.forms and _as_verb(text, place):
        return
    if (
        determiner in ("the", "this", "these")
        and kind not in "LESWMR"
        and key not in ("future", "house", "vaccine", "kids")
    ):
        return
    if (
        determiner in ("a", "an")
        and kind in "LER"
        and text.at(place - 1) in _HAVING
        and not blocked(text, place)
        and not _denied(text)
    ):
        said, determiner = "the" + said[len(determiner) :], "the"
    if determiner in ("", "my", "our", "my own", "our own", "the", "this", "'s"):
        heard.note("topic", rank - (key in text.book.plain_topics) * 3, said)
        if kind in "LE" and determiner and key not in text.book.plain_topics:
            heard.note("event", (6 if kind == "L" else 3) + later, said)


def _as_verb(text: Text, place: int) -> bool:
    """Whether a word that may be a noun or a verb ("work", "study") stands where a verb would."""
    before = text.at(place - 1)
    if before == "to":
        return text.at(place - 2) not in _GOES
    hedged = place and text.book.phrases["adverbs"].at(text.words, place - 1)
    return bool(
        place == 0
        or hedged
        or before in _VERB_FOLLOWS
        or before == ","
        or text.at(place + 1) in ("on", "out", "hard", "for", "with")
    )


def _denied(text: Text) -> bool:
    return any(word in ("not", "no", "never", "without") or word.endswith("n't") for word in text.words)


def _ordinary(text: Text, place: int) -> bool:
    """Whether the word behind a noun is one that does not make another thing of it ("holiday season")."""
    word, book = text.at(place), text.book
    return (
        word in ("", ",")
        or word in book.english
        or word in book.forms
        or bool(
            book.phrases["joins"].at(text.words, place)
            or book.phrases["times"].at(text.words, place)
            or book.phrases["adverbs"].at(text.words, place)
        )
    )


def told(text: Text, place: int) -> str | None:
    """“my mother said …”: what was said is not repeated, that it was said is an event."""
    found = subject_at(text, place)
    if found is None or found[1].who != "other" or found[1].key in ("he", "she", "they"):
        return None
    at = found[0]
    while adverb := text.book.phrases["adverbs"].at(text.words, at):
        at = adverb[0]
    verb = _SAYING.get(text.at(at))
    if verb is None or (verb == "says" and found[1].plural):
        return None
    to = " to you" if text.at(at + 1) in ("me", "us") else ""
    return f"what {found[1].said} {verb}{to}"
