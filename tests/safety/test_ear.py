"""The ear: what it adds to the rules, what it never does, and that it hears the same here as where it was taught."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from click.testing import CliRunner
from escs.evolve.simulate.supporters import screened
from escs.runtime.conversation import Conversation
from escs.runtime.errors import UsageError
from escs.runtime.safety import ear as module
from escs.runtime.safety.command import screen_command
from escs.runtime.safety.course import Course
from escs.runtime.safety.ear import EARS, LISTENED, WINDOW, WINDOWS, Ear, Heard, Network, ear_for
from escs.runtime.safety.protocol import shared
from escs.runtime.safety.risk import BY_EAR, Level
from escs.runtime.safety.screen import screen
from escs.runtime.safety.watch import Watch
from hypothesis import example, given, settings
from hypothesis import strategies as st

CASES = Path(__file__).parent / "cases"
NOTHING = Heard(-99.0, -99.0, "hopelessness", 1.0, True)


def rows(*names: str) -> list[dict[str, str]]:
    """The messages of some files."""
    return [json.loads(line) for name in names for line in (CASES / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def ear() -> Ear:
    found = ear_for("en")
    assert found is not None
    return found


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ear that may not be asked."""

    def asked(self: Network, framed: Sequence[int], whole: bool = True) -> NoReturn:
        raise AssertionError("the ear was asked")

    monkeypatch.setattr(Network, "hears", asked)


def test_it_hears_what_it_heard_where_it_was_taught(ear: Ear) -> None:
    """The scores that the network gave in training stand beside the weights; here they come out of other code."""
    lines = [json.loads(line) for line in (EARS / "en" / "proof.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) >= 12
    for line in lines:
        for name in ("quick", "careful"):
            heard, proof = getattr(ear, name).hears(ear.pieces.framed(ear.pieces.cut(line["text"]))), line[name]
            assert (heard.crisis, heard.danger) == pytest.approx((proof["crisis"], proof["danger"]), abs=0.05), line
            assert heard.kind == proof["kind"]


def test_the_careful_network_is_asked_about_what_is_not_plain(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes ten times as long; ordinary talk mostly passes without it, and a rule that the quick one bears out stands."""
    asked = []
    monkeypatch.setattr(Ear, "careful", property(lambda self: asked.append(self.folder) or ear.quick))
    assert ear.hears("Thanks, that helped a lot. Good night!") is None
    assert ear.doubts("I want to die") is None
    assert not asked
    assert ear.hears("I've told my sister where the dog's food is and paid everything up to Friday.") is not None
    assert asked


def test_on_messages_that_nothing_was_learned_from_it_finds_far_more() -> None:
    """Floors a little below what was measured (ears/README.md): a change that loses this much should be looked at."""
    some = rows("screen_aside.jsonl", "screen_unseen.jsonl")[::5]
    danger = [row["text"] for row in some if row["level"] == "crisis"]
    calm = [row["text"] for row in some if row["level"] == "none"]
    alone, both = (
        sum(screen(text, by_ear=by_ear).level == Level.CRISIS for text in danger) / len(danger)
        for by_ear in (False, True)
    )
    assert both > FLOOR
    assert both > alone + 0.1
    assert sum(screen(text).level == Level.CRISIS for text in calm) / len(calm) < CEILING


FLOOR, CEILING = 0.9, 0.07


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
@example("")
@example("?!")
@example("x" * 5_000)
@example("\x00\ud800")
def test_any_text_can_be_heard_and_nothing_is_lost(text: str) -> None:
    """The ear takes no sign back; it may doubt one, which is then still elevated."""
    alone, both = screen(text, by_ear=False), screen(text)
    assert both.level >= min(alone.level, Level.ELEVATED)
    assert both.undoubted.level >= alone.level
    assert [(sign.rule, sign.level) for sign in both.undoubted.signs[: len(alone.signs)]] == [
        (sign.rule, sign.level) for sign in alone.signs
    ]


@pytest.mark.usefixtures("deaf")
@pytest.mark.parametrize(
    "text", ["I took all my pills", "My chest hurts and my arm is numb", "I'm on the bridge now, about to jump"]
)
def test_where_minutes_count_it_is_not_asked(text: str) -> None:
    """An emergency that a rule saw stands by itself."""
    assert screen(text).level == Level.CRISIS


def test_a_doubted_crisis_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words that a rule holds for a crisis and in which the ear hears nothing are elevated: a question follows, and no ordinary talk."""
    text = "I want to die"
    monkeypatch.setattr(Network, "hears", lambda self, framed, whole=True: NOTHING)
    seen = screen(text)
    assert seen.level == Level.ELEVATED
    assert any(sign.doubted and "The ear hears no danger" in sign.why for sign in seen.signs)
    said = Conversation(Course.start("GB"))
    reply = said.hear(text, seen)
    assert reply is not None
    assert "?" in reply.body
    assert any(reply.body.startswith(words[:20]) for words in shared()["meets"]["doubted"])


def test_once_there_was_danger_no_rule_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ear hears one message by itself; the conversation knows more."""
    monkeypatch.setattr(Network, "hears", lambda self, framed, whole=True: NOTHING)
    said = Conversation(Course.start("GB"))
    said.hear("Everything is hopeless", screen("Everything is hopeless"))
    assert said.watch.level == Level.ELEVATED
    said.hear("I want to die", screen("I want to die"))
    assert said.watch.level == Level.CRISIS


def test_it_guesses_no_attempt_once_we_talk_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who tells what was put away is not taken for somebody who is doing it."""
    said = Conversation(Course.start("US"))
    said.hear("I want to die", screen("I want to die"))
    monkeypatch.setattr(
        Network, "hears", lambda self, framed, whole=True: Heard(99.0, 99.0, "suicide-attempt-now", 1.0, True)
    )
    text = "The whiskey is in the trunk and the car is locked. I did the ten breaths with you and there is a taco in the pan."
    reply = said.hear(text, screen(text))
    assert reply is not None
    assert reply.kind == "suicide"


def test_what_it_does_not_hear_all_of_it_does_not_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a very long text it hears the ends; a rule may know what stands between them."""
    monkeypatch.setattr(Network, "hears", lambda self, framed, whole=True: replace(NOTHING, whole=whole))
    calm = "The train was late again and then it rained. " * 150
    assert screen(f"{calm} I want to die. {calm}").level == Level.CRISIS


@pytest.mark.usefixtures("deaf")
def test_it_doubts_nothing_in_an_english_that_it_has_hardly_read() -> None:
    """In Nigerian Pidgin or Scots it does not hear danger that is there."""
    for text in ("My oga for house dey beat me every day, I fear am", "I widnae mind, I want to die"):
        assert screen(text).level == Level.CRISIS


@pytest.mark.usefixtures("deaf")
def test_another_language_has_no_ear() -> None:
    """It was taught English alone."""
    assert screen("Ich weiß nicht mehr weiter und kann nachts nicht schlafen").level == Level.UNKNOWN
    assert ear_for("de") is None
    assert ear_for("") is None


@pytest.mark.usefixtures("deaf")
def test_simulated_seekers_are_screened_without_it() -> None:
    """A verdict must be the same to the last digit on another machine, and a network's sums are not."""
    assert screened("I gave the dog to my sister and paid everything up to Friday").level < Level.CRISIS


def test_what_it_alone_heard_does_not_add_up_to_a_crisis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three turns that only the ear raised stay elevated: weaker evidence than a rule's."""
    monkeypatch.setattr(Ear, "hears", lambda self, text, beside: Heard(-99.0, 99.0, "hopelessness", 1.0, True))
    watch = Watch()
    for text in ("The bins go out on Tuesday", "The kettle is on", "It rained all day"):
        watch = watch.after(screen(text))
        assert watch.level == Level.ELEVATED


@pytest.mark.parametrize(
    ("heard", "level", "kind"),
    [
        (Heard(99.0, 99.0, "self-harm", 0.99, True), Level.CRISIS, "self-harm"),
        (Heard(99.0, 99.0, "overdose", 0.9, True), Level.CRISIS, "overdose"),
        (
            Heard(99.0, 99.0, "overdose", 0.4, True),
            Level.CRISIS,
            "suicide-passive",
        ),  # of what, it cannot tell: so it is asked
        (Heard(-99.0, 99.0, "hopelessness", 0.99, True), Level.ELEVATED, "hopelessness"),
        (Heard(-99.0, -99.0, "self-harm", 0.99, True), Level.NONE, ""),
    ],
)
def test_what_it_hears_becomes_a_sign(monkeypatch: pytest.MonkeyPatch, heard: Heard, level: Level, kind: str) -> None:
    """A level by its bounds, and a kind where it is sure of one."""
    monkeypatch.setattr(Ear, "hears", lambda self, text, beside: heard)
    seen = screen("The bins go out on Tuesday")
    assert (seen.level, seen.kinds) == (level, (kind,) if kind else ())


def test_a_long_text_is_heard_at_both_ends_and_in_bounded_time(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger in the last lines of a long letter counts as much as in its first."""
    windows: dict[int, list[int]] = {}
    hears = Network.hears

    def counted(self: Network, framed: Sequence[int], whole: bool = True) -> Heard:
        windows.setdefault(len(self.layers), []).append(len(framed))
        return hears(self, framed, whole)

    monkeypatch.setattr(Network, "hears", counted)
    ear.hears("the bins go out on tuesday and the kettle is on . " * 10_000, 99.0)
    quick, careful = windows[len(ear.quick.layers)], windows[len(ear.careful.layers)]
    assert (len(quick), len(careful)) == (WINDOWS, LISTENED)
    assert max(*quick, *careful) <= WINDOW + 2
    for grave in ("I want to die " + "and the bins go out " * 2_000, "and the bins go out " * 2_000 + "I want to die"):
        heard = ear.hears(grave)
        assert heard is not None
        assert heard.crisis > 0


def test_words_are_cut_into_known_pieces(ear: Ear) -> None:
    """Look-alike letters and hidden characters are read; what is no word is one unknown piece."""
    assert ear.pieces.cut("I want to DIE") == ear.pieces.cut("Ｉ wаnt\u200b to die")
    assert len(ear.pieces.cut("unaliving")) > 1
    assert ear.pieces.cut("x" * 5_000) == [ear.pieces["[UNK]"]]
    assert ear.pieces.cut(" \n ") == []


def test_a_person_sees_what_was_heard_and_why() -> None:
    """`escs screen --why` names the ear, the sentence, and where it is described."""
    text = next(
        row["text"]
        for row in rows("screen_unseen.jsonl")
        if row["level"] == "crisis" and screen(row["text"], by_ear=False).level == Level.NONE
        and screen(row["text"]).level == Level.CRISIS
    )  # fmt: skip
    told = json.loads(CliRunner().invoke(screen_command, ["--json", "--why", text]).output)
    assert told["level"] == "crisis"
    assert told["why"][-1]["rule"] == BY_EAR
    assert told["why"][-1]["source"] == "ears/README.md"
    assert told["matched"][-1].strip() in text


@pytest.mark.parametrize("name", ["quick.npz", "careful.npz", "ear.toml"])
def test_a_damaged_ear_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The rules alone would be a silent loss; and it is told when the program begins, not when somebody is in danger."""
    shutil.copytree(EARS / "en", tmp_path / "en")
    whole = (tmp_path / "en" / name).read_bytes()
    (tmp_path / "en" / name).write_bytes(whole[: len(whole) // 2])
    monkeypatch.setattr(module, "EARS", tmp_path)
    ear_for.cache_clear()
    try:
        with pytest.raises(UsageError, match=r"no ear of the crisis screen .*install escs again"):
            ear_for("en")
    finally:
        ear_for.cache_clear()
