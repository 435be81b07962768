"""Writes a report's page."""

from __future__ import annotations

from pathlib import Path

from escs.runtime.errors import StorageError


def save(page: str, out: Path) -> float:
    """Write it; its size in MB. Raises `StorageError`."""
    data = page.encode("utf-8", errors="replace")
    try:
        out.write_bytes(data)
    except OSError as error:
        raise StorageError(
            f"The report {out} cannot be written ({error.strerror}); name another file with --out."
        ) from error
    return len(data) / 1e6
