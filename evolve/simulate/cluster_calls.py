"""Calls from many machines to the one writer of the call record.

Workers make the calls themselves; whether one is known already, may be paid, and what it brought goes by letter to the
process that has the record and the budget. So no recorded call is paid twice, the same call is asked once at a time over
all machines, and the budget is one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from escs.runtime.engines.call_file import Row
from escs.runtime.engines.till import OwnTill, Wanted
from escs.runtime.errors import EngineError, EngineUnavailable, EscsError


@dataclass(frozen=True, slots=True)
class Asked:
    """Is this known? The answer is a row, or None for whoever pays, at once."""

    owner: str  # the dialogue that asks
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Paid:
    """What a paid call brought."""

    owner: str
    key: str
    row: Row


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A call that brought nothing; without an error it was stopped, and whoever waits for it asks anew."""

    owner: str
    key: str
    error: EngineError | None = None


Letter = Asked | Paid | GivenUp
Post = Callable[[Letter], Awaitable[Any]]
"""Sends a letter and brings the reply, which may be an error to raise."""

dialogue: ContextVar[str] = ContextVar("dialogue", default="")
"""The dialogue that is being held, as the owner of its calls."""


class FarTill:
    """The till as a worker has it."""

    def __init__(self, post: Post) -> None:
        self._post = post

    async def known(self, wanted: Wanted) -> Row | None:
        """The answer where there is one; None: this worker pays."""
        row: Row | None = await self._sent(Asked(dialogue.get(), wanted))
        return row

    @asynccontextmanager
    async def paying(self, wanted: Wanted) -> AsyncIterator[list[Row]]:
        """Around one paid call, which `known` has opened."""
        owner, rows = dialogue.get(), list[Row]()
        try:
            yield rows
            if not rows:
                raise EngineUnavailable(f"{wanted.name} stopped without an answer.")
        except BaseException as error:
            await self._sent(GivenUp(owner, wanted.key, error if isinstance(error, EngineError) else None))
            raise
        await self._sent(Paid(owner, wanted.key, rows[0]))

    async def _sent(self, letter: Letter) -> Any:
        reply = await self._post(letter)
        if isinstance(reply, EscsError):
            raise reply
        return reply


@dataclass(slots=True)
class Desk:
    """Answers letters, one till behind it."""

    till: OwnTill
    _open: dict[tuple[str, str], tuple[AbstractAsyncContextManager[list[Row]], list[Row]]] = field(default_factory=dict)
    _asking: dict[str, set[asyncio.Task[Any]]] = field(default_factory=dict)  # by dialogue, what waits for an answer

    async def reply(self, letter: Letter) -> Row | EscsError | None:
        """The reply to a letter; what cannot be done is replied as the error that says so."""
        try:
            if isinstance(letter, Asked):
                return await self._asked(letter)
            if isinstance(letter, Paid):
                await self._paid(letter)
            else:
                await self._end(letter.owner, letter.key, letter.error or asyncio.CancelledError())
        except EscsError as error:
            return error
        return None

    async def lost(self, owner: str) -> None:
        """Give up the calls of a dialogue whose worker is gone, those that wait for an answer or for room too."""
        for task in self._asking.get(owner, ()):
            task.cancel()
        for holder, key in [name for name in self._open if name[0] == owner]:
            await self._end(holder, key, asyncio.CancelledError())

    async def _asked(self, letter: Asked) -> Row | None:
        task = asyncio.current_task()
        assert task is not None
        self._asking.setdefault(letter.owner, set()).add(task)
        try:
            row = await self.till.known(letter.wanted)
            if row is None:  # it is under way before anything is awaited, so nobody else can begin the same call
                paying = self.till.paying(letter.wanted)
                self._open[letter.owner, letter.wanted.key] = (paying, await paying.__aenter__())
            return row
        finally:
            self._asking[letter.owner].discard(task)
            if not self._asking[letter.owner]:
                del self._asking[letter.owner]

    async def _paid(self, letter: Paid) -> None:
        paying, rows = self._open.pop((letter.owner, letter.key))
        rows.append(letter.row)
        await paying.__aexit__(None, None, None)

    async def _end(self, owner: str, key: str, error: BaseException) -> None:
        found = self._open.pop((owner, key), None)
        if found is not None:
            await found[0].__aexit__(type(error), error, None)
