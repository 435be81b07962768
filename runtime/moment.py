"""The moment a supporter is about to speak in: what a dialogue so far shows, as few words that can be counted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

from escs.runtime.cue_file import cues
from escs.runtime.cues import label_action
from escs.runtime.phrases import ENDS, START, words
from escs.runtime.state import Message

NEVER = "nothing yet"
"""The supporter's last strategy before they have said anything."""

_LAST_TURN = 12
_STRETCHES = (2, 4, 6, 9, 12, 16)  # bounds of turns within which supporters act much alike
_MOMENTS = (1, 2, 3, 4, 5, 6, 7, 9, 12, 16)


def _between(value: int, bounds: tuple[int, ...]) -> str:
    low = 1
    for high in bounds:
        if value <= high:
            return str(high) if low == high else f"{low}-{high}"
        low = high + 1
    return f"{low} on"


def _step(value: int, step: int, last: int) -> str:
    low = min(value // step * step, last)
    return f"{low} on" if low == last else f"{low}-{low + step - 1}"


@lru_cache(maxsize=4_096)
def _heard(text: str) -> tuple[frozenset[str], int, bool]:
    """The classes that a message would have as a seeker's, its words, and whether it asks."""
    row = words(text, cues().spelling)
    count = sum(word != START and word not in ENDS for word in row)
    return frozenset(cues().seeker.find(row)), count, "?" in row


def _supporter_turns(history: Sequence[Message]) -> list[list[int]]:
    """The places of the supporter's messages, those in a row together: one move."""
    turns: list[list[int]] = []
    before = "user"
    for place, message in enumerate(history):
        if message.role == "assistant":
            if before != "assistant":
                turns.append([])
            turns[-1].append(place)
        before = message.role
    return turns


def moment(history: Sequence[Message], strategies: Sequence[str] | None = None) -> dict[str, str]:
    """What the dialogue so far shows, by name; each a word or two from a small set.

    `turn` counts the supporter's moves, the coming one included. `last` and `last-two` are the strategies that
    `label_action` infers for the ends of the supporter's last moves. The classes of the seeker's last messages (those
    since the supporter spoke) are `yes` or `no` under `seeker: NAME`. `strategies`, one for each message, replace what
    would be inferred: for measuring what inference costs.
    """
    turns = _supporter_turns(history)
    number = len(turns) + 1
    ends = [turn[-1] for turn in turns[-2:]]
    if strategies is None:
        last = [label_action(history[place].content, history[:place]).strategy for place in ends]
    else:
        last = [strategies[place] for place in ends]
    newest = last[-1] if last else NEVER
    said = _heard(history[ends[-1]].content)[1] if ends else 0
    classes: set[str] = set()
    count = messages = 0
    asked = False
    for message in reversed(history):
        if message.role != "user":
            break
        shown, length, asks = _heard(message.content)
        classes |= shown
        count += length
        messages += 1
        asked = asked or asks
    stretch = _between(number, _STRETCHES)
    facts = {
        "turn": f"{_LAST_TURN} on" if number >= _LAST_TURN else str(number),
        "stretch": stretch,
        "moment": _between(number, _MOMENTS),
        "last": newest,
        "last-two": " after ".join((newest, last[0])) if len(last) > 1 else newest,
        "said": _step(said, 8, 40),
        "length": _step(count, 5, 45),
        "length-roughly": _step(count, 8, 32),
        "messages": "3 on" if messages >= 3 else str(messages),
        "asked": "yes" if asked else "no",
    }
    for name, shown_as in _classes():
        facts[shown_as] = "yes" if name in classes else "no"
    return facts


@cache
def _classes() -> tuple[tuple[str, str], ...]:
    return tuple((name, f"seeker: {name}") for name in cues().seeker_classes)
