"""Claude over the Messages API: every fault ends in an answer, a part that is said to be cut, or one clear sentence."""

from __future__ import annotations

import json

import pytest
from escs.runtime.engines.claude import ClaudeEngine
from escs.runtime.engines.patience import Patience
from escs.runtime.errors import AnswerInvalid, EngineError, EngineRefused, EngineUnavailable
from escs.runtime.read_state import READ_STATE, StateInputs
from escs.runtime.reply import REPLY, ReplyInputs
from escs.runtime.state import Message, SeekerState
from escs.runtime.task import Answered
from fault_server import (
    Step,
    cut_off,
    error_in_stream,
    fails,
    rejects,
    says,
    serving,
    silent,
    unknown_blocks,
)

HISTORY = (Message("user", "My sister and I fell out."),)
GOOD = {
    "label": "hurt", "intensity": 55, "scenario": "family-conflict", "stage": "exploration", "asked_for": [],
    "declined": [], "minor": False, "unsafe_home": False, "risk": "none", "risk_kinds": [],
}  # fmt: skip
ANSWER = json.dumps(GOOD)


async def reply(*script: Step, **options: object) -> tuple[str, Answered[str] | None, Exception | None, int]:
    """What a streamed reply under this script comes to: text, how it ended, the error, and how often was asked."""
    with serving(*script) as server:
        engine = ClaudeEngine("claude-test", base_url=server.url, api_key="x", **options)  # type: ignore[arg-type]
        text, done, error = "", None, None
        try:
            async for piece in engine.stream(REPLY, ReplyInputs(HISTORY, (), SeekerState())):
                text += piece.text
                done = piece.done or done
        except EngineError as caught:
            error = caught
        await engine.close()
        return text, done, error, len(server.asked)


async def ask(*script: Step, **options: object) -> tuple[object, Exception | None, list[dict]]:  # type: ignore[type-arg]
    """What a typed question under this script comes to."""
    with serving(*script) as server:
        engine = ClaudeEngine("claude-test", base_url=server.url, api_key="x", **options)  # type: ignore[arg-type]
        try:
            return (await engine.ask(READ_STATE, StateInputs(HISTORY))).value, None, server.asked
        except EngineError as error:
            return None, error, server.asked
        finally:
            await engine.close()


async def test_a_reply_streams_and_is_counted() -> None:
    """The text comes in pieces; tokens are counted with cache reads and writes among the input."""
    usage = {"input_tokens": 5, "cache_read_input_tokens": 80, "cache_creation_input_tokens": 15}
    text, done, error, _ = await reply(says("I hear you. That stings.", usage=usage))
    assert (text, error) == ("I hear you. That stings.", None)
    assert done is not None
    assert (done.usage.input, done.usage.cached, done.usage.written, done.usage.output) == (100, 80, 15, 7)


@pytest.mark.parametrize(
    "fault",
    [
        fails(429, "rate_limit_error", retry_after="0"),
        fails(529, "overloaded_error"),
        fails(500, "api_error"),
        fails(408),
        error_in_stream(""),
        cut_off(""),
        lambda exchange: exchange.raw(200, b"<html>hello</html>", "text/html"),
    ],
)
async def test_a_passing_fault_is_tried_again(fault: Step) -> None:
    """A fault that may pass is followed by another attempt, and the person is told why it takes longer."""
    told: list[str] = []
    text, _, error, asked = await reply(fault, says("Here."), on_wait=told.append)
    assert (text, error, asked) == ("Here.", None, 2)
    assert told


@pytest.mark.parametrize("fault", [fails(529), fails(500), fails(429, retry_after="0"), cut_off("")])
async def test_a_lasting_fault_is_one_sentence(fault: Step) -> None:
    """Attempts are bounded; then there is one sentence, of our error type."""
    text, _, error, asked = await reply(fault, patience=Patience(attempts=2))
    assert text == ""
    assert asked == 2
    assert isinstance(error, EngineUnavailable)
    assert "\n" not in str(error)


@pytest.mark.parametrize(("code", "says_so"), [(401, "key"), (403, "model"), (404, "no such model"), (413, "too long")])
async def test_a_final_answer_is_not_asked_again(code: int, says_so: str) -> None:
    """What another attempt cannot mend is said at once."""
    _, _, error, asked = await reply(fails(code))
    assert asked == 1
    assert says_so in str(error)


async def test_a_server_that_asks_for_hours_is_not_waited_for() -> None:
    """`retry-after` is honoured up to a limit, and never past the deadline."""
    _, _, error, asked = await reply(fails(429, retry_after="7200"))
    assert asked == 1
    assert "longer than we do" in str(error)


async def test_silence_ends_at_the_deadline() -> None:
    """A server that says nothing is left after the deadline, in one sentence."""
    _, _, error, _ = await reply(silent(3), patience=Patience(deadline=0.3))
    assert "did not answer within" in str(error)


@pytest.mark.parametrize("fault", [cut_off("I hear y"), error_in_stream("I hear y")])
async def test_a_reply_cut_off_keeps_what_came(fault: Step) -> None:
    """Once words were shown there is no second attempt: what came stays, and the cut is said."""
    text, _, error, asked = await reply(fault)
    assert (text, asked) == ("I hear y", 1)
    assert "broke off in mid-reply" in str(error)


async def test_limits_and_refusals_are_results() -> None:
    """`max_tokens` gives the text with its stop; a refusal without words is an error of its own kind."""
    text, done, _, _ = await reply(says("So far", stop="max_tokens"))
    assert text == "So far"
    assert done is not None
    assert done.stopped == "length"
    _, _, error, _ = await reply(says("", stop="refusal"))
    assert isinstance(error, EngineRefused)


async def test_unknown_blocks_are_passed_over() -> None:
    """Blocks and events of a later protocol do no harm."""
    text, _, error, _ = await reply(unknown_blocks("Still here."))
    assert (text, error) == ("Still here.", None)


async def test_a_typed_answer_is_asked_with_a_schema() -> None:
    """Where the server has structured outputs, the schema goes along and the answer is checked."""
    value, error, asked = await ask(says(ANSWER))
    assert error is None
    assert value.label == "hurt"  # type: ignore[attr-defined]
    assert asked[0]["output_config"]["format"]["type"] == "json_schema"


@pytest.mark.parametrize("words", ["output_config", "schema"])
async def test_a_server_without_schemas_is_asked_in_words(words: str) -> None:
    """A 400 that names the schema is answered by asking without one, the JSON schema in words."""
    value, error, asked = await ask(rejects(words), says("Here you are:\n```json\n" + ANSWER + "\n```"))
    assert error is None
    assert value.intensity == 55  # type: ignore[attr-defined]
    assert "output_config" not in asked[1]
    assert "JSON schema" in json.dumps(asked[1]["messages"])


@pytest.mark.parametrize(
    "bad",
    [
        "I think they feel hurt.",
        ANSWER[:-20],
        json.dumps(GOOD | {"intensity": 900}),
        json.dumps(GOOD | {"label": "blue"}),
    ],
)
async def test_an_answer_that_does_not_fit_is_asked_for_again(bad: str) -> None:
    """Prose, cut-off JSON, numbers out of bounds and unknown labels are each sent back once with the complaint."""
    value, error, asked = await ask(says(bad), says(ANSWER))
    assert error is None
    assert value.label == "hurt"  # type: ignore[attr-defined]
    assert "could not be used" in json.dumps(asked[1]["messages"])
    value, error, _ = await ask(says(bad))
    assert isinstance(error, AnswerInvalid)


async def test_a_server_that_rejects_cache_marks_is_asked_without() -> None:
    """Cache marks are left out from then on."""
    with serving(rejects("cache_control"), says("Fine.")) as server:
        engine = ClaudeEngine("claude-test", base_url=server.url, api_key="x")
        for _ in range(2):
            async for _ in engine.stream(REPLY, ReplyInputs(HISTORY, (), SeekerState())):
                pass
        await engine.close()
        marks = ["cache_control" in json.dumps(body) for body in server.asked]
    assert marks == [True, False, False]


async def test_nothing_is_asked_that_the_api_does_not_know() -> None:
    """No sampling parameters, which the API has dropped."""
    _, _, asked = await ask(says(ANSWER))
    assert not {"temperature", "top_p", "top_k", "seed"} & set(asked[0])
