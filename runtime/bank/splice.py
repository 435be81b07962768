"""Writes a skill back: splices new text into the file's own bytes, so that key order, comments, wrapping and line ends
of all the rest survive, and a file in which nothing changed is the same file."""

from __future__ import annotations

import re
from collections.abc import Sequence

from escs.runtime.errors import BankError

_HEADING = re.compile(r"^##\s+(.*?)\s*#*\s*$")
_KEY = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z][\w-]*)\s*:(?P<rest>.*)$")


def set_block(text: str, key: str, items: Sequence[str]) -> str:
    """The file's text with `metadata.KEY` holding these lines as a block scalar; made after the last key if it is new."""
    end, lines = _newline(text), text.splitlines(keepends=True)
    start, stop = _front(lines)
    block = [f"  {key}: |{end}", *(f"    {item}{end}" for item in items)]
    span = _span(lines, start, stop, key)
    if span is None:
        at = _metadata_end(lines, start, stop)
        return "".join([*lines[:at], *block, *lines[at:]])
    if _block_items(lines[span[0] : span[1]]) == [item.rstrip() for item in items]:
        return text
    return "".join([*lines[: span[0]], *block, *lines[span[1] :]])


def set_value(text: str, key: str, value: str) -> str:
    """The file's text with `metadata.KEY: "VALUE"`, quoted so that every reader of YAML takes it for a string."""
    end, lines = _newline(text), text.splitlines(keepends=True)
    start, stop = _front(lines)
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    line = f'  {key}: "{quoted}"{end}'
    span = _span(lines, start, stop, key)
    if span is None:
        at = _metadata_end(lines, start, stop)
        return "".join([*lines[:at], line, *lines[at:]])
    return "".join([*lines[: span[0]], line, *lines[span[1] :]])


def edit_lines(text: str, key: str, *, remove: str | None = None, add: str | None = None) -> str:
    """The file's text with one line of the block `metadata.KEY` removed, added, or (both given) put in its place.

    Raises `BankError` where the line to remove is not there: the file has changed since it was read.
    """
    lines = text.splitlines(keepends=True)
    start, stop = _front(lines)
    span = _span(lines, start, stop, key)
    if span is None:
        if remove is not None:
            raise BankError(f"The skill has no `{key}` any more; read it again.")
        return set_block(text, key, [add] if add else [])
    return _edit(lines, span[0] + 1, span[1], remove, f"    {add}" if add is not None else None, _newline(text))


def edit_section(text: str, heading: str, *, remove: str | None = None, add: str | None = None) -> str:
    """The file's text with one line of the section `## HEADING` removed, added at its end, or replaced in place."""
    lines = text.splitlines(keepends=True)
    span = _section(lines, heading)
    if span is None:
        if remove is not None or add is None:
            raise BankError(f"The skill has no section `## {heading}` any more; read it again.")
        end = _newline(text)
        return f"{text.rstrip()}{end}{end}## {heading}{end}{end}{add}{end}"
    return _edit(lines, span[0], span[1], remove, add, _newline(text))


def set_section(text: str, heading: str, body: str) -> str:
    """The file's text with the whole of `## HEADING` replaced, or the section added at the end."""
    end, lines = _newline(text), text.splitlines(keepends=True)
    span = _section(lines, heading)
    new = body.strip("\n").replace("\n", end)
    if span is None:
        return f"{text.rstrip()}{end}{end}## {heading}{end}{end}{new}{end}"
    if "".join(lines[span[0] : span[1]]).strip() == new.strip():
        return text
    tail = end if span[1] < len(lines) else ""
    return "".join([*lines[: span[0]], end, new, end, tail, *lines[span[1] :]])


def _edit(lines: list[str], start: int, stop: int, remove: str | None, add: str | None, end: str) -> str:
    if remove is not None:
        found = [number for number in range(start, stop) if lines[number].strip() == remove.strip()]
        if not found:
            raise BankError(f"The line “{remove.strip()[:60]}” is not there any more; read the skill again.")
        at = found[0]
        put = [] if add is None else [add + end]
        return "".join([*lines[:at], *put, *lines[at + 1 :]])
    if add is None:
        return "".join(lines)
    at = stop
    while at > start and not lines[at - 1].strip():
        at -= 1
    if at > 0 and not lines[at - 1].endswith(("\n", "\r")):
        lines[at - 1] += end
    return "".join([*lines[:at], add + end, *lines[at:]])


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _front(lines: list[str]) -> tuple[int, int]:
    """The lines between the two `---`, as [start, stop)."""
    fences = [number for number, line in enumerate(lines) if re.match(r"^\ufeff?-{3,}[ \t]*\r?\n?$", line)]
    if len(fences) < 2:
        raise BankError("The file has no frontmatter to write into.")
    return fences[0] + 1, fences[1]


def _span(lines: list[str], start: int, stop: int, key: str) -> tuple[int, int] | None:
    """The lines of `metadata.KEY` with everything that belongs to it."""
    inside = False
    for number in range(start, stop):
        match = _KEY.match(lines[number].rstrip("\r\n"))
        if match is None:
            continue
        if not match["indent"]:
            inside = match["key"] == "metadata"
        elif inside and match["key"] == key and len(match["indent"]) <= _indent(lines, start, stop):
            last = number + 1
            while last < stop and _belongs(lines[last], len(match["indent"])):
                last += 1
            while last > number + 1 and not lines[last - 1].strip():
                last -= 1
            return number, last
    return None


def _indent(lines: list[str], start: int, stop: int) -> int:
    """How deep the keys under `metadata:` stand."""
    inside = False
    for line in lines[start:stop]:
        match = _KEY.match(line.rstrip("\r\n"))
        if match and not match["indent"]:
            inside = match["key"] == "metadata"
        elif match and inside:
            return len(match["indent"])
    return 2


def _belongs(line: str, indent: int) -> bool:
    return not line.strip() or len(line) - len(line.lstrip(" ")) > indent


def _metadata_end(lines: list[str], start: int, stop: int) -> int:
    for number in range(start, stop):
        if lines[number].rstrip() == "metadata:":
            last = number + 1
            while last < stop and _belongs(lines[last], 0):
                last += 1
            return last
    raise BankError("The skill has no `metadata:` to write into.")


def _block_items(lines: list[str]) -> list[str] | None:
    """The items of a literal block as it stands; None for a value written in another style."""
    if not re.match(r"^ *[\w-]+:\s*\|\s*$", lines[0].rstrip("\r\n")):
        return None
    return [line.strip() for line in lines[1:] if line.strip()]


def _section(lines: list[str], heading: str) -> tuple[int, int] | None:
    """The lines below `## HEADING` up to the next heading of its depth or higher, fenced code left alone."""
    _, stop = _front(lines)
    start, fence = None, ""
    for number in range(stop + 1, len(lines)):
        line = lines[number].rstrip("\r\n")
        if line.lstrip().startswith(("```", "~~~")):
            mark = line.lstrip()[:3]
            fence = "" if fence == mark else (fence or mark)
        if fence:
            continue
        match = _HEADING.match(line)
        if start is not None and (match or line.startswith("# ")):
            return start, number
        if match and match[1] == heading:
            start = number + 1
    return None if start is None else (start, len(lines))
