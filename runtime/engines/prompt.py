"""Lays a task out as a prompt: what never changes first, the conversation next, the loaded skills and the task last.

Templates stand in `prompts/TASK.md`: frontmatter that says what the prompt is for, then two Jinja blocks. `system` never
changes within a conversation; `turn` comes after the newest turn of the seeker. So everything up to that turn is the
same bytes at the next call, and a server that caches prefixes reads it from its cache. Values are data: they are put
in, and never looked at as templates.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from escs.runtime.fence import fence, neutral
from escs.runtime.paths import PROMPTS
from escs.runtime.state import Message
from escs.runtime.task import Task
from escs.runtime.taxonomy import taxonomy
from jinja2 import Environment, StrictUndefined, Template

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


def layout(task: Task[Any, Any], inputs: Any) -> Prompt:
    """The prompt of one call. Where the inputs have a `history`, it becomes the messages, each seeker turn fenced."""
    made, _ = template(task.name)
    context = {field.name: getattr(inputs, field.name) for field in fields(inputs)}
    context |= {"inputs": inputs, "taxonomy": taxonomy()}
    system = _block(made, "system", context)
    turn = _block(made, "turn", context)
    history: tuple[Message, ...] = getattr(inputs, "history", ())
    messages: list[tuple[str, list[str]]] = []
    for message in history:
        text = fence(message.content, "seeker") if message.role == "user" else message.content
        if not text.strip():
            continue
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


def _block(made: Template, name: str, context: dict[str, Any]) -> str:
    return "".join(made.blocks[name](made.new_context(context))).strip()
