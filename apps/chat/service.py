"""Everything that the pages and the routes of a running app share."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from apps.chat.chains import Chains
from apps.chat.settings import AppSettings
from apps.chat.storage import Accounts, Database, Library, Person
from apps.chat.turns import Turns

if TYPE_CHECKING:
    from apps.chat.indexing import Indexer
    from apps.chat.talks import Talks
    from ragkit import PdfPages


class Service:
    """One data folder with its accounts, its chains, and what is indexed in the background."""

    def __init__(self, settings: AppSettings) -> None:
        """Makes the data folder where there is none. Raises `AppError` where it cannot be used."""
        self.settings = settings
        self.database = Database(settings.data)
        self.accounts = Accounts(self.database)
        self.chains = Chains(settings)
        self.turns = Turns(settings.limits)

    @cached_property
    def indexer(self) -> Indexer:
        """What indexes uploaded files in the background."""
        from apps.chat.indexing import Indexer

        return Indexer(self.database, self.settings, chains=self.chains)

    @cached_property
    def pdf_pages(self) -> PdfPages:
        """What draws pages of PDFs, each in a worker process."""
        from ragkit import PdfPages

        return PdfPages()

    def start(self) -> None:
        """Begins what goes on in the background. Call it before anything is uploaded."""
        self.indexer.start()

    def stop(self, seconds: float) -> None:
        """Ends it within about `seconds`; what is being indexed goes on after the next start."""
        self.indexer.stop(seconds)
        self.pdf_pages.close()

    def library(self, person: Person) -> Library:
        """The collections and files that a person may see."""
        return Library(self.database, person)

    def talks(self, person: Person) -> Talks:
        """The conversations of a person."""
        from apps.chat.talks import Talks

        folder = self.database.folder / "people" / str(person.id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Talks(folder)
