"""What a person answered to the question that was asked, and what they said unasked, by plain phrases."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Set
from functools import cache
from typing import Any

from escs.runtime.safety.course_state import Heard
from escs.runtime.safety.plan import PARTS
from escs.runtime.safety.protocol import FOLDER
from escs.runtime.safety.resources import country_in, country_named
from escs.runtime.safety.risk import NO_RULE, Level, Screening, Sign

READ = 3_000
"""How many characters of a text are read for an answer, of its beginning and its end each half."""

SHORT = 24
"""Up to how many words a text is taken as an answer as a whole; of a longer one, its opening and its phrases count."""

BODY = frozenset({"wound", "body"})
"""Facts about the body, for which the graver answer is looked for in texts of any length."""

POSITIVE = frozenset({"yes", "given", "find", "soon", "hedge", "better"})
"""Answers whose phrases count only where no negation stands before them in the sentence."""

OPEN = frozenset(
    {"who", "reach", "care", "signs", "helps", "where", "back", "self", "before", "part", "barrier", "first"}
)
"""Facts whose question wants words rather than yes or no."""


ANSWERS = frozenset({"yes", "no", "hedge", "soon", "given", "better", "worse", "same"})
"""What counts as answered where it stands beside “I already told you”."""

TOWARDS = frozenset({"with", "call", "called", "can-call", "distance", "professional", "doctor", "safe_type"})
"""Facts that are steps towards safety, which no question of the person's own tells: “do I have to tell the midwife”."""

MIND = frozenset({"thoughts", "now", "plan", "intent", "means", "time"})
"""Facts about what is thought and meant: here “a bit” is half a yes, and “I can't reach the phone” is no no."""

ADDED = frozenset({"helps", "where"})
"""Facts whose answer is praised and read back as a part of the plan."""

CALLS = frozenset({"call", "called", "can-call"})
"""Those of them that are a call, which “I called them a year ago” is not."""

AGAINST = ("thoughts_passive", "plan", "intent", "means", "held", "taken")
"""Facts that take back a no to thoughts of suicide in the same text."""

_NAME = re.compile(
    r"(?<![.!?] )(?<!^)\b(?!I\b)[A-Z][a-z]{2,}|^[A-Z][a-z]{2,}(?: and [A-Z][a-z]+)?(?:,| from | at )|\b(?:the|a|an) [a-z]+(?: [a-z]+)? (?:from|at) "
)
"""A person by name, or as “the lady from my church”."""

_ASKS = re.compile(
    r"^ (?:(?:but|and|so|ok|okay|wait|hang on) (?:, )?)*(?:what|whats|what's|how|why|who (?:would|will|do|can|could|is)|should i|do i|can i|can (?:you|u|we|they|he|she)|"
    r"could (?:you|u|they|he|she)|do (?:you|u|they)|does (?:it|that|this|he|she)|(?:will|would) (?:you|u|they|he|she|it|i)|"
    r"is (?:it|that|this)|are (?:you|u|they)|r u|have you|(?:you're|youre|you are|ur|u r|you|u) (?:not )?(?:telling|(?:gonna|going to|won't|wont) (?:tell|say|call|ring|report|send))) "
)
"""A question of the person's own, which answers none of ours."""

_CLAUSE = re.compile(r" (?:[.,?]|but|though|and|because|cos)(?= )")

_OPENING_NO = re.compile(r"^ (?:no|nah|nope|not really|yes|yeah) (?=i |i'|ive |im |just |already |took |the |they|it)")
"""A no that answers us, and takes nothing back of what follows it: “no I took some”."""

_ECHO = re.compile(r"^ (?:[a-z']+ ){1,3}\? (?=(?:, )?(?:no|nah|nope|not|yes|yeah|yep) )")
"""Our question taken up before the answer: “bleeding? no, it's not”."""

_OWN = re.compile(r" (?:i|i'[a-z]+|ive|im|id|my)(?= )")


def hear(asked: str, text: str, screening: Screening, by: str = "", kinds: Set[str] | None = None) -> Heard:
    """What one text tells: the answer to what was asked (if anything was), a side question, and volunteered facts.

    `by` is the key of the step that asked; `kinds` are the dangers seen so far, where they are known.
    """
    whole = flatten(text)
    flat = _ECHO.sub(" ", whole)
    facts = {fact: _grave(fact, flat) or told for fact, told in _volunteered(flat, asked, by).items()}
    only = _rules()["told_in"]
    if kinds is not None:
        facts = {f: told for f, told in facts.items() if f not in only or not kinds.isdisjoint(only[f])}
    facts.update(_from_signs(screening, flat))
    country = country_in(text, asked=asked == "country")
    if not country and country_named(text):
        facts.setdefault("nearby", "no")  # “he's in Brazil”; it counts where somebody else is worried about
    stop = screening.level < Level.CRISIS and _wants_stop(flat)  # what is told in such a turn is heard first
    named = len(text.split()) <= SHORT // 2 and bool(_NAME.search(text))
    answer = _answer(asked, by, flat, facts, country, stop, named) if asked else "stop" if stop else ""
    rest = _rest_of(flat) if stop and answer == "stop" and asked else ""
    again = _answer(asked, by, rest, facts, country, False, named) if rest else ""
    if again in ANSWERS:  # “I already told you, I'd never”: told once more, and no wish for quiet
        answer, stop = again, False
    if asked == "thoughts" and answer in ("no", "none", "unsure") and _against(facts):
        answer = "hedge"  # “lol no. the pills are right here”
    if asked == "intent" and answer in ("yes", "hedge") and any(_hour(sentence) for sentence in _sentences(flat)):
        facts["time"] = "soon"  # “might do. tonight maybe”
    beside = asked == "who" and re.search(r"[.,]", flat.strip(" .,?"))  # “the GP, Monday” is no hour of the deed
    if asked in _rules()["time"]["asked"] and answer != "given" and not beside and _hour_alone(flat):
        facts["time"] = "soon"  # “no. tonight”
        answer = "hedge" if asked == "intent" and answer not in ("yes", "hedge") else answer
    if _said("asked_before", flat) and (_yes_within(flat) or _said("said_yes", flat)):
        facts["was-untrue"] = "yes"  # “what you asked before… yes”
    if "was-untrue" in facts and asked in OPEN | TOWARDS:
        answer = "none"  # their yes is to what we had asked before
    return Heard(answer, _aside(whole), facts, country, stop)


def _against(facts: Mapping[str, str]) -> bool:
    return any(facts.get(fact) == "yes" for fact in AGAINST)


def _no_help(asked: str, facts: Mapping[str, str], flat: str) -> bool:
    """Whether what was told to an open question is the danger itself, or its hour: “yes I do want to kill myself actually”."""
    told = asked not in ("signs", "back") and (_against(facts) or facts.get("thoughts") == "yes" or "about-to" in facts)
    return told or (asked in {"who", *ADDED} and _hour_alone(flat)) or _said("no_answer", flat)


def young(text: str) -> bool:
    """Whether somebody says that they are under eighteen, in whatever turn."""
    return "age" in _volunteered(flatten(text), "", "", only="age")


def explained(told: Set[str], before: Set[str], now: Set[str]) -> frozenset[str]:
    """Kinds of danger that these facts explain away, of those seen `now` and not `before`: “my sister's coming up the stairs”."""
    rules = [rule for rule in _rules()["explains"] if rule["fact"] in told and rule.get("unless") not in told]
    return frozenset(rule["kind"] for rule in rules if rule.get("beside", "") in {"", *now}) - before


def flatten(text: str) -> str:
    """The text in small letters with plain apostrophes, one space between words, and `.`, `,`, `?` as words."""
    if len(text) > READ:
        text = f"{text[: READ // 2]} . {text[-READ // 2 :]}"
    text = text.lower().replace("’", "'").replace("‘", "'")
    text = re.sub(r"([.!?]+|\n+)", lambda m: " ? " if "?" in m[0] else " . ", text)
    text = re.sub(r"[,;:—–]+|--+| -+ ", " , ", text)
    return " " + " ".join(re.sub(r"[^a-z0-9'.,?/ ]+", " ", text).split()) + " "


def _answer(asked: str, by: str, flat: str, facts: Mapping[str, str], country: str, stop: bool, named: bool) -> str:
    words = len(flat.split())
    if not re.search(r"[a-z0-9]", flat):
        return "none"
    grave = _grave(asked, flat)
    if grave:
        return grave
    plainly = asked not in OPEN and _plainly_yes(flat)  # “I already told you, yes”; “yes, but what does it matter”
    if stop and not plainly:
        return "stop"
    if not plainly and words <= SHORT and (_said("refusal", flat) or _alone("refusal_alone", flat)):
        return "refusal"
    told = _rules()["same"].get(asked, asked)
    if told in facts:
        return facts[told]
    if asked in ("means", "time") and facts.get("distance") == "yes":
        return "no" if asked == "means" else "none"  # “I gave them to my wife, I feel safer now”: now is no hour
    if asked == "country":
        return "given" if country else "none"
    if asked in ("who", "with") and _said("nobody", _head(flat)):
        kind = "given" if asked == "who" else "hedge"
        rest = _compiled(tuple(_rules()["says"]["nobody"])).sub(" ,", flat)
        after_all = _said("but_one", rest) and _said(kind, rest, asked) and not _said("no", rest, asked)
        return "hedge" if after_all else "no"  # “nobody really. my brother in Leeds maybe”
    if asked == "time" and _hour_alone(flat, "moment"):
        return "soon"  # “no. tonight”
    plain = _yes_or_no(flat, asked)
    head = flat if asked == "thoughts" else _head(flat)
    if asked == "thoughts" and plain == "yes":
        head = _compiled(tuple(_rules()["says"]["thought"])).sub(
            " ", head
        )  # “yes, I've thought about it” is no less than yes
    asks = not plainly and not _alone("hedge_alone", flat) and bool(_ASKS.match(flat))
    kinds: list[str] = list(_rules()["answer"].get(asked, {}))
    for kind in kinds:
        positive = (kind in POSITIVE) != (asked == "unwanted")  # “no, I hate them” says that they are unwanted
        said = _affirmed(kind, head, asked) if positive else _said(kind, head, asked)
        if (
            said
            and not (plain == "no" and positive and kind != "no")
            and not (kind == "yes" and asked in TOWARDS and (asks or (asked in CALLS and _said("no_call", flat))))
        ):
            return str(_bare_of(asked, by).get("hedge", kind)) if kind == "hedge" else kind
    if asked in MIND and not plainly and plain in ("", "yes") and words <= SHORT and _said("near_yes", flat):
        return "unsure"  # “would it make any difference if I had?”
    if asks or (not plainly and words <= SHORT and _said("asking", flat)):
        return "none"  # “what happens if they find out”
    if _opens("unsure", flat) and words <= SHORT:
        return "hedge" if asked not in OPEN and _yes_within(flat) else "unsure"  # “I dunno. yeah. every night”
    if plain == "no" and asked in {"hurt", *MIND} and _parts_have("unsure", _parted(flat)):
        return "unsure"  # “no. I don't know”
    if plain == "no" and asked in {"hurt", *MIND} and _elsewhere(flat):
        return "none"  # “No I can't reach the phone”
    if plain == "hedge" and asked != "who" and facts.get("who") == "given":
        return "none"  # “maybe my teacher”, to whether they are hurt
    plain = _bare(asked, by, flat, plain)
    if asked == "safe_type" and plain == "no" and words > 3:
        return "hedge" if _said("yes", head, asked) else "none"  # “no, I'm home, he's not here”
    if plain == "yes" and asked in TOWARDS and facts.get("thoughts_passive") == "yes" and words > 3:
        return "none"  # “yes, I think about not being here most evenings”, to whether they can call
    if asked in OPEN:
        if _no_help(asked, facts, flat):
            return "none"
        if asked in PARTS and asked != "who" and _aside(flat):
            return "none"  # “bye then”
        if asked in ADDED and plain != "yes" and _said("no_given", flat):
            return "no" if plain == "no" and words <= SHORT // 2 else "none"  # “if I leave I lose the kids”
        if plain in ("yes", "no") and words <= SHORT // 2:
            return plain
        if _said("unsure", flat) and words <= SHORT // 2:
            return "unsure"
        if asked == "who":
            name = words <= 3 and not (_aside(flat) or facts or _said("no_name", flat))
            return "given" if name or named else "none"
        return "given" if words <= SHORT else "none"
    if plain:
        return plain
    if words > SHORT:
        told_so = _rules()["long"].get(asked, {})
        return next((kind for kind, phrases in told_so.items() if _found(_compiled(tuple(phrases)), flat)), "none")
    return "unsure" if _said("unsure", flat) else "none"


def _bare(asked: str, by: str, flat: str, plain: str) -> str:
    """What a yes without more tells where the question was who or what, and what an “ok” tells where it was whether it is so."""
    if plain != "yes":
        return plain
    meant = _bare_of(asked, by)
    if "heard" in meant and _all_of_it("heard", flat):
        return str(meant["heard"])
    return str(meant.get("ok", plain) if _all_of_it("ok", flat) and "ok" in meant else meant.get("yes", plain))


def _bare_of(asked: str, by: str) -> Mapping[str, str]:
    return {**_rules()["bare"].get(asked, {}), **_rules()["bare"].get(by, {})}


def _rest_of(flat: str) -> str:
    """What is said beside “I already told you”; empty where nothing is, or where quiet is wanted all the same."""
    rest = _compiled(tuple(_rules()["says"]["told_before"])).sub(" ", flat)
    rest = f" {' '.join(rest.split())} "
    return rest if rest != flat and re.search(r"[a-z]", rest) and not _wants_stop(rest) else ""


def _hour(sentence: str) -> bool:
    """Whether a sentence names an hour that is near, and does not say that it is not then; “don't know” says no such thing."""
    sentence = _compiled(tuple(_rules()["opens"]["unsure"])).sub(" ", sentence)
    return _found(_pattern("time.soon"), sentence) and not _found(_pattern("time.denied"), sentence)


def _hour_alone(flat: str, also: str = "alone") -> bool:
    """Whether one of its clauses is an hour that is near and hardly more: “midnight if she doesn't answer”."""
    rules = _rules()["time"]
    hours = _start((*rules["alone"], *rules[also]))
    for part in _CLAUSE.split(flat):
        clause = _opening_words(tuple(rules["before"])).sub("", f" {part.strip()} ", count=1)
        found = hours.match(clause)
        rest = clause[found.end() :] if found else "-"
        if not rest.strip() or (found and _start(tuple(rules["by_itself"])).match(rest)):
            return True
    return False


def _wants_stop(flat: str) -> bool:
    """Whether the person wants us to stop asking; “they won't leave me alone” and “he told me to shut up” are about others."""
    others = tuple(_rules()["told_by_others"]["before"])
    return len(flat.split()) <= SHORT and _stated(tuple(_rules()["says"]["stop"]), flat, others=others)


def _plainly_yes(flat: str) -> bool:
    """Whether the text opens with a yes and a pause after it, or ends in a sentence or clause that is a plain yes."""
    last = re.split(r" [.,?](?= )", flat.rstrip(" .,?!"))[-1]
    return _alone("yes", flat) or _all_of_it("yes", f" {last.strip()} ")


def _yes_within(flat: str) -> bool:
    """Whether one of its sentences or clauses is a plain yes and nothing else."""
    return _parts_have("yes", flat)


def _parts_have(kind: str, flat: str) -> bool:
    """Whether one of its sentences or clauses is one of the phrases and nothing else."""
    return any(_all_of_it(kind, f" {part.strip()} ") for part in re.split(r" [.,?](?= )", flat))


def _elsewhere(flat: str) -> bool:
    """Whether the first sentence tells what cannot be done, and nothing of what is thought: “No I can't reach the phone”."""
    first = (_sentences(flat) or [""])[0]
    return _said("cannot", first) and _said("elsewhere", first)


def _grave(asked: str, flat: str) -> str:
    """The graver answer, where words for it stand in a clause with no negation, whatever else is said: “no, not until she
    is asleep”, “I'm ok but there's a lot of blood”."""
    table = _rules()["grave"].get(asked)
    if table is None or (asked not in BODY and len(flat.split()) > SHORT):
        return ""
    rules = _rules()["grave_not"]
    negation = _compiled(tuple(rules["before"]))
    near = frozenset(rules["near"])
    flat = _parted(flat)
    clauses = [f" {clause.strip()} " for clause in re.split(r" (?:[.,?]|but|though|and)(?= )", flat)]
    for answer, phrases in table.items():
        for clause in clauses:
            for found in _compiled(tuple(phrases)).finditer(clause):
                before = clause[: found.start() + 1]
                own = found[0].split()[0] in near  # “not until”, “no later than”
                if not negation.search(before) and (own or near.isdisjoint(before.split()[-3:])):
                    return str(answer)
    return ""


def _parted(flat: str) -> str:
    """The text with a pause after a “no” that stands alone: “no its bleeding”, where the no ends before “its”."""
    return _no_alone(tuple(_rules()["grave_not"]["after_no"])).sub(r"\1 ,", flat)


def _yes_or_no(flat: str, asked: str = "") -> str:
    """Yes, no or hedge, by how the text opens, or by a phrase where it is short or in a short first sentence."""
    head = _head(flat)
    short = len(flat.split()) <= SHORT
    if short and _corrected(flat):
        return "yes"
    if short and _alone("hedge_alone", flat):
        return "hedge"
    yes = _alone("yes_alone", flat) or (_opens("yes", flat) if short else _alone("yes", flat))
    no = _alone("no_alone", flat) or _opens("no", flat) or _plain_no(flat)
    turn = _said("but", head)
    half = _said("hedge", head) or (
        _found(_pattern("opens.degree"), head) if asked in MIND else _parts_have("degree", head)
    )
    if head and half and not (no and not turn):
        return "hedge"
    if yes != no:
        against = "no" if yes else "yes"
        return "hedge" if turn and _said(against, head) else "yes" if yes else "no"
    if head and (_said("no", head) or (yes and no)):
        return "no"
    if head and (_said("thought", head) or (asked == "thoughts" and _said("conceded", head))):
        return "hedge"
    return "yes" if head and _said("yes", head) else ""


def _corrected(flat: str) -> bool:
    """Whether a “no” opens what is a yes: “no I mean it”, and not “no, I mean it, I'm fine”."""
    found = _start(tuple(_rules()["opens"]["no_yes"]), pause=True).match(flat)
    return found is not None and not _found(_pattern("opens.no_yes_not"), flat[found.end() :])


def _sentences(flat: str) -> list[str]:
    return [f" {part.strip()} " for part in re.split(r" [.?](?= )", flat) if part.strip()]


def _head(flat: str) -> str:
    """What of a text is its answer: all of a short one; of a long one the first sentence, where that is short."""
    if len(flat.split()) <= SHORT:
        return flat
    sentences = _sentences(flat)
    return sentences[0] if sentences and len(sentences[0].split()) <= SHORT // 2 else ""


def _affirmed(kind: str, flat: str, asked: str) -> bool:
    """Whether one of the phrases stands in a sentence with no negation before it."""
    return _stated(tuple(_rules()["answer"][asked][kind]), flat)


def _stated(phrases: tuple[str, ...], flat: str, *, but: tuple[str, ...] = (), others: tuple[str, ...] = ()) -> bool:
    """Whether a sentence has one of the phrases, with no negation nor words of `others` before it and none of `but` right after it."""
    taken_back = _compiled((*_rules()["told_not"]["before"], *others))
    return any(
        not taken_back.search(sentence[: found.start() + 1]) and (sentence[found.end() :].split() or [""])[0] not in but
        for sentence in _sentences(flat)
        for found in _compiled(phrases).finditer(sentence)
    )


def _from_signs(screening: Screening, flat: str) -> dict[str, str]:
    """What a rule of the screen saw, as facts: a plan that is told need not be asked about, one that is guessed must be."""
    told = {}
    table = _rules()["sign"]
    read = [
        sign
        for sign in screening.signs
        if sign.rule not in NO_RULE and not sign.doubted and sign.about in ("self", "unclear")
    ]
    for sign in read:
        for fact in (table.get(sign.kind), table.get(sign.rule)):
            if fact and sign.level >= Level.ELEVATED:
                told[fact[0]] = fact[1]
    own = [sign for sign in read if sign.level >= Level.CRISIS]
    if own and any(_soon(sentence, own) for sentence in _sentences(flat)):
        told["time"] = "soon"
    return told


def _soon(sentence: str, signs: list[Sign]) -> bool:
    """Whether one sentence says both the danger and that it is to happen soon, and does not say that it is not."""
    if not _hour(sentence):
        return False
    acts = [words for sign in signs if len(words := flatten(sign.matched).strip()) > 2]
    return _found(_pattern("time.acts"), sentence) or any(words in sentence for words in acts)


def _volunteered(flat: str, asked: str, by: str, only: str = "") -> dict[str, str]:
    told = {}
    for item in _rules()["told"]:
        if only not in ("", item["fact"]):
            continue
        if "asked" in item and not {asked, by} & set(item["asked"]):
            continue
        text = _without(item["unless"], flat) if "unless" in item else flat
        plainly = item["value"] == "no" or item.get("plainly", False)
        if item.get("alone") and not _only(tuple(item["phrases"]), text):
            continue
        if item.get("of") == "anybody":
            said = _found(_chained(tuple(map(tuple, item["chain"]))), text)
        elif "chain" in item:
            said = _happened(tuple(map(tuple, item["chain"])), text, tuple(item.get("but", ())))
        elif "groups" in item:
            said = _together(tuple(tuple(group) for group in item["groups"]), text, plainly=plainly)
        elif plainly:
            said = _found(_compiled(tuple(item["phrases"])), text)
        else:
            said = _stated(tuple(item["phrases"]), text, but=tuple(item.get("but", ())))
        if said:
            told[item["fact"]] = item["value"]
    return told


def _without(kind: str, flat: str) -> str:
    """The text without the sentences that have a phrase of this kind."""
    return " " + " . ".join(part.strip() for part in _sentences(flat) if not _said(kind, part)) + " "


def _together(groups: tuple[tuple[str, ...], ...], flat: str, *, plainly: bool = False) -> bool:
    """Whether one sentence has a phrase of every group, and (unless `plainly`) no negation before the first group's."""
    for sentence in _sentences(flat):
        if all(_compiled(group).search(sentence) for group in groups) and (plainly or _stated(groups[0], sentence)):
            return True
    return False


def _happened(chain: tuple[tuple[str, ...], ...], flat: str, but: tuple[str, ...]) -> bool:
    """Whether a clause has a phrase of each list, one straight after the other, said of the person and not taken back
    in that clause: “no I took some tablets” tells; “my mum took them”, “I never took them”, “I took them in March” do not."""
    taken_back = _compiled((*_rules()["told_not"]["before"], *_rules()["told_undone"]["before"]))
    others = _compiled(tuple(_rules()["told_of_others"]["before"]))
    recent = (one for one in _sentences(flat) if not _found(_pattern("told_long_ago.phrases"), one))
    for part in (part for sentence in recent for part in _CLAUSE.split(sentence)):
        clause = _OPENING_NO.sub(" ", f" {part.strip()} ")
        for found in _chained(chain).finditer(clause):
            before = clause[: found.start() + 1]
            theirs = max((other.end() for other in others.finditer(before)), default=-1)
            own = max((mine.end() for mine in _OWN.finditer(clause[: found.end()])), default=-1)
            harmless = bool(but) and _compiled(but).match(clause, found.end())
            if own >= theirs and not harmless and not taken_back.search(before):
                return True
    return False


def _aside(flat: str) -> str:
    leaving = len(flat.split()) <= SHORT // 2 and "?" not in flat
    for name, item in _rules()["aside"].items():
        if (name != "bye" or leaving) and _found(_compiled(tuple(item["phrases"])), flat):  # stories hold many goodbyes
            return str(name)
    return ""


def aside_wordings() -> Mapping[str, tuple[str, ...]]:
    """Each side question or barrier with the wordings that meet it."""
    return {name: tuple(item["say"]) for name, item in _rules()["aside"].items()}


def _opens(kind: str, flat: str) -> bool:
    return bool(_start(tuple(_rules()["opens"][kind])).match(flat))


def _alone(kind: str, flat: str) -> bool:
    """Whether the text opens with one of the phrases and a pause after it."""
    return bool(_start(tuple(_rules()["opens"][kind]), pause=True).match(flat))


def _all_of_it(kind: str, flat: str) -> bool:
    """Whether the text is one of the phrases and nothing else."""
    found = _start(tuple(_rules()["opens"][kind]), pause=True).match(flat)
    return found is not None and not flat[found.end() :].strip(" .,?")


def _only(phrases: tuple[str, ...], flat: str) -> bool:
    """Whether the text is one of the phrases, with no more than a word after a pause: “15”, “um, 15. why”."""
    found = _start(phrases, pause=True).match(flat)
    return found is not None and len(flat[found.end() :].strip(" .,?").split()) <= 1


def _plain_no(flat: str) -> bool:
    """Whether the text opens with “no” that is not the beginning of “no one”, “no point” and the like."""
    found = _start(("no",)).match(flat)
    return found is not None and (flat[found.end() :].split() or [""])[0] not in _rules()["opens"]["no_not"]


def _said(kind: str, flat: str, asked: str = "") -> bool:
    phrases = _rules()["answer"][asked][kind] if asked else _rules()["says"][kind]
    return _found(_compiled(tuple(phrases)), flat)


def _found(pattern: re.Pattern[str], flat: str) -> bool:
    return bool(pattern.search(f" {flat.strip()} "))


def _pattern(name: str) -> re.Pattern[str]:
    table, key = name.split(".")
    return _compiled(tuple(_rules()[table][key]))


@cache
def _no_alone(subjects: tuple[str, ...]) -> re.Pattern[str]:
    """A “no” that stands alone although no pause is typed after it: before “its”, “they're” and the like."""
    return re.compile("( (?:no|nope|nah|naw))(?= (?:" + "|".join(map(re.escape, subjects)) + ") )")


@cache
def _compiled(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """The phrases as one pattern of literals between spaces; `*` stands for one word."""
    return re.compile("|".join(" " + _literal(phrase) + "(?= )" for phrase in phrases))


@cache
def _opening_words(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """As many of the phrases as open a clause."""
    return re.compile("^(?:" + "|".join(" " + _literal(phrase) + "(?= )" for phrase in phrases) + ")+")


@cache
def _chained(chain: tuple[tuple[str, ...], ...]) -> re.Pattern[str]:
    """Lists of phrases that follow one another; a list that holds the empty phrase may be passed over."""
    parts = ("(?:" + "|".join(" " + _literal(p) for p in group if p) + ")" + "?" * ("" in group) for group in chain)
    return re.compile("".join(parts) + "(?= )")


@cache
def _start(phrases: tuple[str, ...], pause: bool = False) -> re.Pattern[str]:
    """Like `_compiled`, at the beginning, after fillers such as “um”, “well”, “honestly”; with a pause after it, where one is asked for."""
    fillers = "|".join(_literal(filler) for filler in _rules()["fillers"])
    end = "(?= (?:[.,?] |$))" if pause else "(?= )"
    return re.compile(f"(?: (?:{fillers}|[.,?]))*(?:" + "|".join(" " + _literal(p) for p in phrases) + ")" + end)


def _literal(phrase: str) -> str:
    return " ".join("[a-z0-9']+" if word == "*" else re.escape(word) for word in phrase.split())


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "answers.toml").read_text(encoding="utf-8"))
