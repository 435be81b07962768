"""Facts about a supporter's message beside its phrases: form, place, and the seeker's words that it takes up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from escs.runtime.phrases import ENDS, START, sentences
from escs.runtime.state import Message

LOOK_BACK = 4
"""Seeker messages whose words count as taken up: what is said back is nearly always recent."""
LONGEST_HEARD = 1_000  # characters of a seeker's message that are looked through for them

_ME = frozenset({"i", "my", "me", "myself", "mine"})
_YOU = frozenset({"you", "your", "yours", "yourself"})
_PAST = frozenset({"was", "had", "went", "felt", "did", "got", "lost", "used", "took", "found", "have", "dealt"})
_THANKS = frozenset({"thank", "thanks", "appreciate", "grateful", "thankful"})
_LEAVE = frozenset({"bye", "goodbye", "goodnight"})
_EMPTY = frozenset(  # words that two people share by chance
    """
    i you a the to and of in is it that my your me for on with so do have be this are was not but at as if
    what how can just about or an they he she we am him her them there would will from get like when feel
    really know because been has had more all no yes up out one some very by its their our us were did does
    than then too also could should
    """.split()
)


def _length(count: int) -> str:
    # Bounds at which the mix of acts visibly changes: greetings and thanks are tiny, advice and stories are long.
    if count <= 3:
        return "tiny"
    if count <= 8:
        return "brief"
    if count <= 20:
        return "medium"
    return "long" if count <= 40 else "very-long"


def _place(index: int) -> str:
    if index < 2:
        return "first-words"
    if index < 7:
        return "early"
    return "middle" if index < 19 else "late"


@dataclass(frozen=True, slots=True)
class Before:
    """What of the dialogue before a message bears on what the message is."""

    place: int = 0  # messages before it
    follows_own: bool = False  # the supporter has just spoken
    heard: tuple[str, ...] = ()  # the seeker's last messages, newest first, at most `LOOK_BACK`


def before_of(history: Sequence[Message]) -> Before:
    """The dialogue up to a message, oldest first, as `Before`."""
    heard: list[str] = []
    for message in reversed(history):
        if message.role == "user":
            heard.append(message.content[:LONGEST_HEARD])
            if len(heard) == LOOK_BACK:
                break
    return Before(len(history), bool(history) and history[-1].role == "assistant", tuple(heard))


def _of_seeker(heard: Collection[str]) -> set[str]:
    facts = set()
    if "?" in heard:
        facts.add("seeker-asked")
    if not _THANKS.isdisjoint(heard):
        facts.add("seeker-thanked")
    if not _LEAVE.isdisjoint(heard):
        facts.add("seeker-took-leave")
    return facts


def facts(row: list[str], before: Before, hear: Callable[[str], frozenset[str]]) -> frozenset[str]:
    """The facts that hold of a message given as a row of `words`; their names are those of `cue_file.FACTS`.

    `hear` gives the set of `words` of a seeker's text.
    """
    said = [word for word in row if word != START and word not in ENDS]
    count = max(len(said), 1)
    asks = [sentence[-1] == "?" for sentence in sentences(row)]
    held = {_length(len(said)), _place(before.place)}
    if any(asks):
        held.add("question")
        held.add("only-questions" if all(asks) else "question-last" if asks[-1] else "question-first")
    else:
        held.add("no-question")
    if "!" in row:
        held.add("exclaims")
    if before.follows_own:
        held.add("follows-own")
    me = sum(word in _ME for word in said) / count
    if me >= 0.08:
        held.add("much-about-me" if me >= 0.14 else "about-me")
    you = sum(word in _YOU for word in said) / count
    if you >= 0.1:
        held.add("much-about-you" if you >= 0.2 else "about-you")
    if any(a == "i" and (b in _PAST or b.endswith("ed")) for a, b in pairwise(said)):
        held.add("my-past")
    heard = [hear(text) for text in before.heard]
    mine = [word for word in said if word not in _EMPTY]
    if len(said) > 3 and mine:
        echo = sum(any(word in text for text in heard) for word in mine) / len(mine)
        if echo >= 0.3:
            held.add("strong-echo" if echo >= 0.4 else "echo")
    if heard:
        held |= _of_seeker(heard[0])
    return frozenset(held)
