"""What a reply is made of, as far as rules can tell: its moves, what it takes up, and how it is put."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from escs.evolve.simulate.appraisal_file import parameters
from escs.runtime.bank.choose import content_words
from escs.runtime.cue_file import cues
from escs.runtime.cues import label_action
from escs.runtime.phrases import words
from escs.runtime.state import Message

_AMID = 4 * (
    Message("user", "They told me last week that my team will be moved to another town."),
    Message("assistant", "That sounds hard. What happened there?"),
) + (Message("user", "I have been having a hard time with it since then."),)
"""A dialogue that is under way: cues know that people greet first and advise late, and here only words shall speak."""
SIMILAR = 8  # letters below which a sentence said again is no repetition ("Yes.", "Hm.")

_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*")
_LIST = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s", re.MULTILINE)
_DANGER = re.compile(
    r"\b(?:suicid\w*|kill(?:ing)? yourself|(?:end(?:ing)?|tak(?:e|ing)) your (?:own )?life|end(?:ing)? it all"
    r"|(?:hurt|harm)(?:ing)? yourself|want(?:ing)? to die|(?:not|don't|do not) want(?:ing)? to (?:live|be alive|be here)"
    r"|thoughts? of (?:dying|death)|(?:wish|wishing) you were dead|safe (?:right )?now|feel safe|are you safe|be dead)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply as the seeker's rules hear it."""

    actions: tuple[str, ...]  # its moves in order, each once
    phrases: frozenset[str]  # kinds of phrases of `appraisal.toml` that it holds
    takes_up: int  # content words of the seeker's newest turn that come back
    takes_up_earlier: int
    questions: int
    words: int
    is_list: bool
    repeats: bool  # a sentence of an earlier reply stands in it
    asks_after_danger: bool

    @property
    def asks_what_is_wanted(self) -> bool:
        """Whether it asks what would help."""
        return "ask-what-is-wanted" in self.actions


@lru_cache(maxsize=4_096)
def hear(history: tuple[Message, ...], reply: str) -> Heard:
    """The reply to a dialogue that ends with the seeker's newest turn."""
    seeker = [message.content for message in history if message.role == "user"]
    earlier = [message.content for message in history if message.role == "assistant"]
    pieces = sentences(reply)
    actions: dict[str, None] = {}
    spoken = frozenset().union(*map(_spoken, earlier))
    fresh = [sentence for sentence in pieces if len(sentence) <= SIMILAR or _plain(sentence) not in spoken]
    for sentence in fresh:  # what is said again moves nobody again
        action = _action(sentence)
        if action:
            actions[action] = None
    said = _stems(reply)
    newest = _stems(seeker[-1]) if seeker else frozenset()
    before = frozenset().union(*map(_stems, seeker[:-1]))
    return Heard(
        actions=tuple(actions),
        phrases=phrases(reply),
        takes_up=len(said & newest),
        takes_up_earlier=len(said & before - newest),
        questions=sum(sentence.rstrip().endswith("?") for sentence in pieces),
        words=len(reply.split()),
        is_list=len(_LIST.findall(reply)) >= 2,
        repeats=len(fresh) < len(pieces),
        asks_after_danger=any(asks_after_danger(sentence) for sentence in pieces),
    )


@lru_cache(maxsize=16_384)
def _action(sentence: str) -> str:
    """What a sentence does by its own words, wherever it stands; "" where nothing in it shows that."""
    if asks_after_danger(sentence):
        return "safety-question"
    spoken = phrases(sentence)
    if "asks-what-is-wanted" in spoken:
        return "ask-what-is-wanted"
    if spoken:
        return ""  # a formula is no move: it is felt as what it is
    label = label_action(sentence, _AMID)
    if label.cues == ("stays",):
        return "presence"
    return label.action if label.cues else ""


@lru_cache(maxsize=8_192)
def phrases(text: str) -> frozenset[str]:
    """The kinds of phrases of `appraisal.toml` in a text."""
    return frozenset(parameters().phrases.find(words(text, cues().spelling)))


@lru_cache(maxsize=8_192)
def asks_after_danger(text: str) -> bool:
    """Whether a text asks directly about suicide, self-harm or safety."""
    return any(sentence.rstrip().endswith("?") and _DANGER.search(sentence) for sentence in sentences(text))


def names_danger(text: str) -> bool:
    """Whether a text speaks of suicide, self-harm or safety at all."""
    return bool(_DANGER.search(text))


@lru_cache(maxsize=8_192)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, with their ends."""
    return tuple(piece.strip() for piece in _SENTENCE.findall(text) if piece.strip())


@lru_cache(maxsize=8_192)
def _stems(text: str) -> frozenset[str]:
    """The content words of a text, cut to five letters so that forms of a word are alike."""
    return frozenset(word[:5] for word in content_words([text], limit=400))


@lru_cache(maxsize=8_192)
def _spoken(text: str) -> frozenset[str]:
    """The sentences of a text, plain."""
    return frozenset(map(_plain, sentences(text)))


@lru_cache(maxsize=16_384)
def _plain(sentence: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", "", sentence.lower()).split())
