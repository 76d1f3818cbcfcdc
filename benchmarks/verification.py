"""Answers to the golden questions: which sentences stand in what they cite, before and after checks."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from benchmarks.figures import Figure
from ragkit.abstention import NeverConfig
from ragkit.chain import Chain
from ragkit.citations import act_on_unsupported
from ragkit.config import Config, load_config
from ragkit.evaluation import read_golden
from ragkit.generators import ExtractiveConfig, LocalConfig
from ragkit.stages import StageConfig
from ragkit.support import shared_reader
from ragkit.types import Answer, Citation, Draft, Sentence
from ragkit.verifiers import LexicalSemanticConfig

DEMO = Path("corpora/demo")
GOLDEN = Path("corpora/golden/demo.jsonl")
_SAMPLED = 20  # questions for the language model, which takes many seconds for each
_HELD = 0.6  # of the word pairs of a sentence, that the quotes must hold
_WORDS = re.compile(r"[^\W_\u2e80-\uffff]+|[\u4e00-\u9fff]")
_LITTLE = "a an the of in on at to for by with from and or is are was were be been as that this it its"
_SMALL = frozenset(_LITTLE.split())


def measure(*, queries: int | None = None) -> list[Figure]:
    """Displayed sentences, the share that an oracle finds unsupported, and citations that do not resolve.

    The language model is asked `queries` sampled questions.
    """
    sampled = _SAMPLED if queries is None else queries
    with TemporaryDirectory() as folder:
        config = load_config("default").model_copy(
            update={
                "index": Path(folder) / "index",
                "abstention": NeverConfig(),  # every question is answered, so that there is more to check
                "verifier": LexicalSemanticConfig(),
                "unsupported": "mark",
            }
        )
        config.build_ingest().run([DEMO])
        questions = [question for question in read_golden(GOLDEN) if question.answers]
        english, chinese = ([q.question for q in questions if q.language == of] for of in ("en", "zh"))
        sample = sorted(random.Random(0).sample(english, min(sampled, len(english))))
        asked = [
            ("extractive, en", ExtractiveConfig(), english),
            ("extractive, zh", ExtractiveConfig(), chinese),
            ("local SmolLM2, en", LocalConfig(), sample),
        ]
        return [f for name, writer, some in asked if some for f in _of(name, config, writer, some)]


def _of(name: str, config: Config, generator: StageConfig, questions: Sequence[str]) -> Iterator[Figure]:
    chain = config.model_copy(update={"generator": generator}).build()
    answers = [answer for answer in (chain.ask(question) for question in questions) if not answer.abstained]
    drafts = [Draft(text=answer.text, sentences=answer.sentences) for answer in answers]
    kept = [act_on_unsupported(draft, "drop") for draft in drafts]
    for act, shown in (("mark", drafts), ("drop", kept)):
        sentences = [(draft.text, sentence) for draft in shown for sentence in draft.sentences]
        without = sum(not stands(text[s.start : s.end], s.citations) for text, s in sentences)
        yield Figure(
            name=f"{name}: sentences without support, unsupported: {act}",
            value=without / max(1, len(sentences)),
            note=f"{without} of {len(sentences)} sentences in {sum(bool(d.sentences) for d in shown)} answers"
            f" to {len(questions)} questions; {_verdicts(s for _, s in sentences)}",
        )
    yield _resolved(name, chain, answers)
    milliseconds = [_verify_ms(config, answer) for answer in answers]
    yield Figure(name=f"{name}: verifying an answer, ms", value=float(np.median(milliseconds or [0.0])))


def _verdicts(sentences: Iterator[Sentence]) -> str:
    counts: dict[str, int] = {}
    for sentence in sentences:
        counts[sentence.verdict] = counts.get(sentence.verdict, 0) + 1
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))


def _verify_ms(config: Config, answer: Answer) -> float:
    shared_reader.cache_clear()  # what it read when the answer was made would take no time now
    verifier = config.verifier.build()
    started = perf_counter()
    verifier.verify(Draft(text=answer.text, sentences=answer.sentences), answer.hits)
    return 1000.0 * (perf_counter() - started)


def stands(statement: str, citations: Sequence[Citation]) -> bool:
    """Whether quotes hold most neighbouring words of a statement and all of its digits: the oracle.

    It shares no code with the verifier: words are letters in lower case, Chinese single characters.
    """
    said, held = _words(statement), [_words(citation.quote) for citation in citations]
    pairs: list[tuple[str, ...]] = [*pairwise(said)] or [(word,) for word in said]
    found = {pair for words in held for pair in (*pairwise(words), *((word,) for word in words))}
    digits = set(re.findall(r"\d+", statement)) - {
        run for citation in citations for run in re.findall(r"\d+", citation.quote)
    }
    return bool(pairs) and not digits and sum(pair in found for pair in pairs) >= _HELD * len(pairs)


def _words(text: str) -> list[str]:
    return [word for word in _WORDS.findall(text.lower()) if word not in _SMALL]


def _resolved(name: str, chain: Chain, answers: Sequence[Answer]) -> Figure:
    """The share of displayed citations that stand in the document, on their page, in the file itself."""
    citations = [c for answer in answers for sentence in answer.sentences for c in sentence.citations]
    right = [citation for citation in citations if _resolves(chain, citation)]
    dropped = sum(answer.dropped for answer in answers)
    return Figure(
        name=f"{name}: displayed citations that resolve",
        value=len(right) / max(1, len(citations)),
        target=1.0,
        better="higher",
        note=f"{len(right)} of {len(citations)}; {dropped} did not resolve and were not displayed",
    )


def _resolves(chain: Chain, citation: Citation) -> bool:
    document = chain.documents.document(citation.document_id)
    page = document.pages[citation.page_index]
    return (
        document.text[citation.start : citation.end] == citation.quote
        and page.start <= citation.start < page.end
        and page.label == citation.page_label
        and _letters(citation.quote[: page.end - citation.start])
        in _letters(page_text(citation.source, citation.page_index))
    )


@lru_cache(maxsize=256)
def page_text(source: str, index: int) -> str:
    """The text of a page as another program reads it (pypdf), or the whole file."""
    path = Path(source)
    if path.suffix != ".pdf":
        text = path.read_text(encoding="utf-8")
        return re.sub(r"<[^>]*>", "", text) if path.suffix == ".html" else text
    from pypdf import PdfReader

    return PdfReader(path).pages[index].extract_text()


@lru_cache(maxsize=4096)
def _letters(text: str) -> str:
    """Letters and digits alone: line breaks, hyphens and widths differ between readers."""
    import html

    plain = unicodedata.normalize("NFKC", html.unescape(text))
    return "".join(char for char in plain.casefold() if char.isalnum())
