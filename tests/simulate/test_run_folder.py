"""A run's folder: what is written is whole, and what is broken is said."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from escs.evolve.simulate import run_folder
from escs.evolve.simulate.rollout import Feel, Rollout, Turn, Unsafe
from escs.evolve.simulate.run_folder import RunWriter, read_run
from escs.runtime.errors import StorageError, UsageError


def held(name: str, text: str = "I am tired… 累") -> Rollout:
    """A rollout with everything in it."""
    return Rollout(
        f"{name}:1", name, "advice", "negative", 1, "abc", "e", "s", "train", True, (2,),
        (Turn(text, "I hear you.", Feel(2.5, 42.5, "heard"), ("a-skill",), "none", "overwhelmed", ("presence",)), Turn("Bye.")),
        42.5, "goodbye", (Unsafe(1, "trap", "a-skill", "why"),), name, ("carer",),
    )  # fmt: skip


def write(folder: Path, *names: str) -> Path:
    """A run of these dialogues."""
    with RunWriter(folder, {"seed": 1}) as writer:
        for name in names:
            writer.append(held(name))
    return folder


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Info and rollouts come back as they were."""
    run = read_run(write(tmp_path / "run", "a", "b"))
    assert run.info == {"format": "1", "seed": 1}
    assert run.rollouts == (held("a"), held("b"))
    assert not run.torn


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_torn_last_line_is_borne_and_then_cut_off(tmp_path: Path, cut: int) -> None:
    """A reader leaves it out; a writer that goes on takes it away, so that the file is whole again."""
    folder = write(tmp_path / "run", "a", "b")
    path = folder / "dialogues.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"\n") + 1 + cut])
    run = read_run(folder)
    assert (len(run.rollouts), run.torn) == (1, True)
    with RunWriter(folder, {}) as writer:
        assert writer.held == (held("a"),)
        writer.append(held("b"))
    assert path.read_bytes() == whole


def test_a_last_line_that_lacks_only_its_end_counts(tmp_path: Path) -> None:
    """A whole record without a newline is a record, and the next goes on its own line."""
    folder = write(tmp_path / "run", "a")
    path = folder / "dialogues.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    assert len(read_run(folder).rollouts) == 1
    with RunWriter(folder, {}) as writer:
        writer.append(held("b"))
    assert [rollout.profile for rollout in read_run(folder).rollouts] == ["a", "b"]


def test_a_broken_line_in_the_middle_is_named(tmp_path: Path) -> None:
    """Reading and writing both refuse it with its number, and the file stays as it was."""
    folder = write(tmp_path / "run", "a", "b", "c")
    path = folder / "dialogues.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b'{"id": 1}\n' + lines[2])
    before = path.read_bytes()
    with pytest.raises(UsageError, match="line 2 is broken"):
        read_run(folder)
    with pytest.raises(UsageError, match="line 2 is broken"):
        RunWriter(folder, {})
    assert path.read_bytes() == before


def test_a_run_of_another_version_is_refused(tmp_path: Path) -> None:
    """The format is named, for reading and for going on."""
    folder = write(tmp_path / "run", "a")
    (folder / "run.json").write_text('{"format": "7"}')
    for use in (lambda: read_run(folder), lambda: RunWriter(folder, {})):
        with pytest.raises(UsageError, match="format '7'"):
            use()


@pytest.mark.parametrize("text", ["", "[]", "{", "3", "\x00"])
def test_a_damaged_run_json_is_one_sentence(tmp_path: Path, text: str) -> None:
    """Whatever stands in it, the error names the file."""
    folder = write(tmp_path / "run", "a")
    (folder / "run.json").write_text(text)
    with pytest.raises(UsageError, match=r"run\.json"):
        read_run(folder)


def test_what_is_no_run_is_said(tmp_path: Path) -> None:
    """No folder, a file, an empty folder, and a run without dialogues differ in their sentences."""
    with pytest.raises(UsageError, match="no such folder"):
        read_run(tmp_path / "none")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="it is a file"):
        read_run(tmp_path / "file")
    with pytest.raises(UsageError, match=r"no run\.json"):
        read_run(tmp_path)
    with pytest.raises(UsageError, match="no whole dialogue"):
        read_run(write(tmp_path / "empty"))


def test_a_lone_surrogate_is_written_as_text(tmp_path: Path) -> None:
    """What some engines emit cannot stop a run."""
    with RunWriter(tmp_path / "run", {}) as writer:
        writer.append(held("a", "broken \ud83d emoji"))
    assert len(read_run(tmp_path / "run").rollouts) == 1


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """Where the file can grow no further, one sentence says so, and the whole dialogues stay; with room it goes on."""
    resource = pytest.importorskip("resource")
    import signal

    folder = write(tmp_path / "run", "a")
    size = (folder / "dialogues.jsonl").stat().st_size
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with RunWriter(folder, {}) as writer:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, limits[1]))
            with pytest.raises(StorageError, match="make room"):
                writer.append(held("b"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, old)
        assert (folder / "dialogues.jsonl").stat().st_size == size
        writer.append(held("c"))
    assert [rollout.profile for rollout in read_run(folder).rollouts] == ["a", "c"]


def test_run_json_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that refuses leaves the old one, and no second file beside it."""

    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with RunWriter(tmp_path / "run", {"status": "running"}) as writer:
        writer.append(held("a"))
        monkeypatch.setattr(run_folder.os, "fsync", refuse)
        with pytest.raises(StorageError, match="No space left"):
            writer.update(status="done")
        monkeypatch.undo()
    assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "running"
    assert sorted(os.listdir(tmp_path / "run")) == ["dialogues.jsonl", "run.json"]
