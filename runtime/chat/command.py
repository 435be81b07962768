"""`escs chat`: chooses between the terminal and the pipe, and says what it takes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click


@click.command(epilog='Example: escs chat --bank my-bank/skills --say "I had a terrible day"')
@click.option(
    "--bank", type=click.Path(path_type=Path), help="Folder of skills (default: $ESCS_BANK, else the bank that ships)."
)
@click.option("--engine", help="offline, a Claude model's name, or llama:PATH (default: see `escs model list`).")
@click.option("--say", multiple=True, metavar="TEXT", help="Say this, print the reply and leave; may be given again.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a turn.")
@click.option("--country", metavar="CC", help="Two letters; whose crisis lines are shown (default: from the locale).")
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help="Keep the conversation in this file.")
@click.option("--resume", type=click.Path(path_type=Path), metavar="FILE", help="Go on from a saved conversation.")
@click.option("--no-color", is_flag=True, help="Plain text (also: the variable NO_COLOR).")
def chat(**options: Any) -> None:
    """Talk to a supporter that is driven by the skills of a bank.

    It is an AI program and not a therapist. Nothing that you type is kept unless you save it. With no terminal on
    standard input, each line is one turn.
    """
    from escs.runtime.chat.session import open_session

    terminal = sys.stdin.isatty() and sys.stdout.isatty() and not options["say"] and not options["as_json"]
    session = open_session(options, os.environ)
    if terminal:
        from escs.runtime.chat.terminal import run_terminal

        run_terminal(session, color=not (options["no_color"] or os.environ.get("NO_COLOR")))
    else:
        from escs.runtime.chat.piped import run_piped

        run_piped(session, options["say"], as_json=options["as_json"])
