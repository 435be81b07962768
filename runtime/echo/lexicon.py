"""The echo's word lists, read once: nouns by class, verbs with their forms and who may be their subject, small words."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

_SMALL = [
    "to",
    "at",
    "in",
    "on",
    "with",
    "about",
    "for",
    "from",
    "of",
    "into",
    "onto",
    "over",
    "by",
    "near",
    "through",
    "during",
    "off",
    "out",
    "up",
    "down",
    "back",
    "away",
    "around",
    "between",
    "until",
    "till",
    "after",
    "before",
    "without",
    "than",
    "as",
    "and",
    "or",
    "not",
    "no",
]
_NEGATIVE = ("don't", "doesn't", "didn't", "can't", "couldn't", "won't", "wouldn't", "haven't", "hasn't", "hadn't")


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb that may be said back."""

    lemma: str  # may be of several words: "pass away"
    self: str  # letters: y I lost, n I don't sleep, c I can't find, m I might lose
    other: str  # the same with a person as subject; f: only framed
    it: str
    weight: int  # 3 losses and blows, 2 strain, 1 logistics
    still: bool  # a state: makes no gerund
    wish: bool  # "to …" may be said back as a wish


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a verb as it is written: base, s, past or ing."""

    verb: Verb
    kind: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All lists, ready to be looked things up in."""

    nouns: dict[str, str]  # noun as written, singular and plural → its classes, as letters
    plurals: frozenset[str]
    adjectives: frozenset[str]
    determiners: dict[str, str]
    verbs: dict[str, tuple[Form, ...]]  # form of the first word → verbs that it may be
    gerunds: dict[str, str]  # first word of a lemma → its -ing form
    feelings: dict[str, str]  # after "I am" and "I feel": as written → as said back
    felt: dict[str, str]  # only after "I feel"
    denied: dict[str, str]
    effects: dict[str, str]
    feeling_nouns: dict[str, str]
    being_self: frozenset[str]
    being_other: frozenset[str]
    being_it: frozenset[str]
    words: frozenset[str]  # every single word that may stand in something said back
    spelling: dict[str, str]
    leads: tuple[str, ...]  # longest first
    joins: frozenset[str]
    cuts: frozenset[str]
    scopes: re.Pattern[str]
    adverbs: frozenset[str]
    kept: frozenset[str]
    questions: re.Pattern[str]
    silent: re.Pattern[str]  # a sentence with one of these is not echoed
    severe: re.Pattern[str]  # a text with one of these is not echoed at all
    english: frozenset[str]


def _list(text: str) -> list[str]:
    return [word.strip() for word in text.replace("\n", " ").split(",") if word.strip()]


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _pattern(phrases: list[str]) -> re.Pattern[str]:
    parts = [
        re.escape(p[:-1]) + r"[\w'-]*" if p.endswith("*") else re.escape(p)
        for p in sorted(phrases, key=len, reverse=True)
    ]
    return re.compile(r"(?<![\w'-])(?:" + "|".join(parts) + r")(?![\w'-])")


def _ing(word: str) -> str:
    if word.endswith("ie"):
        return word[:-2] + "ying"
    if word.endswith("e") and not word.endswith(("ee", "oe", "ye")) and word != "be":
        return word[:-1] + "ing"
    if re.search(r"(?:^|[^aeiou])[aeiou][bdgmnprt]$", word) and (len(word) <= 4 or word in _DOUBLES):
        return word + word[-1] + "ing"
    return word + "ing"


_DOUBLES = ("forget", "begin", "regret", "admit", "prefer", "commit", "submit")


def _past(word: str) -> str:
    if word.endswith("e"):
        return word + "d"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ied"
    ing = _ing(word)
    return ing[:-3] + "ed"


def _third(word: str) -> str:
    if word in ("have", "go", "do"):
        return {"have": "has", "go": "goes", "do": "does"}[word]
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")


def _plural(noun: str, irregular: dict[str, str]) -> str:
    if noun in irregular:
        return irregular[noun]
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "sh", "ch", "x")) else "s")


@cache
def lexicon() -> Lexicon:
    """The lists of this folder's TOML files."""
    nouns_file, verbs_file, words_file, feelings_file = map(_load, ("nouns", "verbs", "words", "feelings"))
    nouns: dict[str, str] = {}
    plurals = set()
    for letter, text in nouns_file["count"].items():
        for noun in _list(text):
            plural = _plural(noun, nouns_file["irregular"])
            for form in (noun, plural):
                nouns[form.lower()] = nouns.get(form.lower(), "") + letter
            plurals.add(plural.lower())
    for letter, text in nouns_file["mass"].items():
        for noun in _list(text):
            nouns[noun.lower()] = nouns.get(noun.lower(), "") + letter.lower() + letter
    verbs, gerunds = _verbs(verbs_file)
    mapped = feelings_file["map"]
    plain = {word: mapped.get(word, word) for word in _list(feelings_file["plain"]["words"])}
    felt = {word: mapped.get(word, word) for word in _list(feelings_file["felt"]["words"])}
    listed = words_file["words"]
    adjectives = {w for text in nouns_file["adjectives"].values() for w in _list(text)}
    allowed = set(_SMALL) | set(_NEGATIVE)
    phrases = [
        *nouns, *adjectives, *nouns_file["determiners"], *plain, *felt, *verbs, *gerunds.values(), *_list(listed["times"]),
        *_list(listed["adverbs"]), *_list(listed["kept"]), *_list(listed["numbers"]), *_list(listed["units"]),
        *(w.lower() for w in _list(listed["months"])), *_list(verbs_file["being"]["self"]),
        *_list(verbs_file["being"]["other"]), *_list(verbs_file["being"]["it"]),
        *(entry for verb in verbs_file["verbs"] for entry in [verb]),
        *(w for v in verbs_file["verbs"].values() for w in re.findall(r"[a-z']+", v["takes"])),
    ]  # fmt: skip
    for phrase in phrases:
        allowed.update(phrase.lower().split())
    silent = [p for text in words_file["silent"].values() for p in _list(text)]
    return Lexicon(
        nouns=nouns,
        plurals=frozenset(plurals),
        adjectives=frozenset(adjectives),
        determiners=nouns_file["determiners"],
        verbs=verbs,
        gerunds=gerunds,
        feelings=plain,
        felt=felt,
        denied=feelings_file["denied"],
        effects=feelings_file["effect"],
        feeling_nouns=feelings_file["nouns"],
        being_self=frozenset(_list(verbs_file["being"]["self"])),
        being_other=frozenset(_list(verbs_file["being"]["other"])),
        being_it=frozenset(_list(verbs_file["being"]["it"])),
        words=frozenset(allowed),
        spelling=words_file["spelling"],
        leads=tuple(sorted(_list(listed["leads"]), key=len, reverse=True)),
        joins=frozenset(_list(listed["joins"])),
        cuts=frozenset(_list(listed["cuts"])),
        scopes=_pattern(_list(listed["scopes"])),
        adverbs=frozenset(_list(listed["adverbs"])),
        kept=frozenset(_list(listed["kept"])),
        questions=re.compile(r"(?:" + "|".join(map(re.escape, _list(listed["questions"]))) + r")\b"),
        silent=_pattern(silent),
        severe=_pattern(_list(words_file["silent"]["severe"])),
        english=frozenset(_list(words_file["english"]["words"])),
    )


def _verbs(file: dict[str, Any]) -> tuple[dict[str, tuple[Form, ...]], dict[str, str]]:
    forms: dict[str, list[Form]] = {}
    gerunds = {}
    for lemma, entry in file["verbs"].items():
        own = entry.get("self", "")
        verb = Verb(
            lemma,
            own,
            entry.get("other", ""),
            entry.get("it", ""),
            entry.get("weight", 1),
            entry.get("still", False),
            entry.get("wish", "y" in own),
        )
        head = lemma.split()[0]
        irregular = file["forms"].get(head, "").split()
        pasts = {form for part in irregular[:2] for form in part.split("|")} or {_past(head)}
        ing = irregular[2] if len(irregular) > 2 else _ing(head)
        gerunds[head] = ing
        for written, kind in ((head, "base"), (_third(head), "s"), (ing, "ing"), *((past, "past") for past in pasts)):
            forms.setdefault(written, []).append(Form(verb, kind))
    ordered = {
        written: tuple(sorted(found, key=lambda form: -len(form.verb.lemma))) for written, found in forms.items()
    }
    return ordered, gerunds
