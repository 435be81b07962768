"""From an engine's name to the engine, and in words where what is typed goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from escs.runtime.engines.hosts import ANTHROPIC, host_of, is_loopback
from escs.runtime.engines.offline import OfflineEngine
from escs.runtime.errors import EngineUnavailable, UsageError
from escs.runtime.task import Engine

if TYPE_CHECKING:
    from escs.runtime.engines.patience import OnWait, Patience


def engine_from_name(
    name: str | None,
    environ: Mapping[str, str],
    *,
    patience: Patience | None = None,
    on_wait: OnWait | None = None,
) -> Engine:
    """The engine of that name: `offline`, `llama:PATH` or `llama:NAME`, else a model of a Messages API server.

    None means Claude where ANTHROPIC_API_KEY is set, else offline. Of the environment, ANTHROPIC_API_KEY,
    ANTHROPIC_AUTH_TOKEN, ANTHROPIC_BASE_URL, ESCS_MODEL (the model where none is named) and ESCS_TIMEOUT (seconds for
    one call) count. `on_wait` is told when a server is tried again. Raises `UsageError` or `EngineUnavailable` in one
    sentence where the engine cannot be had; nothing is loaded or asked yet.
    """
    key, server = environ.get("ANTHROPIC_API_KEY"), environ.get("ANTHROPIC_BASE_URL")
    token = environ.get("ANTHROPIC_AUTH_TOKEN")
    if name == "offline" or (name is None and not key):
        return OfflineEngine()
    if name is not None and name.startswith("llama:"):
        from escs.runtime.engines.llama import LlamaEngine
        from escs.runtime.engines.models import find_model

        return LlamaEngine(find_model(name.removeprefix("llama:")), name=name)
    from escs.runtime.engines.claude import DEFAULT_MODEL, ClaudeEngine

    model = name or environ.get("ESCS_MODEL") or DEFAULT_MODEL
    if not model.startswith("claude-") and not server:
        raise UsageError(
            f"{model!r} is not an engine; use offline, a claude-… model, llama:PATH, "
            "or set ANTHROPIC_BASE_URL for a server of your own."
        )
    if server and not server.startswith(("http://", "https://")):
        raise UsageError(f"ANTHROPIC_BASE_URL is {server!r}; it must begin with http:// or https://.")
    if not key and not server and not token:
        raise EngineUnavailable("No key for Claude: set ANTHROPIC_API_KEY, or use --engine offline.")
    own = "none" if server and not token else None  # a server of one's own rarely wants a key, but the SDK does
    return ClaudeEngine(
        model, base_url=server or ANTHROPIC, api_key=key or own, auth_token=None if key else token,
        patience=_patience(environ, patience), on_wait=on_wait,
    )  # fmt: skip


def _patience(environ: Mapping[str, str], given: Patience | None) -> Patience | None:
    wanted = environ.get("ESCS_TIMEOUT")
    if not wanted:
        return given
    if not wanted.isdecimal() or int(wanted) == 0:
        raise UsageError(f"ESCS_TIMEOUT is {wanted!r}; it takes a whole number of seconds.")
    from escs.runtime.engines.patience import Patience

    return replace(given or Patience(), deadline=float(wanted))


def where(engine: Engine) -> str:
    """Where words go, to follow “Your words …”."""
    base = engine.key.get("base_url")
    if base is None:
        return "stay on this computer"
    if is_loopback(base):
        return f"stay on this computer (the server at {host_of(base)})"
    return f"are sent to {host_of(base)}"
