"""How many simulated dialogues a second: offline on all cores, and against a fake Messages API.

    python benchmarks/throughput.py [--dialogues 200] [--turns 10] [--concurrency 64] [--latency 0.5] [--inspect PYTHON]

Four things are printed for the fake API, each run in a process of its own with everything loaded before the clock starts:

- how close to the ideal at a latency of half a second. Each dialogue is a chain of calls that wait for one another, so
  the ideal is calls × latency ÷ concurrency, plus the tail: when fewer dialogues are left than places, some places stand
  empty. The tail is found by dealing the chains out to the places in order, as the run does;
- the processor time of a call; that of the SDK alone, asked the same requests in a bare loop; and ours alone, with the
  answers given where the SDK would be asked;
- the highest rate of one process and of two, at a latency of next to nothing; and the memory of 1,000 dialogues;
- the same requests through Inspect AI, where a Python that has `inspect-ai` is named (`--inspect`) or runs this.

The fake API stands in a process of its own and shares the cores with what is measured; what it takes is printed too.
"""

from __future__ import annotations

import argparse
import heapq
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from escs.evolve.processes import cores
from escs.evolve.simulate.many import OfflineWork, by_rules, jobs
from escs.evolve.simulate.profiles import SHIPPED, usable
from escs.runtime.paths import SHIPPED_BANK

HERE = Path(__file__).parent
FAKE = HERE.parent / "tests" / "simulate" / "fake_api.py"
ROUNDS = 3  # of each way, side by side: other work on the machine makes single ones uncertain
QUICK = 0.005  # seconds of latency where the rate is sought: nothing is waited for but the processor
Figures = dict[str, Any]


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
        f"offline: {len(rollouts)} dialogues, {turns / len(rollouts):.1f} turns each, in {took:.1f} s on {cores()} cores: "
        f"{len(rollouts) / took:.0f} a second"
    )


def ideal(chains: Sequence[int], concurrency: int, latency: float) -> float:
    """Seconds that the calls take where nothing but the latency takes time."""
    places = [0.0] * min(concurrency, len(chains))
    for calls in chains:
        heapq.heapreplace(places, places[0] + calls * latency)
    return max(places)


@contextmanager
def fake(latency: float) -> Iterator[int]:
    """The port of a fake API."""
    command = [sys.executable, str(FAKE), "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline())
        finally:
            server.kill()


def counts(port: int) -> Figures:
    """What the fake API met, and the processor time that it took for it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/count") as reply:
        found: Figures = json.load(reply)
        return found


def together(port: int, *commands: Sequence[str], patience: float | None = None) -> list[Figures]:
    """Start the processes, let them go at the same moment once all are ready, and read their figures."""
    began = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for command in commands
    ]
    try:
        for process in began:
            assert process.stdout is not None
            if process.stdout.readline().strip() != "ready":
                raise SystemExit(f"{process.args!r} did not start.")
        before = counts(port)
        for process in began:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        found = [json.loads(process.communicate(timeout=patience)[0]) for process in began]
    finally:
        for process in began:
            process.kill()
    after = counts(port)
    for figures in found:
        figures["server"] = 1000 * (after["processor"] - before["processor"]) / max(1, after["met"] - before["met"])
        figures["met"] = after["met"] - before["met"]
    return found


def run(port: int, dialogues: int, turns: int, concurrency: int, *more: str) -> list[str]:
    """The command of one measured run."""
    return [
        sys.executable, str(HERE / "throughput_run.py"), str(port), "--dialogues", str(dialogues),
        "--turns", str(turns), "--concurrency", str(concurrency), *more,
    ]  # fmt: skip


def said(figures: Figures) -> str:
    """A run's figures in words."""
    calls = figures["calls"]
    return (
        f"{figures['dialogues']} dialogues ({figures['failed']} failed), {calls:,} calls in {figures['seconds']:.1f} s: "
        f"{calls / figures['seconds']:.0f} calls a second, {1000 * figures['processor'] / calls:.2f} ms of processor a call, "
        f"{figures['megabytes']:.0f} MB; the fake API {figures['server']:.2f} ms a call"
    )


def close(name: str, figures: Figures, concurrency: int, latency: float) -> None:
    """Print how close a run came to the ideal."""
    best = ideal(figures["chains"], concurrency, latency)
    print(
        f"{name}, {latency} s: {said(figures)}; ideal {best:.1f} s, ratio {figures['seconds'] / best:.3f}", flush=True
    )


def rates(port: int, shape: tuple[int, int, int], kept: Path) -> None:
    """Print what a call takes beside the SDK's own, the highest rates, and the memory of many dialogues."""
    ways = {"one process": (), "the SDK alone": ("--alone", str(kept)), "ours alone": ("--canned",)}
    least = dict.fromkeys(ways, float("inf"))
    for number in range(1, ROUNDS + 1):
        for name, more in ways.items():
            figures = together(port, run(port, *shape, *more))[0]
            least[name] = min(least[name], 1000 * figures["processor"] / figures["calls"])
            print(f"{name}, {number} of {ROUNDS}: {said(figures)}", flush=True)
    print(
        f"milliseconds of processor a call, the least of {ROUNDS}: {', '.join(f'{n} {ms:.2f}' for n, ms in least.items())}"
    )
    two = together(port, run(port, *shape), run(port, *shape))
    rate = sum(one["calls"] for one in two) / max(one["seconds"] for one in two)
    print(f"two processes: {rate:.0f} calls a second together; each {said(two[0])}", flush=True)
    print(f"1,000 dialogues: {said(together(port, run(port, 1000, *shape[1:]))[0])}", flush=True)


def with_inspect(python: str, kept: Path, concurrency: int, latency: float) -> None:
    """Print the same for Inspect AI, or why not."""
    found = subprocess.run([python, "-c", "import inspect_ai"], capture_output=True, check=False)
    if found.returncode:
        print(f"Inspect AI: left out, {python} has no inspect-ai (name a Python that has it with --inspect)")
        return
    command = [python, str(HERE / "throughput_inspect.py"), "PORT", str(kept), "--concurrency", str(concurrency)]
    chains = [len(chain) for chain in json.loads(kept.read_text(encoding="utf-8")).values()]
    for wait in (latency, QUICK):
        patience = 60 + 4 * ideal(chains, concurrency, latency)
        with fake(wait) as port:
            given = [str(port) if part == "PORT" else part for part in command]
            try:
                figures = together(port, given, patience=patience)[0]
            except subprocess.TimeoutExpired:
                print(
                    f"Inspect AI, {wait} s: not done after {patience:.0f} s; {counts(port)['met']} calls were made",
                    flush=True,
                )
                continue
        figures["calls"] = figures["met"]
        close("Inspect AI", figures, concurrency, wait)


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialogues", type=int, default=200)
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--latency", type=float, default=0.5)
    parser.add_argument("--offline", type=int, default=1000, help="offline dialogues; 0 for none")
    parser.add_argument("--inspect", default=sys.executable, metavar="PYTHON", help="a Python that has inspect-ai")
    given = parser.parse_args()
    if given.offline:
        offline(given.offline)
    shape = (given.dialogues, given.turns, given.concurrency)
    transport = "aiohttp" if importlib.util.find_spec("aiohttp") else "httpx2; aiohttp is quicker, and not installed"
    print(f"fake API on {cores()} cores, {given.concurrency} dialogues at once, transport: {transport}")
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder, "chains.json")
        with fake(given.latency) as port:
            close("escs", together(port, run(port, *shape))[0], given.concurrency, given.latency)
        with fake(QUICK) as port:
            together(port, run(port, *shape, "--keep", str(kept)))
            rates(port, shape, kept)
        with_inspect(given.inspect, kept, given.concurrency, given.latency)


if __name__ == "__main__":
    main()
