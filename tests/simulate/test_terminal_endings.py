"""What the commands say on the terminal when they end."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from escs.evolve.report.view import by_simulator
from escs.evolve.simulate.ending import crossed, tell
from escs.evolve.simulate.many import OfflineWork, hold
from escs.evolve.simulate.practice_command import practice
from escs.evolve.simulate.practice_ending import lines
from escs.evolve.simulate.rollout import Feel, Rollout, Turn
from escs.evolve.simulate.run_folder import Run
from escs.runtime.errors import EngineUnavailable
from people import CUED, TOM
from rich.console import Console


@pytest.fixture
def held() -> list[Rollout]:
    """Two dialogues by rules, one with a cue that the supporter misses."""
    return hold(OfflineWork(None, "", "generic", 4), [(TOM, 1), (CUED, 1)])


def told(rollouts: list[Rollout]) -> str:
    """What is printed of them."""
    console = Console(file=StringIO(), width=200)
    tell(console, rollouts)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_a_run_ends_with_scores_and_how_they_came_about(held: list[Rollout]) -> None:
    """Unsafe events stand beside the scores, and beside each zero its upper bound; tags are left to the report."""
    shown = told([replace(one, tags=("carer",)) for one in held])
    assert "missed-cue 1 of 1" in shown
    assert "at most" in shown
    assert "carer" not in shown


def test_where_nothing_was_held_the_reason_is_said(held: list[Rollout]) -> None:
    """A server that is down is named, not “no dialogue can be scored”."""
    broken = [replace(one, ended="technical", fault="m gave no answer: the connection failed.") for one in held]
    with pytest.raises(EngineUnavailable, match=r"2 of 2 .* the connection failed"):
        told(broken)
    assert "failed technically, 1: m gave no answer" in told([held[0], broken[1]])


def test_two_simulators_are_compared_and_never_mixed(held: list[Rollout], tmp_path: Path) -> None:
    """The difference is over the same profiles and seeds; a report shows one run for each."""
    other = [replace(one, simulator="other", final=one.final + 4, id=f"{one.id}@other") for one in held]
    said = crossed([*held, *other])
    assert said is not None
    assert "over 2 pairs: +4.0" in said
    assert crossed(held) is None
    run = Run({"simulators": ["offline", "other"]}, (*held, *other), tmp_path)
    assert [[one.simulator for one in part.rollouts] for part in by_simulator(run)] == [["offline"] * 2, ["other"] * 2]


def test_practice_ends_with_the_curve_and_repairs_first() -> None:
    """A reply that made up for one that hurt comes before what landed and what did not."""
    changes = (4.0, -3.0, 5.0)
    emotions = (44.0, 41.0, 46.0)
    turns = tuple(
        Turn("words", f"reply {number}", Feel(change, emotion, "why"))
        for number, (change, emotion) in enumerate(zip(changes, emotions, strict=True), 1)
    )
    rollout = replace(hold(OfflineWork(None, "", "generic", 1), [(TOM, 1)])[0], turns=turns, unsafe=())
    shown = lines(rollout)
    assert "40 44 41 46" in shown[0]
    assert "after reply 2 (-3): reply 3 (+5)" in shown[2]
    assert [line for line in shown if line.startswith("What")] == ["What landed:", "What did not:"]
    assert lines(replace(rollout, turns=(Turn("words"),))) == []


def test_practice_without_a_terminal_is_a_reply_a_line() -> None:
    """It ends with the end of the input, and says how it went."""
    done = CliRunner().invoke(practice, ["alma-two-offers"], input="That sounds hard.\nWhat would help?\n")
    assert done.exit_code == 0, done.output
    assert done.output.count("seeker>") == 3
    assert "Emotion from 0 to 100: 40" in done.output


def test_a_coach_says_what_to_do_and_why() -> None:
    """The first step of a fitting skill, the skill's name and what it fits; in danger, the direct question."""
    done = CliRunner().invoke(practice, ["ingrid-keeps-the-key", "--coach"], input="\n")
    assert done.exit_code == 0, done.output
    line = next(line for line in done.output.splitlines() if "coach:" in line)
    assert line.startswith("  coach: Say that you are sorry, once, simply.")
    assert "[sit-with-grief; scenario: bereavement" in line


def test_practice_has_commands_that_the_seeker_never_hears() -> None:
    """The first lines say how to leave and who plays the seeker; a word behind a slash is no reply."""
    typed = "/help\n/why me\n//shrug\nThat sounds hard.\n/quit\nNever said.\n"
    done = CliRunner().invoke(practice, ["alma-two-offers"], input=typed)
    assert done.exit_code == 0, done.output
    first, *_ = done.output.partition("seeker>")
    assert "/quit, an empty line or Ctrl-D ends the talk" in first
    assert "machinery only" in first
    assert done.output.count("/quit, an empty line") == 2
    assert "There is no command /why; there are /help and /quit" in done.output
    assert done.output.count("  felt ") == 2
    assert "“/shrug”" in done.output
