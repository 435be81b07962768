"""Rollouts of several banks with the same seekers: on all cores where rules answer, side by side where an engine does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType

from escs.evolve.processes import cores, pool
from escs.evolve.simulate.many import Job, OfflineWork, hold, side_by_side
from escs.evolve.simulate.protocol import Setting
from escs.evolve.simulate.rollout import MOST_TURNS, Rollout
from escs.evolve.simulate.supporters import party
from escs.evolve.verify.loose import Trees
from escs.runtime.bank.bank import Bank
from escs.runtime.engines.record import Heard, Recorded
from escs.runtime.task import Engine

CHUNK = 4  # dialogues that a process holds before it reports


class Arms(AbstractContextManager["Arms"]):
    """Holds dialogues of banks that are given as trees. Use it in a `with`, which ends its processes."""

    def __init__(
        self, trees: Trees, folder: Path, engine: Engine, simulator: Engine, *, workers: int | None = None,
        concurrency: int = 8, most_turns: int = MOST_TURNS,
    ) -> None:  # fmt: skip
        """`folder` is one of ours, for copies of the banks."""
        self.trees, self._folder = trees, folder
        self.engine, self.simulator = engine, simulator
        self._workers, self._concurrency, self._most_turns = workers or cores(), concurrency, most_turns
        self._banks: dict[str, Path] = {}
        self._pool: Executor | None = None
        self.held = 0  # dialogues so far

    @contextmanager
    def listening(self) -> Iterator[Heard]:
        """The calls to engines that are answered meanwhile; none where rules answer."""
        heard: Heard = {}
        recorded = [engine for engine in (self.engine, self.simulator) if isinstance(engine, Recorded)]
        for engine in recorded:
            engine.heard = heard
        try:
            yield heard
        finally:
            for engine in recorded:
                engine.heard = None

    @property
    def offline(self) -> bool:
        """Whether rules answer on both sides."""
        return self.engine.name == "offline" and self.simulator.name == "offline"

    @property
    def machinery_only(self) -> bool:
        """Whether rules answer on either side: then a verdict speaks of the machinery and the choice of skills alone."""
        return "offline" in (self.engine.name, self.simulator.name)

    def bank(self, tree: str) -> Path:
        """A copy of the bank of that tree."""
        if tree not in self._banks:
            self._banks[tree] = self.trees.unpack(tree, self._folder / tree)
        return self._banks[tree]

    async def rollouts(self, tree: str, planned: Sequence[Job], *, told: Callable[[], None] = lambda: None) -> list[Rollout]:  # fmt: skip
        """The rollouts of these jobs with the bank of that tree, in the jobs' order."""
        bank = self.bank(tree)
        self.held += len(planned)
        if self.offline:
            return await self._by_rules(OfflineWork(bank, tree, None, self._most_turns), planned, told)
        opened = Bank(bank, cached=False, frozen=True)
        setting = Setting(party(None, self.engine, opened, tree), self.simulator, self._most_turns)
        found: dict[tuple[str, int], Rollout] = {}
        async for rollout in side_by_side(setting, planned, concurrency=self._concurrency):
            found[rollout.profile, rollout.seed] = rollout
            told()
        return [found[profile.name, seed] for profile, seed in planned]

    async def pairs(self, base: str, candidate: str, planned: Sequence[Job]) -> list[tuple[Rollout, Rollout]]:
        """Both arms of each job."""
        first, second = await asyncio.gather(self.rollouts(base, planned), self.rollouts(candidate, planned))
        return [*zip(first, second, strict=True)]

    async def _by_rules(self, work: OfflineWork, planned: Sequence[Job], told: Callable[[], None]) -> list[Rollout]:
        if self._pool is None and self._workers == 1:
            self._pool = ThreadPoolExecutor(
                1
            )  # one and the same thread: a bank's index belongs to the one that opened it
        elif self._pool is None:
            self._pool = pool(self._workers)
        chunks = [planned[start : start + CHUNK] for start in range(0, len(planned), CHUNK)]
        loop = asyncio.get_running_loop()
        done = await asyncio.gather(*(loop.run_in_executor(self._pool, hold, work, chunk) for chunk in chunks))
        for _ in planned:
            told()
        return [rollout for chunk in done for rollout in chunk]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
