"""The slash commands of the chat: what a person can see and steer while they talk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from escs.runtime import paths
from escs.runtime.chat.session import Session, save_conversation
from escs.runtime.engines.choose import engine_from_name, where
from escs.runtime.errors import EscsError
from escs.runtime.safety import CRISIS_SKILLS

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command leads to: a text to show, a turn to answer, the editor, or the end."""

    text: str = ""
    answer: str | None = None  # a seeker turn to answer now
    again: str | None = None  # the reply that the person wanted anew
    edit: str | None = None  # open the editor with this text
    external: bool = False  # …in $EDITOR
    leave: bool = False


def _skills(session: Session, _: str) -> Outcome:
    talk = session.conversation
    off, pinned = talk.wishes.off, talk.wishes.pinned
    lines = []
    for entry in sorted(session.supporter.bank, key=lambda entry: entry.name):
        mark = "pinned" if entry.name in pinned else "off" if entry.name in off else ""
        mark = "always" if entry.name in CRISIS_SKILLS else mark
        lines.append(f"{mark:>7} {entry.name:<28} {entry.action}")
    return Outcome("\n".join(lines))


def _why(session: Session, _: str) -> Outcome:
    turns = session.conversation.turns
    if not turns:
        return Outcome("Nothing has been said yet.")
    turn = turns[-1]
    lines = [f"{choice.name} ({choice.score:+.2f}): {choice.why}" for choice in turn.skills]
    lines.append(f"answered by: {turn.engine}")
    if turn.withheld:
        lines.append("withheld by the output check: " + ", ".join(turn.withheld))
    lines += list(turn.notes)
    return Outcome("\n".join(lines))


def _state(session: Session, _: str) -> Outcome:
    turns = session.conversation.turns
    if not turns:
        return Outcome("Nothing has been said yet.")
    state = turns[-1].state
    parts = [
        f"state: {state.label or 'not clear'} ({state.intensity} of 100)",
        f"about: {state.scenario or 'not clear'}",
        f"stage: {state.stage}",
        f"asked for: {', '.join(sorted(state.asked_for)) or '–'}",
        f"turned down: {', '.join(sorted(state.declined)) or '–'}",
        f"risk: {state.risk.word}" + (f" ({', '.join(state.risk_kinds)})" if state.risk_kinds else ""),
    ]
    return Outcome("\n".join(parts))


def _named(session: Session, name: str, verb: str) -> str | Outcome:
    if not name:
        return Outcome(f"Which skill? Write `/{verb} NAME`; /skills lists them.")
    if name not in session.supporter.bank.entries:
        from difflib import get_close_matches

        near = get_close_matches(name, session.supporter.bank.entries, n=1)
        return Outcome(
            f"There is no skill {name!r}." + (f" Did you mean {near[0]}?" if near else " /skills lists them.")
        )
    return name


def _pin(session: Session, rest: str) -> Outcome:
    name = _named(session, rest, "pin")
    if isinstance(name, Outcome):
        return name
    session.conversation.pin(name)
    return Outcome(f"{name} is loaded at every turn until you /drop it.")


def _drop(session: Session, rest: str) -> Outcome:
    name = _named(session, rest, "drop")
    if isinstance(name, Outcome):
        return name
    session.conversation.drop(name)
    return Outcome(f"{name} is chosen again only where it fits.")


def _off(session: Session, rest: str) -> Outcome:
    name = _named(session, rest, "off")
    if isinstance(name, Outcome):
        return name
    if name in CRISIS_SKILLS:
        return Outcome(f"{name} is a crisis skill; it cannot be turned off.")
    session.conversation.turn_off(name)
    return Outcome(f"{name} is off in this conversation; /drop {name} brings it back.")


def _retry(session: Session, _: str) -> Outcome:
    turn = session.conversation.undo()
    if turn is None:
        return Outcome("There is no turn to answer again.")
    return Outcome(answer=turn.seeker, again=turn.reply)


def _undo(session: Session, _: str) -> Outcome:
    turn = session.conversation.undo()
    if turn is None:
        return Outcome("There is nothing to take back.")
    kept = " What the safety screen saw stays." if turn.state.risk_kinds else ""
    return Outcome(f"Your last turn and its reply are taken back.{kept}")


def _edit(session: Session, rest: str) -> Outcome:
    turns = session.conversation.turns
    text = turns[-1].seeker if turns else ""
    return Outcome(edit=text, external=rest == "external")


def _clear(session: Session, _: str) -> Outcome:
    session.conversation.clear()
    return Outcome("The conversation starts anew. What the safety screen saw stays until you leave.")


def _engine(session: Session, rest: str) -> Outcome:
    import os

    if not rest:
        engine = session.supporter.engine
        return Outcome(f"{engine.name}: your words {where(engine)}.")
    session.supporter.engine = engine_from_name(rest, os.environ)
    return Outcome(f"From now on {rest} answers. Your words {where(session.supporter.engine)}.")


def _save(session: Session, rest: str) -> Outcome:
    if not rest and session.save is None:
        return Outcome("Where to? Write `/save FILE`. The file will be readable by you alone.")
    try:
        path = Path(rest).expanduser() if rest else session.save
    except RuntimeError:
        return Outcome(f"{rest} cannot be found: there is no such user; write the folder in full.")
    assert path is not None
    if path.exists() and path != session.save:
        return Outcome(f"{path} exists already; choose another name.")
    save_conversation(session.conversation, path)
    session.save = path
    return Outcome(f"Saved to {path}, readable by you alone; later turns will be saved there too when you leave.")


def _forget(session: Session, rest: str) -> Outcome:
    things = paths.stored()
    listed = "\n".join(str(thing) for thing in things)
    if rest != "yes":
        kept = f"escs keeps these on this machine:\n{listed}" if things else "escs keeps nothing on this machine."
        return Outcome(f"{kept}\n/forget yes deletes them, and this conversation.")
    paths.forget()
    session.conversation.clear()
    session.save = None
    return Outcome("Deleted, and this conversation with it. Files that you saved yourself stay where you put them.")


def _crisis(session: Session, _: str) -> Outcome:
    from escs.runtime.safety.resources import resources_for

    resources = resources_for(session.country)
    return Outcome("\n".join(resources.lines()))


def _help(_session: Session, _rest: str) -> Outcome:
    wide = max(len(usage) for usage, _, _ in COMMANDS.values())
    lines = [f"{usage:<{wide}}  {line}" for usage, line, _ in COMMANDS.values()]
    keys = "Enter sends; Alt-Enter starts a new line; Ctrl-C stops a reply; Ctrl-D leaves."
    return Outcome("\n".join([*lines, "", keys, "To say something that begins with a slash, begin with two."]))


def _quit(_session: Session, _rest: str) -> Outcome:
    return Outcome(leave=True)


COMMANDS: Mapping[str, tuple[str, str, Callable[[Session, str], Outcome]]] = {
    "crisis": ("/crisis", "help now, from people: no model is asked", _crisis),
    "why": ("/why", "which skills were at work in the last reply, and why", _why),
    "state": ("/state", "how the last turn was read", _state),
    "skills": ("/skills", "the skills of the bank", _skills),
    "pin": ("/pin NAME", "load a skill at every turn", _pin),
    "drop": ("/drop NAME", "take a pin or an /off back", _drop),
    "off": ("/off NAME", "do not use a skill in this conversation", _off),
    "retry": ("/retry", "answer my last turn again, in other words", _retry),
    "undo": ("/undo", "take my last turn back", _undo),
    "edit": ("/edit", "write or mend a longer turn; `/edit external` uses $EDITOR", _edit),
    "clear": ("/clear", "start the conversation anew", _clear),
    "engine": ("/engine [NAME]", "which engine answers, or another one", _engine),
    "save": ("/save FILE", "keep this conversation in a file", _save),
    "forget": ("/forget", "delete what escs keeps on this machine", _forget),
    "help": ("/help", "this list", _help),
    "quit": ("/quit", "leave (Ctrl-D)", _quit),
}
"""Each command: how it is written, what it does, and the function that does it."""


def run_command(session: Session, line: str) -> Outcome:
    """Run one line that begins with a slash. An error of ours becomes the text to show; the conversation goes on."""
    name, _, rest = line[1:].strip().partition(" ")
    if name not in COMMANDS:
        from difflib import get_close_matches

        near = get_close_matches(name, COMMANDS, n=1)
        hint = f" Did you mean /{near[0]}?" if near else ""
        return Outcome(
            f"There is no command /{name}.{hint} /help lists them; to say it as a turn, begin with two slashes."
        )
    try:
        return COMMANDS[name][2](session, rest.strip())
    except EscsError as error:
        return Outcome(str(error))
