"""What every proposal must pass before a branch exists: lint, the safety check, the crisis skills, and no repetition."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from escs.evolve.propose.edit import Operation, ProposalError
from escs.evolve.verify.changes import Changes, changes
from escs.runtime.bank.lint import lint


def lint_complaints(files: Mapping[str, bytes]) -> set[tuple[str, str, str]]:
    """The complaints of lint about a bank's files: path, rule and message; figures of evidence stay where they are."""
    with tempfile.TemporaryDirectory(prefix="escs-") as folder:
        root = Path(folder)
        for path, data in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        complaints, _ = lint(root)
        return {
            (str(c.path.relative_to(root)) if c.path else "", c.rule, c.message.replace(folder, ""))
            for c in complaints
            if c.severity == "error"
        }


def check(
    files: Mapping[str, bytes], changed: Mapping[str, bytes | None], operations: tuple[Operation, ...],
    known: set[tuple[str, str, str]],
) -> Changes:  # fmt: skip
    """What the proposal changes. Raises `ProposalError` where the bank would be worse than before by lint (`known` are its errors now), or a crisis
    skill, or anything but the skills that are named, would change."""
    after = {path: data for path, data in {**files, **changed}.items() if data is not None}
    touched = changes(files, after)
    if touched.crisis:
        raise ProposalError(f"`{touched.crisis[0]}` is a crisis skill; no proposal may touch it.")
    named = {operation.skill for operation in operations}
    outside = [path for path in touched.paths if path.partition("/")[0] not in named]
    if outside:
        raise ProposalError(f"The proposal would change {outside[0]}, which it does not name.")
    fresh = sorted(lint_complaints(_only(after, named)) - known)
    if fresh:
        path, rule, message = fresh[0]
        raise ProposalError(f"{path}: {message} ({rule})")
    return touched


def _only(files: Mapping[str, bytes], folders: set[str]) -> dict[str, bytes]:
    """The files of these skills: lint of a whole bank for every edit would take seconds."""
    return {path: data for path, data in files.items() if path.partition("/")[0] in folders}
