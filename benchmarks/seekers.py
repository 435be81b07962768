"""Whether the offline seeker tells good supporters from bad ones, and whether its scores look like SAGE's.

    python benchmarks/seekers.py [--seeds 5] [--split train] [--data DIR]

Over the shipped profiles: the scores of scripted supporters and of the shipped bank with the offline engine, the paired
differences with intervals over personas, missed cues and traps, the spread of the finals, and (with --data) the order of
the intentions beside that of SAGE's traces.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, pstdev

from escs.evolve.simulate.intervals import bootstrap_mean
from escs.evolve.simulate.many import OfflineWork, by_rules, jobs
from escs.evolve.simulate.profiles import SHIPPED, usable
from escs.evolve.simulate.rollout import Rollout
from escs.evolve.simulate.sage import Broken, sage_rollouts
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.taxonomy import taxonomy

SUPPORTERS = ("dismissive", "generic", "parrot", "flatterer", "advice-first", "none", "bank")


def difference(a: Sequence[Rollout], b: Sequence[Rollout], of: Callable[[Rollout], bool] = lambda r: True) -> str:
    """The paired difference of two supporters' finals, with its interval over personas."""
    groups: dict[str, list[float]] = {}
    for one, other in zip(a, b, strict=True):
        if of(one):
            groups.setdefault(one.persona, []).append(one.final - other.final)
    ends = bootstrap_mean(groups)
    mean = fmean(value for values in groups.values() for value in values)
    sure = "" if ends is None or ends[0] <= 0 <= ends[1] else "  (excludes zero)"
    return f"{mean:+6.1f} ({ends[0]:+.1f} to {ends[1]:+.1f}){sure}" if ends else f"{mean:+6.1f}"


def spearman(a: dict[str, float], b: dict[str, float]) -> float:
    """The rank correlation of two tables with the same keys."""
    names = sorted(a)

    def ranks(table: dict[str, float]) -> list[float]:
        ordered = sorted(names, key=lambda name: table[name])
        return [ordered.index(name) for name in names]

    x, y = ranks(a), ranks(b)
    n = len(names)
    return 1 - 6 * sum((i - j) ** 2 for i, j in zip(x, y, strict=True)) / (n * (n * n - 1))


def by_intention(rollouts: Sequence[Rollout]) -> dict[str, float]:
    """Mean final by intention."""
    return {name: fmean(r.final for r in rollouts if r.intention == name) for name in taxonomy().intentions}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--split")
    parser.add_argument("--data", type=Path, default=os.environ.get("ESCS_DATA"))
    given = parser.parse_args()
    profiles = usable(SHIPPED, given.split)
    planned = jobs(profiles, repeats=given.seeds, seed=1)
    held: dict[str, list[Rollout]] = {}
    print(f"{len(profiles)} profiles, {given.seeds} seeds each; emotions 0 to 100")
    print(
        f"{'supporter':14} {'mean':>5} {'sd':>5} {'≥100':>5} {'<10':>5} {'missed cues':>12} {'traps':>7}  unsafe events by rule"
    )
    for name in SUPPORTERS:
        bank = SHIPPED_BANK if name == "bank" else None
        work = OfflineWork(bank, "shipped", None if name == "bank" else name)
        held[name] = rollouts = list(by_rules(work, planned))
        finals = [rollout.final for rollout in rollouts]
        dropped = sum(
            len(r.turns) > turn - 1 and bool(r.turns[turn - 1].supporter) for r in rollouts for turn in r.cues
        )
        kinds = [event.kind for rollout in rollouts for event in rollout.unsafe]
        missed, traps = kinds.count("missed-cue"), sum(any(e.kind == "trap" for e in r.unsafe) for r in rollouts)
        rest = {kind: kinds.count(kind) for kind in sorted(set(kinds) - {"missed-cue", "trap"})}
        print(
            f"{name:14} {fmean(finals):5.1f} {pstdev(finals):5.1f} {sum(f >= 100 for f in finals):5} {sum(f < 10 for f in finals):5} "
            f"{missed:5} of {dropped:3} {traps:3} of {sum(r.trap for r in rollouts):3}  {rest}"
        )
    print("\npaired differences (95% interval over personas)")
    bank = held["bank"]
    for better, worse, where in (
        ("generic", "dismissive", None), ("advice-first", "generic", None), ("bank", "generic", None),
        ("bank", "advice-first", None), ("bank", "none", None), ("bank", "flatterer", None), ("bank", "parrot", None),
        ("advice-first", "generic", "advice"), ("generic", "advice-first", "listening"), ("bank", "flatterer", "traps"),
    ):  # fmt: skip
        of: Callable[[Rollout], bool] = lambda r, where=where: where is None or where in r.groups  # noqa: E731
        print(f"  {better} − {worse}{f', {where}' if where else ''}: {difference(held[better], held[worse], of)}")
    print("\nmean final by intention: bank, and the mean of all supporters")
    ours = by_intention(bank)
    for name, value in sorted(ours.items(), key=lambda item: -item[1]):
        print(f"  {name:16} {value:5.1f}")
    if given.data:
        traces = [r for f in sorted((given.data / "sage" / "traces").glob("*.gz")) for r in sage_rollouts(f, Broken())]
        theirs = by_intention(traces)
        print("of SAGE's traces: " + ", ".join(f"{n} {v:.1f}" for n, v in sorted(theirs.items(), key=lambda i: -i[1])))
        print(f"rank correlation with the bank's order: {spearman(ours, theirs):.2f}")


if __name__ == "__main__":
    main()
