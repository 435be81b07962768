"""Measures the offline reading on ESConv: scenario against the problem type, state against the emotion type, and its time.

    python benchmarks/reading.py --data DIR [--split valid|train] [--confusions N]

DIR is the research data folder (default: $ESCS_DATA). The data's labels were chosen by the seekers before they wrote, one
for the whole dialogue, so the reading is taken over the whole dialogue: the label that most turns carry, the weight of
a turn being 1. Beside "exact" (the label that the taxonomy maps ESConv's to) stands "near": ESConv has no label for
some of ours, and a reading of one of those counts where it is a kind of the label given (`NEAR`).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections import Counter
from pathlib import Path

from escs.runtime.reading import read
from escs.runtime.state import Message
from escs.runtime.taxonomy import taxonomy

NEAR = {
    "partner-conflict": {"breakup"},
    "loneliness": {"friendship", "low-mood"},
    "bereavement": {"low-mood"},
    "health": {"low-mood"},
    "meaning": {"low-mood"},
    "money": {"job-crisis"},
    "parenting": {"family-conflict"},
    "overwhelmed": {"anxious"},
    "torn": {"anxious"},
    "hopeless": {"sad"},
    "numb": {"sad"},
    "grieving": {"sad"},
    "lonely": {"sad"},
    "exhausted": {"sad"},
    "hurt": {"sad", "angry"},
    "guilty": {"ashamed"},
}
"""Ours without a counterpart in ESConv → the labels given there that they are a kind of."""


def gold(split: list[dict], table: dict, key: str) -> list[str]:
    """The taxonomy's label for each dialogue's own."""
    mapped = {theirs: name for name, label in table.items() for theirs in label.esconv}
    return [mapped[dialogue[key]] for dialogue in split]


def readings(dialogue: dict) -> tuple[str, str, list[float]]:
    """The scenario after the last turn, the state of most turns, and the seconds that each turn took."""
    history: list[Message] = []
    states: Counter[str] = Counter()
    scenario, spent = "", []
    for message in dialogue["dialog"]:
        history.append(Message("user" if message["speaker"] == "seeker" else "assistant", message["content"]))
        if message["speaker"] == "seeker":
            began = time.process_time()
            state = read(tuple(history))
            spent.append(time.process_time() - began)
            states[state.label] += 1
            scenario = state.scenario
    states[""] = states["settling"] = 0  # nothing shown, and relief at the end: neither is what brought the person
    return scenario, states.most_common(1)[0][0], spent


def main() -> None:
    """Read every dialogue of the split and print the shares."""
    parser = argparse.ArgumentParser(description="Measures the offline reading on ESConv.")
    parser.add_argument("--data", default=os.environ.get("ESCS_DATA"))
    parser.add_argument("--split", default="valid", choices=("train", "valid"))
    parser.add_argument("--confusions", type=int, default=0)
    args = parser.parse_args()
    if not args.data:
        parser.error("give --data DIR or set ESCS_DATA")
    split = json.loads((Path(args.data) / "esconv" / f"esconv.{args.split}.json").read_text("utf-8"))
    read_all = [readings(dialogue) for dialogue in split]
    print(f"{args.split}: {len(split)} dialogues")
    for name, table, key, place in (
        ("scenario", taxonomy().scenarios, "problem_type", 0),
        ("state", taxonomy().states, "emotion_type", 1),
    ):
        true = gold(split, table, key)
        mine = [reading[place] for reading in read_all]
        exact = sum(a == b for a, b in zip(true, mine, strict=True)) / len(true)
        near = sum(a == b or a in NEAR.get(b, ()) for a, b in zip(true, mine, strict=True)) / len(true)
        label, count = Counter(true).most_common(1)[0]
        recalls = [
            statistics.mean(a == b or a in NEAR.get(b, ()) for a, b in zip(true, mine, strict=True) if a == each)
            for each in set(true)
        ]
        print(
            f"{name:8}  exact {exact:.1%}, near {near:.1%}, near and averaged over labels {statistics.mean(recalls):.1%};"
        )
        print(
            f"          the commonest label, {label}, alone: {count / len(true):.1%}, averaged over labels {1 / len(set(true)):.1%}"
        )
        wrong = Counter((a, b) for a, b in zip(true, mine, strict=True) if a != b)
        for (a, b), count in wrong.most_common(args.confusions):
            print(f"          {a} read as {b or 'nothing'}: {count}")
    spent = sorted(seconds for _, _, each in read_all for seconds in each)
    print(f"a turn: mean {1000 * statistics.mean(spent):.2f} ms, p95 {1000 * spent[int(0.95 * len(spent))]:.2f} ms")


if __name__ == "__main__":
    main()
