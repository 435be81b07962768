"""The nouns of discovery: a dialogue as a corpus has it, and an Intervention Unit, one supporter move in its context."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message of a dialogue with what its corpus annotates."""

    role: str  # seeker or supporter
    text: str
    strategy: str = ""  # supporter: ESConv's strategy in its canonical spelling, "" where it is not annotated
    feedback: int | None = None  # seeker: 1 to 5, how helpful the supporter's messages since the last rating were
    emotion: float | None = None  # seeker: emotion after the supporter's last message, 0 (worst) to 100 (SAGE)
    change: float | None = None  # seeker: the recorded change of that emotion (SAGE)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One dialogue of a corpus. Unknown stays unknown: an absent survey is None, never "unchanged"."""

    id: str
    source: str  # esconv, failed-esconv, sage, or the name that a generic record gives
    utterances: tuple[Utterance, ...]
    scenario: str = ""  # a label of the taxonomy, "" where it is not known
    state: str = ""
    situation: str = ""
    initial: int | None = None  # survey: intensity of the emotion before, 1 to 5
    final: int | None = None  # survey: intensity after
    language: str = "en"
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """The seeker before or after a move."""

    state: str = ""  # a label of the taxonomy, "" where nothing shows it
    intensity: int | None = None  # 0 to 100, None where unknown
    text: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """One supporter move: consecutive messages of the supporter count as one."""

    id: str
    source: str
    dialogue: str
    turn: int  # the supporter's move within the dialogue, from 1
    scenario: str
    before: Moment
    action: str  # a label of the taxonomy's actions
    strategy: str  # ESConv's strategy: annotated where it is, else the action's
    text: str
    after: Moment
    change: str  # a label of the taxonomy's response changes, "" where unknown
    outcome: str  # constructive, neutral, negative, or "" where unknown
    feedback: int | None = None  # evidence: the stars that rate this move
    emotion_change: float | None = None  # evidence: SAGE's recorded change

    def to_json(self) -> dict[str, Any]:
        """The unit as a line of `units.jsonl`."""
        return {
            "id": self.id,
            "source": self.source,
            "dialogue": self.dialogue,
            "turn": self.turn,
            "scenario": self.scenario,
            "before": {"state": self.before.state, "intensity": self.before.intensity, "text": self.before.text},
            "action": self.action,
            "strategy": self.strategy,
            "text": self.text,
            "after": {"state": self.after.state, "intensity": self.after.intensity, "text": self.after.text},
            "change": self.change,
            "outcome": self.outcome,
            "evidence": {"feedback": self.feedback, "emotion_change": self.emotion_change},
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Unit:
        """The unit of such a line. Raises KeyError or TypeError where it is none."""
        before, after, evidence = record["before"], record["after"], record["evidence"]
        plain = {key: value for key, value in record.items() if key not in ("before", "after", "evidence")}
        return cls(before=Moment(**before), after=Moment(**after), **plain, **evidence)
