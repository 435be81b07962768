"""Many dialogues: side by side in one event loop where an engine is waited for, on all cores where rules answer.

Whatever the way, the same jobs give the same rollouts; only the order in which they come may differ.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from escs.evolve.processes import GARBAGE, cores, in_order
from escs.evolve.simulate.profile import Profile
from escs.evolve.simulate.protocol import Setting, roll_out, rollout_id
from escs.evolve.simulate.replied import Party
from escs.evolve.simulate.rollout import MOST_TURNS, Rollout
from escs.evolve.simulate.supporters import party
from escs.runtime.bank.bank import Bank
from escs.runtime.engines.offline import OfflineEngine

CHUNK = 8  # dialogues that a process holds before it reports
PARTIES = 6  # banks that a process keeps open: a search tries hundreds

Job = tuple[Profile, int]
"""A profile and a seed."""


def jobs(profiles: Sequence[Profile], *, repeats: int, seed: int) -> list[Job]:
    """Every profile `repeats` times, in blocks that hold each profile once, each block in an order of its own."""
    planned: list[Job] = []
    for repeat in range(repeats):
        number = seed + repeat
        block = sorted(profiles, key=lambda profile: sha256(f"order {number} {profile.name}".encode()).digest())
        planned += [(profile, number) for profile in block]
    return planned


@dataclass(frozen=True, slots=True)
class OfflineWork:
    """What a process needs to hold dialogues by rules alone."""

    bank: Path | None
    tree: str
    supporter: str | None
    most_turns: int = MOST_TURNS


@lru_cache(maxsize=PARTIES)
def _party(work: OfflineWork) -> Party:
    return party(
        work.supporter, OfflineEngine(), Bank(work.bank, cached=False, frozen=True) if work.bank else None, work.tree
    )


def hold(work: OfflineWork, some: Sequence[Job]) -> list[Rollout]:
    """Hold some dialogues in this process. An entry for pools of any kind."""
    setting = Setting(_party(work), OfflineEngine(), work.most_turns)
    return [_at_once(roll_out(profile, seed, setting)) for profile, seed in some]


def _at_once(dialogue: Coroutine[Any, Any, Rollout]) -> Rollout:
    """Hold a dialogue by rules alone: nothing in it ever waits, so that it needs no event loop."""
    try:
        dialogue.send(None)
    except StopIteration as done:
        rollout: Rollout = done.value
        return rollout
    dialogue.close()
    raise AssertionError("a dialogue by rules has waited for something")


def by_rules(work: OfflineWork, planned: Sequence[Job], *, workers: int | None = None) -> Iterator[Rollout]:
    """The rollouts of offline dialogues in the order planned, on `workers` processes (all cores where not said)."""
    workers = workers or cores()
    if workers == 1 or len(planned) <= 2 * CHUNK:
        for job in planned:
            yield from hold(work, [job])
        return
    for held in in_order(partial(hold, work), planned, size=CHUNK, workers=workers):
        yield from held


async def side_by_side(setting: Setting, planned: Sequence[Job], *, concurrency: int) -> AsyncGenerator[Rollout, None]:
    """The rollouts as they are done, `concurrency` dialogues at once.

    After an error none begins: what is under way is finished, for its calls are paid, and then the first error is raised.
    """
    waiting = iter(planned)
    under_way: set[asyncio.Task[Rollout]] = set()
    first: BaseException | None = None
    gc.freeze()  # rules and SDK are there to stay: looking through them again and again held up every call
    before = gc.get_threshold()
    gc.set_threshold(GARBAGE, *before[1:])
    try:
        while True:
            for profile, seed in islice(waiting, concurrency - len(under_way)) if first is None else ():
                begun = roll_out(profile, seed, setting)
                under_way.add(asyncio.create_task(begun, name=rollout_id(profile, seed)))
            if not under_way:
                break
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            ended = sorted(done, key=lambda task: task.get_name())
            for outcome in await asyncio.gather(*ended, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    first = first or outcome
                else:
                    yield outcome
        if first is not None:
            raise first
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
