"""What a fault of an engine looks like where units are labelled: the fault itself, and no group of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from escs.evolve.discover.corpora import Account, read_corpora
from escs.evolve.discover.label import units_of
from escs.runtime.engines.budget import BudgetSpentError
from escs.runtime.engines.offline import OfflineEngine
from escs.runtime.errors import EngineUnavailable, EscsError
from escs.runtime.task import Answered, Task
from talks import write_talks


class Broken(OfflineEngine):
    """A model that cannot be asked."""

    def __init__(self, fault: EscsError) -> None:
        super().__init__()
        self.fault = fault

    @property
    def name(self) -> str:
        """Not offline."""
        return "some-model"

    async def ask(self, task: Task[Any, Any], inputs: Any, *, sample: int = 0) -> Answered[Any]:
        """The fault."""
        raise self.fault


@pytest.mark.parametrize("fault", [EngineUnavailable("the connection failed"), BudgetSpentError("all is spent")])
def test_a_fault_of_the_engine_is_raised_as_it_is(fault: EscsError, tmp_path: Path) -> None:
    """So that it is one sentence for people, with its own exit code."""
    corpus = write_talks(tmp_path / "talks.jsonl", dialogues=4)

    async def work() -> None:
        async for _ in units_of(read_corpora([corpus], Account()), Broken(fault), Counter()):
            pass

    with pytest.raises(type(fault), match=str(fault)):
        asyncio.run(work())
