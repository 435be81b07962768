"""A run on disk: a folder with `run.json`, which says what was run, and `dialogues.jsonl`, one rollout a line.

Lines are appended and fsynced one at a time, so a kill leaves at most a torn last line: readers bear it, and the writer
cuts it off when the run goes on. `run.json` is replaced whole or not at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from escs.evolve.simulate.rollout import Rollout
from escs.runtime.errors import StorageError, UsageError

RUN_FORMAT = "1"
INFO, DIALOGUES = "run.json", "dialogues.jsonl"


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it was read: what `run.json` says, the dialogues in the order of the file, and where they stand."""

    info: dict[str, Any]
    rollouts: tuple[Rollout, ...]
    folder: Path
    torn: bool = False  # the last line had been cut off, and is left out


def read_run(folder: Path) -> Run:
    """Read a run. A torn last line is left out.

    Raises `UsageError` where there is no such folder, it holds no run, the run is of another format version, a line is
    broken, or there is no dialogue.
    """
    info = read_info(folder)
    rollouts: list[Rollout] = []
    torn = False
    for line in _lines(folder / DIALOGUES):
        if line.rollout is None:
            if not line.last:
                raise UsageError(f"{line.place} is broken ({line.fault}); restore the file or delete that line.")
            torn = True
        else:
            rollouts.append(line.rollout)
    if not rollouts:
        raise UsageError(f"The run {folder} holds no whole dialogue; let `escs simulate` finish it first.")
    return Run(info, tuple(rollouts), folder, torn)


def read_info(folder: Path) -> dict[str, Any]:
    """What `run.json` says. Raises `UsageError` where there is none that this version reads."""
    if not folder.is_dir():
        hint = "it is a file" if folder.exists() else "there is no such folder"
        raise UsageError(f"{folder} is no run: {hint}; name the folder that `escs simulate --out` made.")
    path = folder / INFO
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(
            f"{folder} is no run: it has no {INFO}; name the folder that `escs simulate --out` made."
        ) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); mend its permissions.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON ({str(error)[:100]}); restore it, or run it again elsewhere.") from error
    found = info.get("format") if isinstance(info, dict) else None
    if not isinstance(info, dict) or str(found) != RUN_FORMAT:
        raise UsageError(
            f"{path} is of format {found!r}, and this version of escs reads {RUN_FORMAT!r}; use the version that made it."
        )
    return info


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of `dialogues.jsonl`; `rollout` is None where it is broken."""

    place: str
    rollout: Rollout | None
    fault: str
    last: bool
    end: int  # bytes up to and with it
    ended: bool  # a newline stands behind it


def _lines(path: Path) -> Iterator[_Line]:
    try:
        with path.open("rb") as file:
            end, number = 0, 0
            raw = file.readline()
            while raw:
                following = file.readline()
                end, number = end + len(raw), number + 1
                if raw.strip():
                    rollout, fault = _parse(raw)
                    yield _Line(f"{path}, line {number}", rollout, fault, not following, end, raw.endswith(b"\n"))
                raw = following
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); mend its permissions.") from error


def _parse(raw: bytes) -> tuple[Rollout | None, str]:
    try:
        record = json.loads(raw.decode("utf-8"))
        return Rollout.from_json(record), ""
    except UnicodeDecodeError:
        return None, "not UTF-8"
    except RecursionError:
        return None, "nested too deeply"
    except json.JSONDecodeError as error:
        return None, f"not JSON: {error.msg}"
    except KeyError as error:
        return None, f"{error} is missing"
    except (TypeError, ValueError, AttributeError) as error:
        return None, str(error)[:100]


class RunWriter:
    """Appends rollouts to a run, new or begun. Use it in a `with`; one writer a folder.

    `held` are the rollouts that were there already. Every method raises `StorageError` where the disk refuses, with what
    was written before it whole.
    """

    def __init__(self, folder: Path, info: dict[str, Any]) -> None:
        """Open the folder, made where it is missing. `info` becomes `run.json` of a new run; a begun run keeps its own.

        Raises `UsageError` where the folder holds something else, a run of another version or a broken line.
        """
        self.folder = folder
        self._file: IO[bytes] | None = None
        path = folder / DIALOGUES
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"The run's folder {folder} cannot be made ({error.strerror}).") from error
        if (folder / INFO).exists():
            self.info = read_info(folder)
        elif path.exists():
            raise UsageError(f"{folder} has {DIALOGUES} and no {INFO}; name another folder.")
        else:
            self.info = {"format": RUN_FORMAT, **info}
            self.update()
        self.held, self._size, unended = self._begun(path)
        try:
            self._file = path.open("ab")
            self._file.truncate(self._size)
            if unended:
                self._write(b"\n")
        except OSError as error:
            raise self._refused(error) from error

    @staticmethod
    def _begun(path: Path) -> tuple[tuple[Rollout, ...], int, bool]:
        held, size, unended = [], 0, False
        for line in _lines(path):
            if line.rollout is None:
                if not line.last:
                    raise UsageError(f"{line.place} is broken ({line.fault}); restore the file or delete that line.")
                continue
            held.append(line.rollout)
            size, unended = line.end, not line.ended
        return tuple(held), size, unended

    def append(self, rollout: Rollout) -> None:
        """Write one dialogue; when this returns it is on the disk."""
        line = json.dumps(rollout.to_json(), ensure_ascii=False, separators=(",", ":")) + "\n"
        try:
            # A lone surrogate, which some engines emit, is no UTF-8; it becomes a question mark.
            self._write(line.encode("utf-8", errors="replace"))
        except OSError as error:
            raise self._refused(error) from error

    def update(self, **changes: Any) -> None:
        """Replace `run.json`, whole or not at all, with these keys changed."""
        self.info = {**self.info, **changes}
        text = json.dumps(self.info, ensure_ascii=False, indent=2) + "\n"
        path, new = self.folder / INFO, self.folder / f".{INFO}.new"
        try:
            with new.open("wb") as file:
                file.write(text.encode("utf-8", errors="replace"))
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, path)
        except OSError as error:
            new.unlink(missing_ok=True)
            raise self._refused(error) from error

    def _write(self, data: bytes) -> None:
        """Append, and take back a part of a line that the disk refused to finish."""
        assert self._file is not None
        try:
            self._file.write(data)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError:
            self._abandon()
            raise
        self._size += len(data)

    def _abandon(self) -> None:
        """Close without what is held in memory, cut the file to its whole lines, and open it for another try."""
        assert self._file is not None
        path = self.folder / DIALOGUES
        descriptor = os.open(path, os.O_WRONLY)
        try:
            # The buffer still holds what was refused: point it at nothing, so that closing it writes no torn line.
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self._file.fileno())
            os.close(null)
            self._file.close()
            os.ftruncate(descriptor, self._size)
        finally:
            os.close(descriptor)
        self._file = path.open("ab")

    def _refused(self, error: OSError) -> StorageError:
        return StorageError(
            f"The run {self.folder} cannot be written ({error.strerror}); what is in it is whole: "
            "make room or mend the folder, and start the same command again."
        )

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
