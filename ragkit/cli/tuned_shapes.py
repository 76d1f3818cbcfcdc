"""What the commands of `ragkit tune` print as JSON."""

from __future__ import annotations

from pydantic import BaseModel

from ragkit.tuning.runs.folder import TunedRecord


class TunedShape(BaseModel):
    """A run by its folder."""

    run: str
    record: TunedRecord


class TunedRunsShape(BaseModel):
    """Runs, the newest last or in the order in which they were named."""

    runs: list[TunedShape]


class WrittenShape(BaseModel):
    """Where `merge` and `export` wrote the model."""

    written: str


class WrittenFilesShape(BaseModel):
    """The settings for several cards that `--accelerate` wrote."""

    written: list[str]
