"""Settings of accelerate and DeepSpeed for several graphics cards: files to start a training with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

_ACCELERATE: Mapping[str, object] = {
    "compute_environment": "LOCAL_MACHINE",
    "machine_rank": 0,
    "main_training_function": "main",
    "num_machines": 1,
    "rdzv_backend": "static",
    "same_network": True,
    "use_cpu": False,
}


def write_parallel(folder: Path, *, cards: int, precision: str = "bf16") -> list[Path]:
    """Writes ddp.yaml, and zero2 and zero3 as .yaml (accelerate) with .json (DeepSpeed); their paths.

    Batch sizes, clipping and precision are "auto": they follow from the command's own options.
    """
    folder.mkdir(parents=True, exist_ok=True)
    common = {**_ACCELERATE, "num_processes": cards}
    made = [
        _yaml(folder / "ddp.yaml", {**common, "distributed_type": "MULTI_GPU", "mixed_precision": precision})
    ]
    for stage in (2, 3):
        settings = folder / f"zero{stage}.json"
        settings.write_text(json.dumps(deepspeed(stage), indent=2) + "\n", encoding="utf-8")
        plugin = {
            "deepspeed_config_file": str(settings.absolute()),
            "deepspeed_multinode_launcher": "standard",
            "zero3_init_flag": stage == 3,
        }
        more = {"distributed_type": "DEEPSPEED", "deepspeed_config": plugin}
        made += [settings, _yaml(folder / f"zero{stage}.yaml", {**common, **more})]
    return made


def deepspeed(stage: int) -> dict[str, object]:
    """DeepSpeed's settings: ZeRO 2 shares optimizer states and slopes, 3 the weights too."""
    zero: dict[str, object] = {
        "stage": stage,
        "overlap_comm": True,
        "contiguous_gradients": True,
        "reduce_bucket_size": "auto",
    }
    if stage == 3:
        zero |= {
            "stage3_prefetch_bucket_size": "auto",
            "stage3_param_persistence_threshold": "auto",
            "stage3_gather_16bit_weights_on_model_save": True,
        }
    return {
        "bf16": {"enabled": "auto"},
        "fp16": {"enabled": "auto"},
        "zero_optimization": zero,
        "gradient_accumulation_steps": "auto",
        "gradient_clipping": "auto",
        "train_batch_size": "auto",
        "train_micro_batch_size_per_gpu": "auto",
    }


def _yaml(path: Path, settings: Mapping[str, object]) -> Path:
    path.write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")
    return path
