"""Configuration errors in words: where, what was found, and what would be valid."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

_REASONS = {"path_type": "write a path, such as indexes/default"}  # pydantic names a class of Python


def explain(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """All problems of a configuration, a line each: YAML path, value, choices."""
    return [_line(details, model) for details in error.errors()]


def listed(problems: list[str], name: str) -> str:
    """The problems below the name of the file that has them."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return f"{name} has {count}:\n" + "\n".join(f"  {problem}" for problem in problems)


def _line(details: ErrorDetails, model: type[BaseModel]) -> str:
    path, owner = _walk(details["loc"], model)
    if details["type"] == "union_tag_invalid":
        path = [*path, "type"]
    return f"{'.'.join(path)}: {_said(details, path, owner, model)}"


def _said(details: ErrorDetails, path: list[str], owner: type[BaseModel], model: type[BaseModel]) -> str:
    """What is wrong at a path, and what would be right; a secret is not repeated."""
    context = details.get("ctx", {})
    reason = _REASONS.get(details["type"], details["msg"].removeprefix("Value error, "))
    said = f"{details['input']!r:.80} is not valid: {reason}"
    match details["type"]:
        case "extra_forbidden":
            valid = list(owner.model_fields)
            near = get_close_matches(path[-1], valid, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            said = f"unknown key{hint}; valid: {', '.join(valid)}"
        case "secret":
            said = details["msg"]
        case "union_tag_invalid":
            known = str(context["expected_tags"]).replace("'", "")
            said = f"{context['tag']!r} is not known; valid: {known}"
        case "union_tag_not_found":
            said = f"needs a 'type'; valid: {', '.join(_tags(path, model))}"
        case "model_attributes_type" if tags := _tags(path, model):
            example = f"'{path[-1]}: {{type: {tags[0]}}}'"
            said = f"{details['input']!r:.80} is not like {example}; valid: {', '.join(tags)}"
        case "literal_error":
            valid_values = str(context["expected"]).replace("'", "")
            said = f"{details['input']!r} is not valid; valid: {valid_values}"
    return said


def _walk(location: tuple[int | str, ...], model: type[BaseModel]) -> tuple[list[str], type[BaseModel]]:
    """The YAML path without the tags of unions, and the model that owns its last key."""
    path: list[str] = []
    owner = model
    for part in location:
        choice = _member(path, owner, str(part))
        if choice is not None:
            owner = choice
            continue
        path.append(str(part))
        field = owner.model_fields.get(str(part))
        inner = field.annotation if field else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            owner = inner
    return path, owner


def _member(path: list[str], owner: type[BaseModel], tag: str) -> type[BaseModel] | None:
    """The model that a union's tag stands for, when the path ends at such a union or at one of several."""
    numbered = len(path) > 1 and path[-1].isdigit()
    field = owner.model_fields.get(path[-2 if numbered else -1]) if path else None
    if field is None or (field.discriminator is None and not numbered):
        return None
    return next((m for m in _members(field.annotation) if _tag(m) == tag), None)


def _members(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [member for argument in get_args(annotation) for member in _members(argument)]


def _tag(member: type[BaseModel]) -> str:
    return str(member.model_fields["type"].default)


def _tags(path: list[str], model: type[BaseModel]) -> list[str]:
    return [_tag(member) for member in _members(model.model_fields[path[0]].annotation)]
