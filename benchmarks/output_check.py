"""What the output check stops and lets pass, and how long it takes.

`python benchmarks/output_check.py` prints the lists in tests/safety/cases/check_held_out.toml, block by block, and the
time of a check. With `--data DIR` it adds how often real supporters' turns (ESConv, validation split) fail each rule.
The first result, before the rules were read, is that 111 of 244 stopped, 243 of 251 passed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from escs.runtime.safety.check import CheckContext, check, met_by
from escs.runtime.safety.risk import Level

CASES = Path(__file__).parents[1] / "tests" / "safety" / "cases" / "check_held_out.toml"
STRICTEST = CheckContext(level=Level.CRISIS, modelled=True, numbers=("999",), kinds=("abuse-now",))
WORDS = (
    "you are is it the pills would be so that nobody can find a your really not i they take tell call with and or , "
    "enough to kill more less way go of them boxes at once"
).split()


def lists() -> str:
    """Stopped and passed, block by block."""
    rows = ["| about | stopped | passed |", "|---|---|---|"]
    for block in tomllib.loads(CASES.read_text(encoding="utf-8"))["block"]:
        where = CheckContext(kinds=tuple(block.get("kinds", ())), assault_told=block.get("assault_told", False))
        strict = replace(where, level=Level.CRISIS, modelled=True) if block.get("in_danger") else where
        bad, good = (block.get(name, "").strip().splitlines() for name in ("fail", "pass"))
        stopped, passed = sum(bool(check(one, strict)) for one in bad), sum(not check(one, where) for one in good)
        rows.append(f"| {block['about']} | {stopped}/{len(bad)} | {passed}/{len(good)} |")
    return "\n".join(rows)


def took(text: str) -> float:
    """Milliseconds of one check."""
    met_by.cache_clear()
    began = perf_counter()
    check(text, STRICTEST)
    return (perf_counter() - began) * 1000


def times() -> str:
    """A sentence of support, and the worst of texts made of the rules' own words."""
    sentence = "It sounds as though the evenings are the hardest part, and you have been lying awake since she left."
    took(sentence)
    dice = random.Random(1)
    rows = [f"a sentence of {len(sentence)} characters: {min(took(f'{sentence} {n}') for n in range(20)):.2f} ms"]
    for size in (400, 4_000, 40_000):
        made = (dice.choices(dice.sample(WORDS, dice.randint(1, 5)), k=size // 4) for _ in range(10))
        rows.append(
            f"worst of ten hostile texts of {size:,} characters: {max(took(' '.join(m)[:size]) for m in made):.1f} ms"
        )
    return "\n".join(rows)


def supporters(data: Path) -> str:
    """How many turns of real supporters fail each rule."""
    dialogues = json.loads((data / "esconv" / "esconv.valid.json").read_text(encoding="utf-8"))
    turns = [
        turn.get("text") or turn.get("content") or ""
        for dialogue in dialogues
        for turn in dialogue.get("dialog") or dialogue.get("dialogue") or ()
        if (turn.get("speaker") or turn.get("role")) in ("sys", "supporter", "assistant")
    ]
    found = Counter(rule for turn in turns for rule in {one.rule for one in check(turn, CheckContext())})
    return f"of {len(turns):,} turns of supporters fail: " + ", ".join(f"{rule} {n}" for rule, n in found.most_common())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ESCS_DATA"))
    options = parser.parse_args()
    print(lists(), times(), sep="\n\n")
    if options.data is not None:
        print(f"\n{supporters(options.data)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
