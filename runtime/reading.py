"""Reads the seeker's state from the dialogue by rules: the offline answer to `read-state`, and the fallback for a model.

Cues stand in `reading.toml`. A cue with a negation shortly before it does not count for its label. What was shown in
earlier turns goes on counting, less with every turn, so that a flat "yes" does not wipe out what was told before.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from escs.runtime.safety.risk import Level
from escs.runtime.state import Message, SeekerState

PATH = Path(__file__).with_name("reading.toml")

FADES = 0.6  # of a state's weight from one seeker turn to the next: a mood lasts a few turns
STAYS = 0.97  # of a scenario's: what it is about seldom changes within a conversation
LOOKED_AT = 4000  # characters of one turn, from its end, where people put what matters
TURNS = 24  # seeker turns looked at, from the newest
OPEN_FOR = 4  # turns for which a wish stays open unless it was met or replaced
FAINT, TELLING = 0.35, 2.0  # what a phrase listed under [weight] counts, where others count 1
FEW = 6  # words: a turn this short tells little by itself

_APOSTROPHES = re.compile("['’`´]")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_NEGATION = re.compile(
    r"\b(?:not|no|never|dont|doesnt|didnt|isnt|arent|wasnt|werent|havent|without|hardly)"
    r"(?: (?!(?:just|but|more|now|and|only)\b)\w+){0,2} $"
)
_AGE = re.compile(
    r"\b(?:im|i am|im only|i am only|im just|aged?) (1[0-7]|[89])(?: ?(?:years?|yrs?|yo|y o)\b| and| but|$| ?[.,])"
)
_ELSE_AGE = re.compile(r"\b(?:my|her|his|their|our) (?:\w+ ){0,2}(?:is|was|are) (?:only |just )?\d")
_SHOUTED = re.compile(r"\b[A-Z]{4,}\b")


@dataclass(frozen=True, slots=True)
class Cues:
    """The phrases of one group of labels, ready to be looked for."""

    pattern: re.Pattern[str]
    labels: Mapping[str, tuple[str, ...]]  # phrase as written → the labels that it shows
    stems: tuple[str, ...]  # phrases that end in `*`, without it
    factors: Mapping[str, float]  # phrase as written → how much it counts, where that is not 1


@cache
def _book() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(PATH.read_text(encoding="utf-8"))


@cache
def _cues(group: str) -> Cues:
    labels: dict[str, tuple[str, ...]] = {}
    for label, phrases in _book()[group].items():
        for phrase in phrases:
            labels[phrase] = (*labels.get(phrase, ()), label)
    stems = tuple(sorted((p[:-1] for p in labels if p.endswith("*")), key=len, reverse=True))
    parts = sorted(labels, key=len, reverse=True)
    body = "|".join(re.escape(part[:-1]) + r"\w*" if part.endswith("*") else re.escape(part) for part in parts)
    faint, telling = (_book().get(f"{group}-{kind}", {}).get("phrases", []) for kind in ("faint", "telling"))
    factors = {**dict.fromkeys(faint, FAINT), **dict.fromkeys(telling, TELLING)}
    return Cues(re.compile(rf"\b(?:{body})\b"), labels, stems, factors)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    """Small letters, no apostrophes, single spaces: how the cues are written."""
    return _NOT_WORD.sub(" ", _APOSTROPHES.sub("", text[-LOOKED_AT:].lower())).strip()


@lru_cache(maxsize=16384)
def _found(group: str, plain: str) -> tuple[tuple[str, float], ...]:
    """The labels of a group that a plain text shows, with their weights."""
    cues = _cues(group)
    weights: dict[str, float] = {}
    for match in cues.pattern.finditer(plain):
        phrase = match[0]
        cue = phrase
        if cue not in cues.labels:
            cue = next((s for s in cues.stems if phrase.startswith(s)), "") + "*"
        known, factor = cues.labels.get(cue, ()), cues.factors.get(cue, 1.0)
        words = phrase.count(" ") + 1
        if (words == 1 or group == "asked-for") and _NEGATION.search(plain[max(0, match.start() - 30) : match.start()]):
            continue
        for label in known:
            weights[label] = weights.get(label, 0.0) + factor * (
                1.0 if words == 1 or phrase.startswith("my ") else 1.0 + 0.5 * words
            )
    return tuple(weights.items())


@lru_cache(maxsize=8192)
def _has(group: str, plain: str) -> bool:
    return _cues(group).pattern.search(plain) is not None


def read(history: Sequence[Message], *, risk: Level = Level.NONE, risk_kinds: tuple[str, ...] = ()) -> SeekerState:
    """The seeker's state at the newest turn. Deterministic, from the dialogue's text alone; under a millisecond."""
    texts = [message.content for message in history if message.role == "user"]
    plains = [_plain(text) for text in texts[-TURNS:]] or [""]
    label = _lasting("state", plains, FADES)
    scenario = _lasting("scenario", plains, STAYS)
    asked = _asked(plains, history)
    return SeekerState(
        label=label or ("numb" if _wordless(texts[-1] if texts else "") and len(texts) > 1 else ""),
        intensity=_intensity(texts[-1] if texts else "", plains),
        scenario=scenario,
        stage=_stage(plains, len(texts), asked),
        turn=max(1, len(texts)),
        asked_for=asked,
        declined=frozenset().union(*map(_declined, plains)),
        minor=any(map(_minor, plains)),
        unsafe_home="abuse-now" in risk_kinds or any(map(_unsafe_home, plains)),
        risk=risk,
        risk_kinds=risk_kinds,
    )


@lru_cache(maxsize=4096)
def _declined(plain: str) -> frozenset[str]:
    return frozenset(label for label, _ in _found("declined", plain))


def _unsafe_home(plain: str) -> bool:
    return _has("unsafe-home", plain)


def _wordless(text: str) -> bool:
    return not any(character.isalnum() for character in text) or _plain(text) in (
        "idk",
        "dunno",
        "i dont know",
        "nothing",
    )


def _lasting(group: str, plains: Sequence[str], keeps: float) -> str:
    """The label with the most weight, older turns counting less; the file's order decides between equals."""
    total: dict[str, float] = {}
    for ago, plain in enumerate(reversed(plains)):
        factor = keeps**ago
        for label, weight in _found(group, plain):
            if label == "settling":  # thanks and relief speak for this moment only, and softly
                if ago:
                    continue
                weight = min(weight, 1.2)
            total[label] = total.get(label, 0.0) + factor * min(weight, 4.0)
    order = _order(group)
    return min(total, key=lambda label: (-total[label], order[label]), default="")


@cache
def _order(group: str) -> dict[str, int]:
    return {label: number for number, label in enumerate(_book()[group])}


def _asked(plains: Sequence[str], history: Sequence[Message]) -> frozenset[str]:
    """What was asked for in the newest turns and is still open. Asking to be heard and asking for advice replace each
    other; a repair is open only until the supporter has spoken again."""
    asked: dict[str, int] = {}
    for ago, plain in enumerate(reversed(plains[-OPEN_FOR:])):
        for label, _ in _found("asked-for", plain):
            asked.setdefault(label, ago)
    if asked.get("repair", 0) > 0:
        del asked["repair"]
    if "listening" in asked and "advice" in asked:
        refuses = any("no advice" in plain or "want advice" in plain for plain in plains[-OPEN_FOR:])
        del asked["advice" if refuses or asked["listening"] <= asked["advice"] else "listening"]
    for label in ("information", "opinion", "people", "advice"):
        if asked.get(label, 0) > 1:  # answered, or passed over: asking again is easy
            del asked[label]
    return frozenset(asked)


def _intensity(text: str, plains: Sequence[str]) -> int:
    """0 to 100: from the feelings that were named, the words that strengthen or soften them, shouting and marks."""
    level = 45.0
    for ago, plain in enumerate(reversed(plains[-3:])):
        factor = 0.5**ago
        found = dict(_found("state", plain))
        calm = found.pop("settling", 0.0)
        strength = dict(_found("intensity", plain))
        level += factor * (6 * min(sum(found.values()), 4) - 9 * min(calm, 2))
        level += factor * (3 * min(strength.get("up", 0.0), 6) - 5 * min(strength.get("down", 0.0), 3))
    level += 4 * min(text[-LOOKED_AT:].count("!"), 3) + 4 * min(len(_SHOUTED.findall(text[-LOOKED_AT:])), 3)
    return max(0, min(100, round(level)))


def _stage(plains: Sequence[str], turn: int, asked: frozenset[str]) -> str:
    """Where the conversation stands, by turn, by what is asked, and by how the newest turn is put."""
    newest = plains[-1]
    words = newest.split()
    if turn > 2 and _has("closing", newest) and len(words) < 40:
        return "closing"
    told = any(_found("state", plain) or _found("scenario", plain) for plain in plains)
    if turn <= 2 and not told and len(words) < 25:
        return "opening"
    if "advice" in asked and "listening" not in asked:
        return "action"
    if turn > 3 and _has("action", newest):
        return "action"
    if turn > 3 and _has("insight", newest):
        return "insight"
    if turn > 9 and len(words) > FEW:
        return "insight"
    return "exploration"


@lru_cache(maxsize=4096)
def _minor(plain: str) -> bool:
    if _has("minor", plain):
        return True
    match = _AGE.search(plain)
    return match is not None and not _ELSE_AGE.search(plain[max(0, match.start() - 20) : match.end()])
