"""Corpora: formats known by their keys, malformed records named, counted and skipped, nothing invented."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from escs.evolve.discover.corpora import Account, MalformedRecordError, read_corpora
from escs.evolve.discover.unit import Dialogue
from escs.runtime.errors import UsageError
from hypothesis import given, settings
from hypothesis import strategies as st

ESCONV = {
    "emotion_type": "anxiety",
    "problem_type": "job crisis",
    "situation": "s",
    "survey_score": {"seeker": {"initial_emotion_intensity": "5", "final_emotion_intensity": "2", "empathy": "4"}},
    "dialog": [
        {"speaker": "seeker", "annotation": {}, "content": "hello"},
        {"speaker": "supporter", "annotation": {"strategy": "Question"}, "content": "How are you?"},
        {"speaker": "seeker", "annotation": {"feedback": "4"}, "content": "not well"},
    ],
}
FAILED = {
    "emotion_type": "sadness",
    "problem_type": "ongoing depression",
    "survey_score": {"seeker": {"initial_emotion_intensity": "3"}},
    "dialog": [
        {"speaker": "speaker", "annotation": {}, "content": "I am sad"},
        {"speaker": "listener", "annotation": {"strategy": "Direct Guidance"}, "content": "Go out more."},
        {"speaker": "speaker", "annotation": {"feedback": "1"}, "content": "no"},
    ],
}
SAGE = {
    "id": "x",
    "history": [
        {"role": "user", "content": "我很难过", "emotion-point": 40},
        {"role": "assistant", "content": "我理解你的感受"},
        {"role": "user", "content": "嗯", "emotion-point": 45, "planning": {"change": 5}},
    ],
}
GENERIC = {
    "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hello."}],
    "meta": {"source": "mine"},
}


def read(path: Path, **options: Any) -> tuple[list[Dialogue], Account]:
    """The dialogues of a file or folder, and the account."""
    account = Account(**options)
    return list(read_corpora([path], account)), account


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("as_lines", [False, True])
def test_each_format_is_known_by_its_keys(tmp_path: Path, as_lines: bool, compressed: bool) -> None:
    """JSON arrays and JSON Lines, plain and compressed, whatever the file is called."""
    records = [ESCONV, FAILED, SAGE, GENERIC]
    text = "\n".join(map(json.dumps, records)) if as_lines else json.dumps(records)
    path = tmp_path / "corpus.dat"
    path.write_bytes(gzip.compress(text.encode()) if compressed else text.encode())
    dialogues, account = read(path)
    assert [dialogue.source for dialogue in dialogues] == ["esconv", "failed-esconv", "sage", "mine"]
    assert account.malformed == 0
    esconv, failed, sage, _ = dialogues
    assert (esconv.scenario, esconv.state, esconv.initial, esconv.final) == ("job-crisis", "anxious", 5, 2)
    assert esconv.utterances[1].strategy == "Question"
    assert esconv.utterances[2].feedback == 4
    assert failed.utterances[1].strategy == "Providing Suggestions"
    assert sage.utterances[2].change == 5
    assert sage.language == "zh"


def test_a_missing_survey_is_unknown_and_never_unchanged(tmp_path: Path) -> None:
    """Copies of the corpus repeat the initial figure where no survey was filled in."""
    record = json.loads(json.dumps(ESCONV))
    record["survey_score"]["seeker"] = {"initial_emotion_intensity": "4", "final_emotion_intensity": "4"}
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(record), encoding="utf-8")
    assert read(path)[0][0].final is None


@pytest.mark.parametrize(
    ("seeker", "supporter"), [("client", "therapist"), ("Caller", "Volunteer"), ("patient", "counselor")]
)
def test_the_two_go_by_many_names(tmp_path: Path, seeker: str, supporter: str) -> None:
    """Corpora of counselling call the two as their trade does."""
    path = tmp_path / "talks.jsonl"
    talk = [{"role": seeker, "content": "I am so tired."}, {"role": supporter, "content": "Tired of what?"}]
    path.write_text(json.dumps({"messages": talk}), encoding="utf-8")
    dialogues, account = read(path)
    assert account.malformed == 0
    assert [one.role for one in dialogues[0].utterances] == ["seeker", "supporter"]


def test_a_malformed_record_is_named_counted_and_skipped(tmp_path: Path) -> None:
    """File, number of the record and what is wrong; the others are read."""
    path = tmp_path / "talks.jsonl"
    rows = [
        json.dumps(GENERIC),
        "{broken",
        json.dumps({"messages": [{"role": "judge", "content": "x"}]}),
        json.dumps(GENERIC),
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    said: list[str] = []
    dialogues, account = read(path, complain=said.append)
    assert len(dialogues) == 2
    assert account.malformed == 2
    assert "talks.jsonl, record 2" in said[0]
    assert "judge" in said[1]


def test_strict_stops_at_the_first(tmp_path: Path) -> None:
    """With the same words."""
    path = tmp_path / "talks.jsonl"
    path.write_text("{broken\n" + json.dumps(GENERIC), encoding="utf-8")
    with pytest.raises(MalformedRecordError, match="record 1"):
        read(path, strict=True)


def test_a_file_cut_off_in_the_middle_gives_what_is_whole(tmp_path: Path) -> None:
    """A torn end is one complaint, in an array as in lines, plain and compressed."""
    text = json.dumps([GENERIC, ESCONV])
    for name, data in (("a.json", text[:-40].encode()), ("b.json.gz", gzip.compress(text.encode())[:-30])):
        path = tmp_path / name
        path.write_bytes(data)
        dialogues, account = read(path)
        assert len(dialogues) <= 1
        assert account.malformed == 1


def test_a_folder_is_read_by_its_corpora_and_other_files_are_passed_over(tmp_path: Path) -> None:
    """A README beside the dialogues is no malformed corpus."""
    (tmp_path / "README.md").write_text("# hello", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(json.dumps(GENERIC), encoding="utf-8")
    (tmp_path / "a.json").write_text(json.dumps([ESCONV]), encoding="utf-8")
    dialogues, account = read(tmp_path)
    assert [dialogue.id for dialogue in dialogues] == ["a:1", "b:1"]
    assert account.passed_over == 1
    assert account.malformed == 0


def test_a_path_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    """In one sentence."""
    with pytest.raises(UsageError, match="no corpus"):
        read(tmp_path / "nothing")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["dialog", "messages", "history", "role", "content", "speaker", "meta", "annotation", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=14,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(json_values, max_size=4), st.binary(max_size=30))
def test_whatever_a_file_holds_it_is_counted_and_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, values: list[Any], tail: bytes
) -> None:
    """What comes out are dialogues that somebody speaks in; all else is counted with a sentence about it."""
    path = tmp_path_factory.mktemp("fuzz") / "c.jsonl"
    path.write_bytes(b"\n".join(json.dumps(value).encode() for value in values) + b"\n" + tail)
    said: list[str] = []
    dialogues, account = read(path, complain=said.append)
    assert all(dialogue.utterances for dialogue in dialogues)
    assert len(said) == account.malformed
    assert all("record" in sentence for sentence in said)
