"""Reads corpora: files and folders of dialogues, one dialogue at a time, with an account of what could not be used."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from escs.evolve.discover.corpora_formats import MalformedError, dialogue_of
from escs.evolve.discover.corpora_records import Record, records
from escs.evolve.discover.unit import Dialogue
from escs.runtime.errors import EscsError, UsageError

LOOK = 5  # records of a file in a folder that are looked at before it is taken for something else than a corpus


class MalformedRecordError(EscsError):
    """A record that cannot be used, where the person asked to stop at the first (`--strict`)."""


@dataclass(slots=True)
class Account:
    """What was read and what was left out. `complain` gets each complaint as one sentence."""

    strict: bool = False
    complain: Callable[[str], None] = lambda sentence: None
    files: int = 0
    dialogues: Counter[str] = field(default_factory=Counter)  # by source
    malformed: int = 0
    malformed_by_file: Counter[str] = field(default_factory=Counter)
    first_fault: str = ""  # of a record, as it was complained of
    passed_over: int = 0  # files of a folder that hold no dialogues
    notes: Counter[str] = field(default_factory=Counter)

    def fault(self, path: Path, record: Record, fault: str) -> None:
        """Count and report what is wrong with a record. Raises `MalformedRecordError` where the reading is strict."""
        sentence = f"{path}, record {record.number}: {fault}."
        if self.strict:
            raise MalformedRecordError(f"{sentence} Without --strict it would be skipped.")
        self.malformed += 1
        self.malformed_by_file[str(path)] += 1
        rest = " The rest of the file is left out." if record.ends else ""
        self.first_fault = self.first_fault or f"{sentence}{rest}"
        self.complain(f"{sentence}{rest}")


def read_corpora(paths: Sequence[Path], account: Account) -> Iterator[Dialogue]:
    """The dialogues of files and folders, in the order given, folders in the order of their files' names.

    A dialogue's id is its file's name without endings and its record's number (`name:12`): unique, and the way back.
    Raises `UsageError` for a path that does not exist, `MalformedRecordError` where the reading is strict.
    """
    for path in paths:
        if not path.exists():
            raise UsageError(f"There is no corpus {path}; give a file, or a folder of files, of dialogues.")
    used: Counter[str] = Counter()
    for given in paths:
        for path, name in _files(given):
            used[name] += 1
            name = f"{name}~{used[name]}" if used[name] > 1 else name
            found = _if_corpus(records(path)) if given.is_dir() else records(path)
            if found is None:
                account.passed_over += 1
                continue
            account.files += 1
            for record in found:
                dialogue = _dialogue(path, name, record, account)
                if dialogue is not None:
                    account.dialogues[dialogue.source] += 1
                    yield dialogue


def _dialogue(path: Path, name: str, record: Record, account: Account) -> Dialogue | None:
    if record.fault:
        account.fault(path, record, record.fault)
        return None
    try:
        return dialogue_of(record.value, f"{name}:{record.number}", account.notes)
    except MalformedError as error:
        account.fault(path, record, str(error))
        return None


def _files(given: Path) -> Iterator[tuple[Path, str]]:
    """The files of a path with the names that their dialogues bear; hidden files and folders are not looked at."""
    if not given.is_dir():
        yield given, _bare(given.name)
        return
    for folder, inner, names in os.walk(given):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file():
                yield path, path.relative_to(given).with_name(_bare(name)).as_posix()


def _bare(name: str) -> str:
    for ending in (".gz", ".json", ".jsonl"):
        name = name.removesuffix(ending)
    return name or "corpus"


def _if_corpus(found: Iterator[Record]) -> Iterator[Record] | None:
    """The same records, or None where none of the first ones is a dialogue: a folder holds other files too.

    A file that breaks before its first record could be read is not passed over in silence.
    """
    first = list(islice(found, LOOK))
    seen = False
    for record in first:
        if record.fault:
            seen = seen or record.damaged
            continue
        try:
            dialogue_of(record.value, "", Counter())
        except MalformedError:
            continue
        seen = True
    return chain(first, found) if seen else None
