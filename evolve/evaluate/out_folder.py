"""The folder of `escs eval --out`: looked at and tried before anything is asked, written when the table stands."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from escs.evolve.simulate.run_folder import INFO
from escs.runtime.errors import StorageError, UsageError

TABLE, RESPONSES_FILE = "table.json", "responses.jsonl"
RESPONSES, DIALOGUES = "Responses", "Dialogues"
"""The titles of the two tables."""


def open_folder(out: Path, title: str) -> None:
    """Make the folder where it is missing, and try to write into it.

    Raises `UsageError` where it holds a run or the other table, `StorageError` where it cannot be written.
    """
    if (out / INFO).exists():
        raise UsageError(f"{out} holds a run of dialogues; name another folder with --out.")
    other = RESPONSES if title == DIALOGUES else DIALOGUES
    if _title(out) == other:
        raise UsageError(f"{out} holds what `escs eval {other.lower()}` found; name another folder with --out.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise _refused(out, error) from error


def keep(out: Path, files: Mapping[str, str]) -> None:
    """Write the texts of files by their names. Raises `StorageError`."""
    try:
        for name, text in files.items():
            (out / name).write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise _refused(out, error) from error


def _title(out: Path) -> str:
    """Which table a folder is for, also where its evaluation was stopped before there was one; "" where nothing says."""
    from escs.evolve.evaluate.arms import NAMES

    try:
        found = json.loads((out / TABLE).read_text(encoding="utf-8"))
        return str(found["title"])
    except (OSError, ValueError, KeyError, TypeError):
        if (out / RESPONSES_FILE).exists():
            return RESPONSES
        return DIALOGUES if any((out / arm / INFO).exists() for arm in NAMES) else ""


def _refused(out: Path, error: OSError) -> StorageError:
    return StorageError(f"{out} cannot be written ({error.strerror}); name another folder with --out.")
