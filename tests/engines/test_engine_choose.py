"""From names to engines, where words go, and what tokens cost."""

from __future__ import annotations

from pathlib import Path

import pytest
from escs.runtime.engines.budget import Totals
from escs.runtime.engines.choose import engine_from_name, where
from escs.runtime.engines.claude import DEFAULT_MODEL, ClaudeEngine
from escs.runtime.engines.hosts import ANTHROPIC
from escs.runtime.engines.prices import cost
from escs.runtime.errors import EngineUnavailable, EscsError, UsageError
from escs.runtime.task import Usage

KEY = {"ANTHROPIC_API_KEY": "x"}
SERVER = {"ANTHROPIC_BASE_URL": "http://localhost:8080/"}


@pytest.mark.parametrize(
    ("name", "environ", "expected"),
    [
        (None, {}, "offline"),
        (None, SERVER, "offline"),
        (None, KEY, DEFAULT_MODEL),
        (None, KEY | {"ESCS_MODEL": "claude-other"}, "claude-other"),
        ("offline", KEY, "offline"),
        ("claude-haiku-4-5", KEY, "claude-haiku-4-5"),
        ("claude-haiku-4-5", {"ANTHROPIC_AUTH_TOKEN": "x"}, "claude-haiku-4-5"),
        ("qwen3:8b", SERVER, "qwen3:8b"),
    ],
)
def test_a_name_gives_its_engine(name: str | None, environ: dict[str, str], expected: str) -> None:
    """Without a name it is Claude where a key is set, else offline; a server of one's own serves any model."""
    assert engine_from_name(name, environ).name == expected


@pytest.mark.parametrize(
    ("name", "environ"),
    [
        ("qwen3:8b", KEY),
        ("claude-sonnet-5-5", {}),
        ("llama:", {}),
        ("llama:/nowhere/model.gguf", {}),
        ("llama:smollm2", {}),
        (f"llama:{__file__}", {}),
        ("claude-x", KEY | {"ANTHROPIC_BASE_URL": "localhost:8080"}),
        ("claude-x", KEY | {"ESCS_TIMEOUT": "soon"}),
    ],
)
def test_what_cannot_be_had_is_said_at_once(name: str, environ: dict[str, str]) -> None:
    """One sentence with the way out, before anything is loaded or asked."""
    with pytest.raises(EscsError) as caught:
        engine_from_name(name, environ)
    assert isinstance(caught.value, (UsageError, EngineUnavailable))
    assert "\n" not in str(caught.value)


def test_the_environment_that_is_given_is_the_one_that_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server or key of the process does not slip in behind the mapping."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://elsewhere.example")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not this one")
    assert where(engine_from_name(None, KEY)) == "are sent to api.anthropic.com"
    engine = engine_from_name("m", SERVER)
    assert isinstance(engine, ClaudeEngine)
    assert engine._api_key == "none"


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("http://localhost:8080", "stay on this computer (the server at localhost)"),
        ("http://127.0.0.1:1", "stay on this computer (the server at 127.0.0.1)"),
        ("http://[::1]:8080/", "stay on this computer (the server at ::1)"),
        ("https://LLM.example.org/api?x=1", "are sent to llm.example.org"),
        ("http://localhost.example.org", "are sent to localhost.example.org"),
        ("http://localhost@evil.example/", "are sent to evil.example"),
        ("http://192.168.1.5", "are sent to 192.168.1.5"),
    ],
)
def test_where_words_go_is_said_by_the_host_alone(server: str, expected: str) -> None:
    """Loopback is this computer; a name that only looks like it is not; nothing of the address but its host is shown."""
    assert where(engine_from_name("m", KEY | {"ANTHROPIC_BASE_URL": server})) == expected


def test_offline_words_stay() -> None:
    """Without a server nothing leaves."""
    assert where(engine_from_name(None, {})) == "stay on this computer"


def test_tokens_have_a_price_only_where_it_is_known() -> None:
    """The price list is for api.anthropic.com and exact names; here it is free, elsewhere and for new models unknown."""
    usage = Usage(input=1_000_000, output=100_000, cached=400_000, written=100_000)
    claude = {"model": "claude-sonnet-5-5", "base_url": ANTHROPIC}
    assert cost(claude, usage) == pytest.approx(0.5 * 2 + 0.1 * 2.5 + 0.4 * 0.1 + 0.1 * 10)
    assert cost(claude | {"model": "claude-haiku-4-5-20251001"}, usage) is not None
    assert cost(claude | {"model": "claude-sonnet-5-6"}, usage) is None
    assert cost(claude | {"base_url": "https://llm.example"}, usage) is None
    assert cost(claude | {"base_url": "http://localhost:8080"}, usage) == 0
    assert cost({"model": "offline"}, usage) == 0


def test_long_prompts_may_cost_more() -> None:
    """Where a model has a price for long prompts, it holds for the whole request."""
    model = {"model": "claude-haiku-5-5", "base_url": ANTHROPIC}
    short, long = cost(model, Usage(input=100_000)), cost(model, Usage(input=100_001))
    assert short == pytest.approx(0.01)
    assert long == pytest.approx(0.0500005)


def test_money_in_words_says_what_it_leaves_out() -> None:
    """Calls without a known price are named, never counted as free."""
    assert Totals(paid=2, dollars=1.5).money == "$1.50"
    assert Totals(paid=2, unpriced=2).money == "2 calls of unknown price"
    assert Totals(paid=3, dollars=0.25, unpriced=1).money == "$0.25 and 1 call of unknown price"


def test_a_local_model_needs_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without xllamacpp the sentence says which extra to install."""
    path = tmp_path / "a.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EngineUnavailable, match=r"esc-skills\[local\]"):
        engine_from_name(f"llama:{path}", {})
