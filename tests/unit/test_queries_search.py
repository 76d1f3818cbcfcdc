"""Operators, corrections and collapsed copies through a whole chain over a real index."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import LIMITS

from ragkit.chain import Chain
from ragkit.chunkers import MarkdownConfig
from ragkit.config import Config
from ragkit.embedders import HashingConfig

LEASE = "The tenant pays the rent in advance. Force majeure suspends every payment of the lease."
FILES = {
    "lease.md": f"# Lease\n\n{LEASE}",
    "copy.md": f"# Lease\n\n{LEASE} ",
    "sale.md": "# Sale\n\nThe buyer pays in advance. A major force may suspend payment of the price.",
    "合同.md": "# 合同\n\n软件包的许可证由维护者选择，付款在交付以后。",
    "草案.md": "# 草案\n\n软件包的草案还没有许可证，付款方式未定。",
}


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    folder = tmp_path_factory.mktemp("queries")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    config = Config(index=folder / "index", chunker=MarkdownConfig(), embedder=HashingConfig())
    config.build_ingest(limits=LIMITS).run(sorted(folder.glob("*.md")))
    return config.build()


def names(chain: Chain, query: str, *, literal: bool = False) -> set[str]:
    """The files of the hits, and of the passages that they stand for."""
    chunks = [c for hit in chain.search(query, literal=literal) for c in (hit.chunk, *hit.alike)]
    return {Path(chain.documents.place(c.document_id, c.start).source).name for c in chunks}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("payment in advance", {"lease.md", "copy.md", "sale.md"}),
        ('payment "force majeure"', {"lease.md", "copy.md"}),
        ("payment -tenant", {"sale.md"}),
        ("payment title:sale", {"sale.md"}),
        ("payment source:LEASE.md", {"lease.md"}),
        ("软件包的许可证", {"合同.md", "草案.md"}),
        ("软件包 -草案", {"合同.md"}),
        ("付款「维护者选择」", {"合同.md"}),
        ("付款 title：草案", {"草案.md"}),
    ],
)
def test_only_passages_that_fit_the_conditions_are_found(chain: Chain, query: str, found: set[str]) -> None:
    spoken = {"zh": "合同.md 草案.md", "en": "lease.md copy.md sale.md"}["en" if query.isascii() else "zh"]
    assert names(chain, query) & set(spoken.split()) == found


def test_copies_are_shown_once_and_counted(chain: Chain) -> None:
    best = chain.search("tenant rent in advance")[0]
    assert len(best.alike) == 1


def test_a_misspelt_word_is_found_and_told(chain: Chain) -> None:
    findings = chain.find("paymment of the tenant", literal=True)
    assert findings.query.text == "paymment payment of the tenant"
    assert findings.notices == ('searched for "payment" too: no passage holds "paymment"',)
    answer = chain.ask("paymment of the tenant")
    assert answer.notices == findings.notices
