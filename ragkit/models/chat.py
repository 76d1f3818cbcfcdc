"""What the writers of this machine share: the prompt of a chat template, and what two prompts share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ragkit.errors import GenerationError

Turns = list[dict[str, Any]]

_MARKUP = re.compile(r"<.+>|\[.+\]", re.DOTALL)


def is_markup(token: str) -> bool:
    """Whether a token has the form of a mark, <...> or [...], and not of a word or of white space."""
    return _MARKUP.fullmatch(token) is not None


def rendered(render: Callable[[Turns], str], turns: Turns, *, name: str) -> str:
    """What `render` makes of turns with a "role" and a "content"; all of the first turn stands in it.

    A template that refuses system turns, or leaves them out without a word, gets that text before the first
    question. Raises `GenerationError` where it refuses that as well.
    """
    merged = _without_system(turns)
    try:
        prompt = render(turns)
        if merged is None or str(turns[0]["content"]).strip() in prompt:
            return prompt
    except Exception as error:  # whatever the model's own template raises
        if merged is None:
            raise _refused(name, error) from error
    try:
        return render(merged)
    except Exception as error:  # the same
        raise _refused(name, error) from error


def _without_system(turns: Turns) -> Turns | None:
    """The turns with what the system says before the first question; None if they begin otherwise."""
    if [turn["role"] for turn in turns[:2]] != ["system", "user"]:
        return None
    system, first, *others = turns
    return [{**first, "content": f"{system['content']}\n\n{first['content']}"}, *others]


def _refused(name: str, error: Exception) -> GenerationError:
    return GenerationError(f"The chat template of {name} refused the talk: {error}")


def same_beginning(left: Sequence[int], right: Sequence[int]) -> int:
    """How many tokens are the same from the first on."""
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return place
    return min(len(left), len(right))
