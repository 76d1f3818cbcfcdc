"""Follow-up questions: how much of what the whole question finds is still found when it leans on another.

Two neighbouring questions on one paragraph share a name; in the second it gives way to a pronoun, or is left
out. Both are made from the words of the two questions and of the paragraph alone.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.data import RetrievalSet, data_folder, read_set, write_texts
from benchmarks.figures import Figure
from benchmarks.measures import per_question
from benchmarks.quality_data import JUDGED, odd_half
from ragkit.chain import Chain
from ragkit.chunkers import SentenceConfig
from ragkit.config import Config
from ragkit.embedders import HashingConfig
from ragkit.followups import RuleConfig
from ragkit.retrievers import Bm25Config
from ragkit.stages import FollowUps
from ragkit.types import Turn

Half = Callable[[Sequence[str]], list[str]]
SETS = ("squad2-en", "xquad-en", "cmrc-trial-zh", "drcd-dev-zh-hant", "xquad-zh")
SEARCHED = "nq-oracle-en"  # questions that people typed, none a follow-up
DEPTH = 10
MOST_LOST = 0.25  # of what a pronoun costs, the rule must win back all but this share
MOST_CHANGED = 0.025  # of the questions that nobody asked as follow-ups; some lean on their paragraph even so
_KEPT = Path("runs/followups")  # no part of the repository
_WHOLE = 510  # tokens: nearly every document is one passage

_WORD = re.compile(r"[\w.-]*\w")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_PRONOUNS_EN = {
    "he": ("he", "him", "his"),
    "she": ("she", "her", "her"),
    "it": ("it", "it", "its"),
    "they": ("they", "them", "their"),
}
_PRONOUNS_ZH = ("他們", "他们", "她", "他", "它")
_ASKED_EN = re.compile(
    r"what|which|who|whom|whose|when|where|why|how|the|an?|in|of|on|at|to|for|from|by|with|and"
)
_AFTER_EN = re.compile(
    "is|are|was|were|did|do|does|has|have|had|in|on|at|of|to|for|from|by|with|and|or|as|when|during|after|before|"
    "until|that|become|became|begin|join|leave|die|live"
)
_ASKED_ZH = re.compile(
    "什[麼么]|多少|哪|[為为]何|如何|怎|[誰谁]|何[時时]|幾|几|是|的|有|在|了|[於于]|和|[與与]|[為为]|被|由|一|年|[這这那]"
)
_LEAST_ZH = 2  # characters of a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two questions on one document: the second as it is, and as a follow-up of the first."""

    id: str
    first: str
    answer: str
    whole: str
    leaning: str
    kind: str


def measure(half: Half = odd_half) -> list[Figure]:
    """Every set: whole questions, follow-ups as they are, completed ones; and questions that need nothing.

    The rules were made on the even half.
    """
    return [figure for name in (*SETS, SEARCHED) for figure in _of_set(read_set(name), half)]


def pairs(data: RetrievalSet) -> list[Pair]:
    """All follow-ups that can be made from a set."""
    answers = _answers(data.name)
    by_document: dict[str, list[str]] = {}
    for question in data.queries:
        for document in data.grades.get(question, {}):
            by_document.setdefault(document, []).append(question)
    found = []
    for document, questions in by_document.items():
        text = data.documents[document]
        for first, second in pairwise(questions):
            for kind, leaning in _leaning(data.queries[first], data.queries[second], text):
                found.append(
                    Pair(
                        id=second,
                        first=data.queries[first],
                        answer=answers[first],
                        whole=data.queries[second],
                        leaning=leaning,
                        kind=kind,
                    )
                )
    return found


def _answers(name: str) -> dict[str, str]:
    lines = (data_folder() / "retrieval" / name / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: (row["answers"] or [""])[0] for row in map(json.loads, lines)}


def _leaning(first: str, second: str, text: str) -> Iterator[tuple[str, str]]:
    """(kind, follow-up) for the second question after the first."""
    chinese = bool(_HAN.search(second))
    yield from _leaning_chinese(first, second, text) if chinese else _leaning_english(first, second, text)


def _leaning_english(first: str, second: str, text: str) -> Iterator[tuple[str, str]]:
    earlier = [word[0].casefold() for word in _WORD.finditer(first)]
    found = list(_WORD.finditer(second))
    best: tuple[int, int] = (0, 0)
    for start in range(1, len(found)):
        for end in range(start + 1, len(found) + 1):
            run = [word[0].casefold() for word in found[start:end]]
            if end - start > best[1] - best[0] and _is_name(found[start:end]) and _holds(earlier, run):
                best = (start, end)
    start, end = best
    if start == end or _in_a_longer_name(found, start, end):
        return
    left, after = second[: found[start].start()], second[found[end - 1].end() :]
    left = re.sub(r"\b(?:the|a|an)\s+$", "", left, flags=re.IGNORECASE)
    subject, object_, possessive = _PRONOUNS_EN[max(_PRONOUNS_EN, key=lambda word: _count(word, text))]
    if re.match(r"['\u2019]s?\b", after):
        yield "pronoun", left + possessive + re.sub(r"^['\u2019]s?", "", after)
    elif end == len(found) or _AFTER_EN.fullmatch(found[end][0].casefold()) or _auxiliary_before(left):
        yield "pronoun", left + (subject if _auxiliary_before(left) else object_) + after
    if end == len(found) and (cut := re.search(r"\s(?:of|in|at|for|from|to|by|on)\s+$", left)):
        rest = left[: cut.start()]
        if len(_WORD.findall(rest)) >= 3:
            yield "left out", f"And {rest[0].lower()}{rest[1:]}?"


def _in_a_longer_name(found: Sequence[re.Match[str]], start: int, end: int) -> bool:
    neighbours = [*found[max(1, start - 1) : start], *found[end : end + 1]]
    return any(word[0][0].isupper() for word in neighbours)


def _is_name(run: Sequence[re.Match[str]]) -> bool:
    inner = [word[0] for word in run if not _ASKED_EN.fullmatch(word[0].casefold())]
    return all(word[0].isupper() for word in inner) and {run[0][0], run[-1][0]} <= set(inner)


def _holds(words: Sequence[str], run: Sequence[str]) -> bool:
    return any(words[at : at + len(run)] == run for at in range(len(words) - len(run) + 1))


def _count(word: str, text: str) -> int:
    forms = "|".join(_PRONOUNS_EN[word])
    return len(re.findall(rf"\b(?:{forms})\b", text, re.IGNORECASE))


def _auxiliary_before(left: str) -> bool:
    return bool(re.search(r"\b(?:did|do|does|is|are|was|were|has|have|had|can|could|will|would)\s+$", left))


def _leaning_chinese(first: str, second: str, text: str) -> Iterator[tuple[str, str]]:
    best = ""
    for start in range(len(second)):
        for end in range(start + _LEAST_ZH, len(second) + 1):
            run = second[start:end]
            if run not in first or _ASKED_ZH.search(run) or not all(map(str.isalnum, run)):
                break
            best = max(best, run, key=len)
    if not best or len(_ASKED_ZH.sub("", second)) < len(best) + 3:
        return
    pronoun = max(_PRONOUNS_ZH, key=lambda word: (text.count(word), word == "它"))
    at = second.index(best)
    if at == 0 or _ASKED_ZH.search(second[at - 1]) or second[at - 1] in "，, ":
        yield "pronoun", second.replace(best, pronoun)
    if at == 0:
        yield "left out", second[len(best) :].lstrip("的，,")


def _of_set(data: RetrievalSet, half: Half) -> list[Figure]:
    made = pairs(data)
    chosen = set(half(sorted({pair.id for pair in made})))
    chain, names = _chain(data)
    rule = RuleConfig().build(None)
    figures = []
    for kind in ("pronoun", "left out"):
        if not (some := [pair for pair in made if pair.id in chosen and pair.kind == kind]):
            continue
        figures.append(_recovered(data, some, kind, (chain, names), rule))
    return [*figures, _left_alone(data, half(sorted(data.grades)), (chain, names), rule)]


def _recovered(
    data: RetrievalSet,
    some: Sequence[Pair],
    kind: str,
    searched: tuple[Chain, dict[str, list[str]]],
    rule: FollowUps,
) -> Figure:
    """How much of what a follow-up loses is won back by the rule."""
    texts = {
        "whole": [pair.whole for pair in some],
        "kept": [pair.leaning for pair in some],
        "rule": [_understood(rule, pair, pair.leaning) for pair in some],
    }
    ndcg = {name: _ndcg(data, [p.id for p in some], asked, searched) for name, asked in texts.items()}
    changed = float(np.mean([a != b for a, b in zip(texts["kept"], texts["rule"], strict=True)]))
    lost = ndcg["whole"] - ndcg["kept"]
    return Figure(
        name=f"{data.name}: {kind}, share of the lost nDCG@10 won back",
        value=(ndcg["rule"] - ndcg["kept"]) / lost if lost > 0 else 1.0,
        target=1 - MOST_LOST if kind == "pronoun" else None,
        better="higher",
        note=f"{len(some)} follow-ups: whole {ndcg['whole']:.4f}, kept {ndcg['kept']:.4f}, "
        f"rule {ndcg['rule']:.4f}; completed {changed:.1%}",
    )


def _left_alone(
    data: RetrievalSet,
    questions: Sequence[str],
    searched: tuple[Chain, dict[str, list[str]]],
    rule: FollowUps,
) -> Figure:
    """Whole questions, each after one that has nothing to do with it: how many were changed."""
    texts = [data.queries[question] for question in questions]
    before = [*texts[len(texts) // 2 :], *texts[: len(texts) // 2]]
    asked = [
        rule.standalone(text, [Turn(question=other, answer="")])
        for text, other in zip(texts, before, strict=True)
    ]
    whole, after = (_ndcg(data, questions, each, searched) for each in (texts, asked))
    return Figure(
        name=f"{data.name}: whole questions changed after an unrelated one",
        value=float(np.mean([a != b for a, b in zip(asked, texts, strict=True)])),
        target=MOST_CHANGED,
        note=f"{len(texts)} questions: nDCG@10 {whole:.4f} as they are, {after:.4f} after the rule",
    )


def _understood(followups: FollowUps, pair: Pair, question: str) -> str:
    return followups.standalone(question, [Turn(question=pair.first, answer=pair.answer)])


def _ndcg(
    data: RetrievalSet,
    questions: Sequence[str],
    asked: Sequence[str],
    searched: tuple[Chain, dict[str, list[str]]],
) -> float:
    chain, names = searched
    ranked = {}
    for id_, text in zip(questions, asked, strict=True):
        hits = chain.search(text, limit=DEPTH, literal=True) if text.strip() else []
        found = (name for hit in hits for name in names[hit.chunk.document_id])
        ranked[id_] = list(dict.fromkeys(found))[:DEPTH]
    return float(np.mean(per_question(ranked, data.grades)["nDCG@10"]))


def _chain(data: RetrievalSet) -> tuple[Chain, dict[str, list[str]]]:
    """A chain that searches the set's documents by words, and the ids of their rows."""
    folder = _KEPT / data.name
    shutil.rmtree(folder, ignore_errors=True)
    write_texts(folder / "files", list(data.documents.items()))
    config = Config(
        index=folder / "index",
        chunker=SentenceConfig(size=_WHOLE),
        embedder=HashingConfig(),
        retriever=Bm25Config(),
        results=JUDGED,
    )
    config.build_ingest().run([folder / "files"])
    names = {
        summary.id: [Path(source).stem for source in summary.sources]
        for summary in config.open_index().documents()
    }
    return config.build(), names
