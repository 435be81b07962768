"""The fragments of a text: feeling, event, clause, person, wish and topic, each fit for its slot or None.

A text is cut into clauses. A clause is said back only where its subject, its verb and every other word stand in the word
lists, so that verdicts about a person, violence, methods and fancies have no way in; then its pronouns and verb forms
are turned to the second person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache

from escs.runtime.echo.lexicon import Form, Lexicon, lexicon

LOOKED_AT = 2000  # characters of a text, from its end
WORDS_AT_MOST = 14
TURNS_BACK = 4

_SENTENCE = re.compile(r"[.!?;:\n…()\"“”—,]+|\s-\s")
_TOKEN = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")
_STRANGE = re.compile(r"[{}<>\[\]\\|`=#*_~^\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]|%\}|https?:")
_TURNED = {"i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "our": "your", "am": "are",
           "i'm": "you're", "i've": "you've", "i'd": "you'd", "i'll": "you'll"}  # fmt: skip
_LOOSE = frozenset(
    [
        "he",
        "she",
        "they",
        "him",
        "her",
        "his",
        "them",
        "their",
        "we",
        "us",
        "ours",
        "you",
        "your",
        "yours",
        "it",
        "its",
        "himself",
        "herself",
        "themselves",
    ]
)
_MODAL = {"might": "m", "may": "m", "could": "m"}
_CANNOT = {"can't": "c", "couldn't": "c"}
_NOT = {"don't": "n", "didn't": "n", "haven't": "n"}
_NOT_THIRD = {"doesn't": "n", "didn't": "n", "hasn't": "n", "don't": "n", "won't": "n"}
_BE = {"am", "was", "been", "is", "are", "were"}
_TOPICS = "LESWMHCRT"
_SLIGHT = frozenset(["think", "know", "guess", "mean", "understand", "agree", "say", "see", "go", "find", "hear"])
_NEEDS_MORE = frozenset(
    [
        "have",
        "get",
        "want",
        "need",
        "make",
        "take",
        "try",
        "keep",
        "put",
        "give",
        "let",
        "bring",
        "love",
        "like",
        "miss",
        "look",
        "use",
    ]
)
_BEFORE_VERBS = frozenset(
    [
        "to",
        "i",
        "can't",
        "don't",
        "didn't",
        "not",
        "it",
        "that",
        "this",
        "they",
        "we",
        "you",
        "will",
        "would",
        "could",
        "should",
        "can",
        "does",
        "did",
    ]
)
_DETERMINED = frozenset(["future", "past", "life", "childhood", "needs", "time", "change", "love", "trust"])
"""Nouns that say something only behind “my” or “the”."""
_WEAK = frozenset(
    [
        "talk",
        "conversation",
        "chat",
        "phone",
        "call",
        "calls",
        "place",
        "places",
        "home",
        "time",
        "meeting",
        "meetings",
        "thing",
        "things",
        "best",
    ]
)
_UPPER = ("christmas", "easter", "thanksgiving", "january", "february", "march", "april", "june", "july", "august",
          "september", "october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday",
          "saturday", "sunday", "eid", "diwali", "ramadan", "adhd", "ivf", "alzheimer's", "parkinson's")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fragments:
    """What can be taken up; every field is second person, without end punctuation, at most 14 words, or None."""

    feeling: str | None = None  # fits after "feeling": "let down", "really alone"
    event: str | None = None  # fits after "with", "about", "since": "losing your job", "the breakup"
    clause: str | None = None  # fits after "It sounds as if" and "You said that": "you might lose your job"
    person: str | None = None  # "your mother"; may be plural, so no verb after it
    wish: str | None = None  # fits after "you want": "to get some sleep"
    topic: str | None = None  # fits after "about": "your marriage", "money"
    turns: tuple[tuple[str, int], ...] = ()  # field → how many seeker turns ago it was said (0 is the newest)

    def said(self, field: str) -> int | None:
        """How many seeker turns ago `field` was said (0 is the newest), or None where the field is empty."""
        return dict(self.turns).get(field)


FIELDS = tuple(field.name for field in fields(Fragments) if field.name != "turns")


@lru_cache(maxsize=2048)
def fragments(text: str) -> Fragments:
    """What of one text can be taken up. Linear in the text, of which only the last 2,000 characters are read."""
    book = lexicon()
    text = text[-LOOKED_AT:]
    if book.severe.search(text.lower().replace("’", "'")):
        return Fragments()
    best: dict[str, tuple[int, str]] = {}
    tokens_all = list(_TOKEN.findall(text.lower().replace("’", "'")))
    if len(tokens_all) > 3 and sum(w in book.english for w in tokens_all) * 5 < len(tokens_all):
        return Fragments()  # not English, as far as we can tell
    for part, asks in _sentences(text):
        if _STRANGE.search(part):
            continue
        plain = part.lower().replace("’", "'").replace("‘", "'")
        if book.silent.search(plain):
            continue
        tokens = _spelt(_TOKEN.findall(plain), book)
        for weight, field, found in _taken(tokens, asks, book):
            if len(found.split()) <= WORDS_AT_MOST and (field not in best or weight >= best[field][0]):
                best[field] = (weight, found)
    return Fragments(**{field: found for field, (_, found) in best.items()}, turns=tuple((field, 0) for field in best))


def fragments_of_history(texts: Sequence[str]) -> Fragments:
    """The fragments of the newest of the seeker's `texts`, filled up from the few turns before it."""
    made = Fragments()
    for ago, text in enumerate(reversed(texts[-TURNS_BACK - 1 :])):
        found = fragments(text)
        new = {
            field: getattr(found, field) for field in FIELDS if getattr(made, field) is None and getattr(found, field)
        }
        made = replace(made, **new, turns=(*made.turns, *((field, ago) for field in new)))
    return made


def _sentences(text: str) -> Iterable[tuple[str, bool]]:
    """The sentences with whether each is a question."""
    start = 0
    for match in _SENTENCE.finditer(text):
        yield text[start : match.start()], "?" in match[0]
        start = match.end()
    yield text[start:], False


def _spelt(tokens: list[str], book: Lexicon) -> list[str]:
    spelt: list[str] = []
    for token in tokens:
        right = book.spelling.get(token, token)
        spelt += right.split()
    return spelt


def _taken(tokens: list[str], asks: bool, book: Lexicon) -> Iterable[tuple[int, str, str]]:
    """(weight, field, fragment) for everything that one sentence gives."""
    if not tokens:
        return
    joined = " ".join(tokens)
    yield from _noun_phrases(tokens, book)
    if asks or book.questions.match(joined):
        return
    yield from _feelings(tokens, book)
    if book.scopes.search(" ".join(token for token in tokens if token not in _MODAL)):
        yield from _wishes(tokens, book)
        return
    yield from _wishes(tokens, book)
    for clause in _clauses(tokens, book):
        yield from _clause(clause, book)


def _clauses(tokens: list[str], book: Lexicon) -> Iterable[list[str]]:
    """The sentence cut where a new clause begins: behind a joining word that a subject follows."""
    current: list[str] = []
    for number, token in enumerate(tokens):
        follows = tokens[number + 1] if number + 1 < len(tokens) else ""
        new = follows in (
            "i",
            "i'm",
            "i've",
            "my",
            "the",
            "he",
            "she",
            "they",
            "it",
            "it's",
            "we",
            "he's",
            "she's",
            "there",
        )
        if token in book.joins and new and current:
            yield _stripped(current, book)
            current = []
        elif token in ("i", "i'm", "i've") and current and current[-1] not in book.words:
            yield _stripped(current, book)
            current = [token]
        else:
            current.append(token)
    yield _stripped(current, book)


def _stripped(tokens: list[str], book: Lexicon) -> list[str]:
    """The clause without what may be left out at its head."""
    again = True
    while again and tokens:
        again = False
        joined = " ".join(tokens)
        for lead in book.leads:
            if joined.startswith(lead + " ") and lead not in ("i feel", "i am"):
                tokens = tokens[len(lead.split()) :]
                again = True
                break
    return tokens


def _clause(tokens: list[str], book: Lexicon) -> Iterable[tuple[int, str, str]]:
    """A clause with the seeker or one of their people or things as its subject, if all of it may be said back."""
    if len(tokens) < 2:
        return
    if tokens[0] in ("i", "i'm", "i've"):
        yield from _own(tokens, book)
        return
    size, noun, classes = _noun_phrase(tokens, 0, book)
    if not size or tokens[0] not in ("my", "our", "the") or size >= len(tokens):
        return
    plural = noun in book.plurals
    subject = _turn_phrase(tokens[:size], book)
    yield from _of_another(subject, classes, plural, tokens[size:], book)


def _own(tokens: list[str], book: Lexicon) -> Iterable[tuple[int, str, str]]:
    """“I …”: a state that is no verdict, or a verb that the lists allow with the seeker as its subject."""
    head, rest = tokens[0], tokens[1:]
    be = head == "i'm" or (rest and rest[0] in ("am", "was")) or (head == "i've" and rest[:1] == ["been"])
    if head == "i" and rest[:2] == ["have", "been"]:
        be, rest = True, rest[1:]
    if be:
        verb = {"i'm": "you're", "i've": "you've been"}.get(head) or {
            "am": "you're",
            "was": "you were",
            "been": "you've been",
        }[rest[0]]
        rest = rest if head == "i'm" else rest[1:]
        adverbs, rest = _adverbs(rest, book)
        if not rest:
            return
        for form in book.verbs.get(rest[0], ()):
            tail = _tail(rest, form, book)
            if form.kind == "ing" and tail is not None and "y" in form.verb.self and form.verb.lemma not in _SLIGHT:
                said = [*verb.split(), *adverbs, rest[0], *tail]
                yield 4 * form.verb.weight, "clause", " ".join(said)
                if not form.verb.still:
                    yield 4 * form.verb.weight, "event", " ".join([rest[0], *tail])
                return
        state = _longest(rest, book.being_self)
        if state and len(state) == len(rest):
            yield 5, "clause", " ".join([verb, *adverbs, *_turn(state)])
        return
    adverbs, rest = _adverbs(rest, book)
    if not rest:
        return
    need, said = "y", ["you", *adverbs]
    if head == "i've":
        said = ["you've", *adverbs]
    for words, _table in ((_MODAL, "base"), (_CANNOT, "base"), (_NOT, "any")):
        if rest[0] in words:
            need = words[rest[0]]
            said.append(rest[0])
            more, rest = _adverbs(rest[1:], book)
            said += more
            break
    if not rest:
        return
    for form in book.verbs.get(rest[0], ()):
        tail = _tail(rest, form, book)
        if form.verb.lemma in _SLIGHT or (need == "n" and form.verb.lemma in ("want", "need")):
            return
        fits = form.kind == "base" if need != "y" else form.kind in (("past",) if head == "i've" else ("base", "past"))
        if head == "i've" and need == "n":
            continue
        if rest and said[-1] == "haven't":
            fits = form.kind == "past"
        if tail is None or not fits or need not in form.verb.self:
            continue
        yield 4 * form.verb.weight + 1, "clause", " ".join([*said, rest[0], *tail])
        if need == "y" and not form.verb.still:
            yield 4 * form.verb.weight, "event", " ".join([book.gerunds[form.verb.lemma.split()[0]], *tail])
        return


def _of_another(
    subject: str, classes: str, plural: bool, rest: list[str], book: Lexicon
) -> Iterable[tuple[int, str, str]]:
    """“My mother …”, “the exam …”: a person's deed or state, or how a thing is, if the lists allow it."""
    person = "P" in classes or "A" in classes
    adverbs, rest = _adverbs(rest, book)
    if not rest:
        return
    if rest[0] in ("is", "was", "are", "were"):
        more, state = _adverbs(rest[1:], book)
        found = _longest(state, book.being_other if person else book.being_it)
        if found and len(found) == len(state):
            yield 6, "clause", " ".join([subject, *adverbs, rest[0], *more, *_turn(found)])
            return
        for form in book.verbs.get(state[0], ()) if state else ():
            tail = _tail(state, form, book)
            allowed = form.verb.other if person else form.verb.it
            if form.kind == "ing" and tail is not None and ("y" in allowed or "f" in allowed):
                yield 4 * form.verb.weight, "clause", " ".join([subject, rest[0], *more, state[0], *tail])
                if "y" in allowed:
                    yield 4 * form.verb.weight - 1, "event", " ".join([subject, state[0], *tail])
                return
        return
    need, said = "", list(adverbs)
    if rest[0] in _NOT_THIRD:
        need = "n"
        said.append(rest[0])
        rest = rest[1:]
    elif rest[0] in ("has", "have") and len(rest) > 1 and any(f.kind == "past" for f in book.verbs.get(rest[1], ())):
        said.append(rest[0])
        rest = rest[1:]
    if not rest:
        return
    for form in book.verbs.get(rest[0], ()):
        tail = _tail(rest, form, book)
        allowed = form.verb.other if person else form.verb.it
        kinds = ("base",) if need else ("past", "base" if plural else "s")
        if tail is None or form.kind not in kinds or not ((need or "y") in allowed or (not need and "f" in allowed)):
            continue
        yield 4 * form.verb.weight, "clause", " ".join([subject, *said, rest[0], *tail])
        if not need and "y" in allowed and not form.verb.still:
            gerund = book.gerunds[form.verb.lemma.split()[0]]
            yield 4 * form.verb.weight - 1, "event", " ".join([subject, gerund, *tail])
        return


def _adverbs(tokens: list[str], book: Lexicon) -> tuple[list[str], list[str]]:
    """The adverbs at the head that are said back, and the rest."""
    kept = []
    while tokens and tokens[0] in book.adverbs and not (tokens[0] in book.verbs and tokens[0] != "just"):
        if tokens[0] in ("always", "never"):
            return [], []  # “I always …” is a verdict more often than not
        if tokens[0] in book.kept:
            kept.append(tokens[0])
        tokens = tokens[1:]
    return kept, tokens


def _tail(tokens: list[str], form: Form, book: Lexicon) -> list[str] | None:
    """What follows the verb, turned; None where a word of it is not known, or points at somebody not named in it."""
    particles = form.verb.lemma.split()[1:]
    rest = tokens[1:]
    if particles and rest[: len(particles)] != particles:
        return None
    rest = _cut(rest, book)
    if len(rest) > WORDS_AT_MOST - 4:
        return None
    for number, token in enumerate(rest):
        if token in _LOOSE or (
            token not in book.words and token not in ("me", "my", "i", "myself") and not token.isdigit()
        ):
            return None
        if token in ("myself", "i", "not", "never"):
            return None
        if token == "me" and number > 3:
            return None
    if not rest and form.verb.lemma in _NEEDS_MORE:
        return None
    if rest[:1] == ["to"] and rest[1:2] and rest[1] in _SLIGHT:
        return None  # “I have to go” tells nothing that could be taken up
    for number, token in enumerate(rest[:-1]):  # what somebody would do is said back only where it is harmless to do
        follows = rest[number + 1]
        harmless = any(f.verb.wish and f.kind == "base" for f in book.verbs.get(follows, ()))
        wants = form.verb.lemma in ("want", "need", "like", "plan", "try", "hope")
        if (
            token == "to"
            and not harmless
            and (wants or follows in book.verbs or (number == 0 and form.verb.lemma == "have"))
        ):
            return None
    if rest and rest[-1] in (
        "that",
        "this",
        "these",
        "those",
        "so",
        "it",
        "one",
        "when",
        "if",
        "to",
        "my",
        "the",
        "a",
        "an",
        "of",
        "with",
        "for",
        "and",
        "or",
        "at",
        "in",
        "about",
        "no",
        "as",
        "than",
        "from",
        "by",
        "on",
        "into",
    ):
        return None
    return _turn(rest)


def _cut(tokens: list[str], book: Lexicon) -> list[str]:
    """The tokens up to the first that is not known, cut back to where a part of the clause ends."""
    for number, token in enumerate(tokens):
        unknown = token in _LOOSE or (token not in book.words and token not in ("me", "my") and not token.isdigit())
        if unknown or number > WORDS_AT_MOST - 4 or (token in book.joins and token != "since"):
            at = number
            while at > 0 and tokens[at] not in book.cuts and tokens[at] not in book.joins:
                at -= 1
            return tokens[:at] if at > 0 else tokens
    return tokens


def _turn(tokens: Iterable[str]) -> list[str]:
    return [_TURNED.get(token, token.capitalize() if token in _UPPER else token) for token in tokens]


def _longest(tokens: list[str], phrases: frozenset[str]) -> list[str]:
    """The longest listed phrase at the head of the tokens."""
    for size in range(min(len(tokens), 8), 0, -1):
        if " ".join(tokens[:size]) in phrases:
            return tokens[:size]
    return []


def _noun_phrase(tokens: list[str], start: int, book: Lexicon) -> tuple[int, str, str]:
    """How many tokens a noun phrase at `start` takes, its noun and the noun's classes; 0 where there is none."""
    at = start
    determiner = tokens[at] if at < len(tokens) and tokens[at] in book.determiners else ""
    at += bool(determiner)
    adjectives = 0
    while at < len(tokens) and tokens[at] in book.adjectives and adjectives < 2:
        if _longest_noun(tokens, at, book):
            break
        at, adjectives = at + 1, adjectives + 1
    size = _longest_noun(tokens, at, book)
    if not size:
        return 0, "", ""
    noun = " ".join(tokens[at : at + size])
    classes = book.nouns[noun]
    mass = any(letter.islower() for letter in classes) or noun in book.plurals
    if not determiner and not mass:
        return 0, "", ""
    return at + size - start, noun, classes.upper()


def _longest_noun(tokens: list[str], at: int, book: Lexicon) -> int:
    for size in (3, 2, 1):
        if " ".join(tokens[at : at + size]) in book.nouns and at + size <= len(tokens):
            return size
    return 0


def _turn_phrase(tokens: list[str], book: Lexicon) -> str:
    return " ".join([book.determiners.get(tokens[0], _turn(tokens[:1])[0]), *_turn(tokens[1:])])


def _noun_phrases(tokens: list[str], book: Lexicon) -> Iterable[tuple[int, str, str]]:
    """People and topics that are named, wherever in the sentence; losses and occasions are events as well."""
    at = 0
    while at < len(tokens):
        size, noun, classes = _noun_phrase(tokens, at, book)
        if not size:
            at += 1
            continue
        phrase = tokens[at : at + size]
        before = tokens[at - 1] if at else ""
        said = _turn_phrase(phrase, book)
        own = phrase[0] in ("my", "our")
        follows = tokens[at + size] if at + size < len(tokens) else ""
        whole = follows not in book.nouns and not follows.endswith("'s")
        verbal = size == 1 and (before in _BEFORE_VERBS or noun in _DETERMINED)
        weak = noun in _WEAK or (noun == "friend" and not follows)
        if whole and not verbal and not weak and before not in ("a", "an", "no", "any", "his", "her", "their", "your"):
            if "P" in classes and own:
                yield 3, "person", said
            elif any(letter in _TOPICS for letter in classes) and phrase[0] not in (
                "a",
                "an",
                "any",
                "every",
                "his",
                "her",
                "their",
                "another",
            ):
                rank = 5 if "L" in classes else 4 if own else 2
                yield rank, "topic", said
                if ("L" in classes or "E" in classes) and phrase[0] in ("my", "our", "the", "this"):
                    yield 3, "event", said
        at += size


def _feelings(tokens: list[str], book: Lexicon) -> Iterable[tuple[int, str, str]]:
    """Feelings that the seeker names as their own."""
    for number, token in enumerate(tokens):
        felt = token in ("feel", "feeling", "felt") and any(
            w in ("i", "i'm", "i've", "me") for w in tokens[max(0, number - 5) : number]
        )
        am = token == "i'm" or (token in ("am", "was", "been") and tokens[max(0, number - 2) : number][:1] != [] and any(
            w in ("i", "i've") for w in tokens[max(0, number - 3) : number]))  # fmt: skip
        makes = token in ("makes", "made", "making", "leaves", "left") and tokens[number + 1 : number + 2] == ["me"]
        if not (felt or am or makes):
            continue
        at, denied, degree = number + 1 + makes, "not" in tokens[max(0, number - 2) : number + 2], ""
        denied = denied or any(w in ("don't", "didn't", "never", "can't") for w in tokens[max(0, number - 3) : number])
        while at < len(tokens) and (
            tokens[at] in book.adverbs
            or tokens[at]
            in ("so", "very", "not", "feel", "feeling", "quite", "pretty", "extremely", "such", "more", "too", "all")
        ):
            degree = "really" if tokens[at] in ("so", "very", "really", "extremely") else degree
            at += 1
        table = (
            book.feelings | book.felt
            if (felt or makes or "feel" in tokens[number:at] or "feeling" in tokens[number:at])
            else book.feelings
        )
        for size in (4, 3, 2, 1):
            words = " ".join(tokens[at : at + size])
            if denied:
                if words in book.denied and at + size <= len(tokens):
                    yield 5, "feeling", book.denied[words]
                    break
                continue
            if table.get(words) and at + size <= len(tokens):
                said = table[words]
                yield 5 + bool(felt), "feeling", said if " " in said or not degree else f"{degree} {said}"
                break
    if any(token in ("it", "it's", "this", "that's", "that", "so") for token in tokens):
        for token in tokens:
            if token in book.effects and "not" not in tokens:
                yield 2, "feeling", book.effects[token]


def _wishes(tokens: list[str], book: Lexicon) -> Iterable[tuple[int, str, str]]:
    """“I want to …” and its like, where all that is wanted may be said back."""
    for number, token in enumerate(tokens):
        if token not in ("want", "need", "like", "hope", "wish", "hoping", "trying", "love"):
            continue
        before = tokens[max(0, number - 3) : number]
        if not any(w in ("i", "i'm", "i'd", "i've") for w in before) or any(
            w in ("don't", "not", "didn't", "never", "if") for w in before
        ):
            continue
        if token in ("like", "love") and not any(w in ("would", "i'd") for w in before):
            continue
        rest = tokens[number + 1 :]
        if rest[:1] != ["to"] or len(rest) < 2:
            continue
        for form in book.verbs.get(rest[1], ()):
            tail = _tail(rest[1:], form, book)
            if form.kind == "base" and form.verb.wish and tail is not None:
                yield 3, "wish", " ".join(["to", rest[1], *tail])
                break
