"""Makes a bank's figures: counts, over annotated dialogues, of what human supporters did at which moment.

    python -m escs.evolve.discover.figures esconv.train.json --out skills/figures.toml

The moment is read from the text alone, with earlier strategies inferred, just as it is when a bank is used; only the
strategy that is counted comes from the annotation. Counts of labels come out, and no word of a dialogue.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from escs.runtime.errors import EscsError, StorageError, UsageError
from escs.runtime.figures import Figures, Provenance, dump
from escs.runtime.habit import value_of
from escs.runtime.habit_file import habit_file
from escs.runtime.moment import moment
from escs.runtime.state import Message
from escs.runtime.taxonomy import taxonomy

LICENCE = (
    "Counts of labels from ESConv (Liu et al. 2021, Towards Emotional Support Dialog Systems, arXiv 2106.01144; "
    "CC BY-NC 4.0, for academic research)."
)


@dataclass(frozen=True, slots=True)
class Annotated:
    """A dialogue with the strategy that people marked for each supporter message; empty where none is known."""

    messages: tuple[Message, ...]
    strategies: tuple[str, ...]  # one for each message


def turns(dialogue: Annotated) -> Iterator[tuple[int, str]]:
    """Each supporter turn that follows a seeker turn: its place among the messages, and the strategy people marked.

    Supporter messages in a row are one turn, and the first of them counts: it is what answers the seeker. Turns
    whose first message bears no known strategy are left out.
    """
    known = taxonomy().strategies
    for place in range(1, len(dialogue.messages)):
        here, before = dialogue.messages[place], dialogue.messages[place - 1]
        strategy = dialogue.strategies[place]
        if here.role == "assistant" and before.role == "user" and strategy in known:
            yield place, strategy


def count(moments: Iterable[tuple[Mapping[str, str], str]]) -> dict[str, dict[str, tuple[int, ...]]]:
    """The table `habit` of figures, from moments and the strategy used there; empty where there is no moment."""
    strategies = tuple(taxonomy().strategies)
    factors = [name for name, _ in habit_file().factors]
    counted: dict[str, dict[str, list[int]]] = {name: {} for name in factors}
    totals = [0] * len(strategies)
    for shown, strategy in moments:
        place = strategies.index(strategy)
        totals[place] += 1
        for name in factors:
            counted[name].setdefault(value_of(name, shown), [0] * len(strategies))[place] += 1
    if not sum(totals):
        return {}
    table: dict[str, dict[str, tuple[int, ...]]] = {"all": {"turns": tuple(totals)}}
    for name in factors:
        table[name] = {value: tuple(counts) for value, counts in sorted(counted[name].items(), key=_in_order)}
    return table


def make_figures(
    dialogues: Iterable[Annotated], *, corpora: Sequence[str] = (), licence: str = LICENCE, command: str = ""
) -> Figures:
    """Count the turns of dialogues by the factors of `habit.toml`. The dialogues' order does not matter.

    Raises `UsageError` where no dialogue has a turn to count.
    """
    from importlib.metadata import version

    seen = 0

    def moments() -> Iterator[tuple[dict[str, str], str]]:
        nonlocal seen
        for dialogue in dialogues:
            seen += 1
            for place, strategy in turns(dialogue):
                yield moment(dialogue.messages[:place]), strategy

    table = count(moments())
    if not table:
        raise UsageError("No supporter turn with a known strategy follows a seeker turn; give annotated dialogues.")
    counted = sum(table["all"]["turns"])
    made = Provenance(tuple(corpora), seen, counted, licence, f"esc-skills {version('esc-skills')}", command)
    return Figures(made, tuple(taxonomy().strategies), table)


def _in_order(row: tuple[str, Any]) -> list[tuple[int, str]]:
    """Sorts `2` before `10`, so that people find a row where they look for it."""
    parts = row[0].replace("-", " ").split()
    return [(int(part), "") if part.isdigit() else (10_000, part) for part in parts]


def read_esconv(path: Path) -> Iterator[Annotated]:
    """The dialogues of a file in ESConv's format. Raises `UsageError` where it is something else."""
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON in UTF-8 ({error}).") from error
    if not isinstance(records, list):
        raise UsageError(f"{path} is not a list of dialogues, as ESConv's files are.")
    for number, record in enumerate(records, start=1):
        try:
            said = record["dialog"]
            messages = tuple(
                Message("user" if item["speaker"] == "seeker" else "assistant", item["content"]) for item in said
            )
            marked = tuple((item.get("annotation") or {}).get("strategy") or "" for item in said)
        except (TypeError, KeyError, AttributeError) as error:
            raise UsageError(f"{path}: dialogue {number} is not in ESConv's format ({error}).") from error
        yield Annotated(messages, marked)


def write(figures: Figures, path: Path) -> None:
    """Write the file whole or not at all. Raises `StorageError`."""
    draft = path.with_name(path.name + ".new")
    try:
        draft.write_text(dump(figures), encoding="utf-8", newline="\n")
        os.replace(draft, path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StorageError(f"{path} cannot be written ({error.strerror}).") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the file from the command line; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m escs.evolve.discover.figures", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", nargs="+", type=Path, help="a file in ESConv's format")
    parser.add_argument("--out", type=Path, required=True, help="the file to write, as skills/figures.toml")
    parser.add_argument("--licence", default=LICENCE, help="what the corpora's licence asks to be said")
    given = parser.parse_args(arguments)
    names = [path.name for path in given.corpus]
    command = f"python -m escs.evolve.discover.figures {' '.join(names)} --out {given.out.name}"
    try:
        dialogues = (dialogue for path in given.corpus for dialogue in read_esconv(path))
        write(make_figures(dialogues, corpora=names, licence=given.licence, command=command), given.out)
    except EscsError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
