"""Which language model judges: the chain's own, or another generator's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import indent
from typing import get_args

from ragkit.config import Config, load_config, parse_config
from ragkit.config_reading import read_values
from ragkit.errors import ConfigError
from ragkit.evaluation.judges.agreement import THRESHOLD
from ragkit.evaluation.judges.records import METRICS, Metric
from ragkit.evaluation.judges.replies import MOST_TOKENS, ReplyReader
from ragkit.evaluation.judges.run import Judging
from ragkit.models import forbid_network, is_offline
from ragkit.models.offline import require_loopback
from ragkit.models.remote_settings import RemoteSettings
from ragkit.stages import Writer

OWN = "chain"
_AT_ONCE = 4  # answers judged together, where a server does the work
_QUESTIONS = 3  # made of an answer for its relevancy, unless the model would make the same one again


def judge_config(name: str, chain: Config) -> Config:
    """The chain with the judge in the place of its generator.

    `name` is "chain" (its own model), a preset, or a YAML file: a chain's, or what stands below `generator`
    in one. Raises `ConfigError`.
    """
    if name == OWN:
        return chain
    other = _read(name)
    return chain.model_copy(update={"generator": other.generator, "offline": chain.offline or other.offline})


def judging_by(
    config: Config,
    *,
    metrics: Sequence[str] | None = None,
    most_tokens: int = MOST_TOKENS,
    threshold: float = THRESHOLD,
) -> Judging:
    """The generator's model as the judge, all metrics by default; nothing is sent yet.

    Raises `ConfigError` for a generator without a model or an unknown metric, `OfflineError`,
    `GenerationError` for a key that is missing, `ModelNotFound`.
    """
    chosen = [_metric(one) for one in dict.fromkeys(metrics or METRICS)]
    writer = _writer(config)
    remote = isinstance(config.generator, RemoteSettings)
    drawn = getattr(config.generator, "temperature", 0.0) != 0.0
    return Judging(
        replies=ReplyReader(writer, most_tokens=most_tokens),
        embedder=config.embedder.build(),
        metrics=chosen,
        strictness=_QUESTIONS if drawn else 1,
        parallel=_AT_ONCE if remote else 1,
        threshold=threshold,
    )


def _read(name: str) -> Config:
    path = Path(name)
    if path.is_file():
        text = path.read_text(encoding="utf-8", errors="replace")
        if "type" in read_values(text, name)[0]:
            return parse_config(f"generator:\n{indent(text, '  ')}", name=name)
    return load_config(name)


def _writer(config: Config) -> Writer:
    """The model, after all that can be known to be wrong before it is asked."""
    writer: Writer | None = getattr(config.generator.build(), "writer", None)
    if writer is None:
        raise ConfigError(
            f"The generator {config.generator.type!r} quotes sentences: it asks no language model that could "
            "judge. Name another judge: --judge local, --judge openai, or a YAML file with a generator."
        )
    if config.offline:
        forbid_network()
    if isinstance(config.generator, RemoteSettings):
        server = config.generator.server()
        if is_offline():
            require_loopback(server.host)
        config.generator.key(server)
    writer.tokens("")  # of a model on this machine, whether it is there
    return writer


def _metric(name: str) -> Metric:
    for known in get_args(Metric):
        if name == known:
            return name  # type: ignore[return-value]  # it is one of them
    raise ConfigError(f"There is no metric {name!r} of ragas here; valid: {', '.join(METRICS)}.")
