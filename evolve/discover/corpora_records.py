"""The records of a corpus file, one at a time, whatever is wrong with the file: JSON arrays and JSON Lines, plain or gz.

What the file is shows in its first bytes, never in its name. Memory is bounded by the longest record.
"""

from __future__ import annotations

import codecs
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

CHUNK = 64 * 1024  # bytes read at a time
LONGEST = 16 * 1024 * 1024  # bytes of a line, characters of a record in an array: no dialogue comes near
_CUT = "the file ends in the middle of it; get the whole file"
_SPACE = b" \t\r\n"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]|"', re.DOTALL)
_PLAIN_END = re.compile(r"[,\]\n]")
_NEXT = re.compile(r"[^ \t\r\n]")


@dataclass(frozen=True, slots=True)
class Record:
    """One record, or what is wrong where one should stand; `ends` where nothing more of the file can be read."""

    number: int  # within the file, from 1
    value: Any = None
    fault: str = ""  # to follow "FILE, record N: "
    ends: bool = False
    damaged: bool = False  # cut off or broken, so that it was something else once


class _Bytes:
    """A file's bytes, unpacked where it is gz. A fault ends them and stays in `fault`, so that what came before counts."""

    def __init__(self, file: IO[bytes]) -> None:
        start = file.read(2)
        file.seek(0)
        self._stream: IO[bytes] = gzip.GzipFile(fileobj=file) if start == b"\x1f\x8b" else file  # type: ignore[assignment]
        self._held = b""
        self.fault = ""

    def _guarded(self, limit: int, *, line: bool) -> bytes:
        try:
            if line:
                return self._stream.readline(limit)
            return self._stream.read1(limit)  # type: ignore[attr-defined, no-any-return]
        except EOFError:
            self.fault = "the compressed file is cut off here; get the whole file"
        except (gzip.BadGzipFile, zlib.error) as error:
            self.fault = f"the compressed file is damaged here ({error}); get it again"
        except OSError as error:
            self.fault = f"the file cannot be read any further ({error.strerror})"
        return b""

    def first(self) -> bytes:
        """The first bytes that are not white space nor a UTF-8 mark, kept to be read again; empty for an empty file."""
        while not self._held:
            more = self._guarded(CHUNK, line=False)
            if not more:
                return b""
            self._held = more.removeprefix(codecs.BOM_UTF8).lstrip(_SPACE)
        return self._held[:4]

    def line(self) -> bytes:
        """The next line with its end; empty at the end. A line over `LONGEST` comes as its first part."""
        head, mark, rest = self._held.partition(b"\n")
        if mark:
            self._held = rest
            return head + mark
        self._held = b""
        return head + self._guarded(LONGEST + 1, line=True)

    def chunk(self) -> bytes:
        """The next bytes; empty at the end."""
        held, self._held = self._held, b""
        return held or self._guarded(CHUNK, line=False)


def records(path: Path) -> Iterator[Record]:
    """The records of a file in order. Never raises for what stands in the file; what is wrong comes as a `Record`."""
    try:
        with path.open("rb") as file:
            yield from _records(_Bytes(file))
    except OSError as error:
        yield Record(1, fault=f"the file cannot be read ({error.strerror})", ends=True)


def _records(source: _Bytes) -> Iterator[Record]:
    first = source.first()
    if source.fault:
        yield Record(1, fault=source.fault, ends=True, damaged=True)
    elif not first:
        yield Record(1, fault="the file is empty", ends=True)
    elif first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in first:
        yield Record(1, fault="the file is not UTF-8 (it looks like UTF-16); save it as UTF-8", ends=True)
    elif first[:1] == b"[":
        yield from _values(source, b"", array=True)
    elif first[:1] == b"{":
        yield from _lines(source)
    else:
        yield Record(1, fault="the file is neither a JSON array nor JSON Lines", ends=True)


def _lines(source: _Bytes) -> Iterator[Record]:
    number = 0
    while line := source.line():
        if not line.strip(_SPACE):
            continue
        number += 1
        if len(line) > LONGEST:
            yield Record(number, fault=f"the line is longer than {LONGEST // 1024**2} MB")
            while line and not line.endswith(b"\n"):
                line = source.line()
            continue
        if number == 1 and line.strip(_SPACE)[-1:] in (b"{", b"[", b","):  # one record written over many lines
            yield from _values(source, line, array=False)
            return
        try:
            yield Record(number, json.loads(line.decode("utf-8")))
        except UnicodeDecodeError as error:
            yield Record(number, fault=_encoding(error))
        except RecursionError:
            yield Record(number, fault="the record is nested too deeply")
        except ValueError as error:
            if line.endswith(b"\n"):
                yield Record(number, fault=f"not JSON ({_short(error)})")
            else:
                yield Record(number, fault=_CUT, damaged=True)
    if source.fault:
        yield Record(number + 1, fault=source.fault, ends=True, damaged=True)


class _Text:
    """A window on a file's text that grows when more is needed and forgets what was used."""

    def __init__(self, source: _Bytes, start: bytes) -> None:
        self._source, self._start = source, start
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self.text, self.place, self.ended, self.fault = "", 0, False, ""

    def grow(self) -> None:
        """Take in about as much again as is there, and at least a chunk."""
        if self.place > CHUNK:
            self.text, self.place = self.text[self.place :], 0
        parts, wanted = [], max(CHUNK, len(self.text) - self.place)
        while wanted > 0 and not self.ended:
            data, self._start = self._start or self._source.chunk(), b""
            self.ended = not data
            try:
                parts.append(self._decoder.decode(data, final=not data))
            except UnicodeDecodeError as error:
                parts.append(bytes(error.object[: error.start]).decode("utf-8"))
                self.ended, self.fault = True, _encoding(error)
            wanted -= len(data)
        self.fault = self.fault or self._source.fault
        self.text += "".join(parts)

    def next(self) -> str:
        """The next character that is not white space, with `place` on it; empty at the end."""
        while True:
            found = _NEXT.search(self.text, self.place)
            if found:
                self.place = found.start()
                return found[0]
            self.place = len(self.text)
            if self.ended:
                return ""
            self.grow()


def _values(source: _Bytes, start: bytes, *, array: bool) -> Iterator[Record]:
    """The values of an array, or values one after another."""
    window = _Text(source, start)
    if array:
        window.next()
        window.place += 1
    number = 0
    while True:
        mark = window.next()
        if not mark:
            if array or window.fault:
                fault = window.fault or "the file ends before its list does; get the whole file"
                yield Record(number + 1, fault=fault, ends=True, damaged=True)
            return
        if array and mark == "]":
            window.place += 1
            if window.next():
                yield Record(number + 1, fault="something stands after the end of the list", ends=True)
            return
        if mark == ",":
            window.place += 1
            continue
        number += 1
        record = _value(window, number)
        yield record
        if record.ends:
            return


def _value(window: _Text, number: int) -> Record:
    decoder = json.JSONDecoder()
    while True:
        fault, value = "", None
        try:
            value, end = decoder.raw_decode(window.text, window.place)
        except (ValueError, RecursionError) as error:
            deep = isinstance(error, RecursionError)
            fault = "the record is nested too deeply" if deep else f"not JSON ({_short(error)})"
            end = _end(window.text, window.place)
            if end < 0 and len(window.text) - window.place > LONGEST:
                return Record(number, fault=f"the record is longer than {LONGEST // 1024**2} MB", ends=True)
        complete = 0 <= end < len(window.text) or isinstance(value, dict | list)
        if complete or window.ended:
            if end < 0:
                return Record(number, fault=window.fault or _CUT, ends=True, damaged=True)
            window.place = end
            return Record(number, value, fault)
        window.grow()


def _end(text: str, place: int) -> int:
    """Where the value that begins at `place` ends, as its brackets say, whatever else is wrong with it; -1 if open."""
    if text[place] not in '{["':
        found = _PLAIN_END.search(text, place + 1)
        return found.start() if found else -1
    depth = 0
    for token in _TOKEN.finditer(text, place):
        mark = token[0]
        if mark == '"':
            return -1  # a string that does not end
        if mark in "{[":
            depth += 1
        elif mark in "]}":
            depth -= 1
        if depth <= 0:
            return token.end()
    return -1


def _encoding(error: UnicodeDecodeError) -> str:
    if error.reason == "unexpected end of data":
        return _CUT
    return f"not UTF-8 (byte 0x{error.object[error.start]:02x}); save the file as UTF-8"


def _short(error: Exception) -> str:
    return str(error).partition(": line ")[0][:120]
