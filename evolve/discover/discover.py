"""Discovery as a whole: dialogues become units, units become figures, evidence and the skills that a bank lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from escs.evolve.discover.consolidate import Candidate, candidates
from escs.evolve.discover.contrasts import find
from escs.evolve.discover.corpora import Account, read_corpora
from escs.evolve.discover.figures import Annotated, annotated, make_figures, tool, turns
from escs.evolve.discover.help_table import help_table
from escs.evolve.discover.label import units_of
from escs.evolve.discover.plan import NOT_WANTED, Plan, add_evidence, add_file, not_wanted, skills_of
from escs.evolve.discover.prototypes import Key, in_order, key_of, prototypes, title_of
from escs.evolve.discover.standing import Made, figures_after, standing, told
from escs.evolve.discover.unit import Dialogue, Unit
from escs.evolve.discover.units_file import read_units
from escs.evolve.discover.write_skill import WRITE_SKILL, SkillInputs, SkillWords, compose, copied, inputs_of, sound
from escs.runtime.bank.lint_fields import field_complaints
from escs.runtime.bank.parse import parse_skill
from escs.runtime.errors import AnswerInvalid, EngineRefused, UsageError
from escs.runtime.figures import FILE_NAME, Figures, Provenance, dump, figures_of
from escs.runtime.safety.check import CheckContext, check
from escs.runtime.task import Engine

SHOWN_WELL, SHOWN_BADLY = 5, 3  # units that a model sees when it writes a skill
FEWEST_SAID = 5  # phrasings that a model's skill must have once those that fail the output check are left out
MIDDLE = 3.0  # of 1 to 5 stars, where nobody rated

Texts = tuple[str, str, str]


@dataclass(slots=True)
class Read:
    """What was read: the labels of all units, and what of the corpora is counted for the habit."""

    keys: list[Key] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    annotated: list[Annotated] = field(default_factory=list)
    corpora: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Corpora:
    """What a person gave: corpora of dialogues, or files of units that were cut before."""

    dialogues: Sequence[Path]
    units: Sequence[Path] = ()


async def read_all(given: Corpora, account: Account, engine: Engine, *, concurrency: int = 8) -> Read:
    """The labels of all units, in the order of source, dialogue and turn."""
    read = Read(corpora=sorted(path.name for path in (*given.dialogues, *given.units)))
    async for unit in _units(given, account, engine, read, concurrency):
        read.keys.append(key_of(unit))
    if not read.keys:
        raise UsageError("No unit came out of these corpora; `escs units CORPUS --summary` shows what was read.")
    read.keys = in_order(read.keys)
    return read


async def _units(given: Corpora, account: Account, engine: Engine, read: Read, concurrency: int) -> AsyncIterator[Unit]:
    def dialogues() -> Iterator[Dialogue]:
        for dialogue in read_corpora(given.dialogues, account):
            marked = annotated(dialogue)
            if marked is not None:
                read.annotated.append(marked)
            yield dialogue

    async for unit in units_of(dialogues(), engine, read.left_out, concurrency=concurrency):
        yield unit
    for path in given.units:
        for unit in read_units(path):
            yield unit


async def make_plan(
    bank: Path,
    read: Read,
    given: Corpora,
    engine: Engine,
    *,
    command: str,
    consent: bool = False,
    say: Callable[[str], None] = lambda sentence: None,
) -> Plan:
    """What discovery changes in the bank. Nothing is written.

    Evidence and figures that rest on corpora which were not read stay, unless a person consents to their being replaced by
    what was; the plan says what is kept.
    """
    plan = Plan(bank)
    have = skills_of(bank)
    plan.findings = find(read.keys)
    found = candidates(read.keys, plan.findings, [skill for skill, _ in have.values()])
    texts = _texts(found, read.keys, given) if engine.name != "offline" else {}
    drafts: dict[str, str] = {}
    unwanted = not_wanted(bank)
    plan.said += [f"{one.name} is left out: {NOT_WANTED} says so." for one in found if one.name in unwanted]
    for candidate in [one for one in found if one.name not in unwanted]:
        drafts[candidate.name] = await _written(candidate, texts, engine, bank, say)
        where = f"when {', '.join(candidate.states)}" if candidate.states else "in any state"
        plan.said.append(f"new skill {candidate.name}: {candidate.action} {where}; {candidate.support}")
    add_evidence(plan, read.keys, drafts, read.corpora, consent=consent)
    old = figures_of(bank)
    rests_on = old.provenance.corpora or standing(bank).corpora
    figures, kept, held = figures_after(old, _made(read, command), rests_on, consent=consent)
    add_file(plan, FILE_NAME, dump(figures))
    plan.kept = told(plan.settled, rests_on, figures=kept, held=held)
    return plan


def _made(read: Read, command: str) -> Made:
    """The figures that the corpora yield; without annotated dialogues nothing is known of habit."""
    licence = _licence(sorted({key.source for key in read.keys}))
    habit: Figures | None = None
    if any(strategy for one in read.annotated for _, strategy in turns(one)):
        habit = make_figures(read.annotated, corpora=read.corpora, command=command, licence=licence)
    origin = (
        habit.provenance if habit else Provenance(tuple(read.corpora), licence=licence, tool=tool(), command=command)
    )
    return Made(help_table(read.keys), habit, origin)


def _licence(sources: Iterable[str]) -> str:
    known = {
        "esconv": "ESConv (Liu et al. 2021, arXiv 2106.01144; CC BY-NC 4.0, for academic research)",
        "failed-esconv": "FailedESConv (thu-coai; CC BY-NC 4.0, for academic research)",
        "sage": "SAGE's traces (arXiv 2505.02847; MIT)",
    }
    named = [known.get(source, title_of(source)) for source in sources]
    return f"Figures about labels from {'; '.join(named)}."


async def _written(
    candidate: Candidate, texts: dict[str, tuple[list[Texts], list[Texts]]], engine: Engine, bank: Path,
    say: Callable[[str], None],
) -> str:  # fmt: skip
    """The SKILL.md of a candidate. What a model writes must pass lint, the output check and the check for copies."""
    well, badly = texts.get(candidate.name, ([], []))
    inputs = inputs_of(candidate, well, badly)
    seen = [text for unit in (*well, *badly) for text in unit]
    for sample in range(2):
        try:
            words = _sayable(sound((await engine.ask(WRITE_SKILL, inputs, sample=sample)).value), candidate, say)
        except (AnswerInvalid, EngineRefused) as error:
            fault = str(error)
        else:
            text = compose(candidate, words)
            fault = _fault(text, words, seen, bank, candidate)
            if not fault:
                return text
        say(f"{candidate.name}: the words of {engine.name} were not taken: {fault}")
    say(f"{candidate.name}: the sober template stands in.")
    return compose(candidate, sound(_template(inputs)))


def _sayable(words: SkillWords, candidate: Candidate, say: Callable[[str], None]) -> SkillWords:
    """The words without sentences that fail the output check, where enough others are left."""
    failing = {line: found[0].rule for line in words.say if (found := check(line, CheckContext()))}
    if not failing or len(words.say) - len(failing) < FEWEST_SAID:
        return words
    for line, rule in failing.items():
        say(f"{candidate.name}: the phrasing “{line[:60]}” is left out; it fails the output check ({rule}).")
    return replace(words, say=tuple(line for line in words.say if line not in failing))


def _template(inputs: SkillInputs) -> SkillWords:
    return WRITE_SKILL.rule(inputs)


def _fault(text: str, words: SkillWords, seen: Sequence[str], bank: Path, candidate: Candidate) -> str:
    """What is wrong with a draft; "" where nothing is."""
    if copy := copied(words, seen):
        return f"they repeat a dialogue (“{copy}”)."
    for line in words.say:
        if failing := check(line, CheckContext()):
            return f"the phrasing “{line[:60]}” fails the output check ({failing[0].rule})."
    path = bank / candidate.name / "SKILL.md"
    skill, complaints = parse_skill(text.encode(), path)
    if skill is not None:
        complaints = [*complaints, *field_complaints(skill, text.encode())]
    wrong = [complaint for complaint in complaints if complaint.severity == "error"]
    return f"{wrong[0].message}" if wrong else ""


def _texts(
    found: Sequence[Candidate], keys: Sequence[Key], given: Corpora
) -> dict[str, tuple[list[Texts], list[Texts]]]:
    """For each candidate some of its units' texts, each of another dialogue: those first that people or a simulated seeker rated
    highest (or, of those that went badly, lowest), and among equals by a hash of their ids, so the same ones each time."""
    wanted: dict[tuple[str, int], tuple[str, bool]] = {}
    for candidate in found:
        mine = [key for key in keys if key.clear and candidate.holds(key)]
        mine.sort(key=lambda key: sha256(f"{key.dialogue}:{key.turn}".encode()).digest())
        for well, most in ((True, SHOWN_WELL), (False, SHOWN_BADLY)):
            first: dict[tuple[str, str], Key] = {}  # the first unit of each dialogue
            for key in sorted(mine, key=_rated, reverse=well):
                if (key.outcome == "constructive") == well:
                    first.setdefault(key.cluster, key)
            chosen = [*first.values()][:most]
            wanted |= {(key.dialogue, key.turn): (candidate.name, well) for key in chosen}
    texts: dict[str, tuple[list[Texts], list[Texts]]] = {}
    for unit in _again(given):
        place = wanted.get((unit.dialogue, unit.turn))
        if place is not None:
            name, well = place
            pair = texts.setdefault(name, ([], []))
            pair[0 if well else 1].append((unit.before.text, unit.text, unit.after.text))
    return texts


def _rated(key: Key) -> float:
    """How well a unit went by what people or a simulated seeker said of it: stars, or the change of emotion on their scale."""
    if key.feedback is not None:
        return float(key.feedback)
    return MIDDLE if key.graded is None else min(5.0, max(1.0, MIDDLE + key.graded / 10))


def _again(given: Corpora) -> Iterator[Unit]:
    from escs.evolve.discover.units import cut

    for dialogue in read_corpora(given.dialogues, Account()):
        yield from cut(dialogue)
    for path in given.units:
        yield from read_units(path)


def summary(read: Read, plan: Plan) -> list[str]:
    """What was found, in sentences."""
    clear = sum(key.clear for key in read.keys)
    told = [finding for finding in plan.findings if finding.told]
    counted = (
        f"{len(read.keys):,} units, {clear:,} of them key units (an action and a clear outcome); "
        f"{len(prototypes(read.keys))} prototypes; {len(plan.findings)} contrasts tested, {len(told)} told apart from chance."
    )
    lines = [counted]
    for finding in told:
        better = "better" if finding.sign > 0 else "worse"
        at = finding.estimate
        lines.append(
            f"{finding.question.basis}: {finding.question.words} went {better} than other actions "
            f"({at.difference:+.2f}, {at.low:+.2f} to {at.high:+.2f}; {at.units} units in {at.dialogues} dialogues)"
        )
    return lines
