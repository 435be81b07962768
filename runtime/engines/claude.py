"""Claude, or any server that speaks the Anthropic Messages API: streaming, typed answers, caching, bounded patience.

There is one layer of retries, ours, so that a deadline holds and the person sees why nothing comes. What a server turns
out not to know (structured outputs, cache marks) is left out from then on.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from escs.runtime.engines.answers import instruction, parse, server_schema
from escs.runtime.engines.prompt import Prompt, layout
from escs.runtime.errors import AnswerInvalid, EngineRefused, EngineUnavailable
from escs.runtime.task import Answered, Piece, Task, Usage

if TYPE_CHECKING:
    import anthropic

Inputs = TypeVar("Inputs")
Answer = TypeVar("Answer")

DEFAULT_MODEL = "claude-sonnet-5-5"
ATTEMPTS = 4  # of one call, the first included
LONGEST_WAIT = 30.0  # seconds between two attempts, whatever `retry-after` asks for
DEADLINE = 120.0  # seconds for one call with all its attempts
SILENCE = 60.0  # seconds without a byte
FEWEST_TOKENS = 4096  # room for models that think before they write; the prompt keeps replies short

OnWait = Callable[[str], None]


class ClaudeEngine:
    """Answers tasks over the Messages API.

    `base_url` and `api_key` come from the environment where they are None, as the SDK reads them. `on_wait` is told,
    in one sentence, when an attempt failed and another will be made.
    """

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        deadline: float = DEADLINE,
        silence: float = SILENCE,
        attempts: int = ATTEMPTS,
        on_wait: OnWait | None = None,
    ) -> None:
        self.name = model
        self.base_url = base_url
        self.on_wait = on_wait
        self._api_key = api_key
        self._deadline, self._silence, self._attempts = deadline, silence, attempts
        self._structured = True  # whether the server takes `output_config.format`, as far as is known
        self._marks = True  # whether it takes cache marks
        self._client: anthropic.AsyncAnthropic | None = None

    @property
    def key(self) -> dict[str, str]:
        """What makes an answer this engine's: the model and the server."""
        return {"model": self.name, "base_url": self.base_url or "https://api.anthropic.com"}

    def warm(self) -> None:
        """Import and connect what the first call needs; meant for a thread, while the person types."""
        import pydantic  # noqa: F401

        self._connect()

    def _connect(self) -> anthropic.AsyncAnthropic:
        if self._client is None:
            import anthropic

            try:
                self._client = anthropic.AsyncAnthropic(
                    api_key=self._api_key, base_url=self.base_url, max_retries=0, timeout=self._silence
                )
            except anthropic.AnthropicError as error:
                raise EngineUnavailable(f"Claude cannot be set up: {_sentence(error)}") from error
        return self._client

    def _limit(self, task: Task[Any, Any]) -> int:
        """Tokens of one answer at most: Claude may think before it writes, small local models only ramble."""
        return max(task.max_tokens, FEWEST_TOKENS) if self.name.startswith("claude-") else task.max_tokens

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def ask(self, task: Task[Inputs, Answer], inputs: Inputs, *, sample: int = 0) -> Answered[Answer]:
        """Answer one task; a typed answer is checked, and asked for once more where it does not fit."""
        began = perf_counter()
        prompt = layout(task, inputs)
        usage = Usage()
        complaint, limit = "", self._limit(task)
        for _ in range(3):
            text, stopped, spent = await self._whole(task, prompt, complaint, limit)
            usage = usage + spent
            if stopped == "refusal":
                raise EngineRefused(f"{self.name} declined to answer.")
            if task.answer is str:
                return Answered(text, self.name, usage, perf_counter() - began, stopped)  # type: ignore[arg-type]
            try:
                return Answered(parse(task.answer, text), self.name, usage, perf_counter() - began, stopped)
            except AnswerInvalid as error:
                complaint = str(error)
                if stopped == "length":
                    limit *= 2
                else:
                    self._structured = False  # the server does not hold to schemas, or takes them and ignores them
        raise AnswerInvalid(f"{self.name} gave no usable answer to `{task.name}`: {complaint}")

    async def _whole(self, task: Task[Any, Any], prompt: Prompt, complaint: str, limit: int) -> tuple[str, str, Usage]:
        parts: list[str] = []
        async for event in self._events(task, prompt, complaint, limit):
            if isinstance(event, str):
                parts.append(event)
            else:
                return "".join(parts), *event
        raise EngineUnavailable(f"{self.name} broke off in mid-answer.")

    async def stream(self, task: Task[Inputs, str], inputs: Inputs, *, sample: int = 0) -> AsyncIterator[Piece]:
        """Answer a prose task piece by piece. Raises before the first piece where the server cannot be had."""
        began = perf_counter()
        parts: list[str] = []
        async for event in self._events(task, layout(task, inputs), "", self._limit(task)):
            if isinstance(event, str):
                parts.append(event)
                yield Piece(event)
            else:
                stopped, usage = event
                if stopped == "refusal" and not parts:
                    raise EngineRefused(f"{self.name} declined to answer.")
                done = Answered("".join(parts), self.name, usage, perf_counter() - began, stopped)
                yield Piece(done=done)
                return
        raise EngineUnavailable(f"{self.name} broke off in mid-reply.")

    async def _events(
        self, task: Task[Any, Any], prompt: Prompt, complaint: str, limit: int
    ) -> AsyncIterator[str | tuple[str, Usage]]:
        """Text as it comes, then how it stopped and what it took; attempts are repeated until the first text."""
        import anthropic

        ends = asyncio.get_running_loop().time() + self._deadline
        for attempt in range(1, self._attempts + 1):
            started = False
            events = self._once(task, prompt, complaint, limit)
            try:
                while True:
                    left = ends - asyncio.get_running_loop().time()
                    event = await asyncio.wait_for(anext(events), max(left, 0.001))
                    started = started or isinstance(event, str)
                    yield event
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise EngineUnavailable(
                    f"{self.name} did not answer within {self._deadline:.0f} seconds; try again, or /engine offline."
                ) from error
            except anthropic.AnthropicError as error:
                if started:
                    raise EngineUnavailable(f"{self.name} broke off in mid-reply ({_sentence(error)})") from error
                if self._unlearn(error):
                    continue
                if attempt == self._attempts or not _passing(error):
                    raise EngineUnavailable(f"{self.name} cannot be reached: {_sentence(error)}") from error
                await self._wait(error, attempt, ends)
            except TypeError as error:  # the SDK's word for a missing key
                raise EngineUnavailable("No key for Claude: set ANTHROPIC_API_KEY, or use --engine offline.") from error
            except Exception as error:
                if started:
                    raise EngineUnavailable(f"{self.name} broke off in mid-reply ({_sentence(error)})") from error
                if attempt == self._attempts:
                    raise EngineUnavailable(f"{self.name} cannot be reached: {_sentence(error)}") from error
                await self._wait(error, attempt, ends)
            finally:
                await events.aclose()
        raise EngineUnavailable(f"{self.name} cannot be reached.")

    async def _wait(self, error: Exception, attempt: int, ends: float) -> None:
        pause = _retry_after(error)
        if pause is None:
            pause = 0.5 * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)
        pause = min(pause, LONGEST_WAIT)
        left = ends - asyncio.get_running_loop().time()
        if pause >= left:
            raise EngineUnavailable(f"{self.name} asks to wait longer than we do ({pause:.0f} s).") from error
        if self.on_wait is not None:
            self.on_wait(f"{self.name}: {_sentence(error)} Trying again in {pause:.0f} s.")
        await asyncio.sleep(pause)

    def _unlearn(self, error: Exception) -> bool:
        """Leave out what the server says it does not know; True where another try makes sense."""
        if getattr(error, "status_code", 0) not in (400, 404, 422):
            return False
        said = str(error).lower()
        if self._structured and any(
            word in said for word in ("output_config", "output_format", "json_schema", "schema")
        ):
            self._structured = False
            return True
        if self._marks and "cache_control" in said:
            self._marks = False
            return True
        return False

    async def _once(
        self, task: Task[Any, Any], prompt: Prompt, complaint: str, limit: int
    ) -> AsyncGenerator[str | tuple[str, Usage], None]:
        client = self._connect()
        typed = task.answer is not str
        request: dict[str, Any] = {
            "model": self.name,
            "max_tokens": limit,
            "system": prompt.system,
            "messages": self._messages(prompt, typed, task, complaint),
        }
        if typed and self._structured:
            request["output_config"] = {"format": {"type": "json_schema", "schema": server_schema(task.answer)}}
        stream = await client.messages.create(**request, stream=True)
        usage, stopped, complete = Usage(), "end", False
        async for event in stream:
            kind = getattr(event, "type", "")
            if kind == "message_start":
                usage = _usage(getattr(event.message, "usage", None), usage)
            elif kind == "content_block_start":
                text = getattr(event.content_block, "text", "")
                if getattr(event.content_block, "type", "") == "text" and text:
                    yield text
            elif kind == "content_block_delta" and getattr(event.delta, "type", "") == "text_delta":
                if event.delta.text:
                    yield event.delta.text
            elif kind == "message_delta":
                usage = _usage(getattr(event, "usage", None), usage)
                stopped = _stopped(getattr(event.delta, "stop_reason", None))
            elif kind == "message_stop":
                complete = True
        if not complete:
            raise ConnectionError("the connection was cut before the answer was complete.")
        yield stopped, usage

    def _messages(self, prompt: Prompt, typed: bool, task: Task[Any, Any], complaint: str) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        for said in prompt.messages:
            messages.append({"role": said.role, "content": [{"type": "text", "text": block} for block in said.blocks]})
        last = messages[-1]["content"]
        if typed and not self._structured:
            last.append({"type": "text", "text": instruction(task.answer)})
        if complaint:
            last.append({"type": "text", "text": f"Your last answer could not be used: {complaint} Answer again."})
        if self._marks and len(prompt.messages[-1].blocks) > 1:
            last[len(prompt.messages[-1].blocks) - 2]["cache_control"] = {"type": "ephemeral"}
        return messages


def _usage(found: Any, before: Usage) -> Usage:
    """The SDK's counts as ours: `input` holds plain tokens, cache writes and cache reads together."""
    if found is None:
        return before
    cached = getattr(found, "cache_read_input_tokens", None) or 0
    written = getattr(found, "cache_creation_input_tokens", None) or 0
    given = getattr(found, "input_tokens", None)
    output = getattr(found, "output_tokens", None)
    whole = before.input if given is None else given + cached + written
    return Usage(
        max(before.input, whole),
        output if output is not None else before.output,
        max(before.cached, cached),
        max(before.written, written),
    )


def _stopped(reason: str | None) -> str:
    return {"max_tokens": "length", "model_context_window_exceeded": "length", "refusal": "refusal"}.get(
        reason or "", "end"
    )


def _passing(error: Exception) -> bool:
    """Whether another attempt may succeed: connection errors, 408, 409, 429, and whatever the server blames on itself."""
    import anthropic

    if isinstance(error, anthropic.APIConnectionError):
        return True
    status = getattr(error, "status_code", 0)
    if status == 200:  # an error event within a stream that had begun well
        return True
    return status in (408, 409, 429) or status >= 500


def _retry_after(error: Exception) -> float | None:
    response = getattr(error, "response", None)
    value = response.headers.get("retry-after") if response is not None else None
    try:
        return max(0.0, float(value)) if value is not None else None
    except ValueError:
        return None


def _sentence(error: Exception) -> str:
    """An error of the SDK or the transport as one plain sentence, without what a server may have put into it."""
    status = getattr(error, "status_code", 0)
    known = {
        400: "the request was not accepted",
        401: "the key was not accepted; check ANTHROPIC_API_KEY",
        403: "the key may not use this model",
        404: "there is no such model or address",
        413: "the conversation has grown too long for it",
        429: "too many requests at the moment",
        529: "it is overloaded at the moment",
    }
    if status in known:
        return known[status] + "."
    if status and status >= 500:
        return f"the server has a fault of its own ({status})."
    name = type(error).__name__
    if "Timeout" in name:
        return "it did not answer in time."
    if "Connection" in name or "Connect" in name:
        return "the connection failed."
    return f"{name}: {str(error)[:120].splitlines()[0] if str(error) else 'no reason given'}."
