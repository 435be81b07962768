"""What a practised talk shows when it ends: the curve of emotion, repairs first, then what landed and what did not."""

from __future__ import annotations

from itertools import pairwise

from escs.evolve.simulate.rollout import Rollout, Turn

BARS = "▁▂▃▄▅▆▇█"
MOST = 3  # replies that are named as having landed, or not
SHOWN = 60  # characters of a reply, to know it again

Numbered = tuple[int, Turn]


def lines(rollout: Rollout) -> list[str]:
    """The ending in lines, empty for a talk without a reply that was felt."""
    felt: list[Numbered] = [(number, turn) for number, turn in enumerate(rollout.turns, 1) if turn.feel]
    if not felt:
        return []
    emotions = rollout.emotions
    bars = "".join(BARS[min(len(BARS) - 1, int(emotion * len(BARS) / 100))] for emotion in emotions)
    said = [f"Emotion from 0 to 100: {' '.join(f'{emotion:.0f}' for emotion in emotions)}  {bars}"]
    repairs = [
        f"  after reply {before[0]} ({_change(before):+.0f}): {_named(after)}"
        for before, after in pairwise(felt)
        if _change(before) < 0 < _change(after)
    ]
    landed = sorted((one for one in felt if _change(one) > 0), key=_change, reverse=True)[:MOST]
    missed = sorted((one for one in felt if _change(one) < 0), key=_change)[:MOST]
    for title, rows in (
        ("Repaired:", repairs),
        ("What landed:", [f"  {_named(one)}" for one in landed]),
        ("What did not:", [f"  {_named(one)}" for one in missed]),
        ("Unsafe:", [f"  reply {event.turn}: {event.kind} ({event.why})" for event in rollout.unsafe]),
    ):
        said += [title, *rows] if rows else []
    return said


def _change(one: Numbered) -> float:
    return one[1].feel.change if one[1].feel else 0.0


def _named(one: Numbered) -> str:
    number, turn = one
    text = " ".join(turn.supporter.split())
    cut = text if len(text) <= SHOWN else f"{text[:SHOWN].rsplit(' ', 1)[0]} …"
    why = turn.feel.why if turn.feel else ""
    return f"reply {number} ({_change(one):+.0f}) “{cut}”{f': {why}' if why else ''}"
