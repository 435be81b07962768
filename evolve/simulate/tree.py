"""The tree hash of a bank's folder as git computes it, so that a run names exactly the bank that it met."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from pathlib import Path

from escs.runtime.errors import BankError

_FILE, _EXECUTABLE, _FOLDER = "100644", "100755", "40000"


def tree_hash(folder: Path) -> str:
    """Git's hash of the folder's tree (SHA-1), hidden files, links and empty folders left out. Raises `BankError`."""
    try:
        return _tree(folder).hex()
    except OSError as error:
        raise BankError(f"{error.filename or folder} cannot be read ({error.strerror}).") from error


def _tree(folder: Path) -> bytes:
    entries: list[tuple[bytes, str, bytes]] = []
    for path in folder.iterdir():
        if path.name.startswith(".") or path.is_symlink():
            continue
        name = os.fsencode(path.name)
        if path.is_dir():
            inner = _tree(path)
            if inner != _EMPTY:
                entries.append((name, _FOLDER, inner))
        elif path.is_file():
            mode = _EXECUTABLE if path.stat().st_mode & stat.S_IXUSR else _FILE
            entries.append((name, mode, _object(b"blob", path.read_bytes())))
    entries.sort(key=lambda entry: entry[0] + (b"/" if entry[1] == _FOLDER else b""))
    return _object(b"tree", b"".join(mode.encode() + b" " + name + b"\0" + digest for name, mode, digest in entries))


def _object(kind: bytes, data: bytes) -> bytes:
    return hashlib.sha1(kind + b" " + str(len(data)).encode() + b"\0" + data, usedforsecurity=False).digest()


_EMPTY = _object(b"tree", b"")


def snapshot(bank: Path, into: Path) -> Path:
    """A copy of the bank that nobody edits while a run meets it; links are not followed and not copied."""

    def left_out(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if name.startswith(".") or Path(folder, name).is_symlink()]

    try:
        shutil.copytree(bank, into, ignore=left_out, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        raise BankError(f"The bank {bank} cannot be copied for the run: {error}") from error
    return into
