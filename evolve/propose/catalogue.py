"""The offline catalogue: which bounded edits could answer a finding. What becomes a proposal is tried before (`verify/trials.py`).

Conditions are narrowed or widened, contra-indications added, phrasings and whole skills taken out, earlier
versions of a skill brought back (from the bank's own history, or from the bank that ships with escs), and skills drafted
from sober templates by action. Nothing here reads the simulator's rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from escs.evolve.analyse.findings import Finding
from escs.evolve.analyse.steps import BANDS, Step
from escs.evolve.discover.consolidate import Candidate
from escs.evolve.discover.write_skill import WRITE_SKILL, compose, inputs_of, sound, templates
from escs.evolve.propose.edit import MOST, Operation
from escs.runtime.bank.bank import SKILL_FILE
from escs.runtime.bank.match import holds, parse_range
from escs.runtime.bank.parse import parse_skill
from escs.runtime.bank.skill import Condition, Skill
from escs.runtime.reply import failing_lines
from escs.runtime.safety import CRISIS_SKILLS
from escs.runtime.taxonomy import taxonomy

KEPT_LINES = 5
"""Lines under `## Say` that a skill keeps: with fewer it repeats itself."""
NARROWED = ("asked-for", "declined", "stage", "scenario", "state", "turn", "intensity")
"""Keys that a condition may be narrowed by, what the person said first."""
FACTS = 5  # facts of a finding that are tried

Edit = tuple[tuple[Operation, ...], str]
"""Operations, and why in a sentence."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the catalogue works on: the bank's skills, the steps of the traces, and earlier versions of skills."""

    skills: Mapping[str, Skill]
    texts: Mapping[str, str]  # SKILL.md by folder
    steps: Sequence[tuple[Step, float]]  # with their adjusted changes
    past: Mapping[str, Sequence[tuple[str, str]]]  # folder → (text, where it comes from), the newest first


def edits(finding: Finding, ground: Ground) -> Iterator[Edit]:
    """Edits that could answer a finding, the likelier first; some will not apply, and most will not help."""
    if finding.skill in CRISIS_SKILLS:
        return
    if finding.kind == "unsafe-intervention":
        yield from _without_lines(finding, ground)
        yield from _as_before(finding.skill, ground)
        if not finding.line:
            yield from _narrower(finding, ground)
    elif finding.kind == "profile-failure":
        yield from _as_before(finding.skill, ground)
        yield from _together(finding, ground)
        yield from _narrower(finding, ground)
        yield from _left_out(finding, ground)
    else:
        yield from _brought_back(finding, ground)
        yield from _wider(finding, ground)
        yield from _as_before(finding.skill, ground)
        yield from _drafted(finding, ground)


# Phrasings


def _without_lines(finding: Finding, ground: Ground) -> Iterator[Edit]:
    skill = ground.skills.get(finding.skill)
    if skill is None:
        return
    failing = [line for line in skill.say if line in failing_lines(skill.say)]
    if failing and len(skill.say) - len(failing) >= KEPT_LINES:
        several = f"the {len(failing)} lines that fail" if len(failing) > 1 else "the line that fails"
        operations = tuple(Operation("delete", finding.skill, "Say", line) for line in failing[:MOST])
        yield operations, f"takes out {several} the safety check"
    elif finding.line in skill.say and len(skill.say) > KEPT_LINES:
        yield (Operation("delete", finding.skill, "Say", finding.line),), "takes out the line that did harm"
    if finding.line in skill.say:
        for text, whence in ground.past.get(finding.skill, ()):
            before = read_text(text)
            was = before.say if before is not None else ()
            fresh = [line for line in was if line not in skill.say]
            gone = [line for line in skill.say if line not in was]
            if finding.line in gone and fresh and len(gone) == len(fresh):
                yield (
                    (Operation("replace", finding.skill, "Say", finding.line, fresh[gone.index(finding.line)]),),
                    (f"puts back the line that stood there in {whence}"),
                )


def read_text(text: str) -> Skill | None:
    """The skill of a SKILL.md's text, where it can be read."""
    return parse_skill(text.encode(), Path(SKILL_FILE))[0]


# Earlier versions


def _as_before(name: str, ground: Ground) -> Iterator[Edit]:
    """The conditions, or the whole text, of an earlier version of the skill."""
    now = ground.skills.get(name)
    if now is None:
        return
    for text, whence in ground.past.get(name, ()):
        before = read_text(text)
        lines = [condition.text for condition in before.conditions] if before is not None else []
        if lines and lines != [condition.text for condition in now.conditions]:
            yield (Operation("replace", name, "conditions", "", "\n".join(lines)),), f"takes the conditions of {whence}"
        if text != ground.texts[name]:
            yield (Operation("replace", name, "skill", "", text),), f"takes the text of {whence}"


def _together(finding: Finding, ground: Ground) -> Iterator[Edit]:
    """The conditions of every skill whose conditions changed, as they were: where two were mixed up, one alone mends nothing."""
    operations = []
    for name in sorted(ground.skills):
        for text, _ in ground.past.get(name, ())[:1]:
            before = read_text(text)
            lines = [condition.text for condition in before.conditions] if before is not None else []
            if lines and lines != [condition.text for condition in ground.skills[name].conditions]:
                operations.append(Operation("replace", name, "conditions", "", "\n".join(lines)))
    if 2 <= len(operations) <= MOST and any(operation.skill == finding.skill for operation in operations):
        operations.sort(key=lambda operation: operation.skill != finding.skill)
        names = ", ".join(operation.skill for operation in operations)
        yield tuple(operations), f"takes back the conditions of {names}"


def _left_out(finding: Finding, ground: Ground) -> Iterator[Edit]:
    """The skill taken out of the bank."""
    if finding.skill in ground.skills:
        yield (Operation("delete", finding.skill, "skill"),), "takes the skill out"


def _brought_back(finding: Finding, ground: Ground) -> Iterator[Edit]:
    """Skills that this bank had, or that ship with escs, and that it has no more: those for the action first."""
    gone = [name for name in ground.past if name not in ground.skills and name not in CRISIS_SKILLS]

    def other_action(name: str) -> bool:
        skill = read_text(ground.past[name][0][0])
        return skill is None or skill.action != finding.action

    for name in sorted(gone, key=lambda name: (name != finding.skill, other_action(name), name)):
        text, whence = ground.past[name][0]
        yield (Operation("add", name, "skill", "", text),), f"brings back `{name}` from {whence}"


# Conditions


def _lead_steps(finding: Finding, ground: Ground) -> tuple[list[Step], list[Step]]:
    """The skill's steps in the finding's cell, and elsewhere."""
    turns = set(finding.turns)
    mine = [step for step, _ in ground.steps if step.lead == finding.skill]
    inside = [step for step in mine if (step.dialogue, step.turn) in turns]
    return inside, [step for step in mine if (step.dialogue, step.turn) not in turns]


def _telling(finding: Finding, ground: Ground) -> list[tuple[str, str]]:
    """Facts that a condition could name: the finding's own, those that tell its moments from the skill's others, and those
    at which the skill landed worst."""
    inside, outside = _lead_steps(finding, ground)
    if not inside:
        return [*finding.facts]
    counts: dict[tuple[str, str], float] = {}
    for steps, weight in ((inside, 1 / len(inside)), (outside, -1 / max(1, len(outside)))):
        for step in steps:
            for fact in step.facts:
                counts[fact] = counts.get(fact, 0.0) + weight
    apart = sorted(
        (fact for fact, value in counts.items() if fact[0] in NARROWED and value > 0),
        key=lambda fact: (-counts[fact], NARROWED.index(fact[0]), fact),
    )
    if not outside:
        apart = []
    return list(dict.fromkeys([*finding.facts, *_interleaved(apart, _worst(finding.skill, ground))]))[:FACTS]


def _interleaved(*some: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for turn in range(max(map(len, some))):
        yield from (each[turn] for each in some if turn < len(each))


def _worst(skill: str, ground: Ground) -> list[tuple[str, str]]:
    """Facts at which the skill landed worst, by the sum of what it fell short of its own mean there."""
    mine = [(step, value) for step, value in ground.steps if step.lead == skill]
    mean = sum(value for _, value in mine) / max(1, len(mine))
    lost: dict[tuple[str, str], float] = {}
    seen: dict[tuple[str, str], int] = {}
    for step, value in mine:
        for fact in step.facts:
            lost[fact] = lost.get(fact, 0.0) + value - mean
            seen[fact] = seen.get(fact, 0) + 1
    few = [fact for fact in lost if fact[0] in NARROWED and lost[fact] < 0 and 4 <= seen[fact] < len(mine)]
    return sorted(few, key=lambda fact: (lost[fact], NARROWED.index(fact[0]), fact))


def _narrower(finding: Finding, ground: Ground) -> Iterator[Edit]:
    skill = ground.skills.get(finding.skill)
    if skill is None:
        return
    for key, value in _telling(finding, ground):
        named = f"where {key} is {value}"
        for condition in skill.conditions:
            if condition.key != key or condition.negated:
                continue
            shorter = _without(condition, value)
            if shorter is not None:
                yield (
                    (Operation("replace", finding.skill, "conditions", condition.text, shorter),),
                    f"keeps it out {named}",
                )
        if key not in ("turn", "intensity", "stage") or not any(
            c.key == key and not c.negated for c in skill.conditions
        ):
            line = f"not: {key}: {value}"
            if line not in [condition.text for condition in skill.conditions]:
                yield (Operation("add", finding.skill, "conditions", "", line),), f"keeps it out {named}"


def _without(condition: Condition, value: str) -> str | None:
    """The line without a value, or with its range cut; None where nothing would be left of it."""
    if condition.key not in ("turn", "intensity"):
        rest = [one for one in condition.values if one != value]
        return f"{condition.key}: {', '.join(rest)}" if rest and len(rest) < len(condition.values) else None
    cut, span = parse_range(value), parse_range(condition.values[0]) if len(condition.values) == 1 else None
    if cut is None or span is None or cut[1] < span[0] or cut[0] > span[1]:
        return None
    low, high = span
    if cut[0] <= low:
        low = cut[1] + 1
    else:
        high = cut[0] - 1
    return f"{condition.key}: {low}-{high if high < 10**6 else ''}" if low <= high else None


def _wider(finding: Finding, ground: Ground) -> Iterator[Edit]:
    """Skills for the missing action admitted where the finding is."""
    turns = set(finding.turns)
    cell = [step for step, _ in ground.steps if (step.dialogue, step.turn) in turns]
    if not cell:
        return
    for name, skill in sorted(ground.skills.items()):
        if name in CRISIS_SKILLS or (skill.action != finding.action if finding.action else name != finding.skill):
            continue
        blocked = {}
        for condition in skill.conditions:
            if condition.key and condition.key not in ("risk", "minor", "unsafe-home"):
                held = sum(holds(condition, step.state) for step in cell) / len(cell)
                wrong = held if condition.negated else 1 - held
                if wrong > 0.5:
                    blocked[condition.text] = (wrong, condition)
        for line, (_, condition) in sorted(blocked.items(), key=lambda item: -item[1][0]):
            if condition.negated:
                yield (Operation("delete", name, "conditions", line),), f"lets `{name}` come where “{line}” kept it out"
            elif condition.key not in ("turn", "intensity") and not _written_for(condition):
                values = [v for k, v in _frequent(cell, condition.key) if v not in condition.values]
                if values:
                    wider = f"{condition.key}: {', '.join([*condition.values, *values[:2]])}"
                    yield (Operation("replace", name, "conditions", line, wider),), f"lets `{name}` come more often"


def _written_for(condition: Condition) -> bool:
    """Whether the skill was written for the one state or scenario that it names: its words would miss anybody else.

    Rules that feel moves and not words would gladly hear "that crossed a line for you" said to somebody who grieves.
    """
    return condition.key in ("state", "scenario") and len(condition.values) == 1


def _frequent(cell: Sequence[Step], key: str) -> list[tuple[str, str]]:
    counts: dict[tuple[str, str], int] = {}
    for step in cell:
        for fact in step.facts:
            if fact[0] == key:
                counts[fact] = counts.get(fact, 0) + 1
    return sorted(counts, key=lambda fact: (-counts[fact], fact))


# New skills


def _drafted(finding: Finding, ground: Ground) -> Iterator[Edit]:
    """A skill in sober words for the action that helped, with conditions for where it was missing."""
    action = finding.action
    if action not in templates() or action == "safety-question":
        return
    turns = set(finding.turns)
    cell = [step for step, _ in ground.steps if (step.dialogue, step.turn) in turns]
    states = tuple(value for _, value in _frequent(cell, "state")[:3])
    band = max(BANDS, key=lambda one: sum(one[0] <= step.turn <= one[1] for step in cell)) if cell else BANDS[1]
    for wide in (False, True):
        name = f"{action}-{'more' if wide else 'for-' + finding.groups[0]}"
        if name in ground.skills or action not in taxonomy().actions:
            continue
        draft = Candidate(
            name, action, () if wide else states, (), None if wide else band, finding.support["steps"], 0,
            finding.support["dialogues"], (), (), (),
        )  # fmt: skip
        words = sound(WRITE_SKILL.rule(inputs_of(draft)))
        yield (Operation("add", name, "skill", "", compose(draft, words)),), f"drafts a skill for {action}"
