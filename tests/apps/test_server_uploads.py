"""Documents come in: what is taken, what is refused, and that nothing is left of what is cut off."""

from __future__ import annotations

import io
import os
import socket
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from running_app import Running, running, upload, wait_for, within

ROOT = Path(__file__).parents[2]
PDF = sorted((ROOT / "corpora" / "demo").rglob("*.pdf"))[0]


def word_document() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    return made.getvalue()


def plain_zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("notes.txt", "no Word document")
    return made.getvalue()


GOOD = {
    "report.pdf": PDF.read_bytes(),
    "letter.docx": word_document(),
    "page.html": b"<!doctype html><p>Hello",
    "notes.md": "# 标题\n\n正文。".encode(),
    "old.txt": "黄河发源于青海省".encode("gb18030"),
    "wide.txt": "wide letters".encode("utf-16"),
    "rows.jsonl": b'{"id": "1", "text": "one"}\n',
    "rows.csv": b"id,text\n1,one\n",
}
BAD = {
    "program.pdf": (b"MZ\x90\x00\x03" + bytes(200), "a program"),
    "program.txt": (b"MZ\x90\x00\x03" + bytes(200), "not text"),
    "script.exe": (b"hello", ".exe files are not taken"),
    "elf.md": (b"\x7fELF" + bytes(50), "a program"),
    "zip.docx": (plain_zip(), "a zip archive"),
    "cut.docx": (word_document()[:60], "damaged"),
    "picture.pdf": (b"\x89PNG\r\n\x1a\n" + bytes(50), "a picture"),
    "renamed.txt": (PDF.read_bytes()[:3000], "a PDF"),
    "words.pdf": (b"only words", "something else"),
    "old.docx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "Office"),
    "empty.txt": (b"", "empty"),
    "noise.txt": (bytes(range(256)), "not text"),
    "noending": (b"words", "not taken"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_file_is_taken_for_what_it_is(server: Running, name: str) -> None:
    client, collection = server.client("anna"), server.collection("anna")
    done = upload(client, collection, (name, GOOD[name]))
    assert done.status_code == 201, done.text
    (file,) = done.json()["files"]
    assert file["name"] == name
    kept = server.library("anna").file(file["id"])
    assert kept.path.read_bytes() == GOOD[name]
    assert kept.size == len(GOOD[name])
    assert client.get(f"/api/files/{file['id']}").content == GOOD[name]


@pytest.mark.parametrize("name", BAD)
def test_a_file_is_refused_for_what_it_is(server: Running, name: str) -> None:
    content, reason = BAD[name]
    collection = server.collection("anna", "Refusals")
    done = upload(server.client("anna"), collection, (name, content))
    assert done.status_code == 415
    assert reason in done.json()["error"]
    assert done.json()["refused"] == [{"name": name, "reason": done.json()["error"]}]
    assert nothing_of(server, collection)


def nothing_of(server: Running, collection: str) -> bool:
    library = server.library("anna")
    return not library.files(collection) and not list(library.own(collection).files.glob("*"))


def test_reasons_are_told_in_chinese(server: Running) -> None:
    client = server.client("anna")
    client.cookies.set("language", "zh")
    done = upload(client, server.collection("anna", "Refusals"), ("a.pdf", BAD["program.pdf"][0]))
    assert done.json()["error"] == "内容与 .pdf 文件不符：实际是程序。"


def test_of_many_files_the_good_are_taken_and_the_bad_are_named(server: Running) -> None:
    collection = server.collection("anna", "Mixed")
    files = [("a.md", b"# A"), ("b.pdf", b"MZ" + bytes(9)), ("c.md", b"# C")]
    done = upload(server.client("anna"), collection, *files)
    assert done.status_code == 201
    assert [file["name"] for file in done.json()["files"]] == ["a.md", "c.md"]
    assert [one["name"] for one in done.json()["refused"]] == ["b.pdf"]
    assert "error" not in done.json()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\boot.txt", "boot.txt"),
        ("/etc/shadow.txt", "shadow.txt"),
        (".hidden.txt", "hidden.txt"),
        ("<img src=x onerror=alert(1)>.txt", "<img src=x onerror=alert(1)>.txt"),
        ("合同 2024.txt", "合同 2024.txt"),
    ],
)
def test_a_name_leads_nowhere_but_into_its_folder(server: Running, sent: str, kept: str) -> None:
    client, collection = server.client("anna"), server.collection("anna", "Names")
    (file,) = upload(client, collection, (sent, b"words")).json()["files"]
    assert file["name"] == kept
    path = server.library("anna").file(file["id"]).path
    assert path.name == kept
    assert path.parent.parent == server.library("anna").own(collection).files
    sent_back = client.get(f"/api/files/{file['id']}")
    assert sent_back.headers["content-disposition"].startswith("attachment")
    assert sent_back.headers["content-type"] == "application/octet-stream"
    assert sent_back.headers["x-content-type-options"] == "nosniff"


def test_what_is_no_upload_is_refused(server: Running) -> None:
    client, collection = server.client("anna"), server.collection("anna", "Refusals")
    url = f"/api/collections/{collection}/files"
    assert client.post(url, json={"file": "x"}).status_code == 400
    assert client.post(url, files={"other": ("a.md", b"# A")}).status_code == 400
    assert client.post(url, data={"file": "a"}).status_code == 400
    boundary = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post(url, content=b"no multipart", headers=boundary).status_code == 400
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\n# A'
    assert client.post(url, content=head, headers=boundary).status_code == 400
    assert nothing_of(server, collection)


def test_sizes_and_numbers_are_limited(tmp_path: Path) -> None:
    with within(tmp_path, file_bytes=1000, files=3, storage_bytes=2000) as app:
        client, library = app.client("anna"), app.library("anna")
        collection = library.create("Papers")

        def sent(size: int) -> httpx.Response:
            return upload(client, collection.id, (f"{size}.txt", b"a" * size))

        assert (sent(1001).status_code, "larger than 1000 bytes" in sent(1001).json()["error"]) == (413, True)
        assert [sent(990).status_code for _ in range(3)] == [201, 201, 413]
        assert "no room: you use 1.934 KB of 1.953 KB" in sent(990).json()["error"]
        assert sent(10).status_code == 201
        assert (sent(1).status_code, "3 files" in sent(1).json()["error"]) == (413, True)
        assert len(library.files(collection.id)) == len(list(collection.files.glob("*"))) == 3


def test_what_others_have_takes_no_room(tmp_path: Path) -> None:
    with within(tmp_path, storage_bytes=1000) as app:
        for name in ("anna", "ben"):
            collection = app.library(name).create("Papers")
            assert upload(app.client(name), collection.id, ("a.txt", b"a" * 900)).status_code == 201


def test_far_too_much_is_not_even_read(tmp_path: Path) -> None:
    with running(tmp_path, "--file-mb", "1") as server:
        client, collection = server.client("anna"), server.collection("anna")
        read = 0

        def endless() -> object:
            nonlocal read
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
            while read < 500:
                read += 1
                yield b"a" * 1024**2

        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        try:
            done = client.post(
                f"/api/collections/{collection}/files",
                content=endless(),  # type: ignore[arg-type]  # a generator
                headers=headers,
            )
        except httpx.TransportError:  # the server hung up while we were sending
            pass
        else:
            assert done.status_code == 413
        assert read < 100
        assert nothing_of(server, collection)


def test_a_connection_that_is_cut_leaves_nothing(server: Running) -> None:
    client, collection = server.client("anna"), server.collection("anna", "Cut")
    place = urlsplit(server.url)
    cookie = f"ragkit_session={client.cookies['ragkit_session']}"
    head = (
        f"POST /api/collections/{collection}/files HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookie}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    )
    folder = server.library("anna").own(collection).files
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(head.encode() + b"a" * 300_000)
        wait_for(lambda: any(folder.glob("*")), "the file does not arrive")
    wait_for(lambda: not any(folder.glob("*")), "the file stays")
    assert not server.library("anna").files(collection)


def test_a_kill_in_the_middle_leaves_nothing_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        client, collection = server.client("anna"), server.collection("anna")
        upload(client, collection, ("whole.md", b"# Whole\n\nThis one is whole."))
        place = urlsplit(server.url)
        head = (
            f"POST /api/collections/{collection}/files HTTP/1.1\r\nHost: {place.netloc}\r\n"
            f"Cookie: ragkit_session={client.cookies['ragkit_session']}\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n"
            '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        )
        folder = server.library("anna").own(collection).files
        with socket.create_connection((place.hostname, place.port)) as connection:
            connection.sendall(head.encode() + b"a" * 300_000)
            wait_for(lambda: len(list(folder.glob("*"))) == 2, "the file does not arrive")
            os.kill(server.process.pid, 9)
            server.process.wait()
        assert len(list(folder.glob("*"))) == 2
    with running(tmp_path) as server:
        library = server.library("anna")
        assert [file.name for file in library.files(collection)] == ["whole.md"]
        wait_for(lambda: library.files(collection)[0].state == "ready", "it is not indexed")
        assert len(list(folder.glob("*"))) == 1
