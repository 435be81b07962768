"""What a person answered to the question that was asked, and what they said unasked, by plain phrases."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from escs.runtime.safety.answer_phrases import (
    SHORT,
    compiled,
    flatten,
    found_in,
    has_part,
    head_of,
    is_all,
    opens_alone,
    opens_with,
    parted,
    pattern_of,
    plain_no,
    rules,
    says,
    sentences_of,
    start_of,
    stated,
)
from escs.runtime.safety.course_state import Heard
from escs.runtime.safety.plan import PARTS
from escs.runtime.safety.resources import country_in, country_named, resources_for
from escs.runtime.safety.risk import Level, Screening
from escs.runtime.safety.told import hour_alone, near_hour, reach_alone, told_by_signs, told_unasked
from escs.runtime.safety.watch import OTHERS

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

HELP = frozenset({"called-2", "called-3", "called-4"})
"""Questions about a call, after the first."""

BY_CALL = frozenset({"call", "called", "can-call"})
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

_ECHO = re.compile(r"^ (?:[a-z']+ ){1,3}\? (?=(?:, )?(?:no|nah|nope|not|yes|yeah|yep) )")
"""Our question taken up before the answer: “bleeding? no, it's not”."""


def hear(asked: str, text: str, screening: Screening, by: str = "", kinds: Set[str] | None = None) -> Heard:
    """What one text tells: the answer to what was asked (if anything was), a side question, and volunteered facts.

    `by` is the key of the step that asked; `kinds` are the dangers seen so far, where they are known.
    """
    whole = flatten(text)
    flat = _ECHO.sub(" ", whole)
    facts = {fact: _grave(fact, flat) or told for fact, told in told_unasked(flat, asked, by).items()}
    only = rules()["told_in"]
    if kinds is not None:
        facts = {f: told for f, told in facts.items() if f not in only or not kinds.isdisjoint(only[f])}
    facts.update(told_by_signs(screening, flat))
    own = OTHERS.isdisjoint(kinds or ())  # else what is named may be somebody else's: a country, or pills
    if own and asked in rules()["reach"]["asked"] and len(flat.split()) <= SHORT and reach_alone(flat, "things"):
        facts.setdefault("means", "yes")  # “pills”, to whom they could tell
    aside = _aside(whole)
    country = country_in(text, asked=asked == "country")
    wanted, shouted = _number_of(flat), _shouted(flat, asked)
    if own and not country:  # whoever asks for a number over there, for somebody else, is not there
        country = country_in(text, asked=True) if wanted or aside == "number" else shouted
    aside = aside or ("number" if country and (wanted or shouted) else "")
    if not country and country_named(text):
        facts.setdefault("nearby", "no")  # “he's in Brazil”; it counts where somebody else is worried about
    stop = screening.level < Level.CRISIS and _wants_stop(flat)  # what is told in such a turn is heard first
    named = len(text.split()) <= SHORT // 2 and bool(_NAME.search(text))
    answer = _answer(_Turn(asked, by, flat, facts, country, aside, stop, named)) if asked else "stop" if stop else ""
    rest = _rest_of(flat) if stop and answer == "stop" and asked else ""
    again = _answer(_Turn(asked, by, rest, facts, country, aside, False, named)) if rest else ""
    if again in ANSWERS:  # “I already told you, I'd never”: told once more, and no wish for quiet
        answer, stop = again, False
    if asked == "thoughts" and answer in ("no", "none", "unsure") and _against(facts):
        answer = "hedge"  # “lol no. the pills are right here”
    if asked == "intent" and answer in ("yes", "hedge") and any(near_hour(sentence) for sentence in sentences_of(flat)):
        facts["time"] = "soon"  # “might do. tonight maybe”
    beside = asked == "who" and re.search(r"[.,]", flat.strip(" .,?"))  # “the GP, Monday” is no hour of the deed
    days = ("days",) if asked in MIND else ()  # “Saturday”, to whom they could tell, is when they see them
    if asked in rules()["time"]["asked"] and answer != "given" and not beside and hour_alone(flat, *days):
        facts["time"] = "soon"  # “no. tonight”
        answer = "hedge" if asked == "intent" and answer not in ("yes", "hedge") else answer
    if says("asked_before", flat) and (_yes_within(flat) or says("said_yes", flat)):
        facts["was-untrue"] = "yes"  # “what you asked before… yes”
    if "was-untrue" in facts and asked in OPEN | TOWARDS:
        answer = "none"  # their yes is to what we had asked before
    return Heard(answer, aside, facts, country, stop)


def _number_of(flat: str) -> bool:
    """Whether a short text asks for a number by whose it is: “the American one”; it does where a country is named in it."""
    return len(flat.split()) <= SHORT // 2 and says("number_of", flat)


def _shouted(flat: str, asked: str) -> str:
    """The country that is a sentence by itself; where a person was asked for, it may be a person's name."""
    alone = [part.strip() for part in sentences_of(flat) if len(part.split()) <= 2] if asked in MIND else []
    codes = (country_in(part, asked=True) for part in alone)
    return next((code for code in codes if resources_for(code).country), "")


def _against(facts: Mapping[str, str]) -> bool:
    return any(facts.get(fact) == "yes" for fact in AGAINST)


def _no_help(asked: str, facts: Mapping[str, str], flat: str) -> bool:
    """Whether what was told to an open question is the danger itself, or its hour: “yes I do want to kill myself actually”."""
    told = asked not in ("signs", "back") and (_against(facts) or facts.get("thoughts") == "yes" or "about-to" in facts)
    late = told_unasked(flat, asked, "", only="plan").get("plan") == "yes"  # and not by a sign of the screen alone
    hour = asked in {"who", "care", "back", *ADDED} and hour_alone(flat)
    return told or late or hour or says("no_answer", flat)


@dataclass(frozen=True)
class _Turn:
    """A turn that answers a question: the fact that was asked about, the step that asked, and what else the text tells."""

    asked: str
    by: str
    flat: str
    facts: Mapping[str, str]
    country: str
    aside: str
    stop: bool
    named: bool  # a short text with somebody's name in it

    @property
    def short(self) -> bool:
        """Whether the text is taken as an answer as a whole."""
        return len(self.flat.split()) <= SHORT

    @property
    def brief(self) -> bool:
        """Whether it is half as long as that at most."""
        return len(self.flat.split()) <= SHORT // 2

    @cached_property
    def plainly(self) -> bool:
        """Whether it is a yes, whatever else it says: “I already told you, yes”; “yes, but what does it matter”."""
        return self.asked not in OPEN and _plainly_yes(self.flat)

    @cached_property
    def opening(self) -> str:
        """Yes, no or hedge by its opening, as it stands."""
        return _yes_or_no(self.flat, self.asked)

    @cached_property
    def plain(self) -> str:
        """The same as an answer to this question."""
        return _bare(self.asked, self.by, self.flat, self.opening)

    @cached_property
    def head(self) -> str:
        """What of it is the answer; of what is told of thoughts, all, and “yes, I've thought about it” is no less than yes."""
        if self.asked != "thoughts":
            return head_of(self.flat)
        return _phrases("thought").sub(" ", self.flat) if self.opening == "yes" else self.flat

    @cached_property
    def asks(self) -> bool:
        """Whether it is a question of the person's own."""
        return not self.plainly and not opens_alone("hedge_alone", self.flat) and bool(_ASKS.match(self.flat))


def _answer(turn: _Turn) -> str:
    """What the first of the readers hears that hears anything."""
    return next((answer for reader in READERS if (answer := reader(turn))), "none")


def _no_word(turn: _Turn) -> str:
    return "" if re.search(r"[a-z0-9]", turn.flat) else "none"


def _danger_named(turn: _Turn) -> str:
    """What could be used is named where a person was asked for: “pills”, “there's pills my wife left”."""
    named = reach_alone(turn.flat, "things") or opens_with("there_is", turn.flat)
    return "none" if turn.asked in OPEN and turn.facts.get("means") == "yes" and named else ""


def _graver(turn: _Turn) -> str:
    return _grave(turn.asked, turn.flat)


def _named_thing(turn: _Turn) -> str:
    named = turn.asked == "means" and turn.short and reach_alone(turn.flat, "things", "places")
    return "yes" if named else ""  # “not here. shed”


def _refused(turn: _Turn) -> str:
    if turn.plainly:
        return ""
    if turn.stop:
        return "stop"
    return "refusal" if turn.short and (says("refusal", turn.flat) or opens_alone("refusal_alone", turn.flat)) else ""


def _told_already(turn: _Turn) -> str:
    told = rules()["same"].get(turn.asked, turn.asked)
    if told in turn.facts:
        return turn.facts[told]
    if turn.asked in ("means", "time") and turn.facts.get("distance") == "yes":
        return "no" if turn.asked == "means" else "none"  # “I gave them to my wife, I feel safer now”: now is no hour
    if turn.asked == "country":
        return "given" if turn.country else "none"
    return ""


def _nobody(turn: _Turn) -> str:
    asked = turn.asked
    if asked not in ("who", "with") or not says("nobody", head_of(turn.flat)):
        return ""
    rest = _phrases("nobody").sub(" ,", turn.flat)
    somebody = says("given" if asked == "who" else "hedge", rest, asked) and not says("no", rest, asked)
    return "hedge" if says("but_one", rest) and somebody else "no"  # “nobody really. my brother in Leeds maybe”


def _named_hour(turn: _Turn) -> str:
    return "soon" if turn.asked == "time" and hour_alone(turn.flat, "days", "moment") else ""  # “no. tonight”


def _in_phrases(turn: _Turn) -> str:
    """The kind of answer whose phrases, as answers.toml has them for this question, stand in it."""
    asked = turn.asked
    for kind in rules()["answer"].get(asked, {}):
        positive = (kind in POSITIVE) != (asked == "unwanted")  # “no, I hate them” says that they are unwanted
        if not (_affirmed(kind, turn.head, asked) if positive else says(kind, turn.head, asked)):
            continue
        denied = turn.opening == "no" and positive and kind != "no"
        no_step = (
            kind == "yes" and asked in TOWARDS and (turn.asks or (asked in BY_CALL and says("no_call", turn.flat)))
        )
        if not denied and not no_step:
            return str(_bare_of(asked, turn.by).get("hedge", kind)) if kind == "hedge" else kind
    return ""


def _for_a_number(turn: _Turn) -> str:
    """“Yes but a number I can text” answers nothing; “no. what's the number?” answers us first."""
    if turn.asked not in MIND or turn.aside != "number":
        return ""
    wanted = compiled((*rules()["aside"]["number"]["phrases"], *rules()["says"]["number_of"]))
    rest = [part for part in sentences_of(turn.flat) if not found_in(wanted, part) and part.strip(" ,")]
    beside = turn.asked not in ("intent", "thoughts") and says("wont", turn.flat)
    return "none" if not rest or beside else ""


def _asking_back(turn: _Turn) -> str:
    open_or_yes = not turn.plainly and turn.opening in ("", "yes")
    if turn.asked in MIND and open_or_yes and turn.short and says("near_yes", turn.flat):
        return "unsure"  # “would it make any difference if I had?”
    asking = turn.asks or (not turn.plainly and turn.short and says("asking", turn.flat))
    return "none" if asking else ""  # “what happens if they find out”


def _wavering(turn: _Turn) -> str:
    flat, asked = turn.flat, turn.asked
    if opens_with("unsure", flat) and turn.short:
        return "hedge" if asked not in OPEN and _yes_within(flat) else "unsure"  # “I dunno. yeah. every night”
    if turn.opening == "no" and asked in {"hurt", *MIND}:
        if has_part("unsure", parted(flat)):
            return "unsure"  # “no. I don't know”
        return "none" if _elsewhere(flat) else ""  # “No I can't reach the phone”
    about_who = turn.opening == "hedge" and asked != "who" and turn.facts.get("who") == "given"
    return "none" if about_who else ""  # “maybe my teacher”, to whether they are hurt


def _meant_otherwise(turn: _Turn) -> str:
    longer = len(turn.flat.split()) > 3
    if turn.asked == "safe_type" and turn.plain == "no" and longer:
        return "hedge" if says("yes", turn.head, turn.asked) else "none"  # “no, I'm home, he's not here”
    if turn.plain == "yes" and turn.asked in TOWARDS | HELP and says("but", turn.flat) and says("cannot", turn.flat):
        return "hedge"  # “yes but I can't see it properly”, to whether they are calling
    weary = turn.plain == "yes" and turn.asked in TOWARDS and turn.facts.get("thoughts_passive") == "yes"
    # “yes, I think about not being here most evenings”, to whether they can call
    return "none" if weary and longer else ""


def _in_words(turn: _Turn) -> str:
    """The answer to a question that wants words rather than yes or no."""
    asked, flat = turn.asked, turn.flat
    if asked not in OPEN:
        return ""
    if _no_help(asked, turn.facts, flat) or (asked in PARTS and asked != "who" and _aside(flat)):  # “bye then”
        return "none"
    if asked in ADDED and turn.plain != "yes" and says("no_given", flat):
        return "no" if turn.plain == "no" and turn.brief else "none"  # “if I leave I lose the kids”
    if turn.plain in ("yes", "no") and turn.brief:
        return turn.plain
    if says("unsure", flat) and turn.brief:
        return "unsure"
    if asked != "who":
        return "given" if turn.short else "none"
    name = len(flat.split()) <= 3 and not (_aside(flat) or turn.facts or says("no_name", flat))
    return "given" if name or turn.named else "none"


def _yes_no_or_unsure(turn: _Turn) -> str:
    if turn.plain:
        return turn.plain
    if turn.short:
        return "unsure" if says("unsure", turn.flat) else ""
    told = rules()["long"].get(turn.asked, {})
    return next((kind for kind, phrases in told.items() if found_in(compiled(tuple(phrases)), turn.flat)), "")


READERS = (
    _no_word,
    _danger_named,
    _graver,
    _refused,
    _told_already,
    _nobody,
    _named_hour,
    _named_thing,
    _in_phrases,
    _for_a_number,
    _asking_back,
    _wavering,
    _meant_otherwise,
    _in_words,
    _yes_no_or_unsure,
)
"""Each hears one sort of answer, and gives the empty string where it hears none; those that must not be overheard come first."""


def _phrases(kind: str) -> re.Pattern[str]:
    return pattern_of(f"says.{kind}")


def _bare(asked: str, by: str, flat: str, plain: str) -> str:
    """What a yes or no without more tells where the question was who or what, or this or that, and an “ok” where it was whether it is so."""
    meant = _bare_of(asked, by)
    if plain != "yes":
        return str(meant.get("no", plain)) if plain == "no" else plain
    if "heard" in meant and is_all("heard", flat):
        return str(meant["heard"])
    return str(meant.get("ok", plain) if is_all("ok", flat) and "ok" in meant else meant.get("yes", plain))


def _bare_of(asked: str, by: str) -> Mapping[str, str]:
    return {**rules()["bare"].get(asked, {}), **rules()["bare"].get(by, {})}


def _rest_of(flat: str) -> str:
    """What is said beside “I already told you”; empty where nothing is, or where quiet is wanted all the same."""
    rest = _phrases("told_before").sub(" ", flat)
    rest = f" {' '.join(rest.split())} "
    return rest if rest != flat and re.search(r"[a-z]", rest) and not _wants_stop(rest) else ""


def _wants_stop(flat: str) -> bool:
    """Whether the person wants us to stop asking; “they won't leave me alone” and “he told me to shut up” are about others."""
    others = tuple(rules()["told_by_others"]["before"])
    return len(flat.split()) <= SHORT and stated(tuple(rules()["says"]["stop"]), flat, others=others)


def _plainly_yes(flat: str) -> bool:
    """Whether the text opens with a yes and a pause after it, or ends in a sentence or clause that is a plain yes."""
    last = re.split(r" [.,?](?= )", flat.rstrip(" .,?!"))[-1]
    return opens_alone("yes", flat) or is_all("yes", f" {last.strip()} ")


def _yes_within(flat: str) -> bool:
    """Whether one of its sentences or clauses is a plain yes and nothing else."""
    return has_part("yes", flat)


def _elsewhere(flat: str) -> bool:
    """Whether the first sentence tells what cannot be done, and nothing of what is thought: “No I can't reach the phone”."""
    first = (sentences_of(flat) or [""])[0]
    return says("cannot", first) and says("elsewhere", first)


def _grave(asked: str, flat: str) -> str:
    """The graver answer, where words for it stand in a clause with no negation, whatever else is said: “no, not until she
    is asleep”, “I'm ok but there's a lot of blood”."""
    table = rules()["grave"].get(asked)
    if table is None or (asked not in BODY and len(flat.split()) > SHORT):
        return ""
    negation = pattern_of("grave_not.before")
    near = frozenset(rules()["grave_not"]["near"])
    past = rules()["past"].get(asked, {})
    long_ago = frozenset(past["phrases"] if past and found_in(compiled(tuple(past["told"])), flat) else ())
    flat = parted(pattern_of("grave_not.spared").sub(" ", flat))
    clauses = [f" {clause.strip()} " for clause in re.split(r" (?:[.,?]|but|though|and)(?= )", flat)]
    for answer, phrases in table.items():
        for clause in clauses:
            for found in compiled(tuple(phrases)).finditer(clause):
                before = clause[: found.start() + 1]
                own = found[0].split()[0] in near  # “not until”, “no later than”
                denied = negation.search(before) or not (own or near.isdisjoint(before.split()[-3:]))
                if not denied and found[0].strip() not in long_ago:
                    return str(answer)
    return ""


def _yes_or_no(flat: str, asked: str = "") -> str:
    """Yes, no or hedge, by how the text opens, or by a phrase where it is short or in a short first sentence."""
    head = head_of(flat)
    short = len(flat.split()) <= SHORT
    if short and _corrected(flat):
        return "yes"
    if short and opens_alone("hedge_alone", flat):
        return "hedge"
    yes = opens_alone("yes_alone", flat) or (opens_with("yes", flat) if short else opens_alone("yes", flat))
    no = opens_alone("no_alone", flat) or opens_with("no", flat) or plain_no(flat)
    turn = says("but", head)
    half = says("hedge", head) or (
        found_in(pattern_of("opens.degree"), head) if asked in MIND else has_part("degree", head)
    )
    if head and half and not (no and not turn):
        return "hedge"
    if yes != no:
        against = "no" if yes else "yes"
        return "hedge" if turn and says(against, head) else "yes" if yes else "no"
    if head and (says("no", head) or (yes and no)):
        return "no"
    if head and (says("thought", head) or (asked == "thoughts" and says("conceded", head))):
        return "hedge"
    return "yes" if head and says("yes", head) else ""


def _corrected(flat: str) -> bool:
    """Whether a “no” opens what is a yes: “no I mean it”, and not “no, I mean it, I'm fine”."""
    found = start_of(tuple(rules()["opens"]["no_yes"]), pause=True).match(flat)
    return found is not None and not found_in(pattern_of("opens.no_yes_not"), flat[found.end() :])


def _affirmed(kind: str, flat: str, asked: str) -> bool:
    """Whether one of the phrases stands in a sentence with no negation before it."""
    return stated(tuple(rules()["answer"][asked][kind]), flat)


def _aside(flat: str) -> str:
    leaving = len(flat.split()) <= SHORT // 2 and "?" not in flat
    for name, item in rules()["aside"].items():
        if (name != "bye" or leaving) and found_in(
            compiled(tuple(item["phrases"])), flat
        ):  # stories hold many goodbyes
            return str(name)
    return ""


def aside_wordings(*, young: bool = False) -> Mapping[str, tuple[str, ...]]:
    """Each side question or barrier with the wordings that meet it; some have others for the `young`."""
    return {name: tuple(item.get("young" if young else "say", item["say"])) for name, item in rules()["aside"].items()}
