"""The choice: which few skills fit this turn, from which scores, and why in words.

Conditions that people wrote come first (`match.py`). The words of the turn (bm25), what the evidence says and what was
used just before only break ties: together they weigh less than one met condition on the state.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import nsmallest

from escs.runtime.bank.bank import Bank
from escs.runtime.bank.entry import Entry
from escs.runtime.bank.match import Matcher, explain
from escs.runtime.safety import CRISIS_SKILLS
from escs.runtime.state import SeekerState

LOADED = 3  # bodies at most in a turn's context
WORDS_WEIGHT = 0.9  # of the best word match; others in proportion
EVIDENCE_WEIGHT = 0.5  # per 1.0 of association, which seldom passes 0.2
USED = (1.6, 0.9, 0.4)  # taken off a skill used one, two, three turns ago: people notice repetition
SAME_ACTION = 2.0  # taken off the second and third skill where its action is loaded already
WORTH_LOADING = 0.5  # a companion must reach this score

_WORD = re.compile(r"[^\W\d_]{3,}")
_EMPTY = frozenset(
    [
        "the",
        "and",
        "you",
        "your",
        "for",
        "that",
        "this",
        "with",
        "have",
        "has",
        "had",
        "was",
        "were",
        "are",
        "not",
        "but",
        "they",
        "them",
        "his",
        "her",
        "she",
        "him",
        "what",
        "when",
        "how",
        "who",
        "why",
        "can",
        "could",
        "would",
        "should",
        "will",
        "just",
        "like",
        "about",
        "really",
        "very",
        "know",
        "think",
        "feel",
        "feeling",
        "get",
        "got",
        "been",
        "being",
        "from",
        "there",
        "their",
        "its",
        "it's",
        "i'm",
        "i've",
        "don't",
        "dont",
        "cant",
        "can't",
        "didn't",
        "wont",
        "one",
        "all",
        "any",
        "some",
        "too",
        "also",
        "out",
        "now",
        "then",
        "than",
        "because",
    ]
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One chosen skill: its score and the reason in words."""

    name: str
    action: str
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person at the keyboard asked for: skills pinned, dropped for this turn, or turned off."""

    pinned: tuple[str, ...] = ()
    off: frozenset[str] = frozenset()


@dataclass(slots=True)
class Chooser:
    """Ranks a bank's skills for a state; keeps the lists of the bank's present generation."""

    bank: Bank
    _matcher: Matcher | None = field(default=None, init=False)
    _generation: int = field(default=-1, init=False)

    def rank(
        self,
        state: SeekerState,
        texts: Sequence[str],
        *,
        used: Sequence[Collection[str]] = (),
        helpful: Mapping[str, float] | None = None,
        top: int | None = None,
    ) -> list[tuple[float, Entry]]:
        """The skills that nothing shuts out, best first: all of them, or the best `top`.

        `texts` are the seeker's turns, the newest last; `used` the names of the skills of earlier turns, the newest
        last; `helpful` adds, by action, what the bank's figures say (see `habit.py`).
        """
        if self._matcher is None or self._generation != self.bank.generation:
            self._matcher, self._generation = Matcher(self.bank), self.bank.generation
        scores = self._matcher.scores(state)
        found = self.bank.search(content_words(texts))
        best = max(found.values(), default=0.0)
        for name, value in found.items():
            if name in scores and best > 0:
                scores[name] += WORDS_WEIGHT * value / best
        for ago, names in enumerate(reversed(used)):
            if ago >= len(USED):
                break
            for name in names:
                if name in scores:
                    scores[name] -= USED[ago]
        entries = self.bank.entries
        for name, score in scores.items():
            entry = entries[name]
            if entry.association:
                score += EVIDENCE_WEIGHT * entry.association
            if helpful:
                score += helpful.get(entry.action, 0.0)
            scores[name] = score
        for name in CRISIS_SKILLS:
            scores.pop(name, None)
        rows = [(-score, name) for name, score in scores.items()]
        ordered = sorted(rows) if top is None else nsmallest(top, rows)
        return [(-score, entries[name]) for score, name in ordered]

    def choose(
        self,
        state: SeekerState,
        texts: Sequence[str],
        *,
        wishes: Wishes | None = None,
        used: Sequence[Collection[str]] = (),
        helpful: Mapping[str, float] | None = None,
    ) -> list[Choice]:
        """The few skills to load, the leading one first: those pinned, then the best with companions of other actions."""
        wishes = wishes or Wishes()
        most = 4 * LOADED + len(wishes.pinned) + len(wishes.off)
        ranked = [
            (score, entry)
            for score, entry in self.rank(state, texts, used=used, helpful=helpful, top=most)
            if entry.name not in wishes.off
        ]
        chosen: list[Choice] = []
        for name in wishes.pinned[:LOADED]:
            entry = self.bank.entries.get(name)
            if entry is not None:
                score = next((s for s, e in ranked if e.name == name), 0.0)
                chosen.append(Choice(name, entry.action, round(score, 3), "pinned by you"))
        words = set(content_words(texts[-1:]))
        while len(chosen) < LOADED:
            names = {choice.name for choice in chosen}
            actions = {choice.action for choice in chosen}
            rest = [
                (score - (SAME_ACTION if entry.action in actions else 0.0), entry)
                for score, entry in ranked[: 4 * LOADED + len(chosen)]
                if entry.name not in names
            ]
            if not rest:
                break
            score, entry = max(rest, key=lambda item: item[0])
            if chosen and score < WORTH_LOADING:
                break
            chosen.append(Choice(entry.name, entry.action, round(score, 3), why(entry, state, words)))
        return chosen


def content_words(texts: Sequence[str], limit: int = 14) -> list[str]:
    """The words of the newest turns that can tell skills apart, the newest first, each once."""
    words: dict[str, None] = {}
    for text in reversed(texts[-3:]):
        for word in _content(text):
            words.setdefault(word)
            if len(words) >= limit:
                return list(words)
    return list(words)


@lru_cache(maxsize=1024)
def _content(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in _WORD.findall(text[-4000:].lower()) if word not in _EMPTY))


@lru_cache(maxsize=1024)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


def why(entry: Entry, state: SeekerState, words: Collection[str] = ()) -> str:
    """Why a skill fits, in words: the conditions that hold, and words of the turn that its description shares."""
    match = explain(entry, state)
    reasons = list(match.met)
    shared = sorted(words & _words_of(entry.words) if isinstance(words, set) else ())
    if shared:
        reasons.append("words: " + ", ".join(shared[:4]))
    if entry.association:
        reasons.append(f"evidence {entry.association:+.2f}")
    return "; ".join(reasons) or "nothing speaks against it"
