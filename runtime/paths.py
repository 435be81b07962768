"""Where `escs` keeps things on this machine: settings aside, only caches, pulled models and what people asked to save."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from escs.runtime.errors import StorageError

PACKAGE = Path(__file__).parent.parent
"""The folder that holds runtime/, evolve/, prompts/ and skills/, installed or editable."""

SHIPPED_BANK = PACKAGE / "skills"
PROMPTS = PACKAGE / "prompts"


def _under(variable: str, kind: str) -> Path:
    chosen = os.environ.get(variable)
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(getattr(platformdirs, kind)("escs", appauthor=False))


def cache_dir() -> Path:
    """Indexes of banks; safe to delete at any time. `ESCS_CACHE_DIR` moves it."""
    return _under("ESCS_CACHE_DIR", "user_cache_dir")


def data_dir() -> Path:
    """Pulled models and call records of long commands. `ESCS_DATA_DIR` moves it."""
    return _under("ESCS_DATA_DIR", "user_data_dir")


def state_dir() -> Path:
    """Counts without personal data, and input history where a person asked for it. `ESCS_STATE_DIR` moves it."""
    return _under("ESCS_STATE_DIR", "user_state_dir")


def private(folder: Path) -> Path:
    """The folder, made for this user alone (0700) where it is new."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"The folder {folder} cannot be made ({error.strerror}); set another one.") from error
    return folder


_OURS = ("banks", "models", "calls", "counts.json", "history")
"""What we put into these folders. Only these are ever deleted: a person may have pointed a variable at a shared folder."""


def stored() -> list[Path]:
    """What of ours exists on this machine."""
    folders = dict.fromkeys((cache_dir(), data_dir(), state_dir()))
    return [folder / name for folder in folders for name in _OURS if (folder / name).exists()]


def forget() -> list[Path]:
    """Delete everything that `escs` keeps on this machine; what was deleted."""
    gone = stored()
    for thing in gone:
        try:
            if thing.is_dir() and not thing.is_symlink():
                shutil.rmtree(thing)
            else:
                thing.unlink()
        except OSError as error:
            raise StorageError(f"{thing} cannot be deleted ({error.strerror}); delete it by hand.") from error
    return gone
