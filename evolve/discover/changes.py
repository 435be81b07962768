"""What changed after a supporter's move: one of the taxonomy's response changes, by plain rules on the seeker's reply.

Words stand in `changes.toml`; here stands what depends on the move and on the reply's shape. Where nothing shows a
change the answer is "", which means unknown. English only.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from escs.runtime.cue_file import cues
from escs.runtime.errors import UsageError
from escs.runtime.phrases import ENDS, START, Phrases, words
from escs.runtime.taxonomy import taxonomy

PATH = Path(__file__).with_name("changes.toml")

OFFERS = frozenset({"Providing Suggestions", "Information"})
"""Strategies that put something before the person which they can take up or turn down."""

FLAT = 3  # words: a reply this short and no longer is flat after a person has been telling
TOLD = 8  # words of the turn before that make the person one who has been telling
MORE = 12  # words of a reply that tells more, where it is also half as long again as the turn before
MUCH = 25  # words that tell more whatever stood before


@cache
def _book() -> tuple[Phrases, tuple[str, ...]]:
    try:
        data = tomllib.loads(PATH.read_text(encoding="utf-8"))
        lists = {name: frozenset(row.split()) for name, row in data["lists"].items()}
        rows = [(name, line) for name, text in data["phrases"].items() for line in text.splitlines() if line.strip()]
        return Phrases(rows, lists), tuple(data["phrases"])
    except (tomllib.TOMLDecodeError, KeyError, AttributeError, ValueError) as error:
        raise UsageError(f"{PATH} cannot be used: {error}.") from error


def change_of(reply: str, *, before: str = "", strategy: str = "", move: str = "") -> str:
    """The response change that `reply` shows, or "".

    `before` is the seeker's turn before the move, `strategy` the move's strategy, `move` its text.
    """
    row = words(reply, cues().spelling)
    said = [word for word in row if word != START and word not in ENDS]
    if not said:
        return ""
    phrases, order = _book()
    found = phrases.find(row)
    offered = strategy in OFFERS
    for name in order:
        if name not in found:
            continue
        if name in taxonomy().changes:
            if name == "own-step" and offered:
                return "takes-up"
            if name != "names-feeling" or "withdraws" not in found:
                return name
        elif name == "offer-taken" and offered:
            return "takes-up"
        elif name == "offer-declined" and offered:
            return "declines-freely"
        elif name == "withdraws":
            return "closes-down"
        elif name == "tears" and len(said) >= TOLD:
            return "may-rise-first"
    return _shape(said, before, move, polite="polite" in found)


def _shape(said: list[str], before: str, move: str, *, polite: bool) -> str:
    """What the reply's length shows, beside the turn before. A short answer to a question is no withdrawal."""
    told = sum(word != START and word not in ENDS for word in words(before, cues().spelling))
    if len(said) >= MUCH or (len(said) >= MORE and len(said) >= 1.5 * told):
        return "says-more"
    if len(said) <= FLAT and told >= TOLD and not polite and "?" not in move:
        return "closes-down"
    return ""
