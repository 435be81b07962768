"""A skill as the model sees it: when to use it, when not, what to do, what to say and avoid, and how to mend a miss."""

from __future__ import annotations

from escs.runtime.bank.skill import Skill

_LEFT_OUT = ("Example",)  # an example is for people; models copy its words


def render(skill: Skill) -> str:
    """The text of a loaded skill: conditions and risks from the frontmatter, then the body without its example."""
    fits = [condition.text for condition in skill.conditions if not condition.negated]
    against = [condition.text for condition in skill.conditions if condition.negated]
    parts = [f"# {skill.name}", skill.description]
    if fits:
        parts.append("Fits when:\n" + "\n".join(f"- {line}" for line in fits))
    if against:
        parts.append("Leave it when:\n" + "\n".join(f"- {line.removeprefix('not:').strip()}" for line in against))
    for heading, text in skill.sections.items():
        if heading not in _LEFT_OUT:
            parts.append(f"## {heading}\n{text.strip()}" if heading else text.strip())
    notes = []
    for risk in skill.risks:
        sign = f" Sign: {risk.sign}." if risk.sign else ""
        repair = f" Then: {risk.repair}" if risk.repair else ""
        notes.append(f"- {risk.text}.{sign}{repair}".replace("..", "."))
    if notes:
        parts.append("## If it goes wrong\n" + "\n".join(notes))
    return "\n\n".join(part for part in parts if part)
