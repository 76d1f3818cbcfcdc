"""One training or generation in a process of its own, that prints its peak of memory beyond the libraries."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

_STEPS = 3  # the second one begins with moments in the optimizer


def memory_mb(key: str) -> float:
    """A line of this process's status, in MB of 1e6 bytes: VmRSS now, or VmHWM, its highest so far."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith(f"{key}:"))
    return int(line.split()[1]) * 1024 / 1e6


def main(run: dict[str, Any]) -> None:
    """Prints the memory of the libraries, the peak beyond it, and the seconds of a step.

    The libraries' part is read after a step of a tiny model, by which everything is loaded. Loading the
    model counts.
    """
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    tiny: dict[str, Any] = {
        "layers": 1,
        "hidden": 64,
        "heads": 2,
        "kv_heads": 1,
        "intermediate": 64,
        "vocab": 64,
    }
    perform({**run, "folder": "", "shape": tiny, "sequence": 16, "batch": 1, "new": 2})
    base = memory_mb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    seconds = perform(run)
    print(json.dumps({"libraries_mb": base, "peak_mb": memory_mb("VmHWM") - base, "seconds": seconds}))


def perform(run: dict[str, Any]) -> float:
    """Does the run; the seconds of its last step."""
    if run["method"] == "inference":
        return _generate(run)
    return _train(run)


def _model(run: dict[str, Any]) -> Any:
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

    dtype = torch.bfloat16 if run["precision"] == "mixed" else torch.float32
    attention = run.get("attention", "sdpa")
    if run["folder"]:
        return AutoModelForCausalLM.from_pretrained(run["folder"], dtype=dtype, attn_implementation=attention)
    shape = run["shape"]
    config = LlamaConfig(
        vocab_size=shape["vocab"],
        hidden_size=shape["hidden"],
        intermediate_size=shape["intermediate"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape["kv_heads"],
        max_position_embeddings=16384,
        tie_word_embeddings=shape.get("tied", True),
        attn_implementation=attention,
    )
    torch.set_default_dtype(dtype)
    model = LlamaForCausalLM(config)
    torch.set_default_dtype(torch.float32)
    return model


def _train(run: dict[str, Any]) -> float:
    import torch

    model = _model(run)
    model.train()
    model.config.use_cache = False
    reference = None
    if run["method"] == "dpo":
        reference = _model(run)
        reference.requires_grad_(False)
    if run["method"] in {"lora", "dpo-lora"}:
        from peft import LoraConfig, get_peft_model

        model = get_peft_model(model, LoraConfig(r=run["rank"], target_modules=run["targets"]))
    if run["checkpointing"]:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        model.enable_input_require_grads()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = (
        torch.optim.SGD(trained, lr=1e-3)
        if run.get("optimizer") == "sgd"
        else torch.optim.AdamW(trained, lr=1e-4)
    )
    rows = run["batch"] * (2 if run["method"].startswith("dpo") else 1)
    vocab = model.config.vocab_size
    for _ in range(_STEPS):
        tokens = torch.randint(0, vocab, (rows, run["sequence"]))
        started = perf_counter()
        if run["method"].startswith("dpo"):
            loss = _preference_loss(model, reference, tokens)
        else:
            loss = model(input_ids=tokens, labels=tokens).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return perf_counter() - started


def _preference_loss(model: Any, reference: Any, tokens: Any) -> Any:
    """The loss of Rafailov et al. 2023, equation 7; the second half of the rows is what was rejected."""
    import torch
    from torch.nn.functional import logsigmoid

    with torch.no_grad():
        if reference is None:
            with model.disable_adapter():
                before = _log_probabilities(model, tokens)
        else:
            before = _log_probabilities(reference, tokens)
    chosen, rejected = (_log_probabilities(model, tokens) - before).chunk(2)
    return -logsigmoid(0.1 * (chosen - rejected)).mean()


def _log_probabilities(model: Any, tokens: Any) -> Any:
    from torch import log_softmax

    logits = model(input_ids=tokens).logits[:, :-1].float()
    return log_softmax(logits, -1).gather(-1, tokens[:, 1:, None]).squeeze(-1).sum(-1)


def _generate(run: dict[str, Any]) -> float:
    import torch

    model = _model(run)
    model.eval()
    tokens = torch.randint(0, model.config.vocab_size, (run["batch"], run["sequence"] - run["new"]))
    with torch.no_grad():
        model.generate(
            input_ids=tokens,
            attention_mask=torch.ones_like(tokens),
            max_new_tokens=run["new"],
            min_new_tokens=run["new"],
            do_sample=False,
            pad_token_id=0,
        )
    return 0.0


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
