"""`escs skills why`: the units behind each line of a skill's evidence, from the bank's `evidence.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from escs.runtime.errors import BankError

FILE = "evidence.jsonl"
FORMAT = "1"
BASES = ("observed", "simulated")  # of a row: units are of people, or of simulated seekers
LARGEST = 16 * 1024 * 1024  # bytes
AGAIN = "restore it, or delete it and let `escs discover` make it again from the same corpora"


def evidence_of(bank: Path, skill: str) -> list[dict[str, Any]]:
    """The rows of a skill; empty where the file knows none. Raises `BankError` where it cannot be used."""
    return [row for row in file_of(bank)[1] if row["skill"] == skill]


def file_of(bank: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The file's first line, which names the corpora, and all rows; empty where there is no file.

    Raises `BankError` where it cannot be used.
    """
    path = bank / FILE
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        raise BankError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    if len(data) > LARGEST:
        raise BankError(f"{path} is larger than {LARGEST >> 20} MB; {AGAIN}.")
    head: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            row = json.loads(line)
            if number == 1:
                head = row
                if head["format"] != FORMAT:
                    raise BankError(f"{path} has format {head['format']!r}, this version reads {FORMAT}; {AGAIN}.")
                continue
            str(row["skill"]), BASES.index(row["basis"]), _ids(row["constructive"]), _ids(row["negative"])
            rows.append(row)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BankError(f"{path}, line {number}: not a row of evidence; {AGAIN}.") from error
    return head, rows


def _ids(part: dict[str, str]) -> list[str]:
    return [f"{dialogue}:{turn}" for dialogue, turns in part.items() for turn in turns.split()]


def in_words(row: dict[str, Any], texts: dict[str, dict[str, Any]] | None = None) -> Iterator[str]:
    """A row as lines for people; with `texts` (units by id) what was said, else the ids."""
    where = [f"when {', '.join(row['states'])}"] if row["states"] else ["in any state"]
    where += [f"not when {', '.join(row['not_states'])}"] if row["not_states"] else []
    where += [f"about {', '.join(row['scenarios'])}"] if row["scenarios"] else []
    first, last = row["turns"]
    where += [f"turns {first} to {last}"] if (first, last) != (1, 999) else []
    good, bad = _ids(row["constructive"]), _ids(row["negative"])
    yield f"{row['basis']}: {row['action']}, {'; '.join(where)}"
    yield f"  {len(good)} units went well, {len(bad)} badly, beside {row['others']} units of other actions there"
    found = row["association"]
    if found is None:
        yield "  too few to compare"
    else:
        low, high = found["interval"]
        yield (
            f"  association {found['difference']:+.3f} ({low:+.3f} to {high:+.3f}), {found['matched']}; "
            f"p {found['p']:.4f}, {found['q']:.4f} once all skills are counted"
        )
    for title, ids in (("went well", good), ("went badly", bad)):
        if not ids:
            continue
        yield f"  {title}:"
        if texts is None:
            yield from _wrapped(row["constructive" if title == "went well" else "negative"])
            continue
        for name in ids:
            unit = texts.get(name)
            if unit is None:
                yield f"    {name}: not among the units given"
                continue
            yield f"    {name}"
            yield f"      seeker: {_short(unit['before']['text'])}"
            yield f"      supporter: {_short(unit['text'])}"
            yield f"      seeker: {_short(unit['after']['text'])}"


def _wrapped(part: dict[str, str], width: int = 96) -> Iterator[str]:
    line = "   "
    for dialogue, turns in part.items():
        piece = f" {dialogue} ({turns})"
        if len(line) + len(piece) > width:
            yield line
            line = "   "
        line += piece
    yield line


def _short(text: str, most: int = 240) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def texts_of(path: Path, wanted: frozenset[str]) -> dict[str, dict[str, Any]]:
    """The wanted units of a file that `escs units` made, by id. Raises `BankError` where it is something else."""
    found: dict[str, dict[str, Any]] = {}
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    unit = json.loads(line)
                    if unit["id"] in wanted:
                        str(unit["before"]["text"]), str(unit["text"]), str(unit["after"]["text"])
                        found[unit["id"]] = unit
                except (ValueError, KeyError, TypeError, RecursionError) as error:
                    raise BankError(f"{path}, line {number}: not a unit; make the file with `escs units`.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BankError(f"{path} cannot be read ({error}).") from error
    return found


def wanted(rows: list[dict[str, Any]]) -> frozenset[str]:
    """The ids of all units behind these rows."""
    return frozenset(name for row in rows for part in ("constructive", "negative") for name in _ids(row[part]))
