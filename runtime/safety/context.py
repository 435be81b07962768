"""What the words around a match do to its meaning: negation, idiom, quotation, past tense, jest, other people.

After ConText (Harkema et al. 2009, doi:10.1016/j.jbi.2009.05.002): a match is never struck out, its level is lowered and
the sign says why. What lowers, and by how much:

- deny      directly before the match ("i don't want to"): the level goes, the denial itself is kept as a note
- affirm    takes back a deny that it overlaps ("can't say i don't want to")
- idiom     overlaps the match ("dying of laughter"): the level goes
- against-others  overlaps the match ("scared of what i might do to my kids"): a wish to die, or violence suffered, loses its level
- speaker   directly before a quoted match, somebody else's words ("she said"): concern for that person
- reported  overlaps the match, what somebody threatens the person with ("she says if you leave me I …"): the same
- frame     a song, a story, the news or a lesson in the sentence: quoted words lose their level, and so do words that
            are not a plain first-person statement; a plain first-person statement keeps it
- past      directly before the match, or in the sentence where the words have no tense: elevated at most
- tried     directly before the match ("tried to", "used to"): elevated at most
- recovered anywhere: what is past, and only that, loses its level
- overcome  anywhere: the same, and thoughts and plans told in the past tense count as past where nothing in the text
            speaks of these days
- hypothetical  directly before the match ("if i ever"): one level less
- attributed  directly after the match ("…, said the director"): elevated at most
- unwanted  anywhere, for words that are no plain wish to die: elevated at most
- long-ago  anywhere, for violence, overdoses and voices in the past tense: elevated at most
- light     anywhere in a short text without distress, for words that are no plain wish to die: elevated at most
- joke, trivial  in the sentence, for words that are also used in jest: laughter alone takes nothing, a small nuisance one
            level, both take it all; from jargon ("kms lol") laughter takes one level; from a plain statement ("i want
            to kill myself lol") they take nothing, or one level where both stand, and then it is asked
            about like a taking-back, not as intent
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from escs.runtime.safety.automaton import Hit
from escs.runtime.safety.normalise import Reading
from escs.runtime.safety.numbering import EDGE_ID, PAUSE_ID
from escs.runtime.safety.risk import Level, Sign
from escs.runtime.safety.rulebook import Rule, Rulebook

REACH = 40
"""How many words a pattern may span, and how far a sentence without an end reaches on either side."""

NEVER_EXPLAINED = frozenset(
    "abuse-now minor-at-risk third-party-suicide third-party-harm overdose medical-emergency suicide-attempt-now"
    " psychosis eating-danger".split()
)
"""Kinds that no everyday occasion explains: what others do, or what happens to the body or the mind at this moment."""

MOST_EXPLAINED = 50
"""How many words a text may have for an everyday occasion in it to explain all of its words."""

TEXT_WIDE = frozenset({"unwanted", "recovered", "safe-now"})
"""Effects that count wherever in the text they stand, when a rule names them under `unless`."""

FIRST_PERSON = frozenset("i i'm i've i'll i'd im ive ah me my mine myself meself masel mysel us our we we're".split())
"""Words that say that the person speaks of themselves."""

AFTER = 12
"""How far behind a match words may end that say who said it."""

LINKS = frozenset({"to", "tae", "of", "about"})
"""Words that tie a match to a verb before it: she wants *to* …"""

SELF_DIRECTED = ("suicide", "self-harm", "hopeless", "burden")
"""How the kinds begin that are about doing harm to oneself."""

COULD_BE_PAST = frozenset({"suicide-active", "suicide-passive", "suicide-plan", "self-harm"})
"""Kinds that a life since then makes past; what was taken or done to the body may still be at work."""

PAST_WORDS = frozenset(
    "was were had thought wanted felt wished didn't tried planned lived put lost stopped cut took hurt"
    " prayed hoped i'd drove stood went sectioned considered".split()
)
"""Words in which a match tells of the past, whatever its rule says of its tense."""

COULD_BE_OVER = frozenset({"abuse-now", "overdose", "self-harm", "psychosis"})
"""Kinds that are over where the text says that they were long ago."""

COULD_BE_UNWANTED = frozenset({"suicide-active", "suicide-passive"})
"""Kinds whose words stand in unwanted thoughts too."""

OVER_WORDS = frozenset(
    "was were beat took hit cut broke threw drank shot held heard burn burnt i'd had did used".split()
)
"""Words that tell of what was done, beside those that end in -ed."""

WISH_WORDS = frozenset(
    "want wanna wish hope kill killing die dying dead end ending live living alive wake exist existing suicide suicidal hang"
    " jump here around sleep".split()
)
"""Words of which one stands in every plain wish to die."""

PRESENT_WORDS = frozenset("i'm am im is are i've have want need will i'll don't can't".split())
"""Words in which a match tells of the present."""

DENIED = {
    "suicide-passive": "retraction",
    "suicide-active": "retraction",
    "suicide-plan": "retraction",
    "suicide-intent": "retraction",
    "self-harm": "retraction",
}
"""The kind under which the denial of a danger is kept."""


WHEN_PAST = {"overdose": "suicide-attempt-past", "suicide-attempt-now": "suicide-attempt-past"}
"""What is told as past under another kind: nobody is sent an ambulance for what happened last month."""


@dataclass(slots=True)
class Surroundings:
    """The markers of one text, looked up by effect and place."""

    book: Rulebook
    reading: Reading
    ends: dict[str, list[tuple[int, int]]]  # effect -> (last word, owner), in order
    _spans: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    _quotes: list[int] | None = None

    def in_text(self, effects: Sequence[str]) -> bool:
        """Whether any of the effects is anywhere in the text."""
        return any(self.ends.get(effect) for effect in effects)

    def in_sentence(self, effect: str, hit: Hit) -> bool:
        """Whether the effect is in the sentence of the match."""
        places = self.ends.get(effect)
        if not places:
            return False
        first, last = self._sentence(hit)
        at = bisect_left(places, (first, -1))
        return at < len(places) and places[at][0] <= last

    def before(self, effect: str, hit: Hit) -> bool:
        """Whether the effect stands directly before the match, with only fillers and pauses in between."""
        ids, fillers = self.reading.ids, self.book.automaton.fillers
        place = hit.start - 1
        while place > 0 and (ids[place] == PAUSE_ID or ids[place] in fillers) and not self._ends_at(effect, place):
            place -= 1
        return self._ends_at(effect, place)

    def after(self, effect: str, hit: Hit) -> bool:
        """Whether the effect begins directly after the match, with at most two words and pauses in between."""
        places = self.ends.get(effect, [])
        for last, owner in places[bisect_left(places, (hit.end, -1)) : bisect_right(places, (hit.end + AFTER, -1))]:
            if self._span(last, owner)[0] <= hit.end + 4:
                return True
        return False

    def overlapping(self, effect: str, start: int, end: int) -> bool:
        """Whether the effect shares a word with the words from `start` to without `end`."""
        places = self.ends.get(effect, [])
        for last, owner in places[bisect_left(places, (start, -1)) : bisect_right(places, (end + REACH, -1))]:
            if self._span(last, owner)[0] < end:
                return True
        return False

    def denied(self, hit: Hit) -> bool:
        """Whether a denial reaches into the match from directly before, and is not itself turned round."""
        ids, fillers = self.reading.ids, self.book.automaton.fillers
        places = self.ends.get("deny", [])
        nearest = hit.start - 1
        while nearest > 0 and (ids[nearest] == PAUSE_ID or ids[nearest] in fillers):
            nearest -= 1
        for last, owner in places[bisect_left(places, (nearest, -1)) : bisect_left(places, (hit.end, -1))]:
            start, end = self._span(last, owner)
            if start < hit.start and not self.overlapping("affirm", start, end):
                return True
        return False

    def of_somebody_else(self, effect: str, hit: Hit) -> bool:
        """Whether the match is part of what a rule found about another person, and that person is its subject.

        The subject is another person where a word for one stands within the two words before the match (four where
        "to" or "about" leads to it), or opens it, and no word of the first person stands in it: "my brother" is none.
        Where a life is in danger now it may stand anywhere in it: "got his gun out and he's been drinking".
        """
        words, others = self.reading.words, self.book.third_person
        for place in range(hit.start, hit.end):
            word = words[place]
            if word in FIRST_PERSON and not (word in ("my", "ma", "our") and words[place + 1] in others):
                return False
        reach = 4 if words[max(0, hit.start - 1)] in LINKS else 2
        end = hit.end if effect == "third-person-suicide" else hit.start + 2
        if effect.startswith("third-person") and others.isdisjoint(words[max(0, hit.start - reach) : end]):
            return False
        return self.overlapping(effect, hit.start, hit.end)

    def of_nobody(self, hit: Hit) -> bool:
        """Whether the words name nobody as their own: the nearest person before them is another, or none of the first person is in the sentence."""
        words, first = self.reading.words, self._sentence(hit)[0]
        for place in range(hit.start - 1, max(first, hit.start - 6), -1):
            if words[place] in FIRST_PERSON:
                return False
            if words[place] in self.book.third_person:
                return FIRST_PERSON.isdisjoint(words[hit.start : hit.end])
        return FIRST_PERSON.isdisjoint(words[first : self._sentence(hit)[1] + 1])

    def quoted(self, hit: Hit) -> bool:
        """Whether the match stands between quotation marks that do not hold the whole text."""
        if self._quotes is None:
            self._quotes = _quotation_marks(self.reading)
        marks = self._quotes
        before = bisect_left(marks, hit.start)
        whole = bool(marks) and marks[0] <= 1 and marks[-1] >= len(self.reading.ids) - 3 and len(marks) == 2
        return before % 2 == 1 and before < len(marks) and not whole

    def _ends_at(self, effect: str, place: int) -> bool:
        return bool(self._at(effect, place))

    def _at(self, effect: str, place: int) -> list[tuple[int, int]]:
        places = self.ends.get(effect, [])
        return places[bisect_left(places, (place, -1)) : bisect_left(places, (place + 1, -1))]

    def _span(self, last: int, owner: int) -> tuple[int, int]:
        known = self._spans.get((last, owner))
        if known is None:
            start = self.book.automaton.begin(self.reading.ids, last, owner, max(0, last - REACH))
            known = self._spans[last, owner] = (start, last + 1)
        return known

    def _sentence(self, hit: Hit) -> tuple[int, int]:
        ids = self.reading.ids
        first, last = hit.start, hit.end - 1
        while first > 0 and ids[first] != EDGE_ID and hit.start - first < REACH:
            first -= 1
        while last < len(ids) - 1 and ids[last] != EDGE_ID and last - hit.end < REACH:
            last += 1
        return first, last


def _quotation_marks(reading: Reading) -> list[int]:
    """The places of the marks that open and close a quotation; a single one that is never closed counts for nothing."""
    words = reading.words
    marks = _places(words, '"') or _places(words, "'")
    return marks if len(marks) % 2 == 0 else marks[:-1]


def _places(words: Sequence[str], sign: str) -> list[int]:
    """Where the sign stands among the words."""
    places: list[int] = []
    for _ in range(words.count(sign)):
        places.append(words.index(sign, places[-1] + 1 if places else 0))
    return places


def judged(rule: Rule, hit: Hit, around: Surroundings) -> Sign | None:
    """The sign that a match gives in its surroundings; None where the rule asks for something that is not there."""
    if rule.needs and not around.in_text(rule.needs):
        return None
    level, kind, about, reasons = rule.level, rule.kind, rule.about, []
    quoted = around.quoted(hit)
    if around.overlapping("idiom", hit.start, hit.end):
        level, reasons = Level.NONE, ["here it is a figure of speech"]
    elif around.denied(hit):
        level, kind, reasons = Level.NONE, DENIED.get(kind, kind), ["it is denied, which may deserve a question"]
    elif kind.startswith((*SELF_DIRECTED, "abuse-now")) and around.overlapping("against-others", hit.start, hit.end):
        level, reasons = Level.NONE, ["it is told as fear of harming somebody else"]
    elif any(_stands(each, hit, around) for each in rule.unless):
        level, reasons = Level.NONE, ["the sentence speaks of something else, or of long ago"]
    elif rule.about == "self" and around.of_somebody_else("bereaved", hit):
        level, about, reasons = Level.NONE, "other", ["it is told of somebody who has died"]
    elif rule.about == "self" and (
        around.of_somebody_else("third-person", hit)
        or (
            kind.startswith((*SELF_DIRECTED, "harm-to-others")) and around.of_somebody_else("third-person-suicide", hit)
        )
    ):
        level, kind, about = min(level, Level.ELEVATED), _of_another(kind), "other"
        reasons = ["it is told of somebody else"]
    elif around.in_sentence("frame", hit) and (quoted or not rule.explicit):
        level, reasons = Level.NONE, ["it is spoken of as a song, a story, news or a lesson"]
    elif about == "self" and (
        around.overlapping("reported", hit.start, hit.end) or (quoted and around.before("speaker", hit))
    ):
        kind, about, reasons = _of_another(kind), "other", ["somebody else is quoted"]
        level = min(level, Level.ELEVATED)
    else:
        if (
            (around.before("past", hit) and not around.in_sentence("recent", hit))
            or around.before("tried", hit)
            or (rule.tense == "none" and _only_past(hit, around))
            or (kind in COULD_BE_PAST and _overcome(hit, around))
        ):
            about = "past"
            level, reasons = min(level, Level.ELEVATED), ["it is told as past"]
        if (about == "past" or rule.tense == "past") and around.in_text(("recovered", "overcome")):
            level, about, reasons = Level.NONE, "past", ["it is told as past and overcome"]
        if around.before("hypothetical", hit):
            level, reasons = _lower(level, 1), [*reasons, "it is only supposed"]
        if level == Level.CRISIS and _explained(rule, hit, around):
            level, reasons = Level.ELEVATED, [*reasons, "the text names an everyday occasion for it"]
        if level == Level.CRISIS and rule.kind in COULD_BE_UNWANTED and _against_the_will(hit, around):
            level, reasons = Level.ELEVATED, [*reasons, "it is told as an unwanted thought"]
        if level == Level.CRISIS and rule.kind in COULD_BE_OVER and _over(hit, around):
            level, about, reasons = Level.ELEVATED, "past", [*reasons, "it is told as long past"]
        if level == Level.CRISIS and kind.startswith(SELF_DIRECTED) and around.after("attributed", hit):
            level, about, reasons = Level.ELEVATED, "other", [*reasons, "somebody else is said to have said it"]
        steps = _jest(rule, hit, around)
        if steps > 0:
            level, reasons = _lower(level, steps), [*reasons, "it sounds like jest about something small"]
            if rule.explicit and level > Level.NONE:
                kind = DENIED.get(kind, kind)  # asked about gently, and not taken as said
        if about == "past":
            kind = WHEN_PAST.get(kind, kind)
    why = rule.why if not reasons else f"{rule.why} Lowered: {'; '.join(reasons)}."
    if rule.tense == "past" and about == "self":
        about = "past"
    if kind == "suicide-plan" and about == "self" and around.of_nobody(hit):
        about = "unclear"  # “he's got pills saved up”: whose they are, the conversation tells (watch.py)
    return Sign(kind, level, around.reading.typed(hit.start, hit.end), rule.id, why, about)


def _stands(effect: str, hit: Hit, around: Surroundings) -> bool:
    """Whether an effect of a rule's `unless` holds; what began long ago and goes on is not long ago."""
    if effect in TEXT_WIDE:
        return around.in_text((effect,))
    return around.in_sentence(effect, hit) and not (effect == "long-ago" and around.in_sentence("recent", hit))


def _only_past(hit: Hit, around: Surroundings) -> bool:
    """Whether the sentence tells of the past and does not bring it into the present."""
    if not around.in_sentence("past", hit):
        return False
    return not around.in_sentence("now", hit) or around.in_text(("recovered", "overcome"))


def _overcome(hit: Hit, around: Surroundings) -> bool:
    """Whether the words themselves are in the past, what they tell is overcome, and nothing speaks of these days."""
    said = around.reading.words
    reach = 3 if said[max(0, hit.start - 1)] in LINKS else 1
    words = frozenset(said[max(0, hit.start - reach) : hit.end])
    if "didn't" in words:
        words -= {"want", "need"}
    if PAST_WORDS.isdisjoint(words) or not PRESENT_WORDS.isdisjoint(words):
        return False
    return around.in_text(("overcome",)) and not around.in_text(("recent", "newly"))


def _plain(rule: Rule, hit: Hit, around: Surroundings) -> bool:
    """Whether a wish to die is said outright in the first person."""
    return rule.explicit and rule.kind in ("suicide-active", "suicide-passive") and _wished(hit, around)


def _wished(hit: Hit, around: Surroundings) -> bool:
    """Whether the words of a match speak of the person, and of dying or of going on living."""
    words = around.reading.words[hit.start : hit.end]
    return not FIRST_PERSON.isdisjoint(words) and not WISH_WORDS.isdisjoint(words)


def _against_the_will(hit: Hit, around: Surroundings) -> bool:
    """Whether the text calls its thoughts unwanted, and says no plain wish to die."""
    return around.in_text(("unwanted",)) and not around.in_text(("earnest",)) and not _wished(hit, around)


def _over(hit: Hit, around: Surroundings) -> bool:
    """Whether what was done is told in the past tense, and the text says that it was long ago and nothing of these days."""
    words = around.reading.words[hit.start : hit.end]
    if not any(word in OVER_WORDS or word.endswith("ed") for word in words):
        return False
    return around.in_text(("long-ago",)) and not around.in_text(("recent", "newly"))


def _explained(rule: Rule, hit: Hit, around: Surroundings) -> bool:
    """Whether a short text names an occasion that makes its words harmless, and voices no distress and no plain wish."""
    if len(around.reading.words) > MOST_EXPLAINED or rule.about != "self" or rule.kind in NEVER_EXPLAINED:
        return False
    if not around.in_text(("light",)) or around.in_text(("distress", "earnest")):
        return False
    return not _plain(rule, hit, around)


def _jest(rule: Rule, hit: Hit, around: Surroundings) -> int:
    """How many levels jest takes from a match; from grave or plain words, laughter alone takes none."""
    if not rule.joke or around.in_sentence("earnest", hit):
        return 0
    laughter, nuisance = around.in_sentence("joke", hit), around.in_sentence("trivial", hit)
    if rule.explicit:
        return int(laughter and nuisance)
    return laughter + 2 * nuisance - (rule.joke != "jargon" and (laughter or nuisance))


def _of_another(kind: str) -> str:
    if kind.startswith(SELF_DIRECTED):
        return "third-party-suicide"
    return "third-party-harm" if kind in ("abuse-now", "harm-to-others") else kind


def _lower(level: Level, steps: int) -> Level:
    """The level some steps lower; unknown is a matter of language and no step."""
    ladder = (Level.NONE, Level.ELEVATED, Level.CRISIS)
    return ladder[max(0, ladder.index(level) - steps)]
