"""The model card that goes with tuned weights."""

from __future__ import annotations

from collections.abc import Mapping

from ragkit.tuning.llm.folder import RunFolder, TunedRecord
from ragkit.tuning.llm.page import flat, shown

_CARD = "README.md"
_LEARNT = {
    "sft": "It learnt to answer from numbered passages in a few words with the number of the passage, and to "
    "say so where they do not answer.",
    "dpo": "It learnt to prefer supported answers to altered ones, to answers of other passages, and to "
    "answers where a refusal is right.",
}
_LIMITS = (
    "It answers in the prompt format of that generator, and from passages only: it knows no more of the "
    "world than its base model does. Whatever it writes is looked up in the passages before it is shown; "
    "what it says without support is still possible, and is marked by the chain."
)


def write_card(folder: RunFolder, record: TunedRecord) -> None:
    """Writes README.md beside the weights. Raises `ConfigError` where there are none."""
    (folder.weights / _CARD).write_text(_card(folder, record), encoding="utf-8")


def _card(folder: RunFolder, record: TunedRecord) -> str:
    name = record.model if folder.is_adapter else str(folder.weights)
    adapter = f", adapter: {folder.weights}" if folder.is_adapter else ""
    library = "peft" if folder.is_adapter else "transformers"
    parts = [
        f"---\nbase_model: {record.model}\nlibrary_name: {library}\n---",
        f"# {folder.path.name}",
        f"{'A LoRA adapter for' if folder.is_adapter else 'The weights of'} {record.model}, made by "
        f"`ragkit tune {record.kind}`. {_LEARNT[record.kind]}",
        f"Use it with `generator: {{type: local, model: {name}{adapter}}}`. {_LIMITS}",
        _table("result", record.results),
        _table("setting", flat(record.recipe)),
        "Data (the licences of the documents that pairs were made of hold for them):",
        "\n".join(f"- {key}: {value}" for key, value in record.data.items()),
        f"Chat template, sha256: {record.template}.",
        f"Made with {', '.join(f'{key} {value}' for key, value in record.packages.items())}.",
    ]
    return "\n\n".join(parts) + "\n"


def _table(name: str, rows: Mapping[str, object]) -> str:
    return "\n".join([f"| {name} | |", "|---|---|", *(f"| {k} | {shown(v)} |" for k, v in rows.items())])
