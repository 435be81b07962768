"""What can go wrong between us and a server of the Messages API, as one sentence and whether another try makes sense."""

from __future__ import annotations

import email.utils
import time
from dataclasses import dataclass
from typing import Any

_PASSING = (408, 409, 425, 429)
_PASSING_IN_STREAM = ("overloaded_error", "rate_limit_error", "api_error", "timeout_error")
_MESSAGE = 160  # characters of a server's own words that are passed on

_SENTENCES = {
    400: "the request was not accepted",
    401: "the key was not accepted; check ANTHROPIC_API_KEY",
    402: "the account has no credit left",
    403: "the key may not use this model",
    404: "there is no such model or address",
    408: "it did not answer in time",
    413: "the conversation has grown too long for it",
    429: "too many requests at the moment",
    503: "it is not available at the moment",
    504: "it did not answer in time",
    529: "it is overloaded at the moment",
}
_IN_STREAM = {
    "overloaded_error": _SENTENCES[529],
    "rate_limit_error": _SENTENCES[429],
    "authentication_error": _SENTENCES[401],
    "permission_error": _SENTENCES[403],
    "not_found_error": _SENTENCES[404],
    "timeout_error": _SENTENCES[504],
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One failed attempt. `sentence` begins small and ends without a full stop, to follow “NAME: ”."""

    sentence: str
    passing: bool  # whether another attempt may succeed
    pause: float | None = None  # seconds that the server asks to wait
    rejected: str = ""  # the server's words where it did not accept the request, in small letters


class CutOffError(Exception):
    """The stream ended before the answer was complete, or was no stream of the Messages API at all."""


def fault_of(error: Exception) -> Fault:
    """The fault that an exception of the SDK, the transport or a parser stands for."""
    if isinstance(error, CutOffError):
        return Fault(str(error), passing=True)
    status = getattr(error, "status_code", 0)
    if status == 200:  # an error event within a stream that had begun well
        kind = getattr(error, "type", None) or ""
        passing = kind in _PASSING_IN_STREAM or not kind
        return Fault(_IN_STREAM.get(kind, f"it broke off with an error{_quoted(error)}"), passing, _pause(error))
    if 300 <= status < 400:
        return Fault("it points to another address, and words are sent nowhere but where you said", passing=False)
    if status:
        sentence = _SENTENCES.get(status, f"the server has a fault of its own ({status})")
        if status < 500 and status not in _SENTENCES:
            sentence = f"the request failed ({status})"
        if status in (400, 422):
            sentence += _quoted(error)
        told_not_to = _header(error, "x-should-retry") == "false"
        passing = (status in _PASSING or status >= 500) and not told_not_to
        rejected = str(error).lower() if status in (400, 404, 422) else ""
        return Fault(sentence, passing, _pause(error), rejected)
    names = {kind.__name__ for kind in type(error).__mro__}
    if any("Timeout" in name for name in names):
        return Fault("it did not answer in time", passing=True)
    if isinstance(error, OSError) or names & {"APIConnectionError", "TransportError"}:
        return Fault("the connection failed", passing=True)
    if isinstance(error, ValueError):  # JSON or text that cannot be read
        return Fault("it sent something that cannot be read", passing=True)
    return Fault(f"{type(error).__name__}{_quoted(error)}", passing=False)


def _quoted(error: Exception) -> str:
    """What the server said of it, cleaned and cut, in brackets."""
    said = getattr(error, "api_message", None) or _in_body(getattr(error, "body", None)) or str(error)
    words = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    cut = words if len(words) <= _MESSAGE else words[:_MESSAGE].rsplit(" ", 1)[0] + " …"
    return f" ({cut.rstrip('.')})" if cut else ""


def _in_body(body: Any) -> str:
    found = body.get("error") if isinstance(body, dict) else None
    found = found.get("message") if isinstance(found, dict) else found
    return found if isinstance(found, str) else ""


def _header(error: Exception, name: str) -> str | None:
    response = getattr(error, "response", None)
    value = response.headers.get(name) if response is not None else None
    return value if isinstance(value, str) else None


def _pause(error: Exception) -> float | None:
    """Seconds of `retry-after-ms` or `retry-after`, which is a number or a date; None where neither can be read."""
    try:
        if (milliseconds := _header(error, "retry-after-ms")) is not None:
            return max(0.0, float(milliseconds) / 1000)
        if (value := _header(error, "retry-after")) is None:
            return None
        try:
            return max(0.0, float(value))
        except ValueError:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
