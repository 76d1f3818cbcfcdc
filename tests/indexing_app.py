"""An app's data folder with its indexer, and without its pages; as a program, a server without them.

python tests/indexing_app.py FOLDER
"""

from __future__ import annotations

import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from apps.chat.chains import Chains
from apps.chat.indexing import Indexer
from apps.chat.settings import AppSettings, Limits
from apps.chat.storage import Accounts, Collection, Database, Library, StoredFile

FAST = "embedder: {type: hashing, dimension: 64}\nchunker: {type: markdown, size: 40}\n"
FIXTURES = Path(__file__).parent / "fixtures"
DEMO = Path(__file__).parents[1] / "corpora" / "demo"
NTSB = FIXTURES / "pdf-us-gov" / "ntsb-NYC08CA073.pdf"
_PATIENCE = 120.0


class Shelf:
    """One data folder, the library of the only person, and an indexer that is not started."""

    def __init__(self, folder: Path, *, undo_seconds: float = 30.0) -> None:
        chain = folder / "chain.yaml"
        chain.write_text(FAST, encoding="utf-8")
        limits = Limits(undo_seconds=undo_seconds)
        self.settings = AppSettings(data=folder / "data", chain=str(chain), limits=limits)
        self.database = Database(self.settings.data)
        self.library = Library(self.database, Accounts(self.database).alone())
        self.chains = Chains(self.settings)
        self.indexer = Indexer(self.database, self.settings, chains=self.chains)

    def upload(self, collection: Collection, name: str, content: bytes | str | Path) -> StoredFile:
        """Stores a file as the server does: first the file, then its row."""
        if isinstance(content, Path):
            content = content.read_bytes()
        data = content.encode() if isinstance(content, str) else content
        file_id = secrets.token_hex(8)
        path = collection.files / file_id / name
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        file = self.library.add(collection.id, file_id=file_id, name=name, size=len(data))
        self.indexer.wake()
        return file

    def files(self) -> list[StoredFile]:
        """The files of all collections."""
        return [file for one in self.library.collections() for file in self.library.files(one.id)]

    def states(self) -> Counter[str]:
        """How many files are in which state."""
        return Counter(file.state for file in self.files())

    def settled(self) -> bool:
        """Whether nothing waits to be indexed."""
        return not any(file.waiting for file in self.files())

    def settle(self) -> None:
        """Waits until nothing waits to be indexed."""
        self.until(self.settled)

    def until(self, condition: Callable[[], bool], *, seconds: float = _PATIENCE) -> None:
        """Waits for a condition. Raises `TimeoutError`."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"still {dict(self.states())}")
            time.sleep(0.02)

    def found(self, collection: Collection, question: str) -> Sequence[str]:
        """The names of the files that a question finds, the best first."""
        chain = self.chains.of(collection)
        ids = dict.fromkeys(hit.chunk.document_id for hit in chain.search(question))
        return [Path(source).name for one in ids for source in chain.documents.sources_of(one)]  # type: ignore[attr-defined]


def _serve(folder: Path) -> None:
    shelf = Shelf(folder)
    shelf.indexer.start()
    print("started", flush=True)
    while True:
        time.sleep(1.0)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
