"""`escs eval responses` and `escs eval dialogues`: several arms side by side, with intervals."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from escs.evolve.calls import Calls, Engines, call_options, with_engines
from escs.evolve.simulate.profiles import SHIPPED
from escs.evolve.simulate.rollout import MOST_TURNS
from escs.runtime.errors import UsageError
from escs.runtime.settings import Settings
from escs.runtime.terminal import plain, plain_json

if TYPE_CHECKING:
    from escs.evolve.evaluate.arms import Arm, Wanted
    from escs.evolve.evaluate.tables import Table


ALL_AT_ONCE = 100_000
"""Calls under way at once by batches: whatever can be asked goes into the next one."""


@click.group("eval")
def evaluate() -> None:
    """Compare banks with baselines: how their replies look beside a human's, and how simulated seekers end."""


def arm_options(command: Any) -> Any:
    """The options that both tables share."""
    for option in reversed(
        [
            click.option("--bank", type=click.Path(path_type=Path), help="The bank (default: $ESCS_BANK, else the one that ships)."),
            click.option("--arms", help="none, strategy, static, evolved, exemplars; with commas (default: all that can be)."),
            click.option("--static", metavar="REV", help="The bank of this git revision (default: the folder as it stands)."),
            click.option("--evolved", metavar="REV", help="Another revision of the bank, after `escs evolve`."),
            click.option("--units", type=click.Path(path_type=Path), help="Units for `exemplars`, from `escs units`."),
            click.option("--seed", type=int, default=1, show_default=True),
            click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="A folder for the table and all that it stands on; `escs report` makes a page of it."),
            click.option("--estimate", is_flag=True, help="Say what it would take, and ask nobody anything."),
            click.option("--json", "as_json", is_flag=True, help="Print JSON for programs."),
        ]
    ):  # fmt: skip
        command = option(command)
    return command


@evaluate.command(epilog="Example: escs eval responses esconv.valid.json --units units.jsonl --out eval1")
@click.argument("corpora", nargs=-1, required=True, type=click.Path(path_type=Path))
@arm_options
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many dialogues.")
@click.option(
    "--judge",
    "judge_name",
    metavar="ENGINE",
    help="A model that judges the replies; better another one than the supporter's.",
)
@click.option(
    "--batch",
    is_flag=True,
    help="By Message Batches: half the price, and hours instead of minutes. All dialogues at once.",
)
@click.option(
    "--by",
    type=click.Choice(["habit", "help"]),
    default="habit",
    show_default=True,
    help="How banks choose: habit, as people did, which is what is measured here; help, as a chat does.",
)
@click.option(
    "--bert", metavar="MODEL", help="BERTScore as well, by this model: a name such as roberta-large, or a folder."
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes of offline arms (default: all cores).")
@call_options
def responses(
    corpora: tuple[Path, ...], bank: Path | None, arms: str | None, static: str | None, evolved: str | None,
    units: Path | None, seed: int, out: Path | None, estimate: bool, as_json: bool, limit: int | None,
    judge_name: str | None, batch: bool, by: str, bert: str | None, workers: int | None, calls: Calls,
) -> None:  # fmt: skip
    """Let every arm answer at each supporter turn of real dialogues, after the real history, and compare with the human.

    What differs from the human's words scores low in BLEU, chrF and ROUGE, however good it is. The strategy figures say
    whether an arm does what people did at that moment.
    """
    from escs.evolve.discover.corpora import Account
    from escs.evolve.discover.units_command import Complaints
    from escs.evolve.evaluate.judge import Judged, judge
    from escs.evolve.evaluate.metrics import bert_scorer, needed
    from escs.evolve.evaluate.out_folder import RESPONSES, RESPONSES_FILE, open_folder
    from escs.evolve.evaluate.response_table import response_table
    from escs.evolve.evaluate.responses import Response, read_real, respond

    needed()
    if batch:
        calls = replace(calls, batch=True, concurrency=ALL_AT_ONCE)
    wanted = replace(_wanted(bank, arms, static, evolved, units), by=by)
    account = Account(complain=Complaints())
    dialogues = read_real(corpora, limit, account)
    if account.malformed:
        click.echo(f"{account.malformed:,} records could not be used.", err=True)
    turns = sum(len(dialogue.exchanges) for dialogue in dialogues)
    with tempfile.TemporaryDirectory(prefix="escs-") as folder:
        chosen = _arms(wanted, Path(folder))
        if _estimated(_of_responses(chosen, turns, calls, judge_name), calls, estimate, (calls.engine, judge_name)):
            return
        if out is not None:
            open_folder(out, RESPONSES)
        scorer = bert_scorer(bert) if bert else None  # before anything is paid

        async def work(engines: Engines) -> tuple[dict[str, list[Response]], dict[str, Judged]]:
            found = await respond(
                chosen, engines.get(), dialogues, seed=seed, concurrency=calls.concurrency, workers=workers
            )
            if judge_name is None:
                return found, {}
            return found, await judge(engines.get(judge_name), found, dialogues, concurrency=calls.concurrency)

        found, judged = with_engines(calls, work)
    table = response_table(found, judged, seed=seed, bert=scorer)
    _show(table, chosen, as_json)
    _keep(out, table, chosen, {RESPONSES_FILE: [one.to_json() for some in found.values() for one in some]})


@evaluate.command(
    epilog="Example: escs eval dialogues --bank my-bank/skills --evolved evolve/3f2a91/01-say-it-back --out eval2"
)
@arm_options
@click.option(
    "--profiles", "path", type=click.Path(path_type=Path), default=SHIPPED, help="Another folder of profiles."
)
@click.option("--split", default="test", show_default=True, help="train, gate or test.")
@click.option("--profile", "names", multiple=True, help="Only this profile of the split; may be given several times.")
@click.option(
    "--turns", "most_turns", type=click.IntRange(1, 50), default=MOST_TURNS, show_default=True, help="Replies at most."
)
@click.option("--repeats", type=click.IntRange(min=1), default=5, show_default=True, help="Dialogues of each profile.")
@click.option("--simulator", help="The seeker's engine (default: the supporter's).")
@click.option("--cross", help="Another engine that plays the seeker as well, to see how much hangs on it.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes of offline dialogues (default: all cores).")
@call_options
def dialogues(
    bank: Path | None, arms: str | None, static: str | None, evolved: str | None, units: Path | None, seed: int,
    out: Path | None, estimate: bool, as_json: bool, path: Path, split: str, names: tuple[str, ...], most_turns: int,
    repeats: int, simulator: str | None, cross: str | None, workers: int | None, calls: Calls,
) -> None:  # fmt: skip
    """Let simulated seekers meet every arm, the same seekers with the same seeds, and compare how they end.

    With --out each arm's run is kept in a folder that `escs report` and `escs analyse` read, and the same command goes on
    where it stopped.
    """
    from escs.evolve.evaluate.dialogue_table import dialogue_table
    from escs.evolve.evaluate.out_folder import DIALOGUES, open_folder
    from escs.evolve.simulate.estimate import TURNS
    from escs.evolve.simulate.profiles import usable
    from escs.evolve.simulate.rollout import Rollout
    from escs.evolve.simulate.simulate import Plan, cost_of, two_seekers
    from escs.evolve.simulate.simulate import simulate as run

    wanted = _wanted(bank, arms, static, evolved, units)
    profiles = usable(path, split, names)
    simulators = two_seekers(simulator or calls.engine, cross)
    with tempfile.TemporaryDirectory(prefix="escs-") as folder:
        chosen = _arms(wanted, Path(folder))
        turns = len(profiles) * repeats * TURNS * most_turns / MOST_TURNS
        if _estimated(
            _of_dialogues(chosen, round(turns), calls, simulators), calls, estimate, (calls.engine, *simulators)
        ):
            return
        if out is not None:
            open_folder(out, DIALOGUES)
        spent: dict[str, dict[str, Any]] = {}

        async def work(engines: Engines) -> dict[str, Sequence[Rollout]]:
            runs: dict[str, Sequence[Rollout]] = {}
            for arm in chosen:
                before = engines.totals.to_json()
                plan = Plan(
                    tuple(profiles), repeats, seed, arm.tree, arm.bank, arm.supporter, split, most_turns, workers
                )
                runs[arm.name] = await run(
                    plan, engines.get(), [engines.get(name) for name in simulators], out=out / arm.name if out else None,
                    command=" ".join(["escs", *sys.argv[1:]]), concurrency=calls.concurrency,
                    spent=lambda: engines.totals.to_json(),
                )  # fmt: skip
                now = engines.totals.to_json()
                spent[arm.name] = cost_of(out / arm.name) if out else {key: now[key] - before[key] for key in now}
                click.echo(f"{arm.name}: {len(runs[arm.name]):,} dialogues.", err=True)
            return runs

        runs = with_engines(calls, work)
    table = dialogue_table(runs, spent, seed=seed)
    _show(table, chosen, as_json)
    _keep(out, table, chosen, {})


def _wanted(bank: Path | None, arms: str | None, static: str | None, evolved: str | None, units: Path | None) -> Wanted:
    from escs.evolve.evaluate.arms import Wanted

    names = tuple(name.strip() for name in (arms or "").split(",") if name.strip())
    return Wanted(names, Settings.read(os.environ, bank=bank).bank, static, evolved, units)


def _arms(wanted: Wanted, folder: Path) -> list[Arm]:
    from escs.evolve.evaluate.arms import arms_of, words_of

    chosen = arms_of(wanted, folder)
    for line in words_of(chosen):
        click.echo(plain(line), err=True)
    return chosen


def _of_responses(
    arms: Sequence[Arm], turns: int, calls: Calls, judge_name: str | None
) -> list[tuple[str, int, int, int]]:
    """What is asked: engine, calls, and tokens in and out of a call."""
    from escs.evolve.evaluate.estimates import JUDGED, PAIRED, REPLY, STATE

    work = [(calls.engine, turns, *REPLY) for _ in arms]
    work += [(calls.engine, turns, *STATE) for arm in arms if arm.bank]
    if judge_name is not None:
        work += [(judge_name, turns * len(arms), *JUDGED), (judge_name, 2 * turns * (len(arms) - 1), *PAIRED)]
    return work


def _of_dialogues(
    arms: Sequence[Arm], turns: int, calls: Calls, simulators: Sequence[str]
) -> list[tuple[str, int, int, int]]:
    from escs.evolve.evaluate.estimates import FEEL, REPLY, SAY, STATE

    work = []
    for simulator in simulators:
        work += [(calls.engine, turns, *REPLY) for _ in arms]
        work += [(calls.engine, turns, *STATE) for arm in arms if arm.bank]
        work += [(simulator, turns * len(arms), *FEEL), (simulator, turns * len(arms), *SAY)]
    return work


def _estimated(
    work: Sequence[tuple[str, int, int, int]], calls: Calls, only: bool, names: Sequence[str | None]
) -> bool:
    """Say what it would take; True where nothing more is to be done. Raises `UsageError` where money is at stake and no
    bound was given."""
    from escs.evolve.evaluate.estimates import estimate
    from escs.runtime.engines.choose import engine_from_name
    from escs.runtime.engines.hosts import is_loopback

    engines = {name: engine_from_name(name, os.environ) for name in dict.fromkeys(names) if name}
    guess = estimate(work, engines, discount=0.5 if calls.batch else 1.0)
    paid = any((server := one.key.get("base_url")) and not is_loopback(server) for one in engines.values())
    if only:
        click.echo(f"This takes {guess}.")
        return True
    if paid and calls.max_cost is None and calls.max_tokens is None:
        raise UsageError(f"This would take {guess}; say how much may be spent with --max-cost USD (or --max-tokens N).")
    if paid:
        click.echo(f"This takes {guess}; it stops before it spends more than was allowed.", err=True)
    return False


def _keep(out: Path | None, table: Table, arms: Sequence[Arm], lists: dict[str, list[dict[str, Any]]]) -> None:
    from escs.evolve.evaluate.out_folder import TABLE, keep

    if out is None:
        return
    files = {
        "table.md": table.markdown(),
        TABLE: json.dumps(_told(table, arms), ensure_ascii=False, indent=1) + "\n",
    }
    files |= {name: "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows) for name, rows in lists.items()}
    keep(out, files)


def _told(table: Table, arms: Sequence[Arm]) -> dict[str, Any]:
    return {**table.to_json(), "what": {arm.name: arm.words for arm in arms}}


def _show(table: Table, arms: Sequence[Arm], as_json: bool) -> None:
    if as_json:
        click.echo(plain_json(json.dumps(_told(table, arms), ensure_ascii=False)))
        return
    from rich.console import Console

    table.show(Console(highlight=False))
