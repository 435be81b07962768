"""`escs eval responses --batch` against a server of the Message Batches API: few batches, half the price, nothing paid twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from escs.runtime.cli import escs
from escs.runtime.engines import batches
from escs.runtime.engines.prices import cost
from escs.runtime.task import Usage
from fake_api import answer

pytest.importorskip("sacrebleu", reason="the extra `eval` is not installed")


class Server(ThreadingHTTPServer):
    """Batches by id, and how often each is looked at before it has ended."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.batches: dict[str, list[dict[str, Any]]] = {}
        self.looks: dict[str, int] = {}
        self.broken: set[str] = set()  # custom ids that are answered with an error, once
        self.never = False  # batches do not end


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        name = f"msgbatch_{len(self.server.batches)}"
        self.server.batches[name] = body["requests"]
        self._json(self._batch(name))

    def do_GET(self) -> None:
        name = self.path.split("?")[0].split("/")[4]
        if not self.path.split("?")[0].endswith("results"):
            self.server.looks[name] = self.server.looks.get(name, 0) + 1
            self._json(self._batch(name))
            return
        rows = []
        for place, request in enumerate(self.server.batches[name]):
            if place == 0 and name == "msgbatch_0" and not self.server.broken:
                self.server.broken.add(request["custom_id"])
                error = {"type": "error", "error": {"type": "api_error", "message": "scripted"}, "request_id": None}
                rows.append({"custom_id": request["custom_id"], "result": {"type": "errored", "error": error}})
                continue
            usage = {"input_tokens": 900, "output_tokens": 30}
            message = {
                "id": "m", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "stop_reason": "end_turn",
                "stop_sequence": None, "usage": usage, "content": [{"type": "text", "text": answer(request["params"])}],
            }  # fmt: skip
            rows.append({"custom_id": request["custom_id"], "result": {"type": "succeeded", "message": message}})
        data = "".join(json.dumps(row) + "\n" for row in reversed(rows)).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-jsonl")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _batch(self, name: str) -> dict[str, Any]:
        ended = self.server.looks.get(name, 0) >= 2 and not self.server.never
        counts = {"processing": 0, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
        return {
            "id": name, "type": "message_batch", "processing_status": "ended" if ended else "in_progress",
            "request_counts": counts, "ended_at": None, "created_at": "2026-01-01T00:00:00Z",
            "expires_at": "2026-01-02T00:00:00Z", "archived_at": None, "cancel_initiated_at": None,
            "results_url": f"http://127.0.0.1:{self.server.server_address[1]}/v1/messages/batches/{name}/results" if ended else None,
        }  # fmt: skip

    def _json(self, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def serving() -> Iterator[Server]:
    """A server while the block runs."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def test_all_that_can_be_asked_goes_into_one_batch(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Turn by turn, all dialogues in each batch; a failed call is asked again; the second time nothing is paid."""
    monkeypatch.setattr(batches, "POLLS", (0.01, 0.02))
    monkeypatch.setattr(batches, "QUIET", 0.05)
    with serving() as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{server.server_address[1]}")
        options = [
            "eval", "responses", str(corpus), "--arms", "none", "--engine", "claude-sonnet-5-5", "--batch", "--record",
            str(tmp_path / "calls.sqlite"), "--json",
        ]  # fmt: skip
        done = CliRunner().invoke(escs, options)
        assert done.exit_code == 0, (done.output, done.exception)
        assert len(json.loads(done.stdout)["rows"]) > 5
        asked = [len(requests) for requests in server.batches.values()]
        assert sum(asked) == 12 + 1
        assert max(asked) >= 3
        assert json.loads((tmp_path / "calls.sqlite.batches.json").read_text(encoding="utf-8")) == {}
        again = CliRunner().invoke(escs, options)
        assert json.loads(again.stdout) == json.loads(done.stdout)
        assert sum(len(requests) for requests in server.batches.values()) == 13


def test_a_batch_under_way_is_picked_up(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that was stopped while it waited pays for nothing again."""
    monkeypatch.setattr(batches, "POLLS", (0.01, 0.02))
    monkeypatch.setattr(batches, "QUIET", 0.05)
    with serving() as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{server.server_address[1]}")
        server.broken.add("none")
        options = [
            "eval", "responses", str(corpus), "--arms", "none", "--engine", "claude-sonnet-5-5", "--batch", "--record",
            str(tmp_path / "calls.sqlite"), "--json",
        ]  # fmt: skip
        server.never = True
        stopped = threading.Timer(1.5, _interrupt)
        stopped.start()
        CliRunner().invoke(escs, options)
        assert len(server.batches) == 1
        assert len(json.loads((tmp_path / "calls.sqlite.batches.json").read_text(encoding="utf-8"))) == 4
        server.never = False
        assert CliRunner().invoke(escs, options).exit_code == 0
        assert sum(len(requests) for requests in server.batches.values()) == 12


def _interrupt() -> None:
    import _thread

    _thread.interrupt_main()


def test_it_costs_half() -> None:
    """As the price list of the server has it."""
    key = {"model": "claude-sonnet-5-5", "base_url": "https://api.anthropic.com"}
    whole = cost(key, Usage(1000, 100))
    assert whole
    assert cost(key | {"discount": "0.5"}, Usage(1000, 100)) == pytest.approx(whole / 2)


def test_who_has_no_batches_says_so(corpus: Path) -> None:
    """One sentence."""
    done = CliRunner().invoke(escs, ["eval", "responses", str(corpus), "--engine", "llama:/no/such.gguf", "--batch"])
    assert done.exit_code != 0
