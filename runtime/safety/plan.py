"""The short safety plan: what the person said about warning signs, what helps, who and where, kept in their words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from escs.runtime.safety.risk import Screening

PARTS = {
    "signs": "First signs",
    "helps": "What helps",
    "who": "Who",
    "where": "Where",
}
"""The parts of the plan, after Stanley and Brown (2012), as they are read back."""

WORDS_AT_MOST = 14
"""A longer answer is not read back: a plan is a note, and a long answer seldom is only that."""

EMPTY = frozenset(
    (
        *("yes", "yeah", "yep", "sure", "ok", "okay", "k", "maybe", "thanks", "thank you", "ty", "fine", "same", "lol"),
        *("bye", "goodbye", "good night", "goodnight", "thanks bye", "ok bye", "see you", "later", "gtg"),
        *("whatever", "everything", "anything", "something", "all of it", "hm", "hmm", "idc", "i guess", "i guess so"),
    )
)
"""Answers that say nothing a plan could hold."""

_UNFIT = re.compile(
    r"\b(?:drink\w*|drunk|booze|gin|rum|cider|lager|drugs?|coke|cocaine|ket|heroin|alcohol|beers?|wine|whisk(?:e)?y|vodka|"
    r"weed|smok\w*|high|pills?|tablets?|paracetamol|insulin|bleach|meds|medications?|cut\w*|"
    r"blades?|razors?|knife|knives|guns?|shotgun|rifle|pistol|rope|noose|belt|bridge|"
    r"viaduct|cliffs?|roof\w*|ledge|balcony|car park|storey|tracks|rails?|railway|station|platform|river|lake|the sea|the water|canal|"
    r"reservoir|quarry|pier|heaven|hell|grave|cemetery|graveyard|faint\w*|passed out|bleed\w*|blood|sick|dizzy|burn\w*|starv\w*|purg\w*|vomit\w*|restrict\w*|kill\w*|die|dying|dead|suicid\w*|hurt\w*|"
    r"overdos\w*|worthless|useless|burden|hate|nothing|nowhere|nobody|no one|none|idk|dunno|don'?t know|not|no)\b",
    re.IGNORECASE,
)


def item_from(asked: str, answer: str, text: str, screening: Screening) -> str:
    """The person's words as a line of the plan, or empty where they are no answer or nothing to be read back.

    Only short answers in which neither the screen nor a list of unfit words finds anything are kept: what a person
    says against themselves, a means, or drink is never handed back as a plan.
    """
    words = " ".join(text.split()).strip(" .,!?;:\"“”'")
    fits = 0 < len(words.split()) <= WORDS_AT_MOST and len(words) <= 120
    if asked not in PARTS or answer not in ("given", "yes", "hedge") or not fits or "?" in text:
        return ""
    if screening.signs or _UNFIT.search(words.replace("’", "'")) or not re.fullmatch(r"[\w\s',.’&+()/-]+", words):
        return ""
    return "" if words.lower() in EMPTY else words


def read_back(items: Iterable[tuple[str, str]]) -> str:
    """The plan so far as one line, in the person's own words; empty where there is less than two things."""
    kept = dict(items)
    parts = [f"{label}: “{kept[part]}”." for part, label in PARTS.items() if part in kept]
    return f"Your plan so far, in your words. {' '.join(parts)}" if len(parts) > 1 else ""
