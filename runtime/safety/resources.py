"""Where people are found: emergency numbers and crisis lines by country, as data with sources and days."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from escs.runtime.errors import UsageError

FILE = Path(__file__).parent / "resources.toml"

OLD_AFTER = timedelta(days=365)
"""An entry checked longer ago than this is called stale by lint."""

NEEDS = ("suicide", "abuse", "assault", "trafficking", "child", "child-abuse", "poison", "eating", "psychosis")
"""What a line can be for; `suicide` lines take calls about any crisis, and `child` lines those of the young about anything."""


TO_TALK = {
    "suicide": "",
    "abuse": "violence or abuse",
    "assault": "sexual violence",
    "trafficking": "people held at work",
    "child": "young people",
    "child-abuse": "young people",
}
"""Needs whose lines somebody calls to talk, with how the lines are named that only the directory has."""


@dataclass(frozen=True, slots=True)
class Line:
    """One service that answers."""

    need: str  # one of NEEDS
    name: str
    call: str = ""  # the number to call
    text: str = ""  # how to write to it: "text HOME to 741741", "WhatsApp 0800 …"
    hours: str = ""  # "any time", "9 to midnight", empty where it is not confirmed
    free: bool = False  # free to call, where a source says so
    web: str = ""
    sources: tuple[str, ...] = ()
    checked: str = ""  # ISO day

    def words(self) -> str:
        """The line as part of a sentence: “call 116 123 (Samaritans, any time, free)”."""
        ways = [f"call {self.call}" if self.call else "", self.text]
        facts = [self.name, self.hours, "free" if self.free else ""]
        return f"{' or '.join(way for way in ways if way)} ({', '.join(fact for fact in facts if fact)})"


@dataclass(frozen=True, slots=True)
class Directory:
    """The international directory, for every country and for none."""

    name: str
    web: str
    sources: tuple[str, ...]
    checked: str


@dataclass(frozen=True, slots=True)
class Resources:
    """What one country has. `country` is empty where it is unknown; `emergency` then is a phrase, not a number."""

    country: str
    name: str
    emergency: str
    lines_: tuple[Line, ...]
    directory: str
    sources: tuple[str, ...] = ()
    checked: str = ""
    note: str = ""
    need: str = "suicide"  # what the number in a sentence is for

    def needing(self, need: str) -> Resources:
        """The same, with the number in a sentence for that need; one for poisons is no line to talk to."""
        return replace(self, need=need if need in TO_TALK else "suicide")

    def of(self, need: str) -> tuple[Line, ...]:
        """The lines for one need, in the order of the file."""
        return tuple(line for line in self.lines_ if line.need == need)

    def first(self, need: str = "suicide") -> Line | None:
        """The first line for a need; for another need than `suicide` nothing stands in for it."""
        lines = self.of(need)
        return lines[0] if lines else None

    @property
    def emergency_words(self) -> str:
        """The emergency number as part of a sentence: “999”, “your local emergency number”."""
        return self.emergency or "your local emergency number"

    @property
    def number(self) -> str:
        """Whom to call or write to in a crisis, as part of a sentence; never a number for an unknown country."""
        line = self.first(self.need) or self.first()
        if line is None:
            return f"a crisis line near you ({self.directory} lists them by country)"
        if line.call and line.text == f"text {line.call}":
            return f"{line.call} (call or text)"
        if line.call:
            return f"{line.name} on {line.call}{f', or {line.text},' if line.text else ''}"
        return f"{line.name} ({line.text})"

    def line(self, need: str = "suicide") -> str:
        """One short line to stand apart: a person to talk to, and the emergency number."""
        found = self.first(need) or self.first()
        who = f"To talk to a person: {found.words()}." if found else f"To talk to a person: {self.directory}."
        missing = "" if self.first(need) else TO_TALK.get(need, "")
        more = f" {f'Lines for {missing}' if missing else 'Other lines'}: {self.directory}." if found else ""
        return f"{who} In danger right now: call {self.emergency_words}.{more}"

    def short_line(self, need: str = "suicide") -> str:
        """The line again, once it has been read in full: as few words as carry it."""
        found = self.first(need) or self.first()
        ways = [way for way in (found.call, found.text) if way] if found else []
        who = f"{found.name}: {' or '.join(ways)}" if found else self.directory
        return f"{who} · in danger now: {self.emergency_words}"

    def lines(self) -> tuple[str, ...]:
        """Everything there is for the country, one thing a line."""
        texts = [f"In danger right now: call {self.emergency_words}."]
        for line in self.lines_:
            label = {
                "suicide": "Crisis line",
                "abuse": "Violence or abuse at home",
                "assault": "Rape or sexual assault",
                "trafficking": "Held at work or trafficked",
                "child": "Children and young people",
                "child-abuse": "Children who are harmed",
                "poison": "Poisoning or overdose advice",
                "eating": "Eating",
                "psychosis": "Voices or losing touch",
            }[line.need]
            texts.append(f"{label}: {line.words()}{f', {line.web}' if line.web else ''}.")
        texts.append(f"Lines in every country: {self.directory}.")
        if self.note:
            texts.append(self.note)
        return tuple(texts)


@cache
def numbers(country: str | None) -> tuple[str, ...]:
    """The digits of every number that may be given in a country."""
    text = "\n".join([resources_for(country).emergency, *resources_for(country).lines()])
    digits = {re.sub(r"\D", "", found) for found in re.findall(r"\d[\d ().-]*", text)}
    return tuple(sorted(digits | {"24", "247"}))


def resources_for(country: str | None) -> Resources:
    """What there is for a country (ISO alpha-2, in any case); a general answer for None, empty or unlisted ones."""
    code = (country or "").strip().upper()
    known, directory = _load()
    found = known.get("GB" if code == "UK" else code)
    return found or Resources("", "", "", (), directory.web, directory.sources, directory.checked)


def all_resources() -> tuple[Resources, ...]:
    """All countries of the file, by code."""
    return tuple(resources for _, resources in sorted(_load()[0].items()))


def directory() -> Directory:
    """The international directory."""
    return _load()[1]


def stale(resources: tuple[Resources, ...] | None = None, today: date | None = None) -> list[str]:
    """One warning for each entry that was checked more than a year before `today`."""
    resources = all_resources() if resources is None else resources
    today = today or date.today()
    warnings = []
    for entry in resources:
        days = {(f"{entry.country}: emergency number", entry.checked)}
        days |= {(f"{entry.country}: {line.name}", line.checked) for line in entry.lines_}
        for what, checked in sorted(days):
            if today - date.fromisoformat(checked) > OLD_AFTER:
                warnings.append(f"resources.toml: {what} was last checked on {checked}; check it again and date it.")
    return warnings


_LOCALE = re.compile(r"^[a-z]{2,3}(?:_[A-Za-z]{4})?[_-]([A-Z]{2})(?=$|[.@])")


def country_from_locale(environ: Mapping[str, str]) -> str | None:
    """The country of the locale (`LC_ALL`, then `LC_MESSAGES`, then `LANG`), or None; `C` and `POSIX` name none."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environ.get(name, "")
        if value:
            found = _LOCALE.match(value)
            return found[1] if found else None
    return None


@lru_cache(maxsize=2048)
def country_in(text: str, *, asked: bool = False) -> str:
    """The country that a person says they are in, as a code, or empty.

    `asked`: the text answers “which country are you in?”, so that the bare name is enough; otherwise only “I'm in …”,
    “I live in …” and the like count, so that “I dream of France”, “I'm Jordan” and “my sister is living in Mexico” do not.
    """
    names = _names()
    flat = " ".join(re.sub(r"[.,!?;:()“”\"]", lambda m: "" if m[0] == "." else " ", text).split())
    for says in (_LIVES, _IN, _FROM):  # where somebody lives goes before where they come from
        for found in says.finditer(flat):
            code = _leading(names, next(filter(None, found.groups())))
            if code and not _NOT_NOW.search(flat[: found.start()]):
                return code
    if asked and len(flat) <= 80:
        names = {**names, **_peoples()}
        words = flat.split()
        for start in range(len(words)):
            code = _leading(names, " ".join(words[start : start + 4]))
            if code:
                return code
    return ""


@lru_cache(maxsize=2048)
def country_named(text: str) -> str:
    """The country in which a text says that something or somebody is, as a code, or empty: “he's in Brazil”."""
    flat = " ".join(re.sub(r"[.,!?;:()“”\"]", " ", text).split())
    return next(filter(None, (_leading(_names(), found[1]) for found in _IN_ANY.finditer(flat))), "")


_IN_ANY = re.compile(r"\bin\s((?:the\s)?(?:\S+\s?){1,3})", re.IGNORECASE)
_LIVES = re.compile(
    r"\b(?:(?:i|we) (?:live|am living|are living|currently live|now live)|(?:i'?m|i’m|i am|we'?re|we’re|we are)(?: currently| now)?"
    r" (?:living|based|located|staying))\s(?:over\s|here\s)?in\s((?:the\s)?(?:\S+\s?){1,3})"
    r"|^(?:now |currently |here )?(?:live|living|based|located|staying)\s(?:over\s|here\s)?in\s((?:the\s)?(?:\S+\s?){1,3})"
    r"|\b(?:and|but) (?:now )?(?:live|living) in\s((?:the\s)?(?:\S+\s?){1,3})",
    re.IGNORECASE,
)
_NOT_NOW = re.compile(r"\b(?:wish|if|when|before|until|imagine|dreamt?|dreamed)\s(?:that\s)?$", re.IGNORECASE)
"""Before “I live in …”: not here and now."""
_IN = re.compile(
    r"\b(?:i'?m|i’m|i am|im|we'?re|we’re|am|here|calling|writing)\s(?:over\s|currently\s|here\s|now\s)*in\s((?:the\s)?(?:\S+\s?){1,3})",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\b(?:i'?m|i’m|i am|im|we'?re|we’re|am|calling|writing)\s(?:over\s|originally\s|here\s)*from\s((?:the\s)?(?:\S+\s?){1,3})",
    re.IGNORECASE,
)


def _leading(names: Mapping[str, str], words: str) -> str:
    parts = words.split()
    article = bool(parts) and parts[0].lower() == "the"  # “the us” is the country, “us” is we
    if article:
        parts = parts[1:]
    for length in (3, 2, 1):
        said = " ".join(parts[:length])
        if (
            len(parts) >= length
            and said.lower() in names
            and not (said in ("in", "no") or (said == "us" and not article))
        ):
            return names[said.lower()]
    return ""


@cache
def _names() -> Mapping[str, str]:
    return {name.lower(): code for code, names in _raw()["names"].items() for name in names}


@cache
def _peoples() -> Mapping[str, str]:
    return {name.lower(): code for code, names in _raw()["peoples"].items() for name in names}


@cache
def _raw() -> dict[str, Any]:
    try:
        return tomllib.loads(FILE.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{FILE.name}: the crisis resources cannot be read ({error}); reinstall escs.") from error


@cache
def _load() -> tuple[Mapping[str, Resources], Directory]:
    raw = _raw()
    first = raw["directory"]
    general = Directory(first["name"], first["web"], tuple(first["sources"]), str(first["checked"]))
    known = {}
    for code, entry in raw["country"].items():
        lines = tuple(
            Line(
                need=line["need"],
                name=line["name"],
                call=line.get("call", ""),
                text=line.get("text", ""),
                hours=line.get("hours", ""),
                free=line.get("free", False),
                web=line.get("web", ""),
                sources=tuple(line["sources"]),
                checked=str(line["checked"]),
            )
            for line in entry.get("line", ())
        )
        known[code] = Resources(
            country=code,
            name=entry["name"],
            emergency=entry["emergency"],
            lines_=lines,
            directory=general.web,
            sources=tuple(entry["sources"]),
            checked=str(entry["checked"]),
            note=entry.get("note", ""),
        )
    return known, general
