"""Typed answers from a model: the JSON schema of a task's answer, and the check of what came back.

An answer is a frozen dataclass. A field's metadata may hold `description`, `ge` and `le` (bounds of a number),
`choices` (its closed set of words, or a function that gives it), `empty` (True where no word may be said),
`max_length` (characters of a text) and `max_items` (items of a list). An item of a list may be such a dataclass itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, get_origin, get_type_hints

from escs.runtime.errors import AnswerInvalid

Answer = TypeVar("Answer")
LIST_LIMIT = 8  # items of a list in an answer; a grammar without a bound lets a small model write for ever
TEXT_LIMIT = 1200  # characters of a text field
STARTS = 20  # places in a text where a JSON object is looked for

_BOUNDS = ("less_than_equal", "greater_than_equal", "too_long", "string_too_long")


class OutOfBoundsError(AnswerInvalid):
    """The answer has the right form, and a number or a length is out of bounds: the server did hold to the schema."""


def _words(field: Field[Any]) -> tuple[str, ...]:
    choices = field.metadata.get("choices")
    words = tuple(choices() if callable(choices) else choices or ())
    return ("", *words) if field.metadata.get("empty") else words


@cache
def _hints(answer: type) -> Mapping[str, Any]:
    """The types of an answer's fields; reading them takes longer than checking an answer."""
    return get_type_hints(answer)


@cache
def _model(answer: type) -> Any:
    """A pydantic model with the answer's fields, closed sets and bounds."""
    from pydantic import ConfigDict, Field as Bound, create_model  # noqa: I001 - imported late: it costs 0.3 s

    hints = _hints(answer)
    made: dict[str, Any] = {}
    for field in fields(answer):
        hint = hints[field.name]
        bounds = {key: value for key, value in field.metadata.items() if key in ("ge", "le", "description")}
        if hint is str and not _words(field):
            bounds["max_length"] = field.metadata.get("max_length", TEXT_LIMIT)
        if get_origin(hint) is tuple:
            bounds["max_length"] = field.metadata.get("max_items", LIST_LIMIT)
        if field.default is not MISSING:
            bounds["default"] = field.default
        made[field.name] = (_kind(hint, field), Bound(**bounds))
    return create_model(answer.__name__, __config__=ConfigDict(extra="ignore", allow_inf_nan=False), **made)


def _kind(hint: Any, field: Field[Any]) -> Any:
    from pydantic import StringConstraints

    words = _words(field)
    if get_origin(hint) is not tuple:
        return Literal[words] if words else hint
    if words:
        return list[Literal[words]]  # type: ignore[valid-type]
    item = hint.__args__[0]
    if isinstance(item, type) and is_dataclass(item):
        return list[_model(item)]  # type: ignore[misc]  # made at run time
    if item is str:
        from typing import Annotated

        return list[Annotated[str, StringConstraints(max_length=field.metadata.get("max_length", TEXT_LIMIT))]]
    return list[item]  # type: ignore[valid-type]


@cache
def _schema(answer: type) -> str:
    made = _model(answer).model_json_schema()
    inner = made.pop("$defs", {})
    _close(made, inner)
    return json.dumps(made)


def _close(made: dict[str, Any], inner: Mapping[str, Any]) -> None:
    """No titles and defaults, no other keys, every key required, and the items of lists where they are used."""
    made.pop("title", None)
    for entry in made["properties"].values():
        entry.pop("title", None)
        entry.pop("default", None)
        item = entry.get("items", {}).get("$ref")
        if item is not None:
            entry["items"] = json.loads(json.dumps(inner[item.rpartition("/")[2]]))
            _close(entry["items"], inner)
    made["required"] = list(made["properties"])
    made["additionalProperties"] = False


def schema(answer: type) -> Mapping[str, Any]:
    """The JSON schema of an answer: closed (no other keys), every key required, with all bounds. Not to be changed: it
    serves every call."""
    return _parsed(_schema(answer))


def server_schema(answer: type) -> Mapping[str, Any]:
    """The schema without bounds, which structured outputs do not take; we check them ourselves on every answer."""
    return _unbound(_schema(answer))


@cache
def _parsed(text: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(text)
    return made


@cache
def _unbound(text: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(text)
    _unbind(made)
    return made


def _unbind(made: dict[str, Any]) -> None:
    for entry in made["properties"].values():
        for part in (entry, entry.get("items", {})):
            for key in ("minimum", "maximum", "maxLength", "maxItems"):
                part.pop(key, None)
        if "properties" in entry.get("items", {}):
            _unbind(entry["items"])


def instruction(answer: type) -> str:
    """What a model is told, in words, where the server has no structured outputs."""
    return "Answer with one JSON object and nothing else. Its JSON schema:\n" + _schema(answer)


def parse(answer: type[Answer], text: str) -> Answer:
    """The answer that a text holds. Raises `AnswerInvalid` with what does not fit, all complaints in one sentence."""
    from pydantic import ValidationError

    found = first_object(text)
    if found is None:
        raise AnswerInvalid("The model's answer holds no JSON object.")
    try:
        made = _model(answer).model_validate(_tidied(answer, found))  # type: ignore[arg-type]  # a dataclass is hashable
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:4])
        bounds_only = all(e["type"] in _BOUNDS for e in error.errors())
        kind = OutOfBoundsError if bounds_only else AnswerInvalid
        raise kind(f"The model's answer does not fit ({problems}).") from error
    return restore(answer, made.model_dump())


def restore(answer: type[Answer], values: Mapping[str, Any]) -> Answer:
    """The answer from its values as JSON holds them: lists become tuples, and their items what they are."""
    hints = _hints(answer)  # type: ignore[arg-type]  # a dataclass is hashable
    return answer(**{name: _restored(hints.get(name), value) for name, value in values.items()})


def _restored(hint: Any, value: Any) -> Any:
    if not isinstance(value, list):
        return value
    item = _item(hint)
    return tuple(restore(item, each) if item is not None else each for each in value)


def _item(hint: Any) -> Any:
    """The dataclass that a list's items are, or None."""
    first = next(iter(getattr(hint, "__args__", ())), None)
    return first if get_origin(hint) is tuple and is_dataclass(first) else None


def _tidied(answer: type, found: dict[str, Any]) -> dict[str, Any]:
    """Nothing said for null, and a word of a closed set whatever its capitals and hyphens; all else as it is."""
    tidied = dict(found)
    hints = _hints(answer)
    for field in fields(answer):
        value, words, item = tidied.get(field.name), _words(field), _item(hints[field.name])
        if value is None and field.name in tidied and words:
            tidied[field.name] = "" if "" in words else value
        elif isinstance(value, str) and words:
            tidied[field.name] = _word(value, words)
        elif isinstance(value, list) and words:
            tidied[field.name] = [_word(item, words) if isinstance(item, str) else item for item in value]
        elif isinstance(value, list) and item is not None:
            tidied[field.name] = [_tidied(item, each) if isinstance(each, dict) else each for each in value]
    return tidied


def _word(value: str, words: tuple[str, ...]) -> str:
    plain = "-".join(value.casefold().replace("_", " ").replace("-", " ").split())
    return plain if plain in words else value


def first_object(text: str) -> dict[str, Any] | None:
    """The first JSON object in a text, whatever stands around it."""
    decoder = json.JSONDecoder()
    start, tries = text.find("{"), 0
    while start >= 0 and tries < STARTS:
        try:
            value, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            return value
        start, tries = text.find("{", start + 1), tries + 1
    return None
