"""Opens banks as the program does, and tells what was read, run and made of them; run in a process of its own.

`python hostile_worker.py FOLDER …` with a `bank` in each folder prints a line of JSON for each.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

EVENTS: list[tuple[str, str]] = []
RUNS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect", "ctypes.dlopen")


def hook(event: str, args: tuple[Any, ...]) -> None:
    """Note each file that is opened, as where its path leads, and everything that runs or calls out."""
    if event == "open" and isinstance(args[0], str | bytes):
        EVENTS.append(("open", os.path.realpath(os.fsdecode(args[0]))))
    elif event in RUNS:
        EVENTS.append((event, repr(args[:1])))


async def talk(root: Path) -> dict[str, Any]:
    """One conversation of two turns with every skill of the bank pinned in turn, and the prompts that a model would get."""
    from escs.runtime.bank.bank import Bank
    from escs.runtime.conversation import Conversation
    from escs.runtime.engines.offline import OfflineEngine
    from escs.runtime.engines.prompt import layout
    from escs.runtime.errors import EscsError
    from escs.runtime.reply import REPLY, ReplyInputs
    from escs.runtime.safety.course import Course
    from escs.runtime.state import Message, SeekerState
    from escs.runtime.turn import Supporter

    bank = Bank(root)
    told: dict[str, Any] = {"complaints": [[c.rule, str(c)] for c in bank.complaints], "names": list(bank.entries)}
    replies, prompts, errors = [], [], []
    for name in list(bank.entries):
        talk = Conversation(Course.start(country="GB"))
        talk.pin(name)
        try:
            for text in ("My mother shouted at me and I feel sad.", "I want to kill myself.", "No."):
                async for _ in Supporter(bank, OfflineEngine()).respond(talk, text):
                    pass
        except EscsError as error:
            errors.append(str(error))
        replies += [[turn.seeker, turn.reply, [choice.why for choice in turn.skills]] for turn in talk.turns]
        history = (Message("user", "I feel sad."),)
        prompts.append(layout(REPLY, ReplyInputs(history, (bank.load(name),), SeekerState())).whole)
    bank.search(["near", "and", "or", "not"])
    bank.close()
    return told | {"replies": replies, "prompts": prompts, "errors": errors}


def main() -> None:
    """Look at each bank in turn."""
    from escs.runtime.bank.lint import lint

    asyncio.run(talk(Path(sys.argv[1]) / "bank"))  # what is loaded once for all banks is loaded here
    sys.addaudithook(hook)
    for folder in sys.argv[1:]:
        EVENTS.clear()
        told: dict[str, Any] = {"folder": folder}
        try:
            told |= asyncio.run(talk(Path(folder) / "bank"))
            complaints, _ = lint(Path(folder) / "bank")
            told["lint"] = [[c.rule, c.severity, str(c)] for c in complaints]
        except Exception as error:  # noqa: BLE001 - the test tells which bank it was
            told["crash"] = f"{type(error).__name__}: {error}"
        here = os.path.realpath(folder)
        inside = os.path.realpath(Path(folder) / "bank")
        told["outside"] = [
            path
            for kind, path in EVENTS
            if kind == "open" and not path.startswith(inside + os.sep) and path != inside
            and path.startswith((here + os.sep, "/etc/passwd", "/dev/zero", "/proc"))
        ]  # fmt: skip
        told["ran"] = [event for event in EVENTS if event[0] != "open"]
        sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
