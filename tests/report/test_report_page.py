"""The report: one page, self-contained, the same bytes every time, whatever people and models wrote."""

from __future__ import annotations

import builtins
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from escs.evolve.report import page as page_module
from escs.evolve.report.command import report
from escs.evolve.report.page import page
from escs.evolve.simulate.rollout import Feel, Rollout, Turn, Unsafe
from escs.evolve.simulate.run_folder import RunWriter, read_run
from escs.evolve.simulate.score import MACHINERY
from escs.runtime.errors import StorageError, UsageError


def held(name: str, final: float = 46, **changes: Any) -> Rollout:
    """A dialogue with one of everything."""
    turns = (
        Turn("I am so tired.", "What wore you out?", Feel(3, 43, "asked"), ("ask-first",), "none", "overwhelmed", ("open-question",)),
        Turn("Nobody helps.", "You are not to blame.", Feel(final - 43, final, "kind"), ("own-it", "ask-first"), "elevated"),
        Turn("Bye."),
    )  # fmt: skip
    made = Rollout(
        f"{name}:1", name, "empathy", "passive", 1, "abc", "test", "offline", "train", False, (1,), turns, final, "goodbye",
        (Unsafe(1, "missed-cue", "ask-first", "hint: no direct question"),), name,
    )  # fmt: skip
    return replace(made, **changes)


def run_of(folder: Path, *rollouts: Rollout, **info: Any) -> Path:
    """A run's folder."""
    with RunWriter(folder, {"command": "escs simulate", "seed": 7, **info}) as writer:
        for rollout in rollouts:
            writer.append(rollout)
    return folder


class Ids(HTMLParser):
    """Collects ids, links within the page, and everything that would load something."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for key, value in attrs:
            if key == "id":
                self.ids.append(value or "")
            elif key in ("href", "xlink:href") and tag != "use":
                self.links.append(value or "")
            if key in ("src", "srcset", "data", "action") or tag in ("link", "img", "iframe", "object"):
                self.loads.append(f"{tag} {key} {value}")


def test_the_page_stands_alone(tmp_path: Path) -> None:
    """It loads nothing, its links lead into itself, and no id stands twice."""
    made = page((read_run(run_of(tmp_path / "a", held("one"), held("two", 60))),))
    seen = Ids()
    seen.feed(made)
    assert seen.loads == []
    assert len(seen.ids) == len(set(seen.ids))
    assert {link[1:] for link in seen.links} <= set(seen.ids)
    assert "@import" not in made
    assert re.findall(r"url\((?!#)", made) == []


def test_scores_process_and_dialogues_are_there(tmp_path: Path) -> None:
    """Scores, bounds, curves, skills, events and each turn with its feeling and its skills."""
    made = page((read_run(run_of(tmp_path / "a", held("one"), held("two", 60))),))
    for part in ("53.0", "at most", "empathy", "ask-first", "missed-cue", "I am so tired.", "+3 → 43", "overwhelmed"):
        assert part in made
    assert MACHINERY[1:] in made
    assert made.count('<svg class="plot"') == 3


def test_nobody_can_write_into_the_page(tmp_path: Path) -> None:
    """Markup in anything that a model or a person wrote is shown as text."""
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>&lt;"
    turn = Turn(evil, evil, Feel(1, 41, evil), (evil,), evil, evil, (evil,))
    some = held(
        evil, 41, turns=(turn,), intention=evil, temperament=evil, tags=(evil,), engine=evil, simulator=evil,
        unsafe=(Unsafe(1, evil, evil, evil),), persona=evil, fault=evil,
    )  # fmt: skip
    made = page((read_run(run_of(tmp_path / "a", some, held("two"), **{evil: evil})),))
    assert "<img" not in made
    assert "<script>alert" not in made
    assert made.count("<script") == 1


def test_dollars_and_odd_letters_in_names_are_drawn_as_they_are(tmp_path: Path) -> None:
    """A skill that looks like a formula to the plotting library is still a name."""
    turn = Turn("a", "b", Feel(1, 41), ("$\\frac{1$", "$x$", "名"), "none")
    made = page((read_run(run_of(tmp_path / "a", held("one", 41, turns=(turn,)), held("two"))),))
    assert "$x$" in made


def test_long_dialogues_are_drawn_whole(tmp_path: Path) -> None:
    """A run may have more than ten turns a dialogue, beside short ones."""
    turns = tuple(Turn("a", "b", Feel(1, 40 + number)) for number in range(1, 31))
    run = run_of(tmp_path / "a", held("one"), held("two", 70, turns=turns, ended="turns", unsafe=()))
    assert ">30</text>" in page((read_run(run),))


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nothing of the time, the machine or the order of a set gets into the page."""
    folder = run_of(tmp_path / "a", held("one"), held("two", 60))
    assert page((read_run(folder),)) == page((read_run(folder),))


def test_two_runs_stand_side_by_side(tmp_path: Path) -> None:
    """Both scores, the paired difference, and the dialogues of one profile together."""
    first = run_of(tmp_path / "a", held("one", 40), held("two", 50))
    second = run_of(tmp_path / "b", held("one", 45), held("two", 57), held("three", 90))
    made = page((read_run(first), read_run(second)))
    assert "+6.0" in made
    assert "2 pairs" in made
    assert made.count('<details class="talk"') == 3
    assert made.count('<svg class="plot"') == 4


def test_runs_with_nothing_in_common_are_shown(tmp_path: Path) -> None:
    """Without a pair there is no difference, and both stand there all the same."""
    first = run_of(tmp_path / "a", held("one", 40), held("two", 50, intention="advice"))
    second = run_of(tmp_path / "b", held("three", 45, temperament="avoidant"))
    assert "0 pairs" not in page((read_run(first), read_run(second)))


def test_a_run_of_technical_failures_says_why(tmp_path: Path) -> None:
    """Where no dialogue can be scored the reasons are still shown."""
    broken = held("one", ended="technical", fault="The server was busy.", turns=(Turn("Hi."),), unsafe=())
    made = page((read_run(run_of(tmp_path / "a", broken)),))
    assert "No dialogue can be scored" in made
    assert "The server was busy." in made


def test_many_words_are_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A heavy page carries its dialogues compressed and says what that needs; a light one has them as they are."""
    folder = run_of(tmp_path / "a", held("one"), held("two"))
    assert 'id="packed"' not in page((read_run(folder),))
    monkeypatch.setattr(page_module, "MOST_PLAIN", 100)
    made = page((read_run(folder),))
    assert 'id="packed"' in made
    assert "<noscript>" in made
    assert "I am so tired." not in made


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    """It says where, how large, and how many dialogues."""
    folder, out = run_of(tmp_path / "a", held("one"), held("two")), tmp_path / "r.html"
    result = CliRunner().invoke(report, [str(folder), "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0
    assert "2 dialogues" in result.output
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_page_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A folder that is not there is named."""
    folder = run_of(tmp_path / "a", held("one"), held("two"))
    with pytest.raises(StorageError, match="--out"):
        CliRunner().invoke(
            report,
            [str(folder), "--out", str(tmp_path / "no" / "r.html")],
            catch_exceptions=False,
            standalone_mode=False,
        )


def test_without_the_plotting_library_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is named."""
    really = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.split(".")[0] == "matplotlib":
            raise ImportError(name)
        return really(name, *rest, **more)

    run = read_run(run_of(tmp_path / "a", held("one"), held("two")))
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"esc-skills\[report\]"):
        page((run,))
