"""Makes a `Skill` of a SKILL.md: what its conditions, outcomes, risks, evidence and sections say, line by line."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from escs.runtime.bank.complaint import Complaint
from escs.runtime.bank.skill import MATCHED_KEYS, Condition, Outcome, RiskNote, Skill
from escs.runtime.bank.source import Source, Value, read_source

NAME_LIMIT = 64  # agentskills.io

_KEYED = re.compile(r"^(?P<key>[a-z][a-z-]*)\s*:\s*(?P<value>.*)$")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_BULLET = re.compile(r"^\s*[-*+]\s+(.*\S)\s*$")


def parse_skill(data: bytes, path: Path) -> tuple[Skill | None, list[Complaint]]:
    """A skill from a file's bytes, and every complaint about the file's form.

    Forgiving where it can be: the skill is None only where no name or no text could be read at all. Whether labels
    and names make sense is `lint`'s business.
    """
    source = read_source(data, path)
    name = source.fields.get("name")
    if any(complaint.severity == "error" for complaint in source.complaints) or name is None:
        if name is None and not source.complaints:
            source.complain(1, "no-name", "The skill has no name.", f"Write `name: {path.parent.name}`.")
        return None, source.complaints
    if not name.text.strip().isprintable() or not 0 < len(name.text.strip()) <= NAME_LIMIT:
        message = "The name is empty, too long, or has control or hidden characters."
        mend = f"Use small letters, digits and single hyphens, at most {NAME_LIMIT}."
        source.complain(name.line, "bad-name", message, mend)
        return None, source.complaints
    return _build(source, name.text.strip(), hashlib.sha256(data).hexdigest()), source.complaints


def _build(source: Source, name: str, digest: str) -> Skill:
    meta = source.metadata
    sections = split_sections(source.body)
    return Skill(
        name=name,
        description=_text(source.fields.get("description")),
        action=_text(meta.get("action")),
        path=source.path,
        body=source.body.strip("\n"),
        conditions=tuple(_conditions(meta.get("conditions"))),
        outcomes=tuple(_outcomes(meta.get("outcomes"))),
        risks=tuple(_risks(meta.get("risks"))),
        evidence=_evidence(meta.get("evidence")),
        version=_text(meta.get("version")),
        license=_text(source.fields.get("license")),
        say=_bullets(sections.get("Say", "")),
        avoid=_bullets(sections.get("Avoid", "")),
        sections=sections,
        metadata={key: value.text for key, value in meta.items()},
        digest=digest,
    )


def _text(value: Value | None) -> str:
    return " ".join(value.text.split()) if value else ""


def _lines(value: Value | None) -> list[tuple[int, str]]:
    """The non-empty lines of a block with their line numbers; a folded or plain value counts as one line."""
    if value is None:
        return []
    return [(value.first + number, line.strip()) for number, line in enumerate(value.text.split("\n")) if line.strip()]


def parse_condition(text: str, line: int = 0) -> Condition:
    """One line of `conditions`: `key: a, b` where the key is one the machine matches, else a sentence."""
    rest, negated = text, False
    if rest.lower().startswith("not:"):
        rest, negated = rest[4:].strip(), True
    match = _KEYED.match(rest)
    if match and match["key"] in MATCHED_KEYS:
        values = tuple(value.strip() for value in match["value"].split(",") if value.strip())
        return Condition(text, line, match["key"], values, negated)
    return Condition(text, line, negated=negated)


def _conditions(value: Value | None) -> list[Condition]:
    return [parse_condition(text, line) for line, text in _lines(value)]


def _outcomes(value: Value | None) -> list[Outcome]:
    outcomes = []
    for _, text in _lines(value):
        match = _KEYED.match(text)
        outcomes.append(Outcome(match["key"], match["value"]) if match else Outcome("", text))
    return outcomes


def _risks(value: Value | None) -> list[RiskNote]:
    notes = []
    for _, text in _lines(value):
        parts = _labelled(text)
        notes.append(RiskNote(parts.get("", ""), parts.get("sign", ""), parts.get("then", "")))
    return notes


def _labelled(text: str) -> dict[str, str]:
    """`what; sign: …; then: …` as a mapping; a part without a label belongs to the one before it."""
    parts: dict[str, str] = {}
    label = ""
    for piece in text.split(";"):
        match = re.match(r"^\s*(sign|then)\s*:\s*(.*)$", piece, re.IGNORECASE | re.DOTALL)
        if match:
            label, piece = match[1].lower(), match[2]
        parts[label] = f"{parts[label]};{piece}" if label in parts else piece.strip()
    return {key: value.strip() for key, value in parts.items()}


def _evidence(value: Value | None) -> dict[str, str]:
    evidence: dict[str, str] = {}
    for _, text in _lines(value):
        match = _KEYED.match(text)
        if not match:
            continue
        key, said = match["key"], match["value"]
        evidence[key] = f"{evidence[key]}\n{said}" if key in evidence else said
    return evidence


def split_sections(body: str) -> dict[str, str]:
    """The body's `##` sections by heading, in order, fenced code left alone; text before the first one is under ""."""
    sections: dict[str, str] = {}
    heading, fence = "", ""
    lines: list[str] = []
    for line in body.split("\n"):
        stripped = line.lstrip()
        if stripped.startswith(("```", "~~~")):
            mark = stripped[:3]
            fence = "" if fence == mark else (fence or mark)
        match = None if fence else _HEADING.match(line)
        if match and len(match[1]) == 2:
            _close(sections, heading, lines)
            heading, lines = match[2], []
        elif not (match and len(match[1]) == 1):
            lines.append(line)
    _close(sections, heading, lines)
    return sections


def _close(sections: dict[str, str], heading: str, lines: list[str]) -> None:
    text = "\n".join(lines).strip("\n")
    if heading and heading in sections:
        sections[heading] += "\n" + text
    elif heading or text:
        sections[heading] = text


def _bullets(text: str) -> tuple[str, ...]:
    """The items of a bullet list; a wrapped item is joined to one line."""
    items: list[str] = []
    for line in text.split("\n"):
        match = _BULLET.match(line)
        if match:
            items.append(match[1])
        elif line.strip() and items:
            items[-1] = f"{items[-1]} {line.strip()}"
    return tuple(items)
