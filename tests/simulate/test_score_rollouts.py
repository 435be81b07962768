"""Scores: two ways to score, groups, intervals, and the figures that were published."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from escs.evolve.simulate.rollout import Feel, Rollout, Turn
from escs.evolve.simulate.score import MACHINERY, final_of, published, score, score_file, score_table
from escs.runtime.errors import UsageError
from rich.console import Console


def held(name: str, final: float, ended: str = "goodbye", **changes: object) -> Rollout:
    """A rollout with this end."""
    made = Rollout(
        f"{name}:1", name, "advice", "negative", 1, "", "e", "model", "train", False, (), (Turn("a", "b", Feel(0, final)),),
        final, ended, persona=name,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def test_successes_and_failures_are_counted_at_their_bounds() -> None:
    """100 is a success and 10 is no failure."""
    made = score([held("a", 100), held("b", 99), held("c", 10), held("d", 9)])
    assert (made.overall.n, made.overall.successes, made.overall.failures) == (4, 1, 1)
    assert made.overall.mean == 54.5


def test_technical_failures_are_counted_apart() -> None:
    """A dialogue that broke off neither lowers the mean nor disappears."""
    made = score([held("a", 80), held("b", 0, "technical")])
    assert (made.overall.n, made.overall.mean, made.technical) == (1, 80, 1)


def test_nothing_to_score_is_one_sentence() -> None:
    """No dialogue, or technical failures alone, give an error and no zero."""
    with pytest.raises(UsageError, match="there is none"):
        score([])
    with pytest.raises(UsageError, match="technical"):
        score([held("b", 0, "technical")])


def test_the_tenth_reply_counts_for_us_and_not_for_sage() -> None:
    """A dialogue that ran out of turns keeps the emotion before its last reply under SAGE's name."""
    turns = tuple(Turn("a", "b", Feel(2, 40 + 2 * number)) for number in range(1, 11))
    made = held("a", 60, "turns", turns=turns)
    assert (final_of(made, "escs"), final_of(made, "sage")) == (60, 58)
    ended = held("a", 100, "success", turns=turns)
    assert final_of(ended, "sage") == 100


def test_groups_hold_traps_and_tags_apart_from_the_two_tables() -> None:
    """Intention and temperament have tables of their own; a trap and each tag are groups beside them."""
    made = score([held("a", 50, trap=True, tags=("carer",)), held("b", 30, intention="praise")])
    assert list(made.by_intention) == ["advice", "praise"]
    assert {name: figure.mean for name, figure in made.by_group.items()} == {"carer": 50, "traps": 50}


def test_twins_are_one_persona() -> None:
    """Intervals are over personas: dialogues of one persona alone have none."""
    made = score([held("a", 50), held("b", 60, persona="a")])
    assert (made.overall.personas, made.overall.interval) == (1, None)


def test_the_rules_feelings_are_stamped() -> None:
    """Wherever the offline seeker felt a dialogue, the score says that it is machinery only."""
    made = score([held("a", 50, simulator="offline")])
    assert made.to_json()["note"] == MACHINERY
    console = Console(file=StringIO(), width=80)
    score_table(console, made, title="[bold]run")
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "achinery only" in shown
    assert "[bold]run" in shown
    assert "note" not in score([held("a", 50)]).to_json()


def test_published_figures_round_half_up() -> None:
    """33.25 is published as 33.3, where banker's rounding would say 33.2."""
    assert (published(33.25), published(68.15), published(31.75)) == (33.3, 68.2, 31.8)


def test_the_same_rollouts_give_the_same_bytes_in_any_order() -> None:
    """A score does not depend on which dialogue was done first."""
    some = [held(f"p{number}", number * 7 % 100) for number in range(30)]
    ahead, back = score(some).to_json(), score(reversed(some)).to_json()
    assert json.dumps(ahead) == json.dumps(back)


@pytest.mark.data
@pytest.mark.skipif("ESCS_DATA" not in os.environ, reason="ESCS_DATA does not name the research data folder")
@pytest.mark.parametrize(
    ("name", "mean", "successes", "failures"),
    [
        ("deepseek-v3__gpt-4.1", 68.2, 35, 13),
        ("deepseek-v3__llama3.3-70b", 33.3, 7, 47),
        ("deepseek-v3__gpt-4o-0808", 31.8, 7, 51),
        ("deepseek-v3__qwen2.5-72b", 19.1, 4, 70),
    ],
)
@pytest.mark.parametrize("scoring", ["sage", "escs"])
def test_the_published_scores_come_out_exactly(
    name: str, mean: float, successes: int, failures: int, scoring: str
) -> None:
    """Mean, successes and failures of SAGE's own traces are those of its table, under either way to score."""
    path = Path(os.environ["ESCS_DATA"]) / "sage" / "traces" / f"{name}.jsonl.gz"
    (scored,) = score_file(path, scoring=scoring)  # type: ignore[arg-type]
    made = scored.to_json()
    assert (made["n"], made["mean"], made["successes"], made["failures"]) == (100, mean, successes, failures)
    assert sum(figure["n"] for figure in made["by_intention"].values()) == 100
    assert sum(figure["n"] for figure in made["by_temperament"].values()) == 100
