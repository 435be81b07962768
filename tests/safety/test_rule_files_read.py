"""Files of rules are read as `tomllib` reads them, lists that are not plain included."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from escs.runtime.safety import toml
from escs.runtime.safety.rulebook import FOLDER

TEXTS = [
    *(
        'a = ["x", # c\n "y"]',
        'a = ["x"] # b = ["y"]',
        '["x"]\nb = "= [\\"q\\"]"',
        'a = ["\\u00e9", "b"]',
        'a = ["\\"x\\n", "y",]',
    ),
    *(
        "a = '= [\"x\"]'",
        'a = ["x",,]',
        'a = ["x"',
        'a = [["x"], ["y"]]',
        'a = { b = ["x"] }',
        'a = ["x\ty"]',
        'a = ["x"] y',
    ),
    *(
        'a = ["x" "y"]',
        'a = """\nb = ["x"]\n"""',
        'a = "\ue0ff0"\nb = ["x"]',
        "a = ['x', \"y\"]",
        'a = ["\x01"]',
        "a = []",
    ),
]


def result(loads: Callable[[str], dict[str, Any]], text: str) -> dict[str, Any] | str:
    """What a file says, or what is wrong with it."""
    try:
        return loads(text)
    except tomllib.TOMLDecodeError as fault:
        return str(fault)


@pytest.mark.parametrize("text", TEXTS)
def test_lists_that_are_not_plain_are_read_the_same(text: str) -> None:
    """Comments, escapes, other quotes, nested lists and faults make no difference."""
    assert result(toml.loads, text) == result(tomllib.loads, text)


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("*.toml")), ids=lambda file: file.name)
def test_every_file_of_rules_is_read_the_same(file: Path) -> None:
    """No rule is lost or changed by the quick way."""
    text = file.read_text(encoding="utf-8")
    assert toml.loads(text) == tomllib.loads(text)
