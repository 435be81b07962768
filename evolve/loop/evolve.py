"""`escs evolve`, without its command: rounds of findings and proposals, each on a branch of its own, each verified.

Everything that a run does follows from the bank, the seed and the verdicts of others before it, and is stored as it is
done. So a run that was stopped at any point goes on by doing the same again: what has a verdict is not held again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from escs.evolve.analyse.diagnose import Trace, diagnose
from escs.evolve.analyse.findings import Finding, in_order
from escs.evolve.analyse.probes import leads_of, probe, questions
from escs.evolve.analyse.reasons import reasoned
from escs.evolve.branches.past import past
from escs.evolve.branches.repository import Repository
from escs.evolve.branches.verdicts import Evidence, following, read, store
from escs.evolve.branches.words import BRANCHES, message, slug
from escs.evolve.gate.gate import Gate
from escs.evolve.loop.earlier import Earlier, stands
from escs.evolve.loop.setting import Setting
from escs.evolve.propose.by_model import by_model
from escs.evolve.propose.catalogue import Ground
from escs.evolve.propose.edit import Proposal, plain_operation, skills_in
from escs.evolve.propose.propose import Tried, candidates, promising, proposal_of, tried
from escs.evolve.simulate.profile import Profile
from escs.evolve.verify.arms import Arms
from escs.evolve.verify.changes import changes
from escs.evolve.verify.faults import broken, is_technical
from escs.evolve.verify.trials import Trial, Trials
from escs.evolve.verify.verify import Question, most_pairs, verify
from escs.runtime.bank.bank import SKILL_FILE
from escs.runtime.errors import UsageError

RUNS = "refs/escs/runs/"
LOOKED_AT = 6  # dialogues of each training profile that findings rest on
UNTRIED = Trial("all", 0.0, 10.0, 0.0, 0.0, 0.0, 0, 0)
"""The trial of an edit that a rule calls for."""
ASKED = 3  # proposals of one round that the gate is asked about
SEEDS_APART = 1_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to do."""

    rounds: int = 3
    seed: int = 1
    most_dialogues: int | None = None
    most_pairs: int | None = None  # of one verification; None: by who holds them


@dataclass(frozen=True, slots=True)
class Attempt:
    """One proposal: its branch, its commit and its verdict."""

    branch: str
    commit: str
    proposal: Proposal
    evidence: Evidence


@dataclass(slots=True)
class Outcome:
    """What a run did: findings of its first round, attempts in order, the last accepted commit, and why it ended."""

    run: str
    findings: list[Finding] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    tip: str = ""
    ended: str = ""

    @property
    def accepted(self) -> list[Attempt]:
        """The attempts that the gate accepted."""
        return [one for one in self.attempts if one.evidence.outcome == "accepted"]


class Telling:
    """Who is told what happens; the command shows it, tests look at nothing."""

    def __init__(
        self, say: Callable[[str], None] = lambda sentence: None, gate: Callable[[Gate], None] = lambda gate: None
    ) -> None:
        """`say` takes sentences, `gate` the state of a verification after each batch."""
        self.say, self.gate = say, gate


def run_name(repository: Repository, base: str, plan: Plan, setting: Setting) -> str:
    """The run's name: the same until it has ended, so that the same command goes on; then a new one. Another engine, other
    prompts or other profiles make another run."""
    number = 0
    while True:
        digest = hashlib.sha256(f"{base} {plan} {setting} {number}".encode()).hexdigest()[:6]
        if not repository.ref(f"{RUNS}{digest}"):
            return digest
        number += 1


async def evolve(
    repository: Repository, arms: Arms, train: Sequence[Profile], gate: Sequence[Profile], plan: Plan,
    telling: Telling | None = None, *, start: str = "HEAD",
) -> Outcome:  # fmt: skip
    """Run the loop from a commit. Branches and verdicts are stored as they are made; nothing else is touched.

    Raises `EngineUnavailable` where too many dialogues fail for technical reasons; the run has not ended then.
    """
    telling = telling or Telling()
    if repository.ref("refs/heads/evolve"):
        raise UsageError(
            "A branch named `evolve` is in the way of branches evolve/…; rename it: git branch -m evolve NEW"
        )
    first = repository.commit_of(start)
    base = repository.bank_tree(first)
    setting = Setting.of(arms, train, gate)
    outcome = Outcome(run_name(repository, base, plan, setting), tip=first)
    before = Earlier.than(outcome.run, repository, setting)
    refused = {*before.refused}
    named = frozenset(group for profile in gate for group in profile.groups)
    for number in range(1, plan.rounds + 1):
        base = repository.bank_tree(outcome.tip)
        trials = Trials(arms, base, train, plan.seed + SEEDS_APART * number, named)
        telling.say(f"Round {number}: {len(train)} training profiles, {LOOKED_AT} dialogues each …")
        findings, found = await _proposals(repository, trials, outcome.tip, refused, telling)
        if number == 1:
            outcome.findings = findings
        found = [one for one in found if promising(one)]
        asked = sorted(found, key=lambda one: one.content in before.verified)[
            :ASKED
        ]  # what was undecided once comes behind
        if not asked:
            outcome.ended = "No edit of the catalogue did clearly better on the training profiles."
            break
        accepted = None
        for one in asked:
            if plan.most_dialogues is not None and arms.held >= plan.most_dialogues:
                outcome.ended = f"The budget of {plan.most_dialogues:,} dialogues is spent."
                break
            attempt = await _attempt(repository, arms, gate, plan, setting, outcome, one, telling)
            outcome.attempts.append(attempt)
            refused.add(one.content)
            if attempt.evidence.outcome == "accepted":
                accepted = attempt
                outcome.tip = attempt.commit
                break
        if outcome.ended:
            break
        if accepted is None:
            outcome.ended = "None of the best edits passed the gate."
            break
    outcome.ended = outcome.ended or (
        "The round is done." if plan.rounds == 1 else f"All {plan.rounds} rounds are done."
    )
    repository.publish(f"{RUNS}{outcome.run}", outcome.tip, "", why="escs evolve: a run has ended")
    return outcome


async def _proposals(
    repository: Repository, trials: Trials, tip: str, refused: set[str], telling: Telling
) -> tuple[list[Finding], list[Tried]]:
    """Findings on the bank at a commit, and edits that answer them, tried."""
    files = repository.files(trials.base)
    skills = skills_in(files)
    rollouts = [rollout for repeat in range(LOOKED_AT) for rollout in await trials.base_rollouts(repeat)]
    before = past(repository, tip)
    trace = Trace.of(rollouts, skills, before)
    texts = {folder: files[f"{folder}/{SKILL_FILE}"].decode("utf-8") for folder in skills}
    ground = Ground(
        skills=skills,
        texts=texts,
        steps=trace.everything,
        past=before,
    )
    findings = in_order(diagnose(trace))
    unsafe = [finding for finding in findings if finding.kind == "unsafe-intervention"]
    some = candidates(repository, trials.base, unsafe, ground, refused)
    by_rule = [replace(one, trial=UNTRIED) for one in some if one.mends_lines]
    if by_rule:  # what the bank would be without one or another skill is asked of the bank that is mended
        _tell(findings, telling)
        telling.say("Lines that fail the safety check come first; for those no trial is needed.")
        return findings, by_rule
    asked = questions(files, skills, before, leads_of(trace.everything))
    if not trials.arms.offline:  # leaving out one skill after the other would cost more than it tells
        asked = [one for one in asked if one.family == "history"]
    if asked:
        telling.say(f"{len(asked)} questions of the form: what if this skill were not there, or were as it was? …")
    findings = in_order([*findings, *await probe(repository, trials, asked, [step for step, _ in trace.all])])
    findings = await reasoned(trials.arms.engine, findings, texts, rollouts)
    _tell(findings, telling)
    given = await by_model(trials.arms.engine, findings, ground, rollouts)
    some = candidates(repository, trials.base, findings, ground, refused, given=given)
    telling.say(f"{len(some)} edits could answer them; each is tried on the training profiles …")
    return findings, await tried(trials, some)


def _tell(findings: Sequence[Finding], telling: Telling) -> None:
    """Say how many findings there are."""
    told = [finding for finding in findings if not finding.noise]
    telling.say(f"{len(told)} findings told apart from chance, {len(findings) - len(told)} within noise.")


async def _attempt(
    repository: Repository, arms: Arms, gate: Sequence[Profile], plan: Plan, setting: Setting, outcome: Outcome, one: Tried,
    telling: Telling,
) -> Attempt:  # fmt: skip
    """Put one proposal on its branch and verify it."""
    most = most_pairs(arms, plan.most_pairs)
    proposal = proposal_of(one, most)
    base = repository.bank_tree(outcome.tip)
    number = len(outcome.attempts) + 1
    branch = f"evolve/{outcome.run}/{number:02}-{slug(proposal.skill)}"
    text = message(
        proposal.title,
        proposal.why,
        {
            "Escs-Run": outcome.run,
            "Escs-Finding": "; ".join(proposal.findings)[:300],
            "Escs-Base": base,
            "Escs-Group": proposal.group,
            "Escs-Aim": f"safer {proposal.safer}" if proposal.safer else f"{proposal.aim:g} {proposal.spread:g}",
        },
    )
    root = repository.root_with(outcome.tip, one.tree)
    commit = repository.commit(root, [outcome.tip], text, date=repository.date(outcome.tip))
    telling.say(f"{branch}: {proposal.title}")
    _publish(repository, branch, commit, telling)
    known = read(repository, base, one.tree)
    if known is not None and stands(known, setting, outcome.run):
        telling.say(f"{branch}: {known.outcome} before; the same change is not verified twice.")
        return Attempt(branch, commit, proposal, known)
    question = Question(
        base, one.tree, changes(repository.files(base), repository.files(one.tree)), proposal.group, proposal.aim,
        proposal.spread, most, {"safer": proposal.safer},
        notes={
            "run": outcome.run, "branch": branch, "commit": commit, "content": one.content, "title": proposal.title,
            "operations": [plain_operation(operation) for operation in proposal.operations],
            "findings": [*proposal.findings], "expected": proposal.expected,
        },
    )  # fmt: skip
    evidence = following(await verify(repository, arms, gate, question, told=telling.gate), known)
    why = f"Verdict on {branch}: {evidence.outcome}"
    commit_of_verdict = store(repository, evidence, date=repository.date(outcome.tip), why=why)
    telling.say(f"{branch}: {evidence.outcome}. {evidence.why}")
    if is_technical(evidence.record):
        raise broken(evidence.rollouts())
    return Attempt(branch, commit, proposal, replace(evidence, commit=commit_of_verdict))


def _publish(repository: Repository, branch: str, commit: str, telling: Telling) -> None:
    """Put a proposal on its branch. A branch that is there already and holds something else is a person's by now."""
    ref = f"{BRANCHES}{branch.removeprefix('evolve/')}"
    there = repository.ref(ref)
    if not there:
        repository.publish(ref, commit, "", why="escs evolve: a proposal")
    elif there != commit:
        telling.say(
            f"{branch} holds other commits by now and is left as it is; the proposal is the commit {commit[:10]}."
        )
