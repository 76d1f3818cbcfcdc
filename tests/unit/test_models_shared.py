"""Models are loaded once for all chains and threads of a process, and threads do not disturb each other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from threading import Barrier
from time import sleep

import pytest
from corpus import LIMITS

from ragkit import Answer, Config
from ragkit.embedders import (
    MultilingualE5Config,
    OnnxConfig,
    SentenceTransformerConfig,
    UniversalSentenceEncoderConfig,
)
from ragkit.models.onnx import shared_encoder
from ragkit.models.shared import loaded_once, shared
from ragkit.support import shared_reader

_MANY = 8


def at_once(work: Callable[[int], object]) -> list[object]:
    """What threads get that begin at the same moment."""
    barrier = Barrier(_MANY)

    def begin(number: int) -> object:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(_MANY) as threads:
        return list(threads.map(begin, range(_MANY)))


def test_a_shared_thing_is_made_once_for_the_same_arguments() -> None:
    made: list[str] = []

    @shared(keep=2)
    def make(name: str, *, size: int = 1) -> list[str]:
        """What it promises."""
        sleep(0.05)
        made.append(name)
        return [name]

    things = at_once(lambda number: make("ab"[number % 2]))
    assert sorted(made) == ["a", "b"]
    assert len({id(thing) for thing in things}) == 2
    assert (make("a", size=2), make.__doc__, make.__name__) == (["a"], "What it promises.", "make")
    make.cache_clear()
    assert make("b") is not things[1]


def test_a_property_is_loaded_once_by_threads_that_meet() -> None:
    made: list[int] = []

    class Model:
        @loaded_once
        def weights(self) -> object:
            sleep(0.05)
            made.append(1)
            return object()

    model = Model()
    assert len({id(thing) for thing in at_once(lambda _: model.weights)}) == 1
    assert (len(made), Model().weights is model.weights) == (1, False)
    assert isinstance(Model.weights, loaded_once)


def test_chains_share_the_weights_of_their_embedders() -> None:
    assert OnnxConfig().build()._encoder is OnnxConfig().build()._encoder
    assert MultilingualE5Config().build()._encoder is MultilingualE5Config().build()._encoder
    use = UniversalSentenceEncoderConfig
    assert use().build()._backend is use(window=100).build()._backend
    if find_spec("sentence_transformers"):
        config = SentenceTransformerConfig
        assert config().build() is config().build()
        assert config().build() is not config(dtype="float32").build()


@pytest.fixture(scope="module")
def configs(tmp_path_factory: pytest.TempPathFactory) -> list[Config]:
    folder = tmp_path_factory.mktemp("many")
    made = []
    for number in range(_MANY):
        bridges = [
            f"# Bridge {kind}\n\nBridge {kind} of town {number} was opened in {1900 + 7 * number + place}.\n"
            for place, kind in enumerate(("Humber", "Severn", "Tamar", "Forth"))
        ]
        file = folder / f"town{number}.md"
        file.write_text("\n".join(bridges), encoding="utf-8")
        made.append(Config(index=folder / f"index{number}"))
        made[-1].build_ingest(limits=LIMITS).run([file])
    return made


def test_threads_that_ask_chains_of_one_process_at_once_get_the_answers_of_each_alone(
    configs: list[Config],
) -> None:
    def ask(number: int) -> Answer:
        answer = configs[number].build().ask("When was the Tamar bridge opened?")
        return replace(answer, timings={})

    shared_reader.cache_clear()  # which remembers what it read
    shared_encoder.cache_clear()
    together = at_once(ask)
    shared_reader.cache_clear()
    alone = [ask(number) for number in range(_MANY)]
    assert together == alone
    for number, answer in enumerate(alone):
        assert f"{1900 + 7 * number + 2}" in answer.text
        cited = {Path(c.source).name for sentence in answer.sentences for c in sentence.citations}
        assert cited == {f"town{number}.md"}


def test_one_chain_answers_several_threads(configs: list[Config]) -> None:
    chain = configs[0].build()
    questions = [f"When was the {name} bridge opened?" for name in ("Humber", "Severn", "Tamar", "Forth")]
    shared_reader.cache_clear()
    together = at_once(lambda number: chain.ask(questions[number % 4]).text)
    assert together == [chain.ask(questions[number % 4]).text for number in range(_MANY)]
