"""The chat on a terminal: an input line that holds whole paragraphs, replies as they come, and a quiet line of skills."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import suppress
from typing import Any

from escs.runtime.chat.commands import COMMANDS, Outcome, run_command
from escs.runtime.chat.session import Session
from escs.runtime.chat.welcome import farewell, welcome
from escs.runtime.errors import EscsError
from escs.runtime.terminal import plain
from escs.runtime.turn import Chosen, Done, Notice, Words
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.output import ColorDepth

_TAKES_SKILL = ("pin", "drop", "off")


def run_terminal(session: Session, *, color: bool) -> None:
    """Hold the conversation until the person leaves."""
    print(plain(welcome(session)))  # noqa: T201 - the first screen; rich is not needed, and not loaded, for it
    if session.faults:
        print(plain("\n".join(session.faults)) + "\n")  # noqa: T201 - unbroken, so that a terminal can open the path
    threading.Thread(target=_warm, args=(session,), daemon=True).start()
    asyncio.run(_Chat(session, color).run())


def _warm(session: Session) -> None:
    """Load while the person types what the first turn will need."""
    from escs.runtime.safety.ear import ear_for

    with suppress(EscsError):  # told at the first turn
        if (ear := ear_for("en")) is not None:
            _ = ear.careful
    import rich.live
    import rich.markdown  # noqa: F401

    warm = getattr(session.supporter.engine, "warm", None)
    if warm is not None:
        with suppress(EscsError):
            warm()


class _Commands(Completer):
    """Completes commands, and names of skills behind those that take one."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(self, document: Any, complete_event: Any) -> Any:
        """Completions for a line that begins with a slash."""
        text = document.text_before_cursor
        if not text.startswith("/") or "\n" in text:
            return
        name, space, rest = text[1:].partition(" ")
        if not space:
            for command, (_, line, _) in COMMANDS.items():
                if command.startswith(name):
                    yield Completion(command, start_position=-len(name), display_meta=line)
        elif name in _TAKES_SKILL:
            for skill in sorted(self._session.supporter.bank.entries):
                if skill.startswith(rest):
                    yield Completion(skill, start_position=-len(rest))


def _keys() -> KeyBindings:
    """Enter sends, Alt-Enter starts a new line; a pasted text arrives whole and is sent with Enter.

    Ctrl-J sends too: what is typed while a reply still comes arrives with Enter turned into it.
    """
    keys = KeyBindings()

    @keys.add("enter")
    @keys.add("c-j")
    def _(event: Any) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _(event: Any) -> None:
        event.current_buffer.insert_text("\n")

    return keys


class _Chat:
    """The loop of one conversation."""

    def __init__(self, session: Session, color: bool) -> None:
        self._session = session
        self._color = color
        self._shown = ""  # of the reply under way
        self._prompt: PromptSession[str] = PromptSession(
            history=InMemoryHistory(),
            completer=_Commands(session),
            complete_while_typing=True,
            key_bindings=_keys(),
            multiline=True,
            prompt_continuation="  ",
            enable_open_in_editor=False,
            enable_system_prompt=False,
            enable_suspend=True,
            color_depth=None if color else ColorDepth.DEPTH_1_BIT,
        )

    async def run(self) -> None:
        """Read, answer, until the person leaves; the conversation is saved where they asked for it."""
        try:
            while True:
                line = await self._read()
                if line is None:
                    break
                if line.strip() and not await self._handle(line):
                    break
        finally:
            self._leave()
            with suppress(EscsError):
                await self._session.supporter.engine.close()

    def _leave(self) -> None:
        try:
            self._session.keep()
        except EscsError as error:
            self._say(str(error))
        print(plain(farewell(self._session)))  # noqa: T201

    async def _read(self) -> str | None:
        """The next line; None when the person leaves. Ctrl-C empties the line, and on an empty one says how to leave."""
        message = FormattedText([("bold" if self._color else "", "you> ")])
        while True:
            try:
                return await self._prompt.prompt_async(message)
            except EOFError:
                return None
            except KeyboardInterrupt:
                if not self._prompt.default_buffer.text:
                    self._say("Ctrl-D or /quit leaves.")

    async def _handle(self, line: str) -> bool:
        """One line of the person; False when they leave."""
        if line.startswith("//"):
            await self._answer(line[1:])
            return True
        if not line.startswith("/"):
            await self._answer(line)
            return True
        outcome = run_command(self._session, line)
        if outcome.leave:
            return False
        if outcome.text:
            self._say(outcome.text)
        if outcome.edit is not None:
            outcome = await self._edit(outcome)
        if outcome.answer is not None:
            await self._answer(outcome.answer, again=outcome.again)
        return True

    async def _edit(self, outcome: Outcome) -> Outcome:
        """The multi-line editor; what is sent takes the place of the last turn if it was that turn's text."""
        if outcome.external:
            self._say("Your editor may keep copies of what you write; escs cannot vouch for them.")
        self._say("Esc then Enter sends, Ctrl-C leaves the editor. Enter starts a new line.")
        editor: PromptSession[str] = PromptSession(
            history=InMemoryHistory(), multiline=True, prompt_continuation="  ", tempfile_suffix=".txt"
        )
        try:
            text = await editor.prompt_async(
                "edit> ", default=outcome.edit or "", pre_run=self._opener(editor, outcome)
            )
        except (KeyboardInterrupt, EOFError):
            self._say("Left as it was.")
            return Outcome()
        if not text.strip():
            return Outcome()
        if outcome.edit:
            self._session.conversation.undo()
        return Outcome(answer=text)

    @staticmethod
    def _opener(editor: PromptSession[str], outcome: Outcome) -> Any:
        if not outcome.external:
            return None
        return lambda: editor.default_buffer.open_in_editor(validate_and_handle=True)

    async def _answer(self, text: str, *, again: str | None = None) -> None:
        """Answer a turn. Ctrl-C stops the reply and keeps what came."""
        work = asyncio.ensure_future(self._respond(text, again))
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, work.cancel)
        try:
            await work
        except asyncio.CancelledError:
            turns = self._session.conversation.turns
            rest = turns[-1].reply.removeprefix(self._shown.strip()).strip() if turns else ""
            if rest and turns[-1].crisis_step:  # in danger nobody is left without words
                print(plain(rest))  # noqa: T201
            self._say("Stopped. What came is kept; /retry answers again.")
        except EscsError as error:
            self._say(f"{error} Your words are not lost: /edit brings them back.")
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    async def _respond(self, text: str, again: str | None) -> None:
        from escs.runtime.chat.display import Growing, make_console, quiet

        console = make_console(self._color)
        growing = Growing(console)
        self._shown = ""
        if hasattr(engine := self._session.supporter.engine, "on_wait"):
            engine.on_wait = lambda why: quiet(console, why)  # why nothing comes yet
        console.print()
        try:
            async for event in self._session.supporter.respond(self._session.conversation, text, again=again):
                if isinstance(event, Chosen):
                    names = ", ".join(choice.name for choice in event.skills)
                    quiet(console, f"[{names}]" if names else "")
                elif isinstance(event, Words):
                    self._shown += event.text
                    growing.add(event.text)
                elif isinstance(event, Notice):
                    growing.end()
                    quiet(console, event.text)
                elif isinstance(event, Done):
                    growing.end()
        finally:
            growing.end()
            console.print()

    def _say(self, text: str) -> None:
        from escs.runtime.chat.display import make_console, quiet

        quiet(make_console(self._color), text)
