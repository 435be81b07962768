"""The watch over a conversation: how the screenings of single turns add up, and what may make the level fall.

The rules, in words
- Crisis never falls within a conversation.
- Three worrying turns weigh more than one: the third turn at elevated that is about the person's own safety, with no
  fall in between, is crisis. Warning signs add up (hopelessness, being a burden, not belonging: Joiner 2005, Van Orden
  et al. 2010), people often come nearer to saying it over several turns, and asking directly does no harm
  (Dazzi et al. 2014), so the cost of asking once too often is small. Concern for another person, being bereaved,
  intrusive thoughts, a taking-back, and words that only their weight or the ear raised do not add up in this way.
- Elevated falls only after `CALM_TURNS` turns in a row in which nothing at all was seen. A "just kidding" or a sudden
  calm is itself something seen: it is recorded, and the count of calm turns starts again.
- Unknown (a language that the screen does not read) falls in the same way, and never counts as calm.
- A model may raise the level, never lower it. A model that failed counts as elevated once there has been any sign,
  but its failures alone never add up to crisis.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from escs.runtime.safety.risk import NO_RULE, NOTES, Level, Screening, Sign

CALM_TURNS = 5
"""How many calm turns in a row it takes until elevated, or unknown, falls."""

WORRYING_TURNS = 3
"""How many worrying turns about the person's own safety make a crisis."""

APART = frozenset({*NOTES, "third-party-suicide", "third-party-harm"}) - {"sudden-calm"}
"""Kinds that do not add up over turns to a crisis of the person's own."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What the conversation has shown so far; `after` gives the watch one turn later."""

    level: Level = Level.NONE
    turns: int = 0  # the seeker's turns so far
    calm_turns: int = 0  # calm turns in a row, up to now
    worrying_turns: int = 0  # turns at elevated about the person's own safety since the last fall
    seen: tuple[tuple[str, Level], ...] = ()  # each kind with the highest level at which it was seen
    signs: bool = False  # whether any rule has ever seen anything, at whatever level

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of danger seen so far, and the notes worth a question, gravest first."""
        return tuple(kind for kind, _ in sorted(self.seen, key=lambda pair: -pair[1]))

    def after(self, screening: Screening, *, model_level: Level | None = None, model_failed: bool = False) -> Watch:
        """The watch after one more turn of the seeker.

        `model_level` is what a model read in the turn, if one was asked: it can raise the level and never lower it.
        `model_failed` says that a model was asked and gave no usable answer.
        """
        signs = self.signs or bool(screening.signs)
        turn = max(screening.level, model_level or Level.NONE)
        worrying = self.worrying_turns + (turn == Level.ELEVATED and _about_the_person(screening, model_level))
        if model_failed and signs:
            turn = max(turn, Level.ELEVATED)
        if worrying >= WORRYING_TURNS:
            turn = Level.CRISIS
        calm = 0 if turn > Level.NONE or screening.signs else self.calm_turns + 1
        level = max(self.level, turn)
        if level in (Level.ELEVATED, Level.UNKNOWN) and calm >= CALM_TURNS:
            level, calm, worrying = Level.NONE, 0, 0
        return replace(
            self,
            level=level,
            turns=self.turns + 1,
            calm_turns=calm,
            worrying_turns=worrying,
            seen=_merged(self.seen, screening.signs),
            signs=signs,
        )


def _about_the_person(screening: Screening, model_level: Level | None) -> bool:
    """Whether an elevated turn is about the person's own safety: by a rule, or because a model raised it where no rule did."""
    by_rule = [sign for sign in screening.signs if sign.level >= Level.ELEVATED and sign.rule not in NO_RULE]
    if not by_rule:
        return (model_level or Level.NONE) >= Level.ELEVATED
    return any(sign.kind not in APART for sign in by_rule)


def _merged(seen: tuple[tuple[str, Level], ...], signs: tuple[Sign, ...]) -> tuple[tuple[str, Level], ...]:
    levels = dict(seen)
    for sign in signs:
        if sign.level > Level.NONE or sign.kind in NOTES:
            levels[sign.kind] = max(levels.get(sign.kind, Level.NONE), sign.level)
    return tuple(levels.items())
