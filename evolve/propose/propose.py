"""From findings to proposals: edits that answer them, checked, tried on training profiles, the best first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from escs.evolve.analyse.findings import Finding
from escs.evolve.branches.repository import Repository
from escs.evolve.propose.catalogue import Edit, Ground, edits
from escs.evolve.propose.check import check, lint_complaints
from escs.evolve.propose.edit import Operation, Proposal, ProposalError, apply, content
from escs.evolve.verify.trials import Trial, Trials, try_out

PER_FINDING = 8  # edits that are tried for one finding that is told apart from chance
PER_NOISE = 2  # and for one that is not: training profiles may see more than the statistics
TRIED = 40  # in all, each round
GOOD = 1.6
"""Standard errors by which an edit must do better on training profiles before the gate is asked: errors are the gate's
business, and this only saves it work."""
FALLEN = 3  # unsafe events fewer on training profiles that make a proposal one for safety
PART = 0.25
"""Of the gain on training profiles, what a verification looks for: the best of many looks better than it is, and where a skill
helps the training profiles by 1.5 points it may help the others by half a point, which a search for more would give up."""
SMALLEST, LARGEST = 0.3, 10.0  # points of final emotion that a verification may look for
TELLABLE = 3.0
"""Standard errors that what is looked for must make up with as many pairs as a verification may hold: a fixed test at 5% and
80% power needs 2.5, and looking after every pair costs some."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An edit that can be applied, with what it answers and how it did."""

    operations: tuple[Operation, ...]
    why: str
    findings: tuple[Finding, ...]
    tree: str
    content: str
    mends_lines: bool = False  # all it does is take out lines that fail the safety check
    trial: Trial | None = None


def candidates(
    repository: Repository, base: str, findings: Sequence[Finding], ground: Ground, refused: Collection[str],
    *, given: Sequence[tuple[Finding, Edit]] = (), told: Callable[[str], None] = lambda sentence: None,
) -> list[Tried]:  # fmt: skip
    """The edits that could answer the findings and pass every check, each content once, at most `TRIED`. Those that are
    `given` (a model's) come first."""
    files = repository.files(base)
    known = lint_complaints(files)
    found: dict[str, Tried] = {}
    looked: dict[tuple[Operation, ...], Tried | None] = {}  # many findings call for the same edit
    queues: list[tuple[Finding, Iterator[Edit]]] = [(finding, iter([edit])) for finding, edit in given]
    queues += [(finding, edits(finding, ground)) for finding in findings]
    for turn in range(PER_FINDING):  # the likeliest edit of every finding first, then the next one of each
        for finding, queue in queues:
            if len(found) >= TRIED or (finding.noise and turn >= PER_NOISE):
                continue
            for operations, why in queue:
                if operations not in looked:
                    looked[operations] = _made(repository, base, files, known, operations, refused, told)
                made = looked[operations]
                if made is None:
                    continue
                if made.content in found:
                    found[made.content] = _both(found[made.content], replace(made, why=why, findings=(finding,)))
                    continue
                found[made.content] = replace(made, why=why, findings=(finding,))
                break
    return [*found.values()]


def _both(first: Tried, other: Tried) -> Tried:
    """Two ways to the same text: what is said of it is what has to do with safety, else what came first."""
    safety = "unsafe-intervention"
    if other.findings[0].kind == safety != first.findings[0].kind:
        return replace(other, findings=(*other.findings, *first.findings))
    return replace(first, findings=(*first.findings, *other.findings))


def _made(
    repository: Repository, base: str, files: Mapping[str, bytes], known: set[tuple[str, str, str]],
    operations: tuple[Operation, ...], refused: Collection[str], told: Callable[[str], None],
) -> Tried | None:  # fmt: skip
    """The edit as a tree, where it can be applied, passes every check and was not rejected before."""
    try:
        changed = apply(files, operations)
        mark = content(files, changed)
        if mark in refused:
            return None
        mends = check(files, changed, operations, known).mends_lines
    except ProposalError as error:
        told(f"left out: {error}")
        return None
    return Tried(operations, "", (), repository.tree_with(base, changed), mark, mends)


async def tried(trials: Trials, some: Sequence[Tried]) -> list[Tried]:
    """The edits with their trials, those that did best first. None is for a group that no verification could meet."""
    main = tuple(
        dict.fromkeys(
            group
            for profile in trials.profiles
            for group in (profile.intention, profile.temperament, *(("traps",) if profile.trap else ()))
        )
    )

    def may_be_for(one: Tried) -> tuple[str, ...]:
        groups = _groups(one.findings) or main
        return groups if trials.named is None else tuple(group for group in groups if group in trials.named)

    results = await try_out(trials, [(one.tree, may_be_for(one)) for one in some])
    made = [replace(one, trial=result) for one, result in zip(some, results, strict=True)]
    return sorted(made, key=lambda one: (-_worth(one), one.content))


def _groups(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The groups that findings are about; none where one is about everybody."""
    if any(finding.groups == ("all",) for finding in findings):
        return ()
    return tuple(dict.fromkeys(group for finding in findings for group in finding.groups))


def _worth(one: Tried) -> float:
    """What everybody surely gains, with smaller edits first among equals: an edit of a line is read faster than a file."""
    size = sum(3 if op.where == "skill" else 1 for op in one.operations)
    fallen = 10.0 - min(0, one.trial.rises) if one.trial and safer(one) else 0.0
    return fallen + (one.trial.sure if one.trial else 0.0) - 0.05 * size


def _how(one: Tried) -> str:
    return "" if not safer(one) else "lines" if one.mends_lines else "events"


def promising(one: Tried) -> bool:
    """Whether the gate should be asked about it."""
    result = one.trial
    better = (
        result is not None and result.score >= GOOD and result.mean > 1.0 and result.rises <= 0 and result.overall >= 0
    )
    return better or safer(one)


def safer(one: Tried) -> bool:
    """Whether unsafe events fell on the training profiles and nothing else was lost."""
    result = one.trial
    unsafe = any(finding.kind == "unsafe-intervention" for finding in one.findings)
    fell = result is not None and (one.mends_lines or result.rises <= -FALLEN)
    return unsafe and fell and result is not None and result.overall > -1.0


def proposal_of(one: Tried, most_pairs: int) -> Proposal:
    """The proposal that a tried edit makes, to be verified with so many pairs at most."""
    assert one.trial is not None
    result = one.trial
    tellable = TELLABLE * result.spread / most_pairs**0.5
    aim = min(LARGEST, max(SMALLEST, tellable, PART * result.mean))
    title = f"{one.why[:1].upper()}{one.why[1:]}"
    first = one.findings[0]
    whom = "everybody" if result.group == "all" else result.group
    did = f"On training profiles it did better by {result.mean:+.1f} points of final emotion for {whom}"
    lines = [f"- {operation.words}" for operation in one.operations if operation.where != "skill"]
    lines += ["", f"Finding: {first.why}."]
    lines += [f"A model's reading: {first.reason}"] if first.reason else []
    if result.pairs:
        lines.append(f"{did} ({result.pairs} pairs), {result.overall:+.1f} overall.")
    why = "\n".join([*lines, f"Mended when: {first.mended_when}"])
    return Proposal(
        one.operations, f"{one.operations[0].skill}: {title}", why, tuple(finding.key for finding in one.findings),
        "all" if safer(one) else result.group, round(aim, 2), round(max(5.0, min(40.0, result.spread)), 2), _how(one), round(result.mean, 3),
    )  # fmt: skip
