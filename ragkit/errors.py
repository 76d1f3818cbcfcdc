"""Everything that ragkit raises on purpose.

RagkitError
├── ConfigError            a configuration that cannot be used
├── MissingDependency      an optional package is not installed
├── ModelNotFound          weights are not on this machine
├── ModelDamaged           weights are there, but are not what the catalog says
├── OfflineError           a socket was wanted while offline
├── LoadError              one file could not be read
│   ├── UnsupportedFormat
│   ├── EncryptedFile
│   ├── EmptyFile
│   └── ResourceLimit      time or memory ran out
├── QueryError             a question that cannot be searched for
├── IndexNotFound
├── IndexMismatch          the index was built with other settings
├── IndexLocked            another process is writing
├── IndexDamaged           the store itself cannot be read
├── StorageError           the disk refused a write
├── SessionError           saved talks cannot be used
└── GenerationError

A message says what was wrong, the value, the valid choices and what to do next.
A programmer's mistake stays `ValueError` or `TypeError`.
"""


class RagkitError(Exception):
    """The root of all errors that ragkit raises on purpose."""


class ConfigError(RagkitError):
    """A configuration cannot be used; the message lists every problem in it."""


class MissingDependency(RagkitError):
    """An optional package is not installed; the message carries the pip line."""


class ModelNotFound(RagkitError):
    """A model's weights are not on this machine."""


class ModelDamaged(RagkitError):
    """A model's file differs from the sha256 in the catalog."""


class OfflineError(RagkitError):
    """A connection beyond loopback was wanted while offline."""


class LoadError(RagkitError):
    """One file could not be read; the message is the reason, without the path."""


class UnsupportedFormat(LoadError):
    """No loader reads this kind of file."""


class EncryptedFile(LoadError):
    """The file wants a password that was not given, or another one than was given."""


class EmptyFile(LoadError):
    """The file holds no text: no bytes, no pages, or only pictures."""


class ResourceLimit(LoadError):
    """Reading the file took more time or memory than allowed."""


class QueryError(RagkitError):
    """A question cannot be searched for: it says only where to look, or its dates leave no time."""


class IndexNotFound(RagkitError):
    """There is no index at this place."""


class IndexMismatch(RagkitError):
    """The index was built with other settings than the chain asks for."""


class IndexLocked(RagkitError):
    """Another process is writing to the index."""


class IndexDamaged(RagkitError):
    """The index's store cannot be read."""


class StorageError(RagkitError):
    """The disk refused a write (full, read-only); what was stored before stays whole."""


class SessionError(RagkitError):
    """Saved talks cannot be read or written, or a talk cannot have this name."""


class GenerationError(RagkitError):
    """A generator could not produce an answer."""
