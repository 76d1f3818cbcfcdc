"""Runs a trainer of transformers in a run's folder; it goes on where it was interrupted."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from transformers import EarlyStoppingCallback, PrinterCallback

from ragkit.models.causal.files import without_reports
from ragkit.tuning.runs.folder import CHECKPOINTS, RunFolder
from ragkit.tuning.runs.precision import Precision, computing
from ragkit.tuning.runs.progress import Telling, Told
from ragkit.tuning.runs.ranks import is_first, processes


@contextmanager
def quiet() -> Iterator[None]:
    """Without what transformers and those on it tell their own developers."""
    with warnings.catch_warnings(), without_reports():
        warnings.simplefilter("ignore")
        yield


class Patience(EarlyStoppingCallback):
    """Ends a training that gets no better; one that ended so and was then killed learns no more."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ends it within the first step where it had ended before."""
        super().on_train_begin(args, state, control, **kwargs)  # type: ignore[no-untyped-call]  # it has no types
        if self.early_stopping_patience_counter >= self.early_stopping_patience:
            control.should_training_stop = True


class Schedule(Protocol):
    """What every recipe has: a step reads `batch` rows `accumulate` times."""

    @property
    def epochs(self) -> float: ...
    @property
    def rate(self) -> float: ...
    @property
    def batch(self) -> int: ...
    @property
    def accumulate(self) -> int: ...
    @property
    def warm(self) -> float: ...
    @property
    def every(self) -> int: ...
    @property
    def patience(self) -> int: ...
    @property
    def precision(self) -> Precision: ...
    @property
    def seed(self) -> int: ...


def steps_of(rows: int, schedule: Schedule) -> int:
    """As the trainer counts them: the last step of an epoch may read less."""
    batches = math.ceil(rows / (schedule.batch * processes()))
    return max(1, math.ceil(max(1, math.ceil(batches / schedule.accumulate)) * schedule.epochs))


def arguments(folder: RunFolder, schedule: Schedule, steps: int, *, measures: bool) -> dict[str, Any]:
    """The arguments of a trainer: cosine after a rise, a measurement and a checkpoint every so many steps.

    Raises `ConfigError` for a precision that this machine cannot compute with.
    """
    kind = computing(schedule.precision)
    every = max(1, min(schedule.every, steps))
    return {
        "output_dir": str(folder.path / CHECKPOINTS),
        "per_device_train_batch_size": schedule.batch,
        "per_device_eval_batch_size": schedule.batch,
        "gradient_accumulation_steps": schedule.accumulate,
        "num_train_epochs": schedule.epochs,
        "learning_rate": schedule.rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": math.ceil(schedule.warm * steps),
        "logging_steps": 1,
        "eval_strategy": "steps" if measures else "no",
        "eval_steps": every,
        "save_strategy": "steps",
        "save_steps": every,
        "save_total_limit": 2,
        "restore_callback_states_from_checkpoint": True,  # how often it did not get better
        "load_best_model_at_end": measures,
        "metric_for_best_model": "eval_loss" if measures else None,
        "greater_is_better": False if measures else None,
        "bf16": kind == "bfloat16",
        "fp16": kind == "float16",
        "seed": schedule.seed,
        "data_seed": schedule.seed,
        "use_cpu": not torch.cuda.is_available(),
        "report_to": "none",
        "disable_tqdm": True,
        "remove_unused_columns": False,
        "ddp_find_unused_parameters": False,
    }


def run(
    trainer: Any, schedule: Schedule, folder: RunFolder, told: Told, *, tokens: int, steps: int
) -> dict[str, float]:
    """Trains, from the last whole checkpoint if there is one; the losses, steps, seconds and tokens.

    `tokens` are those of one epoch. The trainer's model has its best weights by the development loss then.
    """
    trainer.remove_callback(PrinterCallback)  # which writes to stdout
    trainer.add_callback(Telling(folder, told, tokens=tokens * schedule.epochs / max(1, steps)))
    if schedule.patience and trainer.eval_dataset is not None:
        trainer.add_callback(Patience(schedule.patience))
    checkpoint = folder.checkpoint()
    if checkpoint:
        told.line(f"going on from {checkpoint.name}")
    if is_first():
        folder.keep_metrics(int(checkpoint.name.rpartition("-")[2]) if checkpoint else 0)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    losses = [one["loss"] for one in folder.metrics() if "loss" in one]
    measured = [one["development_loss"] for one in folder.metrics() if "development_loss" in one]
    results = {
        "steps": float(trainer.state.global_step),
        "tokens": tokens * schedule.epochs * trainer.state.global_step / max(1, steps),
        "loss": losses[-1] if losses else math.nan,
        "seconds": max((one.get("seconds", 0.0) for one in folder.metrics()), default=0.0),
    }
    if measured:
        results["development_loss"] = min(measured)
    return results
