"""The conversation: asking, stopping, asking again, rating."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from apps.chat.asking import Asking, answer
from apps.chat.errors import AppError, TooMuch
from apps.chat.ui.messages import Message, Places, asked, conversation, plain, plain_line, said
from apps.chat.ui.pages import page
from apps.chat.ui.view import Desk, View
from ragkit import Chain, IndexNotFound, Passage, Place, RagkitError

_THINKING = '<span class="thinking" role="status"></span>'
Answering = Generator[list[Message], None, tuple[list[Message], View]]


def messages(desk: Desk, view: View) -> list[Message]:
    """The conversation that is shown now."""
    turns = desk.talks.turns(view.talk)
    return conversation(turns, desk.words, _places(_open_chain(desk, view))) if turns else []


def scope_html(desk: Desk, view: View) -> str:
    """The documents that alone are asked."""
    files = [file for file in desk.library.files(desk.collection(view).id) if file.id in view.scope]
    return page("scope.html", desk.words, files=files)


def welcome(desk: Desk, view: View) -> str:
    """What an empty conversation says, in HTML."""
    words, files = desk.words, desk.library.files(desk.collection(view).id)
    ready = any(file.state == "ready" for file in files)
    hint = (
        "welcome_text" if ready else "welcome_waiting" if any(f.waiting for f in files) else "welcome_empty"
    )
    return page("welcome.html", words, hint=words(hint))


def suggestions(desk: Desk, view: View) -> list[dict[str, str]]:
    """Questions that the documents answer, to begin with."""
    return [{"text": question} for question in desk.collection(view).suggestions]


def ask(desk: Desk, view: View, question: str) -> Answering:
    """Yields the conversation while the answer is written; returns it with the view of the checked answer."""
    question = question.strip()
    before = messages(desk, view)
    try:
        return (yield from _asked(desk, view, question, before))
    except (RagkitError, ValueError, KeyError) as error:
        failure = page("failure.html", desk.words, reason=plain_line(_in_words(error)))
        return [*before, asked(question), said(failure)], view


def cut(desk: Desk, view: View, number: int) -> View:
    """Forgets the turns from `number` on, to ask anew."""
    desk.talks.cut(view.talk, number)
    talk = view.talk if desk.talks.turns(view.talk) else ""
    return replace(view, talk=talk, turn=-1, rating=False, evidence=None)


def _asked(desk: Desk, view: View, question: str, before: list[Message]) -> Answering:
    _check(desk, question)
    yield [*before, asked(question), said(_THINKING)]
    collection = desk.collection(view)
    try:
        chain = desk.service.chains.of(collection)
    except IndexNotFound as error:
        raise AppError(desk.words("nothing_ready")) from error
    asking = Asking(collection=collection, talk=view.talk, question=question, files=view.scope)
    writing = answer(asking, chain, desk.library, desk.talks)
    text = ""
    try:
        with desk.service.turns.turn(desk.person):
            while True:
                text += next(writing)
                yield [*before, asked(question), said(plain(text))]
    except StopIteration as end:
        talk: str = end.value
    finally:
        writing.close()
    view = replace(view, talk=talk, turn=len(before) // 2, rating=False)
    return messages(desk, view), view


def _check(desk: Desk, question: str) -> None:
    most = desk.service.settings.limits.question_characters
    if not question:
        raise AppError(desk.words("question_hint"))
    if len(question) > most:
        raise TooMuch(desk.words("too_long", count=len(question), most=most))


def _open_chain(desk: Desk, view: View) -> Chain | None:
    try:
        return desk.service.chains.of(desk.collection(view))
    except RagkitError:
        return None


def _places(chain: Chain | None) -> Places:
    def place(passage: Passage) -> Place | None:
        try:
            return chain.documents.place(passage.document_id, passage.start) if chain else None
        except KeyError:
            return None

    return place


def _in_words(error: Exception) -> str:
    return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
