"""The task `read-state`: what state the seeker is in at this turn. A model may answer it; the rule always can."""

from __future__ import annotations

from dataclasses import dataclass, field

from escs.runtime.safety.risk import Level
from escs.runtime.state import Message, SeekerState
from escs.runtime.task import Task
from escs.runtime.taxonomy import taxonomy

RISK_KINDS = (
    "suicide-passive",
    "suicide-active",
    "suicide-plan",
    "suicide-intent",
    "suicide-attempt-now",
    "self-harm",
    "harm-to-others",
    "abuse-now",
    "overdose",
    "medical-emergency",
    "psychosis",
    "eating-danger",
    "minor-at-risk",
    "hopelessness",
    "burden",
)
"""Kinds of danger that a reader may name; the screen's rules know more."""


@dataclass(frozen=True, slots=True)
class StateInputs:
    """The dialogue so far; its last message is the seeker's newest turn."""

    history: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class StateAnswer:
    """What a reader of the dialogue says of the seeker. `choices` in a field's metadata give its closed set of words."""

    label: str = field(
        metadata={
            "choices": lambda: tuple(taxonomy().states),
            "empty": True,
            "description": "The state that stands out, or empty.",
        }
    )
    intensity: int = field(metadata={"ge": 0, "le": 100, "description": "0 calm, 50 plainly upset, 100 unbearable."})
    scenario: str = field(
        metadata={
            "choices": lambda: tuple(taxonomy().scenarios),
            "empty": True,
            "description": "What it is about, or empty.",
        }
    )
    stage: str = field(
        metadata={"choices": lambda: tuple(taxonomy().stages), "description": "Where the conversation stands."}
    )
    asked_for: tuple[str, ...] = field(
        metadata={
            "choices": lambda: tuple(taxonomy().asked_for),
            "description": "What the seeker asked for in so many words and still wants.",
        }
    )
    declined: tuple[str, ...] = field(
        metadata={"choices": lambda: tuple(taxonomy().declined), "description": "What the seeker turned down."}
    )
    minor: bool = field(metadata={"description": "True only where the seeker shows that they are under 18."})
    unsafe_home: bool = field(metadata={"description": "True only where home is not safe for the seeker."})
    risk: str = field(
        metadata={
            "choices": lambda: ("none", "elevated", "crisis"),
            "description": "Danger to the seeker or to others: crisis where thoughts of suicide are voiced.",
        }
    )
    risk_kinds: tuple[str, ...] = field(
        metadata={"choices": lambda: RISK_KINDS, "description": "Which kinds of danger, if any."}
    )


def _rule(inputs: StateInputs) -> StateAnswer:
    from escs.runtime.reading import read

    state = read(inputs.history)
    return StateAnswer(
        state.label,
        state.intensity,
        state.scenario,
        state.stage,
        tuple(sorted(state.asked_for)),
        tuple(sorted(state.declined)),
        state.minor,
        state.unsafe_home,
        "none",  # the screen has spoken before; this rule adds nothing to it
        (),
    )


READ_STATE: Task[StateInputs, StateAnswer] = Task("read-state", StateAnswer, _rule, max_tokens=400, effort="low")


def to_state(answer: StateAnswer, turn: int, risk: Level, kinds: tuple[str, ...]) -> SeekerState:
    """The state that conditions are matched against: what was read, and the risk of the whole conversation."""
    return SeekerState(
        label=answer.label,
        intensity=answer.intensity,
        scenario=answer.scenario,
        stage=answer.stage or "exploration",
        turn=turn,
        asked_for=frozenset(answer.asked_for),
        declined=frozenset(answer.declined),
        minor=answer.minor,
        unsafe_home=answer.unsafe_home,
        risk=risk,
        risk_kinds=kinds,
    )
