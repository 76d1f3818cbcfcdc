"""Many questions at once: what is asked, and the run that comes of it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from corpus import config, queries, text, write_old

from ragkit.batch import BatchSearch, Question, Ranking, read_questions, replacing
from ragkit.chain import Chain
from ragkit.errors import LoadError, StorageError
from ragkit.types import Hit

ASKED = [Question(id=str(number), text=query) for number, query in enumerate(queries(40))]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    folder = tmp_path_factory.mktemp("batch")
    rows = [f'{{"id": "row {n}", "text": {text(n)!r}}}'.replace("'", '"') for n in range(30)]
    rows.append(rows[3].replace("row 3", "twin"))
    write_old(folder / "corpus.jsonl", "\n".join(rows))
    write_old(folder / "a b.md", text(99))
    chosen = config(folder / "index")
    with (filler := chosen.build_ingest()).index:
        assert not filler.run([folder / "corpus.jsonl", folder / "a b.md"]).failed_rows
    return chosen.build()


def test_the_run_does_not_depend_on_the_threads(chain: Chain) -> None:
    runs = [list(BatchSearch(chain, limit=10, threads=threads).run(ASKED)) for threads in (1, 2, 5)]
    assert runs[0] == runs[1] == runs[2]
    assert [ranking.question for ranking in runs[0]] == ASKED


def test_documents_are_named_and_ordered_as_the_chain_finds_them(chain: Chain) -> None:
    for ranking in BatchSearch(chain, limit=5, threads=2).run(ASKED):
        hits = chain.search(ranking.question.text, limit=200, literal=True)
        best: dict[str, Hit] = {}
        for hit in hits:
            best.setdefault(hit.chunk.document_id, hit)
        wanted = [
            source.rpartition("#")[2] if "#" in source else source
            for document_id in best
            for source in chain.documents.sources_of(document_id)
        ]
        assert {name.replace("%20", " ") for name, _ in ranking.documents} <= set(wanted)
        names = [name for name, _ in ranking.documents]
        assert len(names) == len(set(names)) == min(5, len(wanted))
        assert all(" " not in name for name in names)
        twins = [names.index(name) for name in ("row%203", "twin") if name in names]
        assert twins == list(range(twins[0], twins[0] + len(twins))) if twins else True


def test_every_document_is_reached_however_many_passages_they_have(chain: Chain) -> None:
    (ranking,) = BatchSearch(chain, limit=32).run([Question(id="1", text=text(7)[:200])])
    assert len(ranking.documents) == 32


def test_a_long_document_in_front_does_not_end_the_run(tmp_path: Path) -> None:
    long = " ".join(f"The turbine number {n} turns {n * 7} times." for n in range(900))
    rows = [f'{{"id": "long", "text": "{long}"}}']
    rows += [
        f'{{"id": "n{n}", "text": "A note: item {n} has no {"part" * (n + 1)} turbine."}}' for n in range(20)
    ]
    write_old(tmp_path / "corpus.jsonl", "\n".join(rows))
    chosen = config(tmp_path / "index")
    with (filler := chosen.build_ingest()).index:
        filler.run([tmp_path / "corpus.jsonl"])
    for limit in (5, 10, 21):
        (ranking,) = BatchSearch(chosen.build(), limit=limit).run([Question(id="1", text="turbine turns")])
        assert len(ranking.documents) == limit


def test_scores_fall_strictly_in_single_precision() -> None:
    from ragkit.batch import _falling

    given = [("a", 0.5), ("b", 0.5), ("c", 0.7), ("d", 0.1), ("e", -3.0), ("f", -3.0)]
    ranking = Ranking(question=Question(id="q", text="x"), documents=tuple(_falling(given)))
    columns = [line.split() for line in ranking.lines()]
    assert [c[:4] for c in columns] == [["q", "Q0", name, str(i + 1)] for i, (name, _) in enumerate(given)]
    scores = [np.float32(c[4]) for c in columns]
    assert all(high > low for high, low in pairwise(scores))
    assert (scores[0], scores[3]) == (np.float32(0.5), np.float32(0.1))
    assert {c[5] for c in columns} == {"ragkit"}


def test_a_name_that_two_files_share_is_reported(tmp_path: Path) -> None:
    for name, word in (("a", "zebra"), ("b", "tiger")):
        write_old(tmp_path / f"{name}.jsonl", f'{{"id": "p0", "text": "the {word} sleeps"}}\n')
    chosen = config(tmp_path / "index")
    with (filler := chosen.build_ingest()).index:
        filler.run([tmp_path / "a.jsonl", tmp_path / "b.jsonl"])
    batch = BatchSearch(chosen.build(), limit=5)
    (ranking,) = batch.run([Question(id="1", text="who sleeps")])
    assert [name for name, _ in ranking.documents] == ["p0"]
    assert batch.ambiguous == {"p0"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("q.jsonl", '{"id": 1, "text": "who"}\n{bad\n{"_id": "b", "text": "what"}\n{"id": 1, "text": "x"}\n'),
        ("q.csv", "id,text\n1,who\n2\nb,what\n1,x\n"),
        ("q.tsv", "id\ttext\n1\twho\nno tab\nb\twhat\n1\tx\n"),
        ("q.txt", "1\twho\nx y\tthe id holds a space\nb\twhat\n1\tx\n"),
    ],
)
def test_questions_and_the_lines_that_hold_none(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    questions, errors = read_questions(tmp_path / name)
    assert [(question.id, question.text) for question in questions] == [("1", "who"), ("b", "what")]
    assert [error.line for error in errors] == ([3, 5] if name in {"q.csv", "q.tsv"} else [2, 4])


def test_a_file_without_a_question_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"id": 1}\n')
    with pytest.raises(LoadError, match=r"holds no question(.|\n)*line 1: 'text' must be"):
        read_questions(tmp_path / "q.jsonl")


def test_a_file_takes_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.trec"
    path.write_text("before")
    with pytest.raises(KeyboardInterrupt), replacing(path) as file:
        file.write("half")
        raise KeyboardInterrupt
    assert (path.read_text(), len(list(tmp_path.iterdir()))) == ("before", 1)
    with replacing(path) as file:
        file.write("whole")
    assert (path.read_text(), len(list(tmp_path.iterdir()))) == ("whole", 1)
    with pytest.raises(StorageError, match="cannot be written"), replacing(tmp_path / "none" / "out"):
        pass


def test_what_is_no_ordinary_file_is_not_replaced() -> None:
    with replacing(Path("/dev/null")) as file:
        file.write("x")
    assert Path("/dev/null").is_char_device()
