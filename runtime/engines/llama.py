"""A GGUF model on this computer, in this process, through llama.cpp (`xllamacpp`, the extra `local`).

Typed answers are bound by a grammar made of the task's schema, so that even a small model's answers have the right form.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from escs.runtime.engines.answers import parse, schema
from escs.runtime.engines.prompt import Prompt, Said, layout
from escs.runtime.errors import AnswerInvalid, EngineUnavailable
from escs.runtime.task import Answered, Piece, Task, Usage

Inputs = TypeVar("Inputs")
Answer = TypeVar("Answer")

CONTEXT = 8192  # tokens; what SmolLM2 was trained for
TEMPERATURE = 0.4
_MAGIC = b"GGUF"
_loaded: dict[Path, Any] = {}
_loading = threading.Lock()


class LlamaEngine:
    """Answers tasks with one local model; calls are made one after another, off the event loop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = f"llama:{path.stem}"
        self._lock = asyncio.Lock()

    @property
    def key(self) -> dict[str, str]:
        """What makes an answer this engine's: the file, its size and how it draws."""
        size = self.path.stat().st_size
        return {"model": f"llama:{self.path.name}", "size": str(size), "temperature": str(TEMPERATURE)}

    def warm(self) -> None:
        """Load the model; meant for a thread, while the person types."""
        self._server()

    def _server(self) -> Any:
        with _loading:
            if self.path in _loaded:
                return _loaded[self.path]
            try:
                import xllamacpp
            except ImportError as error:
                raise EngineUnavailable(
                    "Local models need the extra `local`: pip install 'esc-skills[local]'."
                ) from error
            with self.path.open("rb") as file:
                if file.read(4) != _MAGIC:
                    raise EngineUnavailable(f"{self.path} is not a GGUF model; `escs model pull smollm2` fetches one.")
            params = xllamacpp.CommonParams()
            params.model.path = str(self.path)
            params.n_ctx = CONTEXT
            params.n_parallel = 1
            params.verbosity = -1
            params.endpoint_slots = False  # the in-process server shows nobody what is being said
            try:
                server = xllamacpp.Server(params)
            except Exception as error:
                raise EngineUnavailable(f"{self.path} cannot be loaded as a model ({error}).") from error
            _loaded[self.path] = server
            return server

    async def close(self) -> None:
        """The model stays loaded for the process: loading is what costs."""

    async def ask(self, task: Task[Inputs, Answer], inputs: Inputs, *, sample: int = 0) -> Answered[Answer]:
        """Answer one task; a typed answer comes through a grammar and is checked all the same."""
        began = perf_counter()
        prompt, usage, complaint = layout(task, inputs), Usage(), ""
        for attempt in range(3):
            text, stopped, spent = await self._whole(task, prompt, sample + 100 * attempt)
            usage = usage + spent
            if task.answer is str:
                return Answered(text, self.name, usage, perf_counter() - began, stopped)  # type: ignore[arg-type]
            try:
                return Answered(parse(task.answer, text), self.name, usage, perf_counter() - began, stopped)
            except AnswerInvalid as error:
                complaint = str(error)
        raise AnswerInvalid(f"{self.name} gave no usable answer to `{task.name}`: {complaint}")

    async def _whole(self, task: Task[Any, Any], prompt: Prompt, seed: int) -> tuple[str, str, Usage]:
        parts: list[str] = []
        async for event in self._events(task, prompt, seed):
            if isinstance(event, str):
                parts.append(event)
            else:
                return "".join(parts), *event
        raise EngineUnavailable(f"{self.name} stopped without an answer.")

    async def stream(self, task: Task[Inputs, str], inputs: Inputs, *, sample: int = 0) -> AsyncIterator[Piece]:
        """Answer a prose task piece by piece."""
        began = perf_counter()
        parts: list[str] = []
        async for event in self._events(task, layout(task, inputs), sample):
            if isinstance(event, str):
                parts.append(event)
                yield Piece(event)
            else:
                stopped, usage = event
                yield Piece(done=Answered("".join(parts), self.name, usage, perf_counter() - began, stopped))

    async def _events(self, task: Task[Any, Any], prompt: Prompt, seed: int) -> AsyncIterator[str | tuple[str, Usage]]:
        async with self._lock:
            server = await asyncio.to_thread(self._server)
            for kept in _shorter(prompt):
                answer: list[str | tuple[str, Usage]] = []
                async for event in self._run(server, task, kept, seed):
                    if isinstance(event, _TooLongError):
                        break
                    answer.append(event)
                    yield event
                else:
                    return
            raise EngineUnavailable(f"The newest turn alone is too long for {self.name} ({CONTEXT} tokens).")

    async def _run(
        self, server: Any, task: Task[Any, Any], prompt: Prompt, seed: int
    ) -> AsyncIterator[str | tuple[str, Usage] | _TooLongError]:
        """Run one request in a thread and hand its chunks to the event loop as they come."""
        loop = asyncio.get_running_loop()
        chunks: asyncio.Queue[Any] = asyncio.Queue()
        stop = threading.Event()

        def take(chunk: Any) -> bool:
            loop.call_soon_threadsafe(chunks.put_nowait, chunk)
            return stop.is_set()

        def work() -> None:
            try:
                server.handle_chat_completions(_request(task, prompt, seed), take)
            except Exception as error:  # noqa: BLE001 - handed over to the loop, which names it
                loop.call_soon_threadsafe(chunks.put_nowait, error)
            loop.call_soon_threadsafe(chunks.put_nowait, None)

        running = asyncio.ensure_future(asyncio.to_thread(work))
        usage, stopped = Usage(), "end"
        try:
            while (chunk := await chunks.get()) is not None:
                if isinstance(chunk, Exception):
                    raise EngineUnavailable(f"{self.name} failed: {chunk}") from chunk
                if "error" in chunk:
                    if chunk["error"].get("type") == "exceed_context_size_error":
                        yield _TooLongError()
                        return
                    raise EngineUnavailable(f"{self.name} failed: {chunk['error'].get('message', 'no reason given')}")
                usage = _usage(chunk, usage)
                for choice in chunk.get("choices", ()):
                    stopped = "length" if choice.get("finish_reason") == "length" else stopped
                    text = (choice.get("delta") or choice.get("message") or {}).get("content")
                    if text:
                        yield text
            yield stopped, usage
        finally:
            stop.set()
            await asyncio.shield(running)


class _TooLongError(Exception):
    """The prompt does not fit into the model's context."""


def _request(task: Task[Any, Any], prompt: Prompt, seed: int) -> dict[str, Any]:
    messages = [{"role": "system", "content": prompt.system}]
    messages += [{"role": said.role, "content": "\n\n".join(said.blocks)} for said in prompt.messages]
    request: dict[str, Any] = {
        "messages": messages,
        "max_tokens": task.max_tokens,
        "temperature": TEMPERATURE,
        "seed": seed + 1,
        "stream": True,
        "stream_options": {"include_usage": True},
        "cache_prompt": True,
    }
    if task.answer is not str:
        request["response_format"] = {"type": "json_schema", "json_schema": {"schema": schema(task.answer)}}
    return request


def _usage(chunk: dict[str, Any], before: Usage) -> Usage:
    found = chunk.get("usage")
    if not found:
        return before
    cached = (found.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    return Usage(found.get("prompt_tokens", 0), found.get("completion_tokens", 0), cached)


def _shorter(prompt: Prompt) -> list[Prompt]:
    """The prompt, then with only its newest messages, for models with a small context."""
    shorter = [prompt]
    for keep in (16, 8, 4, 2, 1):
        if keep < len(prompt.messages):
            kept: tuple[Said, ...] = prompt.messages[-keep:]
            while kept and kept[0].role != "user":
                kept = kept[1:]
            shorter.append(Prompt(prompt.system, kept))
    return shorter
