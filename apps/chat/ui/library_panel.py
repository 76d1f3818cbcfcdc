"""The list of a collection's documents, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import time
from typing import TYPE_CHECKING

from apps.chat.audit import audit
from apps.chat.errors import NotFound
from apps.chat.reasons import NOT_INDEXED, SAME_AS, Reason
from apps.chat.storage import Collection, Person, StoredFile
from apps.chat.storage.files import has_pages
from apps.chat.ui.pages import page
from apps.chat.ui.view import Desk, Evidence, View
from apps.chat.ui.words import Words

if TYPE_CHECKING:
    from apps.chat.storage import Library

Event = Mapping[str, object]
_SUGGESTED_SECONDS = 180.0  # after an upload
_MOST_ROWS = 200  # of a list; more are found by their names


def library_html(desk: Desk, view: View, *, error: str = "") -> str:
    """The panel for what is shown now."""
    library, words = desk.library, desk.words
    collection = desk.collection(view)
    files = library.files(collection.id)
    undo, waiting = _undo(library, view, words), any(file.waiting for file in files)
    found = [file for file in files if view.find in file.name.lower()]
    return page(
        "library.html",
        words,
        collection=collection,
        collections=library.collections(),
        shareable=bool(desk.service.accounts.all()),
        shared=library.shared_with(collection.id) if collection.own else [],
        files=files,
        rows=[_row(file, view, desk) for file in found[:_MOST_ROWS]],
        many=len(files) > _MOST_ROWS,
        hidden=max(0, len(found) - _MOST_ROWS),
        ready=sum(file.state == "ready" for file in files),
        waiting=waiting,
        undo=undo,
        changes=waiting or bool(undo) or _wants_suggestions(collection, files),
        error=error,
    )


def _wants_suggestions(collection: Collection, files: Sequence[StoredFile]) -> bool:
    """Whether first questions may still come."""
    newest = max((file.added for file in files), default=0.0)
    return not collection.suggestions and time() - newest < _SUGGESTED_SECONDS


def act(desk: Desk, view: View, event: Event) -> View:
    """What a button of the panel does; returns what is shown then. Raises `AppError`."""
    action = _ACTIONS.get(str(event.get("do")))
    if action is None:
        raise NotFound("no_such_action")
    return action(desk, view, event)


def _row(file: StoredFile, view: View, desk: Desk) -> dict[str, object]:
    words = desk.words
    return {
        "file": file,
        "state": words(file.state, done=file.done, total=file.total),
        "pages": words.count("pages", file.pages) if file.pages and has_pages(file.name) else "",
        "warnings": _warnings(file, desk),
        "scoped": file.id in view.scope,
    }


def _warnings(file: StoredFile, desk: Desk) -> list[str]:
    words, lines = desk.words, []
    if file.state == "ready" and file.reason:
        lines.append(words("same_as", name=file.reason.removeprefix(SAME_AS)))
    if file.state == "failed":
        lines.append(_reason(file, desk))
    if file.empty_pages:
        lines.append(words.count("empty_pages", file.empty_pages))
    return [*lines, *(Reason(warning).said(words.language) for warning in file.warnings)]


def _reason(file: StoredFile, desk: Desk) -> str:
    """Why it failed; what concerns this machine is told to administrators only."""
    words = desk.words
    if not file.reason.startswith(NOT_INDEXED):
        return Reason(file.reason).said(words.language)
    said, why = words("not_indexed"), file.reason.removeprefix(NOT_INDEXED)
    return words("with_reason", said=said, reason=why) if desk.person.admin else said


def _undo(library: Library, view: View, words: Words) -> str:
    """What was removed last and can be had back; "" once it cannot."""
    removed = []
    for file_id in view.removed:
        try:
            removed.append(library.file(file_id))
        except NotFound:
            continue
    gone = [file for file in removed if file.removed is not None]
    if len(gone) == 1:
        return words("removed_one", name=gone[0].name)
    return words("removed_many", count=len(gone)) if gone else ""


def _text(event: Event, key: str) -> str:
    return str(event.get(key) or "")


def _select(desk: Desk, view: View, event: Event) -> View:
    return _showing(view, desk.library.collection(_text(event, "value")))


def _create(desk: Desk, view: View, event: Event) -> View:
    return _showing(view, desk.library.create(_text(event, "value")))


def _rename(desk: Desk, view: View, event: Event) -> View:
    desk.library.rename(desk.collection(view).id, _text(event, "value"))
    return view


def _delete(desk: Desk, view: View, event: Event) -> View:
    collection = desk.library.own(desk.collection(view).id)
    desk.library.delete(collection.id)
    desk.service.chains.forget(collection.id)
    for name, _ in desk.talks.all(collection.id):
        desk.talks.delete(name)
    return desk.first()


def _share(desk: Desk, view: View, event: Event) -> View:
    person = _reader(desk, event)
    desk.library.share(desk.collection(view).id, person)
    audit("shared", person=desk.person.id, collection=view.collection, reader=person.id)
    return view


def _unshare(desk: Desk, view: View, event: Event) -> View:
    person = _reader(desk, event)
    desk.library.unshare(desk.collection(view).id, person)
    audit("sharing ended", person=desk.person.id, collection=view.collection, reader=person.id)
    return view


def _reader(desk: Desk, event: Event) -> Person:
    """The account that a collection is shared with; its error tells of no other accounts."""
    name = _text(event, "value").strip()
    for person in desk.service.accounts.all():
        if person.name.lower() == name.lower() and person != desk.person:
            return person
    raise NotFound("no_account", name=name)


def _remove(desk: Desk, view: View, event: Event) -> View:
    file = desk.library.own_file(_text(event, "id"))
    desk.library.remove([file.id])
    desk.service.indexer.wake()
    scope = tuple(one for one in view.scope if one != file.id)
    return replace(view, removed=(*view.removed, file.id), scope=scope)


def _take_back(desk: Desk, view: View, event: Event) -> View:
    desk.library.restore(view.removed)
    return replace(view, removed=())


def _retry(desk: Desk, view: View, event: Event) -> View:
    desk.library.retry(_text(event, "id"))
    desk.service.indexer.wake()
    return view


def _unlock(desk: Desk, view: View, event: Event) -> View:
    desk.service.indexer.unlock(desk.library, _text(event, "id"), _text(event, "value"))
    return view


def _scope(desk: Desk, view: View, event: Event) -> View:
    file = desk.library.file(_text(event, "id"))
    others = tuple(one for one in view.scope if one != file.id)
    return replace(view, scope=(*others, file.id) if event.get("checked") else others)


def _open(desk: Desk, view: View, event: Event) -> View:
    file = desk.library.file(_text(event, "id"))
    return replace(view, evidence=Evidence(file=file.id, page=0), rating=False)


def _return(desk: Desk, view: View, event: Event) -> View:
    """To the collection and the talk that this browser showed last, as far as they are there."""
    known = {collection.id for collection in desk.library.collections()}
    collection_id, talk = _text(event, "id"), _text(event, "value")
    if collection_id not in known:
        return view
    talks = {name for name, _ in desk.talks.all(collection_id)}
    return View(person=view.person, collection=collection_id, talk=talk if talk in talks else "")


def _find(desk: Desk, view: View, event: Event) -> View:
    return replace(view, find=_text(event, "value").lower())


def _showing(view: View, collection: Collection) -> View:
    return View(person=view.person, collection=collection.id)


_ACTIONS: dict[str, Callable[[Desk, View, Event], View]] = {
    "collection": _select,
    "new": _create,
    "rename": _rename,
    "delete": _delete,
    "share": _share,
    "unshare": _unshare,
    "remove": _remove,
    "undo": _take_back,
    "retry": _retry,
    "unlock": _unlock,
    "scope": _scope,
    "open": _open,
    "find": _find,
    "return": _return,
}
