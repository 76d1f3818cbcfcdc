"""Trains embedders and rerankers on examples, through sentence-transformers."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from datasets import Dataset
from sentence_transformers import (
    CrossEncoder,
    CrossEncoderTrainer,
    CrossEncoderTrainingArguments,
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.sentence_transformer.training_args import BatchSamplers

from ragkit.tuning.retrieval.mining import Example
from ragkit.tuning.retrieval.recipe import Recipe
from ragkit.tuning.runs.folder import RunFolder
from ragkit.tuning.runs.progress import Told
from ragkit.tuning.runs.running import arguments, run, steps_of


def train_embedder(
    model: SentenceTransformer, learning: Sequence[Example], development: Sequence[Example],
    *, recipe: Recipe, folder: RunFolder, told: Told,
) -> dict[str, float]:  # fmt: skip
    """Each right passage against those that a search finds beside it, and against those of the batch.

    Henderson and others, "Efficient Natural Language Response Suggestion" (2017), section 4.4.
    """
    model.model_card_data.widget = [{"text": ""}]  # or examples for a hub are made of the data
    data, measured = (_columns(some, recipe) for some in (learning, development))
    steps = steps_of(len(data), recipe)
    prompts = {"question": model.prompts.get("query") or ""}
    prompts |= {name: model.prompts.get("document") or "" for name in data.column_names[1:]}
    made = SentenceTransformerTrainingArguments(
        **arguments(folder, recipe, steps, measures=len(measured) > 0),
        batch_sampler=BatchSamplers.NO_DUPLICATES,  # another's right passage is a wrong one
        prompts={name: prompt for name, prompt in prompts.items() if prompt},
    )
    trainer = SentenceTransformerTrainer(
        model=model,
        args=made,
        train_dataset=data,
        eval_dataset=measured if len(measured) else None,
        loss=MultipleNegativesRankingLoss(model),
    )
    texts = [text for row in data for text in row.values()]
    return _run(trainer, model, recipe, folder, told, texts=texts, steps=steps)


def train_reranker(
    model: CrossEncoder, learning: Sequence[Example], development: Sequence[Example],
    *, recipe: Recipe, folder: RunFolder, told: Told,
) -> dict[str, float]:  # fmt: skip
    """Whether a passage answers, for the right ones and those that a search finds beside them.

    Nogueira and Cho, "Passage Re-ranking with BERT" (2019). A right pair counts as much as its wrong ones.
    """
    import torch

    model.model_card_data.widget = [{"text": ""}]
    data, measured = (_pairs(some, recipe) for some in (learning, development))
    steps = steps_of(len(data), recipe)
    made = CrossEncoderTrainingArguments(**arguments(folder, recipe, steps, measures=len(measured) > 0))
    wrong = len(data) / max(1, len(learning)) - 1.0
    trainer = CrossEncoderTrainer(
        model=model,
        args=made,
        train_dataset=data,
        eval_dataset=measured if len(measured) else None,
        loss=BinaryCrossEntropyLoss(model, pos_weight=torch.tensor(wrong)),
    )
    texts = [f"{row['question']} {row['passage']}" for row in data]
    return _run(trainer, model, recipe, folder, told, texts=texts, steps=steps)


def _run(
    trainer: Any,
    model: Any,
    recipe: Recipe,
    folder: RunFolder,
    told: Told,
    *,
    texts: Sequence[str],
    steps: int,
) -> dict[str, float]:
    counted = model.tokenizer(list(texts), truncation=True, max_length=recipe.longest)["input_ids"]
    tokens = sum(map(len, counted))
    told.line(f"{len(trainer.train_dataset):,} rows of {tokens:,} tokens, {steps:,} steps")
    return run(trainer, recipe, folder, told, tokens=tokens, steps=steps)


def _columns(examples: Sequence[Example], recipe: Recipe) -> Dataset:
    """As many wrong passages for each question: where a search found fewer, they stand there again."""
    rows = []
    for one in examples:
        wrong = [one.wrong[place % len(one.wrong)] for place in range(recipe.negatives)]
        named = {f"wrong_{place}": text for place, text in enumerate(wrong)}
        rows.append({"question": one.question, "right": one.right, **named})
    return Dataset.from_list(rows)


def _pairs(examples: Sequence[Example], recipe: Recipe) -> Dataset:
    rows = [
        {"question": one.question, "passage": text, "label": float(text == one.right)}
        for one in examples
        for text in (one.right, *one.wrong)
    ]
    return Dataset.from_list(Random(recipe.seed).sample(rows, len(rows)))
