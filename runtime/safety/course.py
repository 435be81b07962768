"""The course through danger: what is said next, from the protocols' state tables, with no model at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from zlib import crc32

from escs.runtime.safety.answers import aside_wordings, hear
from escs.runtime.safety.course_state import Course, CrisisReply, Heard, Watching
from escs.runtime.safety.plan import item_from, read_back
from escs.runtime.safety.protocol import Protocol, Step, protocols, shared
from escs.runtime.safety.resources import Resources, resources_for
from escs.runtime.safety.risk import Level, Screening
from escs.runtime.safety.words import choose, fill, join, turned

__all__ = ["Course", "CrisisReply", "advance", "resource_line"]

ENTERS = frozenset({"third-party-suicide", "third-party-harm", "intrusive-thoughts", "retraction"})
"""Kinds that are answered by the course although they may raise no level."""

FIRST_ASIDES = frozenset({"number", "real", "call-for-me"})
"""Side questions that are answered before anything else is said."""

CHECK_INS = (6, 10, 16)
"""After how many ordinary turns in a row the course looks in again, while the level stays."""

URGENT = ("overdose", "medical-emergency", "imminent")
"""Protocols that go on although the person wants no more questions: a life may depend on it."""

GOOD = ("call", "called", "with", "distance")
"""Facts that are steps towards safety: they are met with warmth as soon as they are told."""


def advance(course: Course, text: str, screening: Screening, watch: Watching) -> tuple[Course, CrisisReply | None]:
    """The course one turn later, and what it says; None leaves the turn to ordinary talk.

    Deterministic: equal arguments give equal replies. `watch` is the watch *after* this turn.
    """
    heard = hear(course.asked, text, screening)
    before = course
    course = _learn(course, heard, text, screening, watch)
    if watch.level == Level.UNKNOWN:
        return _unread(course, text)
    if watch.level < Level.ELEVATED and not (ENTERS & set(screening.kinds)) and not _open(before):
        return replace(course, asked="", asked_by=""), None
    rising = _rising(before, course, watch)
    if rising:
        course = replace(course, closed=())
    if heard.answer == "stop":
        return _hush(course)
    if before.pause and not rising:
        return _pause(course, heard, text, screening)
    step, wordings = _next(course, heard)
    if step is None:
        return _rest(course, heard, text, screening)
    return _say(course, step, wordings, heard, text, screening, before, rising)


def resource_line(course: Course) -> str:
    """The line that may stand under any turn of a conversation in danger, for its country."""
    return resources_for(course.country).line("child" if course.minor else "suicide")


def _learn(course: Course, heard: Heard, text: str, screening: Screening, watch: Watching) -> Course:
    facts = dict(course.facts)
    own = heard.facts
    if course.asked and heard.answer:
        value = {"refusal": "refused", "stop": "refused", "none": "unclear", "unsure": "unclear"}.get(heard.answer)
        facts[course.asked] = value or heard.answer
    for fact, told in own.items():
        if facts.get(fact) != "yes" or told in ("yes", "soon"):
            facts[fact] = told
    items = dict(course.items)
    item = item_from(course.asked, heard.answer, text, screening)
    if item:
        items[course.asked] = item
    refused = heard.answer in ("refusal", "stop")
    kinds = course.kinds | set(watch.kinds) | set(screening.kinds)
    return replace(
        course,
        facts=tuple(facts.items()),
        items=tuple(items.items()),
        kinds=kinds,
        country=heard.country or course.country,
        minor=course.minor or "minor-at-risk" in kinds,
        level=max(course.level, watch.level) if watch.level != Level.NONE else Level.NONE,
        refusals=course.refusals + refused,
        hushed=course.hushed + (heard.answer == "stop"),
        turn=course.turn + 1,
        quiet=course.quiet + 1,
        offset=course.offset or crc32(text.encode()) % 997 + 1,
    )


def _open(course: Course) -> bool:
    """Whether a question of ours still awaits its answer."""
    return bool(course.asked)


def _rising(before: Course, course: Course, watch: Watching) -> bool:
    """Whether the danger rose with this turn, after the course had begun."""
    if not before.active:
        return False
    old, new = before.known, course.known
    worse = any(new.get(fact) in ("yes", "soon") and old.get(fact) in ("no", "unclear", None) for fact in ("intent", "time"))
    return worse or watch.level > before.level or bool(_urgent(course.kinds) - _urgent(before.kinds))


def _urgent(kinds: frozenset[str]) -> set[str]:
    return {"suicide-plan", "suicide-intent", "suicide-attempt-now", "overdose", "medical-emergency", "abuse-now"} & kinds


def facts_of(course: Course) -> Mapping[str, frozenset[str]]:
    """All that conditions can ask about, by name."""
    facts = {name: frozenset({value}) for name, value in course.facts}
    facts["kind"] = course.kinds
    facts["level"] = frozenset({course.level.word})
    facts["minor"] = frozenset({"yes" if course.minor else "no"})
    facts["country"] = frozenset({"known" if course.country else "-"})
    facts["begun"] = frozenset({"yes" if course.active else "no"})
    return facts


def _next(course: Course, heard: Heard) -> tuple[Step | None, Sequence[str]]:
    """The next step and its wordings: a question in other words where it was not answered, else the first due."""
    due = _first_due(course)
    current = _step(course.asked_by)
    unanswered = heard.answer in ("refusal", "none", "unsure") and bool(current and current.again)
    if current and unanswered and current.key not in course.reworded and not _silenced(course, current):
        if due is None or _rank(due) >= _rank(current):
            return current, current.again
    return due, due.say if due else ()


def _first_due(course: Course) -> Step | None:
    facts = facts_of(course)
    asked = {step.asks for key in course.taken if (step := _step(key)) and step.asks}
    for protocol in protocols():
        if protocol.name in course.closed or not protocol.starts(facts):
            continue
        for step in protocol.steps:
            known = step.asks in asked or step.asks in course.known
            if step.key in course.taken or (known and not step.anew) or _silenced(course, step):
                continue
            if step.due(facts):
                return step
    return None


def _silenced(course: Course, step: Step) -> bool:
    if course.hushed > 1 and step.protocol not in URGENT:
        return True
    begun = any(_protocol(name).silences for name in course.entered)
    return step.probe and (course.hushed > 0 or course.refusals > 1 or begun)


def _step(key: str) -> Step | None:
    name, _, rest = key.partition(".")
    return next((step for p in protocols() if p.name == name for step in p.steps if step.name == rest), None)


def _protocol(name: str) -> Protocol:
    return next(protocol for protocol in protocols() if protocol.name == name)


def _rank(step: Step) -> int:
    return _protocol(step.protocol).rank


def _say(
    course: Course,
    step: Step,
    wordings: Sequence[str],
    heard: Heard,
    text: str,
    screening: Screening,
    before: Course,
    rising: bool,
) -> tuple[Course, CrisisReply]:
    protocol = _protocol(step.protocol)
    resources = resources_for(course.country)
    leads = _leads(course, protocol, heard, text, screening, before)
    plan = read_back(course.items) if step.name == "back" else ""
    shows_first = not course.resource_shown and course.level == Level.CRISIS and protocol.rank >= 40
    point = rising or shows_first
    pointers = [*turned(shared()["pointer"], course), ""] if point and step.asks else [""]
    chosen = choose(course, (leads, pointers, turned(wordings, course)), resources, {})
    body = fill(join(chosen), resources)
    if plan:
        body = f"{plan}\n\n{body}"
    course = replace(
        course,
        taken=(*course.taken, step.key),
        reworded=(*course.reworded, step.key) if wordings is step.again else course.reworded,
        entered=(*course.entered, protocol.name),
        closed=_closed(course) if step.asks == "back" else course.closed,
        asked=step.asks,
        asked_by=step.key,
    )
    return _spoken(course, protocol, step.name, step.brief, body, chosen)


def _closed(course: Course) -> tuple[str, ...]:
    facts = facts_of(course)
    return tuple(protocol.name for protocol in protocols() if protocol.starts(facts))


def _spoken(
    course: Course, protocol: Protocol, step: str, brief: str, body: str, chosen: Sequence[str]
) -> tuple[Course, CrisisReply]:
    resources = resources_for(course.country)
    need = protocol.need if protocol.need != "suicide" or not course.minor else "child"
    due = course.level == Level.CRISIS or not course.resource_shown
    line = (resources.short_line(need) if course.resource_shown else resources.line(need)) if due else ""
    course = replace(
        course,
        used=course.used | {text for text in chosen if text},
        said=course.said | {body},
        resource_shown=True,
        quiet=0,
    )
    return course, CrisisReply(body, line, protocol.name, step, _brief(protocol, brief, body), course.level, protocol.skill)


def _brief(protocol: Protocol, brief: str, body: str) -> str:
    """What a model is told where it words the reply."""
    must = "\n".join(f"- {line}" for line in protocol.must)
    never = "\n".join(f"- {line}" for line in protocol.must_not)
    return (
        f"{protocol.title}. This turn: {brief}\nAlways:\n{must}\nNever:\n{never}\n"
        f"At most 60 words and one question. The built-in words, whose question you keep: {body}"
    )


def _leads(
    course: Course, protocol: Protocol, heard: Heard, text: str, screening: Screening, before: Course
) -> list[str]:
    """The wordings that may meet what was just said, the fittest first."""
    everything = shared()
    lists: list[Sequence[str]] = []
    aside = aside_wordings().get(heard.aside, ())
    if heard.aside in FIRST_ASIDES:
        lists.append(aside)
    good = [fact for fact in GOOD if course.known.get(fact) == "yes" and before.known.get(fact) != "yes"]
    lists += [everything["replies"][fact]["yes"] for fact in good]
    seen = bool(set(protocol.kinds) & set(screening.kinds))
    if protocol.name not in course.entered and (seen or not course.entered or protocol.name in URGENT):
        lists.append(_echoed(_opening(protocol, course, screening), text, course))
    answered = protocol.replies.get(course.asked, {}).get(heard.answer) or everything["replies"].get(course.asked, {}).get(
        heard.answer
    )
    told = heard.answer in ("yes", "no", "hedge", "soon", "better", "worse", "same")
    lists += [answered or (), aside] if told else [aside, answered or ()]
    if heard.answer in ("refusal", "unsure"):
        lists.append(everything["meets"][heard.answer])
    lists.append(_echoed((), text, course))
    lists.append(everything["meets"]["any"])
    fresh = [wording for one in lists for wording in turned(one, course) if wording not in course.used]
    return fresh or turned(everything["meets"]["any"], course)


def _opening(protocol: Protocol, course: Course, screening: Screening) -> Sequence[str]:
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
        for part in ("event", "feeling", "clause")
        if (value := getattr(found, part))
        for wording in turned(table[part], course)
    ]
    echoes = [echo for echo in echoes if echo not in course.used]
    if not openings:
        return echoes
    return [*(f"{echo} {opening}" for opening in openings for echo in echoes[:1]), *openings]


def _pause(course: Course, heard: Heard, text: str, screening: Screening) -> tuple[Course, CrisisReply]:
    """The turn after that: we listen, and still ask nothing."""
    protocol = _current(course)
    resources = resources_for(course.country)
    statements = [text for text in turned(shared()["stay"], course) if "?" not in text]
    leads = [lead for lead in _leads(course, protocol, heard, text, screening, course) if "?" not in lead]
    chosen = choose(course, (leads, statements), resources, {})
    brief = "The person wanted no more questions: listen, take up what they say, ask nothing."
    course = replace(course, pause=False, asked="", asked_by="")
    return _spoken(course, protocol, "listen", brief, fill(join(chosen), resources), chosen)


def _hush(course: Course) -> tuple[Course, CrisisReply]:
    """The person wants no more questions: none is asked, and we stay."""
    protocol = _current(course)
    chosen = choose(course, (turned(shared()["stop"], course),), resources_for(course.country), {})
    body = fill(join(chosen), resources_for(course.country))
    brief = "The person wants no more questions. Say so plainly, ask nothing, stay, leave the door open."
    return _spoken(replace(course, asked="", asked_by="", pause=True), protocol, "listen", brief, body, chosen)


def _current(course: Course) -> Protocol:
    """The protocol that the conversation is in."""
    if course.entered:
        return _protocol(course.entered[-1])
    facts = facts_of(course)
    return next((protocol for protocol in protocols() if protocol.starts(facts)), _protocol("suicide"))


def _rest(course: Course, heard: Heard, text: str, screening: Screening) -> tuple[Course, CrisisReply | None]:
    """The table has nothing due: ordinary talk, unless danger is voiced anew or it is time to look in."""
    protocol = _current(course)
    resources = resources_for(course.country)
    course = replace(course, asked="", asked_by="")
    if screening.level == Level.CRISIS or heard.aside in ("number", "call-for-me") or not course.resource_shown:
        leads = _leads(course, protocol, heard, text, screening, course)
        chosen = choose(course, (leads, turned(shared()["stay"], course)), resources, {})
        body = fill(join(chosen), resources)
        brief = "The danger was voiced again and nothing new is to be asked. Take it up, stay, name what is in place."
        return _spoken(course, protocol, "stay", brief, body, chosen)
    if course.checkins < len(CHECK_INS) and course.quiet > CHECK_INS[course.checkins] and course.active:
        chosen = choose(course, (turned(shared()["look-in"], course),), resources, {})
        body = fill(join(chosen), resources)
        course = replace(course, checkins=course.checkins + 1, asked="back", asked_by="")
        return _spoken(course, protocol, "look-in", "Look in: how is it now, compared with before?", body, chosen)
    return course, None


def _unread(course: Course, text: str) -> tuple[Course, CrisisReply | None]:
    """A language that the screen does not read: said honestly, with where people are found."""
    from escs.runtime.safety.language import note

    if course.active or course.resource_shown:
        return course, None
    chosen = choose(course, (turned(shared()["language"], course),), resources_for(course.country), {})
    body = note(text) or fill(join(chosen), resources_for(course.country))
    brief = "Say in the person's own language, if you can, that only English is read well here; give the resource."
    course, reply = _spoken(course, _protocol("suicide"), "language", brief, body, chosen)
    return course, reply
