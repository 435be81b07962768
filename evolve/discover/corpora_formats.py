"""From a record of a corpus to a `Dialogue`: ESConv, FailedESConv, SAGE traces, and the generic format.

The format shows in a record's own keys. ESConv's family has `dialog`, SAGE has `history` with an `emotion-point` on the
seeker's turns, the generic format has `messages` of `role` and `content` (and, where they are known, `strategy`,
`feedback`, `emotion` and `change`) with an optional `meta` (`source`, `id`, `scenario`, `state`, `situation`,
`language`). What is not known stays unknown.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

from escs.evolve.discover.unit import Dialogue, Utterance
from escs.runtime.taxonomy import Label, taxonomy

ROLES = {
    "seeker": "seeker",
    "supporter": "supporter",
    "speaker": "seeker",  # FailedESConv
    "listener": "supporter",
    "user": "seeker",  # SAGE, generic
    "assistant": "supporter",
    "usr": "seeker",  # processed copies of ESConv
    "sys": "supporter",
    **dict.fromkeys(("client", "patient", "caller", "visitor", "help-seeker", "help_seeker", "helpseeker"), "seeker"),
    **dict.fromkeys(("therapist", "counsellor", "counselor", "helper", "volunteer"), "supporter"),
}
ASIDE = frozenset({"system", "developer", "tool"})  # roles that neither of the two speaks in

SPELLINGS = {
    "questions": "Question",
    "other": "Others",
    "direct guidance": "Providing Suggestions",
    "approval and reassurance": "Affirmation and Reassurance",
    "restatement": "Restatement or Paraphrasing",
}
"""FailedESConv's own spellings of ESConv's strategies."""

_LONE = re.compile("[\ud800-\udfff]")  # half a character, which no file can hold
_CHINESE = re.compile("[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset(
    "the a i you to and it is of in that my me for on with so do not have be are was but at as if what how can just "
    "about he she we they this no yes your am im dont its would like feel know been hi hello ok okay thanks".split()
)


class MalformedError(ValueError):
    """A record that holds no dialogue, and why; never shown as such."""


def dialogue_of(record: Any, name: str, notes: Counter[str]) -> Dialogue:
    """The dialogue that a record holds, called `name`. `notes` counts what in it could not be used.

    Raises `MalformedError` where it holds none.
    """
    if not isinstance(record, dict):
        raise MalformedError("not an object")
    if isinstance(record.get("dialog"), list):
        return _esconv(record, name, notes)
    if isinstance(record.get("messages"), list):
        return _generic(record, name, notes)
    if isinstance(record.get("history"), list):
        return _sage(record, name, notes)
    raise MalformedError("no dialogue in it (no list under `dialog`, `history` or `messages`)")


def _esconv(record: dict[str, Any], name: str, notes: Counter[str]) -> Dialogue:
    said, failed = [], False
    for item in record["dialog"]:
        if not isinstance(item, dict):
            raise MalformedError("a message is not an object")
        annotation = item.get("annotation")
        annotation = annotation if isinstance(annotation, dict) else {}
        failed = failed or item.get("speaker") in ("speaker", "listener")
        said.append(_utterance(item.get("speaker"), item.get("content"), annotation, notes))
    survey = record.get("survey_score")
    survey = survey.get("seeker") if isinstance(survey, dict) else None
    survey = survey if isinstance(survey, dict) else {}
    initial, final = _grade(survey.get("initial_emotion_intensity")), _grade(survey.get("final_emotion_intensity"))
    unrated = not survey.get("empathy") and not survey.get("relevance")
    if unrated and final == initial:
        final = None  # no final survey was filled in; copies of the corpus repeat the initial figure there
    kept = ("id", "split", "emotion_type", "problem_type", "experience_type")
    return Dialogue(
        name,
        "failed-esconv" if failed else "esconv",
        _some(said),
        scenario=_known(record.get("problem_type"), "scenarios"),
        state=_known(record.get("emotion_type"), "states"),
        situation=_text(record.get("situation") or ""),
        initial=initial,
        final=final,
        language=_language(said),
        meta={key: record[key] for key in kept if key in record},
    )


def _sage(record: dict[str, Any], name: str, notes: Counter[str]) -> Dialogue:
    said = []
    for item in record["history"]:
        if not isinstance(item, dict):
            raise MalformedError("a message is not an object")
        plan = item.get("planning")
        change = plan.get("change") if isinstance(plan, dict) else None
        figures = {"emotion": item.get("emotion-point"), "change": change}
        said.append(_utterance(item.get("role"), item.get("content"), figures, notes))
    if not any(utterance.emotion is not None for utterance in said):
        raise MalformedError("a `history` without any `emotion-point`, which is no SAGE trace")
    kept = ("id", "character", "task", "topic", "emo_point")
    meta = {key: record[key] for key in kept if key in record}
    return Dialogue(name, "sage", _some(said), language=_language(said), meta=meta)


def _generic(record: dict[str, Any], name: str, notes: Counter[str]) -> Dialogue:
    said = []
    for item in record["messages"]:
        if not isinstance(item, dict):
            raise MalformedError("a message is not an object")
        if item.get("role") in ASIDE:
            notes["messages of a system or a tool"] += 1
            continue
        said.append(_utterance(item.get("role"), item.get("content"), item, notes))
    meta = record.get("meta")
    meta = meta if isinstance(meta, dict) else {}

    def word(key: str) -> str:
        value = meta.get(key)
        return _text(value).strip() if isinstance(value, str) else ""

    return Dialogue(
        name,
        word("source") or "generic",
        _some(said),
        scenario=_known(word("scenario"), "scenarios"),
        state=_known(word("state"), "states"),
        situation=word("situation"),
        language=word("language") or _language(said),
        meta={key: meta[key] for key in ("id",) if key in meta},
    )


def _utterance(role: Any, text: Any, marks: Mapping[str, Any], notes: Counter[str]) -> Utterance:
    side = ROLES.get(role.strip().lower()) if isinstance(role, str) else None
    if side is None:
        raise MalformedError(
            f"a message by {str(role)[:40]!r}, who is neither seeker nor supporter; call them 'user' and 'assistant'"
        )
    if not isinstance(text, str):
        raise MalformedError("a message without text")
    if side == "supporter":
        return Utterance(side, _text(text), strategy=_strategy(marks.get("strategy"), notes))
    stars = marks.get("feedback")
    feedback = _grade(stars)
    if stars not in (None, "") and feedback is None:
        notes["ratings that are not 1 to 5"] += 1
    return Utterance(
        side, _text(text), feedback=feedback, emotion=_number(marks.get("emotion")), change=_number(marks.get("change"))
    )


def _some(said: list[Utterance]) -> tuple[Utterance, ...]:
    if not said:
        raise MalformedError("a dialogue without messages")
    return tuple(said)


def _text(value: Any) -> str:
    return _LONE.sub("\ufffd", value) if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _grade(value: Any) -> int | None:
    """One of 1 to 5, as a number or as text."""
    if isinstance(value, str):
        value = int(value) if value.strip() in ("1", "2", "3", "4", "5") else None
    number = _number(value)
    return int(number) if number in (1, 2, 3, 4, 5) else None


@cache
def _strategies() -> dict[str, str]:
    return SPELLINGS | {name.lower(): name for name in taxonomy().strategies}


def _strategy(value: Any, notes: Counter[str]) -> str:
    """A strategy in its canonical spelling; "" where none is annotated or the name belongs to another scheme."""
    if not isinstance(value, str) or not value.strip():
        return ""
    found = _strategies().get(" ".join(value.split()).lower(), "")
    if not found:
        notes["strategies of an unknown name"] += 1
    return found


@cache
def _names(kind: str) -> dict[str, str]:
    labels: dict[str, Label] = getattr(taxonomy(), kind)
    theirs = {name.lower(): label.name for label in labels.values() for name in label.esconv}
    return theirs | {name: name for name in labels}


def _known(value: Any, kind: str) -> str:
    """The taxonomy's label for a corpus's word; "" where there is none."""
    return _names(kind).get(" ".join(value.split()).lower(), "") if isinstance(value, str) else ""


def _language(said: list[Utterance]) -> str:
    """`zh` or `en` by the letters and the commonest words; "" where it seems to be neither."""
    text = " ".join(utterance.text for utterance in said)[:4_000]
    words = _WORD.findall(text.lower().replace("'", "").replace("’", ""))
    letters = sum(map(len, words))
    if letters and len(_CHINESE.findall(text)) / letters > 0.2:
        return "zh"
    common = sum(word in _ENGLISH for word in words)
    return "en" if (len(words) < 20 and text.isascii()) or (words and common / len(words) > 0.15) else ""
