"""What discovery would change in a bank, as texts of files; and the writing of it, each file whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from escs.evolve.discover.contrasts import Finding
from escs.evolve.discover.evidence import claims, merged
from escs.evolve.discover.evidence_file import dump
from escs.evolve.discover.prototypes import Key
from escs.evolve.discover.standing import Settled, settle, standing
from escs.runtime.bank.bank import SKILL_FILE
from escs.runtime.bank.parse import parse_skill
from escs.runtime.bank.skill import Skill
from escs.runtime.bank.source import read_source
from escs.runtime.bank.splice import set_block
from escs.runtime.bank.why import BASES
from escs.runtime.errors import BankError, StorageError
from escs.runtime.safety import CRISIS_SKILLS

EVIDENCE_FILE = "evidence.jsonl"
NOT_WANTED = "not-wanted.txt"
"""A file of the bank in which people write the names of proposals that they do not want again, one a line, `# why`."""
MARK = ".escs-new-"  # begins the names of what is being written; the next run removes what a cut-off one left


@dataclass(slots=True)
class Plan:
    """Files to write, by their path within the bank, with what is said of each."""

    bank: Path
    new_skills: dict[str, str] = field(default_factory=dict)  # name -> SKILL.md
    changed: dict[str, str] = field(default_factory=dict)  # name -> SKILL.md with changed evidence
    files: dict[str, str] = field(default_factory=dict)  # figures and evidence, where they change
    said: list[str] = field(default_factory=list)
    settled: Settled = field(default_factory=Settled)
    kept: str = ""  # what of the bank rests on other corpora and stays, in a sentence or two
    findings: list[Finding] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether the bank stays as it is."""
        return not (self.new_skills or self.changed or self.files)


def skills_of(bank: Path) -> dict[str, tuple[Skill, str]]:
    """The bank's skills that can be read, by folder, with their text. Crisis skills are among them."""
    found: dict[str, tuple[Skill, str]] = {}
    if not bank.is_dir():
        return found
    inside = bank.resolve()
    for path in sorted(bank.glob(f"*/{SKILL_FILE}")):
        if path.parent.name.startswith(".") or not path.resolve().is_relative_to(inside) or not path.is_file():
            continue
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BankError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
        skill, _ = parse_skill(data, path)
        if skill is not None:
            found[path.parent.name] = (skill, data.decode("utf-8"))
    return found


def not_wanted(bank: Path) -> frozenset[str]:
    """The names that people have put into the bank's list of proposals they do not want."""
    try:
        text = (bank / NOT_WANTED).read_text(encoding="utf-8")
    except FileNotFoundError:
        return frozenset()
    except (OSError, UnicodeDecodeError) as error:
        raise BankError(f"{bank / NOT_WANTED} cannot be read ({error}); it is a text of one name a line.") from error
    return frozenset(name for line in text.splitlines() if (name := line.partition("#")[0].strip()))


def add_evidence(
    plan: Plan, keys: Sequence[Key], drafts: dict[str, str], corpora: Sequence[str], *, consent: bool = False
) -> None:
    """Put the evidence of all skills, those drafted included, into the plan. What rests on other corpora stays, unless a
    person consents to its being replaced."""
    have = skills_of(plan.bank)
    everything = dict(have)
    for name, text in drafts.items():
        path = plan.bank / name / SKILL_FILE
        skill, complaints = parse_skill(text.encode(), path)
        if skill is None:
            raise BankError(f"The draft of {name} cannot be read: {complaints[0]}")
        everything[name] = (skill, text)
    found = claims([skill for skill, _ in everything.values()], keys)
    before = standing(plan.bank)
    written: dict[str, list[str]] = {
        name: [] for name in _folders(plan.bank)
    }  # a skill that cannot be read is one still
    written |= {skill.name: _written(text, skill.path) for skill, text in have.values()}
    plan.settled = settle(found, before, corpora, written, consent=consent)
    for name, (skill, text) in everything.items():
        if skill.name in CRISIS_SKILLS:
            continue
        taken = [claim for claim in plan.settled.taken if claim.skill == skill.name]
        rewritten = BASES if name in drafts and taken else plan.settled.rewritten(skill.name)
        new = set_block(text, "evidence", merged(_written(text, skill.path), taken, rewritten)) if rewritten else text
        if name in drafts:
            plan.new_skills[name] = new
        elif new != text:
            plan.changed[name] = new
    kept = [(before.rows[place], before.rests_on[place]) for place in plan.settled.kept]
    _file(plan, EVIDENCE_FILE, dump(plan.settled.taken, corpora, kept))


def _folders(bank: Path) -> list[str]:
    return [path.name for path in bank.iterdir() if path.is_dir()] if bank.is_dir() else []


def _written(text: str, path: Path) -> list[str]:
    value = read_source(text.encode(), path).metadata.get("evidence")
    return [line.strip() for line in value.text.split("\n") if line.strip()] if value else []


def add_file(plan: Plan, name: str, text: str) -> None:
    """Put a file of the bank into the plan where it changes."""
    _file(plan, name, text)


def _file(plan: Plan, name: str, text: str) -> None:
    path = plan.bank / name
    try:
        same = path.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        same = False
    if not same:
        plan.files[name] = text


def apply(plan: Plan) -> None:
    """Write the plan. Each file and each new folder appears whole or not at all. Raises `StorageError`."""
    bank = plan.bank
    try:
        bank.mkdir(parents=True, exist_ok=True)
        for left in bank.glob(f"{MARK}*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        for name, text in plan.new_skills.items():
            draft = bank / f"{MARK}{name}"
            draft.mkdir()
            _put(draft / SKILL_FILE, text)
            os.rename(draft, bank / name)
        for name, text in plan.changed.items():
            _replace(bank, bank / name / SKILL_FILE, text)
        for name, text in plan.files.items():
            _replace(bank, bank / name, text)
    except OSError as error:
        raise StorageError(
            f"{error.filename or bank} cannot be written ({error.strerror}); what was written so far is whole, "
            "and the same command goes on from there."
        ) from error


def _put(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _replace(bank: Path, path: Path, text: str) -> None:
    draft = bank / f"{MARK}file"
    _put(draft, text)
    if path.exists():
        shutil.copymode(path, draft)
    os.replace(draft, path)
