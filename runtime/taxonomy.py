"""The taxonomy: the labels that skills, units and states are written in, read from `taxonomy.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("taxonomy.toml")


@dataclass(frozen=True, slots=True)
class Label:
    """One label: its name, what it means, and what it corresponds to in ESConv or SAGE."""

    name: str
    definition: str
    strategy: str = ""  # actions only: one of ESConv's eight
    intentions: tuple[str, ...] = ()  # actions only: SAGE's intentions that it can meet
    esconv: tuple[str, ...] = ()  # scenarios and states: ESConv's own labels
    valence: str = ""  # changes only: constructive, neutral or negative
    arousal: str = ""  # states only: high or low


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All labels, each table keyed by name in the file's order."""

    scenarios: dict[str, Label]
    states: dict[str, Label]
    actions: dict[str, Label]
    changes: dict[str, Label]
    intentions: dict[str, Label]
    temperaments: dict[str, Label]
    stages: dict[str, Label]
    strategies: dict[str, Label]
    asked_for: dict[str, Label]
    declined: dict[str, Label]

    def strategy(self, action: str) -> str:
        """The ESConv strategy that an action counts as; `Others` for an action that the taxonomy does not know."""
        label = self.actions.get(action)
        return label.strategy if label else "Others"


def _labels(table: dict[str, Any]) -> dict[str, Label]:
    labels = {}
    for name, entry in table.items():
        if isinstance(entry, str):
            labels[name] = Label(name, entry)
        else:
            fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
            labels[name] = Label(name, **fields)
    return labels


@cache
def taxonomy() -> Taxonomy:
    """The taxonomy that ships with the program, read once."""
    data = tomllib.loads(PATH.read_text(encoding="utf-8"))
    data.pop("version")
    return Taxonomy(**{key.replace("-", "_"): _labels(table) for key, table in data.items()})
