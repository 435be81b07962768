"""The nouns of safety: a level, a sign that a rule saw in a text, and the screening of one text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

NOTES = frozenset({"retraction", "sudden-calm", "bereaved-by-suicide", "intrusive-thoughts"})
"""Kinds worth knowing of although their level may be none; other signs at level none are figures of speech and denials."""

BY_WEIGHT = "weighed-phrases"
"""The rule that a sign names where no rule knew the words and their weight raised the text (weighed.py)."""

BY_EAR = "ear"
"""And where the ear heard danger in them (ear.py)."""

NO_RULE = frozenset({BY_WEIGHT, BY_EAR})
"""Evidence weaker than a rule's: nobody has said what these words mean."""


class Level(IntEnum):
    """How much danger the words show; `UNKNOWN` means that the screen does not cover the language."""

    NONE = 0
    UNKNOWN = 1
    ELEVATED = 2
    CRISIS = 3

    @property
    def word(self) -> str:
        """The level as it stands in JSON and in skills: none, unknown, elevated, crisis."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that a rule saw."""

    kind: str  # a kind of danger, as the rules name it: suicide-active, self-harm, abuse-now, overdose …
    level: Level
    matched: str  # the words that the rule matched, as typed
    rule: str  # the rule's id in the data file
    why: str  # the rule's explanation, for people
    about: str = "self"  # self, other (a third party), past, or unclear
    doubted: bool = False  # a rule says crisis and the ear hears nothing: elevated, while the words stand alone


@dataclass(frozen=True, slots=True)
class Screening:
    """What the screen saw in one text, on its own."""

    level: Level = Level.NONE
    signs: tuple[Sign, ...] = ()
    language: str = "en"  # "en", another covered language, or "" where it is not covered

    @property
    def telling(self) -> tuple[Sign, ...]:
        """The signs that say something of danger, gravest first: all but words that turned out to mean no danger."""
        telling = (sign for sign in self.signs if sign.level > Level.NONE or sign.kind in NOTES)
        return tuple(sorted(telling, key=lambda sign: -sign.level))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of danger seen, without doubles, gravest first."""
        return tuple(dict.fromkeys(sign.kind for sign in self.telling))

    @property
    def undoubted(self) -> Screening:
        """The same with each sign as its rule alone has it."""
        signs = tuple(replace(sign, level=Level.CRISIS, doubted=False) if sign.doubted else sign for sign in self.signs)
        return self if signs == self.signs else Screening(Level.CRISIS, signs, self.language)

    @property
    def matched(self) -> tuple[str, ...]:
        """The words that rules matched, in the order of the signs."""
        return tuple(dict.fromkeys(sign.matched for sign in self.telling))
