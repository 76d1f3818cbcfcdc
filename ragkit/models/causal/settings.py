"""Which language model writes on this machine, in what precision, and how it chooses its words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ragkit.errors import ConfigError
from ragkit.stages import StageConfig

DEFAULT_WRITER = "SmolLM2-135M-Instruct"
Quantize = Literal["none", "int8", "nf4"]
Dtype = Literal["auto", "float32", "bfloat16", "float16"]
Device = Literal["auto", "cpu", "cuda"]


class CausalSettings(StageConfig):
    """A causal language model on this machine; `LocalConfig` says what each setting means."""

    model: str = DEFAULT_WRITER
    adapter: str | None = None
    adapters: dict[str, Path] = Field(default={})
    device: Device = "auto"
    dtype: Dtype = "auto"
    quantize: Quantize = "none"
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    seed: int = Field(default=0, ge=0, lt=1 << 32)
    stop: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    lookup_tokens: int = Field(default=10, ge=0, le=15)
    cache_megabytes: int = Field(default=512, ge=0)
    trace: bool = False

    def adapter_folder(self) -> Path | None:
        """Where the chosen adapter lies; None without one. Raises `ConfigError`."""
        if self.adapter is None:
            return None
        folder = self.adapters.get(self.adapter, Path(self.adapter)).expanduser()
        if not folder.is_dir():
            names = ", ".join(self.adapters) or "none"
            raise ConfigError(
                f"adapter: {self.adapter!r}: there is no folder {folder}. Names in adapters: {names}."
            )
        return folder
