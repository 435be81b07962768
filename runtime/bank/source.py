"""Reads a SKILL.md's bytes into frontmatter and body, with the line of everything, and refuses what YAML can hide.

`python-frontmatter` does the reading, through a handler that looks at YAML's events before anything is built: aliases,
anchors, tags, lists, a key given twice and deeper nesting are named with their line, and no value is ever more than
a string.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import frontmatter
import yaml
from escs.runtime.bank.complaint import Complaint
from frontmatter.default_handlers import YAMLHandler

FRONTMATTER_LIMIT = 8 * 1024  # bytes
FILE_LIMIT = 64 * 1024  # bytes

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times as fast, where it is built in
_FENCE = re.compile(r"^-{3,}[ \t]*$")


@dataclass(slots=True)
class Value:
    """One string of the frontmatter with the line that it starts on; `first` is the line of its first content."""

    text: str
    line: int
    first: int
    style: str = ""  # "|" and ">" for block scalars, quotes for quoted ones, "" for plain


@dataclass(slots=True)
class Source:
    """A file taken apart: keys with their values and lines, the body, and what is wrong with it."""

    path: Path
    text: str = ""
    fields: dict[str, Value] = field(default_factory=dict)
    metadata: dict[str, Value] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1  # the body's first line in the file, from 1
    front: str = ""  # the text between the two `---` lines
    front_line: int = 2  # its first line in the file
    complaints: list[Complaint] = field(default_factory=list)

    def complain(self, line: int, rule: str, message: str, mend: str, severity: str = "error") -> None:
        """Note what is wrong, where, and what to write instead."""
        self.complaints.append(Complaint(self.path, line, rule, message, mend, severity))


class _Events(YAMLHandler):
    """Takes the frontmatter's YAML apart by its events; nothing is ever constructed from tags or aliases."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source

    def split(self, text: str) -> tuple[str, str]:
        """The frontmatter and body as we found them: the library's own pattern swallows blank lines after `---`."""
        return self.source.front, self.source.body

    def load(self, fm: str, **_: object) -> dict[str, str]:
        """Fill the source's fields and complaints from the text between the two `---` lines."""
        source = self.source
        base = source.front_line
        try:
            self._walk(fm, base)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = base + (mark.line if mark else 0)
            problem = getattr(error, "problem", None) or "it is not valid YAML"
            if "\\t" in str(problem) or "\t" in _line_of(source.text, line):
                source.complain(line, "yaml-tab", "A tab stands where YAML wants spaces.", "Indent with two spaces.")
            else:
                source.complain(
                    line,
                    "yaml-broken",
                    f"The frontmatter cannot be read here: {problem}.",
                    "Check indentation and colons; put text with a colon in double quotes.",
                )
        return {}

    def _walk(self, fm: str, base: int) -> None:
        depth = 0
        key: Value | None = None  # the key waiting for its value, at the present depth
        parent = ""
        for event in yaml.parse(fm, Loader=_LOADER):
            mark = event.start_mark
            line = base + (mark.line if mark else 0)
            if isinstance(event, yaml.AliasEvent):
                self._refuse(
                    line, "yaml-alias", "A YAML alias (`*name`) is used.", "Write the text out where it belongs."
                )
            if getattr(event, "anchor", None) is not None:
                self._refuse(
                    line, "yaml-anchor", "A YAML anchor (`&name`) is used.", "Write the text out where it belongs."
                )
            tag = getattr(event, "tag", None)
            if tag is not None:
                self._refuse(line, "yaml-tag", f"A YAML tag ({tag}) is used.", "Remove it; every value is plain text.")
            if isinstance(event, yaml.SequenceStartEvent):
                self._refuse(
                    line, "yaml-list", "A YAML list stands here.", "Use a block (`key: |`) with one item a line."
                )
            if isinstance(event, yaml.MappingStartEvent):
                depth += 1
                if depth == 2 and key is not None and key.text == "metadata":
                    parent, key = "metadata", None
                elif depth > 1:
                    self._refuse(
                        line, "yaml-nested", "Values are nested too deep.", "Only `metadata:` may hold keys of its own."
                    )
            elif isinstance(event, yaml.MappingEndEvent):
                depth -= 1
                parent = ""
            elif isinstance(event, yaml.ScalarEvent):
                if depth == 0:
                    self._refuse(
                        line, "yaml-scalar", "The frontmatter holds no keys.", "Write `name:` and `description:`."
                    )
                block = event.style in ("|", ">")
                value = Value(event.value, line, line + 1 if block else line, event.style or "")
                if key is None:
                    key = value
                    continue
                table = self.source.metadata if parent else self.source.fields
                if key.text in table:
                    self.source.complain(
                        key.line,
                        "duplicate-key",
                        f"The key `{key.text}` stands twice (first on line {table[key.text].line}).",
                        "Keep one of them.",
                    )
                else:
                    value.line = key.line
                    table[key.text] = value
                key = None

    def _refuse(self, line: int, rule: str, message: str, mend: str) -> None:
        self.source.complain(line, rule, message, mend)
        raise _RefusedError


class _RefusedError(Exception):
    """The YAML holds what is not allowed; the complaint is already noted."""


def _line_of(text: str, line: int) -> str:
    lines = text.splitlines()
    return lines[line - 1] if 0 < line <= len(lines) else ""


def read_source(data: bytes, path: Path) -> Source:
    """Take a SKILL.md's bytes apart; never raises for what is in them, every fault is among `complaints`."""
    source = Source(path)
    if len(data) > FILE_LIMIT:
        source.complain(
            1,
            "file-too-large",
            f"The file has {len(data):,} bytes; {FILE_LIMIT:,} are allowed.",
            "Shorten it, or split it into two skills.",
        )
        return source
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        source.complain(line, "not-utf8", "The file is not UTF-8 text here.", "Save it as UTF-8 in your editor.")
        return source
    if text.startswith("\ufeff"):
        source.complain(1, "bom", "The file starts with a byte-order mark.", "Save it as UTF-8 without BOM.", "warning")
        text = text[1:]
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        source.complain(line, "nul", "The file holds a NUL character here.", "Delete it.")
        return source
    source.text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _split(source):
        return source
    try:
        frontmatter.parse(source.text, handler=_Events(source))
    except _RefusedError:
        return source
    return source


def _split(source: Source) -> bool:
    """Find the two `---` lines; note what is missing. True where there is frontmatter to read."""
    lines = source.text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), None)
    if start is None:
        source.complain(1, "empty-file", "The file is empty.", "Start it with `---`, `name:` and `description:`.")
        return False
    if not _FENCE.match(lines[start]):
        source.body = source.text
        source.complain(
            start + 1,
            "no-frontmatter",
            "The file has no frontmatter.",
            "Begin it with a line `---`, then `name:` and `description:`, then another `---`.",
        )
        return False
    end = next((number for number in range(start + 1, len(lines)) if _FENCE.match(lines[number])), None)
    if end is None:
        source.complain(
            start + 1, "unclosed", "The frontmatter is never closed.", "Put a line `---` after the last key."
        )
        return False
    size = len("\n".join(lines[start + 1 : end]).encode())
    if size > FRONTMATTER_LIMIT:
        source.complain(
            start + 1,
            "frontmatter-too-large",
            f"The frontmatter has {size:,} bytes; {FRONTMATTER_LIMIT:,} are allowed.",
            "Move text into the body.",
        )
        return False
    source.front = "\n".join(lines[start + 1 : end]) + "\n"
    source.front_line = start + 2
    source.body = "\n".join(lines[end + 1 :])
    source.body_line = end + 2
    return True
