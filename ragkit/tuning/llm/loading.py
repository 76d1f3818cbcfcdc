"""The model that is tuned: loaded in full precision or in four bits, with an adapter to learn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.errors import ConfigError, ModelNotFound
from ragkit.models.causal.files import find_writer, require, without_progress_bars
from ragkit.models.causal.loading import four_bits
from ragkit.tuning.llm.recipe import Recipe
from ragkit.tuning.runs.precision import computing
from ragkit.tuning.runs.ranks import card

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def load_base(name: str, recipe: Recipe) -> PreTrainedModel:
    """The model by name, folder or GGUF file, with float32 weights, or in four bits for `qlora`.

    Raises `ModelNotFound`, `MissingDependency`, `ConfigError`.
    """
    require("peft", "trl", "datasets", "accelerate", extra="tune")
    kind = computing(recipe.precision)
    folder = find_writer(name)
    import torch
    from transformers import AutoModelForCausalLM

    options: dict[str, Any] = {"dtype": "float32"}
    if recipe.method == "qlora":
        options = four_bits(kind, card() if torch.cuda.is_available() else "cpu")
    with without_progress_bars():
        try:
            model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(folder, **options)
        except (OSError, ValueError) as error:
            problem = f"{name} in {folder} is no causal language model that transformers can load: {error}"
            raise ModelNotFound(problem) from error
    return model


def with_adapter(model: PreTrainedModel, recipe: Recipe) -> Any:
    """The model with a new adapter; only the adapter learns."""
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training

    if recipe.method == "qlora":
        prepare: Any = prepare_model_for_kbit_training
        model = prepare(model, use_gradient_checkpointing=recipe.recompute)
    blocks = int(model.config.get_text_config().num_hidden_layers)
    chosen = None if recipe.lora.layers is None else list(range(max(0, blocks - recipe.lora.layers), blocks))
    settings = LoraConfig(
        r=recipe.lora.rank,
        lora_alpha=recipe.lora.alpha,
        lora_dropout=recipe.lora.dropout,
        target_modules=_linear(model),
        layers_to_transform=chosen,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, settings)


def with_learnt(model: PreTrainedModel, folder: Path, name: str) -> Any:
    """The model with an adapter that was learnt before, to learn on. Raises `ConfigError`."""
    from peft import PeftModel

    try:
        made = PeftModel.from_pretrained(model, str(folder), is_trainable=True)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise ConfigError(f"The adapter in {folder} does not fit {name}: {error}") from error
    made.peft_config["default"].base_model_name_or_path = model.name_or_path
    return made


def _linear(model: PreTrainedModel) -> list[str]:
    """The names of all linear layers but the last one, which scores words."""
    import torch

    last = model.get_output_embeddings()  # type: ignore[no-untyped-call]  # it has no types
    named = torch.nn.Module.named_modules(model)
    found = {
        name.rpartition(".")[2] for name, one in named if isinstance(one, torch.nn.Linear) and one is not last
    }
    return sorted(found)
