"""The call record: what was answered is never asked again, errors are never answers, and `kill -9` loses nothing done."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from escs.runtime.bank.bank import Bank
from escs.runtime.engines.prices import cost
from escs.runtime.engines.prompt import layout
from escs.runtime.engines.record import Budget, BudgetSpentError, CallRecord, Recorded, call_key
from escs.runtime.errors import EngineUnavailable, StorageError
from escs.runtime.read_state import READ_STATE, StateAnswer, StateInputs
from escs.runtime.reply import REPLY, ReplyInputs
from escs.runtime.state import Message, SeekerState
from escs.runtime.task import Answered, Piece, Task, Usage
from hypothesis import given
from hypothesis import strategies as st


class Counting:
    """An engine that counts how often it is asked, and can be told to fail."""

    name = "counting"

    def __init__(self) -> None:
        self.key = {"model": "counting", "base_url": "https://api.example"}
        self.asked = 0
        self.fail = False
        self.took = Usage(10, 5)
        self.gate = asyncio.Event()
        self.gate.set()

    async def ask(self, task: Task[Any, Any], inputs: Any, *, sample: int = 0) -> Answered[Any]:
        self.asked += 1
        await self.gate.wait()
        await asyncio.sleep(0)
        if self.fail:
            error = EngineUnavailable("scripted")
            error.spent = Usage(10, 2)
            raise error
        return Answered(task.rule(inputs), self.name, self.took)

    async def stream(self, task: Task[Any, str], inputs: Any, *, sample: int = 0) -> AsyncIterator[Piece]:
        answered = await self.ask(task, inputs, sample=sample)
        for text in ("I hear ", "you."):
            yield Piece(text)
        yield Piece(done=replace(answered, value="I hear you."))

    async def close(self) -> None:
        pass


def inputs(text: str = "I feel low.") -> StateInputs:
    return StateInputs((Message("user", text),))


async def test_a_recorded_call_is_not_asked_again(tmp_path: Path) -> None:
    """The same question costs once, over runs; the answer is the same object's worth, types included."""
    engine = Counting()
    for _ in range(2):
        record = CallRecord(tmp_path / "calls.sqlite")
        recorded = Recorded(engine, record)
        first = await recorded.ask(READ_STATE, inputs())
        again = await recorded.ask(READ_STATE, inputs())
        assert first.value == again.value
        assert isinstance(again.value, StateAnswer)
        record.close()
    assert engine.asked == 1


async def test_samples_inputs_and_engines_are_told_apart() -> None:
    """Another sample, other words or another model is another call."""
    keys = {
        call_key(READ_STATE, inputs(), {"model": "a"}, 0),
        call_key(READ_STATE, inputs(), {"model": "a"}, 1),
        call_key(READ_STATE, inputs(), {"model": "b"}, 0),
        call_key(READ_STATE, inputs("other"), {"model": "a"}, 0),
        call_key(REPLY, ReplyInputs(inputs().history, (), SeekerState()), {"model": "a"}, 0),
    }
    assert len(keys) == 5


@given(st.text(), st.frozensets(st.sampled_from(["advice", "listening", "people"])))
def test_the_key_depends_on_nothing_but_its_parts(text: str, asked: frozenset[str]) -> None:
    """Equal inputs give equal keys, whatever the order of sets, for any text."""
    made = [
        call_key(REPLY, ReplyInputs((Message("user", text),), (), SeekerState(asked_for=frozenset(order))), {}, 0)
        for order in (sorted(asked), sorted(asked, reverse=True))
    ]
    assert made[0] == made[1]


async def test_errors_are_never_recorded(tmp_path: Path) -> None:
    """After a failure the same call is asked anew."""
    engine = Counting()
    recorded = Recorded(engine, CallRecord(tmp_path / "calls.sqlite"))
    engine.fail = True
    with pytest.raises(EngineUnavailable):
        await recorded.ask(READ_STATE, inputs())
    assert len(recorded.record) == 0
    engine.fail = False
    await recorded.ask(READ_STATE, inputs())
    assert len(recorded.record) == 1


async def test_the_same_call_under_way_is_asked_once() -> None:
    """Fifty tasks with one question pay one answer; if it fails, all learn of it."""
    engine = Counting()
    recorded = Recorded(engine, CallRecord())
    answers = await asyncio.gather(*(recorded.ask(READ_STATE, inputs()) for _ in range(50)))
    assert engine.asked == 1
    assert len({answer.value for answer in answers}) == 1
    engine.fail = True
    failed = await asyncio.gather(*(recorded.ask(READ_STATE, inputs("new")) for _ in range(5)), return_exceptions=True)
    assert all(isinstance(error, EngineUnavailable) for error in failed)


async def test_a_budget_stops_before_the_next_call() -> None:
    """What a call may take is held before it is made; a call that is not covered is not made; recorded ones answer."""
    engine = Counting()
    expected = len(layout(READ_STATE, inputs("a")).whole) // 3 + READ_STATE.max_tokens
    recorded = Recorded(engine, CallRecord(), Budget(tokens=expected + 20))
    await recorded.ask(READ_STATE, inputs("a"))
    await recorded.ask(READ_STATE, inputs("b"))
    with pytest.raises(BudgetSpentError, match="does not cover"):
        await recorded.ask(READ_STATE, inputs("c"))
    await recorded.ask(READ_STATE, inputs("a"))
    assert engine.asked == 2
    assert (recorded.totals.paid, recorded.totals.recorded) == (2, 1)


async def test_calls_side_by_side_wait_for_room() -> None:
    """No more are under way than the budget covers at their worst; what they leave over pays for the others."""
    engine = Counting()
    engine.gate.clear()
    expected = len(layout(READ_STATE, inputs("0")).whole) // 3 + READ_STATE.max_tokens
    recorded = Recorded(engine, CallRecord(), Budget(tokens=expected * 3 + 30))
    calls = [asyncio.ensure_future(recorded.ask(READ_STATE, inputs(str(number)))) for number in range(20)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert engine.asked == 3
    calls[3].cancel()  # the first in line holds up nobody
    engine.gate.set()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(result, Answered) for result in results) == engine.asked == 19


async def test_a_call_that_waits_for_room_is_asked_once() -> None:
    """Whoever asks the same meanwhile waits with it, and learns of a spent budget as it does."""
    engine = Counting()
    expected = len(layout(READ_STATE, inputs("0")).whole) // 3 + READ_STATE.max_tokens
    recorded = Recorded(engine, CallRecord(), Budget(tokens=expected + 30))
    both = await asyncio.gather(*(recorded.ask(READ_STATE, inputs(text)) for text in ("a", "b", "b")))
    assert engine.asked == 2
    assert both[1].value == both[2].value
    engine.took = Usage(expected, 0)
    asked = (recorded.ask(READ_STATE, inputs(text)) for text in ("c", "d", "d"))
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(result, BudgetSpentError) for result in results] == [False, True, True]


async def test_what_sums_of_fractions_leave_over_is_not_waited_for() -> None:
    """After calls whose prices add up to no exact sum, a rest that covers one more call to the cent is given to it."""
    engine, expected = {"model": "claude-haiku-4-5", "base_url": "https://api.anthropic.com"}, Usage(100, 10)
    budget = Budget(dollars=1.0)
    others = [Usage(10 + 7 * number, 10) for number in range(30)]
    for other in others:
        await budget.hold(engine, other)
    for other in others:
        budget.settle(engine, other, None)
    budget.dollars = cost(engine, expected)
    async with asyncio.timeout(1):
        await budget.hold(engine, expected)


async def test_calls_side_by_side_do_not_overspend() -> None:
    """Of twenty calls at once that take all they may, only those that the budget covers are made."""
    engine = Counting()
    expected = len(layout(READ_STATE, inputs("0")).whole) // 3 + READ_STATE.max_tokens
    engine.took = Usage(expected, 0)
    recorded = Recorded(engine, CallRecord(), Budget(tokens=expected * 3 + 30))
    calls = (recorded.ask(READ_STATE, inputs(str(number))) for number in range(20))
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert engine.asked == 3
    assert sum(isinstance(result, BudgetSpentError) for result in results) == 17


async def test_money_needs_a_known_price() -> None:
    """A budget in dollars for a model without a price is refused before the first call."""
    engine = Counting()
    engine.key = {"model": "claude-of-tomorrow", "base_url": "https://api.anthropic.com"}
    with pytest.raises(BudgetSpentError, match="not known"):
        await Recorded(engine, CallRecord(), Budget(dollars=5)).ask(READ_STATE, inputs())
    assert engine.asked == 0


async def test_a_failed_call_is_paid_all_the_same() -> None:
    """Tokens of a call that ended in an error are counted."""
    engine = Counting()
    engine.fail = True
    recorded = Recorded(engine, CallRecord())
    with pytest.raises(EngineUnavailable):
        await recorded.ask(READ_STATE, inputs())
    assert recorded.totals.usage == Usage(10, 2)


async def test_whoever_waits_for_a_call_that_was_given_up_asks_anew() -> None:
    """Cancelling one of two that ask the same leaves the other with an answer."""
    engine = Counting()
    engine.gate.clear()
    recorded = Recorded(engine, CallRecord())
    first = asyncio.ensure_future(recorded.ask(READ_STATE, inputs()))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(recorded.ask(READ_STATE, inputs()))
    await asyncio.sleep(0)
    first.cancel()
    engine.gate.set()
    assert (await second).value
    assert engine.asked == 2
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_recorded_stream_comes_as_one_piece() -> None:
    """A new reply is streamed as it comes and then recorded; the next time it is there at once."""
    engine = Counting()
    recorded = Recorded(engine, CallRecord())
    asked = ReplyInputs(inputs().history, (), SeekerState())
    new = [piece async for piece in recorded.stream(REPLY, asked)]
    old = [piece async for piece in recorded.stream(REPLY, asked)]
    assert [piece.text for piece in new] == ["I hear ", "you.", ""]
    assert [piece.text for piece in old] == ["I hear you.", ""]
    assert new[-1].done is not None
    assert old[-1].done is not None
    assert (new[-1].done.value, new[-1].done.usage) == (old[-1].done.value, old[-1].done.usage)
    assert engine.asked == 1


async def test_a_stream_that_was_left_is_not_recorded() -> None:
    """Half a reply is no answer."""
    recorded = Recorded(Counting(), CallRecord())
    stream = recorded.stream(REPLY, ReplyInputs(inputs().history, (), SeekerState()))
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert len(recorded.record) == 0


def test_where_a_bank_lies_is_not_part_of_the_key(tmp_path: Path, write_skill: Callable[..., Path]) -> None:
    """The same skill in another folder gives the same call; an edited guidance gives another."""
    keys = []
    for number, change in enumerate(("", "", "not at all")):
        path = write_skill(tmp_path / str(number), "a-skill")
        path.write_text(path.read_text().replace("Do this.", f"Do this {change}."))
        skill = Bank(tmp_path / str(number), cached=False).load("a-skill")
        keys.append(call_key(REPLY, ReplyInputs(inputs().history, (skill,), SeekerState()), {}, 0))
    assert keys[0] == keys[1]
    assert keys[0] != keys[2]


@pytest.mark.parametrize("content", [b"not a database, but long enough to be taken for one by its size" * 40, None])
def test_a_file_of_another_program_is_left_alone(tmp_path: Path, content: bytes | None) -> None:
    """A file that is no call record is named and not touched."""
    path = tmp_path / "other.sqlite"
    if content is None:
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE theirs (x)")
        db.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(StorageError):
        CallRecord(path)
    assert path.read_bytes() == before


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    """A record of a later version is named, not guessed at."""
    path = tmp_path / "calls.sqlite"
    CallRecord(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StorageError, match="later version"):
        CallRecord(path)


def test_the_record_is_for_its_owner_alone(tmp_path: Path) -> None:
    """The file holds what was asked of a model: nobody else may read it."""
    CallRecord(tmp_path / "calls.sqlite").close()
    assert (tmp_path / "calls.sqlite").stat().st_mode & 0o077 == 0


WRITER = """
import sys
from pathlib import Path
from escs.runtime.engines.record import CallRecord, Row
from escs.runtime.task import Answered
record = CallRecord(Path(sys.argv[1]))
for number in range(100000):
    record.put(f"key-{number}", "t", Row.of(Answered("x", "e")))
    print(number, flush=True)
"""


def test_kill_loses_nothing_that_was_said_to_be_recorded(tmp_path: Path) -> None:
    """After `kill -9` in the middle of writing, every acknowledged answer is there and the file opens."""
    path = tmp_path / "calls.sqlite"
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    last = -1
    while last < 200:
        last = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    rest = process.stdout.read().split("\n")
    process.wait()
    process.stdout.close()
    done = max([last, *(int(line) for line in rest[:-1] if line.isdigit())])
    record = CallRecord(path)
    assert all(record.get(f"key-{number}") for number in range(done + 1))
    record.close()
