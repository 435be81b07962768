"""The units of many dialogues, labelled by whatever engine there is, in the dialogues' order, a bounded number at once."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import chain, islice

from escs.evolve.discover.unit import Dialogue, Unit
from escs.evolve.discover.units import LABEL_UNIT, Cutter, Move, UnitLabels, label_inputs
from escs.evolve.processes import cores, in_order
from escs.runtime.errors import AnswerInvalid, EngineRefused, EscsError
from escs.runtime.task import Engine


async def units_of(
    dialogues: Iterable[Dialogue], engine: Engine, left_out: Counter[str], *, concurrency: int = 8
) -> AsyncIterator[Unit]:
    """The units in order. `left_out` counts the moves that became none, by reason.

    A model labels only what the annotation leaves open; where its answer does not fit the task, or it declines, that
    move keeps the cues' labels and is counted. Other faults of an engine end the run, and the first is raised: it can be resumed.
    """
    if engine.name == "offline":
        for unit in _by_cues(dialogues, left_out):
            yield unit
        return
    limit = asyncio.Semaphore(concurrency)
    under_way: deque[asyncio.Task[list[Unit]]] = deque()
    try:
        for dialogue in dialogues:
            under_way.append(asyncio.create_task(_labelled(dialogue, engine, left_out, limit)))
            if len(under_way) > concurrency:
                for unit in await under_way.popleft():
                    yield unit
        while under_way:
            for unit in await under_way.popleft():
                yield unit
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


CHUNK = 40  # dialogues that one process cuts at a time
SMALL = 4 * CHUNK  # dialogues below which a second process costs more than it saves


def _by_cues(dialogues: Iterable[Dialogue], left_out: Counter[str]) -> Iterator[Unit]:
    """The units in order, cut by all cores; memory is bounded by the few chunks that are under way."""
    stream = iter(dialogues)
    first = list(islice(stream, SMALL))
    workers = cores()
    if len(first) < SMALL or workers == 1:
        for dialogue in chain(first, stream):
            yield from Cutter(dialogue, left_out).units()
        return
    for units, dropped in in_order(_cut_chunk, chain(first, stream), size=CHUNK, workers=workers):
        left_out.update(dropped)
        yield from units


def _cut_chunk(dialogues: Sequence[Dialogue]) -> tuple[list[Unit], Counter[str]]:
    left_out: Counter[str] = Counter()
    return [unit for dialogue in dialogues for unit in Cutter(dialogue, left_out).units()], left_out


async def _labelled(dialogue: Dialogue, engine: Engine, left_out: Counter[str], limit: asyncio.Semaphore) -> list[Unit]:
    cutter = Cutter(dialogue, left_out)

    async def one(move: Move) -> tuple[int, UnitLabels | None]:
        inputs = label_inputs(dialogue, move)
        async with limit:
            try:
                labels = (await engine.ask(LABEL_UNIT, inputs)).value
            except (AnswerInvalid, EngineRefused):
                left_out["labels of the model that did not fit; the cues' stand there"] += 1
                return move.number, None
        if not labels.action:
            left_out["actions: the model saw none in the words of the move; such units speak for no skill"] += 1
        elif labels.action not in inputs.allowed:
            left_out["actions of the model outside the annotated strategy; the cues' stand there"] += 1
        return move.number, labels

    try:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(one(move)) for move in cutter.moves]
    except BaseExceptionGroup as several:
        ours = [error for error in several.exceptions if isinstance(error, EscsError)]
        if len(ours) < len(several.exceptions):
            raise
        raise ours[0] from None  # one sentence for people, not a group of them
    labels = {number: found for number, found in (task.result() for task in asked) if found is not None}
    return list(cutter.units(labels))
