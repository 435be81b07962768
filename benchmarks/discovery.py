"""Planted truth over 20 seeds: how many of the rules of synthetic corpora discovery finds, and how much it reports falsely.

python benchmarks/discovery.py [--seeds 20] [--dialogues 1500]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "discover"))

from escs.evolve.discover.contrasts import find
from escs.evolve.discover.prototypes import keys_of
from planted import RULES, plant, score


def main() -> None:
    """Print one line a seed, and the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--dialogues", type=int, default=1500)
    given = parser.parse_args()
    found = told = false = 0
    for seed in range(given.first, given.first + given.seeds):
        began = time.perf_counter()
        each = score(find(keys_of(plant(seed=seed, dialogues=given.dialogues))))
        found, told, false = found + each[0], told + each[1], false + each[2]
        print(
            f"seed {seed}: {each[0]} of {len(RULES)} rules, {each[1]} reports, {each[2]} false, {time.perf_counter() - began:.1f} s"
        )
    print(
        f"found {found / (len(RULES) * given.seeds):.1%} of the rules; {false / max(told, 1):.1%} of {told} reports false"
    )


if __name__ == "__main__":
    main()
