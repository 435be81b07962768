"""The chat without a terminal: one seeker turn a line, one reply a line, or one JSON object a turn."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator, Sequence

from escs.runtime.chat.session import Session
from escs.runtime.chat.welcome import disclosure
from escs.runtime.conversation import Turn
from escs.runtime.terminal import plain, plain_json
from escs.runtime.turn import Done, Notice

LINE_LIMIT = 200_000  # characters of one turn that are read; what is longer is cut, and said to be


def run_piped(session: Session, said: Sequence[str], *, as_json: bool) -> None:
    """Answer each turn as it comes. What this is, once, and notices go to stderr; stdout holds the replies and nothing else."""
    for line in (*(() if as_json else disclosure(session, "--save FILE")), *session.faults):
        print(plain(line), file=sys.stderr)  # noqa: T201
    turns = said or _lines()
    asyncio.run(_answer(session, turns, as_json))


def _lines() -> Iterator[str]:
    for raw in sys.stdin.buffer:
        yield raw.decode("utf-8", errors="replace").rstrip("\r\n")


async def _answer(session: Session, turns: Iterable[str], as_json: bool) -> None:
    try:
        for text in turns:
            if len(text) > LINE_LIMIT:
                print(f"The turn was cut after {LINE_LIMIT:,} characters.", file=sys.stderr)  # noqa: T201
                text = text[:LINE_LIMIT]
            turn = await _one(session, text, as_json)
            if as_json:
                line = plain_json(json.dumps(turn.to_json(), ensure_ascii=False))
            else:
                line = " ".join(plain(turn.reply).split())
            print(line, flush=True)  # noqa: T201 - the command's result
    finally:
        session.keep()
        await session.supporter.engine.close()


async def _one(session: Session, text: str, as_json: bool) -> Turn:
    turn = None
    if not as_json and hasattr(engine := session.supporter.engine, "on_wait"):
        engine.on_wait = lambda why: print(plain(why), file=sys.stderr)  # noqa: T201
    async for event in session.supporter.respond(session.conversation, text):
        if isinstance(event, Notice) and not as_json:
            print(plain(event.text), file=sys.stderr)  # noqa: T201
        if isinstance(event, Done):
            turn = event.turn
    assert turn is not None
    return turn
