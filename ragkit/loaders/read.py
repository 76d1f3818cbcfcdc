"""Reading one file to the end: the right loader, then the cleaners. Made to run in a worker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ragkit.errors import LoadError, RagkitError
from ragkit.loaders.formats import FileLoader, loader_for
from ragkit.loaders.pdf import PdfLoader
from ragkit.stages import Cleaner
from ragkit.types import Document


def read_document(path: Path, *, password: str | None = None, cleaners: Sequence[Cleaner] = ()) -> Document:
    """The cleaned document in `path`. Whatever goes wrong is a `LoadError` (or `MemoryError`)."""
    return _read(loader_for(path), path, password, cleaners)


def reread_document(
    path: Path, error: Exception, *, password: str | None = None, cleaners: Sequence[Cleaner] = ()
) -> Document:
    """A PDF once more without pdfium, after `error` ended its worker; any other file raises `error`."""
    if not isinstance(loader_for(path), PdfLoader):
        raise error
    return _read(PdfLoader(parser="pypdf"), path, password, cleaners)


def _read(loader: FileLoader, path: Path, password: str | None, cleaners: Sequence[Cleaner]) -> Document:
    try:
        document = loader.load(path, password=password)
        for cleaner in cleaners:
            document = cleaner.clean(document)
    except (RagkitError, MemoryError):
        raise
    except OSError as error:
        raise LoadError((error.strerror or str(error)).lower()) from error
    except Exception as error:
        raise LoadError(f"the {loader.kind} parser failed ({type(error).__name__}: {error})"[:300]) from error
    return document
