"""What runs on the machines of a cluster: the holders of dialogues, and the mailbox between them and the one writer.

Plain classes and functions; `cluster.py` makes them Ray's. Nothing of the driver's disk is needed: the bank is sent along.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from escs.evolve.simulate.cluster_calls import FarTill, Letter, dialogue
from escs.evolve.simulate.many import Job, OfflineWork, hold
from escs.evolve.simulate.protocol import Setting, roll_out, rollout_id
from escs.evolve.simulate.rollout import MOST_TURNS, Rollout
from escs.evolve.simulate.supporters import party
from escs.runtime.bank.bank import Bank
from escs.runtime.engines.choose import engine_from_name
from escs.runtime.engines.patience import LONG
from escs.runtime.engines.record import BehindTill
from escs.runtime.errors import UsageError
from escs.runtime.paths import PROMPTS
from escs.runtime.task import Engine

Packed = tuple[tuple[str, bytes], ...]
"""A folder's files: path within it, and content."""


def packed(folder: Path) -> Packed:
    """The folder, to be sent."""
    return tuple(
        (path.relative_to(folder).as_posix(), path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()
    )


@lru_cache(maxsize=2)
def unpacked(files: Packed) -> Path:
    """The folder, on this machine's disk while the process lives."""
    folder = Path(_kept().name, sha256(repr(files).encode()).hexdigest()[:16])
    for name, content in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@cache
def _kept() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="escs-")


@cache
def release() -> str:
    """What must be the same on every machine: the version of escs and its prompts."""
    from importlib.metadata import version

    prompts = b"".join(path.read_bytes() for path in sorted(PROMPTS.glob("*.md")))
    return f"{version('esc-skills')}, prompts {sha256(prompts).hexdigest()[:8]}"


def _check(theirs: str) -> None:
    if release() != theirs:
        raise UsageError(
            f"{socket.gethostname()} has escs {release()}, and this run is of escs {theirs}; install the same everywhere."
        )


def hold_sent(work: OfflineWork, files: Packed | None, of: str, some: Sequence[Job]) -> list[Rollout]:
    """Hold some offline dialogues with a bank that was sent along."""
    _check(of)
    return hold(replace(work, bank=unpacked(files) if files is not None else None), some)


@dataclass(frozen=True, slots=True)
class EngineWork:
    """What a holder needs for dialogues with engines."""

    files: Packed | None = field(repr=False)
    tree: str
    supporter: str | None
    engine: str
    simulator: str
    environ: Mapping[str, str] = field(repr=False)  # the key to the API is in it
    release: str
    most_turns: int = MOST_TURNS


class Mailbox:
    """Brings letters of many holders to whoever takes them, and the replies back."""

    def __init__(self) -> None:
        self._letters: list[tuple[int, Letter]] = []
        self._replies: dict[int, asyncio.Future[Any]] = {}
        self._there = asyncio.Event()
        self._sent = 0

    async def post(self, letter: Letter) -> Any:
        """Send a letter; returns the reply."""
        self._sent += 1
        number = self._sent
        self._replies[number] = asyncio.get_running_loop().create_future()
        self._letters.append((number, letter))
        self._there.set()
        try:
            return await self._replies[number]
        finally:
            del self._replies[number]

    async def take(self) -> list[tuple[int, Letter]]:
        """All letters that have come, once there is one."""
        await self._there.wait()
        self._there.clear()
        letters, self._letters = self._letters, []
        return letters

    async def reply(self, number: int, reply: Any) -> None:
        """Reply to a letter; whoever wrote it may be gone."""
        waiting = self._replies.get(number)
        if waiting is not None and not waiting.done():
            waiting.set_result(reply)


class Holder:
    """Holds dialogues with engines, many at once; its calls are made here, and told to the mailbox."""

    def __init__(self, work: EngineWork, mailbox: Any) -> None:
        self.work, self.mailbox = work, mailbox
        self._setting: Setting | None = None

    async def hold(self, job: Job) -> Rollout:
        """Hold one dialogue."""
        _check(self.work.release)
        dialogue.set(rollout_id(*job))
        return await roll_out(*job, self._ready())

    def _ready(self) -> Setting:
        if self._setting is None:
            work = self.work
            bank = Bank(unpacked(work.files), cached=False, frozen=True) if work.files is not None else None
            supporter = party(work.supporter, self._engine(work.engine), bank, work.tree)
            self._setting = Setting(supporter, self._engine(work.simulator), work.most_turns)
        return self._setting

    def _engine(self, name: str) -> Engine:
        return BehindTill(engine_from_name(name, self.work.environ, patience=LONG), FarTill(self._post))

    async def _post(self, letter: Letter) -> Any:
        return await self.mailbox.post.remote(letter)
