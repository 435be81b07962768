"""`escs model`: which engines there are, and fetching a local model."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of `escs model list`."""

    engine: str  # what to give to --engine
    ready: bool
    words: str  # where words go
    about: str


def _entries() -> Iterator[_Entry]:
    from escs.runtime.engines.choose import where
    from escs.runtime.engines.claude import DEFAULT_MODEL, ClaudeEngine
    from escs.runtime.engines.models import known_models

    stay = "stay on this computer"
    yield _Entry("offline", True, stay, "built-in rules, no model")
    server = os.environ.get("ANTHROPIC_BASE_URL")
    ready = bool(os.environ.get("ANTHROPIC_API_KEY") or os.environ.get("ANTHROPIC_AUTH_TOKEN") or server)
    model = os.environ.get("ESCS_MODEL") or DEFAULT_MODEL
    state = "a key is set" if ready and not server else f"by ANTHROPIC_BASE_URL, {server}" if server else "needs a key"
    hint = "" if ready else ": set ANTHROPIC_API_KEY"
    goes = where(ClaudeEngine(model))
    yield _Entry(
        model, ready, goes, f"{'any model of that server' if server else 'or another claude-… model'}; {state}{hint}"
    )
    for name, local in known_models().items():
        here = (
            f"{local.size / 1e6:.0f} MB, here"
            if local.is_here
            else f"{local.size / 1e6:.0f} MB, `escs model pull {name}`"
        )
        yield _Entry(f"llama:{name}", local.is_here, stay, f"{local.title}; {here}")
    yield _Entry("llama:PATH.gguf", True, stay, "any GGUF model on this computer")


@click.group(epilog="Example: escs model pull smollm2 && escs chat --engine llama:smollm2")
def model() -> None:
    """Engines and local models."""


@model.command("list", epilog="Example: escs model list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for machines.")
def list_models(as_json: bool) -> None:
    """Which engines can answer here, and where words would go."""
    from escs.runtime.terminal import plain

    entries = list(_entries())
    if as_json:
        click.echo(json.dumps([asdict(entry) for entry in entries], ensure_ascii=False))
        return
    wide = max(len(entry.engine) for entry in entries)
    for entry in entries:
        click.echo(plain(f"{entry.engine:<{wide}}  {entry.about}; words {entry.words}"))


@model.command("pull", epilog="Example: escs model pull smollm2")
@click.argument("name")
def pull_model(name: str) -> None:
    """Fetch a local model and check it against its sha256."""
    from escs.runtime.engines.models import pull
    from escs.runtime.terminal import plain
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(plain(name), total=None)
        path = pull(name, lambda done, size: bar.update(task, completed=done, total=size))
    click.echo(f"{plain(str(path))} is ready: escs chat --engine llama:{name}")
