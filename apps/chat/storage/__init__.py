"""What the app keeps: accounts, collections, files, ratings and runs, in one SQLite file."""

from apps.chat.storage.accounts import Accounts, Person
from apps.chat.storage.database import Database
from apps.chat.storage.files import StoredFile
from apps.chat.storage.library import Collection, Library

__all__ = ["Accounts", "Collection", "Database", "Library", "Person", "StoredFile"]
