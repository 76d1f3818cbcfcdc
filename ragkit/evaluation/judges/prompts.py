"""In which language a judge is asked: that of the question, as far as ragas leaves it to us."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

from ragkit.evaluation.judges.records import Metric

_ENGLISH = "English, as ragas words them"
_CHINESE = "instructions and examples in Chinese; the frame of ragas around them is English"


def translate(metric: Any, name: Metric, *, language: str) -> None:
    """Gives a metric of ragas its instructions and examples in Chinese, for a Chinese question."""
    if not _is_chinese(language):
        return
    for attribute, words in _chinese()[name].items():
        prompt = getattr(metric, attribute)
        prompt.language = "chinese"
        prompt.instruction = words["instruction"].strip()
        prompt.examples = [
            (prompt.input_model.model_validate(shown), prompt.output_model.model_validate(wanted))
            for shown, wanted in ((one["input"], one["output"]) for one in words["examples"])
        ]


def prompts_in(languages: Iterable[str]) -> dict[str, str]:
    """In which language the prompts for questions of each language are."""
    return {one: _CHINESE if _is_chinese(one) else _ENGLISH for one in sorted(set(languages))}


def _is_chinese(language: str) -> bool:
    return language.lower().split("-")[0] == "zh"


@cache
def _chinese() -> dict[str, Any]:
    text = resources.files("ragkit.evaluation.judges").joinpath("chinese.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
