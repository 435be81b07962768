"""What a person tells unasked, and what the screen's rules saw, as facts of the course; and hours that are near."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set

from escs.runtime.safety.answer_phrases import (
    CLAUSE,
    chained,
    compiled,
    flatten,
    found_in,
    is_only,
    opening_words,
    pattern_of,
    rules,
    says,
    sentences_of,
    start_of,
    stated,
)
from escs.runtime.safety.risk import NO_RULE, Level, Screening, Sign

_OPENING_NO = re.compile(r"^ (?:no|nah|nope|not really|yes|yeah) (?=i |i'|ive |im |just |already |took |the |they|it)")
"""A no that answers us, and takes nothing back of what follows it: “no I took some”."""


VOICED = ("thoughts", "thoughts_passive")
"""Facts that tell of the wish to die itself."""

_OWN = re.compile(r" (?:i|i'[a-z]+|ive|im|id|my)(?= )")


def young(text: str) -> bool:
    """Whether somebody says that they are under eighteen, in whatever turn."""
    return "age" in told_unasked(flatten(text), "", "", only="age")


def explained(told: Set[str], before: Set[str], now: Set[str]) -> frozenset[str]:
    """Kinds of danger that these facts explain away, of those seen `now` and not `before`: “my sister's coming up the stairs”."""
    lines = [line for line in rules()["explains"] if line["fact"] in told and line.get("unless") not in told]
    return frozenset(line["kind"] for line in lines if line.get("beside", "") in {"", *now}) - before


def told_by_signs(screening: Screening, flat: str) -> dict[str, str]:
    """What a rule of the screen saw, as facts: a plan that is told need not be asked about, one that is guessed must be."""
    told = {}
    table = rules()["sign"]
    read = [
        sign
        for sign in screening.signs
        if sign.rule not in NO_RULE and not sign.doubted and sign.about in ("self", "unclear")
    ]
    for sign in read:
        for fact in (table.get(sign.kind), table.get(sign.rule)):
            if fact and sign.level >= Level.ELEVATED and not (fact[0] in VOICED and _supposed(sign, flat)):
                told[fact[0]] = fact[1]
    own = [sign for sign in read if sign.level >= Level.CRISIS]
    if own and any(_soon(sentence, own) for sentence in sentences_of(flat)):
        told["time"] = "soon"
    return told


def _supposed(sign: Sign, flat: str) -> bool:
    """Whether what was seen is only supposed: “what would you do if I said I want to die?” is asked about, and not taken for told."""
    words = flatten(sign.matched).strip()
    holding = [sentence for sentence in sentences_of(flat) if words and words in sentence]
    return bool(holding) and all(says("supposed", sentence) for sentence in holding)


def _soon(sentence: str, signs: list[Sign]) -> bool:
    """Whether one sentence says both the danger and that it is to happen soon, and does not say that it is not."""
    if not near_hour(sentence):
        return False
    acts = [words for sign in signs if len(words := flatten(sign.matched).strip()) > 2]
    return found_in(pattern_of("time.acts"), sentence) or any(words in sentence for words in acts)


def near_hour(sentence: str) -> bool:
    """Whether a sentence names an hour that is near, and does not say that it is not then; “don't know” says no such thing."""
    sentence = pattern_of("opens.unsure").sub(" ", sentence)
    return found_in(pattern_of("time.soon"), sentence) and not found_in(pattern_of("time.denied"), sentence)


def hour_alone(flat: str, *also: str) -> bool:
    """Whether one of its clauses is an hour that is near and hardly more: “midnight if she doesn't answer”.

    `also` names further lists of `[time]` that count.
    """
    table = rules()["time"]
    return _alone(tuple(hour for name in ("alone", *also) for hour in table[name]), table, flat)


def reach_alone(flat: str, *lists: str) -> bool:
    """Whether one of its clauses is a thing that could be used, or where it is, and hardly more: “not here. shed”."""
    table = rules()["reach"]
    return _alone(tuple(phrase for name in lists for phrase in table[name]), table, flat)


def _alone(phrases: tuple[str, ...], table: Mapping[str, list[str]], flat: str) -> bool:
    """Whether a clause is one of the phrases, with nothing but words of `before` before it and `by_itself` after it."""
    wanted = start_of(tuple(sorted(phrases, key=len, reverse=True)))  # “saturday night” before “saturday”
    for part in CLAUSE.split(flat):
        clause = opening_words(tuple(table["before"])).sub("", f" {part.strip()} ", count=1)
        found = wanted.match(clause)
        rest = clause[found.end() :] if found else "-"
        if not rest.strip() or (found and start_of(tuple(table["by_itself"])).match(rest)):
            return True
    return False


def told_unasked(flat: str, asked: str, by: str, only: str = "") -> dict[str, str]:
    """What a text tells unasked, fact → value, by the `[[told]]` tables of answers.toml.

    `asked` and `by` are the fact and the step that were asked last; some tables count only there. `only` leaves out all facts but one.
    """
    told = {}
    for item in rules()["told"]:
        if only not in ("", item["fact"]):
            continue
        if "asked" in item and not {asked, by} & set(item["asked"]):
            continue
        text = _without(item["unless"], flat) if "unless" in item else flat
        plainly = item["value"] == "no" or item.get("plainly", False)
        if item.get("alone") and not is_only(tuple(item["phrases"]), text):
            continue
        if item.get("of") == "anybody":
            said = found_in(chained(tuple(map(tuple, item["chain"]))), text)
        elif "chain" in item:
            said = _happened(tuple(map(tuple, item["chain"])), text, tuple(item.get("but", ())))
        elif "groups" in item:
            said = _together(tuple(tuple(group) for group in item["groups"]), text, plainly=plainly)
        elif plainly:
            said = found_in(compiled(tuple(item["phrases"])), text)
        else:
            said = stated(tuple(item["phrases"]), text, but=tuple(item.get("but", ())))
        if said:
            told[item["fact"]] = item["value"]
    return told


def _without(kind: str, flat: str) -> str:
    """The text without the sentences that have a phrase of this kind."""
    return " " + " . ".join(part.strip() for part in sentences_of(flat) if not says(kind, part)) + " "


def _together(groups: tuple[tuple[str, ...], ...], flat: str, *, plainly: bool = False) -> bool:
    """Whether one sentence has a phrase of every group, and (unless `plainly`) no negation before the first group's."""
    for sentence in sentences_of(flat):
        if all(compiled(group).search(sentence) for group in groups) and (plainly or stated(groups[0], sentence)):
            return True
    return False


def _happened(chain: tuple[tuple[str, ...], ...], flat: str, but: tuple[str, ...]) -> bool:
    """Whether a clause has a phrase of each list, one straight after the other, said of the person and not taken back
    in that clause: “no I took some tablets” tells; “my mum took them”, “I never took them”, “I took them in March” do not."""
    taken_back = compiled((*rules()["told_not"]["before"], *rules()["told_undone"]["before"]))
    others = pattern_of("told_of_others.before")
    recent = (one for one in sentences_of(flat) if not found_in(pattern_of("told_long_ago.phrases"), one))
    for part in (part for sentence in recent for part in CLAUSE.split(sentence)):
        clause = _OPENING_NO.sub(" ", f" {part.strip()} ")
        for found in chained(chain).finditer(clause):
            before = clause[: found.start() + 1]
            theirs = max((other.end() for other in others.finditer(before)), default=-1)
            own = max((mine.end() for mine in _OWN.finditer(clause[: found.end()])), default=-1)
            harmless = bool(but) and compiled(but).match(clause, found.end())
            if own >= theirs and not harmless and not taken_back.search(before):
                return True
    return False
