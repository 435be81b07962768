"""The command line: one thin click group that loads a command's module only when that command runs.

The table holds names, never imports: `escs --help` costs no more than click, and `runtime` knows of the commands of
`evolve` what a shell knows of programs.
"""

from __future__ import annotations

import importlib
import os
import sys

import click
from escs.runtime.errors import EscsError

COMMANDS = {
    "chat": ("escs.runtime.chat.command:chat", "Talk: a conversation driven by the skills of a bank."),
    "init": ("escs.runtime.bank.command:init", "Make a git repository with a bank of your own, ready to edit."),
    "skills": ("escs.runtime.bank.command:skills", "Look after the bank: list, show, lint, select, new, stats, why."),
    "screen": ("escs.runtime.safety.command:screen_command", "What the crisis screen sees in a text."),
    "units": ("escs.evolve.discover.units_command:units", "Cut dialogues into Intervention Units."),
    "discover": ("escs.evolve.discover.discover_command:discover", "Build or extend a bank from real dialogues."),
    "profiles": ("escs.evolve.simulate.profiles_command:profiles", "Simulated seekers: list, show, lint, new."),
    "simulate": ("escs.evolve.simulate.simulate_command:simulate", "Let simulated seekers meet the supporter."),
    "report": ("escs.evolve.report.command:report", "A run as one page: scores, curves, skills, dialogues."),
    "eval": ("escs.evolve.evaluate.eval_command:evaluate", "Compare banks with baselines: two tables, with intervals."),
    "practice": ("escs.evolve.simulate.practice_command:practice", "Support a simulated seeker yourself."),
    "analyse": ("escs.evolve.analyse.analyse_command:analyse", "What goes wrong in a run: findings."),
    "evolve": ("escs.evolve.loop.evolve_command:evolve", "Propose edits on git branches and verify each."),
    "verify": ("escs.evolve.loop.verify_command:verify", "Verify a branch's change of the bank in simulation."),
    "review": ("escs.evolve.loop.review_command:review", "Look at a verified change, and decide."),
    "merge": ("escs.evolve.loop.verify_command:merge", "Merge a change that was verified and accepted."),
    "log": ("escs.evolve.loop.log_command:log", "The bank's history of proposals and verdicts."),
    "sync": ("escs.evolve.loop.verify_command:sync", "Exchange verdicts with a remote repository."),
    "update": ("escs.evolve.loop.update_command:update", "Bring later shipped skills into your bank."),
    "model": ("escs.runtime.engines.command:model", "Engines and local models: list, pull."),
    "forget": ("escs.runtime.bank.command:forget", "Delete everything that escs keeps on this machine."),
}
"""Each command: where it lives, and its line in `escs --help`."""


class Lazy(click.Group):
    """A group whose commands are imported when they run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for a misspelt one, name the nearest."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean `escs {near[0]}`?" if near else " `escs --help` lists them."
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: escs chat --bank my-bank/skills",
)
@click.version_option(package_name="esc-skills", prog_name="escs")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def escs(debug: bool) -> None:
    """Emotional support in conversation, driven by skills that are Markdown files.

    escs is an AI program and not a therapist. In danger, call your local emergency number;
    findahelpline.com lists crisis lines worldwide.
    """


def main() -> None:
    """Run the command line; every error that a person can meet becomes one sentence and an exit code."""
    args = sys.argv[1:]
    debug = "--debug" in args[: args.index("--")] if "--" in args else "--debug" in args
    args = [arg for arg in args if arg != "--debug"] if debug else args
    debug = debug or bool(os.environ.get("ESCS_DEBUG"))
    try:
        status = escs.main(args, prog_name="escs", standalone_mode=False)
        sys.stdout.flush()
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has left: nothing more to say
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except EscsError as error:
        if debug:
            raise
        _say(str(error))
        sys.exit(error.exit_code)
    except Exception as error:
        if debug:
            raise
        _say(f"escs met a fault of its own ({type(error).__name__}: {error}). Run it again with --debug to see where.")
        sys.exit(1)


def _say(message: str) -> None:
    from escs.runtime.terminal import plain

    print("escs:", plain(message), file=sys.stderr)  # noqa: T201 - the one place that speaks to stderr for all commands
