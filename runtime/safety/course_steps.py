"""Which step of the protocols is due: the first that was not said yet, asks nothing twice, and whose conditions hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from escs.runtime.safety.course_state import AT_HAND, OF_US, Course, Heard
from escs.runtime.safety.protocol import Protocol, Step, protocols
from escs.runtime.safety.risk import Level

URGENT = ("body-of-another", "overdose", "medical-emergency", "imminent")
"""Protocols that go on although the person wants no more questions: a life may depend on it."""


def facts_of(course: Course) -> Mapping[str, frozenset[str]]:
    """All that conditions can ask about, by name."""
    facts = {name: frozenset({value}) for name, value in course.facts}
    facts["kind"] = course.kinds
    facts["now"] = course.lately or frozenset({"-"})
    facts["level"] = frozenset({course.level.word})
    facts["minor"] = frozenset({"yes" if course.minor else "no"})
    facts["country"] = frozenset({"known" if course.country else "-"})
    facts["said"] = frozenset(course.taken)
    facts["told"] = course.told or frozenset({"-"})
    facts["renewed"] = course.renewed or frozenset({"-"})
    return facts


def next_step(course: Course, heard: Heard) -> tuple[Step | None, Sequence[str]]:
    """The next step and its wordings: a question in other words where it was not answered, else the first due."""
    due = first_due(course)
    current = step_of(course.asked_by)
    nearer = not course.lately.isdisjoint(AT_HAND)  # what just came at hand is answered, before what was asked
    if nearer or current is None or not current.again or current.key in course.reworded or _silenced(course, current):
        return due, due.say if due else ()
    # Somebody who goes on with their story is not asked the same twice, unless much hangs on it.
    pressing = course.level == Level.CRISIS and (current.probe or current.protocol in URGENT)
    pressing = pressing or (current.probe and heard.aside in OF_US)  # answered first, and then asked again
    unanswered = heard.answer in ("refusal", "unsure") or (heard.answer == "none" and pressing)
    if unanswered and (due is None or _rank(due) >= _rank(current)):
        return current, current.again
    return due, due.say if due else ()


def first_due(course: Course) -> Step | None:
    """The first step, of the most urgent protocol that is running, that is due; None where all is said."""
    facts = facts_of(course)
    asked = {step.asks for key in course.taken if (step := step_of(key)) and step.asks}
    for protocol in protocols():
        if protocol.name in course.closed or not protocol.starts(facts):
            continue
        for step in protocol.steps:
            known = step.asks in asked or step.asks in course.known
            if _over(course, step) or (known and not step.anew) or _silenced(course, step):
                continue
            if step.due(facts):
                return step
    return None


def reopening(course: Course) -> bool:
    """Whether what was just told opens again what a check-back had ended."""
    facts = facts_of(course)
    return course.active and any(protocol.reopens(facts) and protocol.starts(facts) for protocol in protocols())


def renewing(course: Course) -> tuple[Protocol, ...]:
    """The protocols whose steps begin again with what was just told; where a life is in danger now, that one alone."""
    facts = facts_of(course)
    told = tuple(protocol for protocol in protocols() if protocol.renews(facts))
    urgent = tuple(protocol for protocol in told if protocol.name in URGENT and protocol.starts(facts))
    return urgent[:1] or told


def renewed(course: Course) -> Course:
    """The course with the steps of these protocols before it again: what this turn told is kept, the rest is asked afresh."""
    again = renewing(course)
    if not again:
        return course
    names = {protocol.name for protocol in again}
    newest = course.lately | ({course.asked} - {"back"})
    forgotten = frozenset[str]().union(*(protocol.forget for protocol in again)) - newest
    if_open = frozenset[str]().union(*(protocol.forget_open for protocol in again)) - newest
    return replace(
        course,
        facts=tuple(
            (fact, told)
            for fact, told in course.facts
            if fact not in forgotten and (fact not in if_open or told in ("yes", "hedge"))
        ),
        taken=tuple(key for key in course.taken if key.partition(".")[0] not in names),
        reworded=tuple(key for key in course.reworded if key.partition(".")[0] not in names),
        entered=tuple(name for name in course.entered if name not in names or not protocol_of(name).silences),
        closed=(),
        renewed=course.renewed | (names & {key.partition(".")[0] for key in course.taken}),
    )


def _over(course: Course, step: Step) -> bool:
    """Whether a step was said; one that repeats is over once all its words were said."""
    return step.key in course.taken and (not step.repeats or course.used.issuperset(step.say))


def _silenced(course: Course, step: Step) -> bool:
    if course.hushed > 1 and step.protocol not in URGENT:
        return True
    begun = any(_silences(course, protocol_of(name)) for name in course.entered)
    return step.probe and (course.hushed > 0 or course.refusals > 1 or begun)


def _silences(course: Course, protocol: Protocol) -> bool:
    """Whether a protocol that was entered still keeps all probing away: help first, questions afterwards or never."""
    return protocol.silences and f"{protocol.name}.{protocol.until}" not in course.taken


def step_of(key: str) -> Step | None:
    name, _, rest = key.partition(".")
    return next((step for p in protocols() if p.name == name for step in p.steps if step.name == rest), None)


def protocol_of(name: str) -> Protocol:
    return next(protocol for protocol in protocols() if protocol.name == name)


def _rank(step: Step) -> int:
    return protocol_of(step.protocol).rank


def running(course: Course) -> tuple[str, ...]:
    facts = facts_of(course)
    return tuple(protocol.name for protocol in protocols() if protocol.starts(facts))


def current_protocol(course: Course) -> Protocol:
    """The protocol that the conversation is in."""
    if course.entered:
        return protocol_of(course.entered[-1])
    facts = facts_of(course)
    return next((protocol for protocol in protocols() if protocol.starts(facts)), protocol_of("suicide"))
