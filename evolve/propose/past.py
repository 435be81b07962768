"""Earlier versions of a bank's skills: those of its own history, and those of the bank that ships with escs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from escs.evolve.branches.repository import Repository
from escs.runtime.bank.bank import SKILL_FILE
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.safety import CRISIS_SKILLS

COMMITS = 50  # of the bank's history that are looked through
VERSIONS = 4  # of one skill that are kept


def past(repository: Repository, commit: str) -> dict[str, list[tuple[str, str]]]:
    """By folder, the texts that a skill had before, the newest first, each with where it comes from in words."""
    here = _skills(repository.files(repository.bank_tree(commit)))
    found: dict[str, list[tuple[str, str]]] = {}
    path = "/".join(repository.folder) or "."
    listed = repository.run(
        "log", f"-{COMMITS}", "--format=%H %cs", "--end-of-options", commit, "--", f":(top,literal){path}"
    )
    for line in listed.decode().splitlines()[1:]:
        older, date = line.split()
        for folder, text in _skills(repository.files(repository.bank_tree(older))).items():
            _add(found, folder, text, f"the version of {date} ({older[:8]})", here)
    for folder in sorted(os.listdir(SHIPPED_BANK)):
        file = SHIPPED_BANK / folder / SKILL_FILE
        if folder not in CRISIS_SKILLS and file.is_file():
            _add(found, folder, file.read_text(encoding="utf-8"), "the bank that ships with escs", here)
    return found


def _add(found: dict[str, list[tuple[str, str]]], folder: str, text: str, whence: str, here: Mapping[str, str]) -> None:
    versions = found.setdefault(folder, [])
    if text != here.get(folder) and all(text != old for old, _ in versions) and len(versions) < VERSIONS:
        versions.append((text, whence))


def _skills(files: Mapping[str, bytes]) -> dict[str, str]:
    texts = {}
    for path, data in files.items():
        folder, _, rest = path.partition("/")
        if rest == SKILL_FILE and folder not in CRISIS_SKILLS:
            try:
                texts[folder] = data.decode("utf-8")
            except UnicodeDecodeError:
                continue
    return texts


def clean(found: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, Sequence[tuple[str, str]]]:
    """Only the skills that have an earlier version."""
    return {folder: versions for folder, versions in found.items() if versions}
