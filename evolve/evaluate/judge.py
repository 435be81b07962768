"""The tasks `judge-response` and `judge-pair`: what a model makes of a reply, on its own and beside another.

Seven scales from 0 to 4 as ESC-RANK has them (Zhao et al. 2024, "ESC-Eval"), and three comparisons as ESC-Judge has them
(exploration, insight, action, after Hill's three stages), each asked in both orders: who wins only when standing first has
won nothing. Rules cannot judge, so offline there are no judgements.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from escs.evolve.evaluate.responses import Real, Response
from escs.runtime.engines.budget import BudgetSpentError
from escs.runtime.errors import EngineError, UsageError
from escs.runtime.state import Message
from escs.runtime.task import Engine, Task

SCALES = ("fluency", "empathy", "identification", "suggestion", "humanness", "skill", "overall")
ASPECTS = ("exploration", "insight", "action")
TRIES = 3  # answers that do not fit are asked for again, with another sample number
LAST = 12  # messages of the dialogue that a judge reads


def _no_rule(inputs: object) -> Any:
    raise UsageError("Judging takes a model; name one with --judge ENGINE.")


def _scale(description: str) -> Any:
    return field(metadata={"ge": 0, "le": 4, "description": description})


@dataclass(frozen=True, slots=True)
class JudgeInputs:
    """A dialogue and the reply to judge."""

    talk: str
    reply: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """Seven scales, 0 (worst) to 4 (best)."""

    why: str = field(
        metadata={"description": "What weighed most, in one sentence, before the numbers.", "max_length": 400}
    )
    fluency: int = _scale("Clear, natural language.")
    empathy: int = _scale("Understands and takes up what this person feels.")
    identification: int = _scale("Sees what the trouble really is.")
    suggestion: int = _scale(
        "Help or ideas that fit this person now; holding back where it is too early counts as fitting."
    )
    humanness: int = _scale("Reads like somebody who listens, not like a form letter.")
    skill: int = _scale("Uses helping skills well: timing, one thing at a time, no pressure.")
    overall: int = _scale("How good the reply is for this person, all in all.")


@dataclass(frozen=True, slots=True)
class PairInputs:
    """A dialogue and two replies."""

    talk: str
    first: str
    second: str


_WHO = ("first", "second", "tie")


def _better(description: str) -> Any:
    return field(metadata={"choices": _WHO, "description": description})


@dataclass(frozen=True, slots=True)
class PairAnswer:
    """Which reply does better in each."""

    why: str = field(metadata={"description": "What decided it, in one sentence.", "max_length": 400})
    exploration: str = _better("Helps the person to tell and feel more of it.")
    insight: str = _better("Helps the person to understand it, or themselves, better.")
    action: str = _better("Helps the person towards a step of their own, when it is time for one.")


JUDGE: Task[JudgeInputs, Judgement] = Task("judge-response", Judgement, _no_rule, max_tokens=600, effort="medium")
PAIR: Task[PairInputs, PairAnswer] = Task("judge-pair", PairAnswer, _no_rule, max_tokens=500, effort="medium")


@dataclass(slots=True)
class Judged:
    """What a judge said of one arm: sums by scale over turns, wins beside the first arm, and what failed."""

    sums: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in SCALES})
    by_dialogue: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    wins: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in ASPECTS})
    technical: int = 0


def talk_before(dialogue: Real, turn: int) -> str:
    """The last messages before the reply at a turn, as text."""
    messages: list[Message] = []
    for exchange in dialogue.exchanges[: turn - 1]:
        messages += [Message("user", exchange.seeker), Message("assistant", exchange.human)]
    messages.append(Message("user", dialogue.exchanges[turn - 1].seeker))
    names = {"user": "Seeker", "assistant": "Supporter"}
    return "\n\n".join(f"{names[message.role]}: {message.content}" for message in messages[-LAST:])


async def judge(
    engine: Engine, found: dict[str, list[Response]], dialogues: Sequence[Real], *, concurrency: int,
    told: Callable[[], None] = lambda: None,
) -> dict[str, Judged]:  # fmt: skip
    """Every arm's replies on their own, and beside those of the first arm. What a judge answers in no form that fits is
    counted as technical, and never scored."""
    known = {dialogue.id: dialogue for dialogue in dialogues}
    gate = asyncio.Semaphore(concurrency)
    judged = {name: Judged() for name in found}
    first = next(iter(found))
    opposite = {(one.dialogue, one.turn): one for one in found[first]}

    async def alone(arm: str, one: Response) -> None:
        talk = talk_before(known[one.dialogue], one.turn)
        answer = await _asked(engine, JUDGE, JudgeInputs(talk, one.reply), gate)
        told()
        if answer is None:
            judged[arm].technical += 1
            return
        here = judged[arm].by_dialogue.setdefault(one.dialogue, {name: [] for name in SCALES})
        for name in SCALES:
            judged[arm].sums[name].append(getattr(answer, name))
            here[name].append(getattr(answer, name))

    async def beside(arm: str, one: Response) -> None:
        other = opposite.get((one.dialogue, one.turn))
        if other is None or not other.reply or other.reply == one.reply:
            return
        talk = talk_before(known[one.dialogue], one.turn)
        there = await _asked(engine, PAIR, PairInputs(talk, one.reply, other.reply), gate)
        back = await _asked(engine, PAIR, PairInputs(talk, other.reply, one.reply), gate)
        told()
        if there is None or back is None:
            judged[arm].technical += 1
            return
        for name in ASPECTS:
            judged[arm].wins[name].append(won(getattr(there, name), getattr(back, name)))

    work = [alone(arm, one) for arm, some in found.items() for one in some if one.reply]
    work += [beside(arm, one) for arm, some in found.items() if arm != first for one in some if one.reply]
    under_way = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.gather(*under_way)
    finally:
        for each in under_way:
            each.cancel()
    return judged


def won(there: str, back: str) -> float:
    """1 where the reply is preferred in both orders, 0 where the other is, a half where the order decides or it is a tie."""
    mine = {"first": 1.0, "second": 0.0, "tie": 0.5}[there]
    again = {"first": 0.0, "second": 1.0, "tie": 0.5}[back]
    return mine if mine == again else 0.5


async def _asked(engine: Engine, task: Task[Any, Any], inputs: Any, gate: asyncio.Semaphore) -> Any:
    """The answer, asked for again where it does not fit; None where it never does."""
    async with gate:
        for sample in range(TRIES):
            try:
                return (await engine.ask(task, inputs, sample=sample)).value
            except BudgetSpentError:
                raise
            except EngineError:
                continue
    return None


assert {one.name for one in fields(Judgement)} == {"why", *SCALES}
