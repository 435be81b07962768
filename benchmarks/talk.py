"""Replays the seeker turns of ESConv's validation split through `escs chat --json` and counts what the replies are like.

    python benchmarks/talk.py --data DIR [--dialogues N] [--show N]

DIR is the research data folder (default: $ESCS_DATA). Prints figures only, unless --show asks for some replies.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from escs.runtime.cues import label_action

ADVICE = ("suggestion", "collaborative-planning", "grounding", "information", "hand-over", "reframing")
STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "or",
        "but",
        "so",
        "if",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "of",
        "on",
        "to",
        "up",
        "with",
        "without",
        "about",
        "than",
        "then",
        "that",
        "this",
        "these",
        "those",
        "there",
        "here",
        "it",
        "its",
        "is",
        "am",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "do",
        "does",
        "did",
        "done",
        "doing",
        "have",
        "has",
        "had",
        "having",
        "i",
        "you",
        "he",
        "she",
        "we",
        "they",
        "me",
        "him",
        "her",
        "us",
        "them",
        "my",
        "your",
        "his",
        "our",
        "their",
        "mine",
        "yours",
        "what",
        "when",
        "where",
        "who",
        "why",
        "how",
        "which",
        "not",
        "no",
        "yes",
        "can",
        "could",
        "will",
        "would",
        "shall",
        "should",
        "may",
        "might",
        "must",
        "just",
        "very",
        "really",
        "much",
        "more",
        "most",
        "some",
        "any",
        "all",
        "also",
        "too",
        "only",
        "even",
        "still",
        "now",
        "like",
        "get",
        "got",
        "getting",
        "go",
        "going",
        "know",
        "think",
        "feel",
        "feeling",
        "feels",
        "felt",
        "want",
        "things",
        "thing",
        "something",
        "someone",
        "anything",
        "lot",
        "bit",
        "time",
        "say",
        "said",
        "tell",
        "told",
        "talk",
        "make",
        "made",
        "see",
        "one",
        "way",
        "good",
        "well",
        "hard",
        "out",
        "over",
        "again",
        "because",
        "been",
    ]
)


def seeker_turns(dialogue: dict) -> list[str]:
    """The seeker's turns, consecutive messages joined, on one line each."""
    turns: list[list[str]] = []
    last = ""
    for message in dialogue["dialog"]:
        if message["speaker"] == "seeker":
            if last == "seeker":
                turns[-1].append(message["content"])
            else:
                turns.append([message["content"]])
        last = message["speaker"]
    return [" ".join(" ".join(parts).split()) for parts in turns]


def replay(turns: list[str]) -> list[dict]:
    """The chat's answers to these turns, one run of the program."""
    run = subprocess.run(
        [sys.executable, "-m", "escs.runtime", "chat", "--json", "--engine", "offline", "--country", "US"],
        input="\n".join(turns) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise SystemExit(f"escs chat ended with {run.returncode}: {run.stderr[-2000:]}")
    return [json.loads(line) for line in run.stdout.splitlines()]


def stems(text: str) -> set[str]:
    """Content words, crudely stemmed so that a changed verb form still counts as the same word."""
    words = re.findall(r"[a-z]{3,}", text.lower().replace("'", ""))
    return {re.sub(r"(ing|ed|es|s|e)$", "", word)[:7] for word in words if word not in STOP}


def takes_up(reply: str, seeker: list[str]) -> bool:
    """Whether the reply holds a content word of the seeker's last six turns."""
    return bool(stems(reply) & stems(" ".join(seeker[-6:])))


def main() -> None:
    """Replay and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("ESCS_DATA"))
    parser.add_argument("--dialogues", type=int, default=195)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--split", default="valid")
    args = parser.parse_args()
    if not args.data:
        parser.error("give --data DIR or set ESCS_DATA")
    dialogues = json.loads((Path(args.data) / "esconv" / f"esconv.{args.split}.json").read_text())[: args.dialogues]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(lambda d: replay(seeker_turns(d)), dialogues))
    lengths, taken, early, early_advice, crisis = [], [], 0, Counter(), 0
    skills: Counter[str] = Counter()
    repeated = engines = 0
    shown = []
    for dialogue, turns in zip(dialogues, answers, strict=True):
        texts = seeker_turns(dialogue)
        assert len(turns) == len(texts), "a turn was lost"
        replies = [turn["reply"] for turn in turns]
        repeated += len(replies) - len(set(replies))
        for number, turn in enumerate(turns):
            skills.update(skill["name"] for skill in turn["skills"][:1])
            crisis += turn["state"]["risk"] == "crisis"
            engines += turn["engine"] != "offline"
            lengths.append(len(turn["reply"].split()))
            taken.append(takes_up(turn["reply"], texts[: number + 1]))
            if number < 3:
                early += 1
                early_advice["by cue"] += label_action(turn["reply"]).strategy == "Providing Suggestions"
                early_advice["by skill"] += bool(turn["skills"]) and leading_action(turn) in ADVICE
            shown.append((texts[number], turn["reply"], [skill["name"] for skill in turn["skills"]]))
    print(f"dialogues                        {len(dialogues)}")
    print(
        f"replies                          {len(lengths)} ({engines} by the built-in words, {crisis} turns at crisis)"
    )
    print(f"replies given twice in a dialogue {repeated}")
    print(f"take up something specific       {sum(taken) / len(taken):.1%}")
    print(f"length in words                  median {statistics.median(lengths)}, 5-95% {quantiles(lengths)}")
    print(f"different leading skills         {len(skills)}: {', '.join(f'{n} {c}' for n, c in skills.most_common())}")
    print(f"advice in the first three        { ({k: f'{v / early:.1%}' for k, v in early_advice.items()}) }")
    for seeker, reply, names in random.Random(args.show).sample(shown, min(args.show, len(shown))):
        print(f"\n  seeker:    {seeker}\n  supporter: {reply}\n             {names}")


def leading_action(turn: dict) -> str:
    """The action of the leading skill."""
    return ACTIONS.get(turn["skills"][0]["name"], "")


def quantiles(lengths: list[int]) -> str:
    """The 5th and 95th percentile."""
    cuts = statistics.quantiles(lengths, n=20)
    return f"{cuts[0]:.0f} to {cuts[-1]:.0f}"


def actions() -> dict[str, str]:
    """The action of every skill that ships."""
    from escs.runtime.bank.bank import Bank
    from escs.runtime.paths import SHIPPED_BANK

    return {entry.name: entry.action for entry in Bank(SHIPPED_BANK)}


ACTIONS = actions()

if __name__ == "__main__":
    main()
