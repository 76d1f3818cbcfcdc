"""What a language model answers to pairs kept aside, through the chain's own generator and verifier."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from ragkit.chain import returned
from ragkit.config import load_config
from ragkit.evaluation.answers import f1, has_answer
from ragkit.evaluation.records import Made, QuestionRecord, Run
from ragkit.evaluation.run import summarise
from ragkit.generators.local import LocalConfig
from ragkit.tuning.pairs.rows import Pair, digest
from ragkit.types import Draft

MEASURES = ("F1", "HasAnswer", "Cited", "Supported", "Refused")
_MOST_TOKENS = 48  # an answer longer than that is cut: it says what it has to say before


def asked(pairs: Sequence[Pair], config: LocalConfig, *, name: str, weights: str, folder: Path) -> Run:
    """Every pair's question about its passages; the answers of these `weights` are kept in `folder`."""
    file = folder / f"{name}.jsonl"
    known = _known(file, key=_key(pairs, weights))
    generator = config.model_copy(update={"most_tokens": _MOST_TOKENS}).build()
    verifier = load_config("local").verifier.build()
    records: list[QuestionRecord] = []
    started, new = perf_counter(), 0
    folder.mkdir(parents=True, exist_ok=True)
    for number, pair in enumerate(pairs):
        if number < len(known):
            records.append(known[number])
            continue
        hits = pair.hits
        draft = returned(generator.generate(pair.question, hits))
        records.append(_judged(pair, verifier.verify(draft, hits)))
        _add(file, key=_key(pairs, weights), record=records[-1])
        new += 1
        if new % 10 == 0:
            left = (len(pairs) - number - 1) * (perf_counter() - started) / new
            print(f"{name}: {number + 1} of {len(pairs)}, {left:.0f} s left", file=sys.stderr, flush=True)
    return _run(records, pairs, name)


def _judged(pair: Pair, draft: Draft) -> QuestionRecord:
    """Answers are scored where there is one to give, refusals where a refusal is right.

    Each sentence that is shown counts for "Supported": it has a citation and is not judged unsupported.
    """
    scores: dict[str, float] = {}
    held = [bool(one.citations) and one.verdict != "unsupported" for one in draft.sentences]
    text = "" if draft.abstained else draft.text.rstrip(".\u3002 ")
    if pair.answers:
        scores["F1"] = max(f1(text, answer) for answer in pair.answers)
        scores["HasAnswer"] = max(has_answer(text, answer) for answer in pair.answers)
        scores["Cited"] = float(not draft.abstained and all(one.citations for one in draft.sentences))
    else:
        scores["Refused"] = float(draft.abstained)
    if not draft.abstained and held:
        scores["Supported"] = sum(held) / len(held)
    return QuestionRecord(
        id=pair.id,
        language=pair.language,
        question=pair.question,
        answerable=bool(pair.answers),
        answer=draft.text or draft.reason,
        abstained=draft.abstained,
        scores=scores,
    )


def _run(records: Sequence[QuestionRecord], pairs: Sequence[Pair], name: str) -> Run:
    made = Made(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        ragkit="",
        python="",
        packages={},
        config={"name": name},
        golden="pairs kept aside",
        golden_hash=digest(pairs)[:16],
        corpus_hash=digest(pairs)[:16],
        documents=len({one.document for one in pairs}),
    )
    scores = summarise(records, MEASURES)
    return Run(made=made, measures=MEASURES, scores=scores, questions=tuple(records))


def _key(pairs: Sequence[Pair], weights: str) -> str:
    return sha256(f"{digest(pairs)} {weights} {_MOST_TOKENS}".encode()).hexdigest()[:16]


def _known(file: Path, *, key: str) -> list[QuestionRecord]:
    """What was answered by the same weights before; what others answered is forgotten."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    rows = [json.loads(line) for line in lines]
    if any(row["key"] != key for row in rows):
        file.unlink()
        return []
    return [QuestionRecord.model_validate(row["record"]) for row in rows]


def _add(file: Path, *, key: str, record: QuestionRecord) -> None:
    with file.open("a", encoding="utf-8") as opened:
        opened.write(json.dumps({"key": key, "record": record.model_dump(mode="json")}) + "\n")
