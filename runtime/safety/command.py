"""`escs screen`: what the crisis screen sees in a text, for people who check the rules or build on them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import click


@click.command(
    "screen", epilog='Examples: escs screen "I can\'t do this any more"   ·   escs screen --json < messages.txt'
)
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a text, for programs.")
@click.option("--why", is_flag=True, help="Add the explanation and the source of each rule that spoke.")
def screen_command(text: str | None, as_json: bool, why: bool) -> None:
    """Show what the crisis screen sees in TEXT, or in each line of standard input on its own.

    The level is none, unknown (a language that the rules do not cover), elevated or crisis. No model is asked, nothing
    is stored and nothing leaves this computer.
    """
    for each in [text] if text is not None else _lines():
        click.echo(_as_json(each, why) if as_json else _as_words(each, why))


def _lines() -> Iterator[str]:
    """The lines of standard input; bytes that are not UTF-8 are read as the replacement character."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", errors="replace").rstrip("\r\n")


def _as_json(text: str, why: bool) -> str:
    from escs.runtime.safety.screen import screen

    seen = screen(text)
    answer: dict[str, object] = {
        "text": text,
        "level": seen.level.word,
        "kinds": list(seen.kinds),
        "matched": list(seen.matched),
    }
    if why:
        answer["why"] = [
            {"kind": sign.kind, "level": sign.level.word, "rule": sign.rule, "matched": sign.matched, "why": sign.why}
            | {"source": _source(sign.rule)}
            for sign in seen.signs
        ]
    return json.dumps(answer)  # ASCII only, so that nothing in the text can act on a terminal


def _as_words(text: str, why: bool) -> str:
    from escs.runtime.safety.screen import screen
    from escs.runtime.terminal import plain

    seen = screen(text)
    told = ", ".join(seen.kinds) or "nothing seen"
    if seen.level.word == "unknown" and not seen.kinds:
        told = "a language that the rules do not cover"
    lines = [f"{seen.level.word:9} {told}   | {' '.join(plain(text).split())[:100]}"]
    if why:
        for sign in seen.signs:
            lines.append(f"  {sign.level.word}: {sign.kind}, by “{plain(sign.matched)}” ({sign.rule})")
            lines.append(f"    {sign.why} Source: {_source(sign.rule)}.")
    return "\n".join(lines)


def _source(rule: str) -> str:
    """Where a rule comes from, as its file says."""
    from escs.runtime.safety.risk import BY_EAR, BY_WEIGHT
    from escs.runtime.safety.rulebook import rulebook

    if rule in (BY_EAR, BY_WEIGHT):
        return {BY_EAR: "ears/README.md", BY_WEIGHT: "rules/weighed.en.toml"}[rule]
    return next((each.source for each in rulebook().rules if each.id == rule), "rules/languages.toml")
