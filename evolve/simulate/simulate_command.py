"""`escs simulate`: the supporter meets many kinds of simulated seekers."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from escs.evolve.calls import Calls, Engines, call_options, with_engines
from escs.evolve.simulate.profiles import SHIPPED, usable
from escs.evolve.simulate.rollout import MOST_TURNS, Rollout
from escs.runtime.errors import UsageError
from escs.runtime.terminal import plain


@click.command(epilog="Example: escs simulate --bank my-bank/skills --split train --repeats 2 --out run1")
@click.option(
    "--bank", type=click.Path(path_type=Path), help="The bank (default: $ESCS_BANK, else the one that ships)."
)
@click.option(
    "--profiles", "path", type=click.Path(path_type=Path), default=SHIPPED, help="A folder, a file, or SAGE's .jsonl."
)
@click.option("--split", help="train, gate or test (default: all).")
@click.option("--profile", "names", multiple=True, help="Only this profile; may be given several times.")
@click.option("--repeats", type=click.IntRange(min=1), default=1, show_default=True, help="Dialogues of each profile.")
@click.option("--seed", type=int, default=1, show_default=True, help="The first seed; each repetition has its own.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="The run's folder; the same command goes on where it stopped."
)
@click.option(
    "--supporter",
    help="Instead of the bank: none, strategy, exemplars:UNITS.jsonl, dismissive, generic, advice-first, parrot, flatterer.",
)
@click.option("--simulator", help="The seeker's engine (default: the supporter's).")
@click.option("--cross", help="Another engine that plays the seeker as well, to see how much hangs on it.")
@click.option("--turns", "most_turns", type=click.IntRange(1, 50), default=MOST_TURNS, show_default=True)
@click.option(
    "--workers", type=click.IntRange(min=1), help="Processes of an offline run or a cluster (default: all cores)."
)
@click.option("--cluster", metavar="ADDRESS", help="Hold the dialogues with Ray: local, HOST:PORT, or ray://HOST:PORT.")
@click.option(
    "--score", "score_files", is_flag=True, help="Score the FILES instead: SAGE's traces, or dialogues.jsonl."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@call_options
def simulate(
    bank: Path | None, path: Path, split: str | None, names: tuple[str, ...], repeats: int, seed: int,
    out: Path | None, supporter: str | None, simulator: str | None, cross: str | None, most_turns: int,
    workers: int | None, cluster: str | None, score_files: bool, as_json: bool, files: tuple[Path, ...], calls: Calls,
) -> None:  # fmt: skip
    """Let simulated seekers of many kinds talk to the supporter, and score how they felt (SAGE's protocol).

    Emotion starts at 40; a dialogue ends at 100, below 10, with a goodbye, or after ten replies. With the offline engine
    rules play the seekers: that tests the machinery and the choice of skills, and no prose.
    """
    if score_files:
        _score(files, as_json)
        return
    if files:
        raise UsageError(f"{files[0]} is given without --score; `escs simulate --help` shows how runs are made.")
    _run(
        _Asked(bank, path, split, names, repeats, seed, out, supporter, simulator, cross, most_turns, workers, cluster),
        calls,
        as_json,
    )


class _Asked:
    """What was asked for on the command line."""

    def __init__(self, *given: Any) -> None:
        (
            self.bank, self.path, self.split, self.names, self.repeats, self.seed, self.out, self.supporter,
            self.simulator, self.cross, self.most_turns, self.workers, self.cluster,
        ) = given  # fmt: skip


def _score(files: tuple[Path, ...], as_json: bool) -> None:
    from escs.evolve.simulate.score import score_file, score_table

    if not files:
        raise UsageError("Name the files to score: escs simulate --score TRACES.jsonl.gz")
    scored = [one for file in files for one in score_file(file)]
    if as_json:
        click.echo(json.dumps([each.to_json() for each in scored], ensure_ascii=False))
        return
    from rich.console import Console

    for each in scored:
        score_table(Console(highlight=False), each.score, title=plain(each.title))
    for broken in dict.fromkeys(each.broken for each in scored if each.broken):
        click.echo(f"escs: {plain(broken)}", err=True)


def _run(asked: _Asked, calls: Calls, as_json: bool) -> None:
    import os

    from escs.evolve.simulate.simulate import Plan, two_seekers
    from escs.evolve.simulate.simulate import simulate as run
    from escs.evolve.simulate.supporters import BASELINES, EXEMPLARS_OF, SCRIPTS, known
    from escs.evolve.simulate.tree import snapshot, tree_hash
    from escs.runtime.bank.bank import Bank
    from escs.runtime.settings import Settings

    simulators = two_seekers(asked.simulator or calls.engine, asked.cross)
    profiles = usable(asked.path, asked.split, asked.names)
    bank = None if asked.supporter else Settings.read(os.environ, bank=asked.bank).bank
    if asked.supporter and not known(asked.supporter):
        raise UsageError(
            f"{asked.supporter!r} is no supporter; use {', '.join([*BASELINES, f'{EXEMPLARS_OF}UNITS', *SCRIPTS])}, or leave "
            "it out."
        )
    if bank is not None and not len(Bank(bank)):
        raise UsageError(f"The bank {bank} has no skills that can be used; `escs skills lint --bank {bank}` says why.")
    with tempfile.TemporaryDirectory(prefix="escs-") as folder:
        copied = snapshot(bank, Path(folder, "bank")) if bank else None
        plan = Plan(
            tuple(profiles), asked.repeats, asked.seed, tree_hash(copied) if copied else "", copied, asked.supporter,
            asked.split or "", asked.most_turns, asked.workers, asked.cluster,
        )  # fmt: skip

        async def work(engines: Engines) -> tuple[Rollout, ...]:
            _afford(plan, calls, simulators)
            engine = engines.get("offline") if asked.supporter in SCRIPTS else engines.get()
            total = len(plan.jobs) * len(simulators)
            with _progress(total, engines) as told:
                return await run(
                    plan, engine, [engines.get(name) for name in simulators], out=asked.out,
                    command=" ".join(["escs", *sys.argv[1:]]), concurrency=calls.concurrency, told=told,
                    spent=lambda: engines.totals.to_json(),
                )  # fmt: skip

        try:
            rollouts = with_engines(calls, work)
        except KeyboardInterrupt:
            rest = f"the same command goes on from there ({asked.out})" if asked.out else "with --out it could go on"
            click.echo(f"Stopped; what was done is kept: {rest}." if asked.out else f"Stopped; {rest}.", err=True)
            sys.exit(130)
    _tell(rollouts, as_json, asked.out)


def _afford(plan: Any, calls: Calls, simulators: list[str]) -> None:
    """Say what an expensive run would take before anything is paid."""
    import os

    from escs.evolve.simulate.estimate import estimate
    from escs.evolve.simulate.supporters import SCRIPTS
    from escs.runtime.engines.choose import engine_from_name
    from escs.runtime.engines.hosts import is_loopback

    named = [engine_from_name(name, os.environ) for name in simulators]
    supporter = None if plan.supporter in SCRIPTS else engine_from_name(calls.engine, os.environ)
    paid = [
        one for one in (*named, supporter) if one and (server := one.key.get("base_url")) and not is_loopback(server)
    ]
    if not paid:
        return
    guess = estimate(len(plan.jobs), supporter, named, most_turns=plan.most_turns)
    if calls.max_cost is None and calls.max_tokens is None:
        raise UsageError(
            f"This run would take {guess}; say how much may be spent with --max-cost USD (or --max-tokens N)."
        )
    click.echo(f"This run takes {guess}; it stops before it spends more than was allowed.", err=True)


@contextmanager
def _progress(total: int, engines: Engines) -> Iterator[Callable[[Rollout], None]]:
    """A line on the terminal: how many are done, the emotion so far, the cost, the time left, and why nothing comes."""
    if not sys.stderr.isatty():
        yield lambda rollout: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Now(ProgressColumn):
        """The cost, and why calls are tried again: read whenever the line is drawn."""

        def render(self, task: Any) -> Text:
            money = engines.totals.money if engines.totals.paid else ""
            return Text(" ".join(part for part in (money, plain(engines.waiting)) if part))

    finals: list[float] = []
    failed = 0
    with Progress(
        TextColumn("dialogues"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[emotion]}"),
        Now(), TimeRemainingColumn(), console=Console(stderr=True), transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task("", total=total, emotion="")

        def told(rollout: Rollout) -> None:
            nonlocal failed
            if rollout.scored:
                finals.append(rollout.final)
            else:
                failed += 1
            emotion = f"emotion {sum(finals) / len(finals):.1f}" if finals else ""
            rest = f", {failed} failed technically" if failed else ""
            bar.update(task, advance=1, emotion=emotion + rest)

        yield told


def _tell(rollouts: tuple[Rollout, ...], as_json: bool, out: Path | None) -> None:
    if as_json:
        from escs.evolve.simulate.process import process_figures
        from escs.evolve.simulate.score import score

        simulators = dict.fromkeys(rollout.simulator for rollout in rollouts)
        parts = [(name, score([r for r in rollouts if r.simulator == name])) for name in simulators]
        click.echo(json.dumps([
            {"simulator": name, **scored.to_json()}
            | {"process": asdict(process_figures([r for r in rollouts if r.simulator == name]))}
            for name, scored in parts
        ], ensure_ascii=False))  # fmt: skip
        return
    from escs.evolve.simulate.ending import tell
    from rich.console import Console

    tell(Console(highlight=False), rollouts)
    if out is not None:
        click.echo(f"`escs report {out} --out report.html` shows every dialogue.", err=True)
