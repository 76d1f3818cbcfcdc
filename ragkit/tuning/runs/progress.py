"""What is told while a model is tuned, and kept of each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import psutil
import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from ragkit.tuning.runs.folder import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a training stands. `development` is the latest loss on the development pairs, None before it."""

    step: int
    steps: int
    loss: float
    development: float | None
    tokens_per_second: float
    seconds_left: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Told:
    """Where news go: a line, and the progress of the training."""

    line: Callable[[str], None]
    progress: Callable[[Progress], None]


class Telling(TrainerCallback):
    """Writes a line of metrics for each step, and tells progress; steps have about `tokens` tokens."""

    def __init__(self, folder: RunFolder, told: Told, *, tokens: float) -> None:
        self._folder = folder
        self._told = told
        self._tokens = tokens
        self._begun = (0, 0.0)  # the step and the time
        self._before = 0.0  # seconds of earlier processes
        self._measuring = 0.0  # seconds that went into measuring on the development pairs
        self._last_step = 0.0
        self._development: float | None = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Starts the clock, where an earlier process left it."""
        self._before = max((one.get("seconds", 0.0) for one in self._folder.metrics()), default=0.0)
        self._begun = state.global_step, perf_counter()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Asks for a last measurement, too."""
        self._last_step = perf_counter()
        if state.global_step >= state.max_steps and args.eval_strategy != "no":
            control.should_evaluate = True

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Keeps and tells what the trainer says of a step, or of the development pairs."""
        logs = logs or {}
        if not state.is_world_process_zero:
            return
        if "eval_loss" in logs:
            self._development = float(logs["eval_loss"])
            self._measuring += perf_counter() - self._last_step
            self._folder.tell(
                {"step": state.global_step, "development_loss": self._development, **_more(logs)}
            )
        elif "loss" in logs:
            progress = self._progress(state, float(logs["loss"]))
            self._folder.tell(
                {
                    "step": progress.step,
                    "loss": progress.loss,
                    "rate": float(logs.get("learning_rate", 0.0)),
                    "tokens_per_second": round(progress.tokens_per_second, 1),
                    "memory_mb": round(progress.memory_mb),
                    "seconds": round(self._before + perf_counter() - self._begun[1], 1),
                    **_more(logs),
                }
            )
            self._told.progress(progress)

    def _progress(self, state: TrainerState, loss: float) -> Progress:
        step, time = self._begun
        done = state.global_step - step
        seconds = max(1e-9, perf_counter() - time - self._measuring)
        return Progress(
            step=state.global_step,
            steps=state.max_steps,
            loss=loss,
            development=self._development,
            tokens_per_second=done * self._tokens / seconds,
            seconds_left=(state.max_steps - state.global_step) * seconds / max(1, done),
            memory_mb=_memory(),
        )


def _memory() -> float:
    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated()) / 2**20
    return float(psutil.Process().memory_info().rss) / 2**20


def _more(logs: dict[str, float]) -> dict[str, float]:
    """What DPO tells besides: how often and by how much the better reply is preferred."""
    names = {"rewards/accuracies": "preferred", "rewards/margins": "margin"}
    found = {name: logs.get(key, logs.get(f"eval_{key}")) for key, name in names.items()}
    return {name: float(value) for name, value in found.items() if value is not None}
