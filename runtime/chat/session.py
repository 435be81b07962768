"""A chat session: the bank, the engine and the conversation that a run of `escs chat` works with, and its saved form."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from escs.runtime.bank.bank import Bank
from escs.runtime.conversation import Conversation, Turn
from escs.runtime.engines.choose import engine_from_name
from escs.runtime.errors import BankError, StorageError, UsageError
from escs.runtime.reading import read
from escs.runtime.safety.course import Course
from escs.runtime.safety.disclosure import opened
from escs.runtime.safety.resources import country_from_locale
from escs.runtime.safety.risk import Level
from escs.runtime.safety.screen import screen
from escs.runtime.settings import Settings
from escs.runtime.state import Message, SeekerState
from escs.runtime.turn import Supporter

FAULTS = 5  # broken files that are named at the start


@dataclass(slots=True)
class Session:
    """What one run of the chat works with."""

    settings: Settings
    supporter: Supporter
    conversation: Conversation
    country: str | None
    save: Path | None = None
    resumed: int = 0  # turns that came from a saved file
    kept: bool = False  # whether the conversation was written where it was to be

    @property
    def faults(self) -> list[str]:
        """What is wrong with the bank's files: they are left out of this conversation until they are mended."""
        wrong = [str(complaint) for complaint in self.supporter.bank.complaints if complaint.severity == "error"]
        more = [f"{len(wrong) - FAULTS} more: escs skills lint {self.supporter.bank.root}"]
        return wrong if len(wrong) <= FAULTS else wrong[:FAULTS] + more

    def keep(self) -> None:
        """Write the conversation where the person asked for it; nothing where they did not."""
        if self.save is not None and self.conversation.turns:
            save_conversation(self.conversation, self.save)
            self.kept = True


def open_session(options: Mapping[str, Any], environ: Mapping[str, str]) -> Session:
    """The session that the options and the environment ask for."""
    flags = {name: options.get(name) for name in ("bank", "engine", "country")}
    settings = Settings.read(environ, **flags)
    bank = Bank(settings.bank)
    if not len(bank):
        first = next((str(c) for c in bank.complaints), "")
        raise BankError(f"The bank {bank.root} has no skill that can be used. {first or 'Try `escs skills new NAME`.'}")
    country = (settings.country or country_from_locale(environ) or "").upper() or None
    if settings.country and not (len(settings.country) == 2 and settings.country.isalpha()):
        raise UsageError(f"{settings.country!r} is not a country; give its two letters, such as GB.")
    conversation = Conversation(Course.start(country=country))
    engine = engine_from_name(settings.engine, environ)
    supporter = Supporter(
        bank, engine, disclose_minutes=settings.disclose_minutes, disclose_turns=settings.disclose_turns
    )
    conversation.clock = opened(supporter.now())  # the first screen says it
    session = Session(settings, supporter, conversation, country, _to_save(options))
    if options.get("resume"):
        resume(session, options["resume"])
        session.save = session.save or options["resume"]
    return session


def _to_save(options: Mapping[str, Any]) -> Path | None:
    """Where the conversation is to be saved. Raises `UsageError` before a word is said where that cannot be."""
    save: Path | None = options.get("save")
    if save is None:
        return None
    resumed = options.get("resume")
    if save.exists() and not (resumed and resumed.exists() and save.samefile(resumed)):
        raise UsageError(f"{save} exists already; choose another name, or go on with it: --resume {save}.")
    if not os.access(save.absolute().parent, os.W_OK):
        raise UsageError(f"{save} cannot be written: the folder {save.absolute().parent} is not there, or not yours.")
    return save


def to_record(conversation: Conversation) -> dict[str, Any]:
    """The conversation as a record of the generic corpus format; `meta.turns` tells the states and skills."""
    messages = [{"role": message.role, "content": message.content} for message in conversation.history]
    turns = [turn.to_json() for turn in conversation.turns]
    return {"messages": messages, "meta": {"source": "escs chat", "turns": turns}}


def save_conversation(conversation: Conversation, path: Path) -> None:
    """Write it for its owner alone (0600), whole or not at all."""
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(to_record(conversation), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(f"The conversation could not be saved to {path} ({error.strerror}).") from error


def resume(session: Session, path: Path) -> None:
    """Go on from a saved conversation: its turns stand in the history, and screen and course hear every one again."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        messages = [(item["role"], item["content"]) for item in record["messages"]]
        if not all(role in ("user", "assistant") and isinstance(text, str) for role, text in messages):
            raise ValueError("a message has no role or no text")
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"{path} is not a saved conversation ({error}).") from error
    levels = _levels(record)
    talk = session.conversation
    for number, (role, text) in enumerate(messages):
        if role != "user":
            continue
        before = (talk.course, talk.watch)
        talk.hear(text, screen(text), minor=read((*talk.history, Message("user", text))).minor)
        saved = levels[len(talk.turns) : len(talk.turns) + 1]  # what a model read is no sign of the screen's
        talk.watch = replace(talk.watch, level=max(talk.watch.level, *saved))
        follows = messages[number + 1] if number + 1 < len(messages) else ("", "")
        reply = follows[1] if follows[0] == "assistant" else ""
        state = SeekerState(turn=len(talk.turns) + 1, risk=talk.watch.level, risk_kinds=talk.watch.kinds)
        talk.turns.append(Turn(len(talk.turns) + 1, text, state, (), reply, "saved", before=before))
    session.resumed = len(talk.turns)


def _levels(record: Any) -> list[Level]:
    """The level of each turn as it was saved; empty where the file does not say."""
    words = {level.word: level for level in Level}
    try:
        return [words.get(turn["state"]["risk"], Level.NONE) for turn in record["meta"]["turns"]]
    except (KeyError, TypeError):
        return []
