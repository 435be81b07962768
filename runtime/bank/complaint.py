"""A complaint about a file of the bank: where, what is wrong, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


def _shown(path: Path) -> str:
    """The path on one line, whatever its name holds."""
    text = str(path)
    return text if text.isprintable() else ascii(text)[1:-1]


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint; `severity` is `error`, `warning` or `note`."""

    path: Path | None
    line: int
    rule: str
    message: str
    mend: str
    severity: str = "error"

    def __str__(self) -> str:
        where = f"{_shown(self.path)}:{self.line}" if self.path else f"line {self.line}"
        return f"{where}: {self.severity}: {self.message} {self.mend} [{self.rule}]"
