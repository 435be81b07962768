"""The page on an evaluation: its table, its differences, dialogues and moments, whatever stands in its files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from escs.evolve.report.command import report
from escs.evolve.report.evaluation import evaluation_page
from escs.evolve.simulate.rollout import Feel, Rollout, Turn
from escs.evolve.simulate.run_folder import RunWriter

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"
TABLE: dict[str, Any] = {
    "title": "Dialogues",
    "arms": ["none", "static"],
    "rows": [
        {"measure": "SAGE score", "higher_is_better": True, "digits": 1, "none": 31.25, "static": 52.5},
        {"measure": EVIL, "higher_is_better": None, "digits": 0, "none": None, "static": 7.0},
    ],
    "differences": [
        {
            "arm": "static", "other": "none", "measure": "SAGE score", "difference": 21.25, "interval": [11.5, 30.75],
            "p": 0.001, "holm": 0.002, "said": "better",
        }
    ],
    "remarks": ["Machinery only.", EVIL],
    "what": {"none": "no bank", "static": EVIL},
}  # fmt: skip


def kept(folder: Path, table: object = TABLE) -> Path:
    """The folder of an evaluation."""
    folder.mkdir()
    (folder / "table.json").write_text(json.dumps(table), encoding="utf-8")
    return folder


def test_figures_and_intervals_stand_in_it(tmp_path: Path) -> None:
    """Each figure with its digits, a dash where nothing was measured, differences in words and as a picture."""
    made = evaluation_page(kept(tmp_path / "e"))
    for part in ("31.2", "52.5", "–", "+21.25", "+11.50 to +30.75", "static − none", "better", "no bank"):
        assert part in made
    assert made.count('<svg class="plot"') == 1
    assert made == evaluation_page(tmp_path / "e")


def test_nobody_can_write_into_it(tmp_path: Path) -> None:
    """Markup in a table, a reply or a dialogue is shown as text, and nothing is loaded."""
    folder = kept(tmp_path / "e", {**TABLE, "title": "Responses"})
    row = {"arm": "none", "dialogue": EVIL, "turn": 1, "seeker": EVIL, "human": EVIL, "marked": EVIL, "reply": EVIL, "strategy": EVIL}  # fmt: skip
    (folder / "responses.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    made = evaluation_page(folder)
    assert "<img" not in made
    assert "<script" not in made
    assert made.count("&lt;script&gt;") >= 6


def test_dialogues_that_part_most_stand_side_by_side(tmp_path: Path) -> None:
    """Where one arm ended better and where the other did, read turn by turn, with a curve for each arm."""
    folder = kept(tmp_path / "e")
    for arm, gain in (("none", 0), ("static", 1)):
        with RunWriter(folder / arm, {"command": "escs eval", "seed": 1}) as writer:
            for number in range(12):
                final = 40.0 + gain * (number - 6)
                turns = (Turn(f"seeker {number}", f"{arm} says", Feel(final - 40, final)), Turn("Bye."))
                writer.append(
                    Rollout(
                        f"p{number}:1", f"p{number}", "empathy", "passive", 1, "", "offline", "offline", "test", False, (),
                        turns, final, "goodbye", (), f"p{number}",
                    )
                )  # fmt: skip
    made = evaluation_page(folder)
    assert made.count('<details class="talk"') == 6
    assert {number for number in range(12) if f"seeker {number}<" in made} == {0, 1, 2, 9, 10, 11}
    assert made.count('<svg class="plot"') == 2


@pytest.mark.parametrize(
    ("table", "said"),
    [({"title": "Dialogues"}, "of this version"), ([1], "of this version"), ({**TABLE, "what": {}}, "of this version")],
)
def test_a_table_of_another_version_is_one_sentence(tmp_path: Path, table: object, said: str) -> None:
    """What, where, and how to mend it; exit code 2."""
    done = CliRunner().invoke(report, [str(kept(tmp_path / "e", table)), "--out", str(tmp_path / "page.html")])
    assert said in str(done.exception)
    assert getattr(done.exception, "exit_code", None) == 2
    assert not (tmp_path / "page.html").exists()


def test_a_torn_list_of_replies_names_its_line(tmp_path: Path) -> None:
    """A cut line is named with its number."""
    folder = kept(tmp_path / "e", {**TABLE, "title": "Responses"})
    (folder / "responses.jsonl").write_text('{"arm": "no', encoding="utf-8")
    done = CliRunner().invoke(report, [str(folder), "--out", str(tmp_path / "page.html")])
    assert "line 1" in str(done.exception)


def test_an_evaluation_stands_alone(tmp_path: Path) -> None:
    """Two of them are two pages."""
    folder = kept(tmp_path / "e")
    done = CliRunner().invoke(report, [str(folder), str(folder), "--out", str(tmp_path / "page.html")])
    assert "stands alone" in str(done.exception)
