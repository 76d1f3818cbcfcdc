"""Tunes a language model on pairs: one call that goes on where it was interrupted, to the same weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datasets import Dataset
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from ragkit.tuning.llm.encoding import Encoded, Preference
from ragkit.tuning.llm.fitting import Work, counted, tell_work
from ragkit.tuning.llm.packing import Collator, pack
from ragkit.tuning.llm.recipe import Recipe
from ragkit.tuning.runs.folder import RunFolder
from ragkit.tuning.runs.progress import Told
from ragkit.tuning.runs.running import arguments, run, steps_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A tuned model with its results; `model` has its best weights by the development loss.

    `state` are those weights where several processes shared them.
    """

    model: Any
    state: dict[str, Any] | None
    results: dict[str, float]
    parameters: int
    trainable: int


def train_sft(
    model: Any,
    tokenizer: Any,
    learning: Sequence[Encoded],
    development: Sequence[Encoded],
    *,
    recipe: Recipe,
    folder: RunFolder,
    told: Told,
) -> Trained:
    """Learns the replies to prompts; the prompts themselves are read only."""
    packed = pack(learning, longest=recipe.longest, together=recipe.pack)
    measured = pack(development, longest=recipe.longest, together=recipe.pack)
    tokens = sum(len(one.ids) for one in packed)
    steps = steps_of(len(packed), recipe)
    _skipped(learning, recipe, told)
    arguments = SFTConfig(
        **_arguments(folder, recipe, steps, measures=bool(measured)),
        dataset_kwargs={"skip_prepare_dataset": True},
        max_length=None,
    )
    trainer = SFTTrainer(
        model=model,
        args=arguments,
        processing_class=tokenizer,
        train_dataset=Dataset.from_list([one.row() for one in packed]),
        eval_dataset=Dataset.from_list([one.row() for one in measured]) if measured else None,
        data_collator=Collator(_filler(tokenizer)),
    )
    return _trained(trainer, recipe, folder, told, tokens=tokens, sequences=len(packed), steps=steps)


def train_dpo(
    model: Any,
    tokenizer: Any,
    learning: Sequence[Preference],
    development: Sequence[Preference],
    *,
    recipe: Recipe,
    folder: RunFolder,
    told: Told,
) -> Trained:
    """Learns to prefer the better reply (Rafailov and others 2023), held near to the model it starts from."""
    fitting = [one for one in learning if _length(one) <= recipe.longest]
    measured = [one for one in development if _length(one) <= recipe.longest]
    tokens = sum(2 * len(one.prompt) + len(one.chosen) + len(one.rejected) for one in fitting)
    steps = steps_of(len(fitting), recipe)
    if len(fitting) < len(learning):
        told.line(f"{len(learning) - len(fitting)} pairs are longer than {recipe.longest} tokens: left out")
    arguments = DPOConfig(
        **_arguments(folder, recipe, steps, measures=bool(measured)), beta=recipe.beta, max_length=None
    )
    trainer = _Preferring(
        model=model,
        args=arguments,
        processing_class=tokenizer,
        train_dataset=_preferences(fitting),
        eval_dataset=_preferences(measured) if measured else None,
    )
    return _trained(trainer, recipe, folder, told, tokens=tokens, sequences=len(fitting), steps=steps)


class _Preferring(DPOTrainer):
    """Takes tokens as they are: those that the chain's writer reads, from its own template."""

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        return dataset


def _trained(
    trainer: Any, recipe: Recipe, folder: RunFolder, told: Told, *, tokens: int, sequences: int, steps: int
) -> Trained:
    parameters, trainable = counted(trainer.model)
    tell_work(
        Work(parameters=parameters, trainable=trainable, sequences=sequences, tokens=tokens, steps=steps),
        told.line,
    )
    results = run(trainer, recipe, folder, told, tokens=tokens, steps=steps)
    return Trained(
        model=trainer.accelerator.unwrap_model(trainer.model),
        state=trainer.accelerator.get_state_dict(trainer.deepspeed) if trainer.is_deepspeed_enabled else None,
        results=results,
        parameters=parameters,
        trainable=trainable,
    )


def _arguments(folder: RunFolder, recipe: Recipe, steps: int, *, measures: bool) -> dict[str, Any]:
    made = arguments(folder, recipe, steps, measures=measures)
    return {**made, "gradient_checkpointing": recipe.recompute}


def _skipped(encoded: Sequence[Encoded], recipe: Recipe, told: Told) -> None:
    if left := sum(one.length > recipe.longest for one in encoded):
        told.line(f"{left} pairs are longer than {recipe.longest} tokens: left out")


def _length(one: Preference) -> int:
    return len(one.prompt) + max(len(one.chosen), len(one.rejected))


def _preferences(some: Sequence[Preference]) -> Dataset:
    return Dataset.from_list(
        [{"prompt_ids": p.prompt, "chosen_ids": p.chosen, "rejected_ids": p.rejected} for p in some]
    )


def _filler(tokenizer: Any) -> int:
    known = tokenizer.pad_token_id
    return int(tokenizer.eos_token_id if known is None else known)
