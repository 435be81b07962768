"""One run at a time changes a repository's evolve branches and verdicts: a lock that ends with the process that holds it."""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from escs.evolve.branches.repository import Repository
from escs.runtime.errors import EscsError, StorageError

FILE = "escs.lock"  # in git's common folder, where no branch or worktree sees it
WAIT = 5.0
"""Seconds to wait for another run to end before saying who holds the lock."""


@contextmanager
def lock(repository: Repository, *, wait: float = WAIT) -> Iterator[None]:
    """Hold the lock. Raises `EscsError` with the holder's process and command where it stays taken.

    The system lets go of it when the process ends, however it ends, so that no kill leaves anything to clean up.
    """
    path = repository.common / FILE
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be opened ({error.strerror}); check the repository's permissions."
        ) from error
    try:
        until = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() >= until:
                    raise EscsError(f"{_holder(descriptor)} is at work on this repository; wait for it, or stop it.") from None  # fmt: skip
                time.sleep(0.1)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "command": " ".join(sys.argv[1:])[:200]}).encode(), 0)
        _clear(repository)
        yield
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    with suppress(ValueError, KeyError, OSError):
        held = json.loads(os.pread(descriptor, 4096, 0))
        return f"`escs {held['command']}` (process {held['pid']})"
    return "Another escs"


def _clear(repository: Repository) -> None:
    """Remove what git left where it was killed in the middle of writing one of our refs: nobody else writes those."""
    for folder in ("refs/heads/evolve", "refs/escs"):
        for left in (repository.common / folder).rglob("*.lock"):
            with suppress(OSError):
                left.unlink()
