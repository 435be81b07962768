"""Tells whether a text is surely not in English, says so honestly in its own language, and knows a few grave phrases.

The rules of the screen read English. Everything here is cautious in one direction: short, misspelt, dialect or mixed
messages count as English, so that nobody who writes English is told that they are not understood; a text that is surely
in another language is never taken for calm. The data stand in `rules/languages.toml` and `rules/other-languages.toml`.

How sure is sure. By script: at least 2 different letters of it, and `SHARE` of the letters (a Chinese or Korean
character counts twice, since it says more). In Latin letters: at least 2 small words of the language, or as many words
with foreign accents, more than 1.5 times as many as English words; or a greeting or plea of up to 3 words, none of them
English. The figures were set by trying own sentences in some twenty languages against English ones, dialects included.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from escs.runtime.errors import UsageError
from escs.runtime.safety.risk import Level, Sign

FOLDER = Path(__file__).with_name("rules")

_WIDE = frozenset({"zh", "ja", "ko"})
"""Scripts of which one character says as much as two letters."""

SHARE = 0.5
"""The least part of a text's letters that must be of another script."""

TELLING = 5
"""From how many letters on a word of another language is not easily an English name or slip."""

MOST_READ = 1500
"""How many characters from the beginning, and as many from the end, tell the language of a text."""

_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?:['’][^\W\d_]+)*(?!\w)")  # w1th digits: disguised English as a rule
_LETTERS_ALONE = str.maketrans({code: " " for code in range(128) if not chr(code).isalpha()})
_OTHER_SCRIPT = re.compile("[\u0370-\u1cff\u1f00-\u1fff\u2e80-\ud7ff]")
_LOANS = frozenset(
    "café cafés fiancé fiancée naïve naïveté résumé cliché clichés déjà née exposé sauté über piñata jalapeño".split()
)


@dataclass(frozen=True, slots=True)
class _Languages:
    english: frozenset[str]
    borrowed: re.Pattern[str]
    scripts: tuple[tuple[str, re.Pattern[str]], ...]
    letters: tuple[tuple[str, frozenset[str]], ...]
    common: Mapping[str, tuple[str, ...]]  # a word -> the languages that have it
    foreign: frozenset[str]  # these words, cut at apostrophes
    cut: frozenset[str]  # the parts of those that were cut
    lent: frozenset[str]  # the words of borrowed phrases
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Phrases:
    why: str
    latin: re.Pattern[str]
    other: re.Pattern[str]
    language: Mapping[str, str]  # phrase -> its language; "" for what takes a phrase back
    keys: frozenset[str]  # words of which every phrase in Latin letters holds one


def honest_words(language: str) -> str:
    """What to say to somebody who writes in a language: that only English is read well. "" where there are no words."""
    return _languages().words.get(language, "")


def note(text: str) -> str | None:
    """Honest words in the text's own language that only English is read well; None where there are none to say."""
    return honest_words(detect(text)) or None


def covered(text: str) -> str:
    """ "en" where the rules of the screen cover the text, "" where it is surely in another language."""
    return "en" if detect(text) == "en" else ""


def detect(text: str) -> str:
    """The language of a text as a two-letter code: "en" unless it is surely another, "?" for another without a name."""
    if len(text) > 2 * MOST_READ:
        text = f"{text[:MOST_READ]} {text[-MOST_READ:]}"
    data = _languages()
    if text.isascii():
        return "en" if _plainly_english(text.lower(), data) else _by_words(text, data)
    if _OTHER_SCRIPT.search(text):
        by_script = _by_script(text, data)
        if by_script:
            return by_script
    return _by_words(text, data)


def signs(text: str, folded: str, words: Iterable[str]) -> tuple[Sign, ...]:
    """Plain words of suicide in some other languages, each a sign of crisis. `folded`, `words` are the text as read."""
    phrases = _phrases()
    found = []
    if not phrases.keys.isdisjoint(words):
        found += [match[0] for match in phrases.latin.finditer(" ".join(folded.split()))]
    if not text.isascii() and _OTHER_SCRIPT.search("".join(set(text))):
        found += [match[0] for match in phrases.other.finditer(text.lower())]
    languages = {phrases.language[each]: each for each in found if phrases.language[each]}
    return tuple(
        Sign("suicide-active", Level.CRISIS, each, f"other-languages.{code}", phrases.why)
        for code, each in languages.items()
    )


def _by_script(text: str, data: _Languages) -> str:
    """The language of the script that holds enough of the text's letters; "" where none does."""
    letters = sum(map(str.isalpha, text))
    counts: dict[str, int] = {}
    for language, pattern in data.scripts:
        met = pattern.findall(text)
        if len(set(met)) >= 2 or (met and language in ("zh", "ko")):
            counts[language] = len(met)
    wide = sum(counts.get(language, 0) for language in _WIDE)
    if not counts or sum(counts.values()) + wide < SHARE * (letters + wide):
        return ""
    language = max(counts, key=lambda each: counts[each])
    if language == "zh" and "ja" in counts:
        language = "ja"
    if language in ("ar", "ru"):
        for closer, own in data.letters:
            if (closer in ("fa", "ur")) == (language == "ar") and not own.isdisjoint(text.lower()):
                language = closer
    return language


def _plainly_english(lowered: str, data: _Languages) -> bool:
    """Whether so few words of another language stand in an ASCII text that there is no need to weigh them."""
    foreign = data.foreign.intersection(lowered.translate(_LETTERS_ALONE).split())
    if not foreign:
        return True
    words = sum(map(str.isalpha, set(lowered.split()) - data.lent))
    return words > 3 and (len(foreign) < 2 or 4 * len(foreign) < words) and data.cut.isdisjoint(foreign)


def _by_words(text: str, data: _Languages) -> str:
    lowered = data.borrowed.sub(" ", text.lower().replace("’", "'"))
    words = list(dict.fromkeys(_WORD.findall(lowered)))  # each once: la la la
    english, accented, telling = 0, 0, False
    scores: dict[str, int] = {}
    for word in words:
        if word in data.english:
            english += 1
            continue
        plain = word if word.isascii() else _plain(word)
        if plain != word and word not in _LOANS:
            accented += 1
        telling = telling or (len(plain) >= TELLING and plain in data.common)
        for language in data.common.get(plain, ()):
            scores[language] = scores.get(language, 0) + 1
    if not scores:
        return "?" if accented >= 3 and not english and 2 * accented >= len(words) else "en"
    language = max(scores, key=lambda each: scores[each])
    evidence = scores[language] + accented / 2
    if len(words) <= 3 and not english and 2 * evidence >= len(words) and telling:
        return language
    if evidence >= 2 and evidence > 1.5 * english and evidence >= 0.25 * len(words):
        return language
    return "en"


def _plain(word: str) -> str:
    """The word without accents."""
    kept = unicodedata.normalize("NFKD", word.replace("ı", "i").replace("ł", "l").replace("đ", "d").replace("ø", "o"))
    return "".join(letter for letter in kept if not unicodedata.combining(letter)).replace("ß", "ss").replace("æ", "ae")


@cache
def _languages(folder: Path = FOLDER) -> _Languages:
    data = _load(folder / "languages.toml")
    english = frozenset(data["english"].split())
    common: dict[str, tuple[str, ...]] = {}
    for language, line in data["common"].items():
        for word in dict.fromkeys(line.split()):
            if word not in english:
                common[word] = (*common.get(word, ()), language)
    cut = frozenset(part for word in common if "'" in word for part in word.split("'"))
    return _Languages(
        english,
        _any_of(data["borrowed"], words=True),
        tuple((script["language"], re.compile(f"[{script['ranges']}]")) for script in data["script"]),
        tuple((language, frozenset(letters)) for language, letters in data["letters"].items()),
        common,
        cut | frozenset(common),
        cut,
        frozenset(word for phrase in data["borrowed"] for word in phrase.split()),
        data["words"],
    )


@cache
def _phrases(folder: Path = FOLDER) -> _Phrases:
    from escs.runtime.safety.folding import fold

    data = _load(folder / "other-languages.toml")
    language: dict[str, str] = {}
    latin: list[str] = []
    other: list[str] = []
    for entry in data["language"]:
        for phrase, code in [*((p, entry["code"]) for p in entry["phrases"]), *((p, "") for p in entry.get("not", ()))]:
            outside = _OTHER_SCRIPT.search(phrase) is not None
            read = phrase.lower() if outside else fold(phrase)
            (other if outside else latin).append(read)
            language[read] = code
    keys = frozenset(max(phrase.replace("'", " ").split(), key=len) for phrase in latin)
    return _Phrases(data["why"], _any_of(latin, words=True), _any_of(other, words=False), language, keys)


def _any_of(phrases: list[str], *, words: bool) -> re.Pattern[str]:
    """One pattern for all, the longest first, so that what takes a phrase back is met before the phrase itself."""
    either = "|".join(map(re.escape, sorted(phrases, key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)" if words else either)


def _load(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise UsageError(f"{file}: not valid TOML ({fault}).") from fault
