"""Bytes of a text file, whatever its encoding, as text."""

from __future__ import annotations

import codecs
from pathlib import Path

from ragkit.errors import EmptyFile, LoadError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 1 << 16


def read_text(path: Path) -> tuple[bytes, str]:
    """The file's bytes, and its text with plain line breaks. Raises `EmptyFile` or `LoadError`."""
    data = path.read_bytes()
    if not data:
        raise EmptyFile("the file is empty (0 bytes)")
    text = decode(data)
    if not text.strip():
        raise EmptyFile("the file holds only white space")
    return data, text


def decode(data: bytes) -> str:
    """UTF-8, or what a byte order mark says, or GB18030, or what the bytes look like."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data, encoding)
    if b"\0" in data[:_SAMPLE]:
        raise LoadError("not a text file (it holds binary data)")
    try:
        return _plain(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        if error.end >= len(data) - 4 and error.reason == "unexpected end of data":
            return _plain(data.decode("utf-8", "ignore"))
    return _plain(data.decode(_guess(data), "replace"))


def _strict(data: bytes, encoding: str) -> str:
    try:
        return _plain(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise LoadError(f"its byte order mark says {encoding}, but its bytes are not") from error


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _guess(data: bytes) -> str:
    """GB18030 if nearly all of it reads as common Chinese, else what charset-normalizer says."""
    sample = data[:_SAMPLE]
    if _chinese_share(sample) > 0.7:
        return "gb18030"
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return "cp1252"
    best = from_bytes(sample).best()
    return best.encoding if best else "cp1252"


def _chinese_share(sample: bytes) -> float:
    """The share of common Chinese characters and punctuation in what is not ASCII."""
    foreign = [c for c in sample.decode("gb18030", "replace") if ord(c) > 127]
    common = sum(
        "\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uff65"
        for c in foreign
        if c != "\ufffd" and _in_gb2312(c)
    )
    return common / len(foreign) if foreign else 0.0


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
