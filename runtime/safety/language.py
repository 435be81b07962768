"""Which language a text is in, as far as the screen must know, and honest words where it is not covered."""

from __future__ import annotations

from collections.abc import Sequence

from escs.runtime.safety.risk import Sign


def note(text: str) -> str | None:
    """Honest words in the text's own language that only English is read well; None where the text is covered."""
    return None


def covered(text: str, words: Sequence[str]) -> str:
    return "en"


def signs(text: str) -> tuple[Sign, ...]:
    return ()
