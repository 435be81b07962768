"""How well the habit ranking foretells what a human supporter did next, from the text of the dialogue so far.

    python benchmarks/habit.py [--data DIR]

DIR is the research data folder (default: $ESCS_DATA). Counted are all supporter turns that follow a seeker turn;
supporter messages in a row are one turn, and the strategy marked for the first of them counts. `first` is how often
that strategy is ranked first, `first three` how often it is among the first three distinct ones. Figures only.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from escs.evolve.discover.figures import Annotated, count, read_annotated, turns
from escs.runtime.figures import NONE, Figures, load
from escs.runtime.habit import habit_at, rank_actions
from escs.runtime.moment import moment
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.state import SeekerState
from escs.runtime.taxonomy import taxonomy

Moments = list[tuple[dict[str, str], str]]

FOLDS = 5


def moments(dialogue: Annotated, *, given: bool = False) -> Moments:
    """A dialogue's turns as moments; with earlier strategies as marked where `given`, else inferred."""
    marked = [name or "Others" for name in dialogue.strategies]
    return [
        (moment(dialogue.messages[:place], marked[:place] if given else None), strategy)
        for place, strategy in turns(dialogue)
    ]


def counted(rows: Moments) -> Figures:
    """Figures from moments."""
    return Figures(strategies=tuple(taxonomy().strategies), habit=count(rows))


def score(rows: Moments, rank: Callable[[dict[str, str]], Sequence[str]]) -> tuple[float, float]:
    """Shares of turns with the right strategy first, and among the first three."""
    ranked = [(rank(shown), strategy) for shown, strategy in rows]
    first = sum(names[0] == strategy for names, strategy in ranked)
    three = sum(strategy in names[:3] for names, strategy in ranked)
    return first / len(rows), three / len(rows)


def by(figures: Figures) -> Callable[[dict[str, str]], Sequence[str]]:
    """A ranking of strategies by these figures."""
    return lambda shown: [name for name, _ in habit_at(shown, figures).strategies]


def show(name: str, shares: tuple[float, float]) -> None:
    """One line of the table."""
    print(f"  {name:52} {shares[0]:6.1%} {shares[1]:12.1%}")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ESCS_DATA"), help="default: $ESCS_DATA")
    data = parser.parse_args().data
    if data is None:
        raise SystemExit("Give --data DIR or set ESCS_DATA.")
    train = list(read_annotated(data / "esconv" / "esconv.train.json"))
    valid = list(read_annotated(data / "esconv" / "esconv.valid.json"))
    learnt = [moments(dialogue) for dialogue in train]
    tried = [row for dialogue in valid for row in moments(dialogue)]
    flat = [row for rows in learnt for row in rows]
    common = [name for name, _ in Counter(strategy for _, strategy in flat).most_common()]

    print(f"valid: {len(valid)} dialogues, {len(tried)} turns{'first':>31} {'first three':>12}")
    show("the commonest, in the order of train", score(tried, lambda _: common))
    show("hand-set rules, no figures", score(tried, by(NONE)))
    show("figures of train", score(tried, by(counted(flat))))
    shipped = load(SHIPPED_BANK / "figures.toml")
    if not shipped.empty:
        show(f"the shipped bank's figures ({', '.join(shipped.provenance.corpora)})", score(tried, by(shipped)))
    true_flat = [row for dialogue in train for row in moments(dialogue, given=True)]
    true_tried = [row for dialogue in valid for row in moments(dialogue, given=True)]
    show("figures of train, told the true earlier strategies", score(true_tried, by(counted(true_flat))))

    print(f"train, {FOLDS}-fold cross-validation over dialogues: {len(flat)} turns")
    show("hand-set rules, no figures", score(flat, by(NONE)))
    parts = []
    for fold in range(FOLDS):
        rest = [row for number, rows in enumerate(learnt) if number % FOLDS != fold for row in rows]
        kept = [row for number, rows in enumerate(learnt) if number % FOLDS == fold for row in rows]
        parts.append((len(kept), score(kept, by(counted(rest)))))
    whole = sum(size for size, _ in parts)
    first, three = (sum(size * shares[place] for size, shares in parts) / whole for place in (0, 1))
    show("figures of the other folds", (first, three))

    figures = counted(flat)
    histories = [dialogue.messages[:40] for dialogue in valid if len(dialogue.messages) >= 40]
    spent = []
    for history in histories:
        started = time.perf_counter()
        rank_actions(history, SeekerState(), figures)
        spent.append(1000 * (time.perf_counter() - started))
    if spent:
        spent.sort()
        print(f"rank_actions, 40 messages: {spent[len(spent) // 2]:.2f} ms median, {spent[-1]:.2f} ms at most")


if __name__ == "__main__":
    main()
