"""Calls of many workers through one till: letters, without a cluster."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from pathlib import Path

import pytest
from escs.evolve.simulate.cluster_calls import Desk, FarTill, dialogue
from escs.runtime.engines.budget import Budget, BudgetSpentError
from escs.runtime.engines.call_file import CallRecord, Row
from escs.runtime.engines.till import OwnTill, Wanted
from escs.runtime.errors import EngineUnavailable
from escs.runtime.task import Usage

ROW = Row('"words"', "fake", "end", Usage(10, 2), 0.1, ())


def wanted(key: str = "k", engine: dict[str, str] | None = None) -> Wanted:
    """A call of 12 tokens."""
    return Wanted(key, "reply", "fake", engine or {"model": "fake"}, Usage(10, 2))


async def asks(desk: Desk, owner: str, pay: asyncio.Event, error: Exception | None = None) -> str:
    """What a worker does for one call: it looks it up, and pays once `pay` is set."""
    dialogue.set(owner)
    till = FarTill(desk.reply)
    row = await till.known(wanted())
    if row is not None:
        return f"{owner} was told"
    async with till.paying(wanted()) as rows:
        await pay.wait()
        if error is not None:
            raise error
        rows.append(ROW)
    return f"{owner} paid"


async def test_the_same_call_of_two_workers_is_paid_once(tmp_path: Path) -> None:
    """The second waits for the first, and both are counted."""
    record, budget, pay = CallRecord(tmp_path / "calls.sqlite"), Budget(), asyncio.Event()
    desk = Desk(OwnTill(record, budget))
    both = asyncio.gather(asks(desk, "a", pay), asks(desk, "b", pay))
    pay.set()
    assert await both == ["a paid", "b was told"]
    assert (budget.totals.paid, budget.totals.recorded, len(record)) == (1, 1, 1)
    record.close()


async def test_when_a_worker_is_lost_whoever_waited_for_its_call_pays(tmp_path: Path) -> None:
    """Nothing hangs on a machine that is gone, and what was held for it is released."""
    record, budget, never, pay = (
        CallRecord(tmp_path / "calls.sqlite"),
        Budget(tokens=12),
        asyncio.Event(),
        asyncio.Event(),
    )
    desk = Desk(OwnTill(record, budget))
    gone = asyncio.create_task(asks(desk, "gone", never))
    await asyncio.sleep(0)
    stays = asyncio.create_task(asks(desk, "stays", pay))
    await asyncio.sleep(0)
    await desk.lost("gone")
    pay.set()
    assert await stays == "stays paid"
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    record.close()


async def test_when_a_worker_is_lost_while_its_call_waits_for_room_nothing_is_held_for_it() -> None:
    """The call is as if it had never been asked, and another worker pays for it."""
    record, budget, pay = CallRecord(), Budget(tokens=12), asyncio.Event()
    desk = Desk(OwnTill(record, budget))
    paying = desk.till.paying(wanted("other"))
    await paying.__aenter__()
    gone = asyncio.create_task(asks(desk, "gone", asyncio.Event()))
    await asyncio.sleep(0)
    await desk.lost("gone")
    stays = asyncio.create_task(asks(desk, "stays", pay))
    await asyncio.gather(gone, return_exceptions=True)
    await paying.__aexit__(CancelledError, CancelledError(), None)
    pay.set()
    async with asyncio.timeout(1):
        assert await stays == "stays paid"
    record.close()


async def test_a_failed_call_is_counted_and_not_recorded() -> None:
    """The tokens that it took all the same go to the budget."""
    record, budget, pay = CallRecord(), Budget(), asyncio.Event()
    pay.set()
    error = EngineUnavailable("gone")
    error.spent = Usage(10, 0)
    with pytest.raises(EngineUnavailable):
        await asks(Desk(OwnTill(record, budget)), "a", pay, error)
    assert (budget.totals.usage, len(record)) == (Usage(10, 0), 0)
    record.close()


async def test_a_spent_budget_is_told_to_the_worker() -> None:
    """Before the call is made."""
    record = CallRecord()
    with pytest.raises(BudgetSpentError):
        await asks(Desk(OwnTill(record, Budget(tokens=11))), "a", asyncio.Event())
    record.close()
