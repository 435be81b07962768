"""Settings: by flag, then `ESCS_*` variable, then `escs.toml` beside the bank, then the default.

A bank may come from a stranger, and `escs.toml` with it. So the file can never say where words are sent, which local
file is loaded as a model, or anything about safety but the country whose resources are shown.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from escs.runtime.errors import UsageError
from escs.runtime.paths import SHIPPED_BANK

FILE = "escs.toml"
_SKILLS = "*/SKILL.md"
_FROM_FILE = {"engine": str, "country": str, "disclose_minutes": int, "disclose_turns": int}

_MOST = {"disclose_minutes": 180, "disclose_turns": 200}
"""What the file can set at most: three hours is what laws ask for, and a stranger's bank must not switch it off."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a command runs with."""

    bank: Path = SHIPPED_BANK
    engine: str | None = None  # None: Claude where a key is set, else offline
    country: str | None = None  # ISO 3166 alpha-2; None: from the locale
    disclose_minutes: int = 45
    disclose_turns: int = 40

    @classmethod
    def read(cls, environ: Mapping[str, str], **flags: Any) -> Settings:
        """The settings in force. Raises `UsageError` naming the folder, the variable, or the file and key, that is wrong."""
        bank = Path(flags.pop("bank", None) or environ.get("ESCS_BANK") or SHIPPED_BANK)
        refuse_parent(bank)
        settings = replace(cls(bank=bank), **_from_file(bank))
        for field in fields(cls):
            given = flags.get(field.name)
            variable = f"ESCS_{field.name.upper()}"
            if given is None and field.name != "bank" and environ.get(variable):
                given = _number(environ[variable], variable) if field.name.startswith("disclose") else environ[variable]
            if given is not None:
                settings = replace(settings, **{field.name: given})
        return settings


def refuse_parent(bank: Path) -> None:
    """Raise `UsageError` for the folder that `escs init` made, where the one within it is the bank."""
    within = bank / "skills"
    if within.is_dir() and next(within.glob(_SKILLS), None) and not next(bank.glob(_SKILLS), None):
        raise UsageError(f"{bank} holds no skills itself; did you mean {within}?")


def _number(text: str, variable: str) -> int:
    if not text.isdigit():
        raise UsageError(f"{variable} is {text!r}; it takes a whole number.")
    return int(text)


def _from_file(bank: Path) -> dict[str, Any]:
    for path in (bank / FILE, bank.parent / FILE):
        if bank == SHIPPED_BANK or not path.is_file():
            continue
        if not path.resolve().is_relative_to(bank.parent.resolve()):
            raise UsageError(f"{path} is a link that leads elsewhere; copy the file in, or remove it.")
        try:
            with path.open("rb") as file:
                data = tomllib.loads(file.read(64 * 1024).decode("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"{path} cannot be read: {error}. Mend it or move it away.") from error
        for key, value in data.items():
            kind = _FROM_FILE.get(key)
            if kind is None:
                known = ", ".join(_FROM_FILE)
                raise UsageError(f"{path}: {key!r} cannot be set there; the file takes {known}.")
            if not isinstance(value, kind) or isinstance(value, bool):
                raise UsageError(f"{path}: {key!r} takes {'a whole number' if kind is int else 'text in quotes'}.")
            if isinstance(value, int) and not 1 <= value <= _MOST[key]:
                raise UsageError(f"{path}: {key!r} takes 1 to {_MOST[key]}; it keeps being said that this is an AI.")
        if ":" in data.get("engine", "") or "/" in data.get("engine", ""):
            raise UsageError(f"{path}: an engine that loads a file or names a server is set by flag or variable only.")
        return data
    return {}
