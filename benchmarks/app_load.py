"""Many people chatting with the app at once, and what indexing does to them."""

from __future__ import annotations

import asyncio
import os
import random
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import httpx
import numpy as np
import psutil

from apps.chat.service import Service
from apps.chat.settings import AppSettings
from apps.chat.storage import Person
from benchmarks.app_client import AppClient
from benchmarks.data import DataMissing, RetrievalSet, data_folder, read_set
from benchmarks.figures import Figure

PEOPLE = 20
DOCUMENTS = 50
SECONDS = 120.0
PAGES = 100
_PARAGRAPHS = 10  # of a document
SET = "squad2-en"
_PASSWORD = "only for this benchmark"
_LONG = ("sec-10q/2022_Q3_MSFT.pdf", "samples/GeoTopo-komprimiert.pdf")  # 80 and 117 pages
_ADDRESS = re.compile(r"http://\S+?:\d+")


@dataclass(slots=True, kw_only=True)
class Load:
    """What happened: seconds of each answer, errors, and the server's memory in bytes."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chatter:
    """Somebody with documents of their own, and questions that these answer."""

    name: str
    documents: dict[str, str]
    questions: tuple[str, ...]


def measure(*, seconds: float = SECONDS) -> list[Figure]:
    """Answers of 20 people over 50 documents, first alone, then beside the indexing of a long PDF."""
    return asyncio.run(_measure(seconds))


async def _measure(seconds: float) -> list[Figure]:
    chatters = _chatters()
    with TemporaryDirectory() as folder:
        settings = AppSettings(data=Path(folder))
        service = Service(settings)
        people = {chatter.name: service.accounts.add(chatter.name, _PASSWORD) for chatter in chatters}
        indexer = service.accounts.add("indexer", _PASSWORD)
        async with _server(settings) as (url, process):
            clients = [await AppClient.open(url, chatter.name, _PASSWORD) for chatter in chatters]
            for chatter, client in zip(chatters, clients, strict=True):
                await _fill(service, people[chatter.name], chatter, client)
            await _indexed(service, list(people.values()))
            await _chat(chatters, clients, process, seconds=10.0)  # models and indexes are opened
            idle = await _chat(chatters, clients, process, seconds=seconds)
            busy, indexing = await _beside_indexing(service, indexer, url, chatters, clients, process)
            for client in clients:
                await client.close()
        mixed = sum(_foreign(service, person) for person in people.values())
    return _figures(idle, busy, indexing, mixed)


def _figures(idle: Load, busy: Load, indexing: float, mixed: int) -> list[Figure]:
    p95, beside = (float(np.percentile(load.seconds, 95)) for load in (idle, busy))
    count = len(idle.seconds) + len(busy.seconds)
    errors = idle.errors + busy.errors
    p50 = float(np.percentile(idle.seconds, 50))
    rate = len(idle.seconds) / sum(idle.seconds) * PEOPLE
    return [
        Figure(name="errors", value=len(errors), target=0, note="; ".join(errors[:2]) or f"{count} answers"),
        Figure(name="answers that cite documents of others", value=mixed, target=0),
        Figure(
            name=f"p95 of {PEOPLE} chats without a pause, seconds",
            value=p95,
            note=f"p50 {p50:.2f}, {rate:.1f} answers a second",
        ),
        Figure(
            name=f"p95 beside the indexing of {PAGES} pages, of it",
            value=beside / p95,
            target=3.0,
            note=f"{beside:.2f} s; indexed in {indexing:.0f} s",
        ),
        Figure(name="memory of the server, MB", value=max(idle.memory, busy.memory) / 1e6),
    ]


def _chatters() -> list[Chatter]:
    """Every document is one person's alone; so are the questions about it."""
    data = read_set(SET)
    asked: dict[str, list[str]] = {}
    for query, grades in data.grades.items():
        for id_ in grades:
            asked.setdefault(id_, []).append(data.queries[query])
    documents = [ids for ids in _parts(data) if any(id_ in asked for id_ in ids)]
    chosen = random.Random(0).sample(documents, DOCUMENTS)
    return [_chatter(number, chosen[number::PEOPLE], asked, data) for number in range(PEOPLE)]


def _parts(data: RetrievalSet) -> list[list[str]]:
    """Articles, long ones in parts, as the ids of their paragraphs."""
    articles: dict[str, list[str]] = {}
    for id_, text in data.documents.items():
        articles.setdefault(text.partition("\n")[0], []).append(id_)
    return [part for ids in articles.values() for part in _batched(ids)]


def _chatter(
    number: int, parts: Sequence[list[str]], asked: dict[str, list[str]], data: RetrievalSet
) -> Chatter:
    documents = {}
    for place, ids in enumerate(parts):
        title = data.documents[ids[0]].partition("\n")[0]
        body = "\n\n".join(data.documents[id_].partition("\n\n")[2] for id_ in ids)
        documents[f"{place} {title}.md".replace("/", "-")] = f"# {title}\n\n{body}"
    questions = tuple(question for ids in parts for id_ in ids for question in asked.get(id_, ()))
    return Chatter(name=f"person{number}", documents=documents, questions=questions)


def _batched(ids: Sequence[str]) -> Iterator[list[str]]:
    """The ids, so many at a time."""
    return (list(ids[start : start + _PARAGRAPHS]) for start in range(0, len(ids), _PARAGRAPHS))


async def _fill(service: Service, person: Person, chatter: Chatter, client: AppClient) -> None:
    collection = service.library(person).create("Documents")
    for name, text in chatter.documents.items():
        await client.upload(collection.id, name, text.encode())


async def _indexed(service: Service, people: Sequence[Person]) -> None:
    """Waits until every file of these people is ready. Raises `RuntimeError` for one that is not readable."""
    while True:
        libraries = [service.library(person) for person in people]
        files = [f for one in libraries for held in one.collections() for f in one.files(held.id)]
        if bad := [file for file in files if file.state in {"failed", "locked"}]:
            raise RuntimeError(f"{bad[0].name}: {bad[0].reason}")
        if files and all(file.state == "ready" for file in files):
            return
        await asyncio.sleep(0.2)


async def _chat(
    chatters: Sequence[Chatter],
    clients: Sequence[AppClient],
    process: psutil.Process,
    *,
    seconds: float = 0.0,
    until: asyncio.Event | None = None,
) -> Load:
    """Everybody asks one question after the other, for so long or until something is over."""
    load, ends = Load(), monotonic() + seconds

    def goes_on() -> bool:
        return not until.is_set() if until else monotonic() < ends

    async def one(chatter: Chatter, client: AppClient, number: int) -> None:
        questions = random.Random(number)
        while goes_on():
            started = monotonic()
            try:
                await client.ask(questions.choice(chatter.questions))
            except (RuntimeError, httpx.HTTPError) as error:
                load.errors.append(f"{chatter.name}: {error!r}")
                await asyncio.sleep(0.5)
            else:
                load.seconds.append(monotonic() - started)
            load.memory = max(load.memory, process.memory_info().rss)

    pairs = enumerate(zip(chatters, clients, strict=True))
    await asyncio.gather(*(one(chatter, client, number) for number, (chatter, client) in pairs))
    return load


async def _beside_indexing(
    service: Service,
    person: Person,
    url: str,
    chatters: Sequence[Chatter],
    clients: Sequence[AppClient],
    process: psutil.Process,
) -> tuple[Load, float]:
    """The same while a long PDF is indexed, and how many seconds that took."""
    client = await AppClient.open(url, person.name, _PASSWORD)
    collection = service.library(person).create("Long")
    over, started = asyncio.Event(), monotonic()
    await client.upload(collection.id, "long.pdf", _long_pdf())
    chatting = asyncio.create_task(_chat(chatters, clients, process, until=over))
    await _indexed(service, [person])
    taken = monotonic() - started
    over.set()
    await client.close()
    return await chatting, taken


def _long_pdf() -> bytes:
    """A PDF of 100 pages, from those of two real ones. Raises `DataMissing`."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    for name in _LONG:
        path = data_folder() / "pdf" / name
        if not path.is_file():
            raise DataMissing(f"No PDF at {path}.")
        for page in islice(PdfReader(path).pages, PAGES - len(writer.pages)):
            writer.add_page(page)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def _foreign(service: Service, person: Person) -> int:
    """How many answers kept for somebody cite, or are made from, a document that is not theirs."""
    talks, library = service.talks(person), service.library(person)
    wrong = 0
    for collection in library.collections():
        theirs = {str(file.path) for file in library.files(collection.id)}
        for name, _ in talks.all(collection.id):
            for turn in talks.turns(name):
                wrong += any(citation.source not in theirs for citation in turn.citations)
    return wrong


@asynccontextmanager
async def _server(settings: AppSettings) -> AsyncIterator[tuple[str, psutil.Process]]:
    """The app as people start it, on a free port."""
    command = [sys.executable, "-m", "apps.chat", "--port", "0", "--data", str(settings.data)]
    log = settings.data / "benchmark.log"
    options = ["--log", str(log), "--logins", "1000", "--questions", "10000", "--requests", "1000000"]
    with subprocess.Popen(
        [*command, *options], stderr=subprocess.PIPE, text=True, env={**os.environ, "RAGKIT_OFFLINE": "1"}
    ) as process:
        try:
            assert process.stderr
            said = await asyncio.to_thread(process.stderr.readline)
            found = _ADDRESS.search(said)
            if not found:
                raise RuntimeError(f"the app does not start: {said}{process.stderr.read()}")
            yield found[0], psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)
