"""What an evaluation with a model would take, before anything is paid: within a factor of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from escs.evolve.simulate.estimate import SIMULATOR, SUPPORTER, Estimate
from escs.runtime.engines.prices import cost
from escs.runtime.task import Engine, Usage

STATE, REPLY = ((one.input, one.output) for one in SUPPORTER)
FEEL, SAY = ((one.input, one.output) for one in SIMULATOR)
JUDGED, PAIRED = (1_400, 140), (1_300, 100)
"""Tokens in and out of one judgement and one comparison, by the length of the prompts at four letters a token."""


def estimate(
    work: Sequence[tuple[str, int, int, int]], engines: Mapping[str, Engine], *, discount: float = 1.0
) -> Estimate:
    """For rows of engine, calls, tokens in and tokens out; what rules answer takes nothing."""
    calls = tokens = 0
    dollars, known = 0.0, True
    for name, count, into, out in work:
        engine = engines[name]
        if engine.name == "offline":
            continue
        calls += count
        tokens += count * (into + out)
        price = cost(engine.key | {"discount": str(discount)}, Usage(into, out))
        known = known and price is not None
        dollars += count * (price or 0.0)
    return Estimate(calls, tokens, dollars if known else None)
