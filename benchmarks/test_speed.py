"""How quick the program is: start-up, opening a bank, and a turn apart from the model, at 27, 1,000 and 10,000 skills.

    pytest benchmarks/test_speed.py --benchmark-columns=min,median,max

Each case also prints what is asked of it beside what was measured: 95th percentiles, and ratios within one run.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from escs.runtime.bank.bank import Bank
from escs.runtime.conversation import Conversation
from escs.runtime.engines.offline import OfflineEngine
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.safety.course import Course
from escs.runtime.taxonomy import taxonomy
from escs.runtime.turn import Done, Supporter

TURNS = (
    "My boss shouted at me in front of everybody and I have not slept since.",
    "I don't know. It just feels like nothing I do is ever enough for them.",
    "What should I do about the exam next week?",
    "My mother died in March and I keep reaching for the phone to call her.",
    "I'm so tired of explaining myself to my sister.",
    "Yes.",
    "We broke up after six years and I feel completely lost without her.",
    "I am scared that I will lose the flat, the rent is two months late.",
)


def make_bank(root: Path, size: int) -> Path:
    """A bank of `size` skills that differ in their words and conditions, made from those that ship."""
    draw = random.Random(7)
    words = taxonomy()
    sources = [entry.path.read_text(encoding="utf-8") for entry in Bank(SHIPPED_BANK, cached=False)]
    vocabulary = sorted({word for text in sources for word in text.lower().split() if word.isalpha()})
    for number in range(size):
        text = sources[number % len(sources)]
        old = next(line for line in text.splitlines() if line.startswith("name: "))
        name = f"skill-{number:05d}"
        noise = " ".join(draw.sample(vocabulary, 12))
        condition = f"    state: {draw.choice(list(words.states))}, {draw.choice(list(words.states))}\n"
        text = text.replace(old, f"name: {name}", 1)
        text = text.replace("description: ", f"description: About {noise}. ", 1)
        text = text.replace("  conditions: |\n", f"  conditions: |\n{condition}", 1)
        (root / name).mkdir(parents=True)
        (root / name / "SKILL.md").write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module", params=[27, 1_000, 10_000])
def bank(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank on disk, of each size."""
    return make_bank(tmp_path_factory.mktemp(f"bank{request.param}"), request.param)


def test_opening(bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, benchmark: Callable) -> None:  # type: ignore[type-arg]
    """The first time everything is parsed; after that the index answers."""
    monkeypatch.setenv("ESCS_CACHE_DIR", str(tmp_path))
    time.sleep(0.1)  # files written a moment ago are read twice; that is no part of what is measured
    began = time.perf_counter()
    size = len(Bank(bank))
    first = time.perf_counter() - began
    benchmark.pedantic(lambda: Bank(bank).close(), rounds=7)
    after = statistics.median(benchmark.stats.stats.data)
    print(f"\nopen {size:>6} skills: first {first:.3f} s (asked at 1,000: 1 s), after {after:.3f} s (asked: 0.2 s)")


def test_turn(bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, benchmark: Callable) -> None:  # type: ignore[type-arg]
    """A whole offline turn apart from the model; the offline engine's rules are the model here."""
    monkeypatch.setenv("ESCS_CACHE_DIR", str(tmp_path))
    supporter = Supporter(Bank(bank), OfflineEngine())

    async def talk() -> list[float]:
        spent = []
        for number in range(30):
            conversation = Conversation(Course.start(country="GB"))
            for text in random.Random(number).sample(TURNS, len(TURNS)):
                async for event in supporter.respond(conversation, text):
                    if isinstance(event, Done):
                        spent.append(event.turn.overhead_ms)
        return spent

    spent = asyncio.run(talk())[len(TURNS) :]
    asked = {27: 5, 1_000: 10, 10_000: 60}[len(supporter.bank)]
    p95 = statistics.quantiles(spent, n=20)[-1]
    print(
        f"\nturn at {len(supporter.bank):>6} skills: median {statistics.median(spent):.2f} ms, p95 {p95:.2f} ms (asked: {asked})"
    )

    def one() -> None:
        async def turn() -> None:
            async for _ in supporter.respond(Conversation(Course.start(country="GB")), TURNS[0]):
                pass

        asyncio.run(turn())

    benchmark.pedantic(one, rounds=20, warmup_rounds=2)


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, input=b"")
    return time.perf_counter() - began


@pytest.mark.parametrize(
    ("name", "arguments", "asked"),
    [
        ("escs --help", ["-m", "escs.runtime", "--help"], 3),
        (
            "first prompt of an offline escs chat",
            ["-m", "escs.runtime", "chat", "--engine", "offline", "--resume", ""],
            8,
        ),
    ],
)
def test_start(name: str, arguments: list[str], asked: int, benchmark: Callable) -> None:  # type: ignore[type-arg]
    """The wall time of a whole process against `python -c "import click"`, in turn, as medians of ratios."""
    if "prompt" in name:
        arguments = ["-c", FIRST_PROMPT]
    _seconds([sys.executable, *arguments])
    ratios = []
    for _ in range(9):
        click = _seconds([sys.executable, "-c", "import click"])
        ratios.append(_seconds([sys.executable, *arguments]) / click)
    print(
        f"\n{name}: {statistics.median(ratios):.1f} times `import click` (asked: {asked}); runs {min(ratios):.1f} to {max(ratios):.1f}"
    )
    benchmark.pedantic(lambda: _seconds([sys.executable, *arguments]), rounds=3)


FIRST_PROMPT = """
import os, pty, sys, select
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.executable, [sys.executable, "-m", "escs.runtime", "chat", "--engine", "offline"])
seen = b""
while b"you>" not in seen:
    if select.select([terminal], [], [], 20)[0]:
        seen += os.read(terminal, 65536)
        if b"\\x1b[6n" in seen:
            os.write(terminal, b"\\x1b[1;1R")
            seen = seen.replace(b"\\x1b[6n", b"")
os.kill(pid, 9)
os.waitpid(pid, 0)
"""
"""Starts the chat on a terminal of its own and ends as soon as its prompt stands there."""
