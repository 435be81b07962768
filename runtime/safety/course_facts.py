"""What an answer means in the course, and what the course then knows: new words may take back, or make graver, what was told before."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from escs.runtime.safety.course_state import AT_HAND, OF_US, Course, Heard
from escs.runtime.safety.course_steps import protocol_of
from escs.runtime.safety.plan import PARTS

OWN = frozenset(protocol_of("suicide").kinds) - {"suicide-attempt-past", "retraction"}
"""Kinds that tell of the person's own wish to die."""

OF_OWN = frozenset({"thoughts", "thoughts_passive", "plan", "intent", "time", "means", "held"})
"""Facts about the person's own danger, which go where the words turn out to have been about somebody else."""

FLEETING = frozenset({"safe_type", "with", "distance", "called", "other_now", "apart", "at_door"})
"""Facts of the moment, of which the newest word counts: “he's back”, “she left”, “I got them out again”, “they hung up”, “he's
not at work, they said”."""

ENDING = frozenset({"with", "distance", "called", "at_door"})
"""Facts whose no, where nobody asked, only ends a yes."""

NEARNESS = frozenset({"apart", "gone", "going"})
"""Facts about having got away from whom they might hurt, of which none holds once they are near each other again."""

STEPS = frozenset({"call", "called", "can-call", "with", "distance", "who", "reach", "care", "professional", *PARTS})
"""Facts about a step towards safety, or a line of the plan: no answer that tells of danger at hand is one of these."""

HELP_CALLED = frozenset({"can-call", "called", "called-2", "called-3", "called-4"})
"""Facts about help being called, to which no “a bit” about the body is an answer: “sick and a bit sleepy”."""


def as_meant(course: Course, heard: Heard) -> Heard:
    """The answer to what was asked, in view of what else was told in the same turn and before it."""
    return _nearer(_meant(course, heard), course.asked)


def _nearer(heard: Heard, asked: str) -> Heard:
    """“Yes, it's in my hand” is no yes to calling, “I took a couple” no first sign for the plan, “a bit sleepy” no maybe."""
    at_hand = "yes" in map(heard.facts.get, AT_HAND) and "distance" not in heard.facts
    heard_so = ("yes", "given", "unsure") if asked in PARTS else ("yes", "given", "unsure", "hedge")
    if at_hand and asked in STEPS - heard.facts.keys() and heard.answer in heard_so:
        return replace(heard, answer="none")
    if heard.facts.get("away") == "no" and asked in NEARNESS | {"distance"} and heard.facts.get("apart") != "yes":
        return replace(heard, answer="no")  # “he's come out of the house”
    if asked in HELP_CALLED and heard.answer == "hedge" and not {"steady", "easing"}.isdisjoint(heard.facts):
        return replace(heard, answer="none")
    return heard


def _meant(course: Course, heard: Heard) -> Heard:
    """“No, I'd never do that to them”, after a wish not to be here was voiced, denies the deed and not the thoughts; and
    whoever asks twice what would be if it were so has nearly said yes."""
    if course.asked == "thoughts" and heard.aside == "if-yes" and course.asked_by in course.reworded:
        return replace(heard, answer="hedge") if heard.answer in ("none", "unsure") else heard
    deed = heard.answer == "no" and heard.facts.get("intent") == "no" and course.known.get("thoughts_passive") == "yes"
    return replace(heard, answer="hedge") if course.asked == "thoughts" and deed else heard


def learned(course: Course, heard: Heard, kinds: AbstractSet[str]) -> dict[str, str]:
    """All facts after this turn, fact → what was told; `kinds` are the dangers seen so far."""
    facts, own = dict(course.facts), heard.facts
    if course.asked and heard.answer:
        facts[course.asked] = _kept(course, heard)
    for fact, told in own.items():
        if fact in ENDING and told == "no" and facts.get(fact) != "yes":
            continue  # “she left”, of somebody who never was beside them
        if facts.get(fact) != "yes" or told in ("yes", "soon") or fact in FLEETING:
            facts[fact] = told
    if heard.answer == "means":
        facts["means"] = "yes"  # what was to help in bad hours is what could hurt
    _put_near_or_far(facts, heard)
    _take_back_and_own_up(facts, own, course.known, kinds)
    return facts


def _kept(course: Course, heard: Heard) -> str:
    """What is kept of an answer to our question."""
    answer = heard.answer
    value = {"refusal": "refused", "stop": "refused", "none": "unclear", "unsure": "unclear"}.get(answer)
    if answer == "none" and heard.aside in OF_US and course.asked_by not in course.reworded:
        return "unclear"  # “can my work see this?” is no answer: we ask again
    if value and course.asked == "thoughts" and course.known.get("thoughts_passive") == "yes":
        return "hedge"  # a wish not to be here was voiced; the story that follows takes nothing back
    return value or answer


def _put_near_or_far(facts: dict[str, str], heard: Heard) -> None:
    """What was near is out of reach now, or what was out of reach is back."""
    near = heard.answer == "means" or "yes" in (heard.facts.get("means"), heard.facts.get("held"))
    if heard.facts.get("distance") == "yes" and facts.get("means") == "yes":
        facts["means"] = "no"
    elif near and facts.get("distance") == "yes":
        facts["distance"] = "no"
    if (
        heard.facts.get("away") == "no" and heard.facts.get("apart") != "yes"
    ):  # “he's just come in”, of whom they had got away from
        facts.update({fact: "no" for fact in NEARNESS if facts.get(fact) in ("yes", "hedge")})


def _take_back_and_own_up(
    facts: dict[str, str], own: Mapping[str, str], before: Mapping[str, str], kinds: AbstractSet[str]
) -> None:
    """Graver words undo the harmless answers that were given before them."""
    intent, time = own.get("intent"), own.get("time")
    if own.get("about-to") and of_own(facts, kinds):
        facts.update(intent="yes", time="soon")
        intent = "yes"
    if time == "soon" and facts.get("intent") == "no" != intent:
        facts["intent"] = "hedge"  # whoever then names an hour has taken it back
    if own.get("was-untrue") and not {"called", "with", "distance"} & set(own):  # “I lied, I didn't call them”
        facts.update(_owned_up(before))
    if intent == "yes" and facts.get("thoughts") == "no":
        facts["thoughts"] = "yes"  # whoever means to act has such thoughts, whatever was said before


def _owned_up(facts: Mapping[str, str]) -> dict[str, str]:
    """What it means that an answer of theirs was untrue: the first that was denied, or passed over, is so after all."""
    open_or_denied = ("no", "unclear", "refused")
    first = next((fact for fact in ("thoughts", "plan", "intent", "means") if facts.get(fact) in open_or_denied), "")
    return {first: "yes" if first == "thoughts" else "hedge"} if first else {}


def of_own(facts: Mapping[str, str], kinds: AbstractSet[str]) -> bool:
    """Whether the person's own wish to die has been told in any way."""
    voiced = facts.get("thoughts") in ("yes", "hedge") or facts.get("thoughts_passive") == "yes"
    meant = "yes" in (facts.get("intent"), facts.get("plan"), facts.get("held"))
    return voiced or meant or bool(OWN & kinds)


def done_by(facts: Mapping[str, str], own: Mapping[str, str], kinds: AbstractSet[str]) -> set[str]:
    """Kinds of danger that begin where what was thought of has been done: “I've taken them”, told in the middle of the questions."""
    if {"distance", "call", "with"} & set(own):
        return set()
    if own.get("taken") and (of_own(facts, kinds) or "self-harm" in kinds):
        return {"overdose"}
    meant = of_own(facts, kinds - {"hopelessness", "burden"})  # “I did it all for nothing”
    return {"suicide-attempt-now"} if own.get("done") and meant else set()
