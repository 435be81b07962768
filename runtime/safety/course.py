"""The course through danger: what is said next, from the protocols' state tables, with no model at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from zlib import crc32

from escs.runtime.safety.answers import hear
from escs.runtime.safety.course_facts import OF_OWN, OWN, as_meant, done_by, learned, of_own
from escs.runtime.safety.course_state import AT_HAND, Course, CrisisReply, Heard, Watching
from escs.runtime.safety.course_steps import (
    URGENT,
    current_protocol,
    facts_of,
    next_step,
    protocol_of,
    renewed,
    renewing,
    reopening,
    running,
    step_of,
)
from escs.runtime.safety.course_words import in_danger_alone, leads_for, resources_of, say, spoken
from escs.runtime.safety.plan import item_from
from escs.runtime.safety.protocol import Protocol, shared
from escs.runtime.safety.resources import country_in, resources_for
from escs.runtime.safety.risk import NO_RULE, Level, Screening
from escs.runtime.safety.told import explained, young
from escs.runtime.safety.watch import in_view_of
from escs.runtime.safety.words import choose, fill, join, turned

__all__ = ["Course", "CrisisReply", "advance", "resource_line"]

ENTERS = frozenset({"third-party-suicide", "third-party-harm", "intrusive-thoughts", "retraction"})
"""Kinds that are answered by the course although they may raise no level."""

ANSWER = 12  # words up to which a text is an answer, in which no new danger is begun by the weight of its phrases alone

CHECK_INS = (6, 10, 16)
"""After how many ordinary turns in a row the course looks in again, while the level stays."""


def advance(course: Course, text: str, screening: Screening, watch: Watching) -> tuple[Course, CrisisReply | None]:
    """The course one turn later, and what it says; None leaves the turn to ordinary talk.

    Deterministic: equal arguments give equal replies. `watch` is the watch *after* this turn.
    """
    screening = in_view_of(course.kinds, screening)
    calm = watch.level < Level.ELEVATED and watch.level != Level.UNKNOWN and not ENTERS & set(screening.kinds)
    if calm and not course.active:  # nothing to answer, and nothing of ours to be answered
        known = replace(course, country=country_in(text) or course.country, minor=course.minor or young(text))
        return replace(known, turn=course.turn + 1), None
    kinds = course.kinds | set(watch.kinds) | set(screening.kinds)
    heard = as_meant(course, hear(course.asked, text, screening, course.asked_by, kinds))
    before = course
    course = _learn(course, heard, text, screening, watch)
    if course.level == Level.UNKNOWN:
        return _unread(course, text)
    if "imminent" in running(course):
        course = replace(course, level=Level.CRISIS)  # also where the watch saw calm turns, and then “handbrake off”
    anew = before.active and bool(renewing(course))
    reopened = reopening(course)
    entered = anew or reopened or ENTERS & set(screening.kinds)
    if course.level < Level.ELEVATED and not entered and not _open(before):
        return replace(course, asked="", asked_by=""), None
    rising = before.active and (reopened or _rising(before, course))
    if rising:
        course = replace(course, closed=())
    step, wordings = next_step(course, heard)
    if anew and (step is None or before.closed):  # its steps are through, and it is told again, or told as graver
        course = renewed(course)
        step, wordings = next_step(course, heard)
    # A life may depend on it: no “leave me alone” ends it, and no goodbye.
    pressing = (step is not None and step.protocol in URGENT) or _pressing(course) is not None
    if heard.stop and before.active and not pressing:
        return _hush(course)
    if heard.aside == "bye" and before.active and not (pressing or rising or _told(heard, screening)):
        return _goodbye(course)
    if before.pause and not rising and not pressing:
        return _pause(course, heard, text, screening)
    if step is None:
        return _rest(course, heard, text, screening)
    return say(course, step, wordings, heard, text, screening, before)


def resource_line(course: Course) -> str:
    """The line that may stand under any turn of a conversation in danger, for its country."""
    resources = resources_of(course, current_protocol(course))
    return resources.line(resources.need)


def _learn(course: Course, heard: Heard, text: str, screening: Screening, watch: Watching) -> Course:
    seen = course.kinds | set(watch.kinds)
    facts = learned(course, heard, seen)
    unhurt = facts.get("harmed") == "no" and heard.facts.get("done") is None
    if unhurt:
        facts["done"] = "no"  # “I did it” meant what we had asked for
    items = dict(course.items)
    item = item_from(course.asked, heard.answer, text, screening)
    if item:
        items[course.asked] = item
    done = done_by(facts, heard.facts, seen)
    guessed = _guessed(course, text, screening) - done
    guessed |= explained(heard.facts.keys(), course.kinds, seen | set(screening.kinds))
    if _of_another(course, heard, screening, watch):
        guessed |= OWN
        facts = {fact: told for fact, told in facts.items() if fact not in OF_OWN}
    parent = facts.get("childless") == "no" and facts.get("age") != "young"
    if (parent or facts.get("grown-up") == "yes") and "minor-at-risk" in {*seen, *screening.kinds}:
        guessed |= {"minor-at-risk"}  # the child is another, and child-told-of.toml speaks to the grown-up
        done |= set() if "third-party-suicide" in {*seen, *screening.kinds} else {"child-told-of"}
    untrue = {"suicide-attempt-now"} - set(watch.kinds) if unhurt else set()
    kinds = (seen | set(screening.kinds) | done) - guessed - untrue - {"bereaved-by-suicide"}
    told_young = course.minor or "minor-at-risk" in kinds or facts.get("age") == "young"
    return replace(
        course,
        facts=tuple(facts.items()),
        items=tuple(items.items()),
        kinds=kinds,
        guessed=guessed,
        lately=frozenset((*screening.kinds, *heard.facts)),
        told=_told_anew(course, heard, screening),
        country=heard.country or course.country,
        minor=told_young and not parent and facts.get("grown-up") != "yes",
        level=_level(facts, watch),
        refusals=course.refusals + (heard.answer == "refusal" or heard.stop),
        hushed=course.hushed + heard.stop,
        turn=course.turn + 1,
        quiet=course.quiet + 1,
        offset=course.offset or crc32(text.encode("utf-8", "replace")) % 997 + 1,
    )


def _told_anew(course: Course, heard: Heard, screening: Screening) -> frozenset[str]:
    """What this very turn told: kinds of danger that a rule saw, no guesses, and each fact and answer as `fact=value`."""
    kinds = {
        one.kind
        for one in screening.signs
        if one.rule not in NO_RULE and one.level >= Level.ELEVATED and one.about != "past"
    }
    facts = {f"{fact}={told}" for fact, told in heard.facts.items()}
    return frozenset(kinds | facts | ({f"{course.asked}={heard.answer}"} if course.asked else set()))


def _of_another(course: Course, heard: Heard, screening: Screening, watch: Watching) -> bool:
    """Whether what was taken for their own wish to die was told of somebody else: “it's not me, it's him”."""
    said_so = heard.facts.get("mistaken") and not OWN & set(screening.kinds)
    return bool(said_so) and "third-party-suicide" in watch.kinds and not _asked(course, "thoughts")


def _guessed(course: Course, text: str, screening: Screening) -> frozenset[str]:
    """Kinds that only the weight of phrases, or the ear, saw in short answers, to a question of ours or to an urging that asked nothing: “police are here now” begins no protocol.

    An attempt under way is not guessed at all once we talk about it: “the knives are in the trunk, I'm doing the breaths” is none.
    """
    by_rule = {sign.kind for sign in screening.signs if sign.rule not in NO_RULE}
    guessed = {sign.kind for sign in screening.signs if sign.rule in NO_RULE}
    if course.active and not course.quiet and len(text.split()) <= ANSWER:  # our last words were the turn before
        return frozenset(course.guessed | (guessed - course.kinds)) - by_rule
    attempt = guessed & {"suicide-attempt-now"} if course.active else set()
    return frozenset((course.guessed - guessed) | attempt) - by_rule


def _level(facts: Mapping[str, str], watch: Watching) -> Level:
    """The watch's level, and crisis once the person has answered our question with yes, or holds it in hand."""
    voiced = facts.get("thoughts") in ("yes", "hedge") or "yes" in map(facts.get, ("intent", "commands", "held"))
    return max(watch.level, Level.CRISIS) if voiced else watch.level


def _pressing(course: Course) -> Protocol | None:
    """The protocol that goes on although all its steps were said, if one does."""
    return next((one for one in map(protocol_of, running(course)) if one.presses(facts_of(course))), None)


def _asked(course: Course, fact: str) -> bool:
    """Whether a step was said that asks about a fact."""
    return any(step.asks == fact for step in map(step_of, course.taken) if step)


def _open(course: Course) -> bool:
    """Whether a question of ours still awaits its answer."""
    return bool(course.asked)


def _rising(before: Course, course: Course) -> bool:
    """Whether the danger rose with this turn."""
    old, new = before.known, course.known
    worse = any(
        new.get(fact) in ("yes", "soon") and old.get(fact) in ("no", "unclear", None) for fact in ("intent", "time")
    )
    unsafe = new.get("safe_type") == "no" != old.get("safe_type")
    denied = old.get("thoughts") == "no" and new.get("thoughts") in ("yes", "hedge")
    anew = any(new.get(fact) == "yes" != old.get(fact) for fact in AT_HAND) and of_own(new, course.kinds)
    return (
        worse
        or unsafe
        or denied
        or anew
        or course.level > before.level
        or bool(_urgent(course.kinds) - _urgent(before.kinds))
    )


def _urgent(kinds: frozenset[str]) -> set[str]:
    return {
        "suicide-plan",
        "suicide-intent",
        "suicide-attempt-now",
        "overdose",
        "medical-emergency",
        "abuse-now",
        "harm-to-others",
    } & kinds


def _hush(course: Course) -> tuple[Course, CrisisReply]:
    """The person wants no more questions: none is asked, and we stay."""
    protocol = current_protocol(course)
    chosen = choose(course, (turned(shared()["stop"], course),), resources_for(course.country), {})
    body = fill(join(chosen), resources_for(course.country))
    brief = "The person wants no more questions. Say so plainly, ask nothing, stay, leave the door open."
    return spoken(replace(course, asked="", asked_by="", pause=True), protocol, "listen", brief, body, chosen)


def _goodbye(course: Course) -> tuple[Course, CrisisReply]:
    """They are leaving: nothing is asked, and they take along where people are found."""
    resources = resources_of(course, current_protocol(course))
    chosen = choose(course, (turned(shared()["goodbye"], course),), resources, {})
    brief = "They are leaving. Ask nothing; say where a person is found at any hour, and that they can come back here."
    course = replace(course, asked="", asked_by="")
    return spoken(course, current_protocol(course), "goodbye", brief, fill(join(chosen), resources), chosen)


def _told(heard: Heard, screening: Screening) -> bool:
    """Whether this very turn told of danger, which is not let go with a goodbye."""
    return (
        screening.level == Level.CRISIS
        or heard.answer in ("yes", "hedge", "soon", "worse")
        or "yes" in heard.facts.values()
    )


def _pause(course: Course, heard: Heard, text: str, screening: Screening) -> tuple[Course, CrisisReply]:
    """The turn after that: we listen, and still ask nothing."""
    protocol = current_protocol(course)
    resources = resources_of(course, protocol)
    statements = [text for text in turned(protocol.stay or shared()["stay"], course) if "?" not in text]
    leads = [lead for lead in leads_for(course, protocol, heard, text, screening, course) if "?" not in lead]
    chosen = choose(course, (leads, statements), resources, {})
    brief = "The person wanted no more questions: listen, take up what they say, ask nothing."
    course = replace(course, pause=False, asked="", asked_by="")
    return spoken(course, protocol, "listen", brief, fill(join(chosen), resources), chosen)


def _rest(course: Course, heard: Heard, text: str, screening: Screening) -> tuple[Course, CrisisReply | None]:
    """The table has nothing due: ordinary talk, unless danger is voiced anew or it is time to look in."""
    pressing = _pressing(course)
    protocol = pressing or current_protocol(course)
    resources = resources_of(course, protocol)
    answered = course
    no_better = course.asked == "back" and (
        heard.answer in ("worse", "same", "yes") or (heard.answer != "better" and screening.level >= Level.ELEVATED)
    )
    course = replace(course, asked="", asked_by="")
    seen = {one for one in course.told if "=" not in one} - {"hopelessness", "burden"}
    voiced = screening.level == Level.CRISIS or bool(seen) or no_better or bool(heard.aside and protocol.stay)
    if pressing or voiced or heard.aside in ("number", "call-for-me") or not course.resource_shown:
        leads = leads_for(answered, protocol, heard, text, screening, answered)
        stays = shared()["press"] if in_danger_alone(course) else protocol.stay or shared()["stay"]
        chosen = choose(course, (leads, turned(stays, course)), resources, {})
        body = fill(join(chosen), resources)
        brief = "The danger was voiced again, or it is no better, and nothing new is to be asked. Take it up, stay, name what is in place."
        return spoken(course, protocol, "stay", brief, body, chosen)
    if course.checkins < len(CHECK_INS) and course.quiet > CHECK_INS[course.checkins] and course.active:
        chosen = choose(course, (turned(shared()["look-in"], course),), resources, {})
        body = fill(join(chosen), resources)
        course = replace(course, checkins=course.checkins + 1, asked="back", asked_by="")
        return spoken(course, protocol, "look-in", "Look in: how is it now, compared with before?", body, chosen)
    return course, None


def _unread(course: Course, text: str) -> tuple[Course, CrisisReply | None]:
    """A language that the screen does not read: said honestly, with where people are found."""
    from escs.runtime.safety.language import note

    if course.active or course.resource_shown:
        return course, None
    chosen = choose(course, (turned(shared()["language"], course),), resources_for(course.country), {})
    body = note(text) or fill(join(chosen), resources_for(course.country))
    brief = "Say in the person's own language, if you can, that only English is read well here; give the resource."
    course, reply = spoken(course, protocol_of("suicide"), "language", brief, body, chosen)
    return course, reply
