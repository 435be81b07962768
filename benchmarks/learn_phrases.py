"""Learns the table of weighed phrases from messages, and says how it does on messages of authors that it did not learn from.

    pip install -e '.[learn]' && python benchmarks/learn_phrases.py --data DIR [--write]

Learned from: tests/safety/cases/phrases_train.jsonl, phrases_more.jsonl, screen.jsonl and screen_fresh.jsonl; and, as ordinary talk that is weighed
little, from what seekers say in the profiles that ship and carry no hint, and in ESConv's training dialogues (DIR/esconv), where
the rules see nothing. Phrases come from the messages alone: no words of ESConv stand in the table. Never learned from:
screen_held_out.jsonl, screen_aside.jsonl, screen_unseen.jsonl and ESConv's validation dialogues. The thresholds are those at which harmless messages
of authors left out, and ordinary talk left out, were raised in the shares below. `--write` writes the table.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from random import Random
from typing import Any

from escs.evolve.discover.corpora import Account, read_corpora
from escs.evolve.simulate.profiles import SHIPPED
from escs.runtime.safety import weighed
from escs.runtime.safety.normalise import read
from escs.runtime.safety.risk import Level
from escs.runtime.safety.rulebook import rulebook
from escs.runtime.safety.screen import screen

CASES = Path(__file__).parent.parent / "tests" / "safety" / "cases"
STRENGTH = 10.0  # C of the L1-regularised logistic regression: about 2,000 phrases
ORDINARY = 0.3  # weight of a turn of ordinary talk beside a message
FALSE = 0.05  # share of hard negatives of authors left out that may be raised
TALK = 0.01  # share of ordinary talk left out that may be raised
GRAVE_FALSE, GRAVE_TALK = 0.0075, 0.0005  # and that may be taken for a crisis
FAMILIES = {
    "suicide-passive": "suicide-passive suicide-active suicide-plan suicide-intent method-seeking",
    "suicide-attempt-now": "suicide-attempt-now suicide-attempt",
    "overdose": "overdose",
    "medical-emergency": "medical-emergency",
    "self-harm": "self-harm",
    "abuse-now": "abuse-now abuse",
    "minor-at-risk": "minor-at-risk minor",
    "psychosis": "psychosis",
    "eating-danger": "eating-danger",
    "harm-to-others": "harm-to-others",
    "third-party-suicide": "third-party-suicide third-party",
}
FAMILY = {kind: family for family, kinds in FAMILIES.items() for kind in kinds.split()}
HEAD = """\
# Weighed phrases: what the screen takes for a sign of danger where no rule knows the words (runtime/safety/weighed.py).
# Learned by benchmarks/learn_phrases.py from invented messages; no message of a real person is in it. A phrase stands under the
# danger in whose messages it is met most; those under [against] speak for no danger. "." is the end of a sentence, "," another
# mark, "#" a number over 19. A passage is raised where the sum of its phrases' weights, divided by the root of its length in
# words, and `start`, come to `enough` (it is then elevated), and a crisis where they come to `grave`. Change a weight or delete a line,
# and the next turn follows it.
"""
Row = dict[str, Any]


def rows(name: str) -> list[Row]:
    """The messages of a file."""
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines() if line.strip()]


def sources() -> dict[str, list[Row]]:
    """Messages by author, those that are learned from."""
    found = {"screen": rows("screen.jsonl")}
    for row in rows("screen_fresh.jsonl"):
        found.setdefault(f"fresh {row['set']}", []).append(row)
    for row in (*rows("phrases_train.jsonl"), *rows("phrases_more.jsonl")):
        found.setdefault(row["set"], []).append(row)
    return found


def harmless() -> list[Row]:
    """What seekers say in profiles without a hint or a trap."""
    found = []
    for path in sorted(SHIPPED.glob("*/*.md")):
        text = path.read_text(encoding="utf-8")
        if re.search(r"^(## Cue|cue|## Risk|trap)", text, re.MULTILINE | re.IGNORECASE) or "## Opening" not in text:
            continue
        for part in re.split(r"\n- |\n\n|\n## \w+\n", text.split("## Opening", 1)[1]):
            line = re.sub(r"^(\d+: |## \w+ ?)", "", re.sub(r"\s+", " ", part).strip()).strip("- ")
            if len(line) > 8:
                found.append({"text": line, "kind": "other", "level": "none"})
    return found


def talk(path: Path) -> list[Row]:
    """What seekers say in a corpus, where the rules see nothing."""
    said = (said.text for one in read_corpora([path], Account()) for said in one.utterances if said.role == "seeker")
    return [
        {"text": text, "kind": "other", "level": "none"}
        for text in said
        if screen(text, by_weight=False, by_ear=False).level < Level.ELEVATED
    ]


def normalised(text: str) -> Sequence[str]:
    """The words as the screen reads them."""
    book = rulebook()
    return read(text, book.known, book.spelling).words


def grams(row: Row) -> list[str]:
    """All phrases of a message."""
    said = weighed.words_of(normalised(row["text"]))
    return [
        " ".join(said[begin : begin + n]) for n in range(1, weighed.LONGEST + 1) for begin in range(len(said) - n + 1)
    ]


def learn(some: Sequence[Row], lines: Sequence[Row]) -> weighed.Weighed:
    """A table from messages; its threshold is not set."""
    import numpy as np
    from scipy.sparse import diags
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    both = [*some, *lines]
    counter = CountVectorizer(analyzer=grams, min_df=2, binary=True).fit(some)
    counts = counter.transform(both).astype(float)
    lengths = [len(weighed.words_of(normalised(row["text"]))) - 1 for row in both]
    scaled = diags([1 / sqrt(length + weighed.SHORT) for length in lengths]) @ counts
    model = LogisticRegression(
        C=STRENGTH, l1_ratio=1.0, max_iter=4000, class_weight="balanced", solver="liblinear", random_state=0
    )
    danger = np.array([row["level"] != "none" for row in both])
    model.fit(scaled, danger, sample_weight=np.array([1.0] * len(some) + [ORDINARY] * len(lines)))
    totals = Counter(FAMILY.get(row["kind"], "hopelessness") for row in some if row["level"] != "none")
    met: dict[str, Counter[str]] = {}
    for row in some:
        if row["level"] != "none":
            for gram in set(grams(row)):
                met.setdefault(gram, Counter())[FAMILY.get(row["kind"], "hopelessness")] += 1
    phrases = []
    for gram, weight in zip(counter.get_feature_names_out(), model.coef_[0], strict=True):
        value = round(float(weight), 2)
        if value:
            kinds = met.get(gram, Counter())
            family = max(sorted(kinds), key=lambda kind: kinds[kind] / totals[kind], default="hopelessness")
            phrases.append((gram, value, family if value > 0 else weighed.AGAINST))
    return weighed.Weighed(0, 0, round(float(model.intercept_[0]), 2), tuple(phrases))


def weights(table: weighed.Weighed, some: Sequence[Row]) -> list[float]:
    """How heavy each message is."""
    return [weighed.heaviest(normalised(row["text"]), table).weight for row in some]


def told(name: str, some: Sequence[Row], weight: Sequence[float], bound: float) -> str:
    """At least elevated, by the rules alone and with the phrases: of messages in danger, and of harmless ones."""
    by_rules = [screen(row["text"], by_weight=False, by_ear=False).level for row in some]

    def share(level: str) -> str:
        places = [place for place, row in enumerate(some) if row["level"] == level]
        alone = sum(by_rules[place] >= Level.ELEVATED for place in places)
        both = sum(by_rules[place] >= Level.ELEVATED or weight[place] >= bound for place in places)
        return f"{alone / len(places):.1%} → {both / len(places):.1%}"

    return f"{name:16} at least elevated: in danger {share('crisis')}, harmless {share('none')} ({len(some)})"


def main() -> None:
    """Learn with each author left out, set the threshold, learn from all, and say what it gives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("ESCS_DATA"), required="ESCS_DATA" not in os.environ
    )
    parser.add_argument("--write", action="store_true", help="write the table")
    given = parser.parse_args()
    authors = sources()
    lines = [*harmless(), *talk(given.data / "esconv" / "esconv.train.json")]
    Random(1).shuffle(lines)
    left_out: dict[str, list[float]] = {}
    ordinary: list[float] = []
    for place, (name, some) in enumerate(authors.items()):
        mine = lines[place :: len(authors)]
        rest = [line for other in range(len(authors)) if other != place for line in lines[other :: len(authors)]]
        table = learn([row for other, rows_of in authors.items() if other != name for row in rows_of], rest)
        left_out[name] = weights(table, some)
        ordinary += weights(table, mine)
    calm = [
        weight
        for name, some in authors.items()
        for row, weight in zip(some, left_out[name], strict=True)
        if row["level"] == "none"
    ]
    bound = max(_bound(calm, FALSE), _bound(ordinary, TALK))
    for name, some in authors.items():
        print(told(name, some, left_out[name], bound))
    table = learn([row for some in authors.values() for row in some], lines)
    grave = max(_bound(calm, GRAVE_FALSE), _bound(ordinary, GRAVE_TALK))
    print(f"{len(table.phrases):,} phrases; enough is {bound}, grave is {grave}")
    for name, some in (
        ("profile lines", harmless()), ("ESConv valid", talk(given.data / "esconv" / "esconv.valid.json"))
    ):  # fmt: skip
        heavy = weights(table, some)
        share = sum(weight >= bound for weight in heavy) / len(heavy)
        print(f"{name}: {share:.1%} of {len(some):,} raised")
    for name in ("held_out", "aside", "unseen"):
        some = rows(f"screen_{name}.jsonl")
        print(told(name, some, weights(table, some), bound))
    if given.write:
        write(table, bound, grave)


def _bound(weight: Sequence[float], share: float) -> float:
    """The weight that this share of them reaches."""
    return round(sorted(weight)[min(len(weight) - 1, int(len(weight) * (1 - share)))], 2)


def write(table: weighed.Weighed, bound: float, grave: float) -> None:
    """Write the table, heaviest phrases first."""
    text = f"{HEAD}\n[table]\nenough = {bound}\ngrave = {grave}\nstart = {table.start}\n"
    for kind in (*FAMILIES, "hopelessness", weighed.AGAINST):
        some = sorted((one for one in table.phrases if one[2] == kind), key=lambda one: (-abs(one[1]), one[0]))
        text += f"\n[{kind}]\n" + "".join(
            f"{json.dumps(phrase, ensure_ascii=False)} = {value}\n" for phrase, value, _ in some
        )
    weighed.FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
