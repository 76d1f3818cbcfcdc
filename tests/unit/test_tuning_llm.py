"""Language models tuned on pairs: what is learnt, that a chain can use it, that it goes on after a stop."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("peft", reason="peft is not installed")
pytest.importorskip("trl", reason="trl is not installed")

from ragkit.errors import ConfigError
from ragkit.models.causal import CausalSettings, TextWriter
from ragkit.tuning.llm.encoding import encode
from ragkit.tuning.llm.making import make_dpo, make_sft
from ragkit.tuning.llm.packing import IGNORED, Collator, pack
from ragkit.tuning.pairs.rows import read_pairs
from ragkit.tuning.runs.folder import RunFolder, runs_in
from ragkit.tuning.runs.progress import Progress, Told
from ragkit.types import Message
from tests.unit.tiny_tuning import make_data, make_order

SILENT = Told(lambda line: None, lambda progress: None)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_data(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def sft(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sft") / "run"
    make_sft(make_order(data, out), SILENT)
    return out


def write(settings: CausalSettings) -> str:
    asked = [Message("user", "When was Ashford founded?")]
    return "".join(TextWriter(settings).stream(asked, most_tokens=24))


def test_what_is_learnt_are_the_tokens_that_the_writer_reads_and_writes(data: Path) -> None:
    writer = TextWriter(CausalSettings(model=str(data / "model")))
    pair = read_pairs(data / "pairs" / "train.jsonl")[0]
    read, said = writer.read_ids(pair.messages), writer.reply_ids(pair.reply)
    known = writer._tokenizer  # what stands in the tokens
    assert known.decode(read).endswith("<|im_start|>assistant\n")
    assert pair.question in known.decode(read)
    assert known.decode(said) == f"{pair.reply}<|im_end|>"
    assert writer.reply_ids("a<|im_end|>b") == writer.reply_ids("ab")


def test_packed_pairs_are_read_as_if_each_stood_alone(data: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    writer = TextWriter(CausalSettings(model=str(data / "model")))
    pairs = encode(read_pairs(data / "pairs" / "train.jsonl")[:12], writer)
    model = AutoModelForCausalLM.from_pretrained(data / "model").eval()

    def losses(together: bool, batch: int) -> dict[tuple[int, ...], float]:
        """The loss of each token that is learnt, by the labels of its reply."""
        found = {}
        packed = pack(pairs, longest=1500, together=together)
        collate = Collator(0)
        for first in range(0, len(packed), batch):
            some = packed[first : first + batch]
            inputs = collate([one.row() for one in some])
            labels = inputs.pop("labels")
            with torch.no_grad():
                scores = model(**inputs).logits.log_softmax(-1)
            for row, one in enumerate(some):
                for number in range(one.parts):
                    places = [p for p, part in enumerate(one.part) if part == number]
                    learnt = [p for p in places if one.labels[p] != IGNORED]
                    if learnt:
                        own = sum(float(scores[row, p - 1, labels[row, p]]) for p in learnt)
                        key = tuple(one.ids[p] for p in places[-len(learnt) - 20 :])
                        found[key] = own
        return found

    alone, packed, filled = losses(False, 1), losses(True, 1), losses(True, 3)
    assert len(pack(pairs, longest=1500)) < len(pairs) / 2
    assert set(alone) == set(packed) == set(filled)
    for key, loss in alone.items():
        assert packed[key] == pytest.approx(loss, abs=1e-3)
        assert filled[key] == pytest.approx(loss, abs=1e-3)


def test_only_replies_are_learnt_and_long_pairs_are_left_out(data: Path) -> None:
    writer = TextWriter(CausalSettings(model=str(data / "model")))
    pairs = encode(read_pairs(data / "pairs" / "train.jsonl"), writer)
    packed = pack(pairs, longest=1500)
    learnt = sorted(label for one in packed for label in one.labels if label != IGNORED)
    fitting = [one for one in pairs if one.length <= 1500]
    assert learnt == sorted(token for one in fitting for token in one.reply)
    assert all(len(one.ids) <= 1500 for one in packed)
    assert pack(pairs, longest=20) == []


def test_an_adapter_is_learnt_and_used_by_the_chain(data: Path, sft: Path) -> None:
    folder = RunFolder(sft)
    record, told = folder.record(), folder.metrics()
    losses = [one["loss"] for one in told if "loss" in one]
    assert losses[-1] < losses[0] - 0.5
    assert record.status == "finished"
    assert record.trainable < record.parameters / 2
    assert [one["step"] for one in told if "loss" in one] == list(range(1, len(losses) + 1))
    assert {"rate", "tokens_per_second", "memory_mb"} <= set(told[0])
    assert told[-1]["step"] == len(losses)
    assert record.results["development_loss"] == min(
        one["development_loss"] for one in told if "development_loss" in one
    )
    settings = CausalSettings(model=str(data / "model"), adapters={"towns": folder.weights}, adapter="towns")
    assert write(settings) != write(settings.model_copy(update={"adapter": None}))
    for file in ("index.html", "loss.png", "adapter/README.md", "adapter/chat_template.jinja"):
        assert (sft / file).stat().st_size > 100
    assert "<svg" in (sft / "index.html").read_text(encoding="utf-8")


def test_an_adapter_of_another_model_is_refused_by_the_chain(data: Path, sft: Path, tmp_path: Path) -> None:
    from tests.unit.tiny_model import make_model

    other = make_model(tmp_path / "other")
    settings = CausalSettings(model=str(other), adapter=str(sft / "adapter"))
    with pytest.raises(ConfigError, match="was made for"):
        write(settings)


def test_a_finished_run_is_not_made_again_and_another_one_is_refused(data: Path, sft: Path) -> None:
    assert make_sft(make_order(data, sft), SILENT) == RunFolder(sft).record()
    with pytest.raises(ConfigError, match=r"rate=0\.005 \(now 0\.1\)"):
        make_sft(make_order(data, sft, rate=0.1), SILENT)
    assert [one.path for one in runs_in(sft.parent)] == [sft]


def test_a_run_that_was_stopped_goes_on_to_the_same_weights(data: Path, sft: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    def stop(progress: Progress) -> None:
        if progress.step == 5:
            raise KeyboardInterrupt

    out = tmp_path / "run"
    torch.manual_seed(12345)  # whatever was drawn before
    with pytest.raises(KeyboardInterrupt):
        make_sft(make_order(data, out), Told(lambda line: None, stop))
    (out / "checkpoints/checkpoint-4").mkdir()  # cut short by a kill
    lines: list[str] = []
    record = make_sft(make_order(data, out), Told(lines.append, lambda progress: None))
    assert "going on from checkpoint-3" in lines
    assert record.results["loss"] == pytest.approx(RunFolder(sft).record().results["loss"], abs=1e-6)
    ours, theirs = (load_file(one / "adapter/adapter_model.safetensors") for one in (out, sft))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    steps = [one["step"] for one in RunFolder(out).metrics()]
    assert steps == sorted(steps)


def test_an_adapter_is_learnt_on_weights_of_four_bits(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    make_sft(make_order(data, tmp_path / "run", method="qlora"), SILENT)
    losses = [one["loss"] for one in RunFolder(tmp_path / "run").metrics() if "loss" in one]
    assert losses[-1] < losses[0] - 0.5
    model = str(data / "model")
    plain, tuned = (
        write(CausalSettings(model=model, quantize="nf4", adapter=adapter))
        for adapter in (None, str(tmp_path / "run" / "adapter"))
    )
    assert plain != tuned


def test_all_weights_can_learn(data: Path, tmp_path: Path) -> None:
    record = make_sft(make_order(data, tmp_path / "run", method="full", epochs=0.5), SILENT)
    assert record.trainable == record.parameters
    made = CausalSettings(model=str(tmp_path / "run/model"))
    assert write(made) != write(CausalSettings(model=str(data / "model")))


def test_preferences_are_learnt_from_where_the_replies_were(data: Path, sft: Path, tmp_path: Path) -> None:
    record = make_dpo(make_order(data, tmp_path / "run", start=sft, rate=5e-3, pack=False), SILENT)
    told = [one for one in RunFolder(tmp_path / "run").metrics() if "margin" in one and "loss" in one]
    assert told[0]["loss"] == pytest.approx(0.6931, abs=1e-3)  # ln 2: it starts where the earlier run ended
    assert told[-1]["margin"] > 0.0
    assert record.start == str(sft)
    adapter = CausalSettings(model=str(data / "model"), adapter=str(tmp_path / "run/adapter"))
    write(adapter)
    assert not (tmp_path / "run/adapter/ref").exists()


def test_how_often_it_got_no_better_is_known_after_a_stop(data: Path, tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.step == 3:
            raise KeyboardInterrupt

    order = make_order(data, tmp_path / "run", rate=0.0, every=1, patience=2)
    with pytest.raises(KeyboardInterrupt):
        make_sft(order, Told(lambda line: None, stop))
    lines: list[str] = []
    record = make_sft(order, Told(lines.append, lambda progress: None))
    assert "going on from checkpoint-2" in lines
    assert record.results["steps"] == 3.0


def test_a_training_that_got_no_better_and_was_stopped_then_learns_no_more(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    order = make_order(data, tmp_path / "run", rate=0.0, epochs=8, every=2, patience=2)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("ragkit.tuning.llm.making._finish", stop)
        make_sft(order, SILENT)
    steps = len([one for one in RunFolder(tmp_path / "run").metrics() if "loss" in one])
    assert make_sft(order, SILENT).results["steps"] == steps == 6


def test_a_training_ends_when_it_gets_no_better(data: Path, tmp_path: Path) -> None:
    record = make_sft(make_order(data, tmp_path / "run", rate=0.0, epochs=8, every=1, patience=2), SILENT)
    measured = [one["development_loss"] for one in RunFolder(tmp_path / "run").metrics() if len(one) == 2]
    assert len(measured) == 3
    assert record.results["development_loss"] == min(measured)


def test_float16_is_refused_without_a_graphics_card(data: Path, tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a graphics card")
    with pytest.raises(ConfigError, match="needs a graphics card"):
        make_sft(make_order(data, tmp_path / "run", precision="float16"), SILENT)


def test_a_run_without_development_pairs_learns_to_its_end(data: Path, tmp_path: Path) -> None:
    (tmp_path / "pairs").mkdir()
    text = (data / "pairs/train.jsonl").read_text(encoding="utf-8").splitlines()[:6]
    (tmp_path / "pairs/train.jsonl").write_text("\n".join(text), encoding="utf-8")
    order = replace(make_order(data, tmp_path / "run", epochs=1), data=tmp_path / "pairs")
    assert "development_loss" not in make_sft(order, SILENT).results
    assert json.loads((tmp_path / "run/run.json").read_text())["data"]["development_pairs"] == 0


@pytest.mark.slow
def test_two_processes_tune_together(data: Path, tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "-m", "ragkit", "tune", "sft",
        "--data", str(data / "pairs"), "--model", str(data / "model"), "--rank", "4", "--rate", "5e-3",
        "--accumulate", "1", "--longest", "1500", "--every", "2", "--epochs", "2", "--threads", "1",
        "--out", str(tmp_path / "run"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    told = RunFolder(tmp_path / "run").metrics()
    steps = [one["step"] for one in told if "loss" in one]
    assert steps == list(range(1, len(steps) + 1))
    assert done.stdout.count("written:") == 1
    write(CausalSettings(model=str(data / "model"), adapter=str(tmp_path / "run/adapter")))


def test_what_will_not_fit_is_refused_before_its_model_is_loaded(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ragkit.tuning.estimate import Hardware
    from ragkit.tuning.llm import fitting

    monkeypatch.setattr(fitting, "free_hardware", lambda: Hardware(name="cpu", memory=0.1))
    lines: list[str] = []
    told = Told(lines.append, lambda progress: None)
    with pytest.raises(ConfigError, match=r"would not fit: it takes about .* GB. --anyway begins it"):
        make_sft(make_order(data, tmp_path / "run"), told)
    assert any("GB of 0.1 free" in line for line in lines)
    order = replace(make_order(data, tmp_path / "run", epochs=0.2), anyway=True)
    assert make_sft(order, SILENT).status == "finished"
