"""The task `propose`: a bounded edit of one skill, in a model's words. Offline the catalogue's likeliest edit is the answer.

What a model proposes is applied, linted, checked and tried on training profiles exactly as an edit of the catalogue is; an
answer that does not apply is left out, and never mended silently.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from escs.evolve.analyse.excerpt import Excerpt, by_id, excerpts, moments
from escs.evolve.analyse.findings import Finding
from escs.evolve.discover.consolidate import Candidate
from escs.evolve.discover.write_skill import WRITE_SKILL, compose, inputs_of, sound, templates
from escs.evolve.propose.catalogue import Edit, Ground, edits, read_text
from escs.evolve.propose.edit import BLOCKS, MOST, SECTIONS, Operation
from escs.evolve.simulate.rollout import Rollout
from escs.runtime.bank.skill import MATCHED_KEYS
from escs.runtime.errors import AnswerInvalid, EngineRefused
from escs.runtime.safety import CRISIS_SKILLS
from escs.runtime.task import Engine, Task
from escs.runtime.taxonomy import taxonomy

ASKED = 5  # findings of a round that a model is asked about
SAMPLES = 2  # answers for each
DRAFTS = 4  # edits of the catalogue that it sees
WELL = 2  # moments at which the skill did good
_OPENS = ("#", "```", "~~~")
"""What begins a heading or a fence."""


@dataclass(frozen=True, slots=True)
class EditLine:
    """One operation on one skill's text."""

    do: str = field(metadata={"choices": ("add", "replace", "delete"), "description": "What to do with the line."})
    where: str = field(metadata={"choices": (*BLOCKS, *SECTIONS), "description": "The part of the skill it stands in."})
    old: str = field(
        metadata={
            "description": "The line as it stands, word for word, without its bullet; empty for add.",
            "max_length": 400,
        }
    )
    new: str = field(
        metadata={
            "description": "The line as it shall be, on one line, without a bullet; empty for delete.",
            "max_length": 400,
        }
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """An edit that the catalogue suggests."""

    words: str
    edits: tuple[EditLine, ...]


@dataclass(frozen=True, slots=True)
class ProposeInputs:
    """A finding, the skill, its worst moments, and what rules would do."""

    skill: str
    skill_text: str
    groups: tuple[str, ...]
    finding: str
    reason: str
    moments: tuple[Excerpt, ...]
    well: tuple[Excerpt, ...]
    drafts: tuple[Draft, ...]
    before: str  # the conditions of an earlier version, where they were others
    before_whence: str
    keys: tuple[str, ...] = MATCHED_KEYS
    most: int = MOST


@dataclass(frozen=True, slots=True)
class ProposeAnswer:
    """An edit and why."""

    why: str = field(
        metadata={
            "description": "What the edit changes and why, in one sentence that begins with a verb.",
            "max_length": 300,
        }
    )
    edits: tuple[EditLine, ...] = field(
        metadata={
            "description": "One to four operations, the fewest that do it; none where nothing should change.",
            "max_items": MOST,
        }
    )


def _rule(inputs: ProposeInputs) -> ProposeAnswer:
    if not inputs.drafts:
        return ProposeAnswer("", ())
    return ProposeAnswer(inputs.drafts[0].words, inputs.drafts[0].edits)


PROPOSE: Task[ProposeInputs, ProposeAnswer] = Task("propose", ProposeAnswer, _rule, max_tokens=1500, effort="high")


async def by_model(
    engine: Engine, findings: Sequence[Finding], ground: Ground, rollouts: Sequence[Rollout]
) -> list[tuple[Finding, Edit]]:
    """Edits that a model proposes for the findings that cost most; none offline, where the catalogue is searched whole."""
    if engine.name == "offline":
        return []
    known = by_id(rollouts)
    some = [one for one in findings if not one.noise and one.skill not in CRISIS_SKILLS][:ASKED]
    asked = [(finding, sample) for finding in some for sample in range(SAMPLES)]
    answers = await asyncio.gather(*(_ask(engine, finding, ground, known, sample) for finding, sample in asked))
    return [(finding, edit) for (finding, _), edit in zip(asked, answers, strict=True) if edit is not None]


async def _ask(
    engine: Engine, finding: Finding, ground: Ground, known: Mapping[str, Rollout], sample: int
) -> Edit | None:
    if finding.skill not in ground.texts:
        return await _new_skill(engine, finding, known, sample)
    try:
        answer = (await engine.ask(PROPOSE, inputs_for(finding, ground, known), sample=sample)).value
    except (AnswerInvalid, EngineRefused):
        return None
    operations = tuple(
        Operation(each.do, finding.skill, each.where, _line(each.old), _line(each.new)) for each in answer.edits
    )
    why = _line(answer.why).rstrip(".")
    if not operations or not why or not all(map(_of_one_line, operations)):
        return None
    return operations, why[:1].lower() + why[1:]


def _of_one_line(operation: Operation) -> bool:
    """Whether an operation stays with one line, as the prompt asks. To `apply`, a replacement without `old` is one of the
    whole part; and a line that opens a heading or a fence would take in what stands below it."""
    named = operation.do == "add" or bool(operation.old)
    return named and not operation.new.startswith(_OPENS)


def inputs_for(finding: Finding, ground: Ground, known: Mapping[str, Rollout]) -> ProposeInputs:
    """What the task is given for a finding about a skill of the bank."""
    drafts: list[Draft] = []
    for operations, why in edits(finding, ground):
        if len(drafts) == DRAFTS:
            break
        lines = all(op.where != "skill" and op.skill == finding.skill and "\n" not in op.new for op in operations)
        if lines and all(op.do == "add" or op.old for op in operations):
            drafts.append(Draft(why, tuple(EditLine(op.do, op.where, op.old, op.new) for op in operations)))
    before, whence = _before(finding.skill, ground)
    return ProposeInputs(
        finding.skill, ground.texts[finding.skill], finding.groups, finding.why, finding.reason,
        excerpts(finding, known), _well(finding.skill, ground, known), tuple(drafts), before, whence,
    )  # fmt: skip


def _well(skill: str, ground: Ground, known: Mapping[str, Rollout]) -> tuple[Excerpt, ...]:
    """The moments at which the skill led and landed best."""
    mine = sorted((each for each in ground.steps if each[0].lead == skill and each[1] > 0), key=lambda each: -each[1])
    return moments(((step.dialogue, step.turn) for step, _ in mine), known, WELL)


def _before(skill: str, ground: Ground) -> tuple[str, str]:
    """The conditions of the newest earlier version that had others, as lines, and where it comes from."""
    now = [condition.text for condition in ground.skills[skill].conditions]
    for text, whence in ground.past.get(skill, ()):
        before = read_text(text)
        lines = [condition.text for condition in before.conditions] if before is not None else now
        if lines != now:
            return "\n".join(lines), whence
    return "", ""


async def _new_skill(engine: Engine, finding: Finding, known: Mapping[str, Rollout], sample: int) -> Edit | None:
    """A skill for an action that is missing, in the model's words; what the machine matches comes from the figures."""
    if (
        finding.action not in templates()
        or finding.action not in taxonomy().actions
        or finding.action == "safety-question"
    ):
        return None
    states = tuple(value for key, value in finding.facts if key == "state")
    scenarios = tuple((value, 1) for key, value in finding.facts if key == "scenario")
    name = f"{finding.action}-for-{finding.groups[0]}"
    draft = Candidate(
        name,
        finding.action,
        states,
        (),
        None,
        finding.support["steps"],
        0,
        finding.support["dialogues"],
        (),
        scenarios,
        (),
    )
    badly = tuple((one.seeker, one.reply, one.answer) for one in excerpts(finding, known))
    try:
        words = (await engine.ask(WRITE_SKILL, replace(inputs_of(draft), went_badly=badly), sample=sample)).value
    except (AnswerInvalid, EngineRefused):
        return None
    return (Operation("add", name, "skill", "", compose(draft, sound(words))),), f"adds a skill for {finding.action}"


def _line(text: str) -> str:
    return " ".join(text.split()).removeprefix("- ")
