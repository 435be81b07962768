"""Message Batches: the same calls at half the price, for work in which nobody waits for the single answer.

Calls that come together are sent together; a batch takes minutes, at most a day. Which batches are under way stands in a file,
so that a command that was stopped picks up their answers instead of paying for them again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from escs.runtime.engines.claude import ClaudeEngine, _Call, _End, _stopped, _usage
from escs.runtime.engines.faults import fault_of
from escs.runtime.errors import EngineUnavailable, StorageError
from escs.runtime.task import Usage

QUIET = 0.5  # seconds without a new call after which what has come is sent
MOST = 5_000  # calls of one batch; the server takes 100,000 or 256 MB
POLLS = (2.0, 60.0)  # seconds between looks at a batch, at first and at most
GONE = 404
TRIES = 3  # of a call that the server says it could not answer


class BatchEngine(ClaudeEngine):
    """Claude by batches. Answers are the same as without, so they share the call record."""

    discount = 0.5
    """What is paid of the price of a single call (docs.anthropic.com, Message Batches)."""

    def __init__(self, single: ClaudeEngine, under_way: Path | None = None) -> None:
        """Like `single`, by batches. `under_way` is the file in which batches are noted; None: they are not."""
        super().__init__(single.name, base_url=single.base_url, patience=single.patience)
        self._api_key, self._auth_token = single._api_key, single._auth_token
        self._under_way = under_way
        self._waiting: dict[str, tuple[dict[str, Any], asyncio.Future[Any]]] = {}
        self._sender: asyncio.Task[None] | None = None
        self._watched: set[asyncio.Task[None]] = set()
        self._came = asyncio.Event()
        self._known: dict[str, str] = self._read()  # custom id → batch that is under way
        self._wanted: dict[str, dict[str, asyncio.Future[Any]]] = {}  # batch → custom id → who waits

    async def _events(self, call: _Call, *, whole: bool) -> AsyncGenerator[str | _End, None]:
        """The answer as one piece, then how it ended."""
        for attempt in range(1, TRIES + 1):
            sent = self._able
            request = self._request(call, sent)
            result = await self._answer(request, attempt)
            if result.type == "succeeded":
                message = result.message
                yield "".join(block.text for block in message.content if block.type == "text")
                yield _End(_stopped(message.stop_reason, "end"), _usage(message.usage, Usage()))
                return
            said = getattr(getattr(getattr(result, "error", None), "error", None), "message", "") or result.type
        raise EngineUnavailable(f"{self.name} gave no answer in a batch: {str(said)[:200]}.")

    async def _answer(self, request: dict[str, Any], attempt: int) -> Any:
        """The result of one request, of a batch under way or of the next one."""
        name = hashlib.sha256(json.dumps([request, attempt], sort_keys=True).encode()).hexdigest()[:60]
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if name in self._waiting:
            return await asyncio.shield(self._waiting[name][1])
        batch = self._known.get(name)
        if batch is not None:
            if batch not in self._wanted:
                self._wanted[batch] = {}
                self._start(self._watch(batch))
            future = self._wanted[batch].setdefault(name, future)
            return await asyncio.shield(future)
        self._waiting[name] = (request, future)
        self._came.set()
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())
        return await asyncio.shield(future)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._watched.add(task)
        task.add_done_callback(self._watched.discard)

    async def _send(self) -> None:
        """Send what has come, once nothing more comes."""
        while self._waiting:
            self._came.clear()
            try:
                async with asyncio.timeout(QUIET):
                    await self._came.wait()
                if len(self._waiting) < MOST:
                    continue
            except TimeoutError:
                pass
            some, self._waiting = self._waiting, {}
            futures = {name: future for name, (_, future) in some.items()}
            try:
                made = await self._ready().messages.batches.create(
                    requests=[{"custom_id": name, "params": request} for name, (request, _) in some.items()]  # type: ignore[typeddict-item]
                )
            except Exception as error:  # noqa: BLE001 - whatever failed, whoever waits must hear of it
                _fail(futures, EngineUnavailable(f"{self.name} took no batch: {fault_of(error).sentence}."))
                continue
            self._known |= dict.fromkeys(some, made.id)
            self._write()
            self._wanted[made.id] = futures
            self._start(self._watch(made.id))

    async def _watch(self, batch: str) -> None:
        """Wait for a batch and hand its results out."""
        pause = POLLS[0]
        try:
            while (await self._ready().messages.batches.retrieve(batch)).processing_status != "ended":
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, POLLS[1])
            wanted = self._wanted[batch]
            async for row in await self._ready().messages.batches.results(batch):
                future = wanted.pop(row.custom_id, None)
                if future is not None and not future.done():
                    future.set_result(row.result)
            _fail(wanted, EngineUnavailable(f"{self.name}: the batch {batch} holds no answer to this call."))
            self._forget(batch)
        except Exception as error:  # noqa: BLE001 - whatever failed, whoever waits must hear of it
            sentence = f"The batch {batch} cannot be had: {fault_of(error).sentence}."
            _fail(self._wanted.pop(batch, {}), EngineUnavailable(sentence))
            if getattr(error, "status_code", None) == GONE:
                self._forget(batch)  # else it stays noted: its answers may still be had

    def _forget(self, batch: str) -> None:
        self._wanted.pop(batch, None)
        self._known = {name: other for name, other in self._known.items() if other != batch}
        self._write()

    def _read(self) -> dict[str, str]:
        if self._under_way is None or not self._under_way.exists():
            return {}
        try:
            return dict(json.loads(self._under_way.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise StorageError(
                f"{self._under_way} cannot be read ({error}); delete it to pay for open batches again."
            ) from error

    def _write(self) -> None:
        if self._under_way is not None:
            draft = self._under_way.with_suffix(".new")
            try:
                draft.write_text(json.dumps(self._known), encoding="utf-8")
                draft.replace(self._under_way)
            except OSError as error:
                raise StorageError(f"{self._under_way} cannot be written ({error.strerror}).") from error

    async def close(self) -> None:
        """Stop waiting; batches that are under way go on at the server, and their answers can be had later."""
        for task in [*self._watched, *([self._sender] if self._sender else [])]:
            task.cancel()
        await super().close()


def _fail(futures: dict[str, asyncio.Future[Any]], error: EngineUnavailable) -> None:
    for future in futures.values():
        if not future.done():
            future.set_exception(error)
            future.exception()  # nobody waiting is no fault
