"""An entry of the bank: what choosing needs to know of a skill, without its body."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from escs.runtime.bank.skill import Condition, Skill

_SIGNED = re.compile(r"[+-]\d*\.?\d+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One skill of the bank, as the shortlist sees it."""

    folder: str  # the folder's name below the bank
    name: str
    action: str
    description: str
    path: Path
    conditions: tuple[Condition, ...]
    association: float  # observed, as its evidence states it; 0.0 where it states none that is told apart from chance
    digest: str

    @classmethod
    def of(cls, folder: str, skill: Skill) -> Entry:
        """The entry of a skill."""
        stated = skill.evidence.get("association", "").partition("\n")[0]
        found = None if "not told apart" in stated else _SIGNED.search(stated)  # chance is no evidence
        association = max(-1.0, min(1.0, float(found[0]))) if found else 0.0  # a share: no claim can outweigh the rest
        return cls(
            folder, skill.name, skill.action, skill.description, skill.path, skill.conditions, association, skill.digest
        )

    def pack(self) -> str:
        """The entry as JSON."""
        conditions = [[c.text, c.line, c.key, c.values, c.negated] for c in self.conditions]
        return json.dumps(
            [self.name, self.action, self.description, conditions, self.association, self.digest], ensure_ascii=False
        )

    @classmethod
    def unpack(cls, text: str, folder: str, path: Path) -> Entry:
        """The entry that `pack` wrote."""
        name, action, description, conditions, association, digest = json.loads(text)
        made = tuple(Condition(t, line, key, tuple(values), negated) for t, line, key, values, negated in conditions)
        return cls(folder, name, action, description, path, made, association, digest)

    @property
    def words(self) -> str:
        """What full-text search looks at: the description and the conditions that are sentences."""
        sentences = [c.text for c in self.conditions if not c.key and not c.negated]
        return "\n".join([self.name.replace("-", " "), self.description, *sentences])
