"""What a stranger's skill could try: injected instructions, hidden text, look-alike names, weakened safety.

Only lint uses this. The conversation does not rely on it: loading never runs anything, skills are fenced data to a
model, every sentence passes the output check, and the crisis skills come from the program itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from escs.runtime.bank.complaint import Complaint
from escs.runtime.bank.say import fill, slots
from escs.runtime.bank.skill import SLOTS
from escs.runtime.safety import CRISIS_SKILLS
from escs.runtime.safety.check import CheckContext, check, normal

_STAND_INS = {
    "feeling": "anxious",
    "event": "losing the job",
    "clause": "you might lose the job",
    "person": "your mother",
    "wish": "to get some sleep",
    "topic": "the exam",
}
"""What slots are filled with to see whether a line would pass the output check."""

_INJECTION = re.compile(
    r"(?:ignore|disregard|forget|override|bypass|skip|drop)\b.{0,40}\b(?:instruction|prompt|rule|guideline|above|previous|prior|"
    r"earlier|system|safety|screen|check|polic)|"
    r"(?:you are|you're|act as|pretend to be|roleplay as|behave as|from now on)\b.{0,30}\b(?:now|no longer|dan\b|unrestricted|"
    r"jailbroken|developer mode|another|different|human|a real person|a therapist|without (?:rules|limits|restrictions))|"
    r"(?:reveal|print|repeat|show|output|leak)\b.{0,30}\b(?:system prompt|instructions|hidden|api key|secret|environment)|"
    r"(?:new|updated|real|actual|secret|hidden|system|developer|admin) (?:instructions?|prompt|rules?|message|override)\s*:|"
    r"</?(?:system|seeker|supporter|skills?|brief|assistant|user|instructions?)\b|"
    r"\[/?(?:inst|system|assistant|user)\]|<\|[^|]{0,30}\||"
    r"(?:do not|don't|never) (?:tell|inform|mention|reveal|show)\b.{0,30}\b(?:user|person|seeker|anyone)\b.{0,30}\b(?:this|that|"
    r"instruction|rule|prompt|ai)\b|"
    r"(?:curl|wget|eval|exec|subprocess|os\.system|rm -rf|powershell|import os|__import__)\b",
)
_WEAKENS = re.compile(
    r"(?:never|don't|do not|avoid|stop|no need to|without|instead of|rather than|skip|not)\b[^.;:,]{0,30}\b(?:mention\w*|giv\w+|"
    r"shar\w+|suggest\w*|ask\w*|offer\w*|nam\w+|bring\w* up|talk\w* about|refer\w*|show\w*|call\w*)\b[^.;:,]{0,40}\b(?:hotlines?|helplines?|"
    r"crisis|lifelines?|988|999|911|112|emergency|resources?|suicid\w*|self-harm|safety|doctors?|ambulance|professional help)\b|"
    r"(?:keep|stays?|kept)\b.{0,20}\b(?:secret|between (?:us|you and me))\b|"
    r"you (?:don't|do not) need\b.{0,20}\b(?:doctor|therapist|help|medication|hotline|anyone|people)|"
    r"(?:turn(?:ed)? off|switch(?:ed)? off|disable|deactivate|replace|overrul\w+|takes? precedence over|instead of|supersede\w*)\b"
    r"[^.;:,]{0,40}\b(?:crisis|safety|screen|output check|protocol|ask-about-suicide|stay-through-crisis|make-a-safety-plan)\b|"
    r"(?:suicid\w*|self-harm|killing (?:yourself|oneself)|ending (?:it|your life))\b[^.;:,]{0,30}\b(?:is|as|can be|may be)\b.{0,20}\b"
    r"(?:an? (?:valid|reasonable|good|rational) (?:choice|option|answer|way)|understandable choice|your right)\b",
)
_EXCUSED_WEAKENS = re.compile(
    r"\bbefore\b|\buntil\b|\btoo early\b|\bin the first (?:sentence|line)\b|\bonly once\b|\btwice\b"
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_HTML = re.compile(r"<(?:script|iframe|img|style|object|embed|link|meta|svg|form|details|span|div|a)\b", re.IGNORECASE)
_LINK = re.compile(
    r"!?\[[^\]]*\]\([^)]*\)|\bhttps?://|\bdata:[a-z]+/|\bjavascript:|^\s*\[[^\]]+\]:\s", re.IGNORECASE | re.MULTILINE
)
_TEMPLATE = re.compile(r"\{%|%\}|\{#|\$\{|<%|\{\{(?! {0,3}(?:" + "|".join(SLOTS) + r") {0,3}\}\})")
_LETTERS = re.compile(r"[a-z]")


def hostile(text: str, *, name: str, others: Sequence[str] = ()) -> tuple[Complaint, ...]:
    """Every complaint about one file's text; `name` is its folder's, `others` the names of the bank's other skills."""
    lines = text.split("\n")
    found: list[Complaint] = []
    for number, line in enumerate(lines, 1):
        found += _hidden(line, number)
        told = list(_told(line, number, name))
        if not told and number < len(lines):  # a sentence broken over two lines
            alone = {one.rule for one in _told(lines[number], number, name)}
            told = [one for one in _told(f"{line} {lines[number]}", number, name) if one.rule not in alone]
        found += told
    found += _markup(text)
    found += _name(name, others)
    found += _spoken(lines)
    return tuple(found)


def told_or_hidden(value: str, name: str) -> tuple[Complaint, ...]:
    """Complaints about one value of the frontmatter as it will be read, its YAML escapes undone; all are on line 1."""
    hidden = [one for line in value.split("\n") for one in _hidden(line, 1)]
    return (*hidden[:1], *_told(" ".join(value.split()), 1, name))


def _at(line: int, rule: str, message: str, mend: str, severity: str = "error") -> Complaint:
    return Complaint(None, line, rule, message, mend, severity)


def _hidden(line: str, number: int) -> Iterator[Complaint]:
    """Characters that people do not see and models do."""
    if line.isascii():
        if any(ord(character) < 32 and character not in "\t\r" for character in line):
            yield _at(number, "control-character", "A control character is hidden here.", "Delete it.")
        return
    for place, character in enumerate(line):
        code = ord(character)
        if code < 0x80 or not _suspect(character, line, place):
            continue
        what = unicodedata.name(character, "unnamed")
        message = f"A hidden character (U+{code:04X}, {what.lower()}) stands here."
        yield _at(number, "hidden-character", message, "Delete it; retype the line if need be.")
        return


def _suspect(character: str, line: str, place: int) -> bool:
    code = ord(character)
    before = line[place - 1] if place else ""
    after = line[place + 1] if place + 1 < len(line) else ""
    if code in (0x200C, 0x200D):  # joiners belong into emoji and into Arabic, Persian and Indic words
        return not (before and ord(before) > 0x2FF and after and ord(after) > 0x2FF)
    if 0xFE00 <= code <= 0xFE0F:  # a variation selector belongs right behind a symbol, once
        return not before or (ord(before) < 0xA9 and not before.isdigit()) or 0xFE00 <= ord(before) <= 0xFE0F
    category = unicodedata.category(character)
    return (
        category in ("Cf", "Co", "Cc", "Cn")
        or 0xE0000 <= code <= 0xE01EF
        or code in (0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800)
    )


def _told(line: str, number: int, name: str) -> Iterator[Complaint]:
    """Instructions to the machine, and attempts to weaken what protects people."""
    plain = normal(line)
    match = _INJECTION.search(plain)
    if match:
        message = f"“{match[0][:60].strip()}” reads as an instruction to the machine, not as guidance for support."
        yield _at(number, "prompt-injection", message, "Remove it.")
    match = _WEAKENS.search(plain)
    if match and name not in CRISIS_SKILLS and not _EXCUSED_WEAKENS.search(plain):
        message = f"“{match[0][:60].strip()}” would weaken what protects people in danger."
        yield _at(
            number,
            "weakens-safety",
            message,
            "Remove it; the crisis skills and the screen cannot be changed by a skill.",
        )


def _markup(text: str) -> Iterator[Complaint]:
    """Comments, markup, links and template code: none of it has a place in a skill."""
    for match in _COMMENT.finditer(text):
        message = "An HTML comment is text that people do not see and models do."
        yield _at(_line(text, match.start()), "html-comment", message, "Write it openly, or remove it.")
    for pattern, rule, message in (
        (_HTML, "html", "HTML stands here."),
        (_LINK, "link", "A link, image or data address stands here; it could carry words out or bring others in."),
        (_TEMPLATE, "template", "Template code stands here; only the fixed slots are filled, everything else is text."),
    ):
        found = pattern.search(text)
        if found:
            mend = (
                "Use the slots " + ", ".join(SLOTS) + "."
                if rule == "template"
                else "Remove it; name a source in words."
            )
            yield _at(_line(text, found.start()), rule, message, mend)


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _skeleton(name: str) -> str:
    plain = normal(name).replace("0", "o").replace("1", "l").replace("5", "s").replace("rn", "m").replace("vv", "w")
    return "".join(_LETTERS.findall(plain))


def _name(name: str, others: Sequence[str]) -> Iterator[Complaint]:
    """A name that people could take for another skill's, above all for a crisis skill's."""
    mine = _skeleton(name)
    for other in dict.fromkeys((*CRISIS_SKILLS, *others)):
        if other == name:
            continue
        theirs = _skeleton(other)
        near = mine == theirs or (
            other in CRISIS_SKILLS and SequenceMatcher(None, mine, theirs, autojunk=False).ratio() > 0.9
        )
        if near:
            yield _at(1, "look-alike-name", f"The name looks like `{other}`.", "Choose a name of its own.")


def _spoken(lines: list[str]) -> Iterator[Complaint]:
    """Phrasings under `## Say` that the output check would never let through."""
    inside = False
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            inside = line.strip("# \r").strip() == "Say"
            continue
        if not inside or not line.strip():
            continue
        words = re.sub(r"^\s*[-*+]\s+", "", line).strip()
        known = [slot for slot in slots(words) if slot in SLOTS]
        filled = fill(words, _STAND_INS) if len(known) == len(slots(words)) else words
        for failing in check(filled or words, CheckContext()):
            message = f"This line would never be said: {failing.why}"
            yield _at(number, f"check-{failing.rule}", message, "Word it anew.")
