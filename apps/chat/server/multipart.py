"""multipart/form-data, read piece by piece: the files in it are handed on while they arrive."""

from __future__ import annotations

from typing import Protocol

from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header

from apps.chat.errors import AppError

_FIELD = b"file"


class Taker(Protocol):
    """Takes files, one after the other."""

    def begin(self, name: str) -> None:
        """A file of this name arrives, as its sender says."""

    def take(self, data: bytes) -> None:
        """Some more of it."""

    def end(self) -> None:
        """It is complete."""


class Multipart:
    """Feeds the files of one request, sent as the field `file`, to a taker."""

    def __init__(self, content_type: str, taker: Taker) -> None:
        """Raises `AppError` where the request is of another type."""
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise AppError("not_multipart")
        self._taker = taker
        self._name, self._value = b"", b""
        self._disposition = b""
        self._within = False
        callbacks = {
            "on_part_begin": self._on_part_begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_part_end": self._on_part_end,
        }
        self._parser = MultipartParser(options[b"boundary"], callbacks)  # type: ignore[arg-type]

    def feed(self, data: bytes) -> None:
        """The next bytes of the body. Raises `AppError` for what is not multipart."""
        try:
            self._parser.write(data)
        except MultipartParseError as error:
            raise AppError("multipart_damaged") from error

    def close(self) -> None:
        """The body is over. Raises `AppError` where it ends too soon."""
        if self._within:
            raise AppError("multipart_cut")

    def _on_part_begin(self) -> None:
        self._disposition = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name, self._value = b"", b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if options.get(b"name") == _FIELD and b"filename" in options:
            self._within = True
            # browsers write a quotation mark within a name as %22
            name = options[b"filename"].decode("utf-8", "replace").replace("%22", '"')
            self._taker.begin(name)

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._within:
            self._taker.take(data[start:end])

    def _on_part_end(self) -> None:
        if self._within:
            self._within = False
            self._taker.end()
