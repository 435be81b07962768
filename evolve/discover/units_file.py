"""Files of units, one JSON object a line, written whole or not at all and read one at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from escs.evolve.discover.unit import Unit
from escs.runtime.errors import StorageError, UsageError


@contextmanager
def writing(path: Path) -> Iterator[IO[str]]:
    """A file beside `path` that takes its place when all went well, and is gone otherwise. Raises `StorageError`."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        try:
            with draft.open("w", encoding="utf-8", newline="\n") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror}); name another file, or make room.") from error


def line(unit: Unit) -> str:
    """A unit as its line, without the line end."""
    return json.dumps(unit.to_json(), ensure_ascii=False)


def read_units(path: Path) -> Iterator[Unit]:
    """The units of a file. Raises `UsageError` that names the line where one cannot be read."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                if not text.strip():
                    continue
                try:
                    yield Unit.from_json(json.loads(text))
                except (ValueError, KeyError, TypeError, RecursionError) as error:
                    raise UsageError(f"{path}, line {number}: not a unit ({error}); make the file again.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text; make it again with `escs units`.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error
