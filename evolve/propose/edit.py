"""The nouns of proposals: operations on the text of skills, and their application to a bank's files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from escs.runtime.bank.bank import SKILL_FILE
from escs.runtime.bank.parse import parse_skill
from escs.runtime.bank.skill import Skill
from escs.runtime.bank.splice import edit_lines, edit_section, set_block, set_section
from escs.runtime.errors import BankError
from escs.runtime.safety import CRISIS_SKILLS

MOST = 4
"""Operations of one proposal; a new skill, or a deleted one, is a proposal by itself."""
BLOCKS = ("conditions", "outcomes", "risks")
SECTIONS = ("Guidance", "Say", "Avoid", "Example")
DOES = ("add", "replace", "delete")
_NAME = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*$")


class ProposalError(BankError):
    """A proposal that cannot be applied, or may not be."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One edit. `where` is one of `BLOCKS`, `SECTIONS`, or `skill` for a whole file; `old` and `new` are single lines of
    it (without a bullet), or, both ends of a replacement of the whole left open, all of its lines in `new`."""

    do: str  # add, replace or delete
    skill: str  # its folder's name
    where: str
    old: str = ""
    new: str = ""

    @property
    def words(self) -> str:
        """The operation in one sentence."""
        place = f"`{self.skill}`, {self.where}"
        if self.where == "skill":
            return (
                f"{ {'add': 'New skill', 'replace': 'Rewrite', 'delete': 'Remove the skill'}[self.do] } `{self.skill}`"
            )
        if self.do == "add":
            return f"{place}: add “{self.new}”"
        if self.do == "delete":
            return f"{place}: take out “{self.old}”"
        if not self.old:
            return f"{place}: now {'; '.join(self.new.splitlines())}"
        return f"{place}: “{self.old}” becomes “{self.new}”"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Operations with why: which findings they answer, whom they are for, and what was expected of them."""

    operations: tuple[Operation, ...]
    title: str
    why: str
    findings: tuple[str, ...] = ()
    group: str = "all"
    aim: float = 10.0  # points of final emotion
    spread: float = 40.0
    safer: str = ""  # `lines` or `events`, where it takes out unsafe conduct and promises no better score (see Terms)
    expected: float | None = None  # mean difference on training profiles, where it was tried

    @property
    def skill(self) -> str:
        """The skill that it is about."""
        return self.operations[0].skill


def apply(files: Mapping[str, bytes], operations: Sequence[Operation]) -> dict[str, bytes | None]:
    """What changes among a bank's files, by path; None for a file that goes.

    Raises `ProposalError` where an operation does not fit the bank, is not allowed, or there are too many.
    """
    if not operations:
        raise ProposalError("The proposal changes nothing.")
    if len(operations) > MOST or (len(operations) > 1 and any(op.where == "skill" for op in operations)):
        raise ProposalError(f"The proposal does more than {MOST} edits, or more than one whole skill.")
    texts: dict[str, bytes | None] = {}
    for op in operations:
        if not _NAME.match(op.skill) or len(op.skill) > 64:
            raise ProposalError(f"{op.skill!r} is not the name of a skill in this bank.")
        if op.skill in CRISIS_SKILLS:
            raise ProposalError(f"`{op.skill}` is a crisis skill; no proposal may touch it.")
        path = f"{op.skill}/{SKILL_FILE}"
        data = texts.get(path, files.get(path))
        texts[path] = _edited(path, data, op)
    changed = {path: data for path, data in texts.items() if data != files.get(path)}
    if not changed:
        raise ProposalError("The proposal changes nothing.")
    return changed


def _edited(path: str, data: bytes | None, op: Operation) -> bytes | None:
    if op.where == "skill":
        if op.do not in DOES or (op.do == "add") is (data is not None):
            raise ProposalError(f"`{op.skill}` {'exists already' if data is not None else 'is not there'}.")
        return None if op.do == "delete" else op.new.encode()
    if data is None:
        raise ProposalError(f"There is no skill `{op.skill}` in this bank.")
    if op.do not in DOES:
        raise ProposalError(f"{op.do!r} is no operation; use {', '.join(DOES)}.")
    try:
        text = data.decode("utf-8")
        if op.where in BLOCKS:
            if op.do == "replace" and not op.old:
                return set_block(text, op.where, op.new.splitlines()).encode()
            return edit_lines(text, op.where, **_change(op, op.old, op.new)).encode()
        if op.where in SECTIONS:
            if op.do == "replace" and not op.old:
                return set_section(text, op.where, op.new).encode()
            bullet = "" if op.where in ("Guidance", "Example") else "- "
            return edit_section(text, op.where, **_change(op, bullet + op.old, bullet + op.new)).encode()
    except UnicodeDecodeError as error:
        raise ProposalError(f"`{op.skill}` is not UTF-8 text.") from error
    raise ProposalError(
        f"`{op.where}` is no part of a skill that can be edited; use {', '.join((*BLOCKS, *SECTIONS))}."
    )


def _change(op: Operation, old: str, new: str) -> dict[str, str | None]:
    if op.do != "add" and not op.old:
        raise ProposalError("A line to take out must be named.")
    if op.do != "delete" and (not op.new.strip() or "\n" in op.new):
        raise ProposalError("A line that is put in must be one line, and not empty.")
    return {"remove": old if op.do != "add" else None, "add": new if op.do != "delete" else None}


def content(files: Mapping[str, bytes], changes: Mapping[str, bytes | None]) -> str:
    """What tells proposals apart: the skills as they would be read afterwards, whatever the wording of the proposal.

    Two that make the same skills of the same ones are the same proposal; the rest of the bank does not matter.
    """
    digest = hashlib.sha256()
    for path in sorted(changes):
        for data in (files.get(path), changes[path]):
            digest.update(f"{path}\0{_normal(data)}\0".encode())
    return digest.hexdigest()[:20]


def _normal(data: bytes | None) -> str:
    return "" if data is None else " ".join(data.decode("utf-8", errors="replace").split())


def skills_in(files: Mapping[str, bytes]) -> dict[str, Skill]:
    """The skills of a bank's files that can be read, by name."""
    found: dict[str, Skill] = {}
    for path, data in sorted(files.items()):
        folder, _, rest = path.partition("/")
        if rest == SKILL_FILE:
            skill, _ = parse_skill(data, Path(path))
            if skill is not None:
                found.setdefault(folder, skill)
    return found


def plain_operation(op: Operation) -> dict[str, Any]:
    """An operation as JSON."""
    return {"do": op.do, "skill": op.skill, "where": op.where, "old": op.old, "new": op.new}
