"""Loads the rules of the screen from their TOML files, checks them, and makes them ready to be followed.

`rules/en/` holds English: one file per family of danger, `vocabulary.toml` with the word lists that patterns share,
`context.toml` with what changes a rule's meaning (negation, idiom, quotation …) and `spelling.toml`. Another language
is a folder beside it, whose files work in the same way: its rules are followed in every text, next to English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from escs.runtime.errors import UsageError
from escs.runtime.safety import toml
from escs.runtime.safety.automaton import Automaton
from escs.runtime.safety.keeping import kept
from escs.runtime.safety.numbering import EDGE_ID, PAUSE_ID, numbered
from escs.runtime.safety.pattern import Part, Slots, parse
from escs.runtime.safety.pattern import words as words_of
from escs.runtime.safety.risk import Level
from escs.runtime.safety.spelling import Spelling, spelling

FOLDER = Path(__file__).with_name("rules")

KINDS = frozenset(
    """suicide-passive suicide-active suicide-plan suicide-intent suicide-attempt-now suicide-attempt-past hopelessness
    burden method-seeking self-harm harm-to-others abuse-now overdose medical-emergency psychosis eating-danger
    minor-at-risk third-party-suicide third-party-harm intrusive-thoughts sudden-calm retraction
    bereaved-by-suicide""".split()
)

_RULE_KEYS = frozenset("id kind level about match why source examples not explicit tense joke needs unless".split())
_MARKER_KEYS = frozenset("id effect match why source".split())
_EFFECTS = frozenset(
    """deny affirm idiom against-others newborn frame speaker past recovered hypothetical joke trivial distress relationship safe-now
    minor-age now elsewhere accident game professional unwanted errand as-directed tried long-ago recent earnest
    out-of-reach alarm settling means-near day-set ask worry strange drive overcome light attributed newly
    on-myself reported child-harmed sport-with-guns out-of-fear found-of-another""".split()
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a danger: what it matches, how grave it is, why, and where that comes from."""

    id: str
    kind: str
    level: Level
    match: tuple[str, ...]
    why: str
    source: str
    about: str = "self"
    examples: tuple[str, ...] = ()  # texts that it must match
    against: tuple[str, ...] = ()  # texts that look alike and that it must not raise
    explicit: bool = False  # said outright in the first person: jokes and frames around it lower it less
    tense: str = "present"  # present, past, or none where the words themselves have no tense
    joke: bool | str = False  # words that are also used in jest; "jargon" for words that mostly are
    needs: tuple[str, ...] = ()  # effects of which one must be somewhere in the text
    unless: tuple[str, ...] = ()  # effects that, in the same sentence, take the level away


@dataclass(frozen=True, slots=True)
class Marker:
    """Words that change what a rule's words mean; `effect` says how (see context.py)."""

    id: str
    effect: str
    match: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules, ready: `automaton` owners are the rules first, and the markers after them, followed apart."""

    rules: tuple[Rule, ...]
    markers: tuple[Marker, ...]
    automaton: Automaton
    known: Mapping[str, int]
    spelling: Spelling
    third_person: frozenset[str] = frozenset()  # single words for another person: she, he's, brother, friend …


@cache
def rulebook(folder: Path = FOLDER) -> Rulebook:
    """The rulebook of a folder, by default the one that ships, read once. Raises UsageError where a file is wrong."""
    with kept():
        return _rulebook(folder)


def _rulebook(folder: Path) -> Rulebook:
    slots: dict[str, tuple[tuple[Part, ...], ...]] = {}
    rules: list[tuple[Rule, str]] = []
    markers: list[tuple[Marker, str]] = []
    words: dict[str, Any] = {"keywords": [], "misspellings": {}, "same": {}, "real-words": [], "anchors": []}
    for file in sorted(folder.glob("*/*.toml")):
        where = f"{file.parent.name}/{file.name}"
        data = _load(file)
        for name, lines in data.get("list", {}).items():
            if name in slots:
                raise UsageError(f"{where}: the list <{name}> stands in two files; give one of them another name.")
            slots[name] = tuple(parse(line, f"{where}, list {name}") for line in lines)
        rules += [(_rule(entry, where), where) for entry in data.get("rule", ())]
        markers += [(_marker(entry, where), where) for entry in data.get("marker", ())]
        for key in words.keys() & data.keys():
            words[key] = words[key] | data[key] if isinstance(words[key], dict) else words[key] + data[key]
    _no_doubles([rule.id for rule, _ in rules] + [marker.id for marker, _ in markers])
    owned: list[tuple[Rule | Marker, str]] = [*rules, *markers]
    patterns = [
        (parse(line, f"{where}, {entry.id}"), owner)
        for owner, (entry, where) in enumerate(owned)
        for line in entry.match
    ]
    fillers, negators = _single_words(slots, "filler"), _single_words(slots, "negator")
    read, done = fillers | negators, set[Part]()
    for parts, owner in patterns:
        entry, where = owned[owner]
        read |= words_of(parts, slots, f"{where}, {entry.id}", done)
    ids = numbered(read, words["same"])
    return Rulebook(
        tuple(rule for rule, _ in rules),
        tuple(marker for marker, _ in markers),
        Automaton(patterns, slots, ids, fillers, negators, split=len(rules)),
        _known(ids),
        spelling(words["keywords"], words["misspellings"], words["real-words"], words["anchors"], ids),
        frozenset({"he", "she", "they", "he's", "she's", "hes", "shes", "they're", "theyre", "who"})
        | _plain(slots, "relation"),
    )


def _load(file: Path) -> dict[str, Any]:
    try:
        return toml.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise UsageError(f"{file}: not valid TOML ({fault}).") from fault


def _rule(entry: Mapping[str, Any], where: str) -> Rule:
    name = f"{where}, rule {entry.get('id', '(without id)')}"
    _check_keys(entry, _RULE_KEYS, ("id", "kind", "level", "match", "why", "source"), name)
    if entry["kind"] not in KINDS:
        raise UsageError(
            f"{name}: {entry['kind']!r} is not a kind of danger; the kinds are {', '.join(sorted(KINDS))}."
        )
    if entry["level"] not in ("none", "elevated", "crisis"):
        raise UsageError(f"{name}: the level {entry['level']!r} must be none, elevated or crisis.")
    if entry.get("tense", "present") not in ("present", "past", "none"):
        raise UsageError(f"{name}: the tense {entry['tense']!r} must be present, past or none.")
    for effect in (*entry.get("needs", ()), *entry.get("unless", ())):
        if effect not in _EFFECTS:
            raise UsageError(f"{name}: {effect!r} is not an effect; the effects are {', '.join(sorted(_EFFECTS))}.")
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    fields["level"] = Level[entry["level"].upper()]
    fields["against"] = fields.pop("not", ())
    return Rule(**fields)


def _marker(entry: Mapping[str, Any], where: str) -> Marker:
    name = f"{where}, marker {entry.get('id', '(without id)')}"
    _check_keys(entry, _MARKER_KEYS, ("id", "effect", "match", "why"), name)
    if entry["effect"] not in _EFFECTS:
        raise UsageError(f"{name}: {entry['effect']!r} is not an effect; they are {', '.join(sorted(_EFFECTS))}.")
    return Marker(entry["id"], entry["effect"], tuple(entry["match"]), entry["why"])


def _check_keys(entry: Mapping[str, Any], allowed: frozenset[str], needed: tuple[str, ...], name: str) -> None:
    for key in entry:
        if key not in allowed:
            raise UsageError(f"{name}: the key {key!r} is unknown; use one of {', '.join(sorted(allowed))}.")
    for key in needed:
        if not entry.get(key):
            raise UsageError(f"{name}: {key!r} is missing or empty.")


def _no_doubles(ids: list[str]) -> None:
    for id_ in ids:
        if ids.count(id_) > 1:
            raise UsageError(f"rules: the id {id_!r} is used twice; give one of the two another name.")


def _single_words(slots: Slots, name: str) -> set[str]:
    found = set()
    for parts in slots.get(name, ()):
        if len(parts) != 1 or parts[0].what != "word":
            raise UsageError(f"vocabulary.toml, list {name}: each entry must be one plain word.")
        found.add(parts[0].word)
    return found


def _plain(slots: Slots, name: str) -> set[str]:
    """The entries of a list that are one plain word; the list may hold other entries too."""
    return {parts[0].word for parts in slots.get(name, ()) if len(parts) == 1 and parts[0].what == "word"}


def _known(ids: Mapping[str, int]) -> dict[str, int]:
    """The number of every word that can be met: the patterns' own, other spellings of them, and punctuation."""
    known = dict(ids)
    for sign in ",;:()[]{}\"'/*~<>=&_-":
        known[sign] = PAUSE_ID
    for sign in (".", "!", "?"):
        known[sign] = EDGE_ID
    return known
