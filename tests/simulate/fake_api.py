"""A fake server of the Messages API for many calls at once: fixed latency, answers by the prompt alone, faults on demand.

    python fake_api.py --latency 0.5 --faults 0.2     # prints its port, then serves until it is killed

Answers are streamed. A typed answer is made of the schema that the request holds; what it says hangs on the prompt and
nothing else, so that a run without faults and one with them can be compared. `GET /count` says how many calls it met and
how many of them it answered whole.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from hashlib import sha256
from random import Random
from typing import Any

SCALES = ("fluency", "empathy", "identification", "suggestion", "humanness", "skill", "overall")
WORDS = ("It sounds as if that weighs on you.", "I hear how much this matters to you.", "What has that been like?")


def answer(body: dict[str, Any]) -> str:
    """What the model says to a request."""
    prompt = json.dumps([body.get("system"), body.get("messages")], sort_keys=True)
    draw = Random(sha256(prompt.encode()).digest())
    schema = body.get("output_config", {}).get("format", {}).get("schema")
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


def events(text: str) -> bytes:
    """A streamed answer."""
    usage = {"input_tokens": 900, "output_tokens": 1, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    message = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "fake",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    rows: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
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
    return "".join(f"event: {row['type']}\ndata: {json.dumps(row)}\n\n" for row in rows).encode()


class Server:
    """The server with its counts."""

    def __init__(self, latency: float, faults: float) -> None:
        self.latency, self.faults = latency, faults
        self.met = self.whole = 0
        self.draw = Random(7)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = next(
                    (int(line[15:]) for line in head.lower().split("\r\n") if line.startswith("content-length:")), 0
                )
                body = await reader.readexactly(length)
                if head.startswith("GET"):
                    self._json(writer, 200, {"met": self.met, "whole": self.whole})
                    continue
                self.met += 1
                if not await self._reply(writer, json.loads(body)):
                    break
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _reply(self, writer: asyncio.StreamWriter, body: dict[str, Any]) -> bool:
        """Answer, or fail in one of several ways; False where the connection is cut."""
        await asyncio.sleep(self.latency)
        text = answer(body)
        fault = self.draw.choice((429, 529, 500, "cut", "torn", "hang")) if self.draw.random() < self.faults else None
        if fault == "torn" and not text.startswith("{"):
            fault = None  # half a sentence is a sentence: nobody could tell
        if isinstance(fault, int):
            kind = {429: "rate_limit_error", 529: "overloaded_error", 500: "api_error"}[fault]
            self._json(
                writer, fault, {"type": "error", "error": {"type": kind, "message": "scripted"}}, "retry-after: 0\r\n"
            )
            return True
        data = events(text[: len(text) // 2] if fault == "torn" else text)
        if fault == "cut":
            data = data[: len(data) // 2]
        if fault == "hang":
            await asyncio.sleep(2.0)
            return False
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        writer.write(head + f"{len(data):x}\r\n".encode() + data + b"\r\n")
        if fault == "cut":
            return False
        writer.write(b"0\r\n\r\n")
        self.whole += fault is None
        return True

    @staticmethod
    def _json(writer: asyncio.StreamWriter, status: int, body: dict[str, Any], extra: str = "") -> None:
        data = json.dumps(body).encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{extra}content-length: {len(data)}\r\n\r\n".encode()
            + data
        )


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.5)
    parser.add_argument("--faults", type=float, default=0.0)
    given = parser.parse_args()
    server = await asyncio.start_server(
        Server(given.latency, given.faults).serve, "127.0.0.1", 0, limit=2**20, backlog=2048
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
