"""The task `write-skill`: the words of a skill for which units speak. Claude writes prose, offline fills a sober template.

What the machine matches (states, turns, contra-indications) comes from the statistics and never from the writer.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from escs.evolve.discover.consolidate import Candidate
from escs.runtime.bank.say import slots
from escs.runtime.bank.skill import SLOTS
from escs.runtime.task import Task
from escs.runtime.taxonomy import taxonomy

TEMPLATES = Path(__file__).with_name("templates.toml")
COPIED = 6
"""So many words in a row that stand in a dialogue as well are a copy (titles and set phrases are shorter)."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class SkillInputs:
    """What a writer gets: labels and figures, and some units as material that must not be copied."""

    name: str
    action: str
    states: tuple[str, ...]
    not_states: tuple[str, ...]
    turns: str  # "1-4", or "" for any
    support: str
    contrasts: tuple[str, ...]  # what went better or worse than other actions, in words
    changes: tuple[str, ...]  # what seekers did after it
    scenarios: tuple[str, ...]
    went_well: tuple[tuple[str, str, str], ...] = ()  # what the seeker said, the move, the reply
    went_badly: tuple[tuple[str, str, str], ...] = ()


def _text(description: str, most: int) -> Any:
    return field(metadata={"description": description, "max_length": most})


def _list(description: str, most: int) -> Any:
    return field(metadata={"description": description, "max_items": most})


@dataclass(frozen=True, slots=True)
class SkillWords:
    """The words of a skill."""

    title: str = _text("Three to six words that say what the supporter does.", 60)
    description: str = _text("What the supporter does, then `Use when …`; one or two sentences.", 400)
    when: str = _text("One sentence: what must be true before this fits.", 200)
    when_not: str = _text("One sentence: when this would hurt.", 200)
    guidance: tuple[str, ...] = _list("Three to seven steps, in order, in plain words.", 7)
    say: tuple[str, ...] = _list("Six to ten sentences a supporter could say; at least three without a slot.", 12)
    avoid: tuple[str, ...] = _list("Two to five habits or phrases that would hurt, and why.", 6)
    risk: str = _text("What can go wrong.", 160)
    sign: str = _text("How it shows.", 120)
    then: str = _text("What to do about it.", 160)


@cache
def templates() -> dict[str, dict[str, Any]]:
    """The sober words by action."""
    return tomllib.loads(TEMPLATES.read_text(encoding="utf-8"))


def by_template(inputs: SkillInputs) -> SkillWords:
    """The offline rule of `write-skill`."""
    words = templates()[inputs.action]
    definition = taxonomy().actions[inputs.action].definition
    feeling = f"is {_either(inputs.states)} and " if inputs.states else ""
    risk, _, rest = str(words["risk"]).partition("; sign: ")
    sign, _, then = rest.partition("; then: ")
    return SkillWords(
        title=inputs.name.replace("-", " ").capitalize(),
        description=f"{definition} Use when the seeker {feeling}{words['use']}.",
        when=f"The seeker {words['use']}.",
        when_not=str(words["not"]),
        guidance=tuple(words["guidance"]),
        say=tuple(words["say"]),
        avoid=tuple(words["avoid"]),
        risk=risk,
        sign=sign,
        then=then.rstrip("."),
    )


def _either(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} or {names[-1]}"


WRITE_SKILL: Task[SkillInputs, SkillWords] = Task(
    "write-skill", SkillWords, by_template, max_tokens=3000, effort="high"
)


def inputs_of(
    candidate: Candidate,
    went_well: Sequence[tuple[str, str, str]] = (),
    went_badly: Sequence[tuple[str, str, str]] = (),
) -> SkillInputs:
    """What the writer of a candidate's words gets."""
    known = taxonomy()
    return SkillInputs(
        name=candidate.name,
        action=candidate.action,
        states=candidate.states,
        not_states=candidate.not_states,
        turns=f"{candidate.turns[0]}-{candidate.turns[1]}" if candidate.turns else "",
        support=candidate.support,
        contrasts=tuple(
            f"{finding.question.words}: went {'better' if finding.sign > 0 else 'worse'} than other actions there "
            f"({finding.estimate.difference:+.2f}, {finding.estimate.low:+.2f} to {finding.estimate.high:+.2f})"
            for finding in candidate.findings
        ),
        changes=tuple(known.changes[name].definition for name, _ in candidate.changes),
        scenarios=tuple(name for name, _ in candidate.scenarios),
        went_well=tuple(went_well),
        went_badly=tuple(went_badly),
    )


def sound(words: SkillWords) -> SkillWords:
    """The words on single lines, without phrasings that name an unknown slot."""
    flat = {
        name: _flat(getattr(words, name))
        for name in ("title", "description", "when", "when_not", "risk", "sign", "then")
    }
    say = tuple(line for line in map(_flat, words.say) if line and all(name in SLOTS for name in slots(line)))
    return SkillWords(
        **flat,
        guidance=tuple(map(_flat, words.guidance)),
        say=say,
        avoid=tuple(map(_flat, words.avoid)),
    )


def _flat(text: str) -> str:
    return " ".join(text.split()).lstrip("-*#> ")


def copied(words: SkillWords, texts: Sequence[str]) -> str:
    """The first run of words that a draft shares with the dialogues it was shown; "" where it shares none."""
    seen = {run for text in texts for run in _runs(text)}
    said = (*words.guidance, *words.say, *words.avoid, words.description, words.when, words.when_not, words.risk)
    return next((" ".join(run) for text in said for run in _runs(text) if run in seen), "")


def _runs(text: str) -> list[tuple[str, ...]]:
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    return [tuple(words[start : start + COPIED]) for start in range(len(words) - COPIED + 1)]


def compose(candidate: Candidate, words: SkillWords) -> str:
    """The SKILL.md, with everything but its evidence."""
    conditions = [f"state: {', '.join(candidate.states)}"] if candidate.states else []
    if candidate.turns:
        conditions.append(f"turn: {candidate.turns[0]}-{candidate.turns[1]}")
    conditions.append(words.when)
    if candidate.not_states:
        conditions.append(f"not: state: {', '.join(candidate.not_states)}")
    conditions.append(f"not: {words.when_not}")
    shown = [name for name, _ in candidate.changes] or ["says-more"]
    outcomes = [f"{name}: {taxonomy().changes[name].definition}" for name in shown]
    if {"eases"} == set(shown):
        outcomes.insert(0, f"says-more: {taxonomy().changes['says-more'].definition}")
    return "\n".join([
        "---",
        f"name: {candidate.name}",
        f"description: {_scalar(words.description)}",
        "license: CC-BY-4.0",
        "metadata:",
        '  version: "1"',
        f"  action: {candidate.action}",
        *_block("conditions", conditions),
        *_block("outcomes", outcomes),
        *_block("risks", [f"{words.risk}; sign: {words.sign}; then: {words.then}"]),
        *_block("evidence", ["basis: observed"]),
        "---",
        f"# {words.title}",
        "",
        "## Guidance",
        "",
        f"Do not use this when: {words.when_not}",
        "",
        *(f"{number}. {step}" for number, step in enumerate(words.guidance, 1)),
        "",
        "## Say",
        "",
        *(f"- {line}" for line in words.say),
        "",
        "## Avoid",
        "",
        *(f"- {line}" for line in words.avoid),
        "",
        "## Example",
        "",
        "None yet: add a short exchange in your own words.",
        "",
    ])  # fmt: skip


def _block(key: str, lines: Sequence[str]) -> list[str]:
    return [f"  {key}: |", *(f"    {line}" for line in lines)]


def _scalar(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if re.search(r"[:#\"'\[\]{}>|*&!%@`]", text) else text
