"""Claude over the Messages API: every fault ends in an answer, a part that is said to be cut, or one clear sentence."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest
from escs.runtime.engines.claude import ClaudeEngine
from escs.runtime.engines.patience import Patience
from escs.runtime.errors import AnswerInvalid, EngineError, EngineRefused, EngineUnavailable
from escs.runtime.read_state import READ_STATE, StateInputs
from escs.runtime.reply import REPLY, ReplyInputs
from escs.runtime.state import Message, SeekerState
from escs.runtime.task import Answered
from fault_server import (
    Exchange,
    Step,
    cut_off,
    drips,
    error_in_stream,
    fails,
    nonsense,
    rejects,
    says,
    sends_on,
    serving,
    silent,
    torn_json,
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
        torn_json(""),
        nonsense("5", "[]", "null", '{"type": 3, "delta": 4}', '{"type": "message_start", "message": "no"}'),
        lambda exchange: exchange.raw(200, b'{"type": "message", "content": []}', "application/json"),
        lambda exchange: exchange.raw(200, bytes(range(256)), "text/event-stream"),
        lambda exchange: exchange.raw(503, b"<html>gateway</html>", "text/html"),
        lambda exchange: exchange.handler.connection.close(),
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
    _, _, error, _ = await reply(silent(), patience=Patience(deadline=0.3))
    assert "did not answer within" in str(error)


@pytest.mark.parametrize("fault", [cut_off("I hear y"), error_in_stream("I hear y"), torn_json("I hear y")])
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
    text, _, error, asked = await reply(says("I will not", stop="refusal"))
    assert (text, asked) == ("I will not", 1)
    assert isinstance(error, EngineRefused)
    assert error.spent is not None
    assert error.spent.output == 7
    _, error, _ = await ask(says("{", stop="refusal"))
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


async def test_a_whole_answer_that_broke_off_is_asked_again() -> None:
    """Nobody has seen a typed answer before it is complete, so a cut in its middle is met by another attempt."""
    value, error, asked = await ask(cut_off(ANSWER[:30]), says(ANSWER))
    assert error is None
    assert value.label == "hurt"  # type: ignore[attr-defined]
    assert len(asked) == 2


async def test_an_empty_answer_is_an_error() -> None:
    """A reply without words is never a reply; where all of it went into thinking, there is a second with more room."""
    _, _, error, asked = await reply(says("  "))
    assert isinstance(error, AnswerInvalid)
    assert asked == 1
    with serving(says("", stop="max_tokens"), says("Here.")) as server:
        engine = ClaudeEngine("claude-test", base_url=server.url, api_key="x")
        pieces = [piece async for piece in engine.stream(REPLY, ReplyInputs(HISTORY, (), SeekerState()))]
        await engine.close()
    assert "".join(piece.text for piece in pieces) == "Here."
    assert server.asked[1]["max_tokens"] == 2 * server.asked[0]["max_tokens"]


async def test_bytes_may_come_one_at_a_time() -> None:
    """Packets end anywhere, also within a character."""
    text, _, error, _ = await reply(drips("Schön, dass du da bist. 🌱"))
    assert (text, error) == ("Schön, dass du da bist. 🌱", None)


async def test_halves_of_characters_do_no_harm() -> None:
    """A lone surrogate, from the person or from the server, breaks neither the request nor what is shown."""
    with serving(says("So \ud83d sorry.")) as server:
        engine = ClaudeEngine("claude-test", base_url=server.url, api_key="x")
        history = (Message("user", "bad \udc80 bytes \x00 \x1b[31m"),)
        pieces = [piece async for piece in engine.stream(REPLY, ReplyInputs(history, (), SeekerState()))]
        await engine.close()
    "".join(piece.text for piece in pieces).encode()
    assert "\x1b" not in json.dumps(server.asked[0]["messages"], ensure_ascii=False)


async def test_closing_a_stream_ends_the_request() -> None:
    """Whoever stops reading hangs up, so that nothing more is written or paid."""
    with serving(silent("I hear you.")) as server:
        engine = ClaudeEngine("claude-test", base_url=server.url, api_key="x")
        stream = engine.stream(REPLY, ReplyInputs(HISTORY, (), SeekerState()))
        assert (await anext(stream)).text == "I hear you."
        await stream.aclose()  # type: ignore[attr-defined]
        assert await asyncio.to_thread(server.left.wait, 10)
        await engine.close()


async def test_a_server_that_was_late_is_waited_for_less() -> None:
    """After one passed deadline the next call has a quarter of it, until an answer comes again."""
    with serving(silent(), silent(), says("Back."), says("Back.")) as server:
        engine = ClaudeEngine("claude-test", base_url=server.url, api_key="x", patience=Patience(deadline=0.4))
        said = []
        for _ in range(3):
            try:
                said.append((await engine.ask(REPLY, ReplyInputs(HISTORY, (), SeekerState()))).value)
            except EngineUnavailable as error:
                said.append(str(error))
        await engine.close()
    assert "within 0.4 seconds" in said[0]
    assert "within 0.1 seconds" in said[1]
    assert said[2] == "Back."


async def test_words_go_nowhere_but_where_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a redirect nor a proxy of the environment carries them to another address."""
    with serving(says("Elsewhere.")) as other, serving(sends_on(other.url + "/v1/messages")) as server:
        engine = ClaudeEngine("claude-test", base_url=server.url, api_key="x")
        with pytest.raises(EngineUnavailable, match="another address"):
            await engine.ask(REPLY, ReplyInputs(HISTORY, (), SeekerState()))
        await engine.close()
        assert other.asked == []
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, other.url)
        with serving(says("Here.")) as direct:
            engine = ClaudeEngine("claude-test", base_url=direct.url, api_key="x")
            assert (await engine.ask(REPLY, ReplyInputs(HISTORY, (), SeekerState()))).value == "Here."
            await engine.close()
        assert other.asked == []


async def test_calls_side_by_side_learn_together() -> None:
    """Several calls that meet the same refusal of schemas are all asked again, in words."""
    limited = rejects("output_config")

    def step(exchange: Exchange) -> None:
        (limited if "output_config" in exchange.body else says(ANSWER))(exchange)

    with serving(step) as server:
        engine = ClaudeEngine("claude-test", base_url=server.url, api_key="x")
        answers = await asyncio.gather(*(engine.ask(READ_STATE, StateInputs(HISTORY)) for _ in range(6)))
        again = ClaudeEngine("claude-test", base_url=server.url, api_key="x")
        before = len(server.asked)
        await again.ask(READ_STATE, StateInputs(HISTORY))
        await engine.close()
        await again.close()
    assert len(answers) == 6
    assert len(server.asked) == before + 1  # another engine knows it already


async def test_a_bound_that_was_missed_does_not_end_schemas() -> None:
    """A number out of bounds says nothing against the server's schemas, which hold none."""
    _, error, asked = await ask(says(json.dumps(GOOD | {"intensity": 900})), says(ANSWER))
    assert error is None
    assert all("format" in body["output_config"] for body in asked)


async def test_only_claude_is_told_how_hard_to_think() -> None:
    """Claude gets an effort and room to think, until it says that it knows none; other models get neither."""
    with serving(rejects("effort"), says(ANSWER)) as server:
        engine = ClaudeEngine("claude-test", base_url=server.url, api_key="x")
        await engine.ask(READ_STATE, StateInputs(HISTORY))
        await engine.close()
    assert server.asked[0]["output_config"]["effort"] == "low"
    assert set(server.asked[1]["output_config"]) == {"format"}
    with serving(says(ANSWER)) as server:
        engine = ClaudeEngine("smollm2", base_url=server.url, api_key="x")
        await engine.ask(READ_STATE, StateInputs(HISTORY))
        await engine.close()
    assert set(server.asked[0]["output_config"]) == {"format"}
    assert server.asked[0]["max_tokens"] == READ_STATE.max_tokens


def test_a_missing_key_is_said_before_anything_is_loaded() -> None:
    """One sentence, without the seconds that importing the SDK takes."""
    program = (
        "import asyncio, sys\n"
        "from escs.runtime.engines.claude import ClaudeEngine\n"
        "from escs.runtime.errors import EngineUnavailable\n"
        "try: ClaudeEngine().warm()\n"
        "except EngineUnavailable as error: print(error)\n"
        "print('anthropic' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "ANTHROPIC_API_KEY" in done.stdout
    assert done.stdout.endswith("False\n")


def test_one_engine_serves_several_event_loops() -> None:
    """Connections do not outlive the loop that they were made in, and the engine does."""
    with serving(says("Here.")) as server:
        engine = ClaudeEngine("claude-test", base_url=server.url, api_key="x")
        for _ in range(2):
            answered = asyncio.run(engine.ask(REPLY, ReplyInputs(HISTORY, (), SeekerState())))
            assert answered.value == "Here."
