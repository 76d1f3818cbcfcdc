"""A judged set of invented towns, small enough to learn from in a test."""

from __future__ import annotations

import json
from pathlib import Path

_FIRST = ("Ash", "Birk", "Corn", "Dal", "Elm", "Fen", "Glen", "Hart", "Ive", "Kil")
_LAST = ("ford", "ham", "stow", "wick")


def make_set(folder: Path, *, towns: int = 40) -> Path:
    """Writes corpus.jsonl, queries.jsonl, qrels.tsv and unanswerable.jsonl; every town is a document."""
    folder.mkdir(parents=True)
    names = [f"{first}{last}" for last in _LAST for first in _FIRST][:towns]
    corpus, queries, qrels, fooling = [], [], [], []
    for number, name in enumerate(names):
        year, people, river = 1500 + 7 * number, 1000 + 137 * number, f"{name[:3]}ra"
        text = (
            f"{name} was founded in {year} by settlers. It counts {people} people today. "
            f"The river {river} flows through {name}."
        )
        corpus.append({"id": f"d{number}", "title": name, "text": text})
        asked = [
            (f"When was {name} founded?", str(year)),
            (f"How many people live in {name}?", f"{people} people"),
            (f"Which river flows through {name}?", f"The river {river}"),
        ]
        for place, (question, answer) in enumerate(asked):
            queries.append({"id": f"q{number}.{place}", "text": question, "answers": [answer]})
            qrels.append(f"q{number}.{place}\td{number}\t1")
        fooling.append({"id": f"u{number}", "text": f"When was {name} burnt down?", "about": f"d{number}"})
    for file, rows in (("corpus", corpus), ("queries", queries), ("unanswerable", fooling)):
        (folder / f"{file}.jsonl").write_text(
            "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
        )
    (folder / "qrels.tsv").write_text("\n".join(qrels) + "\n", encoding="utf-8")
    return folder
