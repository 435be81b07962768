"""Every command in README runs as written, in its order, in one folder."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"
ELSEWHERE = ("escs evolve ",)
"""Commands that other tests run as written: the tour of docs/evolving.md."""
pytest.importorskip("sacrebleu", reason="the extra `eval` is not installed")
TALK = [
    ("user", "My father moved in with us in March and I do everything."),
    ("assistant", "How are you holding up?"),
    ("user", "I snap at him and then I hate myself for it."),
    ("assistant", "You sound worn out, and torn about it."),
    ("user", "Yes. Thank you, that is it."),
    ("assistant", "I am glad that you told me."),
]


def commands() -> list[str]:
    """The indented lines of README that call escs."""
    found = re.findall(r"^    (escs .+)$", README.read_text(encoding="utf-8"), re.MULTILINE)
    return [line for line in found if not line.startswith(ELSEWHERE)]


@pytest.mark.slow
def test_readme_commands_run_as_written(tmp_path: Path) -> None:
    """Each exits with 0 (a lint or a finding would be 1) and says nothing of a fault."""
    rows = [{"messages": [{"role": role, "content": text} for role, text in TALK]} for _ in range(3)]
    (tmp_path / "my-talks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ESCS_", "ANTHROPIC_"))} | {
        "ESCS_DATA_DIR": str(tmp_path / "data"), "ESCS_CACHE_DIR": str(tmp_path / "cache"), "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
    }  # fmt: skip
    ran = commands()
    assert len(ran) >= 9, ran
    for line in ran:
        words = [sys.executable, "-m", "escs.runtime", *shlex.split(line)[1:]]
        done = subprocess.run(
            words,
            cwd=tmp_path,
            env=environment,
            input="I feel low today.\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (line, done.stdout[-500:], done.stderr[-1500:])
        assert "Traceback" not in done.stderr, line
    assert (tmp_path / "report.html").stat().st_size > 10_000
