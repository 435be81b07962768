"""The same dialogues on a Ray cluster (extra `cluster`), for those who outgrow one machine.

Offline dialogues are plain tasks. With engines, each dialogue is one task of an actor that holds many at once; this
process stays the one writer of the call record and of the run.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from escs.evolve.simulate.cluster_calls import Desk
from escs.evolve.simulate.cluster_worker import EngineWork, Holder, Mailbox, hold_sent, packed, release
from escs.evolve.simulate.many import CHUNK, Job, OfflineWork
from escs.evolve.simulate.protocol import rollout_id
from escs.evolve.simulate.rollout import Rollout
from escs.runtime.engines.till import OwnTill
from escs.runtime.errors import EngineUnavailable, EscsError, UsageError

ENVIRON = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "ESCS_MODEL", "ESCS_TIMEOUT")
"""What of the environment workers need to reach the engine."""
STARTS = 3  # of one dialogue whose worker was lost


def environ() -> dict[str, str]:
    """That part of the environment."""
    return {name: os.environ[name] for name in ENVIRON if name in os.environ}


@contextmanager
def connected(cluster: str, workers: int) -> Iterator[Any]:
    """Ray, connected to `local` workers of this machine or to the cluster at an address. Raises `UsageError`."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would report that it was used
    try:
        import ray
    except ImportError as error:
        raise UsageError(
            "Ray is not installed; `pip install 'esc-skills[cluster]'`, or leave --cluster out."
        ) from error
    began = not ray.is_initialized()
    try:
        if began and cluster == "local":
            ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        elif began:
            ray.init(cluster, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
        said = str(error).strip().partition("\n")[0][:200]
        raise UsageError(
            f"The cluster {cluster} cannot be reached ({said}); name ray://HOST:PORT, or local."
        ) from error
    try:
        yield ray
    finally:
        if began:
            ray.shutdown()


def by_ray(work: OfflineWork, planned: Sequence[Job], *, cluster: str, workers: int) -> Iterator[Rollout]:
    """Offline dialogues in the order planned."""
    with connected(cluster, workers) as ray:
        remote, files = ray.remote(hold_sent), ray.put(packed(work.bank) if work.bank else None)
        sent = replace(work, bank=None)
        chunks = [planned[start : start + CHUNK] for start in range(0, len(planned), CHUNK)]
        for reference in [remote.remote(sent, files, release(), chunk) for chunk in chunks]:
            try:
                yield from ray.get(reference)
            except ray.exceptions.RayTaskError as error:
                raise _cause(error) from error


async def with_engines(
    work: EngineWork, planned: Sequence[Job], till: OwnTill, *, cluster: str, workers: int | None, concurrency: int
) -> AsyncGenerator[Rollout, None]:
    """Dialogues with engines as they are done, `concurrency` at once over all workers. After an error none begins: what
    is under way is finished, then the error is raised."""
    with connected(cluster, workers or 2) as ray:
        many = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        mailbox = ray.remote(Mailbox).options(num_cpus=0, max_concurrency=4 * concurrency + 100).remote()
        made = ray.remote(Holder).options(max_concurrency=concurrency + 1)
        places = [_Place(made.remote(work, mailbox)) for _ in range(min(many, concurrency, len(planned)))]
        desk = Desk(till)
        clerk = asyncio.create_task(_serve(mailbox, desk))
        waiting = deque((job, 1) for job in planned)
        under_way: dict[asyncio.Future[Any], tuple[Job, int, _Place, Any]] = {}
        first: Exception | None = None
        try:
            while (waiting and first is None) or under_way:
                while waiting and first is None and len(under_way) < concurrency:
                    job, start = waiting.popleft()
                    place = min(places, key=lambda each: each.busy)
                    place.busy += 1
                    holder = place.holder
                    under_way[asyncio.ensure_future(_awaited(holder.hold.remote(job)))] = (job, start, place, holder)
                everything: list[asyncio.Future[Any]] = [*under_way, clerk]
                done, _ = await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
                if clerk in done:
                    clerk.result()
                for future in [one for one in under_way if one in done]:
                    job, start, place, holder = under_way.pop(future)
                    place.busy -= 1
                    try:
                        yield future.result()
                    except ray.exceptions.RayActorError:
                        await desk.lost(rollout_id(*job))
                        if place.holder is holder:  # the first of its dialogues to notice puts another in its place
                            place.holder = made.remote(work, mailbox)
                        if start == STARTS:
                            first = first or EngineUnavailable(
                                f"The worker that held {rollout_id(*job)} was lost {STARTS} times; look at the cluster's "
                                "memory, and give the same command again, which goes on from here."
                            )
                        waiting.append((job, start + 1))
                    except ray.exceptions.RayTaskError as error:
                        first = first or _cause(error)
            if first is not None:
                raise first
        finally:
            everything = [*under_way, clerk]
            for task in everything:
                task.cancel()
            await asyncio.gather(*everything, return_exceptions=True)
            for place in places:
                with suppress(Exception):
                    ray.kill(place.holder)


class _Place:
    """A holder, and how many dialogues it has."""

    def __init__(self, holder: Any) -> None:
        self.holder, self.busy = holder, 0


async def _awaited(reference: Any) -> Rollout:
    rollout: Rollout = await reference
    return rollout


async def _serve(mailbox: Any, desk: Desk) -> None:
    """Answer every letter, for as long as this is not cancelled."""
    answering: set[asyncio.Task[None]] = set()

    async def answer(number: int, letter: Any) -> None:
        mailbox.reply.remote(number, await desk.reply(letter))

    while True:
        for number, letter in await mailbox.take.remote():
            task = asyncio.create_task(answer(number, letter))
            answering.add(task)
            task.add_done_callback(answering.discard)


def _cause(error: Any) -> Exception:
    """The error of ours that a worker raised, or Ray's where it is none."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, EscsError) else error
