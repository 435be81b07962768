"""A streamed reply, sentence by sentence: nothing is shown before the check has passed it, nothing is ever withdrawn."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from escs.runtime.safety.check import CheckContext, Failing, check
from escs.runtime.task import Answered, Piece

RUNAWAY = 400  # characters: a sentence longer than this is cut at a word, so that it can be judged and shown

_END = re.compile(r"(?:[.!?…]+[\"'”’)\]*_]*(?=\s)|[。！？]+[”」』）]*|\n+)\s*")
_ABBREVIATION = re.compile(r"(?:\b(?:mr|mrs|ms|dr|prof|st|e\.g|i\.e|etc|vs|no|a\.m|p\.m)|\b[a-z])\.$", re.IGNORECASE)
_LIST_NUMBER = re.compile(r"(?:^|\n)\s*\d{1,2}\.$")


class Sentences:
    """Cuts a stream into sentences, with their white space, as soon as each is whole."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> list[str]:
        """The sentences that these characters complete."""
        self._held += text
        whole = []
        while (cut := self._cut()) is not None:
            whole.append(self._held[:cut])
            self._held = self._held[cut:]
        return whole

    def flush(self) -> list[str]:
        """What is left at the end of the stream."""
        rest, self._held = self._held, ""
        return [rest] if rest else []

    def _cut(self) -> int | None:
        for match in _END.finditer(self._held):
            before = self._held[: match.start() + 1]
            if match[0].startswith(".") and (_ABBREVIATION.search(before[-12:]) or _LIST_NUMBER.search(before[-6:])):
                continue
            if match.end() == len(self._held) and not match[0].endswith(("\n", "。", "！", "？")):
                return None  # the white space may go on; it belongs to this sentence
            return match.end()
        if len(self._held) > RUNAWAY:
            space = self._held.rfind(" ", 0, RUNAWAY)
            return space + 1 if space > 0 else RUNAWAY
        return None


@dataclass(frozen=True, slots=True)
class Passed:
    """A sentence that may be shown."""

    text: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """The first sentence that failed; nothing after it is looked at, and it is never shown."""

    failing: tuple[Failing, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """The stream is complete; what the engine said of it."""

    answered: Answered[str]


async def guard(pieces: AsyncIterator[Piece], context: CheckContext) -> AsyncIterator[Passed | Withheld | Ended]:
    """Let through the sentences that pass the check, stop at the first that fails.

    Each sentence is judged on its own and together with the one before it, since a thought can be split over two.
    """
    sentences = Sentences()
    before = ""
    async for piece in pieces:
        whole = sentences.feed(piece.text)
        if piece.done is not None:
            whole += sentences.flush()
        for sentence in whole:
            failing = check(sentence, context) or _joined(before, sentence, context)
            if failing:
                yield Withheld(failing)
                return
            before = sentence
            yield Passed(sentence)
        if piece.done is not None:
            yield Ended(piece.done)


def failing_in(text: str, context: CheckContext) -> tuple[Failing, ...]:
    """What a whole text fails: each of its sentences, alone and together with the one before it; empty where it may be shown."""
    sentences = Sentences()
    before = ""
    for sentence in (*sentences.feed(text), *sentences.flush()):
        failing = check(sentence, context) or _joined(before, sentence, context)
        if failing:
            return failing
        before = sentence
    return ()


def _joined(before: str, sentence: str, context: CheckContext) -> tuple[Failing, ...]:
    """What fails only when the two sentences are read as one."""
    if not before.strip():
        return ()
    return check(before.strip().rstrip(".!?…") + " " + sentence, context)
