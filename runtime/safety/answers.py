"""What a person answered to the question that was asked, and what they said unasked, by plain phrases."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from escs.runtime.safety.course_state import Heard
from escs.runtime.safety.protocol import FOLDER
from escs.runtime.safety.resources import country_in
from escs.runtime.safety.risk import Level, Screening

READ = 3_000
"""How many characters of a text are read for an answer, of its beginning and its end each half."""

OPEN = frozenset({"who", "reach", "signs", "helps", "where", "back", "self", "before", "part", "barrier", "first"})
"""Facts whose question wants words rather than yes or no."""


def hear(asked: str, text: str, screening: Screening) -> Heard:
    """What one text tells: the answer to what was asked (if anything was), a side question, and volunteered facts."""
    flat = flatten(text)
    facts = dict(_volunteered(flat))
    facts.update(_from_signs(screening, flat))
    answer = _answer(asked, flat, facts) if asked else ""
    return Heard(answer, _aside(flat), facts, country_in(text, asked=asked == "country"))


def flatten(text: str) -> str:
    """The text in small letters with plain apostrophes, one space between words, and `.`, `,`, `?` as words."""
    if len(text) > READ:
        text = f"{text[: READ // 2]} . {text[-READ // 2 :]}"
    text = text.lower().replace("’", "'").replace("‘", "'")
    text = re.sub(r"([.!?]+|\n+)", lambda m: " ? " if "?" in m[0] else " . ", text)
    text = re.sub(r"[,;:—–]+|--+", " , ", text)
    return " " + " ".join(re.sub(r"[^a-z0-9'.,?/ ]+", " ", text).split()) + " "


def _answer(asked: str, flat: str, facts: Mapping[str, str]) -> str:
    if not re.search(r"[a-z0-9]", flat):
        return "none"
    for kind in ("stop", "refusal"):
        if _said(kind, flat) and len(flat) < 400:
            return kind
    if asked in facts:
        return facts[asked]
    special = _rules()["answer"].get(asked, {})
    for kind in special:
        if _said(kind, flat, asked):
            return kind
    plain = _yes_or_no(flat)
    if asked in OPEN:
        if _said("unsure", flat) and len(flat) < 80:
            return "unsure"
        if plain in ("yes", "no") and len(flat) < 60:
            return plain
        if _said("nobody", flat) and asked in ("who", "with"):
            return "no"
        return "given" if len(flat.split()) > 1 or plain == "" else plain
    if plain:
        return plain
    return "unsure" if _said("unsure", flat) else "none"


def _yes_or_no(flat: str) -> str:
    """Yes, no or hedge by how the text opens, or by one of the phrases of the rules anywhere in its first sentences."""
    opening = flat[:160]
    yes, no = _opens("yes", opening), _opens("no", opening)
    if _opens("unsure", opening):
        return "unsure"
    if _said("hedge", flat[:400]):
        return "hedge"
    if yes and not no:
        return "hedge" if _said("but", opening) and _said("no", opening) else "yes"
    if no and not yes:
        return "hedge" if _said("but", opening) and _said("yes", opening) else "no"
    if _said("no", opening):
        return "no"
    return "yes" if _said("yes", opening) else ""


def _from_signs(screening: Screening, flat: str) -> dict[str, str]:
    """What the screen saw, as facts: a plan that is told need not be asked about."""
    told = {}
    table = _rules()["sign"]
    for sign in screening.signs:
        fact = table.get(sign.kind)
        if fact and sign.level >= Level.ELEVATED and sign.about in ("self", "unclear"):
            told[fact[0]] = fact[1]
    own = [sign for sign in screening.signs if sign.about in ("self", "unclear") and sign.level >= Level.CRISIS]
    if own and _soon(flat):
        told["time"] = "soon"
    return told


def _soon(flat: str) -> bool:
    """Whether a sentence says that it is to happen soon, and does not say that it is not."""
    for sentence in re.split(r" [.?] ", flat):
        if _found(_pattern("time.soon"), sentence) and not _found(_pattern("time.denied"), sentence):
            return True
    return False


def _volunteered(flat: str) -> dict[str, str]:
    told = {}
    for item in _rules()["told"]:
        if _found(_compiled(tuple(item["phrases"])), flat):
            told[item["fact"]] = item["value"]
    return told


def _aside(flat: str) -> str:
    for name, item in _rules()["aside"].items():
        if _found(_compiled(tuple(item["phrases"])), flat):
            return str(name)
    return ""


def aside_wordings() -> Mapping[str, tuple[str, ...]]:
    """Each side question or barrier with the wordings that meet it."""
    return {name: tuple(item["say"]) for name, item in _rules()["aside"].items()}


def _opens(kind: str, flat: str) -> bool:
    return bool(_start(tuple(_rules()["opens"][kind])).match(flat))


def _said(kind: str, flat: str, asked: str = "") -> bool:
    phrases = _rules()["answer"][asked][kind] if asked else _rules()["says"][kind]
    return _found(_compiled(tuple(phrases)), flat)


def _found(pattern: re.Pattern[str], flat: str) -> bool:
    return bool(pattern.search(f" {flat.strip()} "))


def _pattern(name: str) -> re.Pattern[str]:
    table, key = name.split(".")
    return _compiled(tuple(_rules()[table][key]))


@cache
def _compiled(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """The phrases as one pattern of literals between spaces; `*` stands for one word."""
    return re.compile("|".join(" " + _literal(phrase) + "(?= )" for phrase in phrases))


@cache
def _start(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Like `_compiled`, at the beginning, after fillers such as “um”, “well”, “honestly”."""
    fillers = "|".join(_literal(filler) for filler in _rules()["fillers"])
    return re.compile(f"(?: (?:{fillers}|[.,?]))*(?:" + "|".join(" " + _literal(p) for p in phrases) + ")(?= )")


def _literal(phrase: str) -> str:
    return " ".join("[a-z0-9']+" if word == "*" else re.escape(word) for word in phrase.split())


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "answers.toml").read_text(encoding="utf-8"))
