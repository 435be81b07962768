"""What an edit has changed, looked for in traces alone: moments at which an earlier version of a skill would not have come.

The bank's own history, and the bank that ships, say where to look. That is a handful of questions asked beforehand and
not hundreds found on the way, so they are a family of their own among the tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from escs.evolve.analyse.effects import Effect, against, discoveries, support_of
from escs.evolve.analyse.findings import Finding
from escs.evolve.analyse.steps import Step, concerned, worst_first
from escs.runtime.bank.bank import SKILL_FILE
from escs.runtime.bank.entry import Entry
from escs.runtime.bank.match import explain
from escs.runtime.bank.parse import parse_skill
from escs.runtime.bank.skill import Skill
from escs.runtime.safety import CRISIS_SKILLS

LEAST = 6  # moments that are worth a look
FALSE = 0.1  # share of false discoveries that is put up with
MOST_VERSIONS = 2  # of one skill: the last one, and the one that ships

Adjusted = tuple[Step, float]


def since(
    everything: Sequence[Adjusted], skills: Mapping[str, Skill], past: Mapping[str, Sequence[tuple[str, str]]],
    dialogues: int,
) -> list[Finding]:  # fmt: skip
    """Findings on skills whose conditions are not what they were."""
    found: list[Finding] = []
    doubts: list[float] = []
    for name, skill in skills.items():
        if name in CRISIS_SKILLS:
            continue
        mine = [each for each in everything if each[0].lead == name]
        others = [each for each in everything if each[0].lead != name]
        for before, whence in versions(past.get(name, ())):
            if [line.text for line in before.conditions] == [line.text for line in skill.conditions]:
                continue
            entry = Entry.of(name, before)
            new, broken = [], dict[str, int]()
            for each in mine:
                match = explain(entry, each[0].state)
                if match.against or match.score < 0:
                    new.append(each)
                for line in match.against:
                    broken[line] = broken.get(line, 0) + 1
            if len(new) < LEAST:
                continue
            one = against(new, others)
            found.append(_finding(name, whence, new, broken, one, dialogues))
            doubts.append(one.p)
    stand = discoveries(doubts, FALSE) if doubts else []
    return [one.with_noise(not stood) for one, stood in zip(found, stand, strict=True)]


def versions(texts: Sequence[tuple[str, str]]) -> list[tuple[Skill, str]]:
    """The earlier versions that are looked at, as skills: the last one, and the oldest or the one that ships."""
    chosen = [texts[0], *texts[1:][-1:]] if texts else []
    read = ((parse_skill(text.encode(), Path(SKILL_FILE))[0], whence) for text, whence in chosen[:MOST_VERSIONS])
    return [(skill, whence) for skill, whence in read if skill is not None]


def _finding(
    name: str, whence: str, new: Sequence[Adjusted], broken: Mapping[str, int], one: Effect, dialogues: int
) -> Finding:
    lost = max(sorted(broken), key=lambda line: broken[line], default="")
    why = f"{name} led {len(new)} turns at which {whence} would have kept it out"
    why += f", {broken[lost]} of them by its line “{lost}”" if lost else ""
    return Finding(
        kind="profile-failure", skill=name, groups=concerned([step.groups for step, _ in new]), facts=(),
        turns=worst_first(new), support=support_of(one), effect=one.mean, interval=(one.low, one.high),
        why=f"{why}; it landed {one.mean:+.1f} a reply beside other skills",
        mended_when=f"{name} stays out there, or does as well as other skills.",
        rank=max(0.0, -one.mean) * one.steps / max(1, dialogues),
    )  # fmt: skip
