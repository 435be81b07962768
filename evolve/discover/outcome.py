"""The outcome rule: whether a supporter's move was constructive, neutral or negative. One rule for every source.

Evidence is asked in this order, and the first that speaks decides:

1. The recorded change of the seeker's emotion (SAGE and simulations): above 0 constructive, below 0 negative, 0 neutral.
2. The seeker's stars (ESConv, FailedESConv): 4 and 5 constructive, 3 neutral, 1 and 2 negative. A rating speaks of all
   moves since the last one, so it stands on each of them.
3. The seeker's reply, where it says plainly what the move did: thanks for being understood, relief, a new angle, a step,
   an offer taken up (constructive); an offer turned down without strain (neutral); objection, withdrawal, "that makes
   it worse" (negative). Replies that only tell more, or name a feeling, do not decide: people tell more as a talk goes
   on, whatever the supporter does, and a single reply cannot tell that from the move's doing.
4. Otherwise the outcome is unknown ("") and the unit counts for nothing.

The survey at a dialogue's end is not used, not even between equals. It speaks of the whole dialogue, so it would give
every move of it the same outcome; in ESConv everyone who answered it had improved, which would make time itself look
like help; and where it is missing, it says nothing at all.

The thresholds are a choice. `SENSITIVITY` holds the others that the summary shows beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from escs.runtime.taxonomy import taxonomy

OUTCOMES = ("constructive", "neutral", "negative", "")

PLAIN = frozenset(
    "feels-understood eases new-angle own-step takes-up reaches-out declines-freely closes-down pushes-back worsens".split()
)
"""Response changes that decide an outcome by themselves."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The thresholds of the rule, in stars, and which replies decide."""

    constructive: int = 4  # so many stars and more
    negative: int = 2  # so many stars and fewer
    text: frozenset[str] = PLAIN  # response changes that decide where nothing was recorded


RULE = Rule()

SENSITIVITY: dict[str, Rule] = {
    "the rule": RULE,
    "5 stars only, 1 star only": Rule(constructive=5, negative=1),
    "5 stars, 3 and fewer": Rule(constructive=5, negative=3),
    "no text": Rule(text=frozenset()),
    "any text": Rule(text=frozenset(taxonomy().changes)),
}
"""Rules to set beside the rule: how far the outcomes hang on its thresholds."""


def outcome(*, emotion_change: float | None, feedback: int | None, change: str, rule: Rule = RULE) -> str:
    """The outcome of a move: constructive, neutral, negative, or "" where nothing speaks.

    `emotion_change` in points of 0 to 100, `feedback` in stars of 1 to 5, `change` a response change of the taxonomy.
    """
    if emotion_change is not None:
        return "constructive" if emotion_change > 0 else "negative" if emotion_change < 0 else "neutral"
    if feedback is not None:
        return (
            "constructive" if feedback >= rule.constructive else "negative" if feedback <= rule.negative else "neutral"
        )
    label = taxonomy().changes.get(change)
    return label.valence if label is not None and change in rule.text else ""


def decided_by(*, emotion_change: float | None, feedback: int | None, change: str, rule: Rule = RULE) -> str:
    """Which evidence decided: `emotion`, `stars`, `reply`, or "" where nothing did."""
    if emotion_change is not None:
        return "emotion"
    if feedback is not None:
        return "stars"
    return "reply" if change in rule.text else ""
