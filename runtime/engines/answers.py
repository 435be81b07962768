"""Typed answers from a model: the JSON schema of a task's answer, and the check of what came back."""

from __future__ import annotations

import json
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import Any, Literal, TypeVar, get_type_hints

from escs.runtime.errors import AnswerInvalid

Answer = TypeVar("Answer")
LIST_LIMIT = 8  # items of a list in an answer; a grammar without a bound lets a small model write for ever
TEXT_LIMIT = 1200  # characters of a text field


@cache
def _model(answer: type) -> Any:
    """A pydantic model with the answer's fields, closed sets and bounds."""
    from pydantic import ConfigDict, Field as Bound, create_model  # noqa: I001 - imported late: it costs 0.3 s

    hints = get_type_hints(answer)
    made: dict[str, Any] = {}
    for field in fields(answer):
        kind = _kind(hints[field.name], field)
        bounds = {key: value for key, value in field.metadata.items() if key in ("ge", "le", "description")}
        if hints[field.name] is str and "choices" not in field.metadata:
            bounds["max_length"] = field.metadata.get("max_length", TEXT_LIMIT)
        if _is_tuple(hints[field.name]):
            bounds["max_length"] = field.metadata.get("max_items", LIST_LIMIT)
        made[field.name] = (
            kind,
            Bound(**bounds) if field.default is MISSING else Bound(default=field.default, **bounds),
        )
    return create_model(answer.__name__, __config__=ConfigDict(extra="ignore", strict=False), **made)


def _is_tuple(hint: Any) -> bool:
    return getattr(hint, "__origin__", None) is tuple


def _kind(hint: Any, field: Field[Any]) -> Any:
    choices = field.metadata.get("choices")
    words = tuple(choices() if callable(choices) else choices or ())
    if _is_tuple(hint):
        return list[Literal[words]] if words else list[hint.__args__[0]]  # type: ignore[valid-type]
    if words:
        return Literal[("", *words)]
    return hint


def schema(answer: type) -> dict[str, Any]:
    """The JSON schema of an answer, closed (no other keys), every key required."""
    made = _model(answer).model_json_schema()
    made.pop("title", None)
    for entry in made["properties"].values():
        entry.pop("title", None)
        entry.pop("default", None)
    made["required"] = list(made["properties"])
    made["additionalProperties"] = False
    return dict(made)


def server_schema(answer: type) -> dict[str, Any]:
    """The schema without bounds, which structured outputs do not take; we check them ourselves on every answer."""
    made = schema(answer)
    for entry in made["properties"].values():
        for key in ("minimum", "maximum", "maxLength", "maxItems"):
            entry.pop(key, None)
    return made


def instruction(answer: type) -> str:
    """What a model without structured outputs is told, in words."""
    return "Answer with one JSON object and nothing else. Its JSON schema:\n" + json.dumps(schema(answer))


def parse(answer: type[Answer], text: str) -> Answer:
    """The answer that a text holds. Raises `AnswerInvalid` with what does not fit."""
    from pydantic import ValidationError

    found = first_object(text)
    if found is None:
        raise AnswerInvalid("The model's answer holds no JSON object.")
    try:
        made = _model(answer).model_validate(found)  # type: ignore[arg-type]  # any dataclass is hashable
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:4])
        raise AnswerInvalid(f"The model's answer does not fit ({problems}).") from error
    hints = get_type_hints(answer)
    values = made.model_dump()
    return answer(**{name: tuple(value) if _is_tuple(hints[name]) else value for name, value in values.items()})


def first_object(text: str) -> dict[str, Any] | None:
    """The first JSON object in a text, whatever stands around it."""
    decoder = json.JSONDecoder()
    start, tries = text.find("{"), 0
    while start >= 0 and tries < 20:
        try:
            value, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            return value
        start, tries = text.find("{", start + 1), tries + 1
    return None
