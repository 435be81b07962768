"""`escs skills new`: a draft of a skill that passes lint as it stands and says in each place what belongs there."""

from __future__ import annotations

import re
from pathlib import Path

from escs.runtime.bank.bank import SKILL_FILE
from escs.runtime.errors import BankError, StorageError, UsageError
from escs.runtime.taxonomy import taxonomy

_NAME = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*$")

_DRAFT = """\
---
name: {name}
description: Draft. Say in one sentence what the supporter does. Use when … (the seeker's state and situation).
license: CC-BY-4.0
metadata:
  version: "1"
  action: {action}
  conditions: |
    state: sad
    stage: exploration
    Say in a sentence what must be true before this fits.
    not: Say when this would hurt.
  outcomes: |
    says-more: The seeker says more about what matters to them.
  risks: |
    What can go wrong; sign: how it shows; then: what to do about it.
  evidence: |
    basis: author
---
# {title}

## Guidance

1. What to do first.
2. What to do then.

## Say

- I'd like to understand this better. What is the hardest part of it?
- You mentioned {{{{ topic }}}}. What is that like for you these days?

## Avoid

- A habit or phrase that would hurt here, and why.

## Example

Seeker: …
Supporter: …
"""


def write_draft(bank: Path, name: str, action: str) -> Path:
    """Write `BANK/NAME/SKILL.md`. Raises for a name that is not one, an unknown action, or a skill that exists."""
    if not _NAME.match(name) or len(name) > 64:
        raise UsageError(f"{name!r} is not a skill's name; use small letters, digits and single hyphens, at most 64.")
    actions = taxonomy().actions
    if action not in actions:
        raise UsageError(f"{action!r} is not an action; the taxonomy has {', '.join(actions)}.")
    if not bank.is_dir():
        raise BankError(f"There is no bank at {bank}; `escs init DIR` makes one.")
    folder = bank / name
    try:
        folder.mkdir()
        path = folder / SKILL_FILE
        with path.open("x", encoding="utf-8") as file:
            file.write(_DRAFT.format(name=name, action=action, title=name.replace("-", " ").capitalize()))
    except FileExistsError as error:
        raise BankError(f"{folder} exists already; choose another name, or edit the skill there.") from error
    except OSError as error:
        raise StorageError(f"{folder} cannot be written ({error.strerror}); check its permissions.") from error
    return path
