"""Claude, or any server that speaks the Anthropic Messages API: streaming, typed answers, caching, bounded patience.

There is one layer of retries, ours, so that a deadline holds and the person sees why nothing comes. What a server turns
out not to know (structured outputs, cache marks, effort) is left out from then on.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from escs.runtime.engines.answers import OutOfBoundsError, instruction, parse, server_schema
from escs.runtime.engines.faults import CutOffError, Fault, fault_of
from escs.runtime.engines.hosts import ANTHROPIC, is_loopback
from escs.runtime.engines.patience import Attempts, OnWait, Patience
from escs.runtime.engines.prompt import Prompt, layout
from escs.runtime.errors import AnswerInvalid, EngineRefused, EngineUnavailable
from escs.runtime.task import Answered, Piece, Task, Usage

if TYPE_CHECKING:
    import anthropic

Inputs = TypeVar("Inputs")
Answer = TypeVar("Answer")

DEFAULT_MODEL = "claude-sonnet-5-5"
CONNECTIONS = 1024  # at once at most: the concurrency of a run bounds them before
ROOM_TO_THINK = 8192  # tokens: thinking counts as output; the prompt is what keeps replies short
TORN = 3  # times that an answer which is no JSON is asked for again from a server that knows better
IN_WORDS = 2  # attempts at a typed answer without structured outputs


@dataclass(slots=True)
class _Abilities:
    """What a server is known to take, or believed to until it says otherwise."""

    structured: bool = True
    proven: bool = False  # an answer held to its schema once: one that does not is a fault, not this server's way
    marks: bool = True
    effort: bool = True
    unusable: set[str] = field(default_factory=set)  # tasks whose last typed answer did not fit at any attempt


_known: dict[tuple[str, str], _Abilities] = {}
"""By base URL and model: what one engine has learnt serves the next in this process."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One call as it is asked: the prompt, and what an earlier answer to it lacked."""

    task: Task[Any, Any]
    prompt: Prompt
    limit: int
    complaint: str = ""


@dataclass(frozen=True, slots=True)
class _End:
    """How an answer stopped, and what it took."""

    stopped: str  # end, length or refusal
    usage: Usage


class ClaudeEngine:
    """Answers tasks over the Messages API.

    `base_url` comes from ANTHROPIC_BASE_URL where it is None, the key from ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN
    where neither `api_key` nor `auth_token` is given. Nothing is read from anywhere else, so that `base_url` always says where words go. `on_wait` is told, in
    one sentence, when an attempt failed and another will be made. Neither redirects nor, on this computer, proxies
    are followed.
    """

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        auth_token: str | None = None,
        patience: Patience | None = None,
        on_wait: OnWait | None = None,
    ) -> None:
        self.name = model
        self.base_url = (base_url or os.environ.get("ANTHROPIC_BASE_URL") or ANTHROPIC).rstrip("/")
        self.patience = patience or Patience()
        self.on_wait = on_wait
        if not api_key and not auth_token:
            api_key, auth_token = (os.environ.get(f"ANTHROPIC_{name}") for name in ("API_KEY", "AUTH_TOKEN"))
        self._api_key, self._auth_token = api_key, None if api_key else auth_token
        self._able = _known.setdefault((self.base_url, model), _Abilities())
        self._client: anthropic.AsyncAnthropic | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._was_late = False

    @property
    def key(self) -> dict[str, str]:
        """What makes an answer this engine's: the model and the server. There are no drawing parameters to set."""
        return {"model": self.name, "base_url": self.base_url}

    def warm(self) -> None:
        """Import and prepare what the first call needs; meant for a thread, while the person types."""
        import pydantic  # noqa: F401

        self._client = self._client or self._connect()

    def _connect(self) -> anthropic.AsyncAnthropic:
        if not self._api_key and not self._auth_token:
            raise EngineUnavailable("No key for Claude: set ANTHROPIC_API_KEY, or use --engine offline.")
        import logging

        import anthropic
        import httpx2

        for logger in ("anthropic", "httpx2"):  # their debug logs hold whole requests, whatever ANTHROPIC_LOG says
            logging.getLogger(logger).setLevel(logging.WARNING)
        local = is_loopback(self.base_url)  # where a model may read for long before its first word
        silence = self.patience.deadline if local else self.patience.silence
        timeout = httpx2.Timeout(silence, connect=min(10.0, silence))
        limits = httpx2.Limits(max_connections=CONNECTIONS)
        http: httpx2.AsyncClient
        if self.patience.many and find_spec("aiohttp"):  # a call costs half the processor time there
            http = anthropic.DefaultAioHttpClient(
                timeout=timeout, trust_env=not local, follow_redirects=False, limits=limits
            )
        elif local:  # a proxy set in the environment would carry the words off this computer
            http = httpx2.AsyncClient(timeout=timeout, trust_env=False, limits=limits)
        else:
            http = anthropic.DefaultAsyncHttpxClient(timeout=timeout, follow_redirects=False, limits=limits)
        try:
            return anthropic.AsyncAnthropic(
                api_key=self._api_key, auth_token=self._auth_token, base_url=self.base_url, http_client=http,
                max_retries=0, timeout=timeout, open_telemetry=False,
            )  # fmt: skip
        except (anthropic.AnthropicError, ValueError, TypeError) as error:
            raise EngineUnavailable(f"{self.name} cannot be set up: {fault_of(error).sentence}.") from error

    def _ready(self) -> anthropic.AsyncAnthropic:
        """The client of the running event loop; connections do not outlive the loop they were made in."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop not in (None, loop):
            self._client = self._connect()
        self._loop = loop
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None and self._loop in (None, asyncio.get_running_loop()):
            await client.close()

    def _limit(self, task: Task[Any, Any]) -> int:
        """Tokens of one answer at most. Claude may think before it writes; a small model would only ramble."""
        return task.max_tokens + (ROOM_TO_THINK if self._is_claude else 0)

    @property
    def _is_claude(self) -> bool:
        return self.name.startswith("claude-")

    async def ask(self, task: Task[Inputs, Answer], inputs: Inputs, *, sample: int = 0) -> Answered[Answer]:
        """Answer one task; a typed answer is checked, and asked for again with the complaint where it does not fit."""
        began = perf_counter()
        call = _Call(task, layout(task, inputs), self._limit(task))
        usage, in_words, torn = Usage(), 0, 0
        at_most = 1 if task.name in self._able.unusable else IN_WORDS  # hope costs a person's time at every turn
        while True:
            structured = self._able.structured and task.answer is not str
            text, end = await self._whole(call, usage)
            usage = usage + end.usage
            try:
                value = text if task.answer is str else parse(task.answer, text)
                if not text.strip():
                    raise AnswerInvalid("The answer was empty.")
                self._able.unusable.discard(task.name)
                self._able.proven = self._able.proven or structured
                return Answered(value, self.name, usage, perf_counter() - began, end.stopped)  # type: ignore[arg-type]
            except AnswerInvalid as error:
                garbled = structured and end.stopped != "length" and not isinstance(error, OutOfBoundsError)
                if garbled and torn < (TORN if self._able.proven else self.patience.many):
                    torn += 1  # cut or garbled on its way: the same again
                    continue
                in_words += not structured or isinstance(error, OutOfBoundsError)
                if in_words >= at_most:
                    self._able.unusable.add(task.name)
                    invalid = AnswerInvalid(f"{self.name} gave no usable answer to `{task.name}`: {error}")
                    invalid.spent = usage
                    raise invalid from error
                if end.stopped == "length" and self._is_claude:
                    in_words += structured
                    call = replace(call, limit=call.limit * 2)
                elif structured and not isinstance(error, OutOfBoundsError):
                    self._able.structured = False  # the server takes schemas and does not hold to them
                call = replace(call, complaint="" if task.answer is str else str(error))

    async def _whole(self, call: _Call, before: Usage) -> tuple[str, _End]:
        """A whole answer. Nobody has seen a part of it, so a fault in its middle is met by another attempt."""
        parts: list[str] = []
        async with aclosing(self._events(call, whole=True)) as events:
            async for event in events:
                if isinstance(event, _End):
                    if event.stopped == "refusal":
                        raise self._refusal(before + event.usage)
                    return "".join(parts), event
                parts.append(event)
        raise EngineUnavailable(f"{self.name} broke off in mid-answer.")

    def _refusal(self, spent: Usage) -> EngineRefused:
        refused = EngineRefused(f"{self.name} declined to answer.")
        refused.spent = spent
        return refused

    async def stream(self, task: Task[Inputs, str], inputs: Inputs, *, sample: int = 0) -> AsyncIterator[Piece]:
        """Answer a prose task piece by piece. Raises before the first piece where the server cannot be had, and after
        the last that came where it broke off or the model declined to go on."""
        began = perf_counter()
        call = _Call(task, layout(task, inputs), self._limit(task))
        parts: list[str] = []
        usage = Usage()
        for limit in (call.limit, call.limit * 2):  # where all of it went into thinking, once more with more room
            stopped = ""
            async with aclosing(self._events(replace(call, limit=limit), whole=False)) as events:
                async for event in events:
                    if isinstance(event, _End):
                        stopped, usage = event.stopped, usage + event.usage
                    else:
                        parts.append(event)
                        yield Piece(event)
            if stopped == "refusal":
                raise self._refusal(usage)
            if "".join(parts).strip():
                yield Piece(done=Answered("".join(parts), self.name, usage, perf_counter() - began, stopped))
                return
            if stopped != "length":
                break
        empty = AnswerInvalid(f"{self.name} gave an empty answer.")
        empty.spent = usage
        raise empty

    async def _events(self, call: _Call, *, whole: bool) -> AsyncGenerator[str | _End, None]:
        """Text as it comes, then how it ended. Attempts are repeated until the first text is handed on: with `whole`,
        that is when all of it is there."""
        patience = self.patience.tired() if self._was_late else self.patience
        attempts = Attempts(self.name, patience, self.on_wait)
        while True:
            sent = replace(self._able)
            started = False
            try:
                async with aclosing(self._once(call, sent)) as events:
                    ended = False
                    while not ended:
                        async with asyncio.timeout_at(attempts.ends):  # one clock around all of it, or around each part
                            came = [event async for event in events] if whole else [await anext(events)]
                        started = True
                        for event in came:
                            ended = isinstance(event, _End)
                            self._was_late = self._was_late and not ended
                            yield event
                    return
            except EngineUnavailable:
                raise
            except TimeoutError as error:
                self._was_late = True
                late = self._broken(Fault("it took too long", False)) if started else attempts.too_late()
                raise late from error
            except Exception as error:
                fault = fault_of(error)
                if started:
                    raise self._broken(fault) from error
                if not self._unlearn(fault, sent):
                    await attempts.after(fault)

    def _broken(self, fault: Fault) -> EngineUnavailable:
        return EngineUnavailable(f"{self.name} broke off in mid-reply: {fault.sentence}.")

    def _unlearn(self, fault: Fault, sent: _Abilities) -> bool:
        """Leave out what the server says it does not know; True where that is something this attempt had sent."""
        said = fault.rejected
        if sent.effort and self._is_claude and "effort" in said:
            self._able.effort = False
            return True
        if sent.marks and "cache_control" in said:
            self._able.marks = False
            return True
        if sent.structured and any(word in said for word in ("output_config", "output_format", "schema")):
            self._able.structured = self._able.effort = False
            return True
        return False

    async def _once(self, call: _Call, able: _Abilities) -> AsyncGenerator[str | _End, None]:
        """One attempt. Blocks and events of kinds we do not know are passed over."""
        stream = await self._ready().messages.create(**self._request(call, able), stream=True)
        usage, stopped, begun = Usage(), "end", False
        async with stream:
            async for event in stream:
                kind = getattr(event, "type", "")
                delta = getattr(event, "delta", None)
                if kind == "message_start":
                    begun = True
                    usage = _usage(getattr(getattr(event, "message", None), "usage", None), usage)
                elif kind == "content_block_start":
                    block = getattr(event, "content_block", None)
                    if getattr(block, "type", "") == "text" and getattr(block, "text", ""):
                        yield _sound(getattr(block, "text", ""))
                elif kind == "content_block_delta" and getattr(delta, "type", "") == "text_delta":
                    if text := getattr(delta, "text", ""):
                        yield _sound(text)
                elif kind == "message_delta":
                    usage = _usage(getattr(event, "usage", None), usage)
                    stopped = _stopped(getattr(delta, "stop_reason", None), stopped)
                elif kind == "message_stop":
                    yield _End(stopped, usage)
                    return
        if begun:
            raise CutOffError("the connection was cut before the answer was complete")
        raise CutOffError("it does not answer in the way of the Messages API")

    def _request(self, call: _Call, able: _Abilities) -> dict[str, Any]:
        typed = call.task.answer is not str
        messages: list[dict[str, Any]] = [
            {"role": said.role, "content": [{"type": "text", "text": block} for block in said.blocks]}
            for said in call.prompt.messages
        ]
        last: list[dict[str, Any]] = messages[-1]["content"]
        if able.marks and len(last) > 1:
            last[-2]["cache_control"] = {"type": "ephemeral"}
        if typed and not able.structured:
            last.append({"type": "text", "text": instruction(call.task.answer)})
        if call.complaint:
            last.append({"type": "text", "text": f"Your last answer could not be used: {call.complaint} Answer again."})
        output: dict[str, Any] = {}
        if typed and able.structured:
            output["format"] = {"type": "json_schema", "schema": server_schema(call.task.answer)}
        if able.effort and self._is_claude:
            output["effort"] = call.task.effort
        request = {"model": self.name, "max_tokens": call.limit, "system": call.prompt.system, "messages": messages}
        return request | ({"output_config": output} if output else {})


def _usage(found: Any, before: Usage) -> Usage:
    """The server's counts as ours: `input` holds plain tokens, cache writes and cache reads together."""
    counts = [getattr(found, name, None) for name in _COUNTS]
    plain, cached, written, output = (count if isinstance(count, int) and count >= 0 else None for count in counts)
    cached, written = max(before.cached, cached or 0), max(before.written, written or 0)
    whole = before.input if plain is None else max(before.input, plain + cached + written)
    return Usage(whole, before.output if output is None else output, cached, written)


_COUNTS = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")


def _stopped(reason: Any, before: str) -> str:
    known = {"max_tokens": "length", "model_context_window_exceeded": "length", "refusal": "refusal"}
    return known.get(reason, "end") if isinstance(reason, str) else before


def _sound(text: str) -> str:
    """The text without halves of characters, which nothing can print or store."""
    return text.encode("utf-8", "replace").decode("utf-8") if isinstance(text, str) else ""
