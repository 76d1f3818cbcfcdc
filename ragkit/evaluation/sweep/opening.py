"""Makes a sweep ready: everything is checked, and the documents are read, before a trial begins."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from ragkit.errors import ConfigError, IndexLocked, StorageError
from ragkit.evaluation.golden import Question
from ragkit.evaluation.measures import Measure, parse_measure
from ragkit.evaluation.sweep.ledger import Ledger
from ragkit.evaluation.sweep.library import Library, Reading, library_of_files, library_of_index
from ragkit.evaluation.sweep.options import SweepOptions
from ragkit.evaluation.sweep.running import ASIDE, Sweep
from ragkit.evaluation.sweep.space import Space
from ragkit.evaluation.sweep.splitting import Split, split_questions
from ragkit.evaluation.sweep.trials import choose_trials
from ragkit.evaluation.sweep.vectors import VectorCache

_DEFAULTS = SweepOptions()


@contextmanager
def open_sweep(
    space: Space,
    questions: Sequence[Question],
    *,
    folder: Path,
    documents: Sequence[Path] | None = None,
    options: SweepOptions = _DEFAULTS,
    reading: Reading | None = None,
) -> Iterator[Sweep]:
    """A sweep whose trials, indexes and vectors are kept in `folder`, where it goes on if it was begun.

    The `documents` are files and folders, or those in the index of the chain. Raises `ConfigError` where
    anything is wrong with the space, the measure or the questions, `IndexNotFound`, `LoadError`,
    `IndexLocked` while another sweep is at work in the folder.
    """
    measure = parse_measure(options.measure)
    chosen = choose_trials(space, count=options.trials, seed=options.seed, skip_invalid=options.skip_invalid)
    with ExitStack() as stack:
        stack.enter_context(_alone(folder))
        library = _library(space, folder, documents, reading)
        stack.callback(library.close)
        split = split_questions(questions, library.documents_of, share=options.held_out, seed=options.seed)
        _require_sense(measure, split, library)
        ledger = Ledger(folder, _made_with(space, questions, library, options))
        if options.fresh and not ledger.new:
            ledger.begin()
        if ledger.new:
            shutil.rmtree(folder / ASIDE, ignore_errors=True)
        cache = VectorCache(folder / "vectors.sqlite")
        stack.callback(cache.close)
        yield Sweep(
            chosen,
            measure=measure,
            split=split,
            library=library,
            cache=cache,
            ledger=ledger,
            options=options,
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps every other sweep out of the folder."""
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "sweep.lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise IndexLocked(
            f"Another sweep is at work in {folder}. Wait until it has finished, or choose another --folder."
        ) from None
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written ({error.strerror}). Name another --folder."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _library(
    space: Space, folder: Path, documents: Sequence[Path] | None, reading: Reading | None
) -> Library:
    analyzer = space.chain.analyzer.build()
    if documents is None:
        return library_of_index(space.chain.index, analyzer)
    return library_of_files(folder / "documents", documents, analyzer, progress=reading)


def _require_sense(measure: Measure, split: Split, library: Library) -> None:
    """Questions that the measure is about, on each side that has any, and quotes that can be found."""
    for name, part in (("to search by", split.development), ("kept aside", split.held_out)):
        if part and not any(_is_about(measure, one) for one in part):
            wanted = "answers" if measure.kind == "answer" else "evidence"
            raise ConfigError(
                f"None of the {len(part)} questions {name} has {wanted}, which {measure} needs. Choose "
                "another --measure, --seed or --held-out, or complete the golden questions."
            )
    quoting = [one for one in (*split.development, *split.held_out) if one.evidence]
    if quoting and not any(map(library.knows, quoting)):
        raise ConfigError(
            f"No question quotes what stands in these {library.count} documents. Name those that the golden "
            "questions are about with --documents PATH."
        )


def _is_about(measure: Measure, question: Question) -> bool:
    return {"answer": bool(question.answers), "decision": True}.get(measure.kind, bool(question.evidence))


def _made_with(
    space: Space, questions: Sequence[Question], library: Library, options: SweepOptions
) -> Mapping[str, str]:
    """What the figures of trials depend on, in words for people."""
    settings = sorted((name, repr(one)) for name, one in space.settings.items())
    return {
        "the chain": _hash([space.chain.model_dump_json(exclude={"index"})]),
        "the space": _hash(map(repr, settings)),
        "the golden questions": _hash(one.model_dump_json() for one in questions),
        "the documents": library.fingerprint,
        "the measure": options.measure,
        "the seed or the share kept aside": f"{options.seed} {options.held_out:g}",
        "the version of ragkit": version("ragkit"),
    }


def _hash(parts: Iterable[str]) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:16]
