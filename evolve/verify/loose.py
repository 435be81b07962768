"""Banks by name that are in nobody's repository: a folder as it stands now, and versions of it with edits."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Protocol


class Trees(Protocol):
    """Where banks come from: a repository's trees, or a folder (`Loose`)."""

    def files(self, tree: str) -> dict[str, bytes]:
        """The files of a bank, by path within it."""
        ...

    def tree_with(self, tree: str, changes: Mapping[str, bytes | None]) -> str:
        """The bank with files put in, or taken out (None)."""
        ...

    def unpack(self, tree: str, into: Path) -> Path:
        """Write the bank into a folder of ours."""
        ...


class Loose:
    """A bank's folder and edits of it, in memory."""

    def __init__(self, bank: Path) -> None:
        """Reads the folder; hidden files and links are left out."""
        plain = (path for path in sorted(bank.rglob("*")) if path.is_file() and not path.is_symlink())
        names = ((path, path.relative_to(bank)) for path in plain)
        self._known: dict[str, dict[str, bytes]] = {}
        self.base = self._named(
            {
                name.as_posix(): path.read_bytes()
                for path, name in names
                if not any(part.startswith(".") for part in name.parts)
            }
        )

    def _named(self, files: dict[str, bytes]) -> str:
        digest = sha256()
        for path in sorted(files):
            digest.update(f"{path}\0{len(files[path])}\0".encode() + files[path])
        name = digest.hexdigest()[:40]
        self._known[name] = files
        return name

    def files(self, tree: str) -> dict[str, bytes]:
        """See `Trees`."""
        return dict(self._known[tree])

    def tree_with(self, tree: str, changes: Mapping[str, bytes | None]) -> str:
        """See `Trees`."""
        merged: dict[str, bytes | None] = {**self._known[tree], **changes}
        return self._named({path: data for path, data in merged.items() if data is not None})

    def unpack(self, tree: str, into: Path) -> Path:
        """See `Trees`."""
        for path, data in self._known[tree].items():
            target = into / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        into.mkdir(parents=True, exist_ok=True)
        return into
