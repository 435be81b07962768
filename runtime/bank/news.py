"""What a person who edits skills beside a conversation is told of the files that just changed: one line a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from escs.runtime.bank.bank import Bank
from escs.runtime.bank.complaint import Complaint
from escs.runtime.errors import EscsError

MOST = 3  # files that are named one by one; a git checkout can change a whole bank


def news(bank: Bank) -> Iterator[str]:
    """What is wrong with the files that the bank's last look found changed, as lint says it."""
    for path in bank.changed[:MOST]:
        found = _serious(bank, path)
        if found:
            yield one_line(found, path)
    if len(bank.changed) > MOST:
        yield f"{len(bank.changed) - MOST} more files changed; `escs skills lint {bank.root}` looks at them."


def one_line(found: Sequence[Complaint], path: Path) -> str:
    """The first complaint whole, and how many more there are."""
    more = f" ({len(found) - 1} more: escs skills lint {path})" if len(found) > 1 else ""
    return f"{found[0]}{more}"


def _serious(bank: Bank, path: Path) -> list[Complaint]:
    """Errors and unknown words in one file; what was misspelt comes first, for the rest often follows from it."""
    from escs.runtime.bank.lint import lint

    found = [complaint for complaint in bank.complaints if complaint.path == path]
    with suppress(EscsError, OSError):  # the file may be gone again by now
        found += (complaint for complaint in lint(path)[0] if complaint not in found)
    serious = [complaint for complaint in found if complaint.severity == "error" or _unknown(complaint)]
    return sorted(serious, key=lambda complaint: not _unknown(complaint))


def _unknown(complaint: Complaint) -> bool:
    return complaint.rule.startswith("unknown-")
