"""What `escs eval` does not say: no difference of a handful, no figure of nothing, and nothing lost or mixed up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from escs.evolve.evaluate import eval_command
from escs.evolve.evaluate.dialogue_table import SCORE, dialogue_table
from escs.evolve.evaluate.paired import FEWEST, differences, holm
from escs.evolve.evaluate.response_table import response_table
from escs.evolve.evaluate.responses import Response
from escs.evolve.simulate.rollout import Feel, Rollout, Turn
from escs.evolve.simulate.run_folder import RunWriter
from escs.runtime.cli import escs
from escs.runtime.errors import EngineUnavailable, StorageError, UsageError

pytest.importorskip("sacrebleu", reason="the extra `eval` is not installed")


def run(*args: object) -> Result:
    """The command line."""
    return CliRunner().invoke(escs, ["eval", *map(str, args)])


def clusters(n: int, gain: float = 10.0) -> list[tuple[dict[str, tuple[float, int]], dict[str, tuple[float, int]]]]:
    """Personas with whom one arm always ends higher."""
    return [({SCORE: (50.0 + gain, 1)}, {SCORE: (50.0, 1)}) for _ in range(n)]


def rollout(arm: str, number: int, final: float, persona: str, *, fault: str = "") -> Rollout:
    """One dialogue."""
    return Rollout(
        f"p{number}:1", f"p{number}", "empathy", "passive", 1, "", "offline", "some-model", "test", False, (),
        (Turn("Hello.", f"{arm} says", Feel(final - 40, final)), Turn("Bye.")), final, "technical" if fault else "goodbye", (),
        persona, fault=fault,
    )  # fmt: skip


def test_fewer_than_two_clusters_have_no_difference() -> None:
    """One persona, met however often, says nothing of others; nor does a measure that has a value with one alone."""
    assert differences(clusters(0), "static", "none") == []
    assert differences(clusters(1), "static", "none") == []
    unmarked = [({"accuracy": (0.0, 0)}, {"accuracy": (0.0, 0)}) for _ in range(20)]
    assert differences(unmarked, "static", "none") == []


@pytest.mark.parametrize("n", range(2, 13))
def test_few_clusters_are_too_few_to_tell(n: int) -> None:
    """However well they agree; and p is never below what as many pairs could show by their signs."""
    (one,) = holm(differences(clusters(n), "static", "none"))
    assert one.said == ("too few to tell" if n < FEWEST else "better")
    assert one.p >= 2.0 ** (1 - n)
    assert one.value == 10


def test_one_persona_makes_a_table_without_differences() -> None:
    """And the table says why there is none."""
    runs = {
        arm: [rollout(arm, n, 40.0 + gain + n, "one") for n in range(5)] for arm, gain in (("none", 0), ("static", 20))
    }
    table = dialogue_table(runs, {}, seed=1)
    assert table.differences == ()
    assert any("several personas" in remark for remark in table.remarks)


def test_few_personas_of_a_group_are_no_proof_of_harm_or_of_none() -> None:
    """The group is named as one with too few to tell."""
    runs = {
        arm: [rollout(arm, n, 60.0 - loss, f"q{n % 3}") for n in range(12)]
        for arm, loss in (("static", 0), ("evolved", 20))
    }
    said = " ".join(dialogue_table(runs, {}, seed=1).remarks)
    assert "Too few to tell: empathy, passive" in said
    assert "Worse with `evolved`" not in said
    assert "In no group" not in said


def test_where_every_dialogue_failed_the_reason_is_said() -> None:
    """No score of nothing: what broke them off most often is the sentence."""
    runs = {
        arm: [rollout(arm, n, 40, f"q{n}", fault="the connection failed.") for n in range(3)]
        for arm in ("none", "static")
    }
    with pytest.raises(EngineUnavailable, match=r"6 broke off because of this: the connection failed"):
        dialogue_table(runs, {}, seed=1)
    runs["none"] = [rollout("none", n, 40, f"q{n}") for n in range(3)]
    with pytest.raises(EngineUnavailable, match="3 broke off"):
        dialogue_table(runs, {}, seed=1)


def test_where_no_turn_was_answered_by_every_arm_the_reason_is_said() -> None:
    """The same for replies."""
    one = Response("none", "d:1", 1, "s", "h", "", "Hello.", "Question", "Question")
    with pytest.raises(EngineUnavailable, match="1 broke off because of this: it is down"):
        response_table(
            {"none": [one], "static": [replace(one, arm="static", reply="", fault="it is down")]}, {}, seed=1
        )


def test_records_that_cannot_be_used_are_named(corpus: Path, tmp_path: Path) -> None:
    """As `escs units` names them; where nothing else is there, the first of them is the answer."""
    with corpus.open("a", encoding="utf-8") as file:
        file.write('{"messages": [{"role": "somebody"\n')
    done = run("responses", corpus, "--workers", "1", "--arms", "none,static")
    assert done.exit_code == 0, done.output
    assert "record 5: not JSON" in done.stderr
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"messages": 3}\n', encoding="utf-8")
    refused = run("responses", broken)
    assert isinstance(refused.exception, UsageError)
    assert "record 1: " in str(refused.exception)


def test_a_folder_that_cannot_take_it_is_refused_before_anything_is_asked(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run, the other table, a file's place."""

    def never(*args: object) -> None:
        raise AssertionError("engines were opened")

    monkeypatch.setattr(eval_command, "with_engines", never)
    with RunWriter(tmp_path / "run", {"command": "escs simulate"}):
        pass
    for name, title in (("talks", "Dialogues"), ("replies", "Responses")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "table.json").write_text(json.dumps({"title": title}), encoding="utf-8")
    with RunWriter(tmp_path / "stopped" / "static", {"command": "escs eval dialogues"}):
        pass
    (tmp_path / "file").write_text("", encoding="utf-8")
    for command, folders in (
        (["responses", corpus], ("run", "talks", "stopped")),
        (["dialogues", "--profile", "alma-two-offers", "--split", "train"], ("run", "replies")),
    ):
        for folder in folders:
            refused = run(*command, "--out", tmp_path / folder)
            assert isinstance(refused.exception, UsageError), folder
            assert "another folder" in str(refused.exception)
    assert isinstance(run("responses", corpus, "--out", tmp_path / "file" / "in").exception, StorageError)
    assert not any((tmp_path / "run").glob("table*"))


def test_the_table_is_shown_although_it_cannot_be_kept(corpus: Path, tmp_path: Path) -> None:
    """The disk filled up meanwhile: what was paid for is on the screen."""
    (tmp_path / "out" / "table.md").mkdir(parents=True)
    done = run("responses", corpus, "--workers", "1", "--arms", "none,static", "--out", tmp_path / "out", "--json")
    assert isinstance(done.exception, StorageError)
    assert json.loads(done.stdout)["arms"] == ["none", "static"]
