"""Prints what the crisis screen finds and misses, its false alarms, its alarms on ESConv, and its timing.

    python benchmarks/screen.py --data DIR [--short]

Of the sets that nothing was learned from (screen_aside.jsonl, screen_unseen.jsonl) it prints counts alone, by set; `--short` prints no
single message of the others either.

DIR is the folder with `esconv/esconv.valid.json` (default: the environment variable ESCS_DATA); without it that part
is left out. Of the ESConv turns that were read and judged to be true risks only a prefix of a SHA-256 is kept here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from escs.runtime.safety.language import detect
from escs.runtime.safety.risk import Level
from escs.runtime.safety.rulebook import rulebook
from escs.runtime.safety.screen import screen

CASES = Path(__file__).parents[1] / "tests" / "safety" / "cases"
JUDGED_TRUE = frozenset(
    "82659dbc3471 92e3a01ad8ae 6490a4942a36 e2f0a3a22da8 dcdb8169182a e169f2883887 c018853610b3 ee81d4ad5a2a 33bf2c7823f0".split()
)
"""The first 12 digits of the SHA-256 of ESConv seeker turns (stripped) that voice a true risk, as read by hand."""


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ESCS_DATA"), help="folder of the public data sets")
    parser.add_argument("--short", action="store_true", help="no single messages")
    chosen = parser.parse_args()
    for name in ("screen.jsonl", "screen_held_out.jsonl", "screen_fresh.jsonl"):
        recall(CASES / name, listed=not chosen.short)
    for name in ("screen_aside.jsonl", "screen_unseen.jsonl"):
        unseen(CASES / name)
    ordinary(CASES / "ordinary.jsonl")
    if chosen.data and (Path(chosen.data) / "esconv" / "esconv.valid.json").is_file():
        esconv(Path(chosen.data) / "esconv" / "esconv.valid.json")
        timing_unseen(Path(chosen.data) / "esconv" / "esconv.valid.json")
    else:
        print("\nESConv: left out, no esconv/esconv.valid.json (give --data DIR or set ESCS_DATA)")
    timing()


def recall(file: Path, *, listed: bool) -> None:
    """Recall by kind and slice with every miss, and every false alarm."""
    cases = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    found: dict[str, list[bool]] = defaultdict(list)
    misses, alarms, harmless = [], [], 0
    for case in cases:
        wanted, seen = Level[case["level"].upper()], screen(case["text"])
        if wanted == Level.NONE:
            harmless += 1
            if seen.level >= Level.ELEVATED:
                alarms.append((seen.level.word, case["text"], [sign.rule for sign in seen.telling]))
            continue
        right = seen.level >= wanted
        for group in (f"all {case['level']}", f"kind {case['kind']} {case['level']}", f"slice {case['slice']}"):
            found[group].append(right)
        if not right:
            misses.append((case["kind"], case["level"], seen.level.word, case["text"]))
    print(f"\n{file.name}: {len(cases)} messages")
    for group, results in sorted(found.items()):
        print(f"  {group:45} {sum(results):4} of {len(results):4}  {sum(results) / len(results):.3f}")
    print(f"  false alarms: {len(alarms)} of {harmless} harmless messages")
    if not listed:
        return
    for miss in misses:
        print("  missed:", *miss, sep=" | ")
    for alarm in alarms:
        print("  false alarm:", *alarm, sep=" | ")


def unseen(file: Path) -> None:
    """Counts by set and by kind of messages that nothing was learned from: by the rules, with weighed phrases, and with the ear."""
    cases = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    print(f"\n{file.name}: {len(cases)} messages; by the rules alone, with weighed phrases, and with the ear")
    groups: dict[str, list[tuple[Level, Level, Level]]] = defaultdict(list)
    for case in cases:
        text = case["text"]
        rules, phrases = (screen(text, by_weight=weight, by_ear=False).level for weight in (False, True))
        seen = rules, phrases, screen(text).level
        groups[f"set {case.get('set', '')} {case['level']}"].append(seen)
        if case["level"] == "crisis":
            groups[f"kind {case['kind']}"].append(seen)
            groups[f"slice {case.get('slice', '')}"].append(seen)
    for group, levels in sorted(groups.items()):
        grave, raised = (
            " ".join(f"{sum(level[way] >= least for level in levels) / len(levels):6.1%}" for way in range(3))
            for least in (Level.CRISIS, Level.ELEVATED)
        )
        print(f"  {group:32} {len(levels):4}  crisis {grave}  at least elevated {raised}")


def ordinary(file: Path) -> None:
    """How much of harmless everyday talk is raised. Rules were mended with these in view, so of others more will be."""
    cases = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    print(f"\n{file.name}: {len(cases)} harmless messages")
    for group in dict.fromkeys(case["set"] for case in cases):
        levels = [screen(case["text"]).level for case in cases if case["set"] == group]
        crisis, elevated = (sum(level == each for level in levels) for each in (Level.CRISIS, Level.ELEVATED))
        print(f"  {group:10} {len(levels):4}  crisis {crisis}, elevated {elevated}")


def esconv(file: Path) -> None:
    """Alarms on the seeker turns of ESConv's validation split, and how many of them were judged true."""
    turns = [
        turn["content"].strip()
        for talk in json.loads(file.read_text(encoding="utf-8"))
        for turn in talk["dialog"]
        if turn["speaker"] == "seeker"
    ]
    by_level: dict[str, int] = defaultdict(int)
    false = []
    for text in turns:
        seen = screen(text)
        if seen.level >= Level.ELEVATED:
            by_level[seen.level.word] += 1
            if _mark(text) not in JUDGED_TRUE:
                false.append((_mark(text), seen.level.word, [sign.rule for sign in seen.telling]))
    alarms = sum(by_level.values())
    riskless = sum(_mark(text) not in JUDGED_TRUE for text in turns)
    print(f"\nESConv validation: {len(turns)} seeker turns, alarms {dict(by_level)}, judged true {alarms - len(false)}")
    print(f"  false alarms on turns without risk: {len(false)} of {riskless}, {100 * len(false) / riskless:.2f}%")
    for alarm in false:
        print("  false alarm:", *alarm, sep=" | ")
    print(f"  taken for another language: {sum(detect(text) != 'en' for text in turns)} of {len(turns)}")


def timing_unseen(file: Path) -> None:
    """Milliseconds for windows of ESConv that the automaton has not met, and the same ones once more."""
    talks = json.loads(file.read_text(encoding="utf-8"))
    text = " ".join(turn["content"].strip() for talk in talks for turn in talk["dialog"] if turn["speaker"] == "seeker")
    windows = [text[start : start + 500] for start in range(0, 150_000, 500)]
    rulebook.cache_clear()
    screen("warm up, I want to die")
    unseen = _times(windows, warm_up=0)
    again = _times(windows[:100], warm_up=0)
    print(
        f"\nESConv in windows of 500 characters, ms: unseen p50 {_at(unseen, 50):.2f}, p95 {_at(unseen, 95):.2f};",
        end="",
    )
    print(f" met before p50 {_at(again, 50):.2f}, p95 {_at(again, 95):.2f}")
    rulebook.cache_clear()
    screen("warm up, I want to die")
    whole = [_times([text[:100_000]], warm_up=0)[0] for _ in range(3)]
    print(f"ESConv, 100,000 characters, ms: unseen {whole[0]:.0f}, then {whole[1]:.0f} and {whole[2]:.0f}")
    said = [turn["content"].strip() for talk in talks[:60] for turn in talk["dialog"] if turn["speaker"] == "seeker"]
    print("with the ear, milliseconds by the clock, of the screen and of the ear's share:")
    for name, texts in (
        ("seeker turns", said),
        ("500 characters", windows[:200]),
        ("100,000 characters", [text[:100_000]] * 3),
    ):
        alone = sorted(_clock(partial(screen, each, by_ear=False)) for each in texts)
        both = sorted(_clock(partial(screen, each)) for each in texts)
        print(
            f"  {name:20} p50 {_at(both, 50):6.1f}, p95 {_at(both, 95):6.1f}; without it {_at(alone, 50):6.1f}, {_at(alone, 95):6.1f}"
        )


def timing() -> None:
    """Milliseconds of processor time for one screening by rules and phrases on warm state, ordinary and hostile texts."""
    cases = [json.loads(line) for line in (CASES / "screen.jsonl").read_text(encoding="utf-8").splitlines()]
    ordinary = " ".join(case["text"] for case in cases if case["level"] == "none")
    dense = " ".join(case["text"] for case in cases)
    hostile: dict[str, Callable[[int], str]] = {
        "ordinary": lambda size: (ordinary * (size // len(ordinary) + 1))[:size],
        "dense in danger": lambda size: (dense * (size // len(dense) + 1))[:size],
        "repeated": lambda size: ("i want to die " * size)[:size],
        "negated": lambda size: ("not never don't want to " * size)[:size],
        "nested": lambda size: ("((\"'[" * size)[:size],
        "spaced letters": lambda size: ("k i l l m y s e l f " * size)[:size],
        "glued": lambda size: ("iwanttokillmyself" * size)[:size],
        "unicode": lambda size: ("к𝕚ll\u200b mуsеlf 👍🏽 " * size)[:size],
        "stops": lambda size: ("i. want! to? die... " * size)[:size],
        "took pills": lambda size: ("took all took many took whole bottle of " * size)[:size],
    }
    screen("warm up, I want to die")
    print("\ntiming, milliseconds    500 characters: p50     p95      100,000 characters: p50     p95")
    for name, make in hostile.items():
        short = [make(500)] * 60
        if name == "ordinary":
            short = [ordinary[start : start + 500] for start in range(0, len(ordinary) - 500, 250)]
        few, many = _times(short * 3), _times([make(100_000)] * 12)
        print(f"  {name:20} {_at(few, 50):24.2f} {_at(few, 95):7.2f} {_at(many, 50):29.2f} {_at(many, 95):7.2f}")


def _times(texts: Iterable[str], warm_up: float = 1 / 3) -> list[float]:
    taken = []
    for text in texts:
        before = time.process_time()
        screen(text, by_ear=False)
        taken.append(1000 * (time.process_time() - before))
    return sorted(taken[int(len(taken) * warm_up) :])  # the first part warms the automaton up


def _clock(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - before)


def _at(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]


if __name__ == "__main__":
    main()
