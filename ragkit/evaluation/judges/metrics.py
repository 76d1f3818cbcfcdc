"""The metrics of ragas, judged by a language model of ours; nothing that ragas would send or track itself."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import cache
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from math import isfinite
from threading import Thread
from typing import Any, TypeVar

from pydantic import BaseModel

from ragkit.errors import MissingDependency, RagkitError
from ragkit.evaluation.judges.cases import Case
from ragkit.evaluation.judges.prompts import translate
from ragkit.evaluation.judges.records import Metric
from ragkit.evaluation.judges.replies import JudgeFailure, ReplyReader, Shape
from ragkit.stages import Embedder

_T = TypeVar("_T")
_CLASSES = {
    "faithfulness": "Faithfulness",
    "answer_relevancy": "AnswerRelevancy",
    "context_precision": "ContextPrecision",
    "context_recall": "ContextRecall",
}
_PACKAGES = {"ragas": "ragas", "rapidfuzz": "ragas", "scipy": "eval", "sklearn": "eval"}


def require_ragas() -> str:
    """The version of ragas, which imports for some seconds.

    Raises `MissingDependency` unless all is there that judging will need.
    """
    missing = {extra for module, extra in _PACKAGES.items() if find_spec(module) is None}
    reason = ""
    if not missing:
        try:
            _ragas("metrics.collections")
        except ImportError as error:  # as it is with a later langchain-community
            missing, reason = {"ragas"}, f": {error}"
    if missing:
        line = f"pip install 'ragkit[{','.join(sorted(missing))}]'"
        raise MissingDependency(f"Judging by ragas needs more than there is{reason}. Install with: {line}")
    return version("ragas")


class RagasMetrics:
    """Scores answers.

    `strictness` is how many questions are made of an answer for its relevancy; from a model without a
    temperature all are the same.
    """

    def __init__(self, replies: ReplyReader, embedder: Embedder, *, strictness: int = 3) -> None:
        self._replies = replies
        self._embedder = embedder
        self._strictness = strictness

    def unread(self, metric: Metric, question: str) -> str:
        """Which model does not read the script of a question, "" where all do that a metric needs."""
        needed = [self._embedder] if metric == "answer_relevancy" else []
        models: list[ReplyReader | Embedder] = [self._replies, *needed]
        unread = [one.name for one in models if not one.reads(question)]
        return f"{unread[0]} does not read the script of the question" if unread else ""

    async def score(self, metric: Metric, case: Case) -> float:
        """From 0 to 1 (the cosine of relevancy may lie below). Raises `JudgeFailure`."""
        made = self._made(metric, case)
        try:
            value = float((await made.ascore(**_shown(metric, case))).value)
        except (JudgeFailure, RagkitError):
            raise
        except Exception as error:  # whatever ragas makes of a reply
            raise JudgeFailure("ragas", f"{type(error).__name__}: {error}") from error
        if not isfinite(value):
            raise JudgeFailure("empty", f"{self._replies.name} found no statement to judge (ragas gives NaN)")
        return min(value, 1.0)

    def _made(self, metric: Metric, case: Case) -> Any:
        """A metric of ragas with a judge of its own, which follows one answer."""
        options: dict[str, object] = {"llm": _classes()[0](self._replies)}
        if metric == "answer_relevancy":
            options |= {"embeddings": _classes()[1](self._embedder), "strictness": self._strictness}
        made = getattr(_ragas("metrics.collections"), _CLASSES[metric])(**options)
        translate(made, metric, language=case.question.language)
        return made


class _Judge:
    """What ragas calls a language model, over ours."""

    def __init__(self, replies: ReplyReader) -> None:
        self._replies = replies
        self._statements = 0

    def generate(self, prompt: str, response_model: type[Shape]) -> Shape:
        return self._replies.ask(prompt, response_model, check=lambda reply: self._problem(reply, prompt))

    async def agenerate(self, prompt: str, response_model: type[Shape]) -> Shape:
        return await _in_thread(lambda: self.generate(prompt, response_model))

    def _problem(self, reply: BaseModel, prompt: str) -> str:
        """What ragas would take for a result, and is none."""
        if reply.model_dump_json(indent=4) in prompt:
            return "it repeats an example of the prompt"
        values = reply.model_dump()
        if _strange(values):
            return f"{_strange(values)} is neither 0 nor 1"
        if not str(values.get("question", "some")).strip():
            return "question: it is empty"
        return self._incomplete(values.get("statements"))

    def _incomplete(self, statements: object) -> str:
        """Verdicts of some statements only would be a share of those."""
        if not isinstance(statements, list):
            return ""
        if all(isinstance(one, str) for one in statements) and not self._statements:
            self._statements = len(statements)
        elif len(statements) != self._statements:
            return f"it judges {len(statements)} statements of {self._statements}"
        return ""


class _Embeddings:
    """What ragas calls embeddings, over ours: of questions, which are compared with each other."""

    cache = None

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_text(self, text: str) -> list[float]:
        if not self._embedder.reads(text):
            raise JudgeFailure(
                "script", f"{self._embedder.name} does not read the question that was made: {text:.80}"
            )
        return [float(one) for one in self._embedder.embed_query(text)]

    async def aembed_text(self, text: str) -> list[float]:
        return self.embed_text(text)


def _shown(metric: Metric, case: Case) -> dict[str, object]:
    shown: dict[str, object] = {"user_input": case.question.question}
    if metric in ("faithfulness", "answer_relevancy"):
        shown["response"] = case.answer
    if metric in ("context_precision", "context_recall"):
        shown["reference"] = case.reference
    if metric != "answer_relevancy":
        shown["retrieved_contexts"] = list(case.contexts)
    return shown


def _strange(value: object) -> str:
    """A number that is no verdict; every number that ragas asks for is one."""
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return next((found for part in parts if (found := _strange(part))), "")
    return str(value) if isinstance(value, int | float) and value not in (0, 1) else ""


def _ragas(module: str) -> Any:
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"  # it would send what is done with it
    return import_module(f"ragas.{module}")


@cache
def _classes() -> tuple[Callable[[ReplyReader], object], Callable[[Embedder], object]]:
    """Ours as subclasses of theirs, on which ragas insists, and which are not imported before."""
    judge, embeddings = (
        _ragas("llms.base").InstructorBaseRagasLLM,
        _ragas("embeddings.base").BaseRagasEmbedding,
    )
    return type("RagkitJudge", (_Judge, judge), {}), type("RagkitEmbeddings", (_Embeddings, embeddings), {})


async def _in_thread(work: Callable[[], _T]) -> _T:
    """Does something in a thread that the end of the program does not wait for."""
    import asyncio

    done: Future[_T] = Future()

    def do() -> None:
        if not done.set_running_or_notify_cancel():
            return
        try:
            done.set_result(work())
        except BaseException as error:  # raised where it is waited for
            done.set_exception(error)

    Thread(target=do, name="ragkit-judge", daemon=True).start()
    waiting: Awaitable[_T] = asyncio.wrap_future(done)
    return await waiting
