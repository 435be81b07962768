"""`escs model`: which engines there are, and fetching a local model."""

from __future__ import annotations

import os

import click


@click.group(epilog="Example: escs model pull smollm2 && escs chat --engine llama:smollm2")
def model() -> None:
    """Engines and local models."""


@model.command("list", epilog="Example: escs model list")
def list_models() -> None:
    """Which engines can answer here, and where words would go."""
    from escs.runtime.engines.claude import DEFAULT_MODEL
    from escs.runtime.engines.models import known_models
    from escs.runtime.terminal import plain

    server, key = os.environ.get("ANTHROPIC_BASE_URL"), os.environ.get("ANTHROPIC_API_KEY")
    rows = [("offline", "built-in rules, no model; words stay on this computer")]
    if server:
        rows.append(("MODEL", f"any model of the server {server} (ANTHROPIC_BASE_URL)"))
    ready = "a key is set" if key else "set ANTHROPIC_API_KEY to use it"
    rows.append((DEFAULT_MODEL, f"Claude, or any other claude-… model ({ready}); words are sent to the server"))
    for name, local in known_models().items():
        state = "here" if local.path.exists() else f"{local.size / 1e6:.0f} MB, `escs model pull {name}` fetches it"
        rows.append((f"llama:{name}", f"{local.title} ({state})"))
    rows.append(("llama:PATH", "any GGUF model on this computer"))
    wide = max(len(name) for name, _ in rows)
    for name, line in rows:
        click.echo(plain(f"{name:<{wide}}  {line}"))


@model.command("pull", epilog="Example: escs model pull smollm2")
@click.argument("name")
def pull_model(name: str) -> None:
    """Fetch a local model and check it against its sha256."""
    from escs.runtime.engines.models import pull
    from escs.runtime.terminal import plain
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(plain(name), total=None)
        path = pull(name, lambda done, size: bar.update(task, completed=done, total=size))
    click.echo(f"{path} is ready: escs chat --engine llama:{name}")
