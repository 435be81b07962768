"""Reads a profile's Markdown file, and says in words what is wrong with it, line by line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from escs.evolve.simulate.profile import (
    CUE_KINDS,
    MOST_LANDING,
    SPLITS,
    TRAPS,
    Cue,
    Disclosure,
    Gratification,
    Landing,
    Profile,
)
from escs.runtime.bank.complaint import Complaint
from escs.runtime.bank.lint import nearest
from escs.runtime.bank.parse import split_sections
from escs.runtime.bank.source import Source, read_source
from escs.runtime.taxonomy import taxonomy

KEYS = (
    "name",
    "persona",
    "split",
    "intention",
    "temperament",
    "scenario",
    "state",
    "intensity",
    "tags",
    "trap",
    "twin-of",
)
NEEDED = ("name", "intention", "temperament")
SECTIONS = (
    "Persona",
    "Situation",
    "Tried",
    "Wants",
    "Lands",
    "Opening",
    "Discloses",
    "Turns",
    "Better",
    "Worse",
    "Cues",
    "Trap",
)
LEAST = {"Discloses": 9, "Better": 3, "Worse": 3}  # fewer, and a talk of ten turns repeats itself

_LANDING = re.compile(r"^(?P<action>[a-z-]+)\s*(?:\(turns? (?P<first>\d+)(?:-(?P<last>\d+))?\))?\s*:\s*(?P<rest>.*)$")
_AMOUNT = re.compile(r"^(?P<amount>[+-]?\d+)\s*(?:;\s*(?P<why>.*))?$")
_NUMBERED = re.compile(r"^(?P<number>\d+)\s*:\s*(?P<text>.+)$")
_BULLET = re.compile(r"^\s*[-*+]\s+(.*\S)\s*$")

Item = TypeVar("Item")


def parse_profile(data: bytes, path: Path) -> tuple[Profile | None, list[Complaint]]:
    """A profile from a file's bytes and all complaints; None where it cannot be used at all."""
    source = read_source(data, path)
    if any(complaint.severity == "error" for complaint in source.complaints):
        return None, source.complaints
    fields = {key: " ".join(value.text.split()) for key, value in source.fields.items()}
    sections = split_sections(source.body)
    _check_fields(source, fields)
    _check_sections(source, sections)
    reader = _Reader(source, sections)
    profile = Profile(
        name=fields.get("name", ""),
        persona=fields.get("persona") or fields.get("name", ""),
        split=fields.get("split", "") or path.parent.name,
        intention=fields.get("intention", ""),
        temperament=fields.get("temperament", ""),
        scenario=fields.get("scenario", ""),
        state=fields.get("state", ""),
        intensity=int(fields["intensity"]) if fields.get("intensity", "").isdigit() else 60,
        tags=tuple(tag.strip() for tag in fields.get("tags", "").split(",") if tag.strip()),
        trap=fields.get("trap", ""),
        twin_of=fields.get("twin-of", ""),
        title=_title(source.body),
        who=_prose(sections.get("Persona", "")),
        situation=_prose(sections.get("Situation", "")),
        tried=tuple(text for _, text in reader.items("Tried")),
        wants=_prose(sections.get("Wants", "")),
        lands=reader.each("Lands", _landing),
        opening=_prose(sections.get("Opening", "")),
        discloses=reader.each("Discloses", _disclosure),
        turns=tuple(text for _, text in reader.items("Turns")),
        better=tuple(text for _, text in reader.items("Better")),
        worse=tuple(text for _, text in reader.items("Worse")),
        cues=reader.each("Cues", _cue),
        trapped=reader.trap(bool(fields.get("trap"))),
        path=path,
    )
    reader.count()
    unusable = any(complaint.severity == "error" for complaint in source.complaints)
    return None if unusable else profile, sorted(source.complaints, key=lambda complaint: complaint.line)


def _check_fields(source: Source, fields: dict[str, str]) -> None:
    known = taxonomy()
    for key, value in source.fields.items():
        if key not in KEYS:
            source.complain(value.line, "unknown-key", f"`{key}` is not a key of a profile.", nearest(key, KEYS))
    for key in NEEDED:
        if not fields.get(key):
            hint = {"name": source.path.stem, "intention": "empathy", "temperament": "passive"}[key]
            source.complain(source.front_line, f"no-{key}", f"The profile has no {key}.", f"Write `{key}: {hint}`.")
    name = fields.get("name", "")
    if name and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        mend = "Use small letters, digits and single hyphens."
        source.complain(source.fields["name"].line, "bad-name", f"The name `{name}` is not a slug.", mend)
    elif name and name != source.path.stem:
        mend = f"Write `name: {source.path.stem}`, or rename the file."
        source.complain(
            source.fields["name"].line, "name-differs", f"The name `{name}` is not the file's.", mend, "warning"
        )
    closed = {
        "split": SPLITS,
        "intention": tuple(known.intentions),
        "temperament": tuple(known.temperaments),
        "scenario": tuple(known.scenarios),
        "state": tuple(known.states),
        "trap": TRAPS,
    }
    for key, labels in closed.items():
        label = fields.get(key, "")
        if label and label not in labels:
            message = f"`{label}` is not {'an' if key[0] in 'aeiou' else 'a'} {key}."
            source.complain(source.fields[key].line, f"unknown-{key}", message, nearest(label, labels))
    intensity = fields.get("intensity")
    if intensity is not None and not (intensity.isdigit() and int(intensity) <= 100):
        line = source.fields["intensity"].line
        source.complain(line, "intensity", f"The intensity `{intensity}` is no number from 0 to 100.", "Write one.")


def _check_sections(source: Source, sections: dict[str, str]) -> None:
    for heading in sections:
        if heading and heading not in SECTIONS:
            line = _line_of(source, f"## {heading}")
            source.complain(
                line, "unknown-section", f"`## {heading}` is no section of a profile.", nearest(heading, SECTIONS)
            )
    for heading in ("Situation", "Wants", "Opening", "Discloses"):
        if not sections.get(heading, "").strip():
            source.complain(
                source.body_line, "no-section", f"The section `## {heading}` is missing or empty.", "Write it."
            )


def _line_of(source: Source, text: str) -> int:
    lines = source.body.split("\n")
    return source.body_line + next((n for n, line in enumerate(lines) if line.strip().startswith(text)), 0)


class _Reader:
    """Goes through the bullets of the sections, with the line of each in the file."""

    def __init__(self, source: Source, sections: dict[str, str]) -> None:
        self._source = source
        self._sections = sections

    def items(self, heading: str) -> list[tuple[int, str]]:
        """The bullets of a section with their lines; a wrapped bullet is joined."""
        found: list[tuple[int, str]] = []
        inside = False
        for number, line in enumerate(self._source.body.split("\n"), self._source.body_line):
            if line.startswith("## "):
                inside = line[3:].strip() == heading
            elif inside and (match := _BULLET.match(line)):
                found.append((number, match[1]))
            elif inside and line.strip() and found:
                found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        return found

    def each(self, heading: str, read: Callable[[str], Item | str]) -> tuple[Item, ...]:
        """The items of a section as `read` makes them; where it gives a sentence instead, that is a complaint."""
        made: list[Item] = []
        for line, text in self.items(heading):
            item = read(text)
            if isinstance(item, str):
                self._source.complain(line, f"bad-{heading.lower()}", f"`{text[:60]}` cannot be read.", item)
            else:
                made.append(item)
        return tuple(made)

    def trap(self, needed: bool) -> Gratification:
        """The section Trap, which a profile with `trap:` must have."""
        parts = {}
        for line, text in self.items("Trap"):
            key, colon, said = text.partition(":")
            if not colon or key.strip() not in ("gratifying", "right", "marks"):
                mend = "Write `- gratifying: …`, `- right: …` or `- marks: …`."
                self._source.complain(line, "bad-trap", f"`{text[:60]}` cannot be read.", mend)
            parts[key.strip()] = said.strip()
        if needed and not all(parts.get(key) for key in ("gratifying", "right", "marks")):
            self._source.complain(
                self._source.front_line,
                "no-trap",
                "The profile names a trap but its section `## Trap` is not whole.",
                "Write the lines `- gratifying: …`, `- right: …` and `- marks: …`.",
            )
        marks = tuple(mark.strip().lower() for mark in parts.get("marks", "").split(",") if mark.strip())
        return Gratification(parts.get("gratifying", ""), parts.get("right", ""), marks)

    def count(self) -> None:
        """Say where a section holds too few lines for ten turns."""
        for heading, least in LEAST.items():
            count = len(self.items(heading))
            if 0 < count < least or (count == 0 and heading != "Discloses"):
                line = _line_of(self._source, f"## {heading}")
                message = f"`## {heading}` has {count} lines; with fewer than {least} the seeker repeats themselves."
                self._source.complain(line, "too-few", message, "Add some.", "warning")


def _landing(text: str) -> Landing | str:
    match = _LANDING.match(text)
    amount = _AMOUNT.match(match["rest"]) if match else None
    if not match or not amount:
        return "Write `action: +2; why`, or `action (turn 1-4): -3; why`."
    if match["action"] not in taxonomy().actions:
        return nearest(match["action"], tuple(taxonomy().actions))
    if abs(int(amount["amount"])) > MOST_LANDING:
        return f"Write a number from -{MOST_LANDING} to +{MOST_LANDING}."
    first = int(match["first"] or 1)
    last = int(match["last"] or match["first"] or 99)
    return Landing(match["action"], int(amount["amount"]), amount["why"] or "", first, last)


def _disclosure(text: str) -> Disclosure | str:
    match = _NUMBERED.match(text)
    if not match or int(match["number"]) > 100:
        return "Write `30: what they say`, with the trust it takes from 0 to 100."
    return Disclosure(int(match["number"]), match["text"])


def _cue(text: str) -> Cue | str:
    match = _NUMBERED.match(text)
    kind, _, said = match["text"].partition(";") if match else ("", "", "")
    if not match or not said.strip():
        return "Write `4: hint; what they say`, with the seeker's turn first."
    if kind.strip() not in CUE_KINDS:
        return nearest(kind.strip(), CUE_KINDS)
    if int(match["number"]) < 2:
        return "A cue stands in the second turn or later; the opening is the first."
    return Cue(int(match["number"]), kind.strip(), said.strip())


def _title(body: str) -> str:
    return next((line[2:].strip() for line in body.split("\n") if line.startswith("# ")), "")


def _prose(text: str) -> str:
    return "\n\n".join(" ".join(block.split()) for block in text.split("\n\n") if block.strip())
