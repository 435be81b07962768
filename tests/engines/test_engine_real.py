"""A real model and a real server of the protocol: llama.cpp in this process, through `xllamacpp`, with SmolLM2."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from escs.runtime.bank.bank import Bank
from escs.runtime.conversation import Conversation
from escs.runtime.engines.choose import where
from escs.runtime.engines.claude import ClaudeEngine
from escs.runtime.engines.llama import LlamaEngine
from escs.runtime.engines.models import known_models
from escs.runtime.engines.patience import LONG
from escs.runtime.errors import EngineUnavailable
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.read_state import READ_STATE, StateInputs
from escs.runtime.reply import REPLY, ReplyInputs
from escs.runtime.safety.course import Course
from escs.runtime.state import Message, SeekerState
from escs.runtime.task import Engine
from escs.runtime.turn import Done, Supporter

pytestmark = [pytest.mark.model, pytest.mark.slow]

TURNS = (
    "Hi. I had a rough day.",
    "My manager moved my desk without asking me.",
    "I felt like I do not count there.",
    "yes",
    "Thank you for listening.",
)


@pytest.fixture(scope="module")
def path() -> Path:
    """The pulled model, or a skip with the reason."""
    pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")
    named = os.environ.get("ESCS_TEST_MODEL")
    found = Path(named) if named else Path.home() / ".local/share/escs/models" / known_models()["smollm2"].file
    if not found.is_file():
        pytest.skip("the model is not here: `escs model pull smollm2`, or set ESCS_TEST_MODEL to a GGUF file")
    return found


@pytest.fixture(scope="module")
def server(path: Path) -> Iterator[str]:
    """llama.cpp's own HTTP server, in this process."""
    import xllamacpp

    params: Any = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = 8192
    params.n_parallel = 1
    params.verbosity = -1
    running = xllamacpp.Server(params)
    yield running.listening_address
    del running


async def hold(engine: Engine) -> list[Any]:
    """A conversation of five turns with the bank that ships."""
    supporter = Supporter(Bank(SHIPPED_BANK), engine)
    conversation = Conversation(Course.start(country="GB"))
    for text in TURNS:
        async for event in supporter.respond(conversation, text):
            assert not isinstance(event, Done) or event.turn.reply
    return conversation.turns


async def test_five_turns_over_the_messages_api(server: str) -> None:
    """The SDK talks to llama.cpp's `/v1/messages`: every turn is answered, tokens are counted, the prefix is cached."""
    engine = ClaudeEngine("smollm2", base_url=server, api_key="none", patience=LONG)
    turns = await hold(engine)
    assert where(engine).startswith("stay on this computer")
    assert len(turns) == len(TURNS)
    assert all(turn.reply for turn in turns)
    assert sum(turn.usage.output for turn in turns) > 0
    assert any(turn.usage.cached > 0 for turn in turns)
    await engine.close()


async def test_five_turns_in_process_with_answers_bound_by_a_schema(path: Path) -> None:
    """The local engine answers every turn, and every `read-state` answer validates: none is left to the rules."""
    engine = LlamaEngine(path)
    turns = await hold(engine)
    assert where(engine) == "stay on this computer"
    assert all(turn.reply for turn in turns)
    assert not any("read by rules" in note for turn in turns for note in turn.notes)
    assert all(0 <= turn.state.intensity <= 100 for turn in turns)


async def test_a_stopped_reply_does_not_hold_up_the_next(path: Path) -> None:
    """Closing a stream ends it, and the model is free again."""
    engine = LlamaEngine(path)
    inputs = ReplyInputs((Message("user", TURNS[0]),), (), SeekerState())
    stream = engine.stream(REPLY, inputs)
    assert (await anext(stream)).text
    await stream.aclose()  # type: ignore[attr-defined]
    assert (await engine.ask(READ_STATE, StateInputs(inputs.history))).value


async def test_a_conversation_that_does_not_fit_loses_its_oldest_turns(path: Path) -> None:
    """What was left out is said in the result; a single turn that does not fit is one clear sentence."""
    engine = LlamaEngine(path)
    long = Message("user", "and then " * 9000)
    history = (long, Message("assistant", "Go on."), Message("user", TURNS[1]))
    answered = await engine.ask(READ_STATE, StateInputs(history))
    assert "oldest" in answered.notes[0]
    with pytest.raises(EngineUnavailable, match="too long"):
        await engine.ask(READ_STATE, StateInputs((long,)))
