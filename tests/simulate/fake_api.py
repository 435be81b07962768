"""A fake server of the Messages API for many calls at once: fixed latency, answers by the prompt alone, faults on demand.

    python fake_api.py --latency 0.5 --faults 0.2     # prints its port, then serves until it is killed

Answers are streamed where that is asked for. A typed answer is made of the schema that the request holds; what it says
hangs on the request and nothing else, so that a run without faults and one with them can be compared. `GET /count` says
how many calls it met, how many of them it answered whole, and the seconds of processor that it took for them. It is as
light as it can be, since it shares the machine with what is measured: a request is looked at as bytes, and only its
schema is parsed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from hashlib import sha256
from random import Random
from typing import Any

SCALES = ("fluency", "empathy", "identification", "suggestion", "humanness", "skill", "overall")
WORDS = ("It sounds as if that weighs on you.", "I hear how much this matters to you.", "What has that been like?")


def answer(body: dict[str, Any]) -> str:
    """What the model says to a request."""
    prompt = json.dumps([body.get("system"), body.get("messages")], sort_keys=True)
    schema = body.get("output_config", {}).get("format", {}).get("schema")
    return _words(prompt.encode(), schema)


def _words(prompt: bytes, schema: dict[str, Any] | None) -> str:
    draw = Random(int.from_bytes(sha256(prompt).digest()[:8]))
    if not schema:
        return f"{draw.choice(WORDS)} ({draw.randrange(10_000)})"
    return json.dumps({name: _value(name, kind, draw) for name, kind in schema["properties"].items()})


def _value(name: str, kind: dict[str, Any], draw: Random) -> Any:
    if name == "change":
        return draw.choice((-5, -2, 2, 3, 5, 5))
    if name == "risk":
        return "none"
    if name in SCALES:
        return draw.randrange(5)
    if "enum" in kind:
        return kind["enum"][0]
    if kind["type"] == "object":
        return {key: _value(key, inner, draw) for key, inner in kind["properties"].items()}
    if kind["type"] == "array" and kind["items"].get("type") == "object":
        return [_value(name, kind["items"], draw)]
    return {"integer": 50, "number": 0.5, "boolean": False, "array": [], "string": f"words {draw.randrange(10_000)}"}[
        kind["type"]
    ]


def _schema_in(body: bytes) -> dict[str, Any] | None:
    """The schema of a request as it came over the line, wherever among its keys it stands."""
    for mark in (b'"output_config":', b'"output_format":'):  # today's name of it, and the one of the beta
        place = body.find(mark)
        while place > 0 and body[place - 1 : place] == b"\\":  # somebody's words
            place = body.find(mark, place + 1)
        if place >= 0:
            found = json.JSONDecoder().raw_decode(body[place + len(mark) :].decode().lstrip())[0]
            schema: dict[str, Any] | None = found.get("format", found).get("schema")
            return schema
    return None


USAGE = {"input_tokens": 900, "output_tokens": 1, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
MESSAGE: dict[str, Any] = {
    "id": "m", "type": "message", "role": "assistant", "model": "fake", "content": [], "stop_reason": None,
    "stop_sequence": None, "usage": USAGE,
}  # fmt: skip


def _rows(text: str) -> list[dict[str, Any]]:
    return [
        {"type": "message_start", "message": MESSAGE},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 30},
        },
        {"type": "message_stop"},
    ]


_BEFORE, _AFTER = (
    "".join(f"event: {row['type']}\ndata: {json.dumps(row)}\n\n" for row in _rows("TEXT")).encode().split(b'"TEXT"')
)


def events(text: str) -> bytes:
    """A streamed answer."""
    return _BEFORE + json.dumps(text).encode() + _AFTER


def message(text: str) -> bytes:
    """An answer in one piece."""
    usage = USAGE | {"output_tokens": 30}
    content = [{"type": "text", "text": text}]
    return json.dumps(MESSAGE | {"content": content, "stop_reason": "end_turn", "usage": usage}).encode()


class Counts:
    """What all connections share."""

    def __init__(self, latency: float, faults: float) -> None:
        self.latency, self.faults = latency, faults
        self.met = self.whole = 0
        self.draw = Random(7)


class Connection(asyncio.Protocol):
    """One connection; its requests come one after the other."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.held = bytearray()
        self.needed = 0  # bytes of the request that is coming; 0 where its head is not there yet

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.held += data
        if not self.needed:
            end = self.held.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.held[:end]).lower()
            at = head.find(b"content-length:")
            self.head = end + 4
            self.needed = self.head + (int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0)
        if len(self.held) < self.needed:
            return
        get, body = self.held.startswith(b"GET"), bytes(self.held[self.head : self.needed])
        del self.held[: self.needed]
        self.needed = 0
        if get:
            counts = self.counts
            self._json(
                200, json.dumps({"met": counts.met, "whole": counts.whole, "processor": time.process_time()}).encode()
            )
        else:
            self.counts.met += 1
            asyncio.get_running_loop().call_later(self.counts.latency, self._reply, body)

    def _reply(self, body: bytes) -> None:
        """Answer, or fail in one of several ways."""
        counts = self.counts
        text = _words(body, _schema_in(body))
        fault = counts.faults and self._fault()
        if fault == "torn" and not text.startswith("{"):
            fault = None  # half a sentence is a sentence: nobody could tell
        if isinstance(fault, int) and fault:
            kind = {429: "rate_limit_error", 529: "overloaded_error", 500: "api_error"}[fault]
            error = {"type": "error", "error": {"type": kind, "message": "scripted"}}
            self._json(fault, json.dumps(error).encode(), b"retry-after: 0\r\n")
            return
        if fault == "hang":
            asyncio.get_running_loop().call_later(2.0, self.transport.close)
            return
        if fault == "torn":
            text = text[: len(text) // 2]
        if b'"stream":true' not in body and b'"stream": true' not in body:
            self._json(200, message(text))
            counts.whole += not fault
            return
        data = events(text)
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        if fault == "cut":
            data = data[: len(data) // 2]
            self.transport.write(head + b"%x\r\n%b\r\n" % (len(data), data))
            self.transport.close()
            return
        self.transport.write(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data))
        counts.whole += not fault

    def _fault(self) -> int | str | None:
        draw, kind = self.counts.draw, self.counts.draw.choice((429, 529, 500, "cut", "torn", "hang"))
        return kind if draw.random() < self.counts.faults else None

    def _json(self, status: int, data: bytes, extra: bytes = b"") -> None:
        head = b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\n%bcontent-length: %d\r\n\r\n"
        self.transport.write(head % (status, extra, len(data)) + data)


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.5)
    parser.add_argument("--faults", type=float, default=0.0)
    given = parser.parse_args()
    counts = Counts(given.latency, given.faults)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(counts), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
