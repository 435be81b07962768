"""One measured run of `throughput.py`, in a process of its own: simulated dialogues, or the SDK alone, on a fake API.

    python benchmarks/throughput_run.py PORT [--dialogues 200] [--turns 10] [--keep FILE | --alone FILE | --canned]

Loads everything, prints `ready`, waits for a line, runs, and prints its figures as JSON. `--keep` writes down what was
asked, dialogue by dialogue; `--alone` asks just that again with a bare loop around the SDK. `--canned` answers within the
process, without SDK and server: what is left is our own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx2
from escs.evolve.calls import Calls, Engines
from escs.evolve.simulate.profiles import SHIPPED, usable
from escs.evolve.simulate.rollout import Rollout
from escs.evolve.simulate.simulate import Plan, simulate
from escs.runtime.engines.budget import Budget
from escs.runtime.engines.claude import ClaudeEngine, _End
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.safety.screen import screen
from escs.runtime.task import Usage

Chains = dict[str, list[dict[str, Any]]]
"""The requests of each dialogue, in the order in which they were made."""


def keeping() -> Chains:
    """Every request from now on, by dialogue."""
    kept: Chains = defaultdict(list)
    made = ClaudeEngine._request

    def noted(self: ClaudeEngine, *given: Any) -> dict[str, Any]:
        request = made(self, *given)
        task = asyncio.current_task()
        kept[task.get_name() if task else ""].append(request)
        return request

    ClaudeEngine._request = noted  # type: ignore[method-assign]
    return kept


def canned() -> None:
    """Every call from now on is answered where the SDK would be asked, with the words of the fake API."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "simulate"))
    from fake_api import answer

    async def once(self: ClaudeEngine, call: Any, able: Any) -> AsyncGenerator[str | _End, None]:
        request = self._request(call, able)
        yield answer({"system": call.prompt.turn, "output_config": request.get("output_config", {})})
        yield _End("end", Usage(900, 30))

    ClaudeEngine._once = once  # type: ignore[method-assign]


async def dialogues(folder: Path, count: int, turns: int, concurrency: int) -> dict[str, Any]:
    """Hold exactly `count` dialogues of the shipped profiles."""
    profiles = usable(SHIPPED)
    repeats = -(-count // len(profiles))
    chosen = tuple(profiles[: count // repeats])
    engines = Engines(Calls("fake-model", folder / "calls.sqlite", None, None, concurrency), Budget())
    plan = Plan(chosen, repeats, 1, "shipped", SHIPPED_BANK, None, most_turns=turns)
    engine = engines.get()
    rollouts = await simulate(plan, engine, [engine], out=folder / "run", concurrency=concurrency)
    await engines.close()
    return {
        "dialogues": len(rollouts),
        "failed": sum(not rollout.scored for rollout in rollouts),
        "chains": [calls_of(rollout) for rollout in rollouts],
        "calls": engines.totals.paid,
    }


def calls_of(rollout: Rollout) -> int:
    """The calls that a dialogue took: two of the supporter, one feeling, and one answer unless it ended there."""
    replies = sum(bool(turn.supporter) for turn in rollout.turns)
    return 3 * replies + len(rollout.turns) - 1


async def alone(port: int, chains: Chains, concurrency: int) -> dict[str, Any]:
    """The same requests with nothing around the SDK, whose aiohttp transport is used where it is installed."""
    try:
        http = anthropic.DefaultAioHttpClient(limits=httpx2.Limits(max_connections=concurrency), trust_env=False)
    except RuntimeError:
        http = httpx2.AsyncClient(limits=httpx2.Limits(max_connections=concurrency), trust_env=False)
    client = anthropic.AsyncAnthropic(
        api_key="none", base_url=f"http://127.0.0.1:{port}", http_client=http, max_retries=0, open_telemetry=False
    )
    waiting = iter(chains.values())

    async def place(waiting: Iterator[list[dict[str, Any]]]) -> None:
        for chain in waiting:
            for request in chain:
                async with await client.messages.create(**request, stream=True) as stream:
                    async for _ in stream:
                        pass

    await asyncio.gather(*(place(waiting) for _ in range(concurrency)))
    await client.close()
    lengths = [len(chain) for chain in chains.values()]
    return {"dialogues": len(chains), "failed": 0, "chains": lengths, "calls": sum(lengths)}


def main() -> None:
    """Run, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--dialogues", type=int, default=200)
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--alone", type=Path)
    parser.add_argument("--canned", action="store_true")
    given = parser.parse_args()
    os.environ["ANTHROPIC_BASE_URL"] = f"http://127.0.0.1:{given.port}"
    chains: Chains = json.loads(given.alone.read_text(encoding="utf-8")) if given.alone else {}
    kept = keeping() if given.keep else None
    if given.canned:
        canned()
    with tempfile.TemporaryDirectory() as folder:
        screen("The rules are loaded before the clock starts.")
        Path(folder, "warm").mkdir()
        asyncio.run(dialogues(Path(folder, "warm"), 1, 1, 1))
        if kept is not None:
            kept.clear()
        print("ready", flush=True)
        sys.stdin.readline()
        began, processor = time.perf_counter(), time.process_time()
        if given.alone:
            figures = asyncio.run(alone(given.port, chains, given.concurrency))
        else:
            figures = asyncio.run(dialogues(Path(folder), given.dialogues, given.turns, given.concurrency))
        figures["seconds"] = time.perf_counter() - began
        figures["processor"] = time.process_time() - processor
    figures["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if kept is not None:
        given.keep.write_text(json.dumps(kept), encoding="utf-8")
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
