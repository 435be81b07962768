"""How many simulated dialogues a second: offline on all cores, and against a fake Messages API with a fixed latency.

    python benchmarks/throughput.py [--dialogues 200] [--turns 10] [--concurrency 64] [--latency 0.5]

The ideal of the second is worked out from the calls that were made: each dialogue is a chain of calls that wait for one
another, so with more dialogues than places the ideal is calls × latency ÷ concurrency, plus the tail: when fewer
dialogues are left than places, some places stand empty. The tail is found by dealing the chains out to the places in
order, as the run does. What is loaded once (the SDK, the rules of the screen) is loaded before the clock starts.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from escs.evolve.calls import Calls, Engines
from escs.evolve.simulate.many import OfflineWork, by_rules, cores, jobs
from escs.evolve.simulate.profiles import SHIPPED, usable
from escs.evolve.simulate.rollout import Rollout
from escs.evolve.simulate.simulate import Plan, simulate
from escs.runtime.engines.budget import Budget
from escs.runtime.paths import SHIPPED_BANK

FAKE = Path(__file__).parent.parent / "tests" / "simulate" / "fake_api.py"


def offline(count: int) -> None:
    """Whole dialogues a second, bank and rules, on all cores."""
    profiles = usable(SHIPPED)
    planned = jobs(profiles, repeats=max(1, count // len(profiles)), seed=1)
    work = OfflineWork(SHIPPED_BANK, "shipped", None)
    began = time.perf_counter()
    rollouts = list(by_rules(work, planned))
    took = time.perf_counter() - began
    turns = sum(len(rollout.turns) for rollout in rollouts)
    print(
        f"offline: {len(rollouts)} dialogues, {turns / len(rollouts):.1f} turns each, in {took:.1f} s on {cores()} cores: {len(rollouts) / took:.0f} a second"
    )


def ideal(chains: list[int], concurrency: int, latency: float) -> float:
    """Seconds that the calls take where nothing but the latency takes time."""
    places = [0.0] * min(concurrency, len(chains))
    for calls in chains:
        heapq.heapreplace(places, places[0] + calls * latency)
    return max(places)


def calls_of(rollout: Rollout) -> int:
    """The calls that a dialogue took: two of the supporter, one feeling, and one answer unless it ended there."""
    replies = sum(bool(turn.supporter) for turn in rollout.turns)
    return 3 * replies + len(rollout.turns) - 1


async def against(port: int, count: int, turns: int, concurrency: int) -> tuple[float, tuple[Rollout, ...]]:
    """Seconds, and the rollouts."""
    os.environ["ANTHROPIC_BASE_URL"] = f"http://127.0.0.1:{port}"
    import anthropic  # noqa: F401 - seconds, once, and no part of a rate
    from escs.runtime.safety.screen import screen

    screen("The rules are loaded before the clock starts.")
    profiles = usable(SHIPPED)
    repeats = -(-count // len(profiles))
    with tempfile.TemporaryDirectory() as folder:
        calls = Calls("fake-model", Path(folder, "calls.sqlite"), None, None, concurrency)
        engines = Engines(calls, Budget())
        plan = Plan(tuple(profiles), repeats, 1, "shipped", SHIPPED_BANK, None, most_turns=turns)
        engine = engines.get()
        began = time.perf_counter()
        rollouts = await simulate(plan, engine, [engine], out=Path(folder, "run"), concurrency=concurrency)
        took = time.perf_counter() - began
        await engines.close()
        return took, rollouts


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialogues", type=int, default=200)
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--latency", type=float, default=0.5)
    parser.add_argument("--offline", type=int, default=1000, help="offline dialogues; 0 for none")
    given = parser.parse_args()
    if given.offline:
        offline(given.offline)
    server = subprocess.Popen(
        [sys.executable, str(FAKE), "--latency", str(given.latency)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        before = resource.getrusage(resource.RUSAGE_SELF)
        took, rollouts = asyncio.run(against(port, given.dialogues, given.turns, given.concurrency))
        after = resource.getrusage(resource.RUSAGE_SELF)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/count") as reply:
            met = json.load(reply)["met"]
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = ideal([calls_of(rollout) for rollout in rollouts], given.concurrency, given.latency)
        failed = sum(not rollout.scored for rollout in rollouts)
        print(
            f"fake API: {len(rollouts)} dialogues ({failed} failed), {met} calls of {given.latency} s at {given.concurrency}: {took:.1f} s, "
            f"ideal {best:.1f} s, ratio {took / best:.3f}; {met / took:.0f} calls a second, {1000 * cpu / met:.1f} ms of processor a call, "
            f"{after.ru_maxrss / 1024:.0f} MB"
        )
    finally:
        server.kill()


if __name__ == "__main__":
    main()
