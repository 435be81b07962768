"""What would be, were a skill not there, or as it was before: the same seekers meet the bank both ways.

Traces alone say little of a skill that leads most turns, for there is hardly anything beside it to compare with. A paired
dialogue does. A few seeds choose where to look, fresh ones say what stands: then the choice costs no exactness. Questions
that the bank's own history asks (a skill as it was, a skill that is gone) and those that leave out one skill after the
other are two families among the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from escs.evolve.analyse.effects import discoveries
from escs.evolve.analyse.findings import Finding
from escs.evolve.analyse.since import MOST_VERSIONS
from escs.evolve.analyse.steps import Step, worst_first
from escs.evolve.branches.past import SHIPPED_WORDS, shipped_names
from escs.evolve.gate.gate import ALL
from escs.evolve.verify.loose import Trees
from escs.evolve.verify.trials import Beside, Trials
from escs.runtime.bank.bank import SKILL_FILE
from escs.runtime.bank.skill import Skill
from escs.runtime.safety import CRISIS_SKILLS

LOOK = {"history": range(2), "left out": range(2)}
TEST = {"history": range(2, 12), "left out": range(2, 8)}
"""Dialogues of each profile that choose where to look, and fresh ones that say what stands."""
LEADS = 0.004  # share of replies that a skill must lead before leaving it out is tried
MOST_GONE = 8  # skills that are not there any more and are tried
HINT = {"history": 0.0, "left out": 1.3}  # standard errors from which a group is looked at
MATTERS = 1.0  # points of final emotion below which a difference is no finding
LEAST_PAIRS = 6  # of a group in the first look
FALSE = 0.1  # share of false discoveries that is put up with
FLOOR = 3.0  # standard deviation of a difference is taken to be at least this, in points of final emotion
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Probe:
    """One question: the bank with these files changed."""

    family: str  # history, or left out
    kind: str  # as it was, gone, or left out
    skill: str
    changed: Mapping[str, bytes | None]
    whence: str = ""
    others: tuple[str, ...] = ()  # skills that are changed together with it


@dataclass(frozen=True, slots=True)
class Contrast:
    """How seekers of a group ended with the change, beside the bank as it is, in points of final emotion."""

    group: str
    mean: float
    error: float
    pairs: int

    @property
    def z(self) -> float:
        """Standard errors above 0."""
        return self.mean / self.error


def questions(
    files: Mapping[str, bytes], skills: Mapping[str, Skill], past: Mapping[str, Sequence[tuple[str, str]]],
    leads: Mapping[str, float],
) -> list[Probe]:  # fmt: skip
    """What is worth asking. `leads` is the share of replies that each skill led."""
    found = []
    changed: dict[str, tuple[str, str]] = {}
    for name in sorted((set(past) & set(skills)).difference(CRISIS_SKILLS)):
        for text, whence in [past[name][0], *past[name][1:][-1:]][:MOST_VERSIONS]:
            changed.setdefault(name, (text, whence))
            found.append(Probe("history", "as it was", name, {f"{name}/{SKILL_FILE}": text.encode()}, whence))
    if 2 <= len(changed) <= 4:  # each alone may do nothing, as where two were mixed up
        first, *rest = sorted(changed, key=lambda name: -leads.get(name, 0.0))
        together = {f"{name}/{SKILL_FILE}": text.encode() for name, (text, _) in changed.items()}
        found.append(Probe("history", "as it was", first, together, changed[first][1], tuple(rest)))
    for name in gone(skills, past)[:MOST_GONE]:
        text, whence = past[name][0]
        found.append(Probe("history", "gone", name, {f"{name}/{SKILL_FILE}": text.encode()}, whence))
    for name, share in sorted(leads.items()):
        if share >= LEADS and name in skills and name not in CRISIS_SKILLS:
            found.append(
                Probe("left out", "left out", name, {path: None for path in files if path.startswith(f"{name}/")})
            )
    return found


def gone(skills: Mapping[str, Skill], past: Mapping[str, Sequence[tuple[str, str]]]) -> list[str]:
    """Skills that the bank had, or that ship with escs, and that it has no more; a bank of somebody's own making, which has
    few of those that ship, lacks none of them."""
    of_its_own = 2 * len(shipped_names() & set(skills)) < len(shipped_names())
    names = set(past).difference(skills, CRISIS_SKILLS)
    return sorted(name for name in names if not of_its_own or past[name][0][1] != SHIPPED_WORDS)


def leads_of(some: Sequence[tuple[Step, float]]) -> dict[str, float]:
    """The share of replies that each skill led."""
    counts: dict[str, float] = {}
    for step, _ in some:
        counts[step.lead] = counts.get(step.lead, 0.0) + 1 / len(some)
    return counts


async def probe(
    trees: Trees, trials: Trials, some: Sequence[Probe], felt: Sequence[Step],
    *, told: Callable[[Probe], None] = lambda one: None,
) -> list[Finding]:  # fmt: skip
    """Ask them all. Findings are those where a group does better with the change by more than chance, and the near ones,
    marked as noise; the turns that they name are those of `felt`, which somebody can look up."""
    found: list[Finding] = []
    for family in ("history", "left out"):
        tested: list[tuple[Probe, Contrast]] = []
        for one in some:
            if one.family != family:
                continue
            told(one)
            tree = trees.tree_with(trials.base, one.changed)
            first = contrasts(await trials.pairs(tree, LOOK[family]))
            look = [each.group for each in first if each.z >= HINT[family] and each.mean >= MATTERS]
            if not look:
                continue
            fresh = {each.group: each for each in contrasts(await trials.pairs(tree, TEST[family]))}
            tested += [(one, fresh[group]) for group in look if group in fresh]
        stand = discoveries([1 - _NORMAL.cdf(each.z) for _, each in tested], FALSE) if tested else []
        near = [
            (one, each, stood)
            for (one, each), stood in zip(tested, stand, strict=True)
            if each.mean >= MATTERS and (stood or each.z > 1)
        ]
        found += _findings(near, felt)
    return found


def contrasts(pairs: Sequence[Beside]) -> list[Contrast]:
    """Everybody, and every group with enough pairs."""
    by_group: dict[str, list[float]] = {}
    for pair in pairs:
        for group in (ALL, *pair.groups):
            by_group.setdefault(group, []).append(pair.difference)
    found = []
    for group, values in by_group.items():
        n = len(values)
        if n < LEAST_PAIRS:
            continue
        mean = sum(values) / n
        spread = max(FLOOR, sqrt(sum((value - mean) ** 2 for value in values) / (n - 1)))
        found.append(Contrast(group, mean, spread / sqrt(n), n))
    return found


def _findings(near: Sequence[tuple[Probe, Contrast, bool]], felt: Sequence[Step]) -> list[Finding]:
    """One finding for each question: for everybody where that stands, else for the group that is surest."""
    by_probe: dict[int, list[tuple[Probe, Contrast, bool]]] = {}
    for each in near:
        by_probe.setdefault(id(each[0]), []).append(each)
    return [
        _finding(*min(some, key=lambda each: (not each[2], each[1].group != ALL, -each[1].z)), felt)
        for some in by_probe.values()
    ]


def _finding(one: Probe, contrast: Contrast, stood: bool, felt: Sequence[Step]) -> Finding:
    group = contrast.group
    cell = [step for step in felt if group == ALL or group in step.groups]
    dialogues = len({step.dialogue for step in cell})
    a_reply = len(cell) / max(1, dialogues)  # replies of a dialogue: findings count points a reply
    mine = [step for step in cell if one.kind == "gone" or step.lead in (one.skill, *one.others)]
    whom = "seekers" if group == ALL else f"seekers of the group {group}"
    together = f", together with {', '.join(one.others)}," if one.others else ""
    words = {
        "as it was": f"with {one.skill}{together} as in {one.whence}, {whom} end {contrast.mean:+.1f} points better",
        "gone": f"with {one.skill}, which is in {one.whence} and not in this bank, {whom} end {contrast.mean:+.1f} points better",
        "left out": f"without {one.skill}, {whom} end {contrast.mean:+.1f} points better",
    }
    low, high = contrast.mean - 1.96 * contrast.error, contrast.mean + 1.96 * contrast.error
    share = dialogues / max(1, len({step.dialogue for step in felt}))
    return Finding(
        kind="missing-skill" if one.kind == "gone" else "profile-failure", skill=one.skill, groups=(group,), facts=(),
        turns=worst_first([(step, step.change) for step in mine]),
        support={"steps": len(mine), "dialogues": contrast.pairs, "personas": len({step.persona for step in cell})},
        effect=-contrast.mean / a_reply, interval=(-high / a_reply, -low / a_reply),
        why=f"{words[one.kind]} ({low:+.1f} to {high:+.1f}, {contrast.pairs} pairs)",
        mended_when=f"{whom[:1].upper()}{whom[1:]} end as well as they would that way.",
        noise=not stood, rank=contrast.mean * share,
    )  # fmt: skip
