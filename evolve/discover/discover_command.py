"""`escs discover`: real dialogues become evidence, figures and new skills of a bank."""

from __future__ import annotations

from pathlib import Path

import click
from escs.evolve.calls import Calls, Engines, call_options, with_engines
from escs.evolve.discover.corpora import Account
from escs.evolve.discover.plan import Plan, apply
from escs.evolve.discover.units_command import Complaints
from escs.runtime.errors import UsageError
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.settings import refuse_parent
from escs.runtime.terminal import plain


@click.command(epilog="Example: escs discover esconv.json my-talks/ --bank my-bank/skills --dry-run")
@click.argument("corpora", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--units", "unit_files", multiple=True, type=click.Path(path_type=Path), help="Units that were cut before."
)
@click.option("--bank", type=click.Path(path_type=Path), required=True, help="The bank to build or extend.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option(
    "--replace",
    is_flag=True,
    help="Let what these corpora say take the place of evidence and figures from other corpora.",
)
@click.option("--strict", is_flag=True, help="Stop at the first record that cannot be used.")
@call_options
def discover(
    corpora: tuple[Path, ...], unit_files: tuple[Path, ...], bank: Path, dry_run: bool, replace: bool, strict: bool,
    calls: Calls,
) -> None:  # fmt: skip
    """Build or extend a bank from the dialogues of CORPORA.

    New skills come as new folders, evidence as evidence; what a person wrote stays as it is, and so does what rests on
    other corpora, unless --replace is given. The same command again changes nothing. Look at what it did with git, and edit it.
    """
    from escs.evolve.discover.discover import Corpora, make_plan, read_all, summary

    if not corpora and not unit_files:
        raise UsageError("Give at least one corpus of dialogues, or --units FILE.")
    if (
        bank.resolve() == SHIPPED_BANK.resolve()
        and not (SHIPPED_BANK.resolve().parent / ".git").exists()
        and not dry_run
    ):
        raise UsageError("The bank that came with escs is not yours to change; `escs init DIR` makes a copy that is.")
    refuse_parent(bank)
    if bank.exists() and not bank.is_dir():
        raise UsageError(f"{bank} is a file; name the bank's folder.")
    account = Account(strict=strict, complain=Complaints())
    given = Corpora(corpora, unit_files)

    async def work(engines: Engines) -> tuple[list[str], Plan]:
        engine = engines.get()
        read = await read_all(given, account, engine, concurrency=calls.concurrency)
        command = f"escs discover {' '.join(read.corpora)} --bank {bank.name}"
        plan = await make_plan(bank, read, given, engine, command=command, consent=replace, say=_note)
        return summary(read, plan), plan

    lines, plan = with_engines(calls, work)
    for line in lines:
        click.echo(plain(line))
    for sentence in plan.said:
        click.echo(plain(sentence))
    for name in plan.changed:
        click.echo(plain(f"evidence of {name} changes"))
    for name in plan.files:
        click.echo(plain(f"{name} changes"))
    if plan.kept:
        click.echo(plain(plan.kept))
    if plan.empty:
        click.echo("The bank stays as it is" + ("." if plan.kept else ": it says all this already."))
    elif dry_run:
        click.echo("Nothing was written (--dry-run).")
    else:
        apply(plan)
        click.echo(
            plain(
                f"Written to {bank}. `escs skills lint --bank {bank}` looks it over; `escs skills why NAME` shows the units."
            )
        )


def _note(sentence: str) -> None:
    click.echo(plain(sentence), err=True)
