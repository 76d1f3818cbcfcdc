"""A BERT of two layers with random weights, and data to train a verifier on, small enough for a test."""

from __future__ import annotations

import json
from pathlib import Path

_ENGLISH = [
    (
        "Humber",
        "The Humber Bridge was opened to traffic in 1981. It spans 2220 metres. It was designed by Freeman"
        " Fox in London, which was then the largest office. Many people use it before noon.",
    ),
    (
        "Bees",
        "Bees make honey in the forest. In 1950, Karl Frisch described the dance of the first bees."
        " A hive holds 40000 bees in the summer. The old queen lays more than 1500 eggs a day.",
    ),
    (
        "Severn",
        "The Severn Bridge was built by John Howard in 1966. It is 1600 metres long. The toll was"
        " higher than on the Forth Bridge, and it was not popular in Wales.",
    ),
]
_CHINESE = [
    (
        "黄河",
        "黄河发源于青海省，全长5464公里。一九八一年三月，黄河没有结冰。很多人住在黄河的北岸，因为土地肥沃。",
    ),
    (
        "长江",
        "长江是亚洲最长的河流，全长6300公里。长江位于中国，流经11个省级行政区。2003年，三峡大坝开始蓄水。",
    ),
    (
        "泰山",
        "泰山位于山东省，海拔1545米。泰山是五岳之首，1987年成为世界遗产。许多皇帝曾经在泰山举行封禅大典。",
    ),
]


def make_encoder(folder: Path) -> Path:
    """Writes model and tokenizer in the layout of transformers."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import BertConfig, BertModel

    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,"
    words = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{char}" for char in letters)]
    tokenizer = Tokenizer(models.WordPiece({w: n for n, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=256,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def make_data(folder: Path) -> Path:
    """Writes every set that a verifier learns from, with a few rows each."""
    for name in ("squad2-en", "xquad-en", "nq-oracle-en"):
        _retrieval(folder / "retrieval" / name, name, _ENGLISH)
    for name in ("xquad-zh", "cmrc-trial-zh", "drcd-dev-zh-hant"):
        _retrieval(folder / "retrieval" / name, name, _CHINESE)
    (folder / "faithfulness").mkdir()
    for name in ("wice-dev", "begin-dev", "halueval-qa", "halueval-dialogue", "halueval-summarization"):
        rows = [
            {
                "id": f"{name}{number}",
                "context": f"{text} This is text {name} {number}, and nothing else is like it in here.",
                "question": "",
                "answer": f"{title} is number {number}." if number % 2 else text.split(". ")[0],
                "label": 1 - number % 2,
            }
            for number in range(24)
            for title, text in [_ENGLISH[number % 3]]
        ]
        _write(folder / "faithfulness" / f"{name}.jsonl", rows)
    return folder


def _retrieval(folder: Path, name: str, texts: list[tuple[str, str]]) -> None:
    folder.mkdir(parents=True)
    copies = [(f"{title} {name} {copy}", text) for copy in range(8) for title, text in texts]
    corpus = [
        {"id": f"p{n}", "title": title, "text": _numbered(text, n + len(name))}
        for n, (title, text) in enumerate(copies)
    ]
    _write(folder / "corpus.jsonl", corpus)
    _write(
        folder / "queries.jsonl",
        [{"id": f"q{n}", "text": "When was it opened?", "answers": ["1981"]} for n in range(2)],
    )
    (folder / "qrels.tsv").write_text("q0\tp0\t1\nq1\tp1\t1\n", encoding="utf-8")


def _numbered(text: str, number: int) -> str:
    """Another text of the same kind: texts that share eight words would be one document."""
    words = [f"{word} {number}{place}" if place % 5 == 4 else word for place, word in enumerate(text.split())]
    return "，".join(text.split("，")) + f"第{number}次。" if len(words) < 5 else " ".join(words)


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
