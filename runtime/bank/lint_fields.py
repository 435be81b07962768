"""What lint says of a skill's own fields and sections: names, labels, ranges, outcomes, risks, evidence, phrasings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from escs.runtime.bank.complaint import Complaint
from escs.runtime.bank.match import parse_range
from escs.runtime.bank.say import slots
from escs.runtime.bank.skill import MATCHED_KEYS, SLOTS, Condition, Skill
from escs.runtime.bank.source import Value, read_source
from escs.runtime.read_state import RISK_KINDS
from escs.runtime.taxonomy import taxonomy

TOP_LEVEL = ("name", "description", "license", "compatibility", "allowed-tools", "metadata")
METADATA = ("version", "action", "conditions", "outcomes", "risks", "evidence")
SECTIONS = ("Guidance", "Say", "Avoid", "Example")
BASES = ("observed", "simulated", "literature", "author")
BODY_LINES, BODY_TOKENS = 500, 5000  # agentskills.io
NAME_LIMIT, DESCRIPTION_LIMIT = 64, 1024  # agentskills.io
FEWEST_LINES, FEWEST_BARE = 4, 2  # under `## Say`, in all and without a slot

_NAME = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
_TYPED = re.compile(r"^(?:[-+]?\d[\d_]*(?:\.\d*)?|true|false|yes|no|on|off|null|~|\d{4}-\d\d-\d\d)$", re.IGNORECASE)
_HEAD = re.compile(r"(?:not:\s*)?+(\w[\w-]*)\s*:", re.IGNORECASE)  # a single word before a colon


def field_complaints(skill: Skill, data: bytes) -> list[Complaint]:
    """Every complaint about the fields and sections of one skill."""
    source = read_source(data, skill.path)
    lines = source.text.split("\n")
    look = _Look(skill, lines)
    return [
        *look.top_level(source.fields),
        *look.metadata(source.metadata),
        *look.conditions(),
        *look.outcomes(),
        *look.risks(),
        *look.evidence(),
        *look.sections(),
    ]


def _known_keys(word: str) -> str:
    """What to write in the place of a condition's key that is none."""
    near = get_close_matches(word.lower().replace("_", "-"), MATCHED_KEYS, n=1, cutoff=0.75)
    if near:
        return f"Did you mean `{near[0]}:`?"
    return f"The keys are {', '.join(MATCHED_KEYS)}; write it as a plain sentence if it is meant for people."


class _Look:
    """Looks at one skill; every method yields the complaints of one part."""

    def __init__(self, skill: Skill, lines: list[str]) -> None:
        self.skill = skill
        self.lines = lines
        self.words = taxonomy()

    def _at(self, line: int, rule: str, message: str, mend: str, severity: str = "error") -> Complaint:
        return Complaint(self.skill.path, line, rule, message, mend, severity)

    def _find(self, text: str) -> int:
        return next((number for number, line in enumerate(self.lines, 1) if text in line), 1)

    def top_level(self, fields: dict[str, Value]) -> Iterator[Complaint]:
        """Keys that the standard knows, a name that is the folder's, a description that says when."""
        for key, value in fields.items():
            if key not in TOP_LEVEL:
                mend = f"Move it under `metadata:`, or remove it; the standard allows {', '.join(TOP_LEVEL)}."
                yield self._at(value.line, "unknown-key", f"`{key}` is not a key of an Agent Skill.", mend)
        name, folder = self.skill.name, self.skill.path.parent.name
        if not _NAME.match(name) or len(name) > NAME_LIMIT:
            mend = f"Use small letters, digits and single hyphens, at most {NAME_LIMIT}."
            yield self._at(self._find("name:"), "bad-name", f"{name!r} is not a valid name.", mend)
        elif name != folder:
            message = f"The name is `{name}` and the folder `{folder}`."
            yield self._at(self._find("name:"), "name-folder", message, "Make them the same.")
        description = self.skill.description
        if not description:
            yield self._at(1, "no-description", "The skill has no description.", "Say what it does and when to use it.")
        elif len(description) > DESCRIPTION_LIMIT:
            message = f"The description has {len(description)} characters; {DESCRIPTION_LIMIT} are allowed."
            yield self._at(self._find("description:"), "long-description", message, "Shorten it.")
        elif "use " not in description.lower():
            message = "The description does not say when to use the skill."
            yield self._at(self._find("description:"), "no-when", message, "Add “Use when …”.", "warning")

    def metadata(self, metadata: dict[str, Value]) -> Iterator[Complaint]:
        """Values that are strings to every reader of YAML, and an action that the taxonomy knows."""
        for key, value in metadata.items():
            if key not in METADATA:
                near = get_close_matches(key, METADATA, n=1)
                hint = f"Did you mean `{near[0]}`?" if near else "Our programs read " + ", ".join(METADATA) + "."
                yield self._at(value.line, "unknown-metadata", f"`{key}` under metadata is not read.", hint, "warning")
            if not value.style and _TYPED.match(value.text):
                mend = f'Write `{key}: "{value.text}"`.'
                yield self._at(
                    value.line, "not-a-string", f"`{key}` is read as a number, date or yes/no.", mend, "warning"
                )
        action = self.skill.action
        if action not in self.words.actions:
            near = get_close_matches(action, self.words.actions, n=1)
            mend = f"Did you mean `{near[0]}`?" if near else "Use one of: " + ", ".join(self.words.actions) + "."
            shown = f"{action!r} is not an action of the taxonomy." if action else "The skill names no action."
            yield self._at(self._find("action:"), "unknown-action", shown, mend)

    def conditions(self) -> Iterator[Complaint]:
        """Known labels, sound ranges, at least one line that matches and one `not:`."""
        conditions = self.skill.conditions
        if not any(c.key and not c.negated for c in conditions):
            mend = "Add a line such as `state: sad` or `stage: exploration`."
            yield self._at(self._find("conditions:"), "no-condition", "No condition can be matched.", mend)
        if not any(c.negated for c in conditions):
            mend = "Every way of helping can hurt somebody: add `not: …`."
            yield self._at(self._find("conditions:"), "no-contra", "There is no `not:` line.", mend)
        for condition in conditions:
            if condition.key:
                yield from self._values(condition)
                continue
            head = _HEAD.match(condition.text)
            if head:
                message = f"`{head[1]}:` is not a key that the machine matches."
                yield self._at(condition.line, "unknown-condition", message, _known_keys(head[1]), "warning")
            else:
                message = "This line is for people and models: the machine does not match it."
                yield self._at(condition.line, "for-people", message, "Nothing to mend.", "note")

    def _values(self, condition: Condition) -> Iterator[Complaint]:
        known = {
            "state": tuple(self.words.states),
            "scenario": tuple(self.words.scenarios),
            "stage": tuple(self.words.stages),
            "asked-for": tuple(self.words.asked_for),
            "declined": tuple(self.words.declined),
            "risk": ("none", "unknown", "elevated", "crisis", *RISK_KINDS, "third-party-suicide", "third-party-harm",
                     "method-seeking", "intrusive-thoughts", "suicide-attempt-past", "bereaved-by-suicide",
                     "sudden-calm", "retraction"),
            "minor": ("yes", "no"),
            "unsafe-home": ("yes", "no"),
        }  # fmt: skip
        if not condition.values:
            yield self._at(
                condition.line, "no-value", f"`{condition.key}:` has no value.", "Write one, or delete the line."
            )
        for value in condition.values:
            if condition.key in ("intensity", "turn"):
                if parse_range(value) is None:
                    example = "60-100" if condition.key == "intensity" else "1-3"
                    message = f"{value!r} is not a range."
                    yield self._at(condition.line, "bad-range", message, f"Write `{condition.key}: {example}`.")
            elif value not in known[condition.key]:
                near = get_close_matches(value, known[condition.key], n=1)
                mend = f"Did you mean `{near[0]}`?" if near else "Use one of: " + ", ".join(known[condition.key]) + "."
                message = f"{value!r} is not a value of `{condition.key}`."
                yield self._at(condition.line, "unknown-label", message, mend)

    def outcomes(self) -> Iterator[Complaint]:
        """Outcomes that say what the seeker does, and not only that a feeling falls."""
        outcomes = self.skill.outcomes
        line = self._find("outcomes:")
        if not outcomes:
            mend = "Say what the seeker does when it works, such as `says-more: …`."
            yield self._at(line, "no-outcome", "No outcome is named.", mend)
        for outcome in outcomes:
            if outcome.change not in self.words.changes:
                near = get_close_matches(outcome.change, self.words.changes, n=1)
                mend = f"Did you mean `{near[0]}:`?" if near else "Use: " + ", ".join(self.words.changes) + "."
                message = f"{outcome.change or outcome.text[:20]!r} is not a response change of the taxonomy."
                yield self._at(self._find(outcome.text[:30]), "unknown-change", message, mend)
        if outcomes and all(outcome.change == "eases" for outcome in outcomes):
            message = (
                "A feeling that eases is the only outcome; in grief, trauma and anger tears often mean that it works."
            )
            yield self._at(line, "only-eases", message, "Add what the seeker does, such as `says-more: …`.")

    def risks(self) -> Iterator[Complaint]:
        """Risks that name their sign and the repair."""
        if not self.skill.risks:
            mend = "Write `what can go wrong; sign: …; then: …`."
            yield self._at(self._find("risks:"), "no-risk", "No risk is named.", mend)
        for risk in self.skill.risks:
            if not (risk.sign and risk.repair):
                line = self._find(risk.text[:30])
                yield self._at(
                    line, "risk-form", "The risk has no sign or no repair.", "Write `…; sign: …; then: …`.", "warning"
                )

    def evidence(self) -> Iterator[Complaint]:
        """A basis of a known kind; figures only where something was counted."""
        evidence = self.skill.evidence
        basis = evidence.get("basis", "")
        line = self._find("evidence:")
        if basis.split("\n")[0] not in BASES:
            mend = "Write `basis: observed`, `simulated`, `literature` or `author`."
            yield self._at(line, "no-basis", "The evidence does not say what kind it is.", mend)
        if "association" in evidence and "units" not in evidence:
            message = "An association is stated without the units behind it."
            yield self._at(line, "no-units", message, "Add `units: N from …`.")
        for key in evidence:
            if key in ("effect", "cause"):
                message = f"`{key}:` claims more than such figures can show."
                yield self._at(line, "not-an-effect", message, "Call it `association:`.")

    def sections(self) -> Iterator[Complaint]:
        """The sections that there must be, phrasings that can be spoken, and a body of bounded length."""
        skill = self.skill
        for heading in SECTIONS:
            if not skill.sections.get(heading, "").strip():
                severity = "warning" if heading == "Example" else "error"
                yield self._at(1, "no-section", f"`## {heading}` is missing or empty.", "Write it.", severity)
        for heading in skill.sections:
            near = get_close_matches(heading.capitalize(), SECTIONS, n=1)
            if heading not in SECTIONS and near:
                mend = f"Did you mean `## {near[0]}`?"
                message = f"`## {heading}` is not a heading that the program reads."
                yield self._at(self._find(f"## {heading}"), "unknown-section", message, mend, "warning")
        bare = sum(not slots(line) for line in skill.say)
        if skill.say and (len(skill.say) < FEWEST_LINES or bare < FEWEST_BARE):
            message = f"`## Say` has {len(skill.say)} lines, {bare} of them without a slot."
            mend = f"Give at least {FEWEST_LINES}, and {FEWEST_BARE} without a slot for when nothing can be taken up."
            yield self._at(self._find("## Say"), "few-phrasings", message, mend, "warning")
        for line in skill.say:
            for name in slots(line):
                if name not in SLOTS:
                    near = get_close_matches(name, SLOTS, n=1)
                    mend = f"Did you mean `{{{{ {near[0]} }}}}`?" if near else "Slots are: " + ", ".join(SLOTS) + "."
                    yield self._at(self._find(line[:40]), "unknown-slot", f"`{{{{ {name} }}}}` is not a slot.", mend)
        count = skill.body.count("\n") + 1
        tokens = len(skill.body) // 4  # four characters a token, the usual rule of thumb for English
        if count > BODY_LINES or tokens > BODY_TOKENS:
            message = (
                f"The body has {count} lines and about {tokens} tokens; {BODY_LINES} and {BODY_TOKENS} are allowed."
            )
            yield self._at(1, "long-body", message, "Shorten it, or split the skill.")
