"""The call record: what was answered is never asked again, errors are never answers, and `kill -9` loses nothing done."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from escs.runtime.engines.record import Budget, BudgetSpent, CallRecord, Recorded, call_key
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
    key = {"model": "counting"}

    def __init__(self) -> None:
        self.asked = 0
        self.fail = False

    async def ask(self, task: Task[Any, Any], inputs: Any, *, sample: int = 0) -> Answered[Any]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.fail:
            raise EngineUnavailable("scripted")
        return Answered(task.rule(inputs), self.name, Usage(10, 5))

    async def stream(self, task: Task[Any, str], inputs: Any, *, sample: int = 0) -> AsyncIterator[Piece]:
        yield Piece(done=await self.ask(task, inputs, sample=sample))

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
    """What is spent is counted, and a call that may not be paid is not made; recorded ones still answer."""
    engine = Counting()
    recorded = Recorded(engine, CallRecord(), Budget(tokens=25))
    await recorded.ask(READ_STATE, inputs("a"))
    await recorded.ask(READ_STATE, inputs("b"))
    with pytest.raises(BudgetSpent, match="used up"):
        await recorded.ask(READ_STATE, inputs("c"))
    await recorded.ask(READ_STATE, inputs("a"))
    assert engine.asked == 2


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
from escs.runtime.engines.record import CallRecord
from escs.runtime.task import Answered
record = CallRecord(Path(sys.argv[1]))
for number in range(100000):
    record.put(f"key-{number}", "t", Answered("x", "e"), '"x"')
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
