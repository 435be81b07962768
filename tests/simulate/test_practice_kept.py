"""`escs practice --out`: a talk that was held is kept however it ends, and in no folder of another run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from escs.evolve.simulate.practice_command import practice
from escs.evolve.simulate.run_folder import RunWriter, read_run
from escs.runtime.errors import StorageError, UsageError

pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="a process cannot be watched here")
COMMAND = [sys.executable, "-m", "escs.runtime", "practice", "alma-two-offers", "--out"]


def until(source: int, *words: bytes) -> None:
    """Read up to some words, one after another; nothing stands behind the last of them yet."""
    seen, place = b"", 0
    for one in words:
        while (found := seen.find(one, place)) < 0:
            more = os.read(source, 1024)
            assert more, seen
            seen += more
        place = found + len(one)


def reading(process: int) -> None:
    """Return once a process waits for input, so that a signal finds it there and not a moment before."""
    while Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "S":
        pass


def rest(source: int) -> bytes:
    """What comes until the other end of a terminal is closed."""
    seen = b""
    with suppress(OSError):  # how Linux says that it is
        while more := os.read(source, 1024):
            seen += more
    return seen


@needs_proc
def test_ctrl_c_at_the_prompt_ends_it_at_once_and_keeps_the_talk(tmp_path: Path) -> None:
    """On a terminal one Ctrl-C is enough; there is no traceback, and the exit code says that it was interrupted."""
    child, terminal = pty.fork()
    if not child:
        os.execv(sys.executable, [*COMMAND, str(tmp_path / "kept")])
    until(terminal, b"you> ")
    os.write(terminal, b"That sounds hard.\n")
    until(terminal, b"  felt ", b"you> ")
    reading(child)
    os.write(terminal, b"\x03")
    said = rest(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 130
    os.close(terminal)
    assert b"Kept in" in said
    assert b"Traceback" not in said
    (kept,) = read_run(tmp_path / "kept").rollouts
    assert [turn.supporter for turn in kept.turns if turn.supporter] == ["That sounds hard."]


@needs_proc
def test_an_interrupt_over_a_pipe_keeps_the_talk(tmp_path: Path) -> None:
    """As on a terminal."""
    with subprocess.Popen(
        [*COMMAND, str(tmp_path / "kept")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(b"That sounds hard.\n")
        running.stdin.flush()
        until(running.stdout.fileno(), b"  felt ", b"seeker> ")
        reading(running.pid)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=20) == 130
    assert len(read_run(tmp_path / "kept").rollouts) == 1


def test_a_folder_that_cannot_hold_it_is_refused_before_the_first_line(tmp_path: Path) -> None:
    """A file, or the run of another command, which stays as it is."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with RunWriter(tmp_path / "run", {"command": "escs simulate --out run"}):
        pass
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    for name, kind in (("file", StorageError), ("run", UsageError)):
        done = CliRunner().invoke(practice, ["alma-two-offers", "--out", str(tmp_path / name)], input="Hello.\n")
        assert isinstance(done.exception, kind)
        assert "seeker>" not in done.output
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


def test_where_nothing_was_said_no_folder_is_left(tmp_path: Path) -> None:
    """A folder that was there stays, without a run in it."""
    (tmp_path / "there").mkdir()
    for name in ("new", "there"):
        done = CliRunner().invoke(practice, ["alma-two-offers", "--out", str(tmp_path / name)], input="\n")
        assert done.exit_code == 0, done.output
    assert not (tmp_path / "new").exists()
    assert [*(tmp_path / "there").iterdir()] == []


def test_a_second_talk_stands_beside_the_first(tmp_path: Path) -> None:
    """A folder of practice takes more of it."""
    for _ in range(2):
        done = CliRunner().invoke(
            practice, ["alma-two-offers", "--out", str(tmp_path / "kept")], input="That sounds hard.\n"
        )
        assert done.exit_code == 0, done.output
    assert len(read_run(tmp_path / "kept").rollouts) == 2
