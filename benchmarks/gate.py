"""How often the gate errs and how many pairs it needs, by simulation on scores of SAGE's public traces.

    python benchmarks/gate.py [--data DIR] [--nulls 10000] [--tries 2000]

DIR is the folder of the public data (default: the environment variable ESCS_DATA). Final emotions are drawn from its trace
files: a pair is two dialogues of one file with one profile group (intention), each drawn on its own, so that the
differences have the spread that SAGE's scores have. For a true difference the candidate's score is moved by it, cut to
0 to 100. The fixed-sample test beside it is the one-sided paired z test with the spread known, planned for the same
errors (alpha 0.05, power 0.8 at 10 points).
"""

from __future__ import annotations

import argparse
import os
from math import ceil, sqrt
from pathlib import Path
from random import Random
from statistics import NormalDist, fmean, pstdev

from escs.evolve.gate.wealth import Wealth
from escs.evolve.simulate.sage import Broken, sage_rollouts

ALPHA, BETA, AIM, LEAST, MOST = 0.05, 0.2, 10.0, 12, 3000


def pools(data: Path) -> list[list[float]]:
    """Final emotions by trace file and intention, where there are at least five."""
    found: dict[tuple[str, str], list[float]] = {}
    for file in sorted((data / "sage" / "traces").glob("*.jsonl.gz")):
        for rollout in sage_rollouts(file, Broken()):
            found.setdefault((file.name, rollout.intention), []).append(max(0.0, min(100.0, rollout.final)))
    return [scores for scores in found.values() if len(scores) >= 5]


def one(dice: Random, scores: list[list[float]], true: float, spread: float) -> tuple[int, bool]:
    """Pairs until the gate's primary test knows, looked at after every pair; and whether it accepted."""
    better, worse = Wealth(0.0, AIM, spread), Wealth(AIM, AIM, spread, sign=-1)
    for number in range(1, MOST):
        pool = dice.choice(scores)
        difference = max(-100.0, min(100.0, dice.choice(pool) - dice.choice(pool) + true))
        better.see(difference)
        worse.see(difference)
        if better.convinced(ALPHA) and number >= LEAST:
            return number, True
        if worse.convinced(BETA) and not better.convinced(ALPHA):
            return number, False
    return MOST, False


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ESCS_DATA"), help="folder of the public data sets")
    parser.add_argument("--nulls", type=int, default=10_000)
    parser.add_argument("--tries", type=int, default=2_000)
    chosen = parser.parse_args()
    if not chosen.data:
        parser.error("name the folder of the public data with --data or ESCS_DATA")
    scores = pools(Path(chosen.data))
    dice = Random(1)
    spread = pstdev([dice.choice(pool) - dice.choice(pool) for pool in (dice.choice(scores) for _ in range(20_000))])
    z = NormalDist().inv_cdf(1 - ALPHA) + NormalDist().inv_cdf(1 - BETA)
    fixed = ceil((z * spread / AIM) ** 2)
    print(f"{sum(map(len, scores))} final emotions in {len(scores)} pools; a paired difference has sd {spread:.1f}")
    print(f"fixed-sample paired test (alpha {ALPHA}, power {1 - BETA} at {AIM:g}): {fixed} pairs")
    nulls = [one(dice, scores, 0.0, 40.0) for _ in range(chosen.nulls)]
    wrong = sum(accepted for _, accepted in nulls)
    error = sqrt(wrong / len(nulls) * (1 - wrong / len(nulls)) / len(nulls))
    print(
        f"nulls: {wrong} of {len(nulls)} accepted ({wrong / len(nulls):.2%} ± {1.96 * error:.2%}), looking after every pair"
    )
    print("true difference | accepted | mean pairs | of the fixed sample")
    shares = {}
    for true in (-10.0, 0.0, 5.0, 10.0, 15.0, 20.0):
        some = [one(dice, scores, true, 40.0) for _ in range(chosen.tries)]
        mean = fmean(pairs for pairs, _ in some)
        shares[true] = mean / fixed
        print(f"{true:+15.0f} | {fmean(accepted for _, accepted in some):8.1%} | {mean:10.0f} | {mean / fixed:.0%}")
    print(f"averaged over 0 and 10: {(shares[0.0] + shares[10.0]) / 2:.0%}; at 20: {shares[20.0]:.0%}")


if __name__ == "__main__":
    main()
