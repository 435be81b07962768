"""Replies of several arms at every supporter turn of real dialogues, each after the real history (teacher forcing)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from escs.evolve.discover.corpora import Account, read_corpora
from escs.evolve.discover.unit import Dialogue
from escs.evolve.evaluate.arms import Arm
from escs.evolve.processes import cores, pool
from escs.evolve.simulate.replied import Party
from escs.evolve.simulate.supporters import party
from escs.runtime.bank.bank import Bank
from escs.runtime.cues import label_action
from escs.runtime.engines.budget import BudgetSpentError
from escs.runtime.engines.offline import OfflineEngine
from escs.runtime.errors import EngineError, UsageError
from escs.runtime.state import Message
from escs.runtime.task import Engine
from escs.runtime.taxonomy import taxonomy

CHUNK = 4  # dialogues that a process answers before it reports


@dataclass(frozen=True, slots=True)
class Exchange:
    """A seeker's turn and the human's answer to it. `strategy` is what people marked, "" where nothing was."""

    seeker: str
    human: str
    strategy: str


@dataclass(frozen=True, slots=True)
class Real:
    """A real dialogue as exchanges. What the supporter said before the seeker's first turn is left out for every arm."""

    id: str
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Response:
    """One arm's reply at one turn. `strategy` is what the arm chose; `worded` what its words look like, by rules."""

    arm: str
    dialogue: str
    turn: int  # from 1
    seeker: str
    human: str
    marked: str  # the human's strategy, "" where nothing was marked
    reply: str  # "" where it failed for a technical reason
    strategy: str
    worded: str
    skills: tuple[str, ...] = ()
    risk: str = "none"
    fault: str = ""

    def to_json(self) -> dict[str, Any]:
        """The response as a line of `responses.jsonl`."""
        return {
            "arm": self.arm, "dialogue": self.dialogue, "turn": self.turn, "seeker": self.seeker, "human": self.human, "marked": self.marked,
            "reply": self.reply, "strategy": self.strategy, "worded": self.worded, "skills": [*self.skills],
            "risk": self.risk, **({"fault": self.fault} if self.fault else {}),
        }  # fmt: skip


def read_real(paths: Sequence[Path], limit: int | None, account: Account) -> list[Real]:
    """The dialogues of corpora, at most `limit`. The account gets what cannot be used.

    Raises `UsageError` where none has a supporter's turn after a seeker's, with what is wrong with the records if anything is.
    """
    found: list[Real] = []
    for dialogue in read_corpora(paths, account):
        exchanges = tuple(_exchanges(dialogue))
        if exchanges:
            found.append(Real(dialogue.id, exchanges))
        if limit is not None and len(found) == limit:
            break
    if not found and account.first_fault:
        raise UsageError(f"No dialogue could be used: {account.first_fault}")
    if not found:
        raise UsageError(f"{paths[0]} holds no dialogue in which a supporter answers a seeker.")
    return found


def _exchanges(dialogue: Dialogue) -> Iterator[Exchange]:
    """Messages in a row of one side are one turn; the strategy of the first of them counts, for it is what answers."""
    known = taxonomy().strategies
    seeker: list[str] = []
    human: list[str] = []
    strategy = ""
    for said in dialogue.utterances:
        if said.role == "seeker":
            if human:
                yield Exchange("\n".join(seeker), "\n".join(human), strategy)
                seeker, human, strategy = [], [], ""
            seeker.append(said.text)
        elif seeker:
            if not human:
                strategy = said.strategy if said.strategy in known else ""
            human.append(said.text)
    if human:
        yield Exchange("\n".join(seeker), "\n".join(human), strategy)


async def answers(arm: Arm, party_of: Party, dialogue: Real, seed: int) -> list[Response]:
    """One arm's replies to a dialogue. After a technical failure the rest of the dialogue is not asked: its turns fail with
    the same reason, and are asked when the command is given again. Only a spent budget is raised."""
    talk = party_of.begin(seed)
    found: list[Response] = []
    history: list[Message] = []
    for number, exchange in enumerate(dialogue.exchanges, 1):
        history.append(Message("user", exchange.seeker))
        try:
            replied = await talk.reply(exchange.seeker)
        except BudgetSpentError:
            raise
        except EngineError as error:
            return found + [
                Response(
                    arm.name, dialogue.id, place, left.seeker, left.human, left.strategy, "", "", "", fault=str(error)
                )
                for place, left in enumerate(dialogue.exchanges[number - 1 :], number)
            ]
        talk.instead(exchange.human)
        worded = label_action(replied.said, tuple(history)).strategy
        lead = replied.loaded[0].action if replied.loaded else ""
        strategy = replied.strategy or (taxonomy().strategy(lead) if lead else worded)
        found.append(
            Response(
                arm.name, dialogue.id, number, exchange.seeker, exchange.human, exchange.strategy, replied.said, strategy, worded,
                replied.skills, replied.risk,
            )
        )  # fmt: skip
        history.append(Message("assistant", exchange.human))
    return found


@lru_cache(maxsize=8)
def _offline_party(arm: Arm) -> Party:
    bank = Bank(arm.bank, cached=False, frozen=True) if arm.bank else None
    return party(arm.supporter, OfflineEngine(), bank, arm.tree, arm.by)


def _chunk(arm: Arm, some: Sequence[Real], seed: int) -> list[Response]:
    """Some dialogues in a process of its own, by rules: nothing in it ever waits."""
    return [response for dialogue in some for response in _at_once(answers(arm, _offline_party(arm), dialogue, seed))]


def _at_once(work: Coroutine[Any, Any, list[Response]]) -> list[Response]:
    try:
        work.send(None)
    except StopIteration as done:
        made: list[Response] = done.value
        return made
    work.close()
    raise RuntimeError("a rule waited for something")


async def respond(
    arms: Sequence[Arm], engine: Engine, dialogues: Sequence[Real], *, seed: int, concurrency: int,
    workers: int | None = None, told: Callable[[int], None] = lambda count: None,
) -> dict[str, list[Response]]:  # fmt: skip
    """All arms' replies, by arm, in the order of dialogues and turns."""
    if engine.name == "offline":
        return await asyncio.to_thread(_by_rules, arms, dialogues, seed, workers or cores(), told)
    gate = asyncio.Semaphore(concurrency)

    async def one(arm: Arm, of: Party, dialogue: Real) -> list[Response]:
        async with gate:
            made = await answers(arm, of, dialogue, seed)
        told(len(made))
        return made

    found = {}
    for arm in arms:
        bank = Bank(arm.bank, cached=False, frozen=True) if arm.bank else None
        of = party(arm.supporter, engine, bank, arm.tree, arm.by)
        found[arm.name] = [
            response for made in await _all([one(arm, of, each) for each in dialogues]) for response in made
        ]
    return found


async def _all(work: Sequence[Coroutine[Any, Any, list[Response]]]) -> list[list[Response]]:
    """All of them; where one fails (the budget is spent) the others are stopped."""
    under_way = [asyncio.ensure_future(each) for each in work]
    try:
        return await asyncio.gather(*under_way)
    finally:
        for each in under_way:
            each.cancel()


def _by_rules(
    arms: Sequence[Arm], dialogues: Sequence[Real], seed: int, workers: int, told: Callable[[int], None]
) -> dict[str, list[Response]]:
    chunks = [dialogues[start : start + CHUNK] for start in range(0, len(dialogues), CHUNK)]
    found: dict[str, list[Response]] = {}
    with pool(workers) as processes:
        waiting = {arm.name: [processes.submit(_chunk, arm, chunk, seed) for chunk in chunks] for arm in arms}
        for name, futures in waiting.items():
            found[name] = []
            for future in futures:
                made = future.result()
                told(len(made))
                found[name] += made
    return found
