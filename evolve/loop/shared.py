"""What the commands of evolution have in common: the repository around a bank, profiles, and a workshop of ours."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click
from escs.evolve.branches.repository import Repository
from escs.evolve.calls import Calls, Engines, with_engines
from escs.evolve.simulate.profile import Profile
from escs.evolve.simulate.profiles import SHIPPED, usable
from escs.evolve.verify.arms import Arms
from escs.runtime.errors import UsageError
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.settings import Settings
from escs.runtime.terminal import plain

Result = TypeVar("Result")

STAMP = "machinery only: rules played the seekers or the supporter; nothing is said about real people or prose"


def repository_of(bank: Path | None) -> Repository:
    """The repository of the bank that is meant. Raises `UsageError` where it is in none."""
    where = Settings.read(os.environ, bank=bank).bank
    if where.resolve() == SHIPPED_BANK.resolve() and bank is None:
        raise UsageError("Name your bank with --bank DIR; `escs init DIR` makes one in a git repository.")
    return Repository(where)


def gate_profiles(path: Path) -> list[Profile]:
    """The profiles that verifications meet."""
    return usable(path, "gate")


def train_profiles(path: Path) -> list[Profile]:
    """The profiles that findings, trials and reviews look at."""
    return usable(path, "train")


PROFILES = click.option(
    "--profiles", "path", type=click.Path(path_type=Path), default=SHIPPED, help="Another folder of profiles."
)
BANK = click.option(
    "--bank", type=click.Path(path_type=Path), help="Your bank, in a git repository (default: $ESCS_BANK)."
)
WORKERS = click.option(
    "--workers", type=click.IntRange(min=1), help="Processes of offline dialogues (default: all cores)."
)
SIMULATOR = click.option("--simulator", help="The seeker's engine (default: the supporter's).")


def with_arms(
    repository: Repository, calls: Calls, simulator: str | None, workers: int | None,
    work: Callable[[Arms], Awaitable[Result]],
) -> Result:  # fmt: skip
    """Run `work` with everything that holds dialogues, and clean up whatever happens."""

    async def run(engines: Engines) -> Result:
        with tempfile.TemporaryDirectory(prefix="escs-") as folder:
            arms = Arms(
                repository, Path(folder), engines.get(), engines.get(simulator or calls.engine), workers=workers,
                concurrency=calls.concurrency,
            )  # fmt: skip
            with arms:
                return await work(arms)

    return with_engines(calls, run)


def note(sentence: str) -> None:
    """Progress, on stderr."""
    click.echo(plain(sentence), err=True)
