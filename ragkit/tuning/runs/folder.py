"""The folder of a run: what it was made with, how it went, and what came of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ragkit.errors import ConfigError
from ragkit.tuning.runs.ranks import is_first

RECORD, METRICS, PAGE, CURVES = "run.json", "metrics.jsonl", "index.html", "loss.png"
ADAPTER, MODEL, CHECKPOINTS = "adapter", "model", "checkpoints"
_STATE = "trainer_state.json"  # which transformers writes last


class TunedRecord(BaseModel):
    """All that a run's weights follow from, and what came of it.

    `data` holds hashes and numbers of what is learnt and measured on, `results` losses, steps and seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    version: int = 1
    kind: Literal["sft", "dpo", "embedder", "reranker"]
    status: Literal["begun", "finished"] = "begun"
    created: str
    model: str
    start: str = ""
    recipe: Mapping[str, object]
    data: Mapping[str, str | int]
    template: str = ""
    threads: int
    packages: Mapping[str, str]
    trainable: int = 0
    parameters: int = 0
    results: Mapping[str, float] = Field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Of all that the weights follow from, but for how a machine rounds: its threads and packages."""
        told = self.model_dump(include={"kind", "model", "start", "recipe", "data", "template"})
        return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


class RunFolder:
    """A folder with the record, the metrics, the checkpoints and the weights of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def weights(self) -> Path:
        """Where the adapter or the whole model lies. Raises `ConfigError` where there is none yet."""
        for name in (ADAPTER, MODEL):
            if (self.path / name).is_dir():
                return self.path / name
        raise ConfigError(
            f"{self.path} holds no weights yet: the run has not finished. Its command begun again goes on."
        )

    @property
    def is_adapter(self) -> bool:
        """Whether it tuned an adapter, and not the whole model."""
        return self.weights.name == ADAPTER

    def record(self) -> TunedRecord:
        """What the run was made with. Raises `ConfigError` for a folder of no run."""
        file = self.path / RECORD
        try:
            return TunedRecord.model_validate_json(file.read_text(encoding="utf-8"))
        except (OSError, ValidationError) as error:
            raise ConfigError(f"{self.path} is no folder of a run of `ragkit tune`: {error}") from error

    def begin(self, record: TunedRecord) -> bool:
        """Notes what is made; whether it was finished before. Raises `ConfigError` for another run."""
        if self.is_finished(record):
            return True
        if is_first():
            self.write(record)
        return False

    def is_finished(self, record: TunedRecord) -> bool:
        """Whether this run is finished. Raises `ConfigError` for another run that has learnt something."""
        if not (self.path / RECORD).is_file():
            return False
        known = self.record()
        if known.fingerprint == record.fingerprint:
            return known.status == "finished"
        if known.status == "finished" or self.metrics() or self.checkpoint():
            raise ConfigError(
                f"{self.path} is the run of {_difference(known, record)}. Name another folder with "
                "--out, or remove that one to begin anew."
            )
        return False  # it was refused before it began

    def write(self, record: TunedRecord) -> None:
        """Writes the record, whole or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        beside = self.path / f"{RECORD}.new"
        beside.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
        beside.replace(self.path / RECORD)

    def checkpoint(self) -> Path | None:
        """The latest checkpoint that is whole; those that a kill cut short are removed."""
        found: dict[int, Path] = {}
        for path in (self.path / CHECKPOINTS).glob("checkpoint-*"):
            try:
                step = int(json.loads((path / _STATE).read_text(encoding="utf-8"))["global_step"])
                found[step] = path
            except (OSError, ValueError, KeyError):
                shutil.rmtree(path, ignore_errors=True)  # another process may be faster
        return found[max(found)] if found else None

    def metrics(self) -> list[dict[str, float]]:
        """What was told of each step, in order."""
        file = self.path / METRICS
        lines = file.read_text(encoding="utf-8").split("\n") if file.is_file() else []
        found = []
        for line in lines:
            try:
                found.append(json.loads(line))
            except ValueError:  # the empty last line, or one that a kill cut short
                continue
        return found

    def keep_metrics(self, step: int) -> None:
        """Forgets what was told after a step, as it will be told again."""
        kept = [one for one in self.metrics() if one["step"] <= step]
        if kept or (self.path / METRICS).is_file():
            text = "".join(json.dumps(one) + "\n" for one in kept)
            (self.path / METRICS).write_text(text, encoding="utf-8")

    def clear_checkpoints(self) -> None:
        """Removes the states to go on from, once the weights are written."""
        shutil.rmtree(self.path / CHECKPOINTS, ignore_errors=True)

    def tell(self, line: Mapping[str, float]) -> None:
        """Adds a line to the metrics."""
        with (self.path / METRICS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def runs_in(folder: Path) -> list[RunFolder]:
    """The runs below a folder, by name."""
    return [RunFolder(file.parent) for file in sorted(folder.glob(f"**/{RECORD}"))]


def _difference(known: TunedRecord, record: TunedRecord) -> str:
    """What the folder's run was made with, where the two differ."""
    ours, theirs = record.model_dump(), known.model_dump()
    names = [n for n in ("kind", "model", "start", "data", "template") if ours[n] != theirs[n]]
    differing = [f"another {'chat template' if name == 'template' else name}" for name in names]
    before, now = theirs["recipe"], ours["recipe"]
    differing += [
        f"{name}={before.get(name)} (now {now.get(name)})"
        for name in now
        if before.get(name) != now.get(name)
    ]
    return ", ".join(differing) or "other settings"
