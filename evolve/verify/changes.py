"""What differs between two banks: which skills, and whether one of them is for people in danger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from escs.runtime.bank.bank import SKILL_FILE
from escs.runtime.bank.parse import parse_skill
from escs.runtime.bank.skill import Skill
from escs.runtime.reply import failing_lines
from escs.runtime.safety import CRISIS_SKILLS

DANGER_KEYS = frozenset({"risk", "minor", "unsafe-home"})
DANGER_SCENARIOS = frozenset({"trauma", "abuse"})


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths that differ, skills among them by name, and whether one of those is sensitive."""

    paths: tuple[str, ...]
    edited: tuple[str, ...]
    sensitive: bool
    crisis: tuple[str, ...] = ()  # crisis skills that it touches
    mends_lines: bool = False  # all it does is take out lines that fail the safety check
    failing: tuple[tuple[str, str], ...] = ()  # (skill, rule) that a line under `## Say` fails now, and none did before


def changes(base: Mapping[str, bytes], candidate: Mapping[str, bytes]) -> Changes:
    """What differs between the files of two banks, by path."""
    paths = sorted(path for path in base.keys() | candidate.keys() if base.get(path) != candidate.get(path))
    edited: dict[str, None] = {}
    sensitive = False
    crisis = []
    failing: dict[tuple[str, str], None] = {}
    for path in paths:
        folder, _, rest = path.partition("/")
        if folder in CRISIS_SKILLS:
            crisis.append(folder)
        if rest != SKILL_FILE:
            continue
        both = [_skill(files.get(path), path) for files in (base, candidate)]
        failing |= dict.fromkeys(_fails_anew(*both))
        for skill in both:
            if skill is not None:
                edited[skill.name] = None
        sensitive = sensitive or folder in CRISIS_SKILLS or _is_sensitive(*both)
    mends = bool(paths) and all(_only_takes_out(base.get(path), candidate.get(path), path) for path in paths)
    return Changes(tuple(paths), tuple(edited), sensitive, tuple(dict.fromkeys(crisis)), mends, tuple(failing))


def _fails_anew(base: Skill | None, candidate: Skill | None) -> list[tuple[str, str]]:
    """The rules that a line of the candidate fails, whatever fills its slots, and no line of the base did."""
    if candidate is None:
        return []
    before = failing_lines(base.say).values() if base is not None else ()
    return [(candidate.name, rule) for rule in failing_lines(candidate.say).values() if rule not in before]


def _only_takes_out(base: bytes | None, candidate: bytes | None, path: str) -> bool:
    """Whether the only difference of a skill is that lines under `## Say` are gone, each of which fails the check."""
    before, after = _skill(base, path), _skill(candidate, path)
    if before is None or after is None or path.partition("/")[2] != SKILL_FILE or base is None or candidate is None:
        return False
    failing = failing_lines(before.say)
    gone = [line for line in before.say if line not in after.say]
    old, new = (
        base.decode("utf-8", errors="replace").splitlines(),
        candidate.decode("utf-8", errors="replace").splitlines(),
    )
    left = [line for line in old if line.strip().removeprefix("- ") not in gone and line.strip()]
    return bool(gone) and all(line in failing for line in gone) and left == [line for line in new if line.strip()]


def _skill(data: bytes | None, path: str) -> Skill | None:
    return parse_skill(data, Path(path))[0] if data is not None else None


def for_danger(skill: Skill) -> bool:
    """Whether a skill is for risk, trauma, abuse or minors: by its action, or by a condition that asks for one of them."""
    return skill.action == "safety-question" or any(
        not condition.negated
        and (
            (condition.key in DANGER_KEYS and condition.values not in (("none",), ("no",)))
            or (condition.key == "scenario" and DANGER_SCENARIOS & set(condition.values))
        )
        for condition in skill.conditions
    )


def _is_sensitive(base: Skill | None, candidate: Skill | None) -> bool:
    """Also where a line about danger itself, such as `not: risk: crisis`, is put in or taken out."""
    lines = [
        {c.text for c in skill.conditions if c.key in DANGER_KEYS} if skill is not None else set()
        for skill in (base, candidate)
    ]
    one_of_them = any(skill is not None and for_danger(skill) for skill in (base, candidate))
    return one_of_them or (base is not None and candidate is not None and lines[0] != lines[1])
