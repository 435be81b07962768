"""Earlier versions of a bank's skills: those of its own history, and those of the bank that ships with escs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from escs.evolve.branches.repository import Repository
from escs.runtime.bank.bank import SKILL_FILE
from escs.runtime.errors import EscsError, UsageError
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.safety import CRISIS_SKILLS

COMMITS = 50  # of the bank's history that are looked through
VERSIONS = 4  # of one skill that are kept
SHIPPED_WORDS = "the bank that ships with escs"


Past = dict[str, list[tuple[str, str]]]
"""By folder the texts that a skill had before, the newest first, each with where it comes from in words."""


def past(repository: Repository, commit: str) -> Past:
    """The earlier versions of the skills as they stand at a commit: of its history, then of the bank that ships."""
    here = _skills(repository.files(repository.bank_tree(commit)))
    found: Past = {}
    path = "/".join(repository.folder) or "."
    listed = repository.run(
        "log", f"-{COMMITS}", "--format=%H %cs", "--end-of-options", commit, "--", f":(top,literal){path}"
    )
    for line in listed.decode().splitlines()[1:]:
        older, date = line.split()
        try:
            tree = repository.bank_tree(older)
        except UsageError:  # the folder had been moved away, and came back later
            continue
        for folder, text in _skills(repository.files(tree)).items():
            _add(found, folder, text, f"the version of {date} ({older[:8]})", here)
    return _with_shipped(found, here)


def past_of_folder(bank: Path, files: Mapping[str, bytes]) -> Past:
    """The earlier versions of the skills of a folder, whether or not it is in a git repository."""
    here = _skills(files)
    found: Past = {}
    with suppress(EscsError):  # in no repository, or in one without a commit: then the bank that ships is all there is
        repository = Repository(bank)
        head = repository.commit_of("HEAD")
        for folder, text in _skills(repository.files(repository.bank_tree(head))).items():
            _add(found, folder, text, f"the last commit ({head[:8]})", here)
        for folder, versions in past(repository, head).items():
            for text, whence in versions:
                _add(found, folder, text, whence, here)
    return _with_shipped(found, here)


@cache
def shipped_names() -> frozenset[str]:
    """The skills that ship with escs, but for crisis skills."""
    names = os.listdir(SHIPPED_BANK)
    return frozenset(name for name in names if (SHIPPED_BANK / name / SKILL_FILE).is_file()).difference(CRISIS_SKILLS)


def _with_shipped(found: Past, here: Mapping[str, str]) -> Past:
    for folder in sorted(shipped_names()):
        _add(found, folder, (SHIPPED_BANK / folder / SKILL_FILE).read_text(encoding="utf-8"), SHIPPED_WORDS, here)
    return {folder: versions for folder, versions in found.items() if versions}


def _add(found: Past, folder: str, text: str, whence: str, here: Mapping[str, str]) -> None:
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
