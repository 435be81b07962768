"""Measures the echo on ESConv: how often each fragment is found, how long it takes, and samples to be read by a person.

    python benchmarks/echo.py --data DIR [--split valid|train] [--show N] [--seed S] [--fields clause,event]

DIR is the research data folder (default: $ESCS_DATA). With --show, N random fragments are printed beside the turn they
came from, so that somebody can count the bad ones; without it, figures only.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from escs.runtime.echo import fragments, fragments_of_history
from escs.runtime.echo.fragments import FIELDS
from escs.runtime.echo.lexicon import lexicon

LATELY = 4
"""Seeker turns that count as recent for `specific`, the newest among them."""

COMMON = frozenset(
    """able about actually after again ago all also always another any anymore anyone anything around away back bad because been before being
    best better big bit both but came can case change could day days deal did different does doing done down each else enough even ever every
    everyone everything feel feeling feelings feels felt few find first for from get gets getting give go goes going gone good got great had
    happen happened happens hard has have having hear heard help helpful her here him his hope how into its just keep kind know last later let
    like little long look lot made make makes making many matter maybe mean might mind moment more most much must need needs never new next nice
    not nothing now off often okay old one only other others our out over own part people person place point pretty probably put quite rather
    really right said same saw say saying says see seem seems seen she should since situation some someone something sometimes sorry sort start
    still stop stuff such sure take taken talk talking tell than thank thanks that their them then there these they thing things think thinking
    this those though thought through time times today together told too took tried true try trying two understand until use used very want
    wanted wants was way ways week well went were what when where which while who why will with without word words work working world would yeah
    year years yes yet you your""".split()
)
"""Words that say nothing specific even when both use them. "work" is among them: too common to be evidence of listening."""


def specific(reply: str, seeker_texts: Sequence[str]) -> bool:
    """Whether a reply takes up something specific of the seeker's last turns.

    It does when it shares a content word with one of them: of at least three letters, not among `COMMON`, compared by
    its first six letters after its ending is taken off, so that "lost" needs "lost" but "exams" meets "exam". The
    measure sees words, not meaning: it misses a paraphrase and counts a chance meeting.
    """
    return bool(_stems(reply) & _stems(" ".join(seeker_texts[-LATELY:])))


def _stems(text: str) -> set[str]:
    words = re.findall(r"[a-z]{3,}", text.lower().replace("'", "").replace("’", ""))
    return {re.sub(r"(?:ing|ed|es|s|e)$", "", word)[:6] for word in words if word not in COMMON}


def main() -> None:
    """Read the split, count, time and show."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", default=os.environ.get("ESCS_DATA"))
    parser.add_argument("--split", default="valid", choices=("train", "valid"))
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fields", default=",".join(FIELDS))
    args = parser.parse_args()
    if not args.data:
        parser.error("give --data DIR or set ESCS_DATA")
    dialogues = json.loads((Path(args.data) / "esconv" / f"esconv.{args.split}.json").read_text("utf-8"))
    began = time.perf_counter()
    lexicon()
    loaded = time.perf_counter() - began
    now, with_history = Counter[str](), Counter[str]()
    turns, found, spent = 0, [], []
    for dialogue in dialogues:
        texts: list[str] = []
        for message in dialogue["dialog"]:
            if message["speaker"] != "seeker":
                continue
            texts.append(message["content"])
            turns += 1
            start = time.process_time()
            taken = fragments(texts[-1])
            spent.append((time.process_time() - start, len(texts[-1])))
            recalled = fragments_of_history(texts)
            for field in FIELDS:
                now[field] += getattr(taken, field) is not None
                with_history[field] += getattr(recalled, field) is not None
                if getattr(taken, field) and field in args.fields.split(","):
                    found.append((field, getattr(taken, field), texts[-1]))
            now["any"] += bool(taken.turns)
            with_history["any"] += bool(recalled.turns)
    print(f"{args.split}: {len(dialogues)} dialogues, {turns} seeker turns")
    print(f"{'fragment':10} {'in the turn':>12} {'with history':>13}")
    for field in (*FIELDS, "any"):
        print(f"{field:10} {now[field] / turns:12.1%} {with_history[field] / turns:13.1%}")
    long = [seconds for seconds, size in spent if 300 <= size <= 700]
    print(f"word lists read in {1000 * loaded:.0f} ms")
    print(f"a turn: mean {1000 * statistics.mean(s for s, _ in spent):.2f} ms")
    if len(long) > 1:
        print(f"a turn of 300 to 700 characters: median {1000 * statistics.median(long):.2f} ms (n = {len(long)})")
    for size in (500, 100_000):
        text = ("My boss shouted at me again and I can't sleep. " * (size // 40))[:size]
        start = time.process_time()
        fragments(text)
        print(f"{size:,} characters: {1000 * (time.process_time() - start):.2f} ms")
    for field, said, text in random.Random(args.seed).sample(found, min(args.show, len(found))):
        print(f"{field:8}| {said}  || {' '.join(text.split())[:200]}")


if __name__ == "__main__":
    main()
