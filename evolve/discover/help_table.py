"""The table `help` of a bank's figures: how each action went beside others in a state, early or late, after what was tried."""

from __future__ import annotations

from collections.abc import Sequence

from escs.evolve.discover.contrasts import compare, points
from escs.evolve.discover.prototypes import Key
from escs.runtime.figures import Table
from escs.runtime.helpful import ANY, EARLY
from escs.runtime.taxonomy import taxonomy


def help_table(keys: Sequence[Key]) -> Table:
    """Place → action → difference and error in thousandths, units, dialogues. People's corpora alone count."""
    mine = [point for point in points(keys) if point.key.basis == "observed"]
    places: dict[str, list[int]] = {ANY: list(range(len(mine)))}
    for number, point in enumerate(mine):
        when = f"turns 1-{EARLY}" if point.key.turn <= EARLY else f"turns {EARLY + 1} on"
        names = [point.state, f"{point.state}, {when}"] if point.state else []
        names += [f"after {point.key.previous}"] if point.key.previous else []
        for name in names:
            places.setdefault(name, []).append(number)
    table: dict[str, dict[str, tuple[int, ...]]] = {}
    for name, numbers in sorted(places.items(), key=lambda item: (item[0] != ANY, item[0])):
        here = [mine[number] for number in numbers]
        rows: dict[str, tuple[int, ...]] = {}
        for action in taxonomy().actions:
            found = compare(here, action)
            if found is not None:
                rows[action] = (
                    round(1000 * found.difference),
                    round(1000 * found.error),
                    found.units,
                    found.dialogues,
                )
        if rows:
            table[name] = rows
    return table
