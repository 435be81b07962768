"""`escs profiles`: who the simulated seekers are, and whether their files can be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from escs.evolve.simulate.profile import Profile
from escs.evolve.simulate.profiles import SHIPPED, Profiles, read_profiles, usable
from escs.runtime.errors import UsageError
from escs.runtime.terminal import plain

path_option = click.option(
    "--profiles", "path", type=click.Path(path_type=Path), default=SHIPPED, help="A folder, a file, or SAGE's .jsonl."
)


@click.group(epilog="Example: escs profiles list --split train")
def profiles() -> None:
    """Look after the profiles of simulated seekers."""


@profiles.command("list", epilog="Example: escs profiles list --split gate --json")
@path_option
@click.option("--split", help="train, gate or test.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def list_profiles(path: Path, split: str | None, as_json: bool) -> None:
    """List the profiles."""
    found = usable(path, split)
    if as_json:
        click.echo(json.dumps([_record(profile) for profile in found], ensure_ascii=False, indent=1))
        return
    for profile in found:
        marks = [*(["trap"] if profile.trap else []), *(["cue"] if profile.cues else []), *profile.tags]
        row = f"{profile.split:6} {profile.intention:16} {profile.temperament:9} {profile.name:42} {', '.join(marks)}"
        click.echo(plain(row))


def _record(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "persona": profile.persona,
        "split": profile.split,
        "intention": profile.intention,
        "temperament": profile.temperament,
        "scenario": profile.scenario,
        "state": profile.state,
        "trap": profile.trap,
        "cues": [cue.turn for cue in profile.cues],
        "tags": list(profile.tags),
        "twin_of": profile.twin_of,
        "path": str(profile.path) if profile.path else "",
    }


@profiles.command("show", epilog="Example: escs profiles show ingrid-keeps-the-key")
@click.argument("name")
@path_option
def show_profile(name: str, path: Path) -> None:
    """Print one profile as its file has it."""
    (profile,) = usable(path, names=[name])
    text = profile.path.read_text(encoding="utf-8") if profile.path and profile.path.suffix == ".md" else profile.sheet
    click.echo(plain(text.rstrip("\n")))


@profiles.command("lint", epilog="Example: escs profiles lint my-profiles/")
@click.argument("where", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def lint_profiles(where: Path | None, as_json: bool) -> int:
    """Say everything that is wrong with the profiles at WHERE, each with file, line and what to write instead."""
    from escs.evolve.simulate.profile_set import set_complaints

    read = read_profiles(where or SHIPPED)
    complaints = [*read.complaints, *set_complaints(list(read.found.values()))]
    if as_json:
        rows = [
            {"path": str(c.path or ""), "line": c.line, "rule": c.rule, "severity": c.severity, "message": c.message, "mend": c.mend}
            for c in complaints
        ]  # fmt: skip
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for complaint in complaints:
            click.echo(plain(str(complaint)))
        click.echo(_summary(read, complaints))
    return int(any(complaint.severity == "error" for complaint in complaints))


def _summary(read: Profiles, complaints: list[Any]) -> str:
    errors = sum(complaint.severity == "error" for complaint in complaints)
    return f"{len(read.found)} profiles in {read.files} files: {errors} errors, {len(complaints) - errors} warnings."


_DRAFT = """\
---
name: {name}
persona: {name}
split: train
intention: {intention}
temperament: {temperament}
scenario: low-mood
state: sad
intensity: 60
tags: own
---
# Name, age, and what it is about

## Persona
Who they are, how they live, how they write. Three to six sentences.

## Situation
What happened, with dates, objects and words that were said. Five to ten sentences.

## Tried
- What they tried, and what came of it.

## Wants
What exactly they hope to receive, and what would miss it. They never say it aloud.

## Lands
- reflection-of-feelings: +2; why
- suggestion: -2; why

## Opening
The first message, as they would type it.

## Discloses
- 0: Something they say to anybody.
- 0: Something else they say to anybody.
- 5: A fact of the story.
- 10: Another one.
- 20: Something that takes some trust.
- 30: Something that takes more.
- 45: What they have told nobody yet.
- 60: What it is really about.
- 75: What they hope for, nearly said.

## Turns
- …

## Better
- What they say when a reply did them good.
- Another way of saying so.
- How they would say goodbye, helped.

## Worse
- What they say when a reply missed.
- Another way of saying so.
- How they would leave.
"""


@profiles.command(
    "new", epilog="Example: escs profiles new tom-and-the-allotment --intention listening --out my-profiles/"
)
@click.argument("name")
@click.option("--intention", default="listening", show_default=True, help="The hidden intention.")
@click.option("--temperament", default="passive", show_default=True, help="negative, passive or avoidant.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("."), help="The folder to write to.")
def new_profile(name: str, intention: str, temperament: str, out: Path) -> None:
    """Write a draft of a profile, ready to fill in."""
    from escs.evolve.simulate.profile_file import parse_profile

    path = out / f"{name}.md"
    text = _DRAFT.format(name=name, intention=intention, temperament=temperament)
    profile, complaints = parse_profile(text.encode(), path)
    if profile is None:
        raise UsageError(f"{complaints[0].message} {complaints[0].mend}")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path} exists already; choose another name.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}).") from error
    click.echo(plain(f"Wrote {path}. Fill it in, then run `escs profiles lint {path}`."))
