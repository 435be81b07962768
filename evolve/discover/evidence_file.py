"""The bank's `evidence.jsonl`: for every line of evidence the units behind it, by dialogue and turn, and the statistic.

One JSON object a line, sorted by skill. Units are named by their ids alone, as `escs units` gives them; no word of a
dialogue stands here. The first line names the corpora of all rows, and a row that rests on fewer of them names its own.
`escs skills why NAME` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from escs.evolve.discover.evidence import MATCHED_ON, Claim
from escs.evolve.discover.prototypes import Key
from escs.runtime.bank.why import BASES

FORMAT = "1"


def dump(
    claims: Sequence[Claim], corpora: Collection[str], kept: Sequence[tuple[dict[str, Any], Collection[str]]] = ()
) -> str:
    """The text of the file: what `corpora` say now, and rows that are `kept`, each with the corpora that it rests on."""
    rows = [*((_row(claim), corpora) for claim in claims), *kept]
    rows.sort(key=lambda pair: (pair[0]["skill"], BASES.index(pair[0]["basis"])))
    everything = sorted({name for _, names in rows for name in names} or corpora)
    head = {"format": FORMAT, "corpora": everything, "units": "dialogue: turns; see `escs units`"}
    lines = [head, *(_named(row, sorted(names), everything) for row, names in rows)]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _named(row: dict[str, Any], corpora: Sequence[str], everything: Sequence[str]) -> dict[str, Any]:
    plain = {key: value for key, value in row.items() if key != "corpora"}
    return plain if corpora == everything else plain | {"corpora": corpora}


def _row(claim: Claim) -> dict[str, Any]:
    place, estimate = claim.place, claim.estimate
    return {
        "skill": claim.skill,
        "basis": claim.basis,
        "action": place.action,
        "states": sorted(place.states),
        "not_states": sorted(place.not_states),
        "scenarios": sorted(place.scenarios),
        "turns": [place.first, place.last],
        "others": claim.others,
        "association": None
        if estimate is None
        else {
            "difference": round(estimate.difference, 4),
            "interval": [round(estimate.low, 4), round(estimate.high, 4)],
            "p": round(estimate.p, 5),
            "q": round(claim.q, 5),
            "matched": MATCHED_ON,
        },
        "constructive": _ids(key for key in claim.units if key.outcome == "constructive"),
        "negative": _ids(key for key in claim.units if key.outcome == "negative"),
    }


def _ids(keys: Iterable[Key]) -> dict[str, str]:
    """Turns by dialogue, dialogues in their natural order."""
    turns: dict[str, list[int]] = {}
    for key in keys:
        turns.setdefault(key.dialogue, []).append(key.turn)
    return {name: " ".join(map(str, sorted(found))) for name, found in sorted(turns.items(), key=_in_order)}


def _in_order(item: tuple[str, Any]) -> tuple[str, int, str]:
    name, _, number = item[0].rpartition(":")
    return (name, int(number) if number.isdigit() else 0, number)
