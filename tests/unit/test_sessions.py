"""Saved talks: nothing is lost, nobody else reads them, and they go on when the index has changed."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from test_citations import TEXT, Shelf

from ragkit.errors import SessionError
from ragkit.sessions import Passage, SavedTurn, Sessions, recall, saved
from ragkit.types import Answer, Box, Chunk, Citation, Hit, Query, Sentence, StageScore

CITED = Citation(
    document_id="d", start=0, end=5, quote=TEXT[:5], source="/a/一.pdf", page_index=2, page_label="iii"
)

STAGES = {"bm25": StageScore(rank=2, score=7.25), "fused": StageScore(rank=1, score=0.5)}


def turn(
    question: str = "When was it opened?", *, document: str = "d", answer: str = "In 1981."
) -> SavedTurn:
    sentence = Sentence(start=0, end=len(answer), citations=(CITED,), support=0.75, verdict="weak")
    return SavedTurn(
        question=question,
        standalone="When was the Humber Bridge opened?",
        answer=answer,
        sentences=(sentence,) if answer else (),
        passages=(
            Passage(
                chunk_id="c",
                document_id=document,
                start=0,
                end=10,
                heading="h",
                parent=(0, 20),
                score=0.5,
                stages=STAGES,
            ),
        ),
        abstained=not answer,
        reason="" if answer else "nothing there",
        notices=("a notice",),
        timings={"retrieve": 12.5, "generate": 3.25},
    )


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path / "state" / "ragkit" / "sessions.sqlite")


def test_what_is_saved_comes_back_to_the_letter(sessions: Sessions) -> None:
    turns = [turn(), turn("它有多长？ 😀", answer="约2220米。"), turn("?", answer="")]
    for one in turns:
        sessions.add("talk", one, place="/an/index")
    assert Sessions(sessions.file).turns("talk") == turns
    (summary,) = sessions.all()
    assert (summary.name, summary.turns, summary.place) == ("talk", 3, "/an/index")


def test_talks_are_listed_by_their_last_use(sessions: Sessions) -> None:
    for name in ("first", "second", "first"):
        sessions.add(name, turn(), place="i")
    assert [(summary.name, summary.turns) for summary in sessions.all()] == [("first", 2), ("second", 1)]


def test_looking_makes_no_file(sessions: Sessions) -> None:
    assert (sessions.all(), sessions.turns("x"), sessions.delete("x")) == ([], [], False)
    assert not sessions.file.parent.exists()


def test_only_the_owner_reads_the_file(sessions: Sessions) -> None:
    sessions.file.parent.mkdir(parents=True)
    sessions.file.touch(mode=0o644)
    with sqlite3.connect(sessions.file) as other:  # while it is open, the log lies beside it
        sessions.add("talk", turn(), place="i")
        other.execute("SELECT * FROM turns").fetchall()
        files = list(sessions.file.parent.iterdir())
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    other.close()


def test_deleted_text_is_gone_from_the_disk(sessions: Sessions) -> None:
    for _ in range(20):
        sessions.add("secret", turn("Where is the treasure buried?"), place="i")
    sessions.add("other", turn("Where is the map?"), place="i")
    assert sessions.delete("secret")
    assert not sessions.delete("secret")
    assert [summary.name for summary in sessions.all()] == ["other"]
    left = b"".join(file.read_bytes() for file in sessions.file.parent.iterdir())
    assert b"treasure" not in left
    assert b"map" in left


def test_deleted_text_that_stays_while_another_process_reads_is_told(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragkit.sessions.storage._PATIENCE", 50)
    sessions.add("secret", turn("Where is the treasure buried?"), place="i")
    with closing(sqlite3.connect(sessions.file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM turns").fetchall()
        with pytest.raises(SessionError, match=r"'secret' is deleted, but another process reads"):
            sessions.delete("secret")
    assert sessions.all() == []
    assert not any(b"treasure" in file.read_bytes() for file in sessions.file.parent.iterdir())


def test_a_talk_goes_by_its_new_name(sessions: Sessions) -> None:
    assert not sessions.rename("talk", "预算 2024")
    for name in ("talk", "other"):
        sessions.add(name, turn(name), place="i")
    assert sessions.rename("talk", "预算 2024")
    assert sessions.rename("other", "other")
    assert [one.question for one in sessions.turns("预算 2024")] == ["talk"]
    assert sessions.turns("talk") == []
    assert not sessions.rename("talk", "third")


def test_a_name_that_is_taken_or_cannot_be_shown_is_not_given(sessions: Sessions) -> None:
    for name in ("talk", "other"):
        sessions.add(name, turn(name), place="i")
    with pytest.raises(SessionError, match="There is a talk 'other' already"):
        sessions.rename("talk", "other")
    with pytest.raises(SessionError, match="cannot name a talk"):
        sessions.rename("talk", "a\nb")
    assert [one.question for one in sessions.turns("talk")] == ["talk"]


def test_turns_are_forgotten_from_a_number_on(sessions: Sessions) -> None:
    for number in range(1, 6):
        sessions.add("talk", turn(f"question {number}, treasure {number}"), place="i")
    sessions.add("other", turn("of another talk"), place="i")
    assert (sessions.cut("talk", 4), sessions.cut("talk", 4), sessions.cut("none", 1)) == (2, 0, 0)
    left = b"".join(file.read_bytes() for file in sessions.file.parent.iterdir())
    assert (b"treasure 3" in left, b"treasure 4" in left, b"treasure 5" in left) == (True, False, False)
    sessions.add("talk", turn("asked again"), place="i")
    assert [one.question[:11] for one in sessions.turns("talk")] == [
        "question 1,",
        "question 2,",
        "question 3,",
        "asked again",
    ]
    assert sessions.cut("talk", 1) == 4
    assert [(summary.name, summary.turns) for summary in sessions.all()] == [("talk", 0), ("other", 1)]


BEFORE_STAGES = (
    '{"question":"q?","standalone":"q?","answer":"In 1981.","sentences":[{"start":0,"end":8,"citations":'
    '[{"document_id":"d","start":0,"end":5,"quote":"First","source":"a.pdf","page_index":0,'
    '"page_label":"","boxes":[]}],"support":0.75,"verdict":"weak"}],"passages":[{"chunk_id":"c",'
    '"document_id":"d","start":0,"end":10,"heading":"h","parent":[0,20],"score":0.5}],'
    '"abstained":false,"reason":""}'
)


def test_turns_that_an_earlier_version_kept_are_read(sessions: Sessions) -> None:
    sessions.add("talk", turn(), place="i")
    with closing(sqlite3.connect(sessions.file)) as connection, connection:
        connection.execute("UPDATE turns SET turn = ?", (BEFORE_STAGES,))
    (kept,) = sessions.turns("talk")
    assert (kept.answer, kept.notices, dict(kept.timings)) == ("In 1981.", (), {})
    (hit,) = recall([kept], Shelf()).turns[0].hits
    assert (hit.chunk.text, hit.score, dict(hit.stages)) == (TEXT[:10], 0.5, {})


def test_new_talks_never_share_a_name(sessions: Sessions) -> None:
    names = [sessions.begin(place="i") for _ in range(5)]
    assert len(set(names)) == 5
    assert all(summary.turns == 0 for summary in sessions.all())


ADDING = """
import sys
from pathlib import Path
from ragkit.sessions import SavedTurn, Sessions
sessions = Sessions(Path(sys.argv[1]))
for number in range(30):
    turn = SavedTurn(question=f"{sys.argv[2]}{number}", standalone="", answer="x" * 500)
    sessions.add("shared", turn, place="i")
    sessions.begin(place="i")
"""


def test_two_processes_at_once_lose_no_turn(sessions: Sessions) -> None:
    words = [sys.executable, "-c", ADDING, str(sessions.file)]
    running = [subprocess.Popen([*words, name]) for name in ("a", "b")]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    asked = [one.question for one in sessions.turns("shared")]
    assert sorted(asked) == sorted(f"{name}{number}" for name in "ab" for number in range(30))
    for name in "ab":
        assert [q for q in asked if q.startswith(name)] == [f"{name}{number}" for number in range(30)]
    assert len(sessions.all()) == 61


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\x1b[2J", "x" * 81])
def test_a_name_that_cannot_be_shown_is_refused(sessions: Sessions, name: str) -> None:
    with pytest.raises(SessionError, match="cannot name a talk"):
        sessions.add(name, turn(), place="i")


def test_a_damaged_file_and_a_newer_one_are_told(sessions: Sessions) -> None:
    sessions.add("talk", turn(), place="i")
    with sqlite3.connect(sessions.file) as connection:
        connection.execute("UPDATE turns SET turn = '{}'")
    connection.close()
    with pytest.raises(SessionError, match="cannot be read"):
        sessions.turns("talk")
    with sqlite3.connect(sessions.file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(SessionError, match="newer ragkit"):
        sessions.all()
    for file in sessions.file.parent.iterdir():
        file.unlink()
    sessions.file.write_bytes(b"this is no database, however long it may be" * 100)
    with pytest.raises(SessionError, match=r"sessions\.sqlite cannot be read"):
        sessions.all()


def test_a_place_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SessionError, match="XDG_STATE_HOME"):
        Sessions(tmp_path / "file" / "sessions.sqlite").add("talk", turn(), place="i")


def test_an_answer_is_kept_with_places_but_without_boxes_and_texts_of_passages() -> None:
    chunk = Chunk(id="c", document_id="d", start=3, end=9, text=TEXT[3:9], heading="h", parent=(0, 20))
    boxed = Citation(
        document_id="d",
        start=0,
        end=5,
        quote=TEXT[:5],
        boxes=(Box(page_index=0, left=0, top=0, right=1, bottom=1),),
    )
    answer = Answer(
        text="Said.",
        sentences=(Sentence(start=0, end=5, citations=(boxed, boxed), verdict="supported"),),
        hits=(Hit(chunk=chunk, score=0.5, stages=STAGES),),
        query=Query(text="whole question"),
        timings={"retrieve": 12.5},
        notices=("understood as: whole question",),
    )
    kept = saved("it?", answer)
    assert (kept.question, kept.standalone, kept.answer) == ("it?", "whole question", "Said.")
    assert [citation.boxes for citation in kept.citations] == [()]
    assert (kept.notices, kept.timings) == (answer.notices, answer.timings)
    place = Passage(chunk_id="c", document_id="d", start=3, end=9, heading="h", parent=(0, 20), score=0.5)
    assert kept.passages == (replace(place, stages=STAGES),)


def test_a_talk_goes_on_without_the_passages_that_left_the_index() -> None:
    recalled = recall([turn(), turn(document="gone"), turn(answer="")], Shelf())
    assert recalled.gone == 1
    first, second, refused = recalled.turns
    assert first.question == "When was the Humber Bridge opened?"
    assert [hit.chunk.text for hit in first.hits] == [TEXT[:10]]
    assert (first.hits[0].chunk.id, first.hits[0].chunk.parent) == ("c", (0, 20))
    assert first.hits[0].stages == STAGES
    assert second.hits == ()
    assert refused.answer == ""
