"""A task: one named prompt with typed inputs, a typed answer and an offline rule; and what an engine gives back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from escs.runtime.state import Message

Inputs = TypeVar("Inputs")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Task(Generic[Inputs, Answer]):
    """One thing that an engine can be asked.

    Defined in the module that uses it. `inputs` is a frozen dataclass whose fields the template sees by name; where
    it has a field `history` (a tuple of `Message`), the engines lay it out as the conversation itself, so that the
    prefix stays the same from turn to turn. `answer` is a frozen dataclass of plain fields (str, int, float, bool,
    tuples of them, `Literal` for closed sets), or `str` for prose. Bounds stand in the field's metadata
    (`field(metadata={"ge": 0, "le": 100})`) with a `description`, and are checked on every answer.
    """

    name: str
    answer: type[Answer]
    rule: Callable[[Inputs], Answer]
    """What the offline engine answers: deterministic, from the inputs alone."""
    max_tokens: int = 1024
    """Of the answer itself; a model that thinks before it writes gets room for that beside."""
    effort: str = "medium"
    """How much a model that can think should: `low`, `medium` or `high`. Others do not see it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call, or the sum over several. `input` counts plain tokens, cache writes and cache reads together."""

    input: int = 0
    output: int = 0
    cached: int = 0  # of the input: read from the server's cache
    written: int = 0  # of the input: written to the server's cache

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input + other.input,
            self.output + other.output,
            self.cached + other.cached,
            self.written + other.written,
        )


@dataclass(frozen=True, slots=True)
class Answered(Generic[Answer]):
    """An answer with what it took. `engine` names the engine that really answered."""

    value: Answer
    engine: str
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    stopped: str = "end"  # end, or length (cut off at the limit)
    notes: tuple[str, ...] = ()  # what whoever reads the answer should know, in sentences: turns that were left out


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a streamed reply; the last one has an empty text and carries `done`."""

    text: str = ""
    done: Answered[str] | None = None


class Engine(Protocol):
    """What answers tasks. Code asks and never knows which engine is there.

    Raises `EngineUnavailable`, `EngineRefused` or `AnswerInvalid` (see `errors.py`), never an exception of a library.
    """

    @property
    def name(self) -> str:
        """As given with `--engine`: `offline`, a Claude model's name, or `llama:PATH`."""
        ...

    @property
    def key(self) -> dict[str, str]:
        """What makes an answer this engine's, for the call record: model, base URL, parameters."""
        ...

    async def ask(self, task: Task[Inputs, Answer], inputs: Inputs, *, sample: int = 0) -> Answered[Answer]:
        """Answer one task. `sample` tells repeated calls with the same inputs apart."""
        ...

    def stream(self, task: Task[Inputs, str], inputs: Inputs, *, sample: int = 0) -> AsyncIterator[Piece]:
        """Answer a prose task piece by piece; ends with a piece that carries `done`."""
        ...

    async def close(self) -> None:
        """Let go of connections and models."""
        ...


__all__ = ["Answered", "Engine", "Message", "Piece", "Task", "Usage"]
