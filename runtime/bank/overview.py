"""What a bank holds, for people and programs: the list of skills and what the taxonomy's labels they cover."""

from __future__ import annotations

from collections import Counter
from typing import Any

from escs.runtime.bank.bank import Bank
from escs.runtime.taxonomy import taxonomy


def listing(bank: Bank) -> list[dict[str, str]]:
    """The rows of `escs skills list --json`, by name."""
    words = taxonomy()
    return [
        {
            "name": entry.name,
            "action": entry.action,
            "strategy": words.strategy(entry.action),
            "description": entry.description,
            "path": str(entry.path),
        }
        for entry in sorted(bank, key=lambda entry: entry.name)
    ]


def table(bank: Bank) -> str:
    """The list as text, one skill a line."""
    rows = listing(bank)
    if not rows:
        return f"The bank {bank.root} has no skills; `escs skills new NAME` adds one."
    wide = max(len(row["name"]) for row in rows)
    broad = max(len(row["action"]) for row in rows)
    lines = [f"{row['name']:<{wide}}  {row['action']:<{broad}}  {_first_sentence(row['description'])}" for row in rows]
    return "\n".join([*lines, "", f"{len(rows)} skills in {bank.root}"])


def _first_sentence(text: str) -> str:
    return text.split(". ")[0].rstrip(".")[:100]


def coverage(bank: Bank) -> dict[str, Any]:
    """How many skills speak for each label; the keys are the taxonomy's tables that conditions name."""
    words = taxonomy()
    named: dict[str, Counter[str]] = {key: Counter() for key in ("state", "scenario", "stage", "asked-for", "declined")}
    for entry in bank:
        for condition in entry.conditions:
            if condition.key in named and not condition.negated:
                named[condition.key].update(condition.values)
    tables = {
        "state": words.states,
        "scenario": words.scenarios,
        "stage": words.stages,
        "asked-for": words.asked_for,
        "declined": words.declined,
    }
    actions = Counter(entry.action for entry in bank)
    strategies = Counter(words.strategy(entry.action) for entry in bank)
    return {
        "skills": len(bank),
        "actions": {name: actions[name] for name in words.actions},
        "strategies": {name: strategies[name] for name in words.strategies},
        **{key: {name: named[key][name] for name in table} for key, table in tables.items()},
    }


def coverage_text(bank: Bank) -> str:
    """The coverage as text; labels that no skill names are marked."""
    figures = coverage(bank)
    lines = [f"{figures.pop('skills')} skills in {bank.root}"]
    for key, counts in figures.items():
        lines += ["", key]
        lines += [f"  {count:>3}  {name}{'' if count else '   (none)'}" for name, count in counts.items()]
    return "\n".join(lines)
