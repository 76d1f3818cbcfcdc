"""Whether the regression gate sees planted defects, and says nothing of harmless changes."""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.data import RetrievalSet, read_set, write_texts
from benchmarks.figures import Figure
from benchmarks.gate_defects import HalvedConfig, ReversedConfig, ShuffledConfig, WhitespaceConfig
from benchmarks.quality_data import KEPT, KnownConfig, embedder_of, learn
from ragkit.config import Config, load_config
from ragkit.evaluation import (
    DEFAULT_MEASURES,
    Comparison,
    Evidence,
    Gate,
    Question,
    Run,
    compare,
    evaluate,
)
from ragkit.evaluation.comparison import SIGNIFICANT
from ragkit.language import sentence_spans
from ragkit.retrievers import DenseConfig

SETS = ("xquad-en", "xquad-zh")
QUESTIONS = 400  # of each set
SHUFFLED = {"nq-oracle-en": 1200, "drcd-dev-zh-hant": 3524}
"""Questions of larger sets: where words find most passages too, one wrong vector in ten costs little."""
RERANKED = 150  # English questions that the cross-encoder reads for
HARMLESS = 20
_FOLDER = KEPT / "gate"


def measure() -> list[Figure]:
    """The chance of each defect's largest drop, and how many harmless changes were let through."""
    sets = {name: read_set(name) for name in SETS}
    questions = {name: _golden(data) for name, data in sets.items()}
    plain = {name: _indexed(data, questions[name]) for name, data in sets.items()}
    before = {name: _run(config, questions[name]) for name, config in plain.items()}
    figures = [_seen(name, set_, compare(now, before[set_])) for name, set_, now in _broken(plain, questions)]
    figures += [_shuffled(name, count) for name, count in SHUFFLED.items()]
    figures.append(_reversed(plain["xquad-en"], questions["xquad-en"][:RERANKED]))
    passed = [_passes(plain, questions, before, seed) for seed in range(HARMLESS)]
    figures.append(
        Figure(
            name=f"harmless changes that pass, of {HARMLESS}",
            value=sum(passed),
            target=HARMLESS,
            better="higher",
            note="other orders of files and questions, other batches, one or two threads",
        )
    )
    return figures


def _golden(data: RetrievalSet, count: int = QUESTIONS) -> list[Question]:
    """Questions whose evidence is the sentence with the answer, the document where no answer is known."""
    found = []
    for id_ in data.sample(count):
        document = next(iter(data.grades[id_]))
        quote = _sentence_with(data.answers[id_], data.documents[document])
        evidence = (Evidence(source=f"{document}.txt", quote=quote),)
        if data.queries[id_].strip():
            found.append(Question(id=id_, question=data.queries[id_], evidence=evidence))
    return found


def _sentence_with(answers: Sequence[str], text: str) -> str:
    spans = [text[start:end] for start, end in sentence_spans(text)]
    return next((said for said in spans for answer in answers if answer in said), "")


def _indexed(data: RetrievalSet, questions: Sequence[Question], **parts: object) -> Config:
    """A chain over an index of its own, made anew, with vectors that are kept from one run to the next."""
    folder = _FOLDER / data.name
    if not (folder / "files").exists():
        write_texts(folder / "files", list(data.documents.items()))
    known = KnownConfig(inner=embedder_of(data.name), folder=folder)
    learn(known, [question.question for question in questions])
    config = load_config("default").model_copy(
        update={"index": folder / "index", "embedder": known, "offline": True} | parts
    )
    return _built(config, [[folder / "files"]])


def _built(config: Config, batches: Sequence[Sequence[Path]]) -> Config:
    shutil.rmtree(config.index, ignore_errors=True)
    with (ingest := config.build_ingest()).index:
        for batch in batches:
            ingest.run(list(batch))
    return config


def _run(config: Config, questions: Sequence[Question]) -> Run:
    return evaluate(config.build(), questions, measures=DEFAULT_MEASURES, config=None)


def _broken(
    plain: Mapping[str, Config], questions: Mapping[str, Sequence[Question]]
) -> list[tuple[str, str, Run]]:
    """(defect, set, run) of each planted defect; the index is the plain one again afterwards."""
    runs = []
    for name in SETS:
        config = plain[name]
        defects: dict[str, Mapping[str, object]] = {
            "BM25 off": {"retriever": DenseConfig()},
            "chunks cut to half": {"chunker": HalvedConfig(inner=config.chunker)},
        }
        if name.endswith("-zh"):
            defects["wrong tokeniser"] = {"analyzer": WhitespaceConfig()}
        for defect, parts in defects.items():
            broken = config.model_copy(update={"index": config.index.with_name("broken")} | dict(parts))
            _built(broken, [[config.index.with_name("files")]])
            runs.append((defect, name, _run(broken, questions[name])))
    return runs


def _shuffled(name: str, count: int) -> Figure:
    """With one passage in ten under the vector of another."""
    data = read_set(name)
    questions = _golden(data, count)
    config = _indexed(data, questions)
    before = _run(config, questions)
    damaged = ShuffledConfig.model_construct(inner=config.embedder)
    broken = config.model_copy(update={"index": config.index.with_name("broken"), "embedder": damaged})
    now = _run(_built(broken, [[config.index.with_name("files")]]), questions)
    return _seen("one vector in ten shuffled", name, compare(now, before))


def _reversed(config: Config, questions: Sequence[Question]) -> Figure:
    """Against the same chain with its reranker the right way round."""
    reranker = load_config("accurate").reranker
    right = config.model_copy(update={"reranker": reranker})
    wrong = config.model_copy(update={"reranker": ReversedConfig.model_construct(inner=reranker)})
    comparison = compare(_run(wrong, questions), _run(right, questions))
    return _seen("reranker reversed", "xquad-en", comparison)


def _seen(defect: str, set_: str, comparison: Comparison) -> Figure:
    """The corrected chance of the surest drop."""
    drop = min(comparison.changes, key=lambda change: (change.p, change.difference))
    named = f"{drop.measure} {drop.before:.4f} -> {drop.now:.4f}, {drop.questions} questions"
    return Figure(
        name=f"{defect}, {set_}: p of the surest drop", value=drop.p, target=SIGNIFICANT, note=named
    )


def _passes(
    plain: Mapping[str, Config],
    questions: Mapping[str, Sequence[Question]],
    before: Mapping[str, Run],
    seed: int,
) -> bool:
    """Whether the gate lets the same chain pass after a change that should not matter."""
    chance = random.Random(seed)
    name = SETS[seed % len(SETS)]
    config = plain[name].model_copy(update={"index": plain[name].index.with_name("again")})
    files = sorted(config.index.with_name("files").iterdir())
    chance.shuffle(files)
    size = chance.choice((7, 50, 240))
    _built(config, [files[start : start + size] for start in range(0, len(files), size)])
    asked = list(questions[name])
    chance.shuffle(asked)
    import faiss

    faiss.omp_set_num_threads(1 + seed // len(SETS) % 2)
    run = _run(config, asked)
    return not Gate().problems(run, compare(run, before[name]))
