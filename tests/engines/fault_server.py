"""A server of the Messages API for tests: answers by a script, faults included, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Step = Callable[["Exchange"], None]


@dataclass
class Exchange:
    """One request with the means to answer it."""

    handler: BaseHTTPRequestHandler
    body: dict[str, Any]
    left: threading.Event = field(default_factory=threading.Event)

    def status(self, code: int, error: str = "error", *, headers: dict[str, str] | None = None) -> None:
        """An error of the API."""
        data = json.dumps({"type": "error", "error": {"type": error, "message": f"scripted {error}"}}).encode()
        self.raw(code, data, "application/json", headers)

    def raw(self, code: int, data: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        """Any bytes."""
        self.handler.send_response(code)
        self.handler.send_header("content-type", kind)
        self.handler.send_header("content-length", str(len(data)))
        for name, value in (headers or {}).items():
            self.handler.send_header(name, value)
        self.handler.end_headers()
        self.handler.wfile.write(data)

    def begin(self) -> None:
        """The head of a stream."""
        self.handler.send_response(200)
        self.handler.send_header("content-type", "text/event-stream")
        self.handler.end_headers()

    def event(self, kind: str, **data: Any) -> None:
        """One event of a stream."""
        payload = json.dumps({"type": kind, **data})
        self.handler.wfile.write(f"event: {kind}\ndata: {payload}\n\n".encode())
        self.handler.wfile.flush()

    def opening(self, usage: dict[str, int] | None = None) -> None:
        """The first events of an answer."""
        self.begin()
        message = {
            "id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": self.body["model"],
            "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 10, "output_tokens": 1} | (usage or {}),
        }  # fmt: skip
        self.event("message_start", message=message)
        self.event("content_block_start", index=0, content_block={"type": "text", "text": ""})

    def words(self, text: str) -> None:
        """A piece of text."""
        self.event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})

    def closing(self, stop: str = "end_turn", output: int = 7) -> None:
        """The last events."""
        self.event("content_block_stop", index=0)
        self.event("message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage={"output_tokens": output})
        self.event("message_stop")


def says(text: str, *, stop: str = "end_turn", usage: dict[str, int] | None = None) -> Step:
    """A whole answer, in three pieces."""

    def step(exchange: Exchange) -> None:
        exchange.opening(usage)
        third = max(1, len(text) // 3)
        for start in range(0, len(text), third):
            exchange.words(text[start : start + third])
        exchange.closing(stop)

    return step


def fails(code: int, error: str = "error", **headers: str) -> Step:
    """An error status; headers are written with `_` for `-`."""
    return lambda exchange: exchange.status(
        code, error, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def cut_off(text: str) -> Step:
    """A stream that ends in mid-reply."""

    def step(exchange: Exchange) -> None:
        exchange.opening()
        exchange.words(text)

    return step


def error_in_stream(text: str) -> Step:
    """A stream that turns into an error event."""

    def step(exchange: Exchange) -> None:
        exchange.opening()
        if text:
            exchange.words(text)
        exchange.event("error", error={"type": "overloaded_error", "message": "scripted"})

    return step


def unknown_blocks(text: str) -> Step:
    """An answer among blocks and events that no client of today knows."""

    def step(exchange: Exchange) -> None:
        exchange.opening()
        exchange.event("content_block_start", index=1, content_block={"type": "hologram", "shape": "cat"})
        exchange.event("content_block_delta", index=1, delta={"type": "hologram_delta", "light": 3})
        exchange.event("content_block_stop", index=1)
        exchange.event("weather", outlook="fair")
        exchange.words(text)
        exchange.closing()

    return step


def silent(text: str = "") -> Step:
    """No further byte, until whoever asked hangs up."""

    def step(exchange: Exchange) -> None:
        if text:
            exchange.opening()
            exchange.words(text)
        exchange.handler.connection.recv(1)
        exchange.left.set()

    return step


def drips(text: str) -> Step:
    """An answer that comes a byte at a time, in packets of its own, multi-byte characters torn apart."""

    def step(exchange: Exchange) -> None:
        whole = Drain()
        there, exchange.handler.wfile = exchange.handler.wfile, whole  # type: ignore[assignment]
        says(text)(exchange)
        exchange.handler.wfile = there
        for byte in whole.data:
            there.write(bytes([byte]))
            there.flush()

    return step


class Drain:
    """Takes what is written and keeps it."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    def flush(self) -> None:
        pass


def torn_json(text: str) -> Step:
    """A stream whose last event is cut off in its JSON."""

    def step(exchange: Exchange) -> None:
        exchange.opening()
        if text:
            exchange.words(text)
        exchange.handler.wfile.write(b'event: content_block_delta\ndata: {"type": "content_block_del\n\n')

    return step


def nonsense(*payloads: str) -> Step:
    """Events with the right names and nothing usable in them."""

    def step(exchange: Exchange) -> None:
        exchange.begin()
        for payload in payloads:
            exchange.handler.wfile.write(f"event: content_block_delta\ndata: {payload}\n\n".encode())

    return step


def sends_on(url: str) -> Step:
    """A redirect that asks for the same request at another address."""
    return lambda exchange: exchange.raw(307, b"", "text/plain", {"location": url})


def rejects(words: str) -> Step:
    """A 400 that names what the server does not know."""

    def step(exchange: Exchange) -> None:
        data = {"type": "error", "error": {"type": "invalid_request_error", "message": f"{words}: Extra inputs"}}
        exchange.raw(400, json.dumps(data).encode(), "application/json")

    return step


@dataclass
class Scripted:
    """The server's script and its memory. The last step repeats when the script is over."""

    script: list[Step]
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    left: threading.Event = field(default_factory=threading.Event)  # set when a client hung up on a silent answer


@contextmanager
def serving(*script: Step) -> Iterator[Scripted]:
    """A server on loopback that follows the script."""
    scripted = Scripted(list(script))
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
            with lock:
                step = scripted.script[min(len(scripted.asked), len(scripted.script) - 1)]
                scripted.asked.append(body)
            with suppress(BrokenPipeError, ConnectionResetError):
                step(Exchange(self, body, scripted.left))
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    scripted.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield scripted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
