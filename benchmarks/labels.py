"""How well `label_action` tells supporter messages apart, from their text and what stood before.

    python benchmarks/labels.py [--data DIR]

DIR is the research data folder (default: $ESCS_DATA). Every supporter message counts on its own against the strategy
that people marked; messages in a row are not joined. Figures only, no sentence of the data.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

from escs.runtime.cues import label_action
from escs.runtime.state import Message
from escs.runtime.taxonomy import taxonomy

FILES = ("esconv/esconv.train.json", "esconv/esconv.valid.json", "esconv/failed_esconv.json")

# FailedESConv's own spellings. Some dialogues of it use names of other schemes; those without a counterpart are
# counted as unmapped and left out.
SPELLINGS = {
    "Questions": "Question",
    "Other": "Others",
    "Approval and Reassurance": "Affirmation and Reassurance",
    "Direct Guidance": "Providing Suggestions",
    "Restatement": "Restatement or Paraphrasing",
}


def messages(path: Path) -> tuple[list[tuple[str, tuple[Message, ...], str]], Counter[str]]:
    """Supporter messages with the dialogue before them and the marked strategy; and the rest."""
    rows, unmapped = [], Counter[str]()
    for record in json.loads(path.read_text(encoding="utf-8")):
        said: list[Message] = []
        for item in record["dialog"]:
            supporter = item["speaker"] in ("supporter", "listener")
            if supporter:
                marked = (item.get("annotation") or {}).get("strategy", "")
                strategy = SPELLINGS.get(marked, marked)
                if strategy in taxonomy().strategies:
                    rows.append((item["content"], tuple(said), strategy))
                else:
                    unmapped[marked] += 1
            said.append(Message("assistant" if supporter else "user", item["content"]))
    return rows, unmapped


def report(name: str, rows: list[tuple[str, tuple[Message, ...], str]], unmapped: Counter[str]) -> dict[str, Any]:
    """Print one file's figures; accuracy and macro-F1 back."""
    names = tuple(taxonomy().strategies)
    started = time.perf_counter()
    given = [label_action(text, before).strategy for text, before, _ in rows]
    spent = time.perf_counter() - started
    marked = [strategy for *_, strategy in rows]
    pairs = Counter(zip(marked, given, strict=True))
    accuracy = sum(pairs[n, n] for n in names) / len(rows)
    scores = {n: 2 * pairs[n, n] / max(1, marked.count(n) + given.count(n)) for n in names}
    macro = sum(scores.values()) / len(names)
    commonest = Counter(marked).most_common(1)[0]
    print(f"\n{name}: {len(rows)} supporter messages, {1000 * spent / len(rows):.2f} ms each")
    print(f"  accuracy {accuracy:.3f}   macro-F1 {macro:.3f}")
    print(f"  always {commonest[0]}: {commonest[1] / len(rows):.3f}")
    if unmapped:
        print(f"  left out, no counterpart: {dict(unmapped.most_common())}")
    print(f"  {'marked':28} {'n':>5} {'given':>6} {'F1':>5}   given as " + " ".join(f"{n[:6]:>6}" for n in names))
    for one in names:
        row = " ".join(f"{pairs[one, other]:6d}" for other in names)
        print(f"  {one:28} {marked.count(one):5d} {given.count(one):6d} {scores[one]:5.2f}            {row}")
    others = [labels.count("Others") / len(rows) for labels in (given, marked)]
    print(f"  Others: {others[0]:.1%} of the labels, {others[1]:.1%} marked")
    return {"accuracy": accuracy, "macro": macro}


def main() -> None:
    """Print the figures of every file there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ESCS_DATA"), help="default: $ESCS_DATA")
    data = parser.parse_args().data
    if data is None:
        raise SystemExit("Give --data DIR or set ESCS_DATA.")
    for name in FILES:
        if (data / name).exists():
            report(name, *messages(data / name))


if __name__ == "__main__":
    main()
