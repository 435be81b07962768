"""Reads noun phrases, what follows a verb, and the small things after it, and says them in the second person.

Every reader takes the words and a place, and gives the place after what it read with the words to say, or None where a
word or an order stands there that the lists do not know. Nothing is skipped in silence, so nothing unknown gets out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from escs.runtime.echo.lexicon import EVERY, Lexicon, Noun, Verb

Read = tuple[int, list[str]]

_OBJECTS = {"him": "him", "her": "her", "them": "them", "me": "you", "us": "you"}
_TURNED = {
    "i": "you",
    "me": "you",
    "us": "you",
    "my": "your",
    "our": "your",
    "myself": "yourself",
    "mine": "yours",
    "'m": "'re",
}
_MANY = frozenset(
    [
        "these",
        "a lot of",
        "so many",
        "too many",
        "a few",
        "a couple of",
        "all my",
        "all of my",
        "all the",
        "most of my",
        "some of my",
        "one of my",
        "both my",
        "both of my",
        "several",
    ]
)
_MUCH = frozenset(
    [
        "a lot of",
        "lots of",
        "alot of",
        "so much",
        "too much",
        "some",
        "more",
        "enough",
        "any",
        "all my",
        "all of my",
        "all the",
        "most of my",
        "some of my",
        "my own",
        "our own",
        "the",
        "my",
        "our",
        "his",
        "her",
        "their",
        "this",
    ]
)
_ONE = frozenset(["a", "an", "another", "this", "every"])


@dataclass(slots=True)
class Text:
    """The words of one sentence, and the lists they are read by."""

    words: Sequence[str]
    book: Lexicon
    names: frozenset[int] = frozenset()
    nominal: set[int] = field(default_factory=set)  # where noun phrases end: a clause may be cut off there
    defined: set[int] = field(default_factory=set)  # of them, those that "I know" or "she told me" may still define

    def at(self, place: int) -> str:
        """The word at a place, or an empty one behind the end."""
        return self.words[place] if 0 <= place < len(self.words) else ""


@dataclass(slots=True)
class Phrase:
    """A noun phrase that was read."""

    end: int
    said: list[str]
    kind: str
    key: str
    plural: bool = False
    own: bool = False  # "my", "our"
    determiner: str = ""
    pronoun: bool = False
    late: bool = False
    inside: list[Phrase] = field(default_factory=list)


Reader = Callable[[Text, int], Read | None]
"""Reads one of the parts of a frame that begin with "+"; made in `predicate.py`."""


def turned(words: Sequence[str]) -> list[str]:
    """Words of the seeker about themselves, as they are said to them."""
    said: list[str] = []
    for word in words:
        new = _TURNED.get(word, word)
        if said and said[-1] == "you":
            new = {"am": "are", "was": "were"}.get(word, new)
        said.append(new)
    return said


def noun_phrase(text: Text, place: int, kinds: str, *, subject: bool = False) -> Phrase | None:
    """“my best friend”, “the exam”, “two kids”, “him”: of one of the classes in `kinds`."""
    phrase = _simple(text, place, kinds)
    word = text.at(place)
    if phrase is None:
        if subject:
            return None
        if word in _OBJECTS and "P" in kinds:
            return Phrase(place + 1, [_OBJECTS[word]], "P", word, pronoun=True)
        if word == "each" and text.at(place + 1) == "other" and "P" in kinds:
            return Phrase(place + 2, ["each", "other"], "P", "each other", plural=True, pronoun=True)
        return None
    if text.at(phrase.end) == "and":
        more = _simple(text, phrase.end + 1, phrase.kind, bare=phrase.own)
        if more is not None and more.kind == phrase.kind and (more.own or phrase.own or more.plural):
            after = more.end
            runs_on = not subject and text.at(after) in ("is", "are", "was", "were", "has", "have", "does", "do", "'s")
            if not runs_on and (subject or ends(text, after) or text.at(after) in ("at", "in", "with", "for", "on")):
                phrase.said += ["and", *more.said]
                phrase.end, phrase.plural = after, True
                phrase.inside.append(more)
    return phrase


def _simple(text: Text, place: int, kinds: str, *, bare: bool = False) -> Phrase | None:
    book = text.book
    if text.at(place) not in book.openers and not text.at(place).isdigit():
        return None
    start, said, determiner = place, [], ""
    found = book.determiners.at(text.words, place)
    if found:
        place, (determiner, word) = found[0], found[1]
        said.append(word)
    number = ""
    amount = book.phrases["numbers"].at(text.words, place)
    if text.at(place).isdigit() and len(text.at(place)) < 3:
        amount = (place + 1, text.at(place))
    if amount and determiner in ("", "my", "our", "the"):
        number = amount[1]
        said.append(number)
        place = amount[0]
    late = False
    for _ in range(2):
        # A noun of several words goes before an adjective: "best friend", "high school".
        noun = book.nouns.at(text.words, place)
        adjective = book.for_people.at(text.words, place) or book.adjectives.at(text.words, place)
        if (
            adjective is None
            or (noun and noun[0] > adjective[0])
            or (noun and book.nouns.at(text.words, adjective[0]) is None)
        ):
            break
        late = late or adjective[1] == "late"
        said.append(adjective[1])
        place = adjective[0]
    found_noun = book.nouns.at(text.words, place)
    if found_noun is None:
        return None
    end, noun_value = found_noun
    if text.at(end) == "'s" and noun_value.kind in "PA" and not noun_value.plural:
        owner = [*said, noun_value.said, "'s"]
        owned = _owned(text, end + 1)
        if owned is not None and determiner:
            if owned.kind not in kinds:
                return None
            owned.said = [*owner, *owned.said]
            owned.own, owned.determiner = False, "'s"
            return owned
    chain = [noun_value]
    while len(chain) < 3 and chain[-1].kind in "SWMCERHT" and not chain[-1].plural:
        more = book.nouns.at(text.words, end)
        if more is None or more[1].kind not in "SWMCERTG":
            break
        end, last = more
        chain.append(last)
    head: Noun = chain[-1]
    said += [noun.said for noun in chain]
    if head.kind not in kinds:
        return None
    if not _agrees(determiner, number, head, bare):
        return None
    if head.kind == "P" and determiner in ("my", "our") and end in text.names and not _known(text, end):
        end += 1  # "my friend Sarah": the name is left out
    plural = head.plural or head.key in ("people",)
    phrase = Phrase(
        end, said, head.kind, head.key, plural, determiner in ("my", "our", "my own", "our own"), determiner, late=late
    )
    return _with_its_tail(text, phrase) if start != end else None


def _owned(text: Text, place: int) -> Phrase | None:
    """What belongs to “my mother's”: adjectives and a noun, without a determiner."""
    said: list[str] = []
    adjective = text.book.adjectives.at(text.words, place)
    noun = text.book.nouns.at(text.words, place)
    if adjective and not noun:
        said.append(adjective[1])
        noun = text.book.nouns.at(text.words, adjective[0])
    if noun is None or noun[1].kind == "G":
        return None
    return Phrase(noun[0], [*said, noun[1].said], noun[1].kind, noun[1].key, noun[1].plural)


def _known(text: Text, place: int) -> bool:
    word = text.at(place)
    return word in text.book.forms or word in text.book.english or text.book.nouns.at(text.words, place) is not None


def _agrees(determiner: str, number: str, head: Noun, bare: bool) -> bool:
    """Whether the noun may stand behind this determiner and number."""
    if number:
        return (number in ("1", "one")) != head.plural and not head.mass
    if not determiner:
        return head.plural or head.mass or bare
    if head.mass:
        return determiner in _MUCH
    if determiner in _ONE:
        return not head.plural
    if determiner in _MANY:
        return head.plural
    if determiner in ("some", "any", "more", "enough", "so much", "too much", "lots of", "alot of", "this"):
        return head.plural and determiner not in ("so much", "too much", "this")
    return True


def _with_its_tail(text: Text, phrase: Phrase) -> Phrase:
    """“the loss of my job”, “a fight with my mom”."""
    after = text.at(phrase.end)
    inner = None
    if (after == "of" and phrase.kind == "L") or (after == "with" and phrase.kind in "EG"):
        inner = _simple(text, phrase.end + 1, "PAWR" if after == "of" else "PAWSMCT")
        if inner is None and after == "with" and text.at(phrase.end + 1) in ("him", "her", "them"):
            inner = Phrase(phrase.end + 2, [text.at(phrase.end + 1)], "P", "")
    if inner is not None:
        phrase.said += [after, *inner.said]
        phrase.end = inner.end
        phrase.inside.append(inner)
    return phrase


def ends(text: Text, place: int) -> bool:
    return (
        place >= len(text.words)
        or text.at(place) == ","
        or text.book.phrases["joins"].at(text.words, place) is not None
    )


def frame(text: Text, place: int, parts: Sequence[str], also: Mapping[str, Reader]) -> Read | None:
    """What a verb takes: literal words, noun phrases by class, and the parts that begin with "+"."""
    said: list[str] = []
    literal: list[str] = []
    for part in parts:
        if part[0] == "+":
            read = also[part](text, place)
            if read is None:
                return None
            place, words = read
            said += turned(literal) + words
            literal = []
        elif part.isupper() and part != "I":
            kinds = EVERY if part == "X" else part
            phrase = noun_phrase(text, place, kinds)
            if phrase is None:
                return None
            place = phrase.end
            text.nominal.add(place)
            if not phrase.own and not phrase.pronoun:
                text.defined.add(place)
            said += turned(literal) + phrase.said
            literal = []
        elif text.at(place) == part:
            literal.append(part)
            place += 1
        else:
            return None
    return place, said + turned(literal)


def heads(text: Text, place: int, tag: str) -> Iterator[tuple[int, Verb]]:
    """The verbs whose form `tag` stands at a place, longest first, with the place after particle and all."""
    for lemma, tags in text.book.forms.get(text.at(place), ()):
        if tag in tags:
            for verb in text.book.verbs[lemma]:
                end = place + 1 + len(verb.particle)
                if tuple(text.words[place + 1 : end]) == verb.particle:
                    yield end, verb
