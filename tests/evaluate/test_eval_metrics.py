"""Figures of replies: equal to their libraries' own command lines, and to worked examples of their sources."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from escs.evolve.evaluate.metrics import (
    bert_scorer,
    bleu,
    chrf,
    distinct,
    repeated,
    rouge_l_of,
    text_figures,
)
from escs.evolve.evaluate.strategies import macro_f1, preference, strategy_figures
from escs.runtime.errors import UsageError

pytest.importorskip("sacrebleu", reason="the extra `eval` is not installed")
pytest.importorskip("rouge_score", reason="the extra `eval` is not installed")

REPLIES = [
    "It sounds as if the nights are the hardest part, and nobody sees it.",
    "What happened when you told your brother?",
    "You could write the letter on Sunday, if that still feels right.",
    "I'm here.",
]
HUMANS = [
    "That sounds really hard, and it seems that nobody sees what the nights are like for you.",
    "How did your brother react when you told him?",
    "Maybe you could write that letter on Sunday?",
    "I am here for you.",
]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Replies and references, one a line."""
    paths = tmp_path / "replies.txt", tmp_path / "humans.txt"
    for path, lines in zip(paths, (REPLIES, HUMANS), strict=True):
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


def sacrebleu(files: tuple[Path, Path], *more: str) -> dict[str, object]:
    """What sacrebleu's command line says."""
    command = [sys.executable, "-m", "sacrebleu", str(files[1]), "-i", str(files[0]), "-w", "8", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    return dict(told[0] if isinstance(told, list) else told)


def test_bleu_is_that_of_sacrebleus_command_line(files: tuple[Path, Path]) -> None:
    """BLEU-4 as it prints it; BLEU-1 to -3 from the precisions and the brevity that it prints."""
    told = sacrebleu(files, "-m", "bleu")
    assert bleu(REPLIES, HUMANS)[3] == pytest.approx(float(str(told["score"])), abs=1e-6)
    scores, rest = str(told["verbose_score"]).split(" (", 1)
    precisions = [float(each) for each in scores.split("/")]
    brevity = float(rest.split("BP = ")[1].split()[0])
    for n in (1, 2, 3):
        expected = brevity * math.exp(sum(math.log(each) for each in precisions[:n]) / n)
        assert bleu(REPLIES, HUMANS)[n - 1] == pytest.approx(expected, abs=0.1)


def test_chrf_is_that_of_sacrebleus_command_line(files: tuple[Path, Path]) -> None:
    """To the last digit that it prints."""
    assert chrf(REPLIES, HUMANS) == pytest.approx(float(str(sacrebleu(files, "-m", "chrf")["score"])), abs=1e-6)


def test_rouge_l_is_that_of_rouge_scores_command_line(files: tuple[Path, Path], tmp_path: Path) -> None:
    """The mean F1."""
    out = tmp_path / "rouge.csv"
    command = [
        sys.executable, "-m", "rouge_score.rouge", f"--target_filepattern={files[1]}", f"--prediction_filepattern={files[0]}",
        f"--output_filename={out}", "--rouge_types=rougeL", "--use_stemmer=false", "--aggregate=false",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No module named" in done.stderr:
        pytest.skip(f"rouge-score's command line needs more than the library: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    rows = [line.split(",") for line in out.read_text(encoding="utf-8").splitlines()]
    column = rows[0].index("rougeL-F")
    for row, reply, human in zip(rows[1:], REPLIES, HUMANS, strict=True):
        assert rouge_l_of(reply, human) == pytest.approx(100 * float(row[column]), abs=1e-4)


def test_counts_by_hand() -> None:
    """Distinct-n, repetition and length of four short replies."""
    some = ["I am here.", "I am here.", "Tell me more.", "I hear you."]
    assert distinct(some, 1) == pytest.approx(100 * 9 / 16)  # i am here . tell me more hear you
    assert distinct(some, 2) == pytest.approx(100 * 9 / 12)
    assert repeated(some) == 25
    assert text_figures(some, some).words == 3


def test_replies_and_references_must_be_as_many() -> None:
    """Anything else would shift them against each other."""
    with pytest.raises(ValueError, match="4 replies and 3 references"):
        text_figures(REPLIES, HUMANS[:3])


def test_macro_f1_by_hand() -> None:
    """Of three classes: F1 of 2/3, 1/2 and 2/3; a class that occurs nowhere does not count."""
    true = ["a", "a", "b", "b", "c", "c"]
    said = ["a", "b", "b", "c", "c", "a"]
    assert macro_f1(true, said, ["a", "b", "c", "d"]) == pytest.approx(100 * (0.5 + 0.5 + 0.5) / 3)
    assert macro_f1(["a", "a", "b"], ["a", "a", "a"], ["a", "b"]) == pytest.approx(100 * (4 / 5 + 0) / 2)


def test_who_chooses_as_people_do_prefers_nothing() -> None:
    """All preferences are 1 and the bias is 0, whatever the strategies' shares."""
    true = ["a"] * 50 + ["b"] * 10 + ["c"] * 5
    found = strategy_figures(true, true, ["a", "b", "c"])
    assert found.preference == {"a": 1, "b": 1, "c": 1}
    assert found.bias == 0
    assert found.accuracy == 100


def test_preference_of_two_strategies_by_hand() -> None:
    """Where `a` is said 8 times for `b`, and `b` 2 times for `a`, the Bradley-Terry strengths stand as 8 to 2, mean 1."""
    true = ["b"] * 8 + ["a"] * 2
    said = ["a"] * 8 + ["b"] * 2
    found = preference(true, said, ["a", "b"])
    assert found["a"] == pytest.approx(1.6, abs=1e-3)
    assert found["b"] == pytest.approx(0.4, abs=1e-3)
    assert strategy_figures(true, said, ["a", "b"]).bias == pytest.approx(0.6, abs=1e-3)


def test_bertscore_is_that_of_its_command_line(files: tuple[Path, Path], tmp_path: Path) -> None:
    """With a small model of our own making: its figures mean nothing, and must be the same."""
    pytest.importorskip("bert_score", reason="the extra `bert` is not installed")
    from transformers import BertConfig, BertModel, BertTokenizerFast

    model = tmp_path / "model"
    model.mkdir()
    letters = [*"abcdefghijklmnopqrstuvwxyz'.,?", *(f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")]
    (model / "vocab.txt").write_text(
        "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]), encoding="utf-8"
    )
    BertTokenizerFast(str(model / "vocab.txt"), model_max_length=512).save_pretrained(model)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=5 + len(letters), **shape)).save_pretrained(model)
    command = ["-m", "bert_score_cli.score", "-r", str(files[1]), "-c", str(files[0]), "-m", str(model), "-l", "2"]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True)
    assert 100 * float(done.stdout.rsplit("F1: ", 1)[1].split()[0]) == pytest.approx(
        bert_scorer(str(model))(REPLIES, HUMANS), abs=1e-3
    )


def test_a_model_for_bertscore_that_is_not_there_is_told_before_anything_is_paid(tmp_path: Path) -> None:
    """One sentence: the package or the model is missing, and how to get it."""
    with pytest.raises(UsageError, match=r"esc-skills\[bert\]|cannot be read"):
        bert_scorer(str(tmp_path / "nothing"))


def test_meteor_without_its_data_is_left_out() -> None:
    """NLTK is there, as rouge-score brings it, and its WordNet is not; in a process that has not read it before."""
    pytest.importorskip("nltk")
    lines = [
        "import nltk",
        "nltk.data.path[:] = []",
        "from escs.evolve.evaluate.metrics import has_meteor, text_figures",
        f"print(has_meteor(), text_figures({REPLIES!r}, {HUMANS!r}).meteor)",
    ]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "None"]
