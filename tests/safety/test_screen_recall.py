"""Floors for what the screen finds and what it leaves alone, on the written cases."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from escs.runtime.safety.risk import Level, Screening
from escs.runtime.safety.screen import screen as look

CASES = Path(__file__).with_name("cases")
FILES = ("screen.jsonl", "screen_held_out.jsonl")


@cache
def screen(text: str) -> Screening:
    """Each message is looked at once for all tests."""
    return look(text)


@cache
def cases(name: str) -> tuple[dict[str, str], ...]:
    return tuple(json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines() if line)


def wanted(case: dict[str, str]) -> Level:
    return Level[case["level"].upper()]


def missed(name: str, level: Level) -> list[str]:
    return [case["text"] for case in cases(name) if wanted(case) == level and screen(case["text"]).level < level]


def test_the_cases_are_many_and_half_of_them_are_hard_negatives() -> None:
    """At least 640 messages, none twice, at least 45 in 100 of them harmless, at least 20 of each kind of crisis."""
    texts = [case["text"] for case in cases("screen.jsonl")]
    assert len(texts) >= 640
    assert len(set(texts)) == len(texts)
    harmless = [case for case in cases("screen.jsonl") if case["level"] == "none"]
    assert len(harmless) >= 0.45 * len(texts)
    kinds: dict[str, int] = defaultdict(int)
    for case in cases("screen.jsonl"):
        kinds[case["kind"]] += case["level"] == "crisis"
    assert all(count >= 20 for kind, count in kinds.items() if count), kinds


@pytest.mark.parametrize("name", FILES)
def test_crisis_is_found_in_at_least_98_of_100(name: str) -> None:
    """Crisis recall has a floor of 0.98 in each file."""
    all_of_them = [case for case in cases(name) if wanted(case) == Level.CRISIS]
    lost = missed(name, Level.CRISIS)
    assert len(lost) <= 0.02 * len(all_of_them), lost


@pytest.mark.parametrize("name", FILES)
def test_no_explicit_statement_is_missed(name: str) -> None:
    """Whoever says it outright is always heard."""
    assert [
        case["text"]
        for case in cases(name)
        if case["slice"] == "explicit" and screen(case["text"]).level < wanted(case)
    ] == []


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_crisis_is_found_in_at_least_95_of_100(name: str) -> None:
    """Recall has a floor of 0.95 within each kind of crisis."""
    total: dict[str, int] = defaultdict(int)
    lost: dict[str, list[str]] = defaultdict(list)
    for case in cases(name):
        if wanted(case) == Level.CRISIS:
            total[case["kind"]] += 1
            if screen(case["text"]).level < Level.CRISIS:
                lost[case["kind"]].append(case["text"])
    assert {kind: texts for kind, texts in lost.items() if len(texts) > 0.05 * total[kind]} == {}


@pytest.mark.parametrize("name", FILES)
def test_hard_negatives_raise_no_more_than_2_false_alarms_in_100(name: str) -> None:
    """Idiom, denial, grief, survivors, lyrics, lessons and ordinary trouble stay below elevated."""
    harmless = [case["text"] for case in cases(name) if case["level"] == "none"]
    alarms = [text for text in harmless if screen(text).level >= Level.ELEVATED]
    assert len(alarms) <= 0.02 * len(harmless), alarms


def test_elevated_cases_are_found_in_at_least_95_of_100() -> None:
    """Despair, burden, past attempts and concern for others reach at least elevated."""
    all_of_them = [case for case in cases("screen.jsonl") if wanted(case) == Level.ELEVATED]
    lost = missed("screen.jsonl", Level.ELEVATED)
    assert len(lost) <= 0.05 * len(all_of_them), lost


def test_the_right_kind_is_named_in_at_least_9_of_10() -> None:
    """The kind decides which protocol answers, so it is usually the right one."""
    named = [case for case in cases("screen.jsonl") if case["kind"]]
    right = [case for case in named if case["kind"] in screen(case["text"]).kinds]
    assert len(right) >= 0.9 * len(named)
