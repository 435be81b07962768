"""A run: every profile so many times, held, written down as it goes, resumable, and in one order at the end."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from escs.evolve.simulate.many import Job, OfflineWork, by_rules, jobs, side_by_side
from escs.evolve.simulate.profile import Profile
from escs.evolve.simulate.protocol import Setting, rollout_id
from escs.evolve.simulate.rollout import MOST_TURNS, Rollout
from escs.evolve.simulate.run_folder import DIALOGUES, RunWriter, read_info, read_run
from escs.evolve.simulate.supporters import EXEMPLARS_OF, party
from escs.runtime.bank.bank import Bank
from escs.runtime.engines.prompt import template
from escs.runtime.engines.record import Recorded
from escs.runtime.engines.till import OwnTill
from escs.runtime.errors import StorageError, UsageError
from escs.runtime.task import Engine

PROMPTS = ("read-state", "reply", "reply-bare", "seeker-feel", "seeker-say")
SAME = {
    "escs": "of another version of escs",
    "bank": "with another bank",
    "prompts": "with other prompts",
    "supporter": "with another supporter",
    "engine": "with another engine",
    "simulators": "with other simulators",
    "split": "of another split",
    "seed": "with another seed",
    "repeats": "with other repeats",
    "profiles": "with other profiles",
    "profiles_digest": "with profiles that were edited since",
    "units_digest": "with a file of units that was changed since",
    "most_turns": "with another bound on turns",
}
"""What of `run.json` must be the same for a run to go on, and what is said of a run where it is not."""


def prompts_of(supporter: str | None) -> tuple[str, ...]:
    """The prompts that a run of this supporter stands on."""
    kind = (supporter or "").partition(":")[0]
    return (*PROMPTS, f"reply-{kind}") if kind in ("strategy", "exemplars") else PROMPTS


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be run."""

    profiles: tuple[Profile, ...]
    repeats: int
    seed: int
    tree: str  # the bank's tree hash; "" without a bank
    bank: Path | None  # a copy that nobody edits
    supporter: str | None  # None for the bank
    split: str = ""
    most_turns: int = MOST_TURNS
    workers: int | None = None
    cluster: str | None = None  # `local`, or the address of a Ray cluster

    @property
    def jobs(self) -> list[Job]:
        """The dialogues of one simulator, in their order."""
        return jobs(self.profiles, repeats=self.repeats, seed=self.seed)


def info(plan: Plan, engine: str, simulators: Sequence[str], command: str) -> dict[str, Any]:
    """What `run.json` says before the first dialogue."""
    from importlib.metadata import version

    return {
        "command": command,
        "escs": version("esc-skills"),
        "bank": plan.tree,
        "prompts": {name: template(name)[1] for name in prompts_of(plan.supporter)},
        "supporter": plan.supporter or "bank",
        "engine": engine,
        "simulators": list(simulators),
        "split": plan.split,
        "seed": plan.seed,
        "repeats": plan.repeats,
        "most_turns": plan.most_turns,
        "profiles": sorted(profile.name for profile in plan.profiles),
        "profiles_digest": profiles_digest(plan.profiles),
        "units_digest": units_digest(plan.supporter),
        "dialogues": len(plan.profiles) * plan.repeats * len(simulators),
        "status": "running",
    }


def profiles_digest(profiles: Sequence[Profile]) -> str:
    """A sha256 of all that profiles say, wherever their files lie and in whatever order they come."""
    told = [asdict(replace(profile, path=None)) for profile in sorted(profiles, key=lambda profile: profile.name)]
    return sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


def units_digest(supporter: str | None) -> str:
    """A sha256 of the file that the supporter `exemplars:FILE` takes its moments from; "" for any other supporter.

    Raises `UsageError` where the file cannot be read.
    """
    if supporter is None or not supporter.startswith(EXEMPLARS_OF):
        return ""
    path = Path(supporter.removeprefix(EXEMPLARS_OF))
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UsageError(f"The units {path} cannot be read ({error.strerror}); name another file.") from error


def two_seekers(simulator: str, cross: str | None) -> list[str]:
    """The names of the seekers' engines. Raises `UsageError` where the second would be the first once more."""
    if cross == simulator:
        raise UsageError(f"The seekers are played by {simulator} already; name another engine with --cross.")
    return [simulator, *([cross] if cross else [])]


def full_id(profile: Profile, seed: int, simulator: str, first: str) -> str:
    """A dialogue's id in a run; those of a second simulator bear its name."""
    return rollout_id(profile, seed) + ("" if simulator == first else f"@{simulator}")


async def held(
    plan: Plan, engine: Engine, simulators: Sequence[Engine], done: frozenset[str], *, concurrency: int
) -> AsyncGenerator[Rollout, None]:
    """The rollouts that are not done yet, as they come."""
    first = simulators[0].name
    for simulator in simulators:
        waiting = [job for job in plan.jobs if full_id(*job, simulator.name, first) not in done]
        if engine.name == "offline" and simulator.name == "offline":
            work = OfflineWork(plan.bank, plan.tree, plan.supporter, plan.most_turns)
            found = _by_ray(work, waiting, plan) if plan.cluster else by_rules(work, waiting, workers=plan.workers)
            while (held_one := await asyncio.to_thread(next, found, None)) is not None:  # each runs a loop of its own
                yield _named(held_one, plan, simulator.name, first)
            continue
        if plan.cluster:
            coming = _on_cluster(plan, engine, simulator, waiting, concurrency)
        else:
            opened = Bank(plan.bank, cached=False, frozen=True) if plan.bank else None
            setting = Setting(party(plan.supporter, engine, opened, plan.tree), simulator, plan.most_turns)
            coming = side_by_side(setting, waiting, concurrency=concurrency)
        async with aclosing(coming):  # whoever stops here stops the dialogues, while their engines are open
            async for rollout in coming:
                yield _named(rollout, plan, simulator.name, first)


def _named(rollout: Rollout, plan: Plan, simulator: str, first: str) -> Rollout:
    name = full_id(plan_profile(plan, rollout.profile), rollout.seed, simulator, first)
    return rollout if name == rollout.id else replace(rollout, id=name)


def _by_ray(work: OfflineWork, waiting: Sequence[Job], plan: Plan) -> Iterator[Rollout]:
    from escs.evolve.simulate.cluster import by_ray

    return by_ray(work, waiting, cluster=plan.cluster or "local", workers=plan.workers or 2)


def _on_cluster(
    plan: Plan, engine: Engine, simulator: Engine, waiting: Sequence[Job], concurrency: int
) -> AsyncGenerator[Rollout, None]:
    """Held by the workers of a cluster; the record and the budget stay with the engines of this process."""
    from escs.evolve.simulate.cluster import environ, with_engines
    from escs.evolve.simulate.cluster_worker import EngineWork, packed, release

    recorded = next(one for one in (engine, simulator) if isinstance(one, Recorded))
    work = EngineWork(
        packed(plan.bank) if plan.bank else None, plan.tree, plan.supporter, engine.name, simulator.name, environ(),
        release(), plan.most_turns,
    )  # fmt: skip
    return with_engines(
        work, waiting, OwnTill(recorded.record, recorded.budget),
        cluster=plan.cluster or "local", workers=plan.workers, concurrency=concurrency,
    )  # fmt: skip


def plan_profile(plan: Plan, name: str) -> Profile:
    """The profile of that name."""
    return next(profile for profile in plan.profiles if profile.name == name)


async def simulate(
    plan: Plan,
    engine: Engine,
    simulators: Sequence[Engine],
    *,
    out: Path | None,
    command: str = "",
    concurrency: int = 8,
    told: Callable[[Rollout], None] = lambda rollout: None,
    spent: Callable[[], dict[str, Any]] = dict,
) -> tuple[Rollout, ...]:
    """Run the plan; all its rollouts in their order. With `out` what was done before is kept, and nothing is lost.

    Dialogues that broke off for technical reasons are held again when the same command is given again. `spent` tells what
    the whole process has spent; what this run did is added to the `cost` that its `run.json` has from before.
    """
    names = [simulator.name for simulator in simulators]
    order = {
        full_id(*job, name, names[0]): place
        for place, (name, job) in enumerate((n, j) for n in names for j in plan.jobs)
    }
    if out is None:
        rollouts = []
        async with aclosing(held(plan, engine, simulators, frozenset(), concurrency=concurrency)) as coming:
            async for rollout in coming:
                told(rollout)
                rollouts.append(rollout)
        return tuple(sorted(rollouts, key=lambda rollout: order[rollout.id]))
    wanted = info(plan, engine.name, names, command)
    with RunWriter(out, wanted) as writer:
        _same(out, writer.info, wanted)
        done = {rollout.id: rollout for rollout in writer.held if rollout.scored}
        for rollout in done.values():
            told(rollout)
        writer.update(status="running")
        earlier, before = cost_of(out), spent()
        try:
            async with aclosing(held(plan, engine, simulators, frozenset(done), concurrency=concurrency)) as coming:
                async for rollout in coming:
                    writer.append(rollout)
                    done[rollout.id] = rollout
                    told(rollout)
        except BaseException:
            writer.update(status="stopped", cost=_more(earlier, before, spent()))
            raise
        _in_order(out, [done[name] for name in order])
        writer.update(status="done", cost=_more(earlier, before, spent()))
    return read_run(out).rollouts


def cost_of(out: Path) -> dict[str, Any]:
    """What a run has cost over all its sessions, as its `run.json` says; empty where it says nothing."""
    found = read_info(out).get("cost")
    return found if isinstance(found, dict) else {}


def _more(earlier: dict[str, Any], before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """The earlier cost with what the process spent from `before` to `now`."""
    return earlier | {key: round(earlier.get(key, 0) + now[key] - before[key], 6) for key in now}


def _same(out: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    for key, what in SAME.items():
        if found.get(key) != wanted[key]:
            raise UsageError(f"{out} holds a run {what}; name another folder with --out, or delete that one.")


def _in_order(out: Path, rollouts: Sequence[Rollout]) -> None:
    """Rewrite the dialogues in the plan's order, whole or not at all: the same run gives the same bytes."""
    path, draft = out / DIALOGUES, out / f".{DIALOGUES}.new"
    try:
        with draft.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            for rollout in rollouts:
                file.write(json.dumps(rollout.to_json(), ensure_ascii=False, separators=(",", ":")) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StorageError(
            f"The run {out} cannot be put in order ({error.strerror}); all dialogues are in it."
        ) from error
