"""`escs practice`: the person supports a simulated seeker."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from escs.evolve.calls import Calls, Engines, call_options
from escs.evolve.simulate.practice import Landed, Practice
from escs.evolve.simulate.practice_ending import lines
from escs.evolve.simulate.profile import Profile
from escs.evolve.simulate.profiles import SHIPPED, usable
from escs.runtime.errors import EngineError, UsageError
from escs.runtime.terminal import plain

if TYPE_CHECKING:
    from escs.evolve.simulate.run_folder import RunWriter
    from escs.runtime.bank.bank import Bank
    from escs.runtime.bank.choose import Chooser

ENDINGS = {
    "success": "They are at peace with it for now.",
    "failure": "They broke off.",
    "goodbye": "They said goodbye.",
    "turns": "Ten replies are the end of a practice talk.",
}
HELP = "You are the supporter, and one line is one reply; /quit, an empty line or Ctrl-D ends the talk. /help says it again."
COMMAND = "escs practice"  # as `run.json` of a talk that is kept names it
MACHINERY = (
    "Offline rules play the seeker (machinery only): they test moves, not your prose, and know nothing of warmth."
)


@click.command(epilog="Example: escs practice ingrid-keeps-the-key --coach --out practice1")
@click.argument("profile")
@click.option("--profiles", "path", type=click.Path(path_type=Path), default=SHIPPED, help="Where the profile is.")
@click.option("--coach", is_flag=True, help="Before each of your replies, show which skills would fit, and why.")
@click.option(
    "--bank", type=click.Path(path_type=Path), help="The coach's bank (default: $ESCS_BANK, else the one that ships)."
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Keep the talk as a run that `escs report` shows.")
@call_options
def practice(
    profile: str, path: Path, coach: bool, bank: Path | None, seed: int, out: Path | None, calls: Calls
) -> None:
    """Support a simulated seeker yourself, and see how each reply lands.

    One line is one reply; /quit, an empty line or Ctrl-D ends the talk, and /help says so. It is kept in memory unless --out says where to keep
    it. Offline the seeker follows rules: they test moves and not your prose, and know nothing of warmth.
    """
    if Path(profile).suffix == ".md" and Path(profile).is_file():
        (chosen,) = usable(Path(profile))
    else:
        (chosen,) = usable(path, names=[profile])
    asyncio.run(_talk(chosen, coach, bank, seed, out, calls))


async def _talk(profile: Profile, coach: bool, bank: Path | None, seed: int, out: Path | None, calls: Calls) -> None:
    from escs.runtime.bank.bank import Bank
    from escs.runtime.bank.choose import Chooser
    from escs.runtime.engines.budget import Budget
    from escs.runtime.settings import Settings

    opened = Bank(Settings.read(os.environ, bank=bank).bank) if coach else None
    chooser = Chooser(opened) if opened else None
    engines = Engines(calls, Budget(calls.max_tokens, calls.max_cost), kept=False)
    try:
        talk = Practice(profile, engines.get(), seed)
        with _kept(talk, out):
            await talk.begin()
            await _hold(talk, chooser, opened)
    finally:
        await engines.close()


async def _hold(talk: Practice, chooser: Chooser | None, opened: Bank | None) -> None:
    """The talk, from the seeker's first line to the figures at its end."""
    _say(f"{talk.profile.title or talk.profile.name}")
    _say(HELP if talk.engine.name != "offline" else f"{HELP}\n{MACHINERY}")
    _say(f"\nseeker> {talk.waiting}")
    while not talk.over:
        if opened and chooser:
            for hint in talk.hints(chooser, opened):
                _say(f"  coach: {hint.advice} [{hint.skill}; {hint.why}]")
        text = _line()
        if text in ("", "/quit"):
            break
        if text.startswith("/") and not text.startswith("//"):
            _say(_told(text))
            continue
        try:
            landed = await talk.reply(text[1:] if text.startswith("//") else text)
        except EngineError as error:
            click.echo(plain(f"The seeker could not answer ({error}); send your reply again."), err=True)
            continue
        _show(landed)
    for row in lines(talk.rollout()):
        _say(row)


def _told(command: str) -> str:
    """What a line that begins with a slash is answered with."""
    if command == "/help":
        return HELP
    return (
        f"There is no command {command.split()[0]}; there are /help and /quit, and two slashes begin a reply with one."
    )


def _line() -> str:
    """One reply of the person; "" at the end. Nothing else goes on meanwhile, so that Ctrl-C finds nobody waiting but this."""
    with _interrupted_at_once():
        if not sys.stdin.isatty():
            return sys.stdin.readline().strip()
        try:
            return input("you> ").strip()
        except (EOFError, KeyboardInterrupt) as ending:
            print()  # noqa: T201 - whatever comes next begins a line of its own
            if isinstance(ending, KeyboardInterrupt):
                raise
            return ""


@contextmanager
def _interrupted_at_once() -> Iterator[None]:
    """Let Ctrl-C end a read. Within `asyncio.run` the first one only asks the task to stop, which a read never hears of."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # it came just before
            raise KeyboardInterrupt
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _say(text: str) -> None:
    """Print a line, broken between words where it is wider than the terminal."""
    cleaned = plain(text)
    if not sys.stdout.isatty():
        click.echo(cleaned)
        return
    indent = "    " if cleaned.startswith("  ") else ""
    for line in cleaned.split("\n"):
        click.echo(click.wrap_text(line, shutil.get_terminal_size().columns, "", indent) if line.strip() else line)


def _show(landed: Landed) -> None:
    feel = landed.feel
    _say(f"  felt {feel.change:+.0f}, now {feel.emotion:.0f} of 100: {feel.why}")
    for event in landed.unsafe:
        _say(f"  unsafe: {event.kind} ({event.why})")
    if landed.answer:
        _say(f"\nseeker> {landed.answer}")
    if landed.ended:
        click.echo(ENDINGS[landed.ended])


@contextmanager
def _kept(talk: Practice, out: Path | None) -> Iterator[None]:
    """Keep what was said within, however it ends. The folder is opened first: a talk must not be lost to it.

    Raises `UsageError` where the folder holds another command's run, `StorageError` where it cannot be written.
    """
    if out is None:
        yield
        return
    made = not out.exists()
    with _opened(out) as writer:
        try:
            yield
        finally:
            if talk.turns:
                writer.append(talk.rollout())
                click.echo(plain(f"Kept in {out}; `escs report {out} --out report.html` shows it."), err=True)
            elif not writer.held:
                writer.close()
                _take_away(out, whole=made)


def _opened(out: Path) -> RunWriter:
    from escs.evolve.simulate.run_folder import INFO, RunWriter, read_info

    if (out / INFO).exists() and read_info(out).get("command") != COMMAND:
        raise UsageError(f"{out} holds another run; name another folder with --out.")
    return RunWriter(out, {"command": COMMAND, "engine": "a person", "status": "done"})


def _take_away(out: Path, *, whole: bool) -> None:
    """Take away a run without a talk, which nothing reads; the `whole` folder, where it was made for this."""
    from escs.evolve.simulate.run_folder import DIALOGUES, INFO

    for name in (DIALOGUES, INFO):
        (out / name).unlink(missing_ok=True)
    if whole:
        out.rmdir()
