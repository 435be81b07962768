"""Dialogues that broke off for technical reasons: why most of them did, and when there are too many to go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from escs.evolve.simulate.rollout import Rollout
from escs.runtime.errors import EngineUnavailable

SHARE = 0.2
"""Of dialogues that may fail before what is left of them says nothing: as many as a verification puts up with of pairs."""


def broken(rollouts: Sequence[Rollout]) -> EngineUnavailable:
    """The error that says how many dialogues failed, and the fault of most of them."""
    faults = Counter(rollout.fault for rollout in rollouts if not rollout.scored)
    why = faults.most_common(1)[0][0]
    return EngineUnavailable(
        f"{faults.total()} of {len(rollouts)} dialogues broke off, most of them because of this: {why} "
        "Give the same command again once that is mended."
    )


def not_broken(rollouts: Sequence[Rollout]) -> None:
    """Raises `EngineUnavailable` where more than `SHARE` of the dialogues failed."""
    if sum(not rollout.scored for rollout in rollouts) > SHARE * len(rollouts):
        raise broken(rollouts)


def is_technical(record: Mapping[str, Any]) -> bool:
    """Whether a verdict's record says no more than that too many pairs failed for technical reasons."""
    return bool(record["verdict"].get("ground") == "technical")
