"""`escs skills select`: ranks the whole bank for a dialogue, by what would help or by what human supporters did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from escs.runtime.bank.bank import Bank
from escs.runtime.bank.choose import Chooser, content_words, why
from escs.runtime.errors import UsageError
from escs.runtime.helpful import helpful
from escs.runtime.reading import read
from escs.runtime.safety.screen import screen
from escs.runtime.safety.watch import Watch
from escs.runtime.state import Message, SeekerState


class Selector:
    """Ranks a bank's skills for dialogues, `by` `help` or `habit`."""

    def __init__(self, bank: Bank, by: str = "help") -> None:
        self.bank = bank
        self.by = by
        self._chooser = Chooser(bank)

    def select(self, history: tuple[Message, ...], top: int) -> list[dict[str, Any]]:
        """The best `top` skills as rows of `name`, `score` and `why`."""
        texts = [message.content for message in history if message.role == "user"]
        state = _state(history, texts)
        points = helpful(history, state, self.bank.figures()) if self.by == "help" else None
        ranked = self._chooser.rank(state, texts, helpful=points)
        words = set(content_words(texts[-1:]))
        if self.by == "help":
            rows = [(score, entry, "") for score, entry in ranked]
        else:
            rows = self._by_habit(history, state, ranked)
        return [
            {"name": entry.name, "score": round(score, 3), "why": said or why(entry, state, words)}
            for score, entry, said in rows[:top]
        ]

    def _by_habit(self, history: tuple[Message, ...], state: SeekerState, ranked: Any) -> list[Any]:
        from escs.runtime.habit import rank_actions

        order = rank_actions(history, state, self.bank.figures())
        place = {action: (len(order) - number, score, said) for number, (action, score, said) in enumerate(order)}
        rows = []
        for score, entry in ranked:
            rank, likely, said = place.get(entry.action, (0, 0.0, "an action that the figures do not know"))
            rows.append((rank, score, likely, entry, said))
        rows.sort(key=lambda row: (-row[0], -row[1], row[3].name))
        return [(likely, entry, said) for _, _, likely, entry, said in rows]


def _state(history: tuple[Message, ...], texts: list[str]) -> SeekerState:
    watch = Watch()
    for text in texts:
        watch = watch.after(screen(text, by_ear=False))  # as in simulation: quick, and the same everywhere
    return read(history, risk=watch.level, risk_kinds=watch.kinds)


def read_histories(path: Path) -> Iterator[tuple[Message, ...]]:
    """The dialogues of a JSON Lines file, one at a time. Raises `UsageError` naming the line that is wrong."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _history(line, path, number)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error


def _history(line: bytes, path: Path, number: int) -> tuple[Message, ...]:
    try:
        record = json.loads(line)
        messages = tuple(Message(item["role"], item["content"]) for item in record["messages"])
        if not all(m.role in ("user", "assistant") and isinstance(m.content, str) for m in messages):
            raise ValueError("a role is neither user nor assistant, or a content is no text")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            f'{path}, line {number}: not a dialogue ({error}); write {{"messages": [{{"role": "user", "content": "…"}}]}}.'
        ) from error
    return messages
