"""The task `diagnose`: reasons in words for a finding that statistics made. Offline the statistics speak for themselves.

A model adds what figures cannot say: what the seekers of these moments needed, and what the reply did instead. It makes no
finding and removes none, and its words are marked as its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from escs.evolve.analyse.excerpt import Excerpt, by_id, excerpts
from escs.evolve.analyse.findings import Finding
from escs.evolve.simulate.rollout import Rollout
from escs.runtime.errors import AnswerInvalid, EngineRefused
from escs.runtime.task import Engine, Task

REASONED = 8
"""Findings of one analysis that a model is asked about, those that cost most."""


@dataclass(frozen=True, slots=True)
class DiagnoseInputs:
    """One finding with its skill and its worst moments."""

    kind: str
    skill: str
    skill_text: str  # "" where the bank does not have it
    groups: tuple[str, ...]
    finding: str  # what the figures say, in words
    moments: tuple[Excerpt, ...]


@dataclass(frozen=True, slots=True)
class DiagnoseAnswer:
    """Why it goes wrong, in words."""

    needed: str = field(
        metadata={"description": "What these seekers needed at that moment, in one sentence.", "max_length": 300}
    )
    reason: str = field(
        metadata={
            "description": "What the replies did instead, and which part of the skill made them do so; one or two sentences.",
            "max_length": 500,
        }
    )
    line: str = field(
        metadata={
            "description": "The one line of the skill that caused it, word for word; empty where none did.",
            "max_length": 300,
        }
    )


def _rule(inputs: DiagnoseInputs) -> DiagnoseAnswer:
    return DiagnoseAnswer("", inputs.finding, "")


DIAGNOSE: Task[DiagnoseInputs, DiagnoseAnswer] = Task(
    "diagnose", DiagnoseAnswer, _rule, max_tokens=800, effort="medium"
)


async def reasoned(
    engine: Engine, findings: Sequence[Finding], texts: Mapping[str, str], rollouts: Sequence[Rollout]
) -> list[Finding]:
    """The findings, the first of those told apart from chance with a reason in a model's words. An answer that does not
    fit leaves its finding as it was."""
    if engine.name == "offline":
        return [*findings]
    known = by_id(rollouts)
    asked = [one for one in findings if not one.noise and one.turns][:REASONED]

    async def one(finding: Finding) -> Finding:
        inputs = DiagnoseInputs(
            finding.kind, finding.skill, texts.get(finding.skill, ""), finding.groups, finding.why,
            excerpts(finding, known),
        )  # fmt: skip
        try:
            answer = (await engine.ask(DIAGNOSE, inputs)).value
        except (AnswerInvalid, EngineRefused):
            return finding
        line = " ".join(answer.line.split()).removeprefix("- ")
        stands = line and any(line == each.strip().removeprefix("- ") for each in inputs.skill_text.splitlines())
        words = " ".join(part.strip() for part in (answer.needed, answer.reason) if part.strip())
        return replace(finding, reason=words, line=finding.line or (line if stands else ""))

    made = {id(each): new for each, new in zip(asked, await asyncio.gather(*map(one, asked)), strict=True)}
    return [made.get(id(each), each) for each in findings]
