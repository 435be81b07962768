"""The offline engine: no model, every task is answered by its own rule, in microseconds and always the same way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from time import perf_counter
from typing import TypeVar

from escs.runtime.task import Answered, Piece, Task

Inputs = TypeVar("Inputs")
Answer = TypeVar("Answer")


class OfflineEngine:
    """Answers by rules. It holds no state, so one instance serves any number of conversations."""

    name = "offline"
    key = {"model": "offline"}  # noqa: RUF012 - a constant of the protocol, never changed

    async def ask(self, task: Task[Inputs, Answer], inputs: Inputs, *, sample: int = 0) -> Answered[Answer]:
        """The task's rule, applied to its inputs."""
        began = perf_counter()
        value = task.rule(inputs)
        return Answered(value, self.name, seconds=perf_counter() - began)

    async def stream(self, task: Task[Inputs, str], inputs: Inputs, *, sample: int = 0) -> AsyncIterator[Piece]:
        """The rule's whole text as one piece."""
        answered = await self.ask(task, inputs, sample=sample)
        yield Piece(answered.value)
        yield Piece(done=answered)

    async def close(self) -> None:
        """Nothing to let go of."""
