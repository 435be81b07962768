"""A bank's figures: counts of labels from annotated dialogues, that say what human supporters did and when.

The file is TOML that people can read: one row of counts a line, names before numbers, where it comes from on top. It
holds counts of labels alone and no word of any dialogue. Without the file a bank works by hand-set rules.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG
from typing import Any

from escs.runtime.errors import BankError
from escs.runtime.taxonomy import taxonomy

FILE_NAME = "figures.toml"
FORMAT = 1

LARGEST = 256_000  # bytes of a file
MOST_ROWS = 5_000  # of one table
LONGEST_NAME = 200  # characters
LARGEST_COUNT = 10**9

HELP_COLUMNS = ("difference", "error", "units", "dialogues")
"""Of `help`: the share of constructive units beyond that of other actions at like moments and its standard error, both
in thousandths, and the units and dialogues of the action that stand behind it."""

Table = Mapping[str, Mapping[str, tuple[int, ...]]]
"""Rows by table and name: counts in the order of the columns."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where figures come from, and how to make them again."""

    corpora: tuple[str, ...] = ()
    dialogues: int = 0
    turns: int = 0
    licence: str = ""
    tool: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of labels with their provenance; empty where a bank has none, and hand-set rules stand in."""

    provenance: Provenance = field(default_factory=Provenance)
    strategies: tuple[str, ...] = ()  # the columns of `habit`
    habit: Table = field(default_factory=dict)
    """Factor → its value → turns by strategy. The factor `all` has one row, `turns`: all of them."""
    help: Table = field(default_factory=dict)
    """Place (a state, a state at early or late turns, after a strategy) → action → `HELP_COLUMNS`: how it went there."""

    gains: dict[tuple[str, str], tuple[float, ...]] = field(default_factory=dict, compare=False, repr=False)
    """What `habit.py` has worked out of the counts already, by factor and value."""
    worth: dict[tuple[str, ...], dict[str, float]] = field(default_factory=dict, compare=False, repr=False)
    """What `helpful.py` has worked out of `help` already: points by action, by places."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell the habit by."""
        return not self.habit


NONE = Figures()


def _row(name: str, counts: Any, columns: int, least: int, complain: Callable[[str], BankError]) -> tuple[int, ...]:
    if not isinstance(counts, list) or len(counts) != columns:
        raise complain(f"the row “{name}” needs {columns} numbers")
    for count in counts:
        if not isinstance(count, int) or isinstance(count, bool) or not least <= count <= LARGEST_COUNT:
            raise complain(f"the row “{name}” holds something other than whole numbers from {least:,}")
    return tuple(counts)


def _table(
    data: Any, columns: int, least: int, complain: Callable[[str], BankError]
) -> dict[str, dict[str, tuple[int, ...]]]:
    if not isinstance(data, dict):
        raise complain("a table of counts is missing")
    table: dict[str, dict[str, tuple[int, ...]]] = {}
    seen = 0
    for name, rows in data.items():
        if not isinstance(rows, dict):
            raise complain(f"“{name}” needs rows of counts")
        seen += len(rows)
        if seen > MOST_ROWS:
            raise complain(f"there are more than {MOST_ROWS} rows")
        if any(len(text) > LONGEST_NAME for text in (name, *rows)):
            raise complain(f"a name is longer than {LONGEST_NAME} characters")
        table[name] = {row: _row(f"{name}, {row}", counts, columns, least, complain) for row, counts in rows.items()}
    return table


def _names(value: Any, what: str, complain: Callable[[str], BankError]) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise complain(f"`{what}` needs a list of names")
    if len(set(value)) != len(value):
        raise complain(f"`{what}` names something twice")
    return tuple(value)


def _provenance(data: Any, complain: Callable[[str], BankError]) -> Provenance:
    if not isinstance(data, dict):
        raise complain("the table [provenance] is missing")
    texts = {key: data.get(key, "") for key in ("licence", "tool", "command")}
    numbers = {key: data.get(key, 0) for key in ("dialogues", "turns")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise complain("[provenance] holds something other than text")
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in numbers.values()):
        raise complain("[provenance] counts with something other than whole numbers")
    return Provenance(corpora=_names(data.get("corpora"), "corpora", complain), **numbers, **texts)


def parse(text: str, where: str = FILE_NAME) -> Figures:
    """The figures in the text of such a file; `where` names it in complaints.

    Raises `BankError` with what is wrong, and how to mend it.
    """

    def complain(what: str) -> BankError:
        return BankError(f"{where}: {what}; make the file again, or delete it to go by the hand-set rules.")

    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise complain(f"this is not valid TOML ({error})") from error
    if data.get("format") != FORMAT:
        raise complain(f"this version reads format {FORMAT} and found {data.get('format')!r}")
    provenance = _provenance(data.get("provenance"), complain)
    known = {"format", "provenance", "habit", "help"}
    if unknown := sorted(set(data) - known):
        raise complain(f"“{unknown[0]}” is not a part of it")
    strategies: tuple[str, ...] = ()
    habit: dict[str, dict[str, tuple[int, ...]]] = {}
    if "habit" in data:
        part = data["habit"]
        if not isinstance(part, dict):
            raise complain("[habit] needs rows of counts")
        strategies = _names(part.pop("strategies", None), "strategies", complain)
        if set(strategies) != set(taxonomy().strategies):
            raise complain("`strategies` are not those of the taxonomy")
        habit = _table(part, len(strategies), 0, complain)
        if sum(habit.get("all", {}).get("turns", ())) == 0:
            raise complain("[habit.all] needs a row “turns” that counts at least one turn")
    helped: dict[str, dict[str, tuple[int, ...]]] = {}
    if "help" in data:
        part = data["help"]
        if not isinstance(part, dict):
            raise complain("[help] needs rows of counts")
        if _names(part.pop("columns", None), "columns", complain) != HELP_COLUMNS:
            raise complain(f"`columns` of [help] are not {', '.join(HELP_COLUMNS)}")
        helped = _table(part, len(HELP_COLUMNS), -1000, complain)
    return Figures(provenance, strategies, habit, helped)


def load(path: Path) -> Figures:
    """The figures in a file; `NONE` where it does not exist.

    Raises `BankError` where it cannot be read or holds something else.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        return NONE
    except OSError as error:
        raise BankError(f"{path} cannot be read ({error.strerror}); mend its permissions, or delete it.") from error
    if len(raw) > LARGEST:
        raise BankError(f"{path} is larger than {LARGEST // 1000} KB; make the file again, or delete it.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BankError(f"{path} is not UTF-8 text; make the file again, or delete it.") from error
    return parse(text, str(path))


@lru_cache(maxsize=8)
def _cached(path: Path, stamp: tuple[int, int]) -> Figures:
    return load(path)


def figures_of(bank: Path) -> Figures:
    """The figures of a bank's folder; read again when the file has changed."""
    path = bank / FILE_NAME
    try:
        status = path.stat()
        strange = not S_ISREG(status.st_mode) or not path.resolve().is_relative_to(bank.resolve())
    except FileNotFoundError:
        return NONE
    except OSError as error:
        raise BankError(f"{path} cannot be read ({error.strerror}); mend its permissions, or delete it.") from error
    if strange:  # a bank can come from a stranger: a link that leads out, a pipe that never ends
        raise BankError(f"{path} is not a plain file of this bank; delete it, or copy the figures in.")
    return _cached(path, (status.st_mtime_ns, status.st_size))


def _quoted(text: str) -> str:
    # A JSON string is a TOML basic string, apart from DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _lines(name: str, table: Table) -> list[str]:
    lines = []
    for factor, rows in table.items():
        lines += ["", f"[{name}.{_quoted(factor)}]"]
        lines += [f"{_quoted(row)} = [{', '.join(map(str, counts))}]" for row, counts in rows.items()]
    return lines


def dump(figures: Figures) -> str:
    """The text of a file that `parse` reads as these figures; the same figures always give the same text."""
    made = figures.provenance
    lines = [
        "# What human supporters did and how it went: figures about labels. No sentence of a dialogue stands here.",
        "# Made by a program from the corpora below; people may read it, and change nothing but by making it again.",
        f"format = {FORMAT}",
        "",
        "[provenance]",
        f"corpora = [{', '.join(map(_quoted, made.corpora))}]",
        f"dialogues = {made.dialogues}",
        f"turns = {made.turns}",
        f"licence = {_quoted(made.licence)}",
        f"tool = {_quoted(made.tool)}",
        f"command = {_quoted(made.command)}",
    ]
    if figures.habit:
        lines += [
            "",
            "[habit]  # supporter turns that follow a seeker turn, by what people did; see habit.toml",
        ]
        lines += [f"strategies = [{', '.join(map(_quoted, figures.strategies))}]", *_lines("habit", figures.habit)]
    if figures.help:
        lines += [
            "",
            "[help]  # how actions went beside others at like moments; difference and error in thousandths",
            f"columns = [{', '.join(map(_quoted, HELP_COLUMNS))}]",
            *_lines("help", figures.help),
        ]
    return "\n".join(lines) + "\n"
