"""What the tests of engines share."""

from __future__ import annotations

import pytest
from escs.runtime.engines import claude


@pytest.fixture(autouse=True)
def no_memory_of_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test's server could not do says nothing of the next one that gets the same port."""
    monkeypatch.setattr(claude, "_known", {})
