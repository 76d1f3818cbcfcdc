"""Loads a causal language model once, in the precision that fits the machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any

from ragkit.errors import ConfigError, ModelNotFound
from ragkit.models.causal.adapters import Adapters
from ragkit.models.causal.files import find_writer, require, without_progress_bars
from ragkit.models.causal.prefix_cache import PrefixCache
from ragkit.models.causal.settings import CausalSettings, Device, Dtype, Quantize
from ragkit.models.cpu import cpu_flags
from ragkit.models.shared import shared

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from ragkit.models.causal.keys_values import KeysValues

_FAST_BFLOAT16 = {"amx_bf16", "avx512_bf16"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory: one thread reads at a time, each with its own keys and values."""

    model: PreTrainedModel
    precision: str
    adapters: Adapters
    prefixes: PrefixCache
    lock: RLock = field(default_factory=RLock)

    @property
    def device(self) -> str:
        """Where it runs: "cpu" or "cuda"."""
        return str(self.model.device.type)


class Reading:
    """A text that the model reads on."""

    def __init__(self, loaded: Loaded, known: KeysValues, *, adapter: str) -> None:
        self._loaded = loaded
        self._adapter = adapter
        self.known = known

    def read_prompt(self, ids: Sequence[int]) -> torch.Tensor:
        """Reads a prompt to its end, part by part; the scores (1, vocabulary) of what follows it."""
        from ragkit.models.causal.keys_values import boundary, parts

        for end in parts(len(self.known.ids), len(ids)):
            scores = self.read(ids[len(self.known.ids) : end], last=1)
            if end == boundary(end):
                self.known.settled = end
        return scores

    def read(self, ids: Sequence[int], *, last: int) -> torch.Tensor:
        """Reads on; the scores (last, vocabulary) of what follows each of the last tokens."""
        scores: torch.Tensor = self._run(ids, logits_to_keep=last).logits[0, -last:]
        return scores

    def attentions(self, ids: Sequence[int]) -> torch.Tensor:
        """Reads on; (ids, tokens so far): how much each token attends to each, over all layers and heads."""
        import torch

        with self._loaded.lock:
            kind = self._loaded.model.config._attn_implementation
            try:
                self._loaded.model.set_attn_implementation("eager")
                made = self._run(ids, output_attentions=True, logits_to_keep=1).attentions
            finally:
                self._loaded.model.set_attn_implementation(kind)
        sums = torch.zeros(len(ids), len(self.known.ids), device=self._loaded.model.device)
        for layer in made:
            sums[:, -layer.shape[-1] :] += layer[0].float().sum(dim=0)  # a window shows the last tokens only
        return sums

    def _run(self, ids: Sequence[int], **options: object) -> Any:
        import torch

        with self._loaded.lock, torch.inference_mode(), self._loaded.adapters.active(self._adapter):
            given = torch.tensor([list(ids)], device=self._loaded.model.device)
            made = self._loaded.model(
                input_ids=given, past_key_values=self.known.cache, use_cache=True, **options
            )
        self.known.ids.extend(ids)
        return made

    @property
    def generation_ends(self) -> list[int]:
        """The tokens that end a text, as the model's own settings name them."""
        settings = self._loaded.model.generation_config
        ends = settings.eos_token_id if settings else None
        return ends if isinstance(ends, list) else [] if ends is None else [int(ends)]

    def forget(self, tokens: int) -> None:
        """Takes back so many of the last tokens."""
        if tokens:
            self.known.keep(len(self.known.ids) - tokens)

    def back_to(self, ids: Sequence[int]) -> Reading:
        """A reading of just `ids`, with which this one began: itself, or where it cannot go back, another."""
        if self.known.can_shrink:
            self.known.keep(len(ids))
            return self
        other = Reading(self._loaded, self._loaded.prefixes.new(), adapter=self._adapter)
        other.read_prompt(ids)
        return other


def load(settings: CausalSettings) -> Loaded:
    """The model, one copy however many parts of a chain write with it.

    Raises `ModelNotFound`, `MissingDependency`, `ConfigError`.
    """
    return _load(settings.model, settings.device, settings.dtype, settings.quantize)


@shared(keep=2)
def _load(name: str, device: Device, dtype: Dtype, quantize: Quantize) -> Loaded:
    folder = find_writer(name)
    place = _device(device)
    kind = _dtype(dtype, place)
    options = four_bits(kind, 0 if place == "cuda" else place) if quantize == "nf4" else {"dtype": kind}
    from transformers import AutoModelForCausalLM

    from ragkit.models.causal.keys_values import KeysValues, boundary

    with without_progress_bars():
        try:
            model = AutoModelForCausalLM.from_pretrained(folder, **options)
        except (OSError, ValueError) as error:
            problem = f"{name} in {folder} is no causal language model that transformers can load: {error}"
            raise ModelNotFound(problem) from error
    _prepare(model, quantize, place, kind)
    precision = kind if quantize == "none" else f"{quantize} with {kind}"
    adapters = Adapters(model, name=name, folder=folder)
    return Loaded(model, precision, adapters, PrefixCache(lambda: KeysValues(model.config), boundary))


def _prepare(model: PreTrainedModel, quantize: Quantize, device: str, dtype: str) -> None:
    """Puts the weights where and as they are computed with."""
    import torch

    from ragkit.models.causal.attention import attend_by_rows
    from ragkit.models.causal.int8 import Int8Linear
    from ragkit.models.causal.keys_values import KeysValues
    from ragkit.models.causal.packed import PackedLinear, can_pack, replace_linear

    if quantize == "int8":
        replace_linear(model, Int8Linear)
    elif device == "cpu" and dtype == "bfloat16" and can_pack():
        replace_linear(model, PackedLinear)
    if device == "cpu" and KeysValues(model.config).can_shrink:
        attend_by_rows(model)
    if quantize != "nf4":
        torch.nn.Module.to(model, device)
    torch.nn.Module.eval(model)


def _device(wanted: Device) -> str:
    import torch

    if wanted == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device: cuda needs a graphics card of NVIDIA and a torch built for it. Use: cpu")
    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"


def _dtype(wanted: Dtype, device: str) -> str:
    """bfloat16 where the processor computes with it, else float32, or float16 on older graphics cards."""
    import torch

    if wanted != "auto":
        return wanted
    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    return "bfloat16" if _FAST_BFLOAT16 & cpu_flags() else "float32"


def four_bits(dtype: str, place: str | int) -> dict[str, object]:
    """What loads a model in four bits (NormalFloat, Dettmers and others 2023); "cpu" or a card's number."""
    require("bitsandbytes", "accelerate", extra="nf4")
    from transformers import BitsAndBytesConfig

    bits = BitsAndBytesConfig(  # type: ignore[no-untyped-call]  # it has no types
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=dtype,
        bnb_4bit_use_double_quant=True,
    )
    return {"quantization_config": bits, "device_map": {"": place}, "dtype": dtype}
