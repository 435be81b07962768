"""Every figure of docs/evidence.md, from the corpora: prints the tables, or writes them and the picture into the docs.

    python benchmarks/evidence.py --data DIR [--write docs/evidence.md]

Reads ESConv's training part, FailedESConv and SAGE's traces (see docs/evidence.md for where they are had).
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from escs.evolve.discover.contrast import Estimate
from escs.evolve.discover.contrasts import EARLY, Finding, Point, compare, find, points
from escs.evolve.discover.corpora import Account, read_corpora
from escs.evolve.discover.prototypes import Key, in_order, key_of, prototypes, title_of
from escs.evolve.discover.summary import Summary
from escs.evolve.discover.units import cut
from escs.runtime.taxonomy import taxonomy

BEGIN, END = "<!-- figures: made by benchmarks/evidence.py -->", "<!-- end of figures -->"
KINDS = ("constructive", "neutral", "negative", "unknown")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)] + [""]


def interval(found: Estimate) -> str:
    """A difference with its interval."""
    return f"{found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f})"


def actions(some: Sequence[Point]) -> Iterator[tuple[str, Estimate, float]]:
    """Each action over all states: the matched difference, and the raw one."""
    for action in taxonomy().actions:
        found = compare(some, action)
        if found is None:
            continue
        mine = [point.value for point in some if point.action == action]
        rest = [point.value for point in some if point.action != action]
        yield action, found, sum(mine) / len(mine) - sum(rest) / len(rest)


def lines(summary: Summary, keys: Sequence[Key], findings: Sequence[Finding]) -> Iterator[str]:
    """The tables."""
    yield "**Units and outcomes by source**"
    yield ""
    yield from table(
        ("source", "units", *KINDS),
        [
            (title_of(source), f"{sum(counts.values()):,}", *(f"{counts.get(kind, 0):,}" for kind in KINDS))
            for source, counts in summary.by_source.items()
        ],
    )
    yield "**What decided the outcome**"
    yield ""
    yield from table(("evidence", "units"), [(name, f"{count:,}") for name, count in summary.decided.most_common()])
    yield "**Outcomes under other thresholds**"
    yield ""
    yield from table(
        ("rule", *KINDS),
        [(name, *(f"{counts.get(kind, 0):,}" for kind in KINDS)) for name, counts in summary.sensitivity.items()],
    )
    for basis in ("observed", "simulated"):
        some = [point for point in points(keys) if point.key.basis == basis]
        yield f"**Actions beside others, {basis}: raw, and matched on source, turn, starting intensity and state**"
        yield ""
        yield from table(
            ("action", "units", "dialogues", "raw difference", "matched difference (95% interval)"),
            [
                (action, f"{found.units:,}", f"{found.dialogues:,}", f"{raw:+.3f}", interval(found))
                for action, found, raw in actions(some)
            ],
        )
    told = [finding for finding in findings if finding.told]
    tested = Counter(finding.question.basis for finding in findings)
    yield f"**Told apart from chance**: {len(told)} of {len(findings)} contrasts ({tested['observed']} observed, {tested['simulated']} simulated)."
    yield ""
    yield from table(
        ("basis", "contrast", "difference", "units", "dialogues", "q"),
        [
            (
                f.question.basis,
                f.question.words,
                interval(f.estimate),
                f"{f.estimate.units:,}",
                f"{f.estimate.dialogues:,}",
                f"{f.q:.4f}",
            )
            for f in told
        ],
    )
    errors = sorted(f.estimate.error for f in findings if f.question.basis == "observed" and f.question.state != "*")
    yield (
        f"**What could have been seen**: in a single state the median standard error of an observed contrast is "
        f"{errors[len(errors) // 2]:.3f}, so a true difference below about {4.0 * errors[len(errors) // 2]:.2f} would mostly be "
        f"missed among so many tests. {len(prototypes(keys))} combinations of state and action were met often enough to be compared."
    )


def picture(keys: Sequence[Key], path: Path) -> None:
    """A forest plot of the actions, observed and simulated side by side."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "escs"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9.6, 4.2), sharey=True, constrained_layout=True)
    names = [name for name in taxonomy().actions if any(key.action == name for key in keys)]
    for axis, basis in zip(axes, ("observed", "simulated"), strict=True):
        some = [point for point in points(keys) if point.key.basis == basis]
        for action, found, _ in actions(some):
            place = -names.index(action)
            axis.plot([found.low, found.high], [place, place], color="#3b6ea5", linewidth=2)
            axis.plot([found.difference], [place], "o", color="#1d3c5e")
        axis.axvline(0, color="#888888", linewidth=1)
        axis.set_title("people (ESConv, FailedESConv)" if basis == "observed" else "simulated seekers (SAGE)")
        axis.set_xlabel("constructive units beyond other actions at like moments")
    axes[0].set_yticks([-place for place in range(len(names))], names)
    figure.savefig(path, metadata={"Date": None, "Creator": None})


def main() -> None:
    """Print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("ESCS_DATA"), required="ESCS_DATA" not in os.environ
    )
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    data, summary, keys = Path(given.data), Summary(), []
    corpora = [data / "esconv" / "esconv.train.json", data / "esconv" / "failed_esconv.json", data / "sage" / "traces"]
    for dialogue in read_corpora(corpora, Account()):
        for unit in cut(dialogue):
            summary.add(unit)
            keys.append(key_of(unit))
    keys = in_order(keys)
    text = "\n".join(lines(summary, keys, find(keys)))
    if given.write is None:
        print(text)
        return
    before, _, rest = given.write.read_text(encoding="utf-8").partition(BEGIN)
    _, _, behind = rest.partition(END)
    given.write.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{behind}", encoding="utf-8")
    picture(keys, given.write.with_suffix(".svg"))
    assert EARLY == 4, "docs/evidence.md says that the first four turns are early"


if __name__ == "__main__":
    main()
