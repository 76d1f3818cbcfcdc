"""The conversation: asking, asking again, rating."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace

from markupsafe import Markup

from apps.chat.asking import Asking, answer
from apps.chat.errors import AppError, NotFound, TooMuch
from apps.chat.quality import Quality
from apps.chat.storage.database import answer_key
from apps.chat.ui.markdown import marked
from apps.chat.ui.messages import Places, turn_values
from apps.chat.ui.pages import page
from apps.chat.ui.view import Desk, View, number_of
from ragkit import Chain, IndexDamaged, IndexMismatch, IndexNotFound, Passage, Place


def conversation_html(desk: Desk, view: View) -> str:
    """The turns that are kept; without any, a welcome with questions to begin with."""
    words, turns = desk.words, desk.talks.turns(view.talk)[: view.at]
    collection = desk.collection(view)
    files = desk.library.files(collection.id)
    ready, waiting = any(file.state == "ready" for file in files), any(file.waiting for file in files)
    hint = "welcome_text" if ready else "welcome_waiting" if waiting else "welcome_empty"
    places = _places(desk.chain(view)) if turns else lambda passage: None
    rated = _quality(desk, view).rated_by_me() if turns else {}
    return page(
        "conversation.html",
        words,
        turns=[
            turn_values(turn, number, words, places, good=rated.get(answer_key(turn.question, turn.answer)))
            for number, turn in enumerate(turns)
        ],
        scoped=bool(view.scope),
        asking=view.asking,
        hint=words(hint),
        suggestions=collection.suggestions if ready else (),
    )


def writing_html(desk: Desk, asking: str, *, text: str | Markup = "", failure: str = "") -> str:
    """The answer that is being written, unchecked; "" where none is."""
    return page("writing.html", desk.words, asking=asking, text=text, failure=failure)


def scope_html(desk: Desk, view: View) -> str:
    """The documents that alone are asked."""
    files = [file for file in desk.library.files(desk.collection(view).id) if file.id in view.scope]
    return page("scope.html", desk.words, files=files)


def act(desk: Desk, view: View, event: Mapping[str, object]) -> View:
    """What a button below an answer does. Raises `NotFound`."""
    chosen = number_of(event)
    if chosen is None or chosen >= len(desk.talks.turns(view.talk)):
        raise NotFound("no_such_answer")
    if event.get("do") == "used":
        return replace(view, turn=chosen, evidence=None, rating=False)
    if event.get("do") == "rate":
        return _rate(desk, view, chosen, good=bool(event.get("good")))
    raise NotFound("no_such_action")


def asked(desk: Desk, view: View, event: Mapping[str, object]) -> View:
    """The view while the question of a button, or a typed one, is answered."""
    value, chosen = str(event.get("value") or "").strip(), number_of(event)
    asking = replace(view, asking=value, at=None, rating=False, note="")
    if event.get("do") == "suggest":
        return asking
    turns = desk.talks.turns(view.talk)
    if event.get("do") not in {"retry", "edit"} or chosen is None or chosen >= len(turns):
        raise NotFound("no_such_question")
    question = value if event.get("do") == "edit" else turns[chosen].question
    return replace(asking, asking=question, at=chosen)


def ask(desk: Desk, view: View) -> Generator[str, None, str]:
    """Yields the answer's HTML while it is written; returns the talk that the checked answer is kept in.

    Raises `RagkitError`, `ValueError`.
    """
    question = view.asking
    _check(desk, question)
    yield writing_html(desk, question)
    collection = desk.collection(view)
    with desk.service.turns.turn(desk.person):
        asking = Asking(
            collection=collection,
            talk=view.talk,
            question=question,
            files=view.scope,
            at=view.at,
            notice=_still_reading(desk, view),
        )
        writing = answer(asking, _chain(desk, view), desk.library, desk.talks)
        written = desk.service.chains.config(collection).generator.type != "extractive"
        text = ""
        try:
            while True:
                text += next(writing)
                yield writing_html(desk, question, text=marked([text], [Markup()]) if written else text)
        except StopIteration as end:
            talk: str = end.value
        finally:
            writing.close()
    return talk


def _still_reading(desk: Desk, view: View) -> str:
    """That there are documents which cannot answer yet; "" where there are none."""
    waiting = sum(file.waiting for file in desk.library.files(desk.collection(view).id))
    return desk.words.count("still_reading", waiting) if waiting else ""


def _check(desk: Desk, question: str) -> None:
    most = desk.service.settings.limits.question_characters
    if not question:
        raise AppError("question_empty")
    if len(question) > most:
        raise TooMuch("question_long", count=len(question), most=most)


def _chain(desk: Desk, view: View) -> Chain:
    collection = desk.collection(view)
    try:
        return desk.service.chains.of(collection)
    except IndexNotFound as error:
        raise AppError("nothing_ready") from error
    except (IndexMismatch, IndexDamaged) as error:  # as after a start with another chain
        desk.service.indexer.rebuild(collection)
        raise AppError("indexed_anew") from error


def _places(chain: Chain | None) -> Places:
    def place(passage: Passage) -> Place | None:
        try:
            return chain.documents.place(passage.document_id, passage.start) if chain else None
        except KeyError:
            return None

    return place


def _rate(desk: Desk, view: View, number: int, *, good: bool) -> View:
    """Notes a thumb; one that points down asks which passage is right."""
    quality = _quality(desk, view)
    quality.rate(desk.talks.turns(view.talk)[number], good=good)
    chooses = not good and quality.collection.own
    note = "rated_good" if good else "" if chooses else "rated"
    return replace(view, turn=number, rating=chooses, note=note)


def _quality(desk: Desk, view: View) -> Quality:
    return Quality(desk.service.database, desk.library, desk.collection(view).id)
