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
- Words without a person of their own are about whom the conversation is about: where it is about somebody else, "it's
  bleeding through the towel" is that person's wound, "he's got pills saved up" their plan; where it is about harm to others, "you can't stop me" is no farewell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from escs.runtime.safety.risk import NO_RULE, NOTES, Level, Screening, Sign

CALM_TURNS = 5
"""How many calm turns in a row it takes until elevated, or unknown, falls."""

WORRYING_TURNS = 3
"""How many worrying turns about the person's own safety make a crisis."""

APART = frozenset({*NOTES, "third-party-suicide", "third-party-harm"}) - {"sudden-calm"}
"""Kinds that do not add up over turns to a crisis of the person's own."""


OTHERS = frozenset({"third-party-suicide", "third-party-harm"})
"""Kinds about another person."""

OWN = ("suicide", "self-harm", "hopeless", "burden", "method")
"""How the kinds begin that are about the person's own life."""

I_WORDS = frozenset("i i'm im i've ive i'd id i'll me my mine myself meself".split())
"""Words that say that the person speaks of themselves."""

THEIR_WORDS = frozenset(
    "he she they he's she's they're hes shes theyre they'll theyll he'll she'll him her them his their himself herself".split()
)
"""Words that say that the person speaks of somebody else."""

DEED_WORDS = frozenset("it this stop tonight tonights tonight's".split())
"""Words for a deed without its name: do *it*, you can't *stop* me, *tonight's* the night."""

ARMS = frozenset("gun guns rifle shotgun pistol ammo bullets machete knife knives".split())
"""What is told of in a talk about harm to others as what is for them, where no word says that it is for oneself."""

LIFE_WORDS = frozenset(
    "myself die dying dead death suicide suicidal life live alive goodbye goodbyes bye kms sleep wake here around"
    " over end ending".split()
)
"""Words that say that the deed is done to oneself, or that a life ends."""


def in_view_of(kinds: Iterable[str], screening: Screening) -> Screening:
    """The screening of one turn, in view of the kinds of danger seen before it: whom its words are about, and that none is doubted.

    Only words that name no person themselves are read so, and only while nothing of the person's own danger was seen. The ear may
    doubt a rule where the words stand alone; once there was any danger, the rules stand.
    """
    seen = frozenset(kinds)
    if seen - NOTES:
        screening = screening.undoubted
    if any(kind.startswith(OWN) for kind in seen) or not seen & (OTHERS | {"harm-to-others"}):
        return screening
    own = any(sign.kind.startswith(OWN) and _words(sign) & I_WORDS for sign in screening.signs)
    return replace(screening, signs=tuple(_about(seen, sign, own) for sign in screening.signs))


def _about(seen: frozenset[str], sign: Sign, own: bool) -> Sign:
    """One sign in that view; `own` says that the same turn speaks of the person's own danger in the first person."""
    words = _words(sign)
    if sign.about not in ("self", "unclear") or not sign.kind.startswith(OWN):
        return sign
    theirs = words & THEIR_WORDS and not words & I_WORDS
    deed = words & (DEED_WORDS | ARMS if sign.kind == "suicide-plan" else DEED_WORDS) and not words & LIFE_WORDS
    if "harm-to-others" in seen and (theirs or deed):
        return replace(sign, kind="harm-to-others", why=f"{sign.why} Here it is about harm to somebody.")
    wound = sign.kind == "self-harm" and not own
    if seen & OTHERS and (theirs or wound or (sign.about == "unclear" and not own)):
        return replace(sign, kind="third-party-suicide", about="other", why=f"{sign.why} Here it is about another.")
    return sign


def _words(sign: Sign) -> set[str]:
    return set(re.findall(r"[a-z']+", sign.matched.lower().replace("’", "'")))


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
        screening = in_view_of(self.kinds, screening)
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
