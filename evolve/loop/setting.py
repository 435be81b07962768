"""Under what a verdict was made: who answered, with which prompts, before which gate profiles. It says nothing under another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from escs.evolve.gate.gate import GATE_VERSION
from escs.evolve.simulate.profile import Profile
from escs.evolve.simulate.simulate import PROMPTS
from escs.evolve.verify.arms import Arms
from escs.evolve.verify.draw import gate_digest
from escs.runtime.engines.prompt import template


def has_prompts_of_now(record: Mapping[str, Any]) -> bool:
    """Whether a verdict was made with the prompts of this escs, where prompts matter: rules are asked none."""
    return bool(record["machinery_only"]) or record["prompts"] == {name: template(name)[1] for name in PROMPTS}


@dataclass(frozen=True, slots=True)
class Setting:
    """The setting of a run, and of the verdicts that it may take over."""

    engine: str
    simulator: str
    gate_set: str
    keys: str  # of both engines, the training profiles and the prompts

    @classmethod
    def of(cls, arms: Arms, train: Sequence[Profile], gate: Sequence[Profile]) -> Setting:
        """The setting in which these would meet."""
        prompts = {name: template(name)[1] for name in PROMPTS}
        keys = json.dumps([arms.engine.key, arms.simulator.key, gate_digest(train), prompts], sort_keys=True)
        return cls(arms.engine.name, arms.simulator.name, gate_digest(gate), hashlib.sha256(keys.encode()).hexdigest())

    def has(self, record: Mapping[str, Any]) -> bool:
        """Whether a verdict was made in this setting, by this gate: another engine, other seekers or another gate may judge
        otherwise, and have to be asked."""
        made = (record["engine"], record["simulator"], record["gate_set"], str(record["gate"]))
        return made == (self.engine, self.simulator, self.gate_set, GATE_VERSION) and has_prompts_of_now(record)
