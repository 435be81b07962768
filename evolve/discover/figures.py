"""Makes the `habit` of a bank's figures: counts, over annotated dialogues, of what human supporters did at which moment.

The moment is read from the text alone, with earlier strategies inferred, just as it is when a bank is used; only the
strategy that is counted comes from the annotation. Counts of labels come out, and no word of a dialogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from escs.evolve.discover.corpora import Account, read_corpora
from escs.evolve.discover.unit import Dialogue
from escs.evolve.discover.units import messages_of
from escs.runtime.errors import UsageError
from escs.runtime.figures import Figures, Provenance
from escs.runtime.habit import value_of
from escs.runtime.habit_file import habit_file
from escs.runtime.moment import moment
from escs.runtime.state import Message
from escs.runtime.taxonomy import taxonomy

LEFT_OUT = frozenset({"failed-esconv"})
"""Sources whose supporters are no model of what to do next: their dialogues were collected because they failed."""


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
    dialogues: Iterable[Annotated], *, corpora: Sequence[str] = (), licence: str = "", command: str = ""
) -> Figures:
    """Count the turns of dialogues by the factors of `habit.toml`. The dialogues' order does not matter.

    Raises `UsageError` where no dialogue has a turn to count.
    """
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
    made = Provenance(tuple(corpora), seen, counted, licence, tool(), command)
    return Figures(made, tuple(taxonomy().strategies), table)


def tool() -> str:
    """What makes figures, with its version."""
    from importlib.metadata import version

    return f"esc-skills {version('esc-skills')}"


def _in_order(row: tuple[str, Any]) -> list[tuple[int, str]]:
    """Sorts `2` before `10`, so that people find a row where they look for it."""
    parts = row[0].replace("-", " ").split()
    return [(int(part), "") if part.isdigit() else (10_000, part) for part in parts]


def annotated(dialogue: Dialogue) -> Annotated | None:
    """What is counted of a corpus's dialogue; None where no strategy is marked, or its supporters are no model."""
    if dialogue.source in LEFT_OUT or not any(utterance.strategy for utterance in dialogue.utterances):
        return None
    return Annotated(messages_of(dialogue), tuple(utterance.strategy for utterance in dialogue.utterances))


def read_annotated(path: Path) -> Iterator[Annotated]:
    """The annotated dialogues of a corpus, one at a time. Raises `UsageError` where there is no such file."""
    for dialogue in read_corpora([path], Account(strict=True)):
        found = annotated(dialogue)
        if found is not None:
            yield found
