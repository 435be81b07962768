"""Work that rules do alone, on all cores: processes, and what they make of pieces in order."""

from __future__ import annotations

import gc
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

T = TypeVar("T")
R = TypeVar("R")
GARBAGE = 50_000
"""New objects after which garbage is looked for where a process keeps much; Python's own is 700."""


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pool(workers: int) -> ProcessPoolExecutor:
    """That many processes. A fork of this one would take over its threads' locks."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(workers, mp_context=get_context("forkserver"), initializer=_seldom)


def _seldom() -> None:
    """Look for garbage seldom: what a process keeps of rules and texts is far more than what a piece of work leaves behind."""
    gc.set_threshold(GARBAGE, *gc.get_threshold()[1:])


def in_order(work: Callable[[list[T]], R], things: Iterable[T], *, size: int, workers: int) -> Iterator[R]:
    """What `work` makes of every `size` things, in their order; few are under way at once, which bounds the memory.

    `work` must be a function of a module, or a partial of one, so that other processes find it.
    """
    rest = iter(things)
    under_way: deque[Future[R]] = deque()
    with pool(workers) as processes:
        try:
            while (piece := list(islice(rest, size))) or under_way:
                if piece:
                    under_way.append(processes.submit(work, piece))
                if len(under_way) > 2 * workers or not piece:
                    yield under_way.popleft().result()
        finally:
            processes.shutdown(cancel_futures=True)
