"""`escs skills`, `escs init` and `escs forget`: looking after a bank from the command line."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click
from escs.runtime.errors import UsageError

bank_option = click.option(
    "--bank", type=click.Path(path_type=Path), help="Folder of skills (default: $ESCS_BANK, else the bank that ships)."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def _settings(bank: Path | None) -> Any:
    from escs.runtime.settings import Settings

    return Settings.read(os.environ, bank=bank)


def _open(bank: Path | None) -> Any:
    from escs.runtime.bank.bank import Bank

    return Bank(_settings(bank).bank)


def _print(text: str) -> None:
    from escs.runtime.terminal import plain

    click.echo(plain(text))


@click.group(epilog="Example: escs skills list --bank my-bank/skills")
def skills() -> None:
    """Look after a bank of skills."""


@skills.command("list", epilog="Example: escs skills list --json")
@bank_option
@json_option
def list_skills(bank: Path | None, as_json: bool) -> None:
    """List the bank's skills."""
    from escs.runtime.bank.overview import listing, table

    opened = _open(bank)
    _warn(opened)
    if as_json:
        click.echo(json.dumps(listing(opened), ensure_ascii=False, indent=2))
    else:
        _print(table(opened))


def _warn(bank: Any) -> None:
    from escs.runtime.terminal import plain

    for complaint in bank.complaints:
        click.echo(plain(str(complaint)), err=True)


@skills.command("show", epilog="Example: escs skills show reflect-before-advice")
@click.argument("name")
@bank_option
def show_skill(name: str, bank: Path | None) -> None:
    """Print one skill as its file has it."""
    opened = _open(bank)
    skill = opened.load(name)
    click.echo(click.style(_plain(str(skill.path)), dim=True), err=True)
    _print(Path(skill.path).read_text(encoding="utf-8", errors="replace").rstrip("\n"))


def _plain(text: str) -> str:
    from escs.runtime.terminal import plain

    return str(plain(text))


@skills.command("lint", epilog="Example: escs skills lint my-bank/skills")
@click.argument("where", required=False, type=click.Path(path_type=Path))
@bank_option
@json_option
@click.option("--notes", is_flag=True, help="Also name the lines that only people and models can follow.")
def lint_skills(where: Path | None, bank: Path | None, as_json: bool, notes: bool) -> None:
    """Check every skill: form, labels, conditions, phrasings, hostile text. Exit code 1 where there is an error.

    WHERE is a bank, or one skill's folder or file.
    """
    from escs.runtime.bank.lint import lint
    from escs.runtime.settings import refuse_parent

    if where is not None:
        refuse_parent(where)
    complaints, counted = lint(where or _settings(bank).bank)
    counts = Counter(complaint.severity for complaint in complaints)
    errors = counts["error"]
    if not notes:
        complaints = [complaint for complaint in complaints if complaint.severity != "note"]
    if as_json:
        rows = [
            {
                "path": str(c.path),
                "line": c.line,
                "rule": c.rule,
                "severity": c.severity,
                "message": c.message,
                "mend": c.mend,
            }
            for c in complaints
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for complaint in complaints:
            _print(str(complaint))
        said = f"{counted} skills: {errors} errors, {counts['warning']} warnings."
        people = f" {counts['note']} lines only people and models can follow (--notes)." if counts["note"] else ""
        _print(said + people)
    if errors:
        sys.exit(1)


@skills.command("select", epilog='Example: escs skills select "My boss shouted at me and I froze" --top 3')
@click.argument("text", required=False)
@click.option("--histories", type=click.Path(path_type=Path), help="JSON Lines of {messages: [{role, content}]}.")
@click.option(
    "--by",
    type=click.Choice(["help", "habit"]),
    default="help",
    show_default=True,
    help="help: what chat would load; habit: what human supporters did next.",
)
@click.option("--top", type=click.IntRange(min=1), default=5, show_default=True, help="How many skills to name.")
@bank_option
@json_option
def select_skills(
    text: str | None, histories: Path | None, by: str, top: int, bank: Path | None, as_json: bool
) -> None:
    """Which skills fit a seeker's words, or each dialogue of a file, best first."""
    from escs.runtime.bank.select import Selector, read_histories
    from escs.runtime.state import Message

    if (text is None) == (histories is None):
        raise UsageError("Give either a TEXT or --histories FILE.")
    selector = Selector(_open(bank), by)
    dialogues = read_histories(histories) if histories is not None else [(Message("user", text or ""),)]
    for history in dialogues:
        rows = selector.select(history, top)
        if as_json or histories is not None:
            click.echo(json.dumps({"skills": rows}, ensure_ascii=False))
        else:
            for row in rows:
                _print(f"{row['score']:>7.2f}  {row['name']:<28} {row['why']}")


@skills.command("new", epilog="Example: escs skills new sit-with-silence --action presence --bank my-bank/skills")
@click.argument("name")
@click.option("--action", default="reflection-of-feelings", show_default=True, help="The support action it is.")
@bank_option
def new_skill(name: str, action: str, bank: Path | None) -> None:
    """Write a draft of a new skill into the bank, ready to edit."""
    from escs.runtime.bank.draft import write_draft

    settings = _settings(bank)
    path = write_draft(settings.bank, name, action)
    _print(f"Wrote {path}. Fill it in, then run `escs skills lint {path.parent}`.")


@skills.command("stats", epilog="Example: escs skills stats")
@bank_option
@json_option
def stats(bank: Path | None, as_json: bool) -> None:
    """What the bank covers: actions, strategies, states, stages, and where it is thin."""
    from escs.runtime.bank.overview import coverage, coverage_text

    opened = _open(bank)
    _warn(opened)
    if as_json:
        click.echo(json.dumps(coverage(opened), ensure_ascii=False, indent=2))
    else:
        _print(coverage_text(opened))


@skills.command("why", epilog="Example: escs skills why ideas-when-asked --units units.jsonl")
@click.argument("name")
@click.option(
    "--units", "unit_file", type=click.Path(path_type=Path), help="Units of the same corpora: show what was said."
)
@bank_option
@json_option
def why_skill(name: str, unit_file: Path | None, bank: Path | None, as_json: bool) -> None:
    """Show the evidence of a skill and the units behind each line of it."""
    from escs.runtime.bank.why import evidence_of, in_words, texts_of, wanted

    opened = _open(bank)
    skill = opened.load(name)
    rows = evidence_of(opened.root, skill.name)
    if as_json:
        click.echo(json.dumps({"skill": skill.name, "evidence": skill.evidence, "units": rows}, ensure_ascii=False))
        return
    for key, said in skill.evidence.items():
        for line in said.split("\n"):
            _print(f"{key}: {line}")
    if not rows:
        _print("No units stand behind it: `escs discover CORPUS --bank DIR` looks for some.")
    texts = texts_of(unit_file, wanted(rows)) if unit_file else None
    for row in rows:
        _print("\n" + "\n".join(in_words(row, texts)))


@click.command(epilog="Example: escs init my-bank && escs chat --bank my-bank/skills")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Make a new git repository with a copy of the bank in DIR/skills, committed, ready to edit."""
    from escs.runtime.bank.start import start_bank

    where = start_bank(folder)
    _print(f"Your bank is in {where}. Edit a SKILL.md there and talk to it: escs chat --bank {where}")


@click.command(epilog="Example: escs forget")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(yes: bool) -> None:
    """Delete everything that escs keeps on this machine: indexes, pulled models, call records, counts.

    Conversations are never kept unless you saved one; files that you saved yourself stay where you put them.
    """
    from escs.runtime import paths

    things = paths.stored()
    if not things:
        _print("escs keeps nothing on this machine.")
        return
    for thing in things:
        _print(str(thing))
    if not yes and not click.confirm("Delete all of this?", default=False):
        _print("Nothing was deleted.")
        return
    paths.forget()
    _print("Deleted.")
