"""The phrases of protocols/answers.toml, found in what a person types: in a sentence, at its opening, as all of it, with no negation before."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Any

from escs.runtime.safety.protocol import FOLDER

READ = 3_000
"""How many characters of a text are read for an answer, of its beginning and its end each half."""

SHORT = 24
"""Up to how many words a text is taken as an answer as a whole; of a longer one, its opening and its phrases count."""

CLAUSE = re.compile(r" (?:[.,?]|but|though|and|because|cos)(?= )")
"""Where one clause of a flat text ends."""


def flatten(text: str) -> str:
    """The text in small letters with plain apostrophes, one space between words, and `.`, `,`, `?` as words."""
    if len(text) > READ:
        text = f"{text[: READ // 2]} . {text[-READ // 2 :]}"
    text = text.lower().replace("’", "'").replace("‘", "'")
    text = re.sub(r"([.!?]+|\n+)", lambda m: " ? " if "?" in m[0] else " . ", text)
    text = re.sub(r"[,;:—–]+|--+| -+ ", " , ", text)
    return " " + " ".join(re.sub(r"[^a-z0-9'.,?/ ]+", " ", text).split()) + " "


def sentences_of(flat: str) -> list[str]:
    """The sentences of a flat text, each between spaces."""
    return [f" {part.strip()} " for part in re.split(r" [.?](?= )", flat) if part.strip()]


def head_of(flat: str) -> str:
    """What of a text is its answer: all of a short one; of a long one the first sentence, where that is short."""
    if len(flat.split()) <= SHORT:
        return flat
    sentences = sentences_of(flat)
    return sentences[0] if sentences and len(sentences[0].split()) <= SHORT // 2 else ""


def stated(phrases: tuple[str, ...], flat: str, *, but: tuple[str, ...] = (), others: tuple[str, ...] = ()) -> bool:
    """Whether a sentence has one of the phrases, with no negation nor words of `others` before it and none of `but` right after it."""
    taken_back = compiled((*rules()["told_not"]["before"], *others))
    return any(
        not taken_back.search(sentence[: found.start() + 1]) and (sentence[found.end() :].split() or [""])[0] not in but
        for sentence in sentences_of(flat)
        for found in compiled(phrases).finditer(sentence)
    )


def says(kind: str, flat: str, asked: str = "") -> bool:
    """Whether a phrase of `[says]`, or of the answers to what was asked, stands anywhere in the text."""
    phrases = rules()["answer"][asked][kind] if asked else rules()["says"][kind]
    return found_in(compiled(tuple(phrases)), flat)


def found_in(pattern: re.Pattern[str], flat: str) -> bool:
    """Whether a pattern of phrases is met in the text."""
    return bool(pattern.search(f" {flat.strip()} "))


def pattern_of(name: str) -> re.Pattern[str]:
    """The phrases of a list of answers.toml, such as `time.soon`, as one pattern."""
    table, key = name.split(".")
    return compiled(tuple(rules()[table][key]))


def opens_with(kind: str, flat: str) -> bool:
    """Whether the text opens with one of the phrases of `[opens]`."""
    return bool(start_of(tuple(rules()["opens"][kind])).match(flat))


def opens_alone(kind: str, flat: str) -> bool:
    """Whether the text opens with one of the phrases and a pause after it."""
    return bool(start_of(tuple(rules()["opens"][kind]), pause=True).match(flat))


def is_all(kind: str, flat: str) -> bool:
    """Whether the text is one of the phrases and nothing else."""
    found = start_of(tuple(rules()["opens"][kind]), pause=True).match(flat)
    return found is not None and not flat[found.end() :].strip(" .,?")


def is_only(phrases: tuple[str, ...], flat: str) -> bool:
    """Whether the text is one of the phrases, with no more than a word after a pause: “15”, “um, 15. why”."""
    found = start_of(phrases, pause=True).match(flat)
    return found is not None and len(flat[found.end() :].strip(" .,?").split()) <= 1


def has_part(kind: str, flat: str) -> bool:
    """Whether one of its sentences or clauses is one of the phrases and nothing else."""
    return any(is_all(kind, f" {part.strip()} ") for part in re.split(r" [.,?](?= )", flat))


def plain_no(flat: str) -> bool:
    """Whether the text opens with “no” that is not the beginning of “no one”, “no point” and the like."""
    found = start_of(("no",)).match(flat)
    return found is not None and (flat[found.end() :].split() or [""])[0] not in rules()["opens"]["no_not"]


def parted(flat: str) -> str:
    """The text with a pause after a “no” that stands alone: “no its bleeding”, where the no ends before “its”."""
    return _no_alone(tuple(rules()["grave_not"]["after_no"])).sub(r"\1 ,", flat)


@cache
def _no_alone(subjects: tuple[str, ...]) -> re.Pattern[str]:
    """A “no” that stands alone although no pause is typed after it: before “its”, “they're” and the like."""
    return re.compile("( (?:no|nope|nah|naw))(?= (?:" + "|".join(map(re.escape, subjects)) + ") )")


@cache
def compiled(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """The phrases as one pattern of literals between spaces; `*` stands for one word."""
    return re.compile("|".join(" " + _literal(phrase) + "(?= )" for phrase in phrases))


@cache
def opening_words(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """As many of the phrases as open a clause."""
    return re.compile("^(?:" + "|".join(" " + _literal(phrase) + "(?= )" for phrase in phrases) + ")+")


@cache
def chained(chain: tuple[tuple[str, ...], ...]) -> re.Pattern[str]:
    """Lists of phrases that follow one another; a list that holds the empty phrase may be passed over."""
    parts = ("(?:" + "|".join(" " + _literal(p) for p in group if p) + ")" + "?" * ("" in group) for group in chain)
    return re.compile("".join(parts) + "(?= )")


@cache
def start_of(phrases: tuple[str, ...], pause: bool = False) -> re.Pattern[str]:
    """Like `compiled`, at the beginning, after fillers such as “um”, “well”, “honestly”; with a pause after it, where one is asked for."""
    fillers = "|".join(_literal(filler) for filler in rules()["fillers"])
    end = "(?= (?:[.,?] |$))" if pause else "(?= )"
    return re.compile(f"(?: (?:{fillers}|[.,?]))*(?:" + "|".join(" " + _literal(p) for p in phrases) + ")" + end)


def _literal(phrase: str) -> str:
    return " ".join("[a-z0-9']+" if word == "*" else re.escape(word) for word in phrase.split())


@cache
def rules() -> dict[str, Any]:
    """All of answers.toml, as it stands there."""
    return tomllib.loads((FOLDER / "answers.toml").read_text(encoding="utf-8"))
