"""Every command in README and in docs/ runs as written, in its order, in one folder."""

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
from test_runs_survive import fake

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
        words = [sys.executable, "-m", "escs.runtime", *shlex.split(line, comments=True)[1:]]
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


def as_esconv(number: int, speakers: tuple[str, str]) -> dict[str, object]:
    """The talk in ESConv's form, whose two speakers FailedESConv names otherwise."""
    strategies = ("Question", "Reflection of feelings", "Others")
    dialog = [
        {"speaker": speakers[role == "assistant"], "content": text}
        | {"annotation": {"strategy": strategies[place // 2]} if role == "assistant" else {"feedback": "5"}}
        for place, (role, text) in enumerate(TALK)
    ]
    return {"experience_type": "Current", "emotion_type": "anxiety", "problem_type": "job crisis",
            "situation": f"It is a lot ({number}).", "survey_score": EMOTIONS, "dialog": dialog}  # fmt: skip


def bank_on_main(work: Path) -> Path:
    """The bank that ships, on a branch `main` of a repository of its own."""
    shutil.copytree(ROOT / "skills", work / "skills")
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "The bank"), ("branch", "evolved-offline")):  # fmt: skip
        git(work, *words)
    return work / "skills"


@pytest.mark.slow
def test_the_commands_of_the_results_run_as_written(tmp_path: Path) -> None:
    """With files in ESConv's form, the bank that ships on `main`, and a branch `evolved-offline`."""
    talks = [as_esconv(number, ("seeker", "supporter")) for number in range(3)]
    for name in ("esconv.train.json", "esconv.valid.json"):
        (tmp_path / name).write_text(json.dumps(talks), encoding="utf-8")
    bank = bank_on_main(tmp_path / "work")
    ran = commands("docs/results.md")
    assert len(ran) >= 7, ran
    run_all(ran, tmp_path, ESCS_BANK=str(bank), ANTHROPIC_API_KEY="asked-of-nobody")
    for page in ("responses.html", "dialogues.html"):
        assert (tmp_path / page).stat().st_size > 10_000


def test_the_command_of_the_evidence_runs_as_written(tmp_path: Path) -> None:
    """With three small corpora in the three forms."""
    for name, speakers in (("esconv.train", ("seeker", "supporter")), ("failed_esconv", ("speaker", "listener"))):
        talks = [as_esconv(number, speakers) for number in range(3)]
        (tmp_path / f"{name}.json").write_text(json.dumps(talks), encoding="utf-8")
    history = [
        {"role": role, "content": text} | ({"emotion-point": 50} if role == "user" else {}) for role, text in TALK
    ]
    (tmp_path / "sage" / "traces").mkdir(parents=True)
    (tmp_path / "sage" / "traces" / "one.jsonl").write_text(json.dumps({"history": history}) + "\n", encoding="utf-8")
    bank_on_main(tmp_path)
    ran = commands("docs/evidence.md")
    assert ran
    run_all(ran, tmp_path)


@pytest.mark.slow
def test_the_command_with_a_model_runs_as_written(tmp_path: Path) -> None:
    """Against a server of the Messages API that is not Anthropic's."""
    run_all(["escs init my-bank"], tmp_path)
    ran = commands("docs/simulation.md")
    assert ran
    with fake() as port:
        run_all(ran, tmp_path, ANTHROPIC_BASE_URL=f"http://127.0.0.1:{port}", ANTHROPIC_API_KEY="asked-of-nobody")
    assert len((tmp_path / "run1" / "dialogues.jsonl").read_text(encoding="utf-8").splitlines()) > 30


def test_no_page_holds_a_command_that_no_test_runs() -> None:
    """A page with commands is one of those above, or the tour (tests/evolve/test_docs_evolving.py)."""
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert {page for page in pages if commands(page)} == {"docs/results.md", "docs/evidence.md", "docs/simulation.md"}
