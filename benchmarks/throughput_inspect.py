"""The dialogues of `throughput.py` with Inspect AI, in a Python that has it (`pip install inspect-ai anthropic`).

    python benchmarks/throughput_inspect.py PORT CHAINS [--concurrency 64]

CHAINS is what `throughput_run.py --keep` wrote: each dialogue becomes a sample, whose solver asks the very same requests
one after the other. Inspect so has the prompts ready, and neither lays them out, reads answers, nor scores: only its own
way of asking, waiting, retrying and logging is measured. Prints `ready`, waits for a line, runs, prints figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from inspect_ai import Task, eval, task
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    ContentText,
    GenerateConfig,
    ResponseSchema,
    get_model,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import JSONSchema


def messages_of(request: dict[str, Any]) -> list[ChatMessage]:
    """The messages of a request, as Inspect has them."""
    made: list[ChatMessage] = [ChatMessageSystem(content=request["system"])]
    for said in request["messages"]:
        texts = [ContentText(text=block["text"]) for block in said["content"]]
        made.append((ChatMessageUser if said["role"] == "user" else ChatMessageAssistant)(content=texts))
    return made


def config_of(request: dict[str, Any]) -> GenerateConfig:
    """Its parameters."""
    found = request.get("output_config", {}).get("format", {}).get("schema")
    schema = ResponseSchema(name="answer", json_schema=JSONSchema(**found)) if found else None
    return GenerateConfig(max_tokens=request["max_tokens"], response_schema=schema)


CHAINS: list[list[tuple[list[ChatMessage], GenerateConfig]]] = []
"""What is to be asked. No argument of the task: Inspect writes arguments into its log, and all prompts would stand there once more."""


@solver
def asks() -> Solver:
    """One request of the dialogue after the other."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        for messages, config in CHAINS[int(str(state.sample_id))]:
            state.output = await get_model().generate(messages, config=config)
        return state

    return solve


@task
def dialogues() -> Task:
    """All dialogues as one task."""
    return Task(dataset=[Sample(input="dialogue", id=number) for number in range(len(CHAINS))], solver=asks())


def main() -> None:
    """Run, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("chains", type=Path)
    parser.add_argument("--concurrency", type=int, default=64)
    given = parser.parse_args()
    os.environ |= {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{given.port}", "ANTHROPIC_API_KEY": "none"}
    asked = json.loads(given.chains.read_text(encoding="utf-8"))
    chains = [[(messages_of(one), config_of(one)) for one in chain] for chain in asked.values()]

    def run(some: list[Any], folder: str) -> list[Any]:
        CHAINS[:] = some
        return eval(
            dialogues(), model="anthropic/fake-model", max_connections=given.concurrency,
            max_samples=given.concurrency, display="none", log_dir=folder,
        )  # fmt: skip

    with tempfile.TemporaryDirectory() as folder:
        run([chains[0][:1]], folder)  # what is loaded once is loaded before the clock starts
        print("ready", flush=True)
        sys.stdin.readline()
        began, processor = time.perf_counter(), time.process_time()
        log = run(chains, folder)[0]
        seconds, took = time.perf_counter() - began, time.process_time() - processor
        samples = log.samples or []  # read from the log, which goes with the folder
    lengths = [len(chain) for chain in chains]
    print(
        json.dumps({
            "dialogues": len(samples), "failed": sum(sample.error is not None for sample in samples), "chains": lengths,
            "calls": sum(lengths), "seconds": seconds, "processor": took,
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }),
        flush=True,
    )  # fmt: skip


if __name__ == "__main__":
    main()
