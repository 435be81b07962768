"""What all tests share: folders of their own for everything that escs keeps, and a small bank to work on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # workers share the cores, and so do programs that tests start
settings.register_profile("escs", deadline=None)  # machines differ; time is measured in benchmarks/
settings.load_profile("escs")

SKILL = """\
---
name: {name}
description: {description}
license: CC-BY-4.0
metadata:
  version: "1"
  action: {action}
  conditions: |
{conditions}
  outcomes: |
    says-more: The seeker says more.
  risks: |
    It sounds mechanical; sign: short answers; then: own it and ask.
  evidence: |
    basis: author
---
# {name}

## Guidance

1. Do this.

## Say

- I hear how much {{{{ topic }}}} weighs on you, and I want to understand it.
- That is a lot to have been carrying these last days.
- It sounds as if {{{{ clause }}}}, and that it has not let go of you.
- Take the time you need, there is no hurry here.
- You are feeling {{{{ feeling }}}}, and that deserves room.

## Avoid

- Hurrying.

## Example

Seeker: It has been a week.
Supporter: A long one, it seems.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first on every worker, so that none is left alone with one in the end: each begins with a stretch of its own."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.get_closest_marker("slow")]
    short = [item for item in items if not item.get_closest_marker("slow")]
    bounds = [len(items) * worker // workers for worker in range(workers + 1)]
    items.clear()
    for worker in range(workers):
        items += long[worker::workers]
        room = max(0, bounds[worker + 1] - len(items))
        items += short[:room]
        del short[:room]


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test keeps its caches and data to itself, and no setting of the machine reaches it."""
    folder = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("ESCS_", "ANTHROPIC_")) and name not in ("ESCS_DATA", "ESCS_TEST_MODEL"):
            monkeypatch.delenv(name)
    for kind in ("CACHE", "DATA", "STATE"):
        monkeypatch.setenv(f"ESCS_{kind}_DIR", str(folder / kind.lower()))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    return folder


@pytest.fixture
def data() -> Path:
    """The folder of research data, or a skip with the reason."""
    folder = os.environ.get("ESCS_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("the research data is not here; set ESCS_DATA to its folder")
    return Path(folder)


@pytest.fixture
def write_skill() -> Callable[..., Path]:
    """Writes a valid skill into a bank: `write_skill(bank, "name", conditions=[…], action=…)`."""

    def write(
        bank: Path,
        name: str,
        *,
        conditions: tuple[str, ...] = ("state: sad", "not: asked-for: advice"),
        action: str = "reflection-of-feelings",
        description: str = "Names the feeling. Use when somebody is sad.",
    ) -> Path:
        folder = bank / name
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "SKILL.md"
        lines = "\n".join(f"    {line}" for line in conditions)
        text = SKILL.format(name=name, description=description, action=action, conditions=lines)
        path.write_text(text, encoding="utf-8")
        return path

    return write
