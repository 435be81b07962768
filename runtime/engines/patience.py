"""How long an answer is waited for: one layer of attempts, pauses that grow, a deadline around all of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from escs.runtime.engines.faults import Fault
from escs.runtime.errors import EngineUnavailable

OnWait = Callable[[str], None]
"""Told, in one sentence, that an attempt failed and another will be made."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Bounds of one call. The defaults are for a person who waits; long commands take more, see `LONG`."""

    attempts: int = 4  # the first included
    deadline: float = 60.0  # seconds for one call with all its attempts
    silence: float = 30.0  # seconds without a byte
    longest_pause: float = 30.0  # seconds between two attempts; a server that asks for more is left at once
    many: bool = False  # hundreds of calls side by side, where the quicker transport is worth its start

    def tired(self) -> Patience:
        """The patience with a server that let the last deadline pass: a person waits for it once, not at every call."""
        return replace(self, deadline=self.deadline / 4)


LONG = Patience(attempts=8, deadline=900.0, silence=120.0, longest_pause=120.0, many=True)
"""For commands that run for hours, where nobody waits for the single answer."""


class Attempts:
    """The attempts of one call. Made within a running event loop, whose clock it reads."""

    def __init__(self, name: str, patience: Patience, on_wait: OnWait | None) -> None:
        self._name, self._patience, self._on_wait = name, patience, on_wait
        self._loop = asyncio.get_running_loop()
        self._made = 0
        self.ends = self._loop.time() + patience.deadline

    def too_late(self) -> EngineUnavailable:
        """The error of a call whose deadline has passed."""
        seconds = self._patience.deadline
        return EngineUnavailable(
            f"{self._name} did not answer within {seconds:.3g} seconds; set ESCS_TIMEOUT to wait longer."
        )

    async def after(self, fault: Fault) -> None:
        """Wait until the next attempt may be made. Raises `EngineUnavailable` where none will be."""
        self._made += 1
        if self._made >= self._patience.attempts or not fault.passing:
            raise EngineUnavailable(f"{self._name} gave no answer: {fault.sentence}.")
        pause = fault.pause
        if pause is None:
            pause = min(0.5 * 2 ** (self._made - 1) * random.uniform(0.75, 1.25), self._patience.longest_pause)
        late = pause >= self.ends - self._loop.time()
        if late and fault.pause is None:  # no time is left for another attempt
            raise EngineUnavailable(f"{self._name} gave no answer: {fault.sentence}.")
        if late or pause > self._patience.longest_pause:
            raise EngineUnavailable(
                f"{self._name}: {fault.sentence}, and it asks to wait {pause:.0f} s, longer than we do."
            )
        if self._on_wait is not None:
            self._on_wait(f"{self._name}: {fault.sentence}. Trying again{f' in {pause:.0f} s' if pause >= 1 else ''}.")
        await asyncio.sleep(pause)
