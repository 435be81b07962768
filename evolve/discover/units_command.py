"""`escs units`: dialogues of corpora become Intervention Units, one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

import click
from escs.evolve.calls import Calls, Engines, call_options, with_engines
from escs.evolve.discover.corpora import Account, read_corpora
from escs.evolve.discover.label import units_of
from escs.evolve.discover.summary import Summary
from escs.evolve.discover.units_file import line, writing
from escs.runtime.terminal import plain

SHOWN = 20  # complaints that are printed; the rest are counted


@click.command(
    epilog="Example: escs units esconv.json saved-talks/ --out units.jsonl --summary",
)
@click.argument("corpora", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The file to write; without it (and --summary), stdout.")
@click.option("--summary", is_flag=True, help="Print the distribution of labels and outcomes, and what was left out.")
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON.")
@click.option("--strict", is_flag=True, help="Stop at the first record that cannot be used.")
@call_options
def units(
    corpora: tuple[Path, ...], out: Path | None, summary: bool, as_json: bool, strict: bool, calls: Calls
) -> None:
    """Cut the dialogues of CORPORA (files or folders) into Intervention Units.

    Reads ESConv, FailedESConv, SAGE traces (.jsonl, .jsonl.gz) and JSON Lines of {"messages": [{"role", "content"}]}.
    Nothing is sent anywhere unless --engine names a server. What is unknown stays unknown.
    """
    account = Account(strict=strict, complain=Complaints())
    counted, left_out = Summary(), Counter[str]()
    with writing(out) if out else nullcontext(None) as file:
        target: IO[str] | None = file or (None if summary else sys.stdout)

        async def work(engines: Engines) -> None:
            dialogues = read_corpora(corpora, account)
            async for unit in units_of(dialogues, engines.get(), left_out, concurrency=calls.concurrency):
                counted.add(unit)
                if target is not None:
                    target.write(line(unit) + "\n")

        with_engines(calls, work)
    if summary and as_json:
        click.echo(json.dumps(counted.to_json() | {"left_out": _left_out(account, left_out)}, indent=1))
    elif summary:
        _show(counted, _left_out(account, left_out))
    total = sum(account.dialogues.values())
    rest = f"; {account.malformed:,} records could not be used" if account.malformed else ""
    click.echo(f"{counted.units:,} units from {total:,} dialogues{f' in {out}' if out else ''}{rest}.", err=True)


class Complaints:
    """Prints the first complaints and says when it stops doing so."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, sentence: str) -> None:
        self.count += 1
        if self.count <= SHOWN:
            click.echo(plain(sentence), err=True)
        elif self.count == SHOWN + 1:
            click.echo("More records could not be used; they are counted at the end.", err=True)


def _left_out(account: Account, left_out: Counter[str]) -> dict[str, int]:
    found = Counter(left_out) + account.notes
    if account.malformed:
        found["records that could not be used"] = account.malformed
    if account.passed_over:
        found["files of a folder that hold no dialogues"] = account.passed_over
    return dict(found.most_common())


def _show(counted: Summary, left_out: dict[str, int]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    data = counted.to_json()

    def table(title: str, rows: dict[str, Any]) -> None:
        made = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0), show_header=False)
        for name, count in rows.items():
            made.add_row(plain(str(name)), f"{count:,}", f"{100 * count / max(counted.units, 1):.1f}%")
        console.print(made)

    console.print(f"{counted.units:,} units")
    for name in ("sources", "scenarios", "states", "strategies", "actions", "changes", "outcomes"):
        table(name.capitalize(), data[name])
    table("What decided the outcome", data["decided"])
    shown = Table(title="Outcomes under other thresholds", title_justify="left", box=None, padding=(0, 2, 0, 0))
    kinds = ("constructive", "neutral", "negative", "unknown")
    for column in ("", *kinds):
        shown.add_column(column, justify="right" if column else "left")
    for name, counts in data["sensitivity"].items():
        shown.add_row(name, *(f"{counts.get(kind, 0):,}" for kind in kinds))
    console.print(shown)
    if left_out:
        rest = Table(title="Left out", title_justify="left", box=None, padding=(0, 2, 0, 0), show_header=False)
        for name, count in left_out.items():
            rest.add_row(plain(name), f"{count:,}")
        console.print(rest)
