"""What a run may not mix: two seekers in one score, one seeker twice, edited profiles, other units, other versions."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from escs.evolve.report.view import by_simulator
from escs.evolve.simulate.run_folder import RunWriter, read_run
from escs.evolve.simulate.simulate import profiles_digest
from escs.runtime.cli import escs
from people import CUED, TOM
from people_repo import few_profiles
from talks import write_talks
from test_runs_survive import fake
from test_score_rollouts import held


def run(profiles: Path, out: Path, *more: str) -> Result:
    """A small run by rules, unless more is said."""
    options = ["--profiles", str(profiles), "--split", "train", "--turns", "1", "--workers", "1", "--out", str(out)]
    return CliRunner().invoke(escs, ["simulate", *options, *more])


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    """Two profiles that may be edited."""
    return few_profiles(tmp_path / "profiles", train=2, gate=0)


@pytest.fixture
def crossed(tmp_path: Path) -> Path:
    """A run that a second simulator cross-checked, who was harder to please."""
    folder = tmp_path / "crossed"
    with RunWriter(folder, {"simulators": ["model", "other"]}) as writer:
        for name in ("a", "b"):
            writer.append(held(name, 80))
            writer.append(held(name, 20, simulator="other", id=f"{name}:1@other"))
    return folder


@pytest.mark.parametrize("command", [["simulate", "--turns", "1"], ["eval", "dialogues", "--arms", "none"]])
@pytest.mark.parametrize("more", [["--cross", "offline"], ["--simulator", "offline", "--cross", "offline"]])
def test_the_same_seeker_is_not_counted_twice(command: list[str], more: list[str], tmp_path: Path) -> None:
    """A cross-check by the simulator itself is refused before anything is done."""
    done = CliRunner().invoke(escs, [*command, *more, "--out", str(tmp_path / "run")])
    assert getattr(done.exception, "exit_code", None) == 2
    assert "--cross" in str(done.exception)
    assert not (tmp_path / "run").exists()


def test_rules_as_the_second_seeker_stand_apart_from_the_first(
    profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each profile is met by both, under ids of their own, and going on with a whole run changes nothing."""
    out = tmp_path / "run"
    more = ("--simulator", "fake-model", "--cross", "offline", "--record", str(tmp_path / "calls.sqlite"))
    with fake() as port:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{port}")
        assert run(profiles, out, *more).exit_code == 0
        written = (out / "dialogues.jsonl").read_bytes()
        assert run(profiles, out, *more).exit_code == 0
    assert (out / "dialogues.jsonl").read_bytes() == written
    rows = [json.loads(line) for line in written.splitlines()]
    assert [row["simulator"] for row in rows] == ["fake-model"] * 2 + ["offline"] * 2
    assert [row["id"].endswith("@offline") for row in rows] == [False, False, True, True]


@pytest.mark.parametrize("name", [".", "dialogues.jsonl"])
def test_two_seekers_have_two_scores(name: str, crossed: Path) -> None:
    """Their finals are never in one mean, whether the folder is scored or its file."""
    made = json.loads(CliRunner().invoke(escs, ["simulate", "--score", str(crossed / name), "--json"]).stdout)
    assert [(one["simulator"], one["n"], one["mean"]) for one in made] == [("model", 2, 80.0), ("other", 2, 20.0)]


def test_a_seeker_whose_dialogues_all_broke_off_is_named(tmp_path: Path) -> None:
    """The other one is scored all the same."""
    with RunWriter(tmp_path / "run", {}) as writer:
        writer.append(held("a", 80))
        writer.append(held("a", 40, "technical", simulator="away", id="a:1@away"))
    (made,) = json.loads(CliRunner().invoke(escs, ["simulate", "--score", str(tmp_path / "run"), "--json"]).stdout)
    assert (made["simulator"], made["mean"]) == ("model", 80.0)
    assert "away" in made["broken"]


def test_a_cross_checked_run_can_be_named_by_a_dot(crossed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stands in its folder gets both seekers, each with a name of its own."""
    monkeypatch.chdir(crossed)
    names = [part.folder.name for part in by_simulator(read_run(Path()))]
    assert names == ["crossed with model", "crossed with other"]


def test_edited_profiles_are_not_mixed_into_a_run(profiles: Path, tmp_path: Path) -> None:
    """The same profiles elsewhere go on with it; an edited one is told, and nothing is written."""
    out = tmp_path / "run"
    assert run(profiles, out).exit_code == 0
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(profiles, elsewhere)
    assert run(elsewhere, out, "--seed", "1").exit_code == 0
    before = (out / "dialogues.jsonl").read_bytes()
    path = next((elsewhere / "train").glob("*.md"))
    path.write_text(path.read_text(encoding="utf-8").replace("## Wants\n", "## Wants\n\nAbove all: "), encoding="utf-8")
    refused = run(elsewhere, out)
    assert getattr(refused.exception, "exit_code", None) == 2
    assert "edited" in str(refused.exception)
    assert (out / "dialogues.jsonl").read_bytes() == before


def test_changed_units_are_not_mixed_into_a_run(profiles: Path, tmp_path: Path) -> None:
    """The supporter `exemplars:FILE` is what its file says."""
    corpus, units = write_talks(tmp_path / "talks.jsonl", dialogues=3), tmp_path / "units.jsonl"
    assert CliRunner().invoke(escs, ["units", str(corpus), "--out", str(units)]).exit_code == 0
    options = ("--supporter", f"exemplars:{units}")
    assert run(profiles, tmp_path / "run", *options).exit_code == 0
    assert run(profiles, tmp_path / "run", *options).exit_code == 0
    lines = units.read_text(encoding="utf-8").splitlines(keepends=True)
    units.write_text("".join(lines[:-1]), encoding="utf-8")
    refused = run(profiles, tmp_path / "run", *options)
    assert getattr(refused.exception, "exit_code", None) == 2
    assert "units" in str(refused.exception)


def test_a_run_of_another_version_is_not_gone_on_with(profiles: Path, tmp_path: Path) -> None:
    """Rules change from version to version, and dialogues with them."""
    out = tmp_path / "run"
    assert run(profiles, out).exit_code == 0
    info = json.loads((out / "run.json").read_text(encoding="utf-8"))
    (out / "run.json").write_text(json.dumps(info | {"escs": "0.0.1"}), encoding="utf-8")
    assert "version" in str(run(profiles, out).exception)


def test_a_digest_of_profiles_is_of_what_they_say() -> None:
    """Not of where they lie or how they are ordered; a single number in one changes it."""
    moved = replace(TOM, path=Path("elsewhere.md"))
    assert profiles_digest([TOM, CUED]) == profiles_digest([CUED, moved])
    assert profiles_digest([TOM]) != profiles_digest([replace(TOM, lands=(replace(TOM.lands[0], amount=-1),))])
