"""Runs that end because the budget is spent: said, with nothing paid for in vain, and gone on with as if nothing had been."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from escs.evolve.simulate.many import Job, side_by_side
from escs.evolve.simulate.profiles import SHIPPED, usable
from escs.evolve.simulate.protocol import Setting, roll_out
from escs.evolve.simulate.replied import Replied
from escs.evolve.simulate.rollout import Rollout
from escs.evolve.simulate.supporters import BankParty
from escs.runtime.bank.bank import Bank
from escs.runtime.cli import escs
from escs.runtime.engines.budget import BudgetSpentError
from escs.runtime.engines.offline import OfflineEngine
from escs.runtime.errors import EngineUnavailable, EscsError, StorageError
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.task import Answered
from people import CUED, TOM, TRAPPED
from test_runs_survive import command, fake, met

BUDGET = 8_000  # tokens, a few calls at their worst; the fake server takes 930 a call


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A fake server, and the environment that points at it."""
    with fake() as port:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{port}")
        yield port


def run(folder: Path, *more: str) -> Result:
    """A small run with a model."""
    return CliRunner().invoke(escs, [*command(folder, profiles=1)[3:], *more])


def told(folder: Path) -> dict[str, Any]:
    """What `run.json` says."""
    info: dict[str, Any] = json.loads((folder / "run" / "run.json").read_text(encoding="utf-8"))
    return info


def test_stopped_by_its_budget_again_and_again_a_run_pays_for_every_call_once(port: int, tmp_path: Path) -> None:
    """Each time it says so and gets further; it ends with the same bytes as one without a bound, and with its cost."""
    for name in ("whole", "bounded"):
        (tmp_path / name).mkdir()
    assert run(tmp_path / "whole").exit_code == 0
    needed, asked = met(port), 0
    while isinstance(stopped := run(tmp_path / "bounded", "--max-tokens", str(BUDGET)).exception, BudgetSpentError):
        assert stopped.exit_code == 1
        assert told(tmp_path / "bounded")["status"] == "stopped"
        assert met(port) - needed > asked, "it did not get further"
        asked = met(port) - needed
    assert stopped is None
    assert 0 < asked < needed
    assert met(port) == 2 * needed
    assert told(tmp_path / "bounded")["status"] == "done"
    dialogues = [(tmp_path / name / "run" / "dialogues.jsonl").read_bytes() for name in ("whole", "bounded")]
    assert dialogues[0] == dialogues[1]
    costs = [told(tmp_path / name)["cost"] for name in ("whole", "bounded")]
    assert [cost["calls"] for cost in costs] == [needed, needed]
    assert costs[0]["input"] == costs[1]["input"] == 900 * needed


def test_an_evaluation_that_went_on_tells_what_it_cost_from_the_start(port: int, tmp_path: Path) -> None:
    """The tokens of all sessions stand in the table, and none where nothing was asked this time."""
    options = [
        "eval", "dialogues", "--arms", "none", "--profile", usable(SHIPPED, "test")[0].name, "--turns", "2", "--repeats", "2",
        "--engine", "fake-model", "--record", str(tmp_path / "calls.sqlite"), "--out", str(tmp_path / "out"), "--json",
    ]  # fmt: skip
    assert isinstance(CliRunner().invoke(escs, [*options, "--max-tokens", "4000"]).exception, BudgetSpentError)
    assert met(port) > 0
    for _ in range(2):
        done = CliRunner().invoke(escs, options)
        assert done.exit_code == 0, done.output
        rows = {row["measure"]: row["none"] for row in json.loads(done.stdout)["rows"]}
        assert rows["thousand tokens"] == pytest.approx(met(port) * 0.93)


class Ending:
    """An engine that has something to say against one task, and counts what it is asked."""

    name, key = "ending", {"model": "ending"}

    def __init__(self, task: str, error: Exception) -> None:
        self.task, self.error, self.asked = task, error, list[str]()

    async def ask(self, task: Any, inputs: Any, *, sample: int = 0) -> Answered[Any]:
        self.asked.append(task.name)
        if task.name == self.task:
            raise self.error
        return Answered(task.rule(inputs), self.name)


@pytest.mark.parametrize("error", [BudgetSpentError("spent"), StorageError("the disk is full")])
@pytest.mark.parametrize("task", ["read-state", "reply"])
async def test_what_must_end_the_run_in_a_call_of_the_bank_ends_it(task: str, error: EscsError) -> None:
    """A turn is answered whatever happens to its engine, but the dialogue is not held on, and nothing more is asked."""
    engine = Ending(task, error)
    party = BankParty(Bank(SHIPPED_BANK, cached=False), engine)  # type: ignore[arg-type]
    with pytest.raises(type(error), match=str(error)):
        await roll_out(TOM, 1, Setting(party, OfflineEngine()))
    assert engine.asked[-1] == task
    assert engine.asked.count(task) == 1


async def test_another_failure_of_the_engine_stays_a_technical_ending() -> None:
    """It speaks of one dialogue, and the run goes on."""
    party = BankParty(Bank(SHIPPED_BANK, cached=False), Ending("reply", EngineUnavailable("away")))  # type: ignore[arg-type]
    rollout = await roll_out(TOM, 1, Setting(party, OfflineEngine()))
    assert (rollout.ended, "away" in rollout.fault) == ("technical", True)


class Failing:
    """A supporter who takes longer with each seed, and meets an error with the second and the fourth."""

    name, bank = "failing", ""

    def __init__(self, error: Exception) -> None:
        self.error, self.begun = error, list[int]()

    def begin(self, sample: int) -> Waiting:
        self.begun.append(sample)
        return Waiting(sample, self.error if sample in (2, 4) else None)


class Waiting:
    """One of its dialogues, which waits so many times before each reply."""

    def __init__(self, times: int, error: Exception | None) -> None:
        self.times, self.error = times, error

    async def reply(self, text: str) -> Replied:
        for _ in range(self.times):
            await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return Replied("I see.")

    def instead(self, text: str) -> None:
        """Nothing follows."""


@pytest.mark.parametrize("error", [BudgetSpentError("spent"), StorageError("full"), ValueError("a fault of ours")])
async def test_after_an_error_what_is_under_way_is_finished_and_nothing_begins(error: Exception) -> None:
    """The dialogues that were held come before the error, however they end beside it, and no exception is left behind."""
    left: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: left.append(context))
    party = Failing(error)
    planned: list[Job] = [(CUED, 1), (TOM, 2), (TRAPPED, 3), (TOM, 4), (TOM, 5), (TOM, 6)]
    found: list[Rollout] = []

    async def take() -> None:
        async for rollout in side_by_side(Setting(party, OfflineEngine(), 1), planned, concurrency=4):
            found.append(rollout)

    with pytest.raises(type(error)):
        await take()
    assert {rollout.seed for rollout in found} >= {1, 3}
    assert {*party.begun} == {2, 4} | {rollout.seed for rollout in found}
    assert 6 not in party.begun
    assert left == []
