"""The crisis screen: reads one text for signs of danger, by code and data alone, before any engine sees it.

What the levels mean
- crisis: suicidal thoughts voiced in the first person and the present, passive ones ("I wish I wouldn't wake up")
  included, because a direct question is due in either case; a plan, intent, goodbye or attempt; self-harm now; a way
  to die asked for; an overdose or another emergency of the body; voices that command harm, and convictions of being
  pursued, poisoned, replaced, dead or chosen, told as facts; intent to harm somebody; violence or abuse now; a minor being
  harmed; starvation or purging that endangers the body; another person whose life is in danger at this moment (they say
  goodbye, are doing it, have the means or a day, or cannot be reached after such words).
- elevated: despair that could hide suicidal thoughts (hopelessness, being a burden, "I can't do this any more"), a past
  attempt, worry about another person (their wish to die alone included), strange experiences told with doubt, disordered
  eating without acute danger.
- unknown: the text is not in a language that the rules cover, and nothing in it was recognised.
- none: nothing was seen. A sign at level none is a note: a denial, an idiom, bereavement, intrusive thoughts, what a friend has behind them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from escs.runtime.safety import language, weighed
from escs.runtime.safety.automaton import Hit
from escs.runtime.safety.context import REACH, Surroundings, judged
from escs.runtime.safety.ear import Ear, ear_for
from escs.runtime.safety.normalise import Reading, read
from escs.runtime.safety.risk import BY_EAR, BY_WEIGHT, NOTES, Level, Screening, Sign
from escs.runtime.safety.rulebook import Rulebook, rulebook

MOST_JUDGED = 60
"""How many different matches of one rule are weighed one by one; a text that repeats itself adds nothing after that."""

APART = {
    "third-party-suicide": "third-person",
    "third-party-harm": "third-person",
    "bereaved-by-suicide": "bereaved",
}
"""Kinds about another person, whose matches tell what the words within them are about."""

OTHER_IN_DANGER = "third-person-suicide"
"""The effect of matches that say that another's life is in danger now: within them, words of suicide are about that person,
and words of violence may still be about the person who writes."""

ASKED = {"suicide-passive", "self-harm", "abuse-now", "eating-danger", "minor-at-risk"}
"""Kinds whose protocol begins with a question. The weight of words is too weak to say “call an ambulance”, or to speak of a third
person; where it speaks of another kind, the person is asked directly about suicidal thoughts."""
GRAVE_WORDS = 30  # words of a text beyond which weight alone is no crisis: in a long one heavy words meet by chance
PLAIN_WORDS, ROOM = 40, 100.0
"""Up to how many words of a text the table's bound holds, and how many more raise it by one. The longer a text, the heavier its heaviest
passage is by chance; so about one in a hundred ordinary turns is raised, whether it has 40 words or 120 (ESConv's training dialogues)."""
MOST_WEIGHT = 10.0
"""Beyond which more weight says nothing more beside the ear."""
NEVER_DOUBTED = {"overdose", "medical-emergency", "suicide-attempt-now", "method-seeking"}
"""Kinds that are answered with an emergency number first: an ambulance called in vain costs less than one that is not called. And
questions about ways to die, which sound to the ear like any other question."""
SPEAKS_OF = 0.5
"""Share of what speaks for danger that must speak of one kind for it to be asked about; with less, the kind is mostly wrong."""


def screen(text: str, *, by_weight: bool = True, by_ear: bool = True) -> Screening:
    """What the screen sees in one text, on its own. Works for any text, in time that grows with its length.

    `by_weight` and `by_ear` are for measuring what the rules see alone, and for talk among simulated people, which must be quick
    and the same on every machine; nothing that talks to people turns them off.
    """
    book = rulebook()
    reading = read(text, book.known, book.spelling)
    signs = (*_signs(book, reading), *language.signs(text, reading.folded, reading.words))
    spoken = language.covered(text)
    if by_ear and (ear := ear_for(spoken)) is not None:  # which has the weight of the words beside it
        signs = _with_ear(ear, text, reading.words, signs)
    elif by_weight and spoken == "en" and (weighty := _weighed(reading, signs)):
        signs = (*signs, weighty)
    level = max((sign.level for sign in signs), default=Level.NONE)
    if not spoken:
        level = max(level, Level.UNKNOWN)
    return Screening(level, signs, spoken)


def _weighed(reading: Reading, signs: tuple[Sign, ...]) -> Sign | None:
    """A sign by the weight of the words, where the rules saw nothing as grave.

    A passage that weighs enough is elevated; the heaviest, in a short text, are a crisis. The kind is one that is answered with a
    question. It stands back where a rule said whom or what the words are about: another person, the past, a bereavement,
    intrusive thoughts.
    """
    by_rule = max((sign.level for sign in signs), default=Level.NONE)
    if by_rule == Level.CRISIS or _explained(signs):
        return None
    table = weighed.table()
    grave = table.grave if len(reading.words) <= GRAVE_WORDS else inf
    enough = table.enough + max(0, len(reading.words) - PLAIN_WORDS) / ROOM
    bound = grave if by_rule == Level.ELEVATED else enough
    if bound == inf:
        return None
    passage = weighed.heaviest(reading.words, least=bound)
    if passage.weight < bound:
        return None
    words = ", ".join(f"“{phrase}”" for phrase in passage.phrases)
    level, other, measure = Level.ELEVATED, "hopelessness", f"{enough:g} is enough"
    if passage.weight >= grave:
        level, other, measure = Level.CRISIS, "suicide-passive", f"a crisis from {table.grave:g} on"
    why = f"No rule knows these words, but together they weigh {passage.weight:.1f} ({measure})."
    known = passage.kind in ASKED and passage.share >= SPEAKS_OF
    return Sign(passage.kind if known else other, level, words, BY_WEIGHT, why)


def _explained(signs: tuple[Sign, ...]) -> bool:
    """Whether a rule said whom or what the words are about: another person, the past, a bereavement, intrusive thoughts.

    A plan of which the words alone do not say whose it is explains nothing.
    """
    plans = {sign for sign in signs if sign.kind == "suicide-plan" and sign.about == "unclear"}
    return any(sign.kind in NOTES or sign.about != "self" for sign in {*signs} - plans)


def _with_ear(ear: Ear, text: str, words: Sequence[str], signs: tuple[Sign, ...]) -> tuple[Sign, ...]:
    """The signs, with what the ear makes of the text, the weight of its words beside it: it may raise what the rules saw, or doubt a crisis.

    Where a rule said whom or what the words are about (another person, the past, a bereavement, intrusive thoughts) it must hear more.
    """
    seen = max((sign.level for sign in signs), default=Level.NONE)
    if seen == Level.CRISIS:
        return _doubted(ear, text, signs)
    beside = weight_beside(words, ear)
    heard = ear.hears(text, beside)
    if heard is None:
        return signs
    explained = _explained(signs)
    crisis = ear.explained if explained else ear.crisis
    if heard.crisis + beside >= crisis:
        level, other, score, bound = Level.CRISIS, "suicide-passive", heard.crisis + beside, crisis
    else:
        level, other, score, bound = Level.ELEVATED, "hopelessness", heard.danger + beside, ear.elevated
    if score < bound or level <= seen or (explained and level == Level.ELEVATED):
        return signs
    kind = heard.kind if heard.share >= ear.share else other
    about = "other" if kind.startswith("third-party") else "self"
    why = f"No rule knows these words; the ear takes them for danger ({score:.1f}; {level.word} from {bound:g} on)."
    return (*signs, Sign(kind, level, ear.gravest(text), BY_EAR, why, about))


def _doubted(ear: Ear, text: str, signs: tuple[Sign, ...]) -> tuple[Sign, ...]:
    """The signs, those of a crisis as doubted ones where the ear hears nothing of danger in all of the text.

    Rules know words and not always what is meant ("the cat took my blue pill box"). Where minutes count, they stand by themselves.
    """
    grave = [sign for sign in signs if sign.level == Level.CRISIS]
    if any(sign.kind in NEVER_DOUBTED for sign in grave) or (heard := ear.doubts(text)) is None:
        return signs
    why = f"The ear hears no danger in it ({heard.crisis:.1f}; a rule is doubted below {ear.doubt:g}), so it is asked about and not taken for certain."
    return tuple(
        replace(sign, level=Level.ELEVATED, why=f"{sign.why} {why}", doubted=True) if sign in grave else sign
        for sign in signs
    )


def weight_beside(words: Sequence[str], ear: Ear) -> float:
    """What the weight of the words counts beside what the ear hears.

    The two err in different messages, so that together they are wrong less often than either (ears/README.md).
    """
    weight = weighed.heaviest(words).weight - max(0, len(words) - PLAIN_WORDS) / ROOM
    return ear.beside * max(-MOST_WEIGHT, min(MOST_WEIGHT, weight))


def _signs(book: Rulebook, reading: Reading) -> tuple[Sign, ...]:
    sentences = book.automaton.sentences(reading.ids)
    found = book.automaton.run(reading.ids, 0, sentences)
    if not found:
        return ()
    first_marker = len(book.rules)
    ends: dict[str, list[tuple[int, int]]] = {}
    for last, owner in book.automaton.run(reading.ids, 1, sentences):
        ends.setdefault(book.markers[owner - first_marker].effect, []).append((last, owner))
    for last, owner in found:
        rule = book.rules[owner]
        if rule.needs and not any(map(ends.get, rule.needs)):
            continue
        if (apart := APART.get(rule.kind)) is not None:
            if apart == "third-person" and rule.level == Level.CRISIS:
                apart = OTHER_IN_DANGER
            ends.setdefault(apart, []).append((last, owner))
    around = Surroundings(book, reading, ends)
    best: dict[tuple[str, str], Sign] = {}
    weighed: dict[int, set[tuple[int, ...]]] = {}
    settled: set[int] = set()
    for last, owner in found:
        if owner in settled:
            continue
        rule = book.rules[owner]
        window = tuple(reading.ids[max(0, last - REACH) : last + REACH])
        before = weighed.setdefault(owner, set())
        if window in before or len(before) >= MOST_JUDGED:
            continue
        before.add(window)
        start = book.automaton.begin(reading.ids, last, owner, max(0, last - REACH))
        sign = judged(rule, Hit(owner, start, last + 1), around)
        if sign is None:
            settled.add(owner)
            continue
        if sign.level == rule.level:
            settled.add(owner)
        known = best.get((sign.rule, sign.kind))
        if known is None or sign.level > known.level:
            best[sign.rule, sign.kind] = sign
    return tuple(sorted(best.values(), key=lambda sign: -sign.level))
