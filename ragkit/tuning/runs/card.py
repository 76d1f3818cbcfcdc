"""The model card that goes with tuned weights."""

from __future__ import annotations

from collections.abc import Mapping

from ragkit.tuning.runs.folder import RunFolder, TunedRecord
from ragkit.tuning.runs.page import flat, shown

_CARD = "README.md"
_LEARNT = {
    "sft": "It learnt to answer from numbered passages in a few words with the number of the passage, and to "
    "say so where they do not answer.",
    "dpo": "It learnt to prefer supported answers to altered ones, to answers of other passages, and to "
    "answers where a refusal is right.",
    "embedder": "It learnt to bring questions near to the passages that answer them, and away from those "
    "that a search finds beside them.",
    "reranker": "It learnt to tell passages that answer a question from those that a search finds beside "
    "them.",
}
_WRITES = (
    "It answers in the prompt format of that generator, and from passages only: it knows no more of the "
    "world than its base model does. Whatever it writes is looked up in the passages before it is shown; "
    "what it says without support is still possible, and is marked by the chain."
)
_FINDS = (
    "What it gained is measured on documents of the same sets that it never saw; on others it may be worse "
    "than its start. `ragkit eval --baseline` tells."
)


def write_card(folder: RunFolder, record: TunedRecord) -> None:
    """Writes README.md beside the weights. Raises `ConfigError` where there are none."""
    (folder.weights / _CARD).write_text(_card(folder, record), encoding="utf-8")


def _card(folder: RunFolder, record: TunedRecord) -> str:
    library = {"embedder": "sentence-transformers", "reranker": "sentence-transformers"}.get(
        record.kind, "peft" if folder.is_adapter else "transformers"
    )
    template = f"Chat template, sha256: {record.template}." if record.template else ""
    parts = [
        f"---\nbase_model: {record.model}\nlibrary_name: {library}\n---",
        f"# {folder.path.name}",
        f"{'A LoRA adapter for' if folder.is_adapter else 'The weights of'} {record.model}, made by "
        f"`ragkit tune {record.kind}`. {_LEARNT[record.kind]}",
        f"Use it with `{use_of(folder, record)}`. {_WRITES if record.kind in _WRITERS else _FINDS}",
        _table("result", record.results),
        _table("setting", flat(record.recipe)),
        "Data (the licences of the documents hold for what was made of them):",
        "\n".join(f"- {key}: {value}" for key, value in record.data.items()),
        template,
        f"Made with {', '.join(f'{key} {value}' for key, value in record.packages.items())}.",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


_WRITERS = ("sft", "dpo")


def use_of(folder: RunFolder, record: TunedRecord) -> str:
    """The line of a chain's YAML that uses the weights. Raises `ConfigError` where there are none."""
    if record.kind == "embedder":
        return f"embedder: {{type: sentence_transformer, model: {folder.weights}}}"
    if record.kind == "reranker":
        longest = record.recipe["longest"]
        return f"reranker: {{type: cross_encoder, model: {folder.weights}, limit_tokens: {longest}}}"
    if folder.is_adapter:
        return f"generator: {{type: local, model: {record.model}, adapter: {folder.weights}}}"
    return f"generator: {{type: local, model: {folder.weights}}}"


def _table(name: str, rows: Mapping[str, object]) -> str:
    return "\n".join([f"| {name} | |", "|---|---|", *(f"| {k} | {shown(v)} |" for k, v in rows.items())])
