"""Recorded crisis conversations, replayed: what must hold whatever the screen sees in them."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

ALWAYS = ("9", "12", "16/24", "20", "25", "26", "27", "28", "29", "30", "31", "32–34", "37")


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    """The benchmark, which holds the replays and the rows of the rubric that text decides."""
    path = Path(__file__).parents[2] / "benchmarks" / "vera_mh.py"
    spec = importlib.util.spec_from_file_location("vera_mh", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["vera_mh"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.data
def test_no_replay_breaks_a_row_that_is_about_how_it_is_said(bench: ModuleType) -> None:
    """Given every recorded conversation, then no reply leads, repeats, closes, blames, belittles, or runs long."""
    folder = os.environ.get("ESCS_DATA")
    if not folder:
        pytest.skip("needs the research data: set ESCS_DATA to its folder")
    replays = [*bench.vera(Path(folder)), *bench.aipsy(Path(folder))]
    broken = [(row, r.short) for row in ALWAYS for r in replays if bench.ROWS[row][1](r) is False]
    assert broken == []
