"""Which patterns of the screen are likeliest to meet ordinary talk, the likeliest first.

    python benchmarks/patterns.py --data DIR [--level crisis] [--most 60]

For each pattern of a rule that needs nothing else, how often it would be met in a million words of ordinary talk, were words said
independently of each other, as often as in ESConv's training dialogues (DIR/esconv). That is crude, and finds patterns such as "have a
date" or "bye robot" at once, which no set of near twins had shown. What stands near the top should be read by a person.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from escs.runtime.safety import toml
from escs.runtime.safety.pattern import Part, parse
from escs.runtime.safety.risk import Level
from escs.runtime.safety.rulebook import FOLDER, rulebook

EDGE_SHARE, NUMBER_SHARE = 0.08, 0.01  # of words: ends of sentences, and numbers
UNSEEN = 0.02  # how often a word counts that is not said at all


class Expected:
    """How likely each part of a pattern is at a place in a text."""

    def __init__(self, words: Counter[str]) -> None:
        self._words, self._total = words, sum(words.values())
        self._lists = {
            name: [parse(line, name) for line in lines]
            for file in sorted(FOLDER.glob("*/*.toml"))
            for name, lines in toml.loads(file.read_text(encoding="utf-8")).get("list", {}).items()
        }
        self.of_part = cache(self._part)

    def of(self, parts: Sequence[Part]) -> float:
        """How likely parts are one after the other."""
        likely = 1.0
        for part in parts:
            likely *= self.of_part(part)
        return likely

    def _part(self, part: Part) -> float:
        if part.what == "gap":
            return part.width + 1.0
        if part.what != "word":
            choices = part.choices or self._lists[part.word]
            return 1.0 if () in choices else min(1.0, sum(map(self.of, choices)))
        if part.word in "^#":
            return EDGE_SHARE if part.word == "^" else NUMBER_SHARE
        return (self._words[part.word] + UNSEEN) / self._total


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("ESCS_DATA"), required="ESCS_DATA" not in os.environ
    )
    parser.add_argument("--level", choices=["crisis", "elevated"], default="crisis")
    parser.add_argument("--most", type=int, default=60)
    given = parser.parse_args()
    talks = json.loads((Path(given.data) / "esconv" / "esconv.train.json").read_text(encoding="utf-8"))
    said = (turn["content"].lower() for talk in talks for turn in talk["dialog"])
    expected = Expected(Counter(word for text in said for word in re.findall(r"[a-z0-9']+|[.!?]+", text)))
    found = [
        (expected.of(parse(line, rule.id)), rule.id, line)
        for rule in rulebook().rules
        if rule.level == Level[given.level.upper()] and not rule.needs
        for line in rule.match
    ]
    for likely, rule_id, line in sorted(found, reverse=True)[: given.most]:
        print(f"{likely * 1e6:8.1f}  {rule_id}  {line[:160]}")


if __name__ == "__main__":
    main()
