"""Which language a text is in, as far as the screen must know, and honest words where it is not covered."""

from __future__ import annotations


def note(text: str) -> str | None:
    """Honest words in the text's own language that only English is read well; None where the text is covered."""
    return None
