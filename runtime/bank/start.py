"""`escs init`: a new git repository with a copy of the bank that ships, committed, for a person to make their own."""

from __future__ import annotations

import shutil
from pathlib import Path

from escs.runtime.errors import EscsError, StorageError, UsageError
from escs.runtime.paths import SHIPPED_BANK

_README = """\
# A bank of support skills

Each folder in `skills/` is one skill: a Markdown file that says when a way of supporting someone applies, how to do
it, what it should bring about and how it can go wrong. Edit them in any editor; the next turn of the conversation
sees the change:

    escs chat --bank skills
    escs skills lint skills

The skills began as a copy of those that ship with escs (CC-BY-4.0). Keep a note of what you change, and commit often.
"""


def start_bank(folder: Path) -> Path:
    """Make the repository; the path of its bank. Raises where the folder holds something already, or git is missing."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} exists and is not an empty folder; choose another name.")
    try:
        import git
    except ImportError as error:  # GitPython refuses to import where there is no git program
        raise EscsError("git was not found; install git 2.38 or later, then run this again.") from error
    bank = folder / "skills"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(SHIPPED_BANK, bank, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        (folder / "README.md").write_text(_README, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{folder} cannot be written ({error.strerror}).") from error
    try:
        repo = git.Repo.init(folder, initial_branch="main")
        repo.git.add("--", "README.md", "skills")
        author = [] if _has_author(repo) else ["-c", "user.name=escs", "-c", "user.email=escs@localhost"]
        repo.git.execute(
            [
                "git",
                *author,
                "-c",
                "commit.gpgsign=false",
                "commit",
                "-q",
                "-m",
                "Start from the bank that ships with escs",
            ]
        )
    except git.GitError as error:
        raise EscsError(f"The bank is in {bank}, but git could not commit it: {_last_line(error)}") from error
    return bank


def _has_author(repo: object) -> bool:
    import git

    try:
        repo.git.var("GIT_AUTHOR_IDENT")  # type: ignore[attr-defined]
    except git.GitError:
        return False
    return True


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
