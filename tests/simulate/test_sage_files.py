"""SAGE's files: traces become rollouts and profiles become ours, whatever has been cut off."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from escs.evolve.simulate.sage import Broken, intention_of, read_sage_profiles, sage_rollouts
from escs.runtime.errors import UsageError


def record(name: str = "one", final: int = 45, **changes: Any) -> dict[str, Any]:
    """A trace in the form of SAGE, in words of our own."""
    history = [
        {"role": "user", "content": "今天很累。", "emotion-point": 40},
        {"role": "assistant", "content": "听起来很辛苦。"},
        {
            "role": "user",
            "content": "嗯，就是这样。",
            "emotion-point": final,
            "planning": {"analyse": "[觉得被听到]\nChange:\n+5", "change": final - 40},
        },
    ]
    made = {"id": name, "emo_point": final, "character": "被动型", "task": "你希望对方用心倾听你", "history": history}
    return {**made, **changes}


def write(path: Path, *records: dict[str, Any]) -> Path:
    """A JSON Lines file, compressed where its name says so."""
    data = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["judge__model.jsonl", "judge__model.jsonl.gz"])
def test_a_trace_becomes_a_rollout(tmp_path: Path, name: str) -> None:
    """Plain or compressed: turns, feelings, intention, temperament and both models are found."""
    broken = Broken()
    (made,) = sage_rollouts(write(tmp_path / name, record()), broken)
    assert (made.intention, made.temperament, made.ended, made.final) == ("listening", "passive", "goodbye", 45)
    assert (made.engine, made.simulator) == ("model", "judge")
    assert made.emotions == (40, 45)
    first = made.turns[0].feel
    assert first is not None
    assert (first.change, first.why) == (5, "觉得被听到")
    assert made.turns[-1].supporter == ""
    assert not broken.left_out


@pytest.mark.parametrize(("final", "ended"), [(100, "success"), (9, "failure"), (10, "goodbye"), (0, "failure")])
def test_the_ending_follows_the_final_emotion(tmp_path: Path, final: int, ended: str) -> None:
    """100 and more is a success, below 10 a failure."""
    (made,) = sage_rollouts(write(tmp_path / "a.jsonl", record(final=final)), Broken())
    assert made.ended == ended


@pytest.mark.parametrize("name", ["cut.jsonl", "cut.jsonl.gz"])
def test_a_file_cut_off_gives_its_whole_records(tmp_path: Path, name: str) -> None:
    """Whole records count, and one sentence says how many and where it broke."""
    path = write(tmp_path / name, *(record(f"n{i}", note=os.urandom(4_000).hex()) for i in range(8)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 5])
    broken = Broken()
    made = list(sage_rollouts(path, broken))
    assert 0 < len(made) < 8
    said = broken.sentence(path)
    assert f"record {len(made) + 1}" in said
    assert f"{len(made)} whole records count" in said


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """A record without the keys of a trace is named with what it lacks."""
    with pytest.raises(UsageError, match="record 2 is no SAGE trace"):
        list(sage_rollouts(write(tmp_path / "x.jsonl", record(), {"id": 1}), Broken()))


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xfe{\x00}\x00"])
def test_empty_or_foreign_files_are_refused(tmp_path: Path, data: bytes) -> None:
    """Nothing, prose, and UTF-16 each become one sentence."""
    (tmp_path / "x.jsonl").write_bytes(data)
    with pytest.raises(UsageError):
        list(sage_rollouts(tmp_path / "x.jsonl", Broken()))


def test_an_unknown_task_is_said() -> None:
    """A hidden task that names none of the eight intentions is an error, never a guess."""
    with pytest.raises(ValueError, match="eight intentions"):
        intention_of("别的")


def test_profiles_keep_their_whole_text(tmp_path: Path) -> None:
    """A profile of SAGE's own file is Chinese, whole, and in a split of its own."""
    path = tmp_path / "simulator_profile.jsonl"
    write(path, {"id": "p", "player": "* 姓名", "scene": "故事", "main_cha": "回避型", "task": "真诚地夸奖"})
    (made,) = read_sage_profiles(path)
    assert (made.name, made.language, made.split, made.opening) == ("p", "zh", "sage", "")
    assert (made.intention, made.temperament) == ("praise", "avoidant")
    assert "姓名" in made.sheet
    assert "故事" in made.sheet


def test_a_broken_profile_is_named(tmp_path: Path) -> None:
    """A profile without its scene is refused with its number."""
    path = tmp_path / "p.jsonl"
    write(path, {"id": "p", "player": "x", "main_cha": "回避型", "task": "真诚地夸奖"})
    with pytest.raises(UsageError, match=r"record 1 is no SAGE profile \('scene' is missing\)"):
        read_sage_profiles(path)
