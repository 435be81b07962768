"""Lays a task out as a prompt: what never changes first, the conversation next, the loaded skills and the task last.

Templates stand in `prompts/TASK.md`: frontmatter that says what the prompt is for, then two Jinja blocks. `system` never
changes within a conversation; `turn` comes after the newest turn of the seeker. So everything up to that turn is the
same bytes at the next call, and a server that caches prefixes reads it from its cache. Values are data: they are put
in, and never looked at as templates.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from escs.runtime.fence import fence, neutral
from escs.runtime.paths import PROMPTS
from escs.runtime.state import Message
from escs.runtime.task import Task
from escs.runtime.taxonomy import taxonomy
from jinja2 import Environment, StrictUndefined, Template

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # what `_clean` changes; most text has none of it
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the prompt, as its blocks of text. Of the last message, the last block is the turn block."""

    role: str  # user or assistant
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A task laid out: the system text, and the messages, of which the last ends with the turn block."""

    system: str
    messages: tuple[Said, ...]

    @property
    def stable(self) -> str:
        """Everything before the turn block, as one text: what the next call of the conversation begins with again."""
        parts = [self.system]
        for number, said in enumerate(self.messages):
            blocks = said.blocks[:-1] if number == len(self.messages) - 1 else said.blocks
            parts += [f"\n[{said.role}]\n{block}" for block in blocks]
        return "".join(parts)

    @property
    def whole(self) -> str:
        """All of it as one text, to look at."""
        return f"{self.stable}\n{self.turn}"

    @property
    def turn(self) -> str:
        """The turn block."""
        return self.messages[-1].blocks[-1]


@cache
def template(name: str) -> tuple[Template, str]:
    """The template of a task and its version, a short digest of the file."""
    data = (PROMPTS / f"{name}.md").read_bytes()
    environment = Environment(  # noqa: S701 - prompts are plain text, not HTML; data is fenced instead
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=False
    )
    environment.filters["fence"] = fence
    environment.filters["neutral"] = neutral
    text = _FRONT.sub("", data.decode("utf-8"), count=1)
    return environment.from_string(text), hashlib.sha256(data).hexdigest()[:12]


_laid: ContextVar[tuple[Task[Any, Any], Any, Prompt] | None] = ContextVar("laid", default=None)


@contextmanager
def laid_out(task: Task[Any, Any], inputs: Any, prompt: Prompt) -> Iterator[None]:
    """Within it, whoever lays out this very call again gets this prompt: the record and the engine both need it."""
    token = _laid.set((task, inputs, prompt))
    try:
        yield
    finally:
        _laid.reset(token)


def layout(task: Task[Any, Any], inputs: Any) -> Prompt:
    """The prompt of one call. Where the inputs have a `history`, it becomes the messages, each seeker turn fenced."""
    known = _laid.get()
    if known is not None and known[0] is task and known[1] is inputs:
        return known[2]
    made, _ = template(task.name)
    context = {field.name: getattr(inputs, field.name) for field in fields(inputs)}
    context |= {"inputs": inputs, "taxonomy": taxonomy()}
    system = _clean(_block(made, "system", context))
    turn = _clean(_block(made, "turn", context))
    history: tuple[Message, ...] = getattr(inputs, "history", ())
    messages: list[tuple[str, list[str]]] = []
    for message in history:
        if not message.content.strip():
            continue
        text = _clean(message.content)
        if message.role == "user":
            text = fence(text, "seeker")
        if messages and messages[-1][0] == message.role:
            messages[-1][1].append(text)
        elif messages or message.role == "user":
            messages.append((message.role, [text]))
        else:  # a supporter who spoke first: the protocol wants a user message before
            messages += [("user", [fence("(joined the conversation)", "seeker")]), (message.role, [text])]
    if not messages or messages[-1][0] != "user":
        messages.append(("user", []))
    messages[-1][1].append(turn)
    return Prompt(system, tuple(Said(role, tuple(blocks)) for role, blocks in messages))


def shorter(prompt: Prompt) -> Iterator[Prompt]:
    """The prompt with ever fewer of its oldest messages, down to the newest alone: for models with a small context."""
    count = len(prompt.messages)
    for keep in dict.fromkeys((count * 3 // 4, count // 2, count // 4, 3, 1)):
        kept = prompt.messages[count - keep :] if 0 < keep < count else ()
        while kept and kept[0].role != "user":
            kept = kept[1:]
        if kept:
            yield Prompt(prompt.system, kept)


def _clean(text: str) -> str:
    """The text as a server can take it: no halves of characters, and no control characters but line ends and tabs."""
    if _ODD.search(text) is None:
        return text
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub("\ufffd", whole.replace("\r\n", "\n").replace("\r", "\n"))


def _block(made: Template, name: str, context: dict[str, Any]) -> str:
    return "".join(made.blocks[name](made.new_context(context))).strip()
