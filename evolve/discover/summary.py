"""What a corpus's units look like in numbers: labels, outcomes, what decided them, and what was left out and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from escs.evolve.discover.outcome import SENSITIVITY, decided_by, outcome
from escs.evolve.discover.unit import Unit

UNKNOWN = "unknown"


@dataclass(slots=True)
class Summary:
    """Counts over units, added one at a time: memory does not grow with the corpus."""

    units: int = 0
    sources: Counter[str] = field(default_factory=Counter)
    scenarios: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    strategies: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    decided: Counter[str] = field(default_factory=Counter)
    by_source: dict[str, Counter[str]] = field(default_factory=dict)  # outcomes
    sensitivity: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in SENSITIVITY})

    def add(self, unit: Unit) -> None:
        """Count one unit."""
        self.units += 1
        self.sources[unit.source] += 1
        self.scenarios[unit.scenario or UNKNOWN] += 1
        self.states[unit.before.state or UNKNOWN] += 1
        self.strategies[unit.strategy or UNKNOWN] += 1
        self.actions[unit.action or UNKNOWN] += 1
        self.changes[unit.change or UNKNOWN] += 1
        self.outcomes[unit.outcome or UNKNOWN] += 1
        self.by_source.setdefault(unit.source, Counter())[unit.outcome or UNKNOWN] += 1
        emotion, stars, change = unit.emotion_change, unit.feedback, unit.change
        decided = decided_by(emotion_change=emotion, feedback=stars, change=change)
        self.decided[decided or "nothing: outcome unknown"] += 1
        for name, rule in SENSITIVITY.items():
            found = outcome(emotion_change=emotion, feedback=stars, change=change, rule=rule)
            self.sensitivity[name][found or UNKNOWN] += 1

    def to_json(self) -> dict[str, Any]:
        """The counts, the largest first."""
        names = ("sources", "scenarios", "states", "strategies", "actions", "changes", "outcomes", "decided")
        return {
            "units": self.units,
            **{name: dict(getattr(self, name).most_common()) for name in names},
            "outcomes_by_source": {source: dict(counts.most_common()) for source, counts in self.by_source.items()},
            "sensitivity": {name: dict(counts.most_common()) for name, counts in self.sensitivity.items()},
        }
