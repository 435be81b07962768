"""Repositories in the states in which people leave them, and a picture of all that is theirs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from escs.evolve.simulate.profiles import SHIPPED

PERSON = {
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}  # fmt: skip
BAD_LINE = "Just move on, it is not that bad."


def git(top: Path, *args: str, ok: bool = True) -> str:
    """Run git as the person would."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | PERSON
    done = subprocess.run(["git", *args], cwd=top, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or not ok, done.stderr
    return done.stdout


SKILL = """\
---
name: {name}
description: {description}
license: CC-BY-4.0
metadata:
  version: "1"
  action: {action}
  conditions: |
    {condition}
  outcomes: |
    says-more: The seeker says more.
  risks: |
    It sounds mechanical; sign: short answers; then: own it and ask.
  evidence: |
    basis: author
---
# {name}

## Guidance

1. Do this.

## Say

{say}

## Avoid

- Pushing, since it hurts.

## Example

Seeker: It is hard.
Supporter: Tell me.
"""
LINES = {
    "say-back": (
        "restatement",
        "stage: exploration, insight, opening",
        (
            "So what weighs most is {{ topic }}.",
            "Let me see whether I have it so far.",
            "I'll say back what reached me.",
            "As I hear it, {{ clause }}.",
            "That is a lot to carry at once.",
            "Tell me where I have it wrong.",
        ),
    ),
    "ask-open": (
        "open-question",
        "turn: 1-99",
        (
            "What has that been like for you?",
            "What happened then, if you want to tell?",
            "What goes through you when you think of {{ event }}?",
            "What has been hardest about it?",
            "How long has it been like this?",
            "What do you make of it yourself?",
        ),
    ),
}


def make_bank(folder: Path, bad: bool = True) -> Path:
    """A small bank: two skills, one of them with a line that fails the safety check."""
    for name, (action, condition, lines) in LINES.items():
        (folder / name).mkdir(parents=True)
        said = [*lines, *([BAD_LINE] if bad and name == "say-back" else [])]
        text = SKILL.format(
            name=name, description=f"Does {action}. Use when it fits.", action=action, condition=condition,
            say="\n".join(f"- {line}" for line in said),
        )  # fmt: skip
        (folder / name / "SKILL.md").write_text(text, encoding="utf-8")
    return folder


def make_repository(top: Path, *, inside: str = "skills", bad: bool = True) -> Path:
    """A repository with that bank, committed; the path of the bank."""
    top.mkdir(parents=True)
    git(top, "init", "-q", "-b", "main")
    bank = make_bank(top / inside if inside else top, bad)
    (top / "notes.txt").write_text("mine\n", encoding="utf-8")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "A bank")
    return bank


def few_profiles(folder: Path, *, train: int = 4, gate: int = 5) -> Path:
    """A folder with a few of the shipped profiles of the train and gate splits."""
    for split, count in (("train", train), ("gate", gate)):
        target = folder / split
        target.mkdir(parents=True)
        plain = [
            path for path in sorted((SHIPPED / split).glob("*.md")) if "twin-of" not in path.read_text(encoding="utf-8")
        ]
        for path in plain[:count]:
            shutil.copy(path, target)
    return folder


def picture(top: Path) -> dict[str, object]:
    """All that is the person's: files with their bytes, index, refs that are not ours, stash, HEAD, config, status."""
    files = {
        str(path.relative_to(top)): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(top).parts
    }
    refs = [
        line for line in git(top, "for-each-ref").splitlines()
        if "refs/heads/evolve/" not in line and "refs/escs/" not in line
    ]  # fmt: skip
    folder = Path(git(top, "rev-parse", "--absolute-git-dir").strip())
    kept = ("HEAD", "config", "MERGE_HEAD", "MERGE_MSG", "ORIG_HEAD", "REBASE_HEAD", "FETCH_HEAD", "logs/HEAD")
    return {
        "files": files,
        "index": git(top, "ls-files", "--stage", "-z"),
        "refs": refs,
        "stash": git(top, "stash", "list"),
        "status": git(top, "status", "--porcelain=v2", "-z"),
        **{name: (folder / name).read_bytes() for name in kept if (folder / name).is_file()},
        "rebasing": (folder / "rebase-merge").exists(),
    }
