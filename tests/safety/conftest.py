"""The ear is left out where rules and courses are specified: what they do must hold by itself, and be quick to test."""

from __future__ import annotations

import pytest
from escs.runtime.safety import screen

WITH_EAR = {"test_ear", "test_screen_hostile", "test_screen_recall", "test_turn_properties"}
"""Modules whose tests ask the whole screen."""


@pytest.fixture(autouse=True)
def by_rules_alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No ear, save in the modules named above."""
    if request.path.stem not in WITH_EAR:
        monkeypatch.setattr(screen, "ear_for", lambda language: None)
