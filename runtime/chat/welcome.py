"""The first and the last screen: what this is, where the words go, what is kept, and where help is."""

from __future__ import annotations

import shutil
import textwrap

from escs.runtime.chat.session import Session
from escs.runtime.engines.choose import where
from escs.runtime.safety.resources import resources_for


def welcome(session: Session) -> str:
    """The first screen, wrapped to the terminal."""
    supporter = session.supporter
    paragraphs = [
        "escs: support in conversation, driven by skills that are text files.",
        *disclosure(session, "/save"),
        f"{resources_for(session.country).line()} /crisis shows more.",
        f"{len(supporter.bank)} skills in {supporter.bank.root} · /help lists commands · Ctrl-D leaves",
    ]
    if session.resumed:
        paragraphs.append(_earlier(session))
    width = min(shutil.get_terminal_size().columns, 88)
    wrapped = ["\n".join(_wrap(line, width) for line in text.split("\n")) for text in paragraphs]
    return "\n".join([wrapped[0], "", *wrapped[1:4], "", *wrapped[4:], ""])


def disclosure(session: Session, way: str) -> tuple[str, str]:
    """What this is, and where the words go; `way` is how a person asks for the conversation to be kept."""
    engine = session.supporter.engine
    kind = "built-in rules, no model" if engine.name == "offline" else engine.name
    kept = f"kept in {session.save}, as you asked" if session.save else f"not kept, unless you ask for it ({way})"
    return (
        "I am an AI program. I am not a person and not a therapist, and I can be wrong.",
        f"Your words {where(engine)} ({kind}). The conversation is {kept}.",
    )


def _wrap(text: str, width: int) -> str:
    return textwrap.fill(text, max(20, width), break_long_words=False, break_on_hyphens=False)


def _earlier(session: Session) -> str:
    lines = ["", "Earlier:"]
    for turn in session.conversation.turns:
        lines += [f"you> {turn.seeker}", turn.reply, ""]
    return "\n".join(lines).rstrip()


def farewell(session: Session) -> str:
    """The last words: where the conversation is, or that it is gone, and where help is."""
    if session.kept:
        kept = f"This conversation is in {session.save}."
    else:
        kept = "Nothing of this conversation was kept."
    return f"Take care. {kept} If things get worse: {resources_for(session.country).line()}"
