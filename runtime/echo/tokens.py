"""From typed text to sentences of plain words: bounded, spelled as the rules read it, and hostile characters left out."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD, TAIL = 600, 1400
"""Of a longer text only its first and last characters are read, so that the time stays bounded."""

_UNFIT = re.compile(
    '[^\x20-\x7eé‘’–—…£€\t\u2190-\u21ff\u2600-\u27bf\ufe0f\u200d\U0001f000-\U0001faff]|[{}<>\\[\\]\\\\|`~^_#=@*"]'
)
"""A sentence with one of these is not echoed: markup, control characters, quotations, other scripts."""

_SENTENCE = re.compile(r"([^.!?\n…]+)([.!?\n…]*)")
_WORD = re.compile(r"[a-zé]+(?:'[a-zé]+)*|\d+|\S")
_ENDING = re.compile(r"(.+)('m|'re|'ve|'ll|'d|'s)$")
_BREAKS = frozenset(",;:()-–—/&+…")
_STOPS = ".!?\n"
_AFTER_ITS = frozenset(
    "a an the been so just really hard very not too like getting always difficult stressful tough my all only also".split()
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as lower-case words; every break inside it is the word ','."""

    words: list[str]
    names: frozenset[int]  # positions of words that were capitalised inside the sentence
    question: bool
    fit: bool  # nothing in it that must not be echoed for its characters


def plain(text: str, spelling: dict[str, list[str]]) -> list[str]:
    """The words of a short text of ours or of theirs, split at apostrophes ("i'm" gives "i", "'m")."""
    return _plain(text, spelling)[0]


def _plain(text: str, spelling: dict[str, list[str]]) -> tuple[list[str], frozenset[int]]:
    text = text.replace("’", "'").replace("‘", "'")
    text = re.sub(r"(?<=[A-Za-zé])-(?=[A-Za-zé])", " ", text)
    lower = text.lower()
    if len(lower) != len(text):  # a letter whose lower case is longer: positions would no longer agree
        text = lower
    words: list[str] = []
    names: set[int] = set()
    for match in _WORD.finditer(lower):
        raw = match.group()
        if not (raw[0].isalnum()):
            if raw in _BREAKS or not raw.isascii():
                words.append(",")
            elif raw not in "'%$":
                words.append(raw)
            continue
        if words and text[match.start()].isupper() and raw != "i" and not raw.startswith("i'"):
            names.add(len(words))
        for word in spelling.get(raw, (raw,)):
            ending = _ENDING.match(word)
            if ending:
                words.extend(ending.groups())
            else:
                words.append(word)
    for place, word in enumerate(words[:-1]):
        if word == "its" and words[place + 1] in _AFTER_ITS:
            words[place : place + 1] = ["it", "'s"]
            names = {at + 1 if at > place else at for at in names}
    return words, frozenset(names)


def bounded(text: str) -> str:
    """The text, or the whole sentences of its beginning and end where it is long."""
    if len(text) <= HEAD + TAIL:
        return text
    head, tail = text[:HEAD], text[-TAIL:]
    last = max(head.rfind(mark) for mark in _STOPS)
    first = min((at for mark in _STOPS if (at := tail.find(mark)) >= 0), default=len(tail))
    return head[: last + 1] + "\n" + tail[first + 1 :]


def sentences(text: str, spelling: dict[str, list[str]]) -> list[Sentence]:
    """The sentences of a text in their order."""
    found = []
    for match in _SENTENCE.finditer(bounded(text)):
        body, end = match.groups()
        words, names = _plain(body, spelling)
        if any(word != "," for word in words):
            found.append(Sentence(words, names, "?" in end, _UNFIT.search(body) is None))
    return found
