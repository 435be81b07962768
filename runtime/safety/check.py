"""The output check: which sentences of a reply must never be shown, and why. Rules are data, in `checks/*.toml`.

Each rule has patterns that find what must not be said, and patterns that excuse it (`unless`), both looked for within
one sentence. A clinician can read, question and change them; `docs/safety.md` says how.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from escs.runtime.safety.risk import Level

FOLDER = Path(__file__).parent / "checks"

_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
_SPACE = re.compile(r"\s+")
_SENTENCE = re.compile(r"[^.!?…。！？\n]+(?:[.!?…。！？]+|\n|$)")
_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": "-", "*": "", "_": " "}
)
_METHODS_NEAR = frozenset({"method-seeking", "self-harm", "eating-danger"})  # kinds in which methods may be talked of
_NUMBER = re.compile(
    r"\b(?:call|dial|ring|text|phone|number is|(?:help|life|hot|crisis )line(?: at| on| is)?) ([+(]?\d[\d ().-]+)"
    r"|([+(]?\d[\d ().-]{6,}\d)|\b(988|911|999|112|116 ?123|13 11 14)\b"
)
_LOOKALIKES = str.maketrans("аеорсухіѕԁɡ", "aeopcyxisdg")


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What the check knows of the turn. The defaults are the strictest."""

    seeker: str = ""  # the seeker's newest text
    level: Level = Level.NONE
    kinds: tuple[str, ...] = ()
    assault_told: bool = False  # assault or abuse was told: then "it was not your fault" is right
    sources: tuple[str, ...] = ()  # sources that the loaded skills name
    minor: bool = False
    unsafe_home: bool = False
    numbers: tuple[str, ...] = ()  # the only numbers to call that may be named; any other fails where this is given
    modelled: bool = False  # a model wrote it, so nobody has read it before


@dataclass(frozen=True, slots=True)
class Failing:
    """One rule that a text fails."""

    rule: str
    why: str
    matched: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as the data file has it, with its patterns made ready."""

    id: str
    why: str
    source: str
    find: re.Pattern[str]
    unless: re.Pattern[str] | None
    excused: str  # a flag of the context that excuses it: `assault-told`, `sourced`
    only: str  # a flag of the context without which the rule does not apply: `abuse`, `danger`, `model-in-danger`


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of their files."""
    made = []
    for path in sorted(FOLDER.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        words = {name: "(?:" + "|".join(values) + ")" for name, values in data.get("words", {}).items()}
        made += [_rule(entry, words) for entry in data["rule"]]
    return tuple(made)


def _rule(entry: dict[str, Any], words: dict[str, str]) -> Rule:
    unless = entry.get("unless", [])
    for flag in ("excused", "only"):
        if flag in entry:
            _flag(entry[flag], CheckContext())  # a flag that does not exist is told when the rules are read
    return Rule(
        entry["id"],
        entry["why"],
        entry["source"],
        _pattern(entry["find"], words),
        _pattern(unless, words) if unless else None,
        entry.get("excused", ""),
        entry.get("only", ""),
    )


def _pattern(lines: list[str], words: dict[str, str]) -> re.Pattern[str]:
    """One pattern of several lines. `{name}` stands for a word list; ` ... ` for up to 40 characters of one sentence."""
    ready = []
    for line in lines:
        for name, alternatives in words.items():
            line = line.replace("{" + name + "}", alternatives)
        ready.append(rf"\b(?:{line.replace(' ... ', ' (?:.{0,40} )?')})")
    return re.compile("|".join(ready))


def normal(text: str) -> str:
    """The text as the rules see it: small letters, plain quotes and spaces, nothing hidden, no look-alike letters."""
    shown = unicodedata.normalize("NFKC", _HIDDEN.sub("", text)).translate(_QUOTES).lower().translate(_LOOKALIKES)
    return _SPACE.sub(" ", shown)


def check(text: str, context: CheckContext) -> tuple[Failing, ...]:
    """Every rule that the text fails; an empty tuple where it may be shown."""
    found = [
        Failing(rule.id, rule.why, words)
        for sentence in _sentences(text)
        for rule, words in met_by(sentence)
        if (not rule.only or _flag(rule.only, context)) and not (rule.excused and _flag(rule.excused, context))
    ]
    if context.numbers:
        found += _numbers(normal(text), context.numbers)
    return tuple(found)


@lru_cache(maxsize=4096)
def _sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text as the rules see them."""
    lines = (normal(line).strip() for line in text.split("\n"))
    return tuple(one.strip() for line in lines if line for one in _SENTENCE.findall(line) or [line])


def _numbers(text: str, known: tuple[str, ...]) -> list[Failing]:
    """Numbers to call that are not among those that were looked up: models remember dead ones, and other countries'."""
    why = "Only numbers that were looked up are given; a wrong one costs a life."
    found = (re.sub(r"\D", "", match[1] or match[2] or match[3]) for match in _NUMBER.finditer(text))
    return [Failing("unknown-number", why, digits) for digits in found if len(digits) >= 3 and digits not in known]


@lru_cache(maxsize=8192)
def met_by(sentence: str) -> tuple[tuple[Rule, str], ...]:
    """The rules that one sentence meets, whatever the context, with its words. The same sentences are said again and again."""
    met = []
    for rule in rules():
        match = rule.find.search(sentence)
        if match is not None and (rule.unless is None or not rule.unless.search(sentence)):
            met.append((rule, match[0]))
    return tuple(met)


def _flag(name: str, context: CheckContext) -> bool:
    if name == "assault-told":
        return context.assault_told
    if name == "abuse":
        return context.unsafe_home or "abuse-now" in context.kinds
    if name == "crisis":
        return context.level == Level.CRISIS
    if name == "model-in-danger":
        return context.modelled and (context.level == Level.CRISIS or bool(_METHODS_NEAR & set(context.kinds)))
    if name == "danger":
        return context.level in (Level.ELEVATED, Level.CRISIS)
    raise ValueError(f"The check's rules name a flag that does not exist: {name!r}")
