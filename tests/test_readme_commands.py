"""Every command in README and in docs/results.md runs as written, in its order, in one folder."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from people_repo import git

ROOT = Path(__file__).parent.parent
ELSEWHERE = ("escs evolve ",)
"""Commands that other tests run as written: the tour of docs/evolving.md."""
FEWER = ("--repeats 20", "--repeats 1")
"""The one thing changed in them: a table of twenty repeats takes its time in benchmarks/evaluate.py."""
pytest.importorskip("sacrebleu", reason="the extra `eval` is not installed")
TALK = [
    ("user", "My father moved in with us in March and I do everything."),
    ("assistant", "How are you holding up?"),
    ("user", "I snap at him and then I hate myself for it."),
    ("assistant", "You sound worn out, and torn about it."),
    ("user", "Yes. Thank you, that is it."),
    ("assistant", "I am glad that you told me."),
]


EMOTIONS = {"seeker": {"initial_emotion_intensity": "5", "final_emotion_intensity": "2", "empathy": "4"}}


def commands(page: str) -> list[str]:
    """The indented lines of a page that call escs."""
    found = re.findall(r"^    (escs .+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    return [line.replace(*FEWER) for line in found if not line.startswith(ELSEWHERE)]


def run_all(lines: list[str], folder: Path, **more: str) -> None:
    """Run them in a folder; each exits with 0 (a lint or a finding would be 1) and says nothing of a fault."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ESCS_", "ANTHROPIC_"))} | {
        "ESCS_DATA_DIR": str(folder / "data"), "ESCS_CACHE_DIR": str(folder / "cache"), "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org", **more,
    }  # fmt: skip
    for line in lines:
        words = [sys.executable, "-m", "escs.runtime", *shlex.split(line)[1:]]
        done = subprocess.run(
            words, cwd=folder, env=environment, input="I feel low today.\n", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (line, done.stdout[-500:], done.stderr[-1500:])
        assert "Traceback" not in done.stderr, line


@pytest.mark.slow
def test_readme_commands_run_as_written(tmp_path: Path) -> None:
    """With a small corpus of one's own they lead from an empty folder to a report."""
    rows = [{"messages": [{"role": role, "content": text} for role, text in TALK]} for _ in range(3)]
    (tmp_path / "my-talks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    ran = commands("README.md")
    assert len(ran) >= 9, ran
    run_all(ran, tmp_path)
    assert (tmp_path / "report.html").stat().st_size > 10_000


@pytest.mark.slow
def test_the_commands_of_the_results_run_as_written(tmp_path: Path) -> None:
    """With files in ESConv's form, the bank that ships on `main`, and a branch `evolved-offline`."""
    strategies = ("Question", "Reflection of feelings", "Others")
    dialog = [
        {"speaker": {"user": "seeker", "assistant": "supporter"}[role], "content": text}
        | {"annotation": {"strategy": strategies[place // 2]} if role == "assistant" else {"feedback": "5"}}
        for place, (role, text) in enumerate(TALK)
    ]
    talks = [{"experience_type": "Current", "emotion_type": "anxiety", "problem_type": "job crisis",
              "situation": f"It is a lot ({number}).", "survey_score": EMOTIONS, "dialog": dialog} for number in range(3)]  # fmt: skip
    for name in ("esconv.train.json", "esconv.valid.json"):
        (tmp_path / name).write_text(json.dumps(talks), encoding="utf-8")
    work = tmp_path / "work"
    shutil.copytree(ROOT / "skills", work / "skills")
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "The bank"), ("branch", "evolved-offline")):  # fmt: skip
        git(work, *words)
    ran = commands("docs/results.md")
    assert len(ran) >= 7, ran
    run_all(ran, tmp_path, ESCS_BANK=str(work / "skills"), ANTHROPIC_API_KEY="asked-of-nobody")
    for page in ("responses.html", "dialogues.html"):
        assert (tmp_path / page).stat().st_size > 10_000
