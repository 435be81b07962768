"""Loads what a process keeps for good without looking for garbage in it, neither meanwhile nor later on."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept() -> Iterator[None]:
    """What is made within is kept until the process ends.

    To look for garbage in the rules would take a fifth of the time of loading them, and now and then more than a hundred
    times as long as to screen a turn.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()
