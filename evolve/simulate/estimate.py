"""What a run with a model would take, before anything is paid."""

from __future__ import annotations

from dataclasses import dataclass

from escs.evolve.simulate.rollout import MOST_TURNS
from escs.runtime.engines.prices import cost
from escs.runtime.task import Engine, Usage

TURNS = 8.5
"""Supporter turns of a dialogue on average; SAGE's traces have 7.9, and ten is the most."""
SUPPORTER = (Usage(2_000, 130), Usage(3_600, 130))
"""Tokens of `read-state` and of `reply` at a middling turn, by the length of the prompts at four letters a token."""
SIMULATOR = (Usage(1_700, 180), Usage(1_500, 80))
"""Tokens of `seeker-feel` and of `seeker-say`."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would take, roughly: within a factor of two."""

    calls: int
    tokens: int
    dollars: float | None  # None where a price is not known

    def __str__(self) -> str:
        money = "an unknown price" if self.dollars is None else f"about ${self.dollars:,.2f}"
        return f"about {self.calls:,} calls, {self.tokens / 1e6:,.1f} million tokens, {money}"


def estimate(
    dialogues: int, supporter: Engine | None, simulators: list[Engine], *, most_turns: int = MOST_TURNS
) -> Estimate:
    """For so many dialogues with each simulator; `supporter` is None for a script."""
    calls, tokens, dollars = 0.0, 0.0, 0.0
    turns = TURNS * most_turns / MOST_TURNS
    known = True
    for simulator in simulators:
        for engine, usages in ((supporter, SUPPORTER), (simulator, SIMULATOR)):
            if engine is None or engine.name == "offline":
                continue
            for usage in usages:
                calls += dialogues * turns
                tokens += dialogues * turns * (usage.input + usage.output)
                price = cost(engine.key, usage)
                known = known and price is not None
                dollars += dialogues * turns * (price or 0.0)
    return Estimate(round(calls), round(tokens), dollars if known else None)
