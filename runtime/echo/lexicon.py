"""The word lists of the echo, read once from the TOML files beside it and laid out for look-up."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from escs.runtime.echo.tokens import plain

Value = TypeVar("Value")

EVERY = "PALESWMHCRT"
"""What a frame's X stands for: all classes of nouns but the general words (G)."""

_AFTER_CLAUSE = "because due during after at from in with over for on since last next this about almost a an"


class Phrases(Generic[Value]):
    """Phrases of several words with a value each; the longest that stands at a place is found.

    A last word that ends in "*" stands for any ending.
    """

    def __init__(self, entries: Iterable[tuple[Sequence[str], Value]]) -> None:
        self._starts: dict[str, list[tuple[tuple[str, ...], Value]]] = {}
        self._prefixes: dict[str, list[tuple[str, Value]]] = {}
        for words, value in entries:
            if words and len(words) == 1 and words[0].endswith("*"):
                self._prefixes.setdefault(words[0][:3], []).append((words[0][:-1], value))
            elif words:
                self._starts.setdefault(words[0], []).append((tuple(words), value))
        for found in self._starts.values():
            found.sort(key=lambda entry: -len(entry[0]))

    def at(self, words: Sequence[str], place: int) -> tuple[int, Value] | None:
        """The end and value of the longest phrase that starts at `place`."""
        if place >= len(words):
            return None
        word = words[place]
        found = self._starts.get(word)
        if found is not None:
            for phrase, value in found:
                end = place + len(phrase)
                if len(phrase) == 1 or tuple(words[place:end]) == phrase:
                    return end, value
        if self._prefixes:
            for prefix, value in self._prefixes.get(word[:3], ()):
                if word.startswith(prefix):
                    return place + 1, value
        return None

    def starts(self) -> frozenset[str]:
        """The first words of all phrases."""
        return frozenset(self._starts)

    def anywhere(self, words: Sequence[str]) -> bool:
        """Whether any of the phrases stands in `words`."""
        starts, prefixes = self._starts, self._prefixes
        for place, word in enumerate(words):
            if (word in starts or word[:3] in prefixes) and self.at(words, place) is not None:
                return True
        return False


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun as it is said back."""

    kind: str  # its class in nouns.toml
    said: str
    key: str  # its singular, to tell whether two mentions are of the same person
    plural: bool = False
    mass: bool = False


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of verbs.toml: its particle, its frames, and who may be its subject."""

    lemma: str
    particle: tuple[str, ...]
    frames: tuple[tuple[str, ...], ...]
    own: str = ""
    other: str = ""
    thing: str = ""
    animal: str = ""
    weight: int = 1
    still: bool = False
    wish: bool = False
    passive: tuple[tuple[str, ...], ...] = ()
    own_frames: tuple[tuple[str, ...], ...] = ()  # where the seeker is the subject, if they differ


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything the grammar looks up."""

    spelling: dict[str, list[str]]
    nouns: Phrases[Noun]
    adjectives: Phrases[str]
    for_people: Phrases[str]
    determiners: Phrases[tuple[str, str]]
    forms: dict[str, list[tuple[str, str]]]  # form → (lemma's first word, tags b s p n g)
    verbs: dict[str, list[Verb]]  # lemma's first word → verbs, longest particle first
    gerunds: dict[str, str]
    asides: dict[str, tuple[tuple[str, ...], ...]]
    being: dict[str, tuple[tuple[str, ...], ...]]
    feelings: Phrases[tuple[str, bool]]  # → what is said, and whether only "feel" may stand before it
    effects: dict[str, str]
    feeling_nouns: dict[str, str]
    denied: Phrases[str]
    degrees: Phrases[str]
    pleasant: frozenset[str]
    wished: Phrases[str]
    phrases: dict[str, Phrases[str]]  # leads joins cuts scopes times adverbs kept months numbers units questions
    english: frozenset[str]
    plain_topics: frozenset[str]
    openers: frozenset[str]  # every word that can open a noun phrase
    adjuncts: frozenset[str]  # every word that can open what comes after a clause
    crude: Phrases[bool]
    severe: Phrases[bool]
    told_of: Phrases[str]  # dreams, books, suppositions


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _items(text: str) -> list[str]:
    return [item.strip() for item in " ".join(text.split()).split(",") if item.strip()]


def plural_of(noun: str, irregular: dict[str, str]) -> str:
    """The plural by rule, or the irregular one."""
    if noun in irregular:
        return irregular[noun]
    head, _, last = noun.rpartition(" ")
    if last in irregular:
        return f"{head} {irregular[last]}".strip()
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def _nouns(data: dict[str, Any], spelling: dict[str, list[str]]) -> Phrases[Noun]:
    irregular = data["irregular"]
    entries: dict[tuple[str, ...], Noun] = {}
    for kind, text in data["count"].items():
        for item in _items(text):
            many = plural_of(item, irregular)
            entries.setdefault(tuple(plain(many, spelling)), Noun(kind, many, item, plural=True))
            if many != item:
                entries.setdefault(tuple(plain(item, spelling)), Noun(kind, item, item))
    for kind, text in data["mass"].items():
        for item in _items(text):
            entries[tuple(plain(item, spelling))] = Noun(kind, item, item, mass=True)
    return Phrases(entries.items())


def gerund_of(verb: str) -> str:
    """The form in -ing by rule."""
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith("ee"):
        return verb[:-1] + "ing"
    return verb + (verb[-1] if _doubles(verb) else "") + "ing"


def _doubles(verb: str) -> bool:
    short = (
        len(verb) < 5
        and verb[-1] not in "wxyaeioul"
        and verb[-2] in "aeiou"
        and verb[-3:-2] not in ("a", "e", "o", "u")
    )
    return (short and len(verb) > 2) or verb in ("quit", "quarrel", "transfer", "travel", "scam", "excel", "refer")


def _forms(lemma: str, irregular: dict[str, str]) -> dict[str, str]:
    """Form → tags: b base, s third person, p past, n past participle, g -ing."""
    if lemma.endswith(("s", "x", "ch", "sh", "o")):
        third = lemma + "es"
    else:
        third = lemma[:-1] + "ies" if lemma.endswith("y") and lemma[-2] not in "aeiou" else lemma + "s"
    past = third[:-3] + "ied" if third.endswith("ies") else lemma + ("d" if lemma.endswith("e") else "ed")
    if _doubles(lemma):
        past = lemma + lemma[-1] + "ed"
    participle, ing = past, gerund_of(lemma)
    if lemma in irregular:
        given = irregular[lemma].split()
        past, participle = given[0], given[1] if len(given) > 1 else given[0]
        ing = given[2] if len(given) > 2 else ing
    if lemma == "have":
        third = "has"
    tags: dict[str, str] = {}
    spelled = [(lemma, "b"), (third, "s"), (past, "p"), (ing, "g"), *((form, "n") for form in participle.split("|"))]
    for form, tag in spelled:
        tags[form] = tags.get(form, "") + tag
    return tags


def _frames(text: str, spelling: dict[str, list[str]]) -> tuple[tuple[str, ...], ...]:
    frames = []
    for frame in text.split("|"):
        parts: list[str] = []
        for part in frame.split():
            keep = part == "-" or part[0] == "+" or part.isupper()
            parts.extend([part] if keep else plain(part, spelling))
        frames.append(tuple(part for part in parts if part != "-"))
    return tuple(frames)


def _listed(text: str, spelling: dict[str, list[str]]) -> tuple[tuple[str, ...], ...]:
    frames = [frame for item in _items(text) for frame in _frames(item, spelling)]
    return tuple(sorted(frames, key=len, reverse=True))


def _verbs(data: dict[str, Any], spelling: dict[str, list[str]]) -> dict[str, list[Verb]]:
    verbs: dict[str, list[Verb]] = {}
    passive = dict(data["passive"])
    for name, entry in data["verbs"].items():
        first, *particle = name.split()
        wish = entry.get("wish", "y" in entry.get("self", ""))
        verb = Verb(
            first,
            tuple(particle),
            _frames(entry["takes"], spelling),
            entry.get("self", ""),
            entry.get("other", ""),
            entry.get("it", ""),
            entry.get("animal", ""),
            entry.get("weight", 1),
            entry.get("still", False),
            wish,
            _frames(passive.pop(name), spelling) if name in passive else (),
            _frames(entry["takes_self"], spelling) if "takes_self" in entry else (),
        )
        verbs.setdefault(first, []).append(verb)
    for name, takes in passive.items():
        first, *particle = name.split()
        verbs.setdefault(first, []).append(Verb(first, tuple(particle), (), weight=3, passive=_frames(takes, spelling)))
    for found in verbs.values():
        found.sort(key=lambda verb: -len(verb.particle))
    return verbs


def _feelings(data: dict[str, Any], spelling: dict[str, list[str]]) -> Phrases[tuple[str, bool]]:
    entries: dict[tuple[str, ...], tuple[str, bool]] = {}
    for group, felt in (("plain", False), ("felt", True)):
        for item in _items(data[group]["words"]):
            entries[tuple(plain(item, spelling))] = (item, felt)
    for item, said in data["map"].items():
        words = tuple(plain(item, spelling))
        entries[words] = (said, entries.get(words, ("", item.startswith("like")))[1])
    return Phrases(entries.items())


@cache
def lexicon() -> Lexicon:
    """The word lists that ship with the program, read at the first use."""
    words, nouns, verbs, feelings = (_load(name + ".toml") for name in ("words", "nouns", "verbs", "feelings"))
    spelling = {key: value.split() for key, value in words["spelling"].items()}

    def table(text: str) -> Phrases[str]:
        return Phrases((plain(item, spelling), item) for item in _items(text))

    lemmas = _verbs(verbs, spelling)
    forms: dict[str, list[tuple[str, str]]] = {}
    gerunds = {}
    for lemma in lemmas:
        for form, tags in _forms(lemma, verbs["forms"]).items():
            forms.setdefault(form, []).append((lemma, tags))
            if "g" in tags:
                gerunds[lemma] = form
    silent = words["silent"]
    named = _nouns(nouns, spelling)
    adjectives, for_people = table(nouns["adjectives"]["any"]), table(nouns["adjectives"]["person"])
    determiners = Phrases((plain(key, spelling), (key, value)) for key, value in nouns["determiners"].items())
    phrases = {name: table(text) for name, text in words["words"].items()}
    return Lexicon(
        spelling=spelling,
        nouns=named,
        plain_topics=frozenset(_items(nouns["topics"]["plain"])),
        adjectives=adjectives,
        for_people=for_people,
        determiners=determiners,
        openers=named.starts()
        | adjectives.starts()
        | for_people.starts()
        | determiners.starts()
        | phrases["numbers"].starts(),
        forms=forms,
        verbs=lemmas,
        gerunds=gerunds,
        asides={name: _listed(text, spelling) for name, text in verbs["asides"].items()},
        being={name: _listed(text, spelling) for name, text in verbs["being"].items()},
        feelings=_feelings(feelings, spelling),
        effects=feelings["effect"],
        feeling_nouns=feelings["nouns"],
        denied=Phrases((plain(key, spelling), value) for key, value in feelings["denied"].items()),
        degrees=Phrases((plain(key, spelling), value) for key, value in feelings["degree"].items()),
        pleasant=frozenset(_items(feelings["pleasant"]["words"])),
        wished=table(feelings["pleasant"]["wished"]),
        adjuncts=phrases["times"].starts() | phrases["numbers"].starts() | frozenset(_AFTER_CLAUSE.split()),
        phrases=phrases,
        told_of=table(words["told_of"]["words"]),
        english=frozenset(word for item in _items(words["english"]["words"]) for word in plain(item, spelling)),
        crude=Phrases((plain(item, spelling) if "*" not in item else [item], True) for item in _items(silent["crude"])),
        severe=Phrases(
            (plain(item, spelling) if "*" not in item else [item], True) for item in _items(silent["severe"])
        ),
    )
