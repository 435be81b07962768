"""A complaint about a file of the bank: where, what is wrong, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
        where = f"{self.path}:{self.line}" if self.path else f"line {self.line}"
        return f"{where}: {self.severity}: {self.message} {self.mend} [{self.rule}]"
