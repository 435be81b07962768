"""Every error that a person may see: one sentence that says what, where and how to mend it, with an exit code.

EscsError                 exit 1: a finding or a refusal
├── UsageError            exit 2: the command line, a setting or an input file is wrong
├── BankError             exit 1: a bank or one of its skills cannot be used
├── EngineError           exit 1: an engine could not answer
│   ├── EngineUnavailable      it cannot be reached or loaded; another try may succeed
│   ├── EngineRefused          the model declined to answer
│   └── AnswerInvalid          the answer does not fit the task's type
└── StorageError          exit 1: a file or database could not be read or written
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from escs.runtime.task import Usage


class EscsError(Exception):
    """Base of all errors that are shown as one sentence, without a traceback unless `--debug`."""

    exit_code = 1


class UsageError(EscsError):
    """The command line, a setting or an input file is wrong."""

    exit_code = 2


class BankError(EscsError):
    """A bank, or a skill in it, cannot be used."""


class EngineError(EscsError):
    """An engine could not answer a task. `spent` holds the tokens that the attempt took all the same, where known."""

    spent: Usage | None = None


class EngineUnavailable(EngineError):
    """The engine cannot be reached or loaded now; another try, or another engine, may succeed."""


class EngineRefused(EngineError):
    """The model declined to answer (`stop_reason` `refusal`)."""


class AnswerInvalid(EngineError):
    """The model's answer does not fit the type that its task asks for."""


class StorageError(EscsError):
    """A file or database of ours could not be read or written."""
