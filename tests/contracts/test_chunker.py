"""What every Chunker promises, against hand-written oracles on one English and one Chinese document."""

import itertools
import re
import time

import pytest

from ragkit.chunkers import FixedConfig, MarkdownConfig, ParentConfig, SentenceConfig
from ragkit.stages import Chunker
from ragkit.types import Chunk, Document

TABLE = "| Code | Part |\n|------|------|\n| A-1 | Pump |\n| B-2 | Valve |\n"
CODE = "```\nrun --now\n# no heading\n```\n"
ENGLISH = f"""# Pump manual

Dr. Smith wrote this manual in the U.S. for all operators. It covers version 2.3 of the pump.

## Safety

Always wear gloves when you open the valve. Never open it above 3.5 bar! Ask Acme Inc. for help.

### Parts

These parts can be replaced by the operator without any special tools:

{TABLE}
## Start

Start the pump from the command line as shown in the following lines of code.

{CODE}
"""
CHINESE = """# 水泵手册

本手册介绍水泵的安装和使用方法。版本是2.3。

## 安全

打开阀门时请务必戴上手套。压力超过3.5巴时严禁打开阀门！有问题吗？请联系客服人员；我们随时为您服务。
"""


def tokens(text: str) -> list[tuple[int, int]]:
    """Words, Chinese characters, punctuation."""
    return [match.span() for match in re.finditer(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+|[^\w\s]", text)]


def chunk(
    config: FixedConfig | SentenceConfig | MarkdownConfig | ParentConfig, text: str, **fields: str
) -> list[Chunk]:
    title = fields.pop("title", "")
    document = Document(
        id="d", source="d.md", title=title, text=text, pages=(), language="en", metadata=fields
    )
    return config.build(tokens, 256).chunk(document)


CONFIGS = [
    FixedConfig(size=30, overlap=6),
    SentenceConfig(size=30),
    MarkdownConfig(size=48),
    ParentConfig(size=24, parent_size=60),
]
every_chunker = pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.type)


@every_chunker
@pytest.mark.parametrize("text", [ENGLISH, CHINESE, "One.", "\n\n  One."])
def test_offsets_are_exact_and_nothing_is_lost(config: SentenceConfig, text: str) -> None:
    chunks = chunk(config, text)
    rebuilt = ""
    for part in chunks:
        assert part.text == text[part.start : part.end]
        assert part.start <= len(rebuilt) < part.end
        rebuilt += text[len(rebuilt) : part.end]
    assert rebuilt == text


@every_chunker
def test_space_alone_has_no_chunks(config: SentenceConfig) -> None:
    assert chunk(config, "") == []
    assert chunk(config, " \n\t\n") == []


@every_chunker
def test_the_name_tells_every_setting(config: SentenceConfig) -> None:
    settings = ",".join(f"{key}={value}" for key, value in config.model_dump().items() if key != "type")
    chunker: Chunker = config.build(tokens, 256)
    assert chunker.name == f"{config.type}({settings})"


@every_chunker
def test_the_title_is_the_heading_where_there_is_no_other(config: SentenceConfig) -> None:
    text = "Rivers flow to the sea and carry sand with them. " * 12
    assert {part.heading for part in chunk(config, text, title="On rivers")} == {"On rivers"}
    first, *others = chunk(config, "On rivers\n\n" + text, title="On rivers")
    assert first.heading == ""
    assert {part.heading for part in others} == {"On rivers"}


@every_chunker
def test_a_long_heading_takes_a_quarter_of_the_size(config: SentenceConfig) -> None:
    text = "Rivers flow to the sea. " * 30
    assert all(
        1 <= len(tokens(part.heading)) <= config.size // 4
        for part in chunk(config, text, title="so long " * 50)
    )


@pytest.mark.parametrize("config", [SentenceConfig(size=30), ParentConfig(size=30, parent_size=60)])
def test_sentences_stay_whole(config: SentenceConfig) -> None:
    endings = [
        part.text.strip()[-1]
        for text in (ENGLISH.split("### Parts", maxsplit=1)[0], CHINESE)
        for part in chunk(config, text)
    ]
    assert set(endings) <= set(".!。！？；")
    assert not any(
        part.text.rstrip().endswith(("Dr.", "Inc.", "3.", "2.")) for part in chunk(config, ENGLISH)
    )


def test_neighbours_share_a_sentence() -> None:
    text = "".join(f"Sentence number {number} stands here. " for number in range(20))
    chunks = chunk(SentenceConfig(size=32, overlap=1), text)
    assert len(chunks) > 3
    for before, after in itertools.pairwise(chunks):
        assert text[after.start : before.end].count(".") == 1
    assert all(text[part.start :].startswith("Sentence") for part in chunks)


def test_fixed_chunks_share_tokens_and_end_between_words() -> None:
    text = "alpha beta gamma delta " * 50
    chunks = chunk(FixedConfig(size=30, overlap=6), text)
    assert [len(tokens(part.text)) for part in chunks[:-1]] == [30] * (len(chunks) - 1)
    for before, after in itertools.pairwise(chunks):
        assert len(tokens(text[after.start : before.end])) == 6


def test_markdown_headings_are_paths() -> None:
    chunks = chunk(MarkdownConfig(size=72), ENGLISH)
    assert [part.heading for part in chunks] == [
        "Pump manual",
        "Pump manual > Safety",
        "Pump manual > Safety > Parts",
        "Pump manual > Start",
    ]
    assert [part.text.split("\n")[0] for part in chunks] == [
        "# Pump manual",
        "## Safety",
        "### Parts",
        "## Start",
    ]
    assert [part.heading for part in chunk(MarkdownConfig(size=72), CHINESE)][-1] == "水泵手册 > 安全"


def test_markdown_keeps_tables_and_code_whole() -> None:
    for size in (40, 48, 60):
        chunks = chunk(MarkdownConfig(size=size), ENGLISH)
        assert any(TABLE in part.text for part in chunks)
        assert any(CODE in part.text for part in chunks)


def test_markdown_cuts_a_long_table_between_rows() -> None:
    rows = "".join(f"| row {number} | value {number} |\n" for number in range(30))
    chunks = chunk(MarkdownConfig(size=40, overlap=0), "# Table\n\n" + rows)
    assert len(chunks) > 3
    assert all(part.text.endswith("|\n") for part in chunks)


@pytest.mark.parametrize(
    "text",
    [
        "Title\n=====\n\nText.\n\nPart\n----\n\n" + "More text. " * 9,
        "# Title #\n\nText.\n\n## [Part](x.html)\n\n" + "More. " * 15,
    ],
)
def test_setext_closing_marks_and_links(text: str) -> None:
    assert chunk(MarkdownConfig(size=24), text)[-1].heading == "Title > Part"


def test_front_matter_and_fences_hold_no_headings() -> None:
    text = "---\ntitle: x\n---\n\n~~~~\n# not me\n~~~\n~~~~\n\n# Me\n\n" + "Text. " * 40
    assert {part.heading for part in chunk(MarkdownConfig(size=24), text)} - {""} == {"Me"}


def test_the_title_stands_above_second_level_headings() -> None:
    assert (
        chunk(MarkdownConfig(size=24), "## Part\n\n" + "Text. " * 9, title="Book")[0].heading == "Book > Part"
    )


def test_markdown_without_headings_is_sentences() -> None:
    text = ENGLISH.replace("#", "")
    as_sentences = chunk(SentenceConfig(size=30), text, title="T")
    assert chunk(MarkdownConfig(size=30), text, title="T") == as_sentences
    assert chunk(MarkdownConfig(size=30), text, title="T", format="markdown") != as_sentences


def test_parents_enclose_and_are_shared() -> None:
    text = "".join(f"Sentence number {number} stands here. " for number in range(40))
    chunks = chunk(ParentConfig(size=16, parent_size=60), text)
    parents = sorted({part.parent for part in chunks if part.parent})
    assert len(parents) < len(chunks) / 2
    assert all(len(tokens(text[start:end])) <= 75 for start, end in parents)
    assert "".join(text[start:end] for start, end in parents) == text


def test_the_window_limits_the_size() -> None:
    chunker = SentenceConfig(size=200).build(tokens, 64)
    assert chunker.name == "sentence(size=64,overlap=1)"


@pytest.mark.parametrize(
    "text",
    [
        "# a" + " " * 50_000 + "b",
        "a|b\n" + " " * 50_000 + "|x",
        "# " + "[a](" * 50_000,
        "[" * 50_000 + "\n===",
    ],
)
def test_hostile_lines_take_no_time(text: str) -> None:
    begin = time.process_time()
    assert chunk(MarkdownConfig(), text + "\n\n# H\n")[-1].end == len(text) + 6
    assert time.process_time() - begin < 2
