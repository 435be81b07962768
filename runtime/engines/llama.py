"""A GGUF model on this computer, in this process, through llama.cpp (`xllamacpp`, the extra `local`).

Typed answers are bound by a grammar made of the task's schema, so that even a small model's answers have the right
form; they are checked all the same. Calls are made one after another, off the event loop.
"""

from __future__ import annotations

import asyncio
import importlib.util
import secrets
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from escs.runtime.engines.answers import parse, schema
from escs.runtime.engines.prompt import Prompt, layout, shorter
from escs.runtime.errors import AnswerInvalid, EngineUnavailable, UsageError
from escs.runtime.task import Answered, Piece, Task, Usage

Inputs = TypeVar("Inputs")
Answer = TypeVar("Answer")

CONTEXT = 8192  # tokens: what SmolLM2 was trained for, and what a small computer can hold for larger models
BATCH = 256  # tokens read at a time: a call that nobody waits for any more ends within one
CACHE = 512  # MB of memory at most for what was read before; the library's own bound is 8 GB
TEMPERATURE = 0.4  # low: a small model loses the thread when it draws freely
ATTEMPTS = 3  # at a typed answer, each with another seed
_MAGIC = b"GGUF"


@dataclass(slots=True)
class _Loaded:
    """A model in memory. `busy` keeps a call that was given up, and is still winding down, apart from the next."""

    server: Any
    busy: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True)
class _End:
    """How an answer stopped, what it took, and how many turns of the conversation did not fit."""

    stopped: str
    usage: Usage
    left_out: int = 0


_loaded: dict[Path, _Loaded] = {}
_loading = threading.Lock()


class LlamaEngine:
    """Answers tasks with one local model, loaded at the first call and once per process.

    Raises `UsageError` for a path that is no GGUF file, `EngineUnavailable` where the extra is missing.
    """

    def __init__(self, path: Path, *, name: str = "") -> None:
        self.path = path.resolve()
        self.name = name or f"llama:{path.stem}"
        try:
            with self.path.open("rb") as file:
                magic = file.read(len(_MAGIC))
            self._size = self.path.stat().st_size
        except OSError as error:
            raise UsageError(f"The model {path} cannot be read ({error.strerror}).") from error
        if magic != _MAGIC:
            raise UsageError(f"{path} is not a GGUF model; `escs model pull smollm2` fetches one.")
        if importlib.util.find_spec("xllamacpp") is None:
            raise EngineUnavailable("Local models need the extra `local`: pip install 'esc-skills[local]'.")
        self._turn = asyncio.Lock()

    @property
    def key(self) -> dict[str, str]:
        """What makes an answer this engine's: the file's name and size, and how it draws."""
        return {
            "model": f"llama:{self.path.name}",
            "size": str(self._size),
            "temperature": str(TEMPERATURE),
            "context": str(CONTEXT),
        }

    def warm(self) -> None:
        """Load the model; meant for a thread, while the person types."""
        self._model()

    def _model(self) -> _Loaded:
        with _loading:
            if self.path not in _loaded:
                _loaded[self.path] = _Loaded(self._load())
            return _loaded[self.path]

    def _load(self) -> Any:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(self.path)
        params.n_ctx = CONTEXT
        params.n_parallel = 1
        params.n_batch = BATCH
        params.cache_ram_mib = CACHE
        params.verbosity = -1
        # The library opens a port on loopback beside the calls we make; nobody else is to ask or read there.
        params.api_keys = [secrets.token_hex(16)]
        params.endpoint_slots = False
        params.ui = False
        try:
            return xllamacpp.Server(params)
        except Exception as error:
            raise EngineUnavailable(f"{self.path} cannot be loaded as a model ({_line(error)}).") from error

    async def close(self) -> None:
        """The model stays loaded for the process: loading is what costs."""

    async def ask(self, task: Task[Inputs, Answer], inputs: Inputs, *, sample: int = 0) -> Answered[Answer]:
        """Answer one task; a typed answer that does not fit is drawn again with another seed."""
        began = perf_counter()
        prompt, usage, limit = layout(task, inputs), Usage(), task.max_tokens
        attempt = 0
        while True:
            text, end = await self._whole(task, prompt, sample * ATTEMPTS + attempt, limit)
            usage, attempt = usage + end.usage, attempt + 1
            try:
                if not text.strip():
                    raise AnswerInvalid("The answer was empty.")
                value = text if task.answer is str else parse(task.answer, text)
            except AnswerInvalid as error:
                if attempt == ATTEMPTS:
                    invalid = AnswerInvalid(f"{self.name} gave no usable answer to `{task.name}`: {error}")
                    invalid.spent = usage
                    raise invalid from error
                limit = limit * 2 if end.stopped == "length" else limit
                continue
            seconds = perf_counter() - began
            return Answered(value, self.name, usage, seconds, end.stopped, self._notes(end))  # type: ignore[arg-type]

    async def _whole(self, task: Task[Any, Any], prompt: Prompt, seed: int, limit: int) -> tuple[str, _End]:
        parts: list[str] = []
        async with aclosing(self._events(task, prompt, seed, limit)) as events:
            async for event in events:
                if isinstance(event, _End):
                    return "".join(parts), event
                parts.append(event)
        raise EngineUnavailable(f"{self.name} stopped without an answer.")

    async def stream(self, task: Task[Inputs, str], inputs: Inputs, *, sample: int = 0) -> AsyncIterator[Piece]:
        """Answer a prose task piece by piece."""
        began = perf_counter()
        parts: list[str] = []
        prompt = layout(task, inputs)
        async with aclosing(self._events(task, prompt, sample * ATTEMPTS, task.max_tokens)) as events:
            async for event in events:
                if isinstance(event, _End):
                    if not "".join(parts).strip():
                        raise AnswerInvalid(f"{self.name} gave an empty answer.")
                    text, seconds = "".join(parts), perf_counter() - began
                    yield Piece(done=Answered(text, self.name, event.usage, seconds, event.stopped, self._notes(event)))
                    return
                parts.append(event)
                yield Piece(event)

    def _notes(self, end: _End) -> tuple[str, ...]:
        if not end.left_out:
            return ()
        return (f"The conversation is too long for {self.name}: its {end.left_out} oldest messages were left out.",)

    async def _events(
        self, task: Task[Any, Any], prompt: Prompt, seed: int, limit: int
    ) -> AsyncGenerator[str | _End, None]:
        """Text as it comes, then how it ended; where the prompt is too long, again without its oldest messages."""
        async with self._turn:
            loaded = await asyncio.to_thread(self._model)
            for kept in (prompt, *shorter(prompt)):
                fits = True
                async with aclosing(self._run(loaded, _request(task, kept, seed, limit))) as events:
                    async for event in events:
                        if event is None:
                            fits = False
                        elif isinstance(event, _End):
                            yield _End(event.stopped, event.usage, len(prompt.messages) - len(kept.messages))
                        else:
                            yield event
                if fits:
                    return
            raise EngineUnavailable(f"The newest turn alone is too long for {self.name} ({CONTEXT:,} tokens).")

    async def _run(self, loaded: _Loaded, request: dict[str, Any]) -> AsyncGenerator[str | _End | None, None]:
        """One request, run in a thread that hands its chunks to the event loop; None where the prompt does not fit.

        Closing the generator stops the model at its next token, and nobody waits for that.
        """
        loop = asyncio.get_running_loop()
        chunks: asyncio.Queue[Any] = asyncio.Queue()
        stop = threading.Event()

        def hand(chunk: Any) -> bool:
            with suppress(RuntimeError):  # the loop has closed: nobody listens any more
                loop.call_soon_threadsafe(chunks.put_nowait, chunk)
            return stop.is_set()

        def work() -> None:
            try:
                with loaded.busy:
                    if not stop.is_set():
                        loaded.server.handle_chat_completions(request, hand)
            except Exception as error:  # noqa: BLE001 - handed over to the loop, which names it
                hand(error)
            hand(None)

        threading.Thread(target=work, name="llama").start()  # no daemon: leaving amid a call would crash the process
        usage, stopped = Usage(), "end"
        try:
            while (chunk := await chunks.get()) is not None:
                if isinstance(chunk, Exception):
                    raise EngineUnavailable(f"{self.name} failed: {_line(chunk)}.") from chunk
                if "error" in chunk:
                    if chunk["error"].get("type") == "exceed_context_size_error":
                        yield None
                        return
                    raise EngineUnavailable(f"{self.name} failed: {_line(chunk['error'].get('message'))}.")
                usage = _usage(chunk, usage)
                for choice in chunk.get("choices", ()):
                    stopped = "length" if choice.get("finish_reason") == "length" else stopped
                    text = (choice.get("delta") or choice.get("message") or {}).get("content")
                    if text:
                        yield text
            yield _End(stopped, usage)
        finally:
            stop.set()


def _request(task: Task[Any, Any], prompt: Prompt, seed: int, limit: int) -> dict[str, Any]:
    messages = [{"role": "system", "content": prompt.system}]
    messages += [{"role": said.role, "content": "\n\n".join(said.blocks)} for said in prompt.messages]
    request: dict[str, Any] = {
        "messages": messages,
        "max_tokens": limit,
        "temperature": TEMPERATURE,
        "seed": seed + 1,
        "stream": True,
        "stream_options": {"include_usage": True},
        "cache_prompt": True,
        "return_progress": True,  # a sign of life for every batch that is read, so that a call can be stopped there
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


def _line(said: object) -> str:
    """The first line of what the library says, cut."""
    return (str(said or "no reason given").strip().splitlines() or ["no reason given"])[0][:200].rstrip(".")
