"""`escs skills lint`: every complaint about a bank at once, each with file, line, what is wrong and what to write."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from escs.runtime.bank.bank import SKILL_FILE
from escs.runtime.bank.complaint import Complaint
from escs.runtime.bank.hostile import hostile, told_or_hidden
from escs.runtime.bank.lint_fields import field_complaints
from escs.runtime.bank.parse import parse_skill
from escs.runtime.bank.skill import Skill
from escs.runtime.bank.source import FILE_LIMIT, read_source
from escs.runtime.errors import BankError
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.safety import CRISIS_SKILLS

FILES_LIMIT = 20  # files in a skill's folder


def lint(where: Path) -> tuple[list[Complaint], int]:
    """All complaints about a bank, a skill's folder or one SKILL.md, and how many skills were looked at."""
    if not where.exists():
        raise BankError(f"There is nothing at {where}; name a bank, a skill's folder or a SKILL.md.")
    if where.is_file():
        return _skill(where, ()), 1
    if (where / SKILL_FILE).exists():
        return _skill(where / SKILL_FILE, ()), 1
    return _bank(where)


def _bank(root: Path) -> tuple[list[Complaint], int]:
    try:
        folders = sorted(path for path in root.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise BankError(f"The bank {root} cannot be read ({error.strerror}); check its permissions.") from error
    inside = root.resolve()
    complaints: list[Complaint] = []
    files: list[Path] = []
    for folder in folders:
        if not folder.name.isprintable():
            shown = ascii(folder.name)[1:-1]
            message = f"The folder {shown} has control or hidden characters in its name; it is never read."
            mend = "Rename it with small letters, digits and hyphens."
            complaints.append(_at(root, 1, "bad-folder-name", message, mend))
        elif not _leads_inside(folder, inside):
            complaints.append(
                _at(folder, 1, "leads-out", "This link leads out of the bank; it is never read.", "Copy the folder in.")
            )
        elif folder.is_dir():
            files.append(folder / SKILL_FILE)
    if not files:
        complaints.append(_at(root, 1, "empty-bank", "The bank has no skills.", "`escs skills new NAME` adds one."))
    names = [file.parent.name for file in files]
    seen: dict[str, Path] = {}
    spoken: dict[str, tuple[Path, str]] = {}
    for file in files:
        complaints += _skill(file, [name for name in names if name != file.parent.name])
        skill = _parsed(file)
        if skill is None:
            continue
        if skill.name in seen:
            message = f"The name `{skill.name}` is already that of {seen[skill.name]}."
            complaints.append(_at(file, 1, "name-twice", message, "Give each skill a name of its own."))
        seen.setdefault(skill.name, file)
        complaints += _said_twice(skill, file, spoken)
    if inside != SHIPPED_BANK.resolve():
        complaints += _crisis(root)
    else:
        complaints += _resources()
    return complaints, len(files)


def _parsed(file: Path) -> Skill | None:
    data = _read(file)
    return parse_skill(data, file)[0] if isinstance(data, bytes) else None


def _read(file: Path) -> bytes | Complaint:
    bank = file.parent.parent
    if not _leads_inside(file, bank.resolve()):
        return _at(file, 1, "leads-out", "This link leads out of the bank; it is never read.", "Copy the file in.")
    try:
        if file.exists() and not file.is_file():
            return _at(file, 1, "not-a-file", "SKILL.md is not a plain file.", "Make it a text file.")
        with file.open("rb") as opened:
            return opened.read(FILE_LIMIT + 1)
    except FileNotFoundError:
        mend = "Add one (`escs skills new` makes a draft), or move the folder away."
        return _at(file, 1, "no-skill-file", f"The folder {file.parent.name} has no SKILL.md.", mend, "warning")
    except OSError as error:
        return _at(file, 1, "unreadable", f"The file cannot be read ({error.strerror}).", "Check its permissions.")


def _skill(file: Path, others: Sequence[str]) -> list[Complaint]:
    data = _read(file)
    if isinstance(data, Complaint):
        return [data]
    skill, complaints = parse_skill(data, file)
    text = data[:FILE_LIMIT].decode("utf-8", errors="replace")
    if skill is not None:
        complaints = [*complaints, *field_complaints(skill, data)]
    complaints += _files(file.parent, file)
    complaints += _values(data, file)
    complaints += [
        Complaint(file, c.line, c.rule, c.message, c.mend, c.severity)
        for c in hostile(text, name=file.parent.name, others=others)
    ]
    return sorted(complaints, key=lambda complaint: complaint.line)


def _leads_inside(path: Path, inside: Path) -> bool:
    try:
        return path.resolve().is_relative_to(inside)
    except (OSError, RuntimeError):  # a link that leads to itself
        return False


def _values(data: bytes, file: Path) -> Iterator[Complaint]:
    """What frontmatter hides behind YAML's escapes, or by folding it over lines: looked at as it will be read."""
    source = read_source(data, file)
    for value in (*source.fields.values(), *source.metadata.values()):
        for found in told_or_hidden(value.text, file.parent.name):
            yield _at(file, value.line, found.rule, found.message, found.mend)


def _files(folder: Path, skill: Path) -> Iterator[Complaint]:
    """Everything in a skill's folder that has no place there; none of it is ever read or run."""
    if skill.stat().st_nlink > 1:
        message = "The file has a second name elsewhere (a hard link), so it may not be this bank's own text."
        yield _at(skill, 1, "hard-link", message, "Copy it in.", "warning")
    count = 0
    for where, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(where) / name
            shown = ascii(name)[1:-1]
            if path.is_symlink() and path != skill:
                yield _at(skill, 1, "link-in-folder", f"{shown} is a link; it is never followed.", "Remove it.")
            elif name in (".git", ".github", ".hg") or (name in files and path.suffix != ".md"):
                message = f"{shown} is not a Markdown file; it is never read, and never run."
                yield _at(skill, 1, "foreign-file", message, "Keep what the skill needs.", "warning")
        folders[:] = [name for name in folders if not name.startswith(".")]
        count += len(files)
        if count > 50 * FILES_LIMIT:
            folders.clear()
        if count > FILES_LIMIT:
            message = f"The skill's folder holds more than {FILES_LIMIT} files; only .md files are ever read."
            yield _at(folder / SKILL_FILE, 1, "too-many-files", message, "Keep what the skill needs.")
            return


def _said_twice(skill: Skill, file: Path, spoken: dict[str, tuple[Path, str]]) -> Iterator[Complaint]:
    for line in skill.say:
        plain = " ".join(line.lower().split())
        if plain in spoken and spoken[plain][0] != file:
            message = f"The line “{line[:60]}” stands in {spoken[plain][1]} too; people notice repetition."
            yield _at(file, _line_of(file, line), "said-twice", message, "Word one of them anew.", "warning")
        spoken.setdefault(plain, (file, skill.name))


def _line_of(file: Path, words: str) -> int:
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((number for number, line in enumerate(lines, 1) if words[:40] in line), 1)


def _crisis(root: Path) -> Iterator[Complaint]:
    for name in CRISIS_SKILLS:
        own, shipped = root / name / SKILL_FILE, SHIPPED_BANK / name / SKILL_FILE
        data = _read(own) if own.exists() else None
        if isinstance(data, bytes) and shipped.exists() and data != shipped.read_bytes():
            message = f"`{name}` is a crisis skill: the conversation uses it as it ships, and this edit has no effect."
            yield _at(
                own,
                1,
                "crisis-skill",
                message,
                "See docs/safety.md on how to change what happens in a crisis.",
                "warning",
            )


def _resources() -> Iterator[Complaint]:
    from escs.runtime.safety import resources

    for message in resources.stale():
        yield _at(
            resources.FILE, 1, "stale-resource", message, "Check it with two sources and renew the date.", "warning"
        )


def nearest(word: str, known: Sequence[str]) -> str:
    """A hint that names the nearest known word, or all of them."""
    near = get_close_matches(word, known, n=1)
    return f"Did you mean `{near[0]}`?" if near else "Use one of: " + ", ".join(known) + "."


def _at(path: Path, line: int, rule: str, message: str, mend: str, severity: str = "error") -> Complaint:
    return Complaint(path, line, rule, message, mend, severity)
