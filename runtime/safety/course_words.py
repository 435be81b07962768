"""How the course says it: what was just told is met first, then comes the step's question, in words not yet used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from escs.runtime.safety.answers import aside_wordings
from escs.runtime.safety.course_state import AT_HAND, Course, CrisisReply, Heard
from escs.runtime.safety.course_steps import URGENT, protocol_of, running, step_of
from escs.runtime.safety.disclosure import says_ai
from escs.runtime.safety.plan import read_back
from escs.runtime.safety.protocol import Protocol, Step, shared
from escs.runtime.safety.resources import Resources, resources_for
from escs.runtime.safety.risk import Level, Screening
from escs.runtime.safety.words import choose, fill, join, turned

_SENTENCE = re.compile(r"[^.!?…]+[.!?…]+[”\"']?|[^.!?…]+$")
_WORD = re.compile(r"[a-z0-9']+")
_NUMBER = re.compile(r"\d{2,}")

FIRST_ASIDES = frozenset({"number", "no-reply", "kept", "watched", "real", "call-for-me", "tell-for-me", "believe"})
"""Side questions that are answered before anything else is said."""

ASIDES_AT_MOST = 2
"""How often one barrier or side question is met in words of its own; then the course just goes on."""

PLAIN = (
    *URGENT,
    "abuse",
    "third-party-suicide",
    "third-party-harm",
    "psychosis",
    "harm-to-others",
    "child-in-danger",
    "threat-now",
    "assault",
    "sextortion",
    "eating",
)
"""Protocols in which an answer that was none is met with next to nothing: warm words would contradict what was told."""

GOOD = ("call", "called", "with", "distance")
"""Facts that are steps towards safety: they are met with warmth as soon as they are told, once they were asked for."""


def say(
    course: Course,
    step: Step,
    wordings: Sequence[str],
    heard: Heard,
    text: str,
    screening: Screening,
    before: Course,
) -> tuple[Course, CrisisReply]:
    protocol = protocol_of(step.protocol)
    resources = resources_of(course, protocol)
    leads = leads_for(course, protocol, heard, text, screening, before)
    nearer = screening.level == Level.CRISIS or not course.lately.isdisjoint(AT_HAND)
    numbered = any("{emergency}" in lead or "{number}" in lead for lead in (*wordings, *leads[:1]))
    if nearer and not numbered and before.active and step.asks != "distance" and in_danger_alone(course):
        leads = turned(shared()["press"], course)  # danger voiced anew, and nobody there: always the number
    if any(says_ai(wording) for wording in wordings) and heard.aside != "real":
        leads = [lead for lead in leads if not says_ai(lead)] or leads
    plan = read_back(course.items) if step.name == "back" else ""
    shows_first = not course.resource_shown and course.level == Level.CRISIS and protocol.rank >= 40
    pointers = [*turned(shared()["pointer"], course), ""] if shows_first and step.asks else [""]
    ai_due = not course.told_ai and len(course.taken) >= 2 and not any(says_ai(wording) for wording in wordings)
    reminders = turned(shared()["ai"], course) if ai_due else [""]
    chosen = choose(course, (leads, pointers, reminders, turned(wordings, course)), resources, {})
    if says_ai(chosen[0]):
        chosen = (*chosen[:2], "", chosen[3])  # the words that meet them say it already
    body = fill(join(chosen), resources)
    if plan:
        body = f"{plan}\n\n{body}"
    course = replace(
        course,
        taken=(*course.taken, step.key),
        reworded=(*course.reworded, step.key) if wordings is step.again else course.reworded,
        entered=(*course.entered, protocol.name),
        closed=_closing(course, protocol) if step.ends or step.asks == "back" else course.closed,
        asked=step.asks,
        asked_by=step.key,
    )
    return spoken(course, protocol, step.name, step.brief, body, chosen)


def resources_of(course: Course, protocol: Protocol) -> Resources:
    """What there is in the country, whose number is the one that the protocol needs: an abuse line where it is about abuse."""
    return resources_for(course.country).needing(need_of(course, protocol))


def need_of(course: Course, protocol: Protocol) -> str:
    """Whose line it should be: for the young their own, where there is one, and one about abuse only where they are harmed.

    After an assault a line about violence at home stands in where the country has none of its own; who is held at work
    gets the line for that, where there is one.
    """
    there, need = resources_for(course.country), protocol.need
    if need == "abuse" and not course.minor and course.known.get("papers_held") == "yes" and there.first("trafficking"):
        need = "trafficking"
    if need == "assault" and there.first("assault") is None and there.first("abuse") is not None:
        need = "abuse"
    if course.minor and need in ("abuse", "assault", "child") and there.first("child-abuse") is not None:
        return "child-abuse"
    if course.minor and (need in ("suicide", "child") or there.first("child") is not None):
        return "child"
    return need


def in_danger_alone(course: Course) -> bool:
    """Whether a life is in danger now, nobody is with the person and no call was made, as far as is known."""
    return "imminent" in running(course) and "yes" not in map(course.known.get, ("with", "called"))


def _closing(course: Course, protocol: Protocol) -> tuple[str, ...]:
    """What a check-back ends: all that is running, but thoughts of suicide that were voiced and never asked about."""
    known = course.known
    voiced = known.get("thoughts") in ("yes", "hedge") or known.get("thoughts_passive") == "yes"
    left = voiced and "plan" not in known and protocol.name != "suicide"
    return tuple(name for name in running(course) if not (left and name == "suicide"))


def spoken(
    course: Course, protocol: Protocol, step: str, brief: str, body: str, chosen: Sequence[str]
) -> tuple[Course, CrisisReply]:
    resources = resources_for(course.country)
    need = need_of(course, protocol)
    due = course.level == Level.CRISIS or not course.resource_shown
    line = (resources.short_line(need) if course.resource_shown else resources.line(need)) if due else ""
    course = replace(
        course,
        used=course.used | {text for text in chosen if text},
        said=course.said | {body},
        resource_shown=True,
        told_ai=course.told_ai or says_ai(body),
        quiet=0,
    )
    return course, CrisisReply(
        body, line, protocol.name, step, _brief(protocol, brief, body), course.level, protocol.skill
    )


def _brief(protocol: Protocol, brief: str, body: str) -> str:
    """What a model is told where it words the reply."""
    must = "\n".join(f"- {line}" for line in protocol.must)
    never = "\n".join(f"- {line}" for line in protocol.must_not)
    return (
        f"{protocol.title}. This turn: {brief}\nAlways:\n{must}\nNever:\n{never}\n"
        f"At most 60 words. The built-in words, whose question you keep word for word and ask no other: {body}"
    )


def leads_for(
    course: Course, protocol: Protocol, heard: Heard, text: str, screening: Screening, before: Course
) -> list[str]:
    """The wordings that may meet what was just said, the fittest first."""
    everything = shared()
    lists: list[Sequence[str]] = []
    aside = aside_wordings(young=course.minor).get(heard.aside, ())
    if sum(text in course.used for text in aside) >= ASIDES_AT_MOST:
        aside = ()
    if "asks_call" in heard.facts and protocol.name in ("third-party-suicide", "abuse", *URGENT):
        aside = ()  # “do I ring 999 or what” is answered by the step, and not with a line to talk to
    if heard.aside == "bye" and protocol.name in URGENT:
        aside = ()  # no farewell, and no number “if it turns”, where it has turned already
    if heard.aside in FIRST_ASIDES or (heard.aside == "secret" and protocol.name in course.entered):
        lists.append(aside)
    if "was-untrue" in heard.facts:
        lists.append(everything["meets"]["came-back"])
    awaited = {step.asks for key in course.taken if (step := step_of(key))} | {"call", "called"}
    good = [f for f in GOOD if f in awaited and course.known.get(f) == "yes" and before.known.get(f) != "yes"]
    lists += [everything["replies"][fact]["yes"] for fact in good]
    seen = bool(set(protocol.kinds) & set(screening.kinds))
    if protocol.name not in course.entered and (seen or not course.entered or protocol.name in URGENT):
        lists.append(_echoed(_opening(protocol, course, screening), text, course))
    answered = protocol.replies.get(course.asked, {}).get(heard.answer) or everything["replies"].get(
        course.asked, {}
    ).get(heard.answer)
    told = heard.answer in ("yes", "no", "hedge", "soon", "better", "worse", "same")
    lists += [answered or (), aside] if told else [aside, answered or ()]
    if heard.answer in ("refusal", "unsure", "stop"):
        lists.append(everything["meets"]["unsure" if heard.answer == "unsure" else "refusal"])
    lists.append(_echoed((), text, course))
    plain = protocol.name in PLAIN
    lists.append([*everything["meets"]["plain"], ""] if plain else everything["meets"]["any"])
    fresh = [wording for one in lists for wording in turned(one, course) if wording not in course.used]
    return fresh or turned(everything["meets"]["any"], course)


def _opening(protocol: Protocol, course: Course, screening: Screening) -> Sequence[str]:
    danger = [sign for sign in screening.signs if sign.level >= Level.ELEVATED]
    if danger and all(sign.doubted for sign in danger):  # nothing is taken for certain
        doubted: Sequence[str] = shared()["meets"]["doubted"]
        return doubted
    for kinds in (set(screening.kinds), course.kinds):
        for opening in protocol.openings:
            if opening.kinds & kinds:
                return opening.say
    return next((opening.say for opening in protocol.openings if not opening.kinds), ())


def _echoed(openings: Sequence[str], text: str, course: Course) -> list[str]:
    """Each opening with something of the person's own words before it, where there is something safe to take up."""
    from escs.runtime.echo import fragments

    found = fragments(text)
    table = shared()["echo"]
    echoes = [
        wording.replace("{" + part + "}", value)
        for part in ("event", "feeling")
        if (value := getattr(found, part))
        for wording in turned(table[part], course)
        if not _echoed_so(wording, course)
    ]
    if not openings:
        return echoes
    return [*(f"{echo} {opening}" for opening in openings for echo in echoes[:1]), *openings]


def _echoed_so(wording: str, course: Course) -> bool:
    """Whether something was taken up in this frame before, whatever stood in it."""
    head, _, tail = wording.partition("{")
    ending = tail.partition("}")[2]
    return any(head in used and ending in used for used in course.used)


def keeps(text: str, body: str) -> bool:
    """Whether a model's wording keeps what the built-in words hold: the step's question word for word and no other, that
    this is an AI, the numbers, and the plan that is read back."""
    plan, _, rest = body.rpartition("\n\n")
    asked = [sentence for sentence in _SENTENCE.findall(rest) if "?" in sentence]
    if text.count("?") != sum(sentence.count("?") for sentence in asked):
        return False
    told = _plain(text)
    if not all(_plain(needed) in told for needed in (*asked, plan) if needed):
        return False
    return (says_ai(text) or not says_ai(body)) and set(_NUMBER.findall(body)) <= set(_NUMBER.findall(text))


def _plain(text: str) -> str:
    return " " + " ".join(_WORD.findall(text.lower().replace("’", "'"))) + " "
