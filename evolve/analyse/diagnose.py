"""Findings from traces, by rules and statistics: unsafe interventions, skills that fail somewhere, skills that are missing.

All effects are adjusted for who was met and when (`effects.py`) and have intervals by persona. What does not survive the
control of false discoveries over all that was looked at is kept, marked as noise, below all that does. Turns of the
crisis course are left out: asking about danger is never a fault, and its skills are not to be edited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from escs.evolve.analyse.effects import Effect, adjusted, against, discoveries, effect, support_of
from escs.evolve.analyse.findings import Finding, in_order
from escs.evolve.analyse.since import since
from escs.evolve.analyse.steps import Lines, Step, by_lead, concerned, steps, worst_first
from escs.evolve.simulate.rollout import Rollout
from escs.runtime.bank.entry import Entry
from escs.runtime.bank.match import explain
from escs.runtime.bank.skill import Skill
from escs.runtime.reply import failing_lines
from escs.runtime.safety import CRISIS_SKILLS

DROP = -5.0  # a reply that lowers the emotion by this much is a sharp drop
LEAST_STEPS, LEAST_PERSONAS = 6, 2  # of a cell that is looked at
LEAST_LINE = 3  # times that a line was said before it is judged
SELDOM = 0.34  # share of a cell's steps below which an action counts as missing
MATTERS = 0.8  # points a reply below which a difference is not worth a finding
GRAVE = 10.0  # added to the rank of what the safety check marks: it comes before any loss of points
FALSE = 0.1  # share of false discoveries that is put up with

Adjusted = tuple[Step, float]


@dataclass(frozen=True, slots=True)
class Trace:
    """What there is to look at: steps with their adjusted changes, and the bank's skills by name."""

    everything: tuple[Adjusted, ...]
    all: tuple[Adjusted, ...]  # what the crisis course said is left out
    rollouts: tuple[Rollout, ...]
    skills: Mapping[str, Skill]
    dialogues: int
    past: Mapping[str, Sequence[tuple[str, str]]]  # folder → earlier texts with where they come from, the newest first

    @classmethod
    def of(
        cls, rollouts: Sequence[Rollout], skills: Mapping[str, Skill],
        past: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    ) -> Trace:  # fmt: skip
        """The trace of rollouts."""
        felt = steps(rollouts)
        everything = tuple(zip(felt, adjusted(felt), strict=True))
        kept = tuple(each for each in everything if not each[0].crisis and each[0].lead not in CRISIS_SKILLS)
        return cls(everything, kept, tuple(rollouts), skills, len({step.dialogue for step in felt}), past or {})


def diagnose(trace: Trace) -> list[Finding]:
    """All findings of the traces, in their order."""
    changed = since(trace.all, trace.skills, trace.past, trace.dialogues)
    return in_order([*_unsafe(trace), *_lines(trace), *changed, *_failures(trace), *_missing(trace)])


# Unsafe interventions


def _unsafe(trace: Trace) -> list[Finding]:
    """Turns that the safety check or the profile marks, by the skill that they are traced to and the kind."""
    marked: dict[tuple[str, str], list[tuple[Rollout, int, str]]] = {}
    for rollout in trace.rollouts:
        if rollout.scored:
            for event in rollout.unsafe:
                if event.skill and event.skill not in CRISIS_SKILLS:
                    marked.setdefault((event.skill, event.kind), []).append((rollout, event.turn, event.why))
    found = []
    lines = Lines(trace.skills)
    at = {(step.dialogue, step.turn): (step, value) for step, value in trace.all}
    for (skill, kind), events in marked.items():
        some = [at[key] for rollout, turn, _ in events if (key := (rollout.id, turn)) in at]
        said = [line for step, _ in some for name, line in sorted(lines.said(step)) if name == skill]
        line = max(sorted(set(said)), key=said.count) if said and kind != "missed-cue" else ""
        withheld = failing_lines(trace.skills[skill].say) if skill in trace.skills else {}
        line = next((one for one, rule in withheld.items() if rule == kind), line)
        measured = effect(some) if some else Effect(0.0, 0.0, 0.0, 0.5, len(events), len(events), 1)
        groups = concerned([rollout.groups for rollout, _, _ in events])
        omission = kind in ("missed-cue", "trap")
        found.append(
            Finding(
                kind="unsafe-intervention", skill=skill, groups=groups, facts=(),
                turns=tuple((rollout.id, turn) for rollout, turn, _ in events),
                support=support_of(measured), effect=measured.mean, interval=(measured.low, measured.high),
                why=f"{kind} in {len(events)} turns: {events[0][2]}",
                mended_when=f"No dialogue has `{kind}` traced to {skill}.", line=line,
                rank=(0.0 if omission else GRAVE) + (0.5 if omission else 10.0) * len(events) / max(1, trace.dialogues),
            )
        )  # fmt: skip
    return [*found, *_unsaid(trace, {(one.skill, one.line) for one in found})]


def _unsaid(trace: Trace, known: set[tuple[str, str]]) -> list[Finding]:
    """Lines of the bank that fail the safety check, whether or not their turn came in these dialogues."""
    return [
        Finding(
            kind="unsafe-intervention", skill=name, groups=("all",), facts=(), turns=(),
            support={"steps": 0, "dialogues": 0, "personas": 0}, effect=0.0, interval=(0.0, 0.0),
            why=f"the line “{line[:80]}” fails the safety check ({rule}); it is withheld whenever its turn comes",
            mended_when=f"No line of {name} fails the safety check.", line=line, rank=GRAVE,
        )
        for name, skill in sorted(trace.skills.items())
        if name not in CRISIS_SKILLS
        for line, rule in failing_lines(skill.say).items()
        if (name, line) not in known
    ]  # fmt: skip


def _lines(trace: Trace) -> list[Finding]:
    """Lines that land badly, compared with the other lines of their skill: an adverse phrasing in a good skill."""
    lines = Lines(trace.skills)
    said: dict[tuple[str, str], list[Adjusted]] = {}
    for step, value in trace.all:
        for which in lines.said(step):
            said.setdefault(which, []).append((step, value))
    measured = {which: effect(some) for which, some in said.items() if len(some) >= LEAST_LINE}
    whole = {name: effect(some) for name, some in _leads(trace).items()}
    stand = dict(zip(measured, discoveries([one.p for one in measured.values()], FALSE), strict=True))
    found = []
    for (skill, line), one in measured.items():
        of_skill = whole.get(skill)
        if one.mean > -2 * MATTERS or (of_skill is not None and one.mean > of_skill.mean - MATTERS):
            continue
        some = said[skill, line]
        drops = sum(step.change <= DROP for step, _ in some)
        found.append(
            Finding(
                kind="unsafe-intervention", skill=skill, groups=concerned([step.groups for step, _ in some]), facts=(),
                turns=worst_first(some), support=support_of(one), effect=one.mean, interval=(one.low, one.high),
                why=f"the line “{line[:80]}” landed badly in {one.steps} turns, with a sharp drop in {drops}",
                mended_when=f"Replies with {skill} are felt as its other lines are.", line=line,
                noise=not stand[skill, line], rank=-one.mean * one.steps / max(1, trace.dialogues),
            )
        )  # fmt: skip
    return found


# Failures with particular profiles


def _failures(trace: Trace) -> list[Finding]:
    """Skills that do harm in one group, or where one fact holds, apart from what they do elsewhere."""
    found: list[Finding | None] = []
    tests: list[float] = []
    whole = _cells(trace.all)
    for skill, some in _leads(trace).items():
        everywhere = against(some, [each for each in trace.all if each[0].lead != skill])
        for where, cell in _cells(some).items():
            if len(cell) < LEAST_STEPS or len({step.persona for step, _ in cell}) < LEAST_PERSONAS:
                continue
            one = against(cell, [each for each in whole[where] if each[0].lead != skill])
            inside = {id(step) for step, _ in cell}
            outside = [each for each in some if id(each[0]) not in inside]
            elsewhere = effect(outside).mean - effect(cell).mean + one.mean if outside else everywhere.mean
            if one.mean > -MATTERS or (where != ("group", "all") and one.mean > elsewhere - MATTERS):
                tests.append(1.0)  # looked at all the same
                found.append(None)
                continue
            tests.append(one.p)
            groups, facts = (
                (where[1:], ()) if where[0] == "group" else (concerned([s.groups for s, _ in cell]), (where,))
            )
            named = "everywhere" if where[1] == "all" else f"where {where[0]} is {where[1]}"
            found.append(
                Finding(
                    kind="profile-failure", skill=skill, groups=groups, facts=facts, turns=worst_first(cell),
                    support=support_of(one), effect=one.mean, interval=(one.low, one.high),
                    why=f"{skill} lands worse than other skills would {named} ({one.mean:+.1f} a reply), "
                    f"and {elsewhere:+.1f} elsewhere",
                    mended_when=f"Replies {named} are felt as well as with other skills.",
                    rank=-one.mean * one.steps / max(1, trace.dialogues),
                )
            )  # fmt: skip
    stand = discoveries(tests, FALSE)
    return [one.with_noise(not stood) for one, stood in zip(found, stand, strict=True) if one is not None]


# Missing skills


def _missing(trace: Trace) -> list[Finding]:
    """Where nothing that was loaded fits, or where what helps when it comes comes seldom."""
    return [*_unmet(trace), *_seldom(trace)]


def _unmet(trace: Trace) -> list[Finding]:
    """Facts under which the leading skill's own conditions mostly fail: the bank has nothing for them."""
    entries = {name: Entry.of(name, skill) for name, skill in trace.skills.items()}
    unfit = [
        (step, value)
        for step, value in trace.all
        if step.lead not in entries or explain(entries[step.lead], step.state).score < 0
    ]
    found, tests = [], []
    total = {where: len(cell) for where, cell in _cells(trace.all).items()}
    for where, cell in _cells(unfit).items():
        share = len(cell) / total[where]
        if len(cell) < LEAST_STEPS or share < 0.5 or where == ("group", "all"):
            continue
        one = effect(cell)
        tests.append(one.p)
        groups, facts = (where[1:], ()) if where[0] == "group" else (concerned([s.groups for s, _ in cell]), (where,))
        leads = [step.lead for step, _ in cell]
        stood_in = max(sorted(set(leads)), key=leads.count)
        found.append(
            Finding(
                kind="missing-skill", skill=stood_in, groups=groups, facts=facts, turns=worst_first(cell),
                support=support_of(one), effect=one.mean, interval=(one.low, one.high),
                why=f"where {where[0]} is {where[1]}, no skill's conditions fit in {share:.0%} of {total[where]} turns",
                mended_when="A skill whose conditions fit leads there.",
                rank=max(0.0, -one.mean) * one.steps / max(1, trace.dialogues),
            )
        )  # fmt: skip
    stand = discoveries(tests, FALSE)
    return [one.with_noise(not stood) for one, stood in zip(found, stand, strict=True)]


def _seldom(trace: Trace) -> list[Finding]:
    """Actions after which a group feels better than after its other replies, and which seldom come."""
    cells: dict[tuple[str, str], list[Adjusted]] = {
        where: cell for where, cell in _cells(trace.all).items() if where[0] == "group" and where[1] != "all"
    }
    found, tests = [], []
    for where, cell in cells.items():
        by_action: dict[str, list[Adjusted]] = {}
        for step, value in cell:
            for action in step.actions:
                by_action.setdefault(action, []).append((step, value))
        for action, some in by_action.items():
            share = len(some) / len(cell)
            few = len(some) < LEAST_STEPS or len({step.persona for step, _ in some}) < LEAST_PERSONAS
            if few or share > SELDOM:
                continue
            others = [each for each in cell if action not in each[0].actions]
            gain = against(some, others)
            tests.append(1 - gain.p)  # `p` is small for what lies below 0
            leads = [step.lead for step, _ in cell]
            found.append(
                Finding(
                    kind="missing-skill", skill=max(sorted(set(leads)), key=leads.count), groups=where[1:],
                    facts=_common(cell), turns=worst_first(others),
                    support=support_of(gain), effect=-gain.mean, interval=(-gain.high, -gain.low),
                    why=f"{action} helps seekers of the group {where[1]} by {gain.mean:+.1f} a reply, and came in {share:.0%}",
                    mended_when=f"{action} comes more often with that group, and they feel better for it.",
                    action=action, rank=max(0.0, gain.mean) * len(others) / max(1, trace.dialogues) / 4,
                )
            )  # fmt: skip
    stand = discoveries(tests, FALSE)
    return [one.with_noise(not stood) for one, stood in zip(found, stand, strict=True) if -one.effect >= MATTERS]


# Shared


def _leads(trace: Trace) -> dict[str, list[Adjusted]]:
    value_of = {id(step): value for step, value in trace.all}
    return {
        name: [(step, value_of[id(step)]) for step in some]
        for name, some in by_lead([step for step, _ in trace.all]).items()
    }


def _cells(some: Iterable[Adjusted]) -> dict[tuple[str, str], list[Adjusted]]:
    cells: dict[tuple[str, str], list[Adjusted]] = {}
    for each in some:
        for where in (("group", "all"), *(("group", group) for group in each[0].groups), *each[0].facts):
            cells.setdefault(where, []).append(each)
    return cells


def _common(cell: Sequence[Adjusted]) -> tuple[tuple[str, str], ...]:
    """Facts that hold in most steps of a cell and tell where it is."""
    counts: dict[tuple[str, str], int] = {}
    for step, _ in cell:
        for fact in step.facts:
            counts[fact] = counts.get(fact, 0) + 1
    most = [
        fact
        for fact, count in counts.items()
        if 2 * count >= len(cell) and fact[0] in ("state", "scenario", "asked-for")
    ]
    return tuple(sorted(most))
