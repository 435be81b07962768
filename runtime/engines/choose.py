"""From an engine's name to the engine, and in words where what is typed goes."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from escs.runtime.engines.offline import OfflineEngine
from escs.runtime.errors import EngineUnavailable, UsageError
from escs.runtime.task import Engine

_LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - compared with, never bound to


def engine_from_name(name: str | None, environ: Mapping[str, str]) -> Engine:
    """The engine of that name: `offline`, `llama:PATH` or `llama:NAME`, else a model of a Messages API server.

    None means Claude where a key is set, else offline. Raises `UsageError` or `EngineUnavailable` in one sentence.
    """
    key, server = environ.get("ANTHROPIC_API_KEY"), environ.get("ANTHROPIC_BASE_URL")
    if name is None and not key:
        return OfflineEngine()
    if name == "offline":
        return OfflineEngine()
    if name is not None and name.startswith("llama:"):
        from escs.runtime.engines.llama import LlamaEngine
        from escs.runtime.engines.models import find_model

        return LlamaEngine(find_model(name.removeprefix("llama:")))
    from escs.runtime.engines.claude import DEFAULT_MODEL, ClaudeEngine

    model = name or environ.get("ESCS_MODEL") or DEFAULT_MODEL
    if not model.startswith("claude-") and not server:
        raise UsageError(
            f"{model!r} is not an engine; use offline, a claude-… model, llama:PATH, "
            "or set ANTHROPIC_BASE_URL for a server of your own."
        )
    if not key and not server and not environ.get("ANTHROPIC_AUTH_TOKEN"):
        raise EngineUnavailable("No key for Claude: set ANTHROPIC_API_KEY, or use --engine offline.")
    return ClaudeEngine(model, base_url=server or None, api_key=key or "none" if server else key)


def where(engine: Engine) -> str:
    """Where words go, to follow “Your words …”."""
    base = engine.key.get("base_url")
    if base is None:
        return "stay on this computer"
    host = urlsplit(base).hostname or base
    if host in _LOOPBACK:
        return f"stay on this computer (the server at {host})"
    return f"are sent to {host}"
