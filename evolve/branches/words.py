"""Names of branches, and commit messages whose trailers are ours alone."""

from __future__ import annotations

import re
from collections.abc import Mapping

BRANCHES = "refs/heads/evolve/"
_TRAILER = re.compile(r"^\s*([A-Za-z0-9][\w-]*)\s*[:=]\s*(.*)$")
_OWN = re.compile(r"^(Escs-[A-Z][a-z]+): (.*)$")
_SPACES = re.compile(r"[ \t]+")
SUBJECT = 72


def slug(text: str, most: int = 40) -> str:
    """The text as `[a-z0-9-]`, never empty: the only thing of a proposal that becomes part of a ref's name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:most].strip("-") or "edit"


def prose(text: str) -> str:
    """An engine's text as paragraphs without control characters and without a line that reads as a trailer."""
    lines = []
    for line in text.replace("\r", "\n").split("\n"):
        plain = _SPACES.sub(" ", "".join(c for c in line if c.isprintable() or c == "\t")).strip()
        found = _TRAILER.match(plain)
        if found and (" " not in found[1]):
            plain = f"({plain.replace(':', ' –', 1)})"
        if plain.startswith("#") or set(plain) == {"-"}:
            plain = plain.lstrip("#-").strip()
        lines.append(plain)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def message(subject: str, body: str, trailers: Mapping[str, str]) -> str:
    """A commit message: a subject, what changes and why, and our trailers as its last paragraph."""
    first = " ".join("".join(c if c.isprintable() else " " for c in subject).split()).lstrip("# ") or "An edit"
    if len(first) > SUBJECT:
        first = first[: SUBJECT - 1].rsplit(" ", 1)[0] + "…"
    parts = [first, prose(body), "\n".join(f"{key}: {' '.join(value.split())}" for key, value in trailers.items())]
    return "\n\n".join(part for part in parts if part) + "\n"


def trailers(text: str) -> dict[str, str]:
    """Our trailers: those of the last paragraph, where every line of it is one."""
    last = text.strip().split("\n\n")[-1].splitlines()
    found = [_OWN.match(line) for line in last]
    return {each[1]: each[2] for each in found if each} if all(found) else {}
