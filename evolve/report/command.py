"""`escs report`: one page on a run, on two runs side by side, or on an evaluation."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(epilog="Example: escs report runs/monday runs/tuesday --out report.html")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("run_b", required=False, type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("report.html"), show_default=True,
    help="The page to write.",
)  # fmt: skip
def report(run: Path, run_b: Path | None, out: Path) -> None:
    """Write a page on RUN: scores, curves, skills, unsafe events and every dialogue. RUN_B stands beside it.

    A run that a second simulator cross-checked is shown once for each of them, side by side. RUN may also be the folder of an evaluation (`escs eval … --out`). The page is one file: it needs no network, and it holds the dialogues, so share it as you would share them.
    """
    from escs.evolve.report.evaluation import evaluation_page, is_evaluation
    from escs.evolve.report.page import page
    from escs.evolve.report.save import save
    from escs.evolve.report.view import by_simulator
    from escs.evolve.simulate.run_folder import read_run
    from escs.runtime.errors import UsageError
    from escs.runtime.terminal import plain

    if is_evaluation(run):
        if run_b is not None:
            raise UsageError(f"{run} is an evaluation, which stands alone; leave {run_b} out.")
        click.echo(plain(f"{out}: {save(evaluation_page(run), out):.1f} MB."))
        return
    runs = tuple(part for folder in (run, run_b) if folder is not None for part in by_simulator(read_run(folder)))
    if run_b is not None and len(runs) > 2:
        raise UsageError("A run that a second simulator cross-checked fills a page; report each of the two by itself.")
    size = save(page(runs), out)
    click.echo(plain(f"{out}: {size:.1f} MB, {sum(len(one.rollouts) for one in runs)} dialogues."))
