"""What people are told: every sentence in both languages, every error with words of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from indexing_app import FIXTURES, Shelf
from test_server_uploads import plain_zip, word_document

import ragkit
from apps.chat import errors, reasons, telling
from apps.chat.reasons import Reason
from apps.chat.storage.files import STATES
from apps.chat.words import table
from ragkit import EncryptedFile, RagkitError, Verdict, unlock_pdf

APP = Path(errors.__file__).parent
PACKAGES = ("apps.chat", "apps.chat.server", "apps.chat.ui")
CHINESE = re.compile("[一-鿿]")


def placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_sentence_stands_in_both_languages_with_the_same_values(package: str) -> None:
    english, chinese = table(package, "en"), table(package, "zh")
    assert list(english) == list(chinese)
    assert not [key for key in english if placeholders(english[key]) != placeholders(chinese[key])]


def test_every_word_of_the_interface_is_said() -> None:
    files = [file for kind in ("py", "html", "js") for file in (APP / "ui").rglob(f"*.{kind}")]
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    said = set(re.findall(r"[\"']([a-z_]+)[\"']", source))
    counted = {f"{key}_{number}" for key in said for number in ("one", "many")}
    verdicts, states = set(get_args(Verdict)), set(STATES)
    stages = {f"stage_{name}" for name in _names_in_ragkit()}
    assert set(table("apps.chat.ui", "en")) <= said | counted | verdicts | states | stages


def _names_in_ragkit() -> set[str]:
    """What ragkit may call a stage or a timing."""
    package = Path(ragkit.__file__).parent
    files = [package / "chain.py", *package.glob("re*/*.py")]
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return set(re.findall(r"[\"']([a-z_0-9]+)[\"']", source))


def test_no_words_hide_those_of_errors() -> None:
    of_errors = set(table("apps.chat", "en"))
    for package in PACKAGES[1:]:
        assert not of_errors & set(table(package, "en"))


def raised() -> Iterator[tuple[str, ast.Call]]:
    """Every error of the app that its code makes."""
    kinds = {"AppError", "NotFound", "NotAllowed", "TooMuch", "NotReadable", "WrongKind"}
    for file in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
                yield f"{file.relative_to(APP)}:{node.lineno}", node


def test_every_error_that_is_raised_has_its_words_and_their_values() -> None:
    words = table("apps.chat", "en")
    calls = list(raised())
    assert len(calls) > 50
    for place, call in calls:
        key, *more = call.args
        assert isinstance(key, ast.Constant), f"{place}: the key is no plain text"
        assert not more, place
        assert key.value in words, f"{place}: no words for {key.value!r}"
        given = {keyword.arg for keyword in call.keywords}
        assert given == placeholders(words[key.value]), f"{place}: other values than the words have"


def test_the_kinds_of_errors_above_are_all_there_are() -> None:
    classes = {
        node.name
        for file in APP.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id in {"AppError", "NotReadable"} for base in node.bases)
    }
    assert classes == {"NotFound", "NotAllowed", "TooMuch", "NotReadable", "WrongKind", "Stale"}


def test_an_error_is_said_in_each_language_and_logged_in_english() -> None:
    error = errors.NotReadable("file_other", ending=".pdf", content=errors.Phrase("content_program"))
    assert str(error) == "Its content is not that of a .pdf file: it is a program."
    assert error.said("zh") == "内容与 .pdf 文件不符：实际是程序。"


def subclasses(kind: type[Exception]) -> Iterator[type[Exception]]:
    for one in kind.__subclasses__():
        if one.__module__ == "ragkit.errors":
            yield one
            yield from subclasses(one)


def test_errors_of_ragkit_tell_folders_to_administrators_only(caplog: pytest.LogCaptureFixture) -> None:
    kinds = list(subclasses(RagkitError))
    assert len(kinds) > 12
    for kind in kinds:
        error = kind("the index at /srv/data/people/7 is busy")
        assert "/srv" not in telling.told(error, "en", admin=False)
        assert CHINESE.search(telling.told(error, "zh", admin=False))
        assert "/srv/data/people/7" in telling.told(error, "zh", admin=True)
        assert "/srv" not in caplog.text
        assert kind.__name__ in caplog.text


def test_what_nobody_expected_is_told_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    try:
        int("secret words")
    except ValueError as error:
        for admin in (False, True):
            assert "secret" not in telling.told(error, "en", admin=admin)
    assert "ValueError at test_words.py:" in caplog.text
    assert "secret" not in caplog.text


# -- reasons of files


def test_reasons_in_chinese_name_what_their_patterns_find() -> None:
    known = reasons._patterns("zh")
    assert len(known) > 30
    for pattern, words in known:
        assert placeholders(words) <= set(pattern.groupindex), pattern.pattern


BAD: dict[str, bytes] = {
    "empty.md": b"",
    "blank.txt": b" \n \n",
    "noise.txt": b"a\0b" * 50,
    "broken.pdf": b"%PDF-1.7\n" + b"no pages" * 20,
    "cut.docx": word_document()[:60],
    "other.docx": plain_zip(),
    "page.html": b"<html><body></body></html>",
    "strange.xyz": b"words",
    "rows.csv": b"a,b\n1,2\n",
    "wide.txt": b"\xff\xfe\x00\xd8",
}


def test_what_ragkit_says_of_bad_files_is_told_in_chinese(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    one = shelf.library.create("bad")
    for name, content in BAD.items():
        shelf.upload(one, name, content)
    shelf.upload(one, "scan.pdf", FIXTURES / "pdf-odd" / "imagemagick-lzw.pdf")
    shelf.indexer.start()
    try:
        shelf.settle()
    finally:
        shelf.indexer.stop(5)
    failed = [file for file in shelf.files() if file.state == "failed"]
    assert len(failed) >= len(BAD)
    untold = [file.reason for file in failed if not CHINESE.search(Reason(file.reason).said("zh"))]
    assert not untold
    assert all(Reason(file.reason).said("en") == file.reason for file in failed)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("it is encrypted: enter its password", "有密码保护：请输入密码"),
        ("no text on any of its 4 pages: scanned pages need OCR first (or ...)", "全部 4 页都没有文字"),
        ("took longer than 60 s", "读取超过 60 秒"),
        ("needed more than 2048 MB", "2048 MB"),
        ("pages 3, 5-7 have no text (scanned or blank?)", "第 3, 5-7 页没有文字"),
        ("page 2 has 1 character that nobody sees (tiny type), left out", "第 2 页有 1 个"),
        ("line 4: not JSON (x, column 1)", "第 4 行"),
        ("something that nobody translated", "something that nobody translated"),
    ],
)
def test_reasons_in_chinese(english: str, chinese: str) -> None:
    assert chinese in Reason(english).said("zh")


def test_a_wrong_password_is_told_in_chinese(tmp_path: Path) -> None:
    with pytest.raises(EncryptedFile) as caught:
        unlock_pdf(FIXTURES / "pdf-odd" / "r6-user-password.pdf", tmp_path / "x.pdf", "wrong")
    assert Reason(str(caught.value)).said("zh") == "密码不正确"
