"""What a model read of a turn: taken only where it can be used, and able to raise the level of danger, never to lower it."""

from __future__ import annotations

from dataclasses import replace

from escs.runtime.errors import AnswerInvalid
from escs.runtime.read_state import RISK_KINDS, StateAnswer
from escs.runtime.safety.risk import Level, Screening, Sign


def raised(screening: Screening, answer: StateAnswer) -> Screening:
    """The screening with what a model read added to it: it can raise the level, never lower it.

    Raises `AnswerInvalid` where the answer is not of its kind, or names a level or danger that there is not.
    """
    if not isinstance(answer, StateAnswer) or not _usable(answer):
        raise AnswerInvalid("the engine's answer is not what was asked for.")
    if answer.risk == "none":
        return screening
    if answer.risk not in ("elevated", "crisis"):
        raise AnswerInvalid(f"the engine's answer names a risk that there is not: {answer.risk!r}.")
    if not set(answer.risk_kinds) <= set(RISK_KINDS):
        raise AnswerInvalid("the engine's answer names a kind of danger that there is not.")
    level = Level[answer.risk.upper()]
    kinds = answer.risk_kinds or (("suicide-active",) if level == Level.CRISIS else ("hopelessness",))
    signs = tuple(Sign(kind, level, "", "model", "Read by the model.") for kind in kinds)
    return replace(screening, level=max(screening.level, level), signs=(*screening.signs, *signs))


def _usable(answer: StateAnswer) -> bool:
    """Whether every part is of its kind: engines check their answers, and a turn does not rest on it."""
    words = (answer.label, answer.scenario, answer.stage, answer.risk)
    several = (answer.asked_for, answer.declined, answer.risk_kinds)
    return (
        all(isinstance(one, str) for one in words)
        and all(isinstance(one, tuple) and all(isinstance(word, str) for word in one) for one in several)
        and isinstance(answer.intensity, int)
        and 0 <= answer.intensity <= 100
        and isinstance(answer.minor, bool)
        and isinstance(answer.unsafe_home, bool)
    )
