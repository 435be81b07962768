"""The guided tour of docs/evolving.md, run as written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOUR = Path(__file__).parents[2] / "docs" / "evolving.md"
_BRANCH = re.compile(r"evolve/[0-9a-f]{6}/\S+?-[a-z-]+")


def steps(text: str) -> list[tuple[str, list[str]]]:
    """Each command of the tour with the output that it shows."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("    $ "):
            found.append((line[6:], []))
        elif line.startswith("    ") and found:
            found[-1][1].append(line[4:])
    return found


def shape(line: str) -> str:
    """A line without what differs from one version of the skills and profiles to the next: hashes, figures, names."""
    return re.sub(r"[0-9a-f]{6,40}|[-+]?\d+(\.\d+)?%?", "#", line).strip()


@pytest.mark.slow
def test_the_tour_runs_as_written(tmp_path: Path) -> None:
    """Every command ends as it should, and says what the page shows, figures and hashes apart."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {
        "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org", "HOME": str(tmp_path), "TERM": "dumb", "COLUMNS": "100",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip
    folder, branch, shown_branch = tmp_path, "", ""
    for command, shown in steps(TOUR.read_text(encoding="utf-8")):
        if command.startswith("cd "):
            folder = folder / command[3:]
            continue
        meant = command.replace(shown_branch, branch) if shown_branch else command
        done = subprocess.run(
            ["bash", "-c", meant], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"{meant}\n{done.stdout}"
        told = _BRANCH.search(done.stdout)
        if told and not branch:
            found = _BRANCH.search("\n".join(shown))
            assert found is not None
            branch, shown_branch = told[0], found[0]
        first = [shape(line).replace(branch, shown_branch) for line in done.stdout.splitlines()[:1]]
        assert first == [shape(line) for line in shown[:1]], f"{meant}\n{done.stdout}"
