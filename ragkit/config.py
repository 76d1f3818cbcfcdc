"""One YAML file names every part of a chain; this module alone knows all implementations."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import yaml
from pydantic import ConfigDict, Field, ValidationError

from ragkit.abstention import CalibratedConfig, NeverConfig
from ragkit.chain import Chain
from ragkit.chunkers import FixedConfig, MarkdownConfig, ParentConfig, SentenceConfig
from ragkit.config_errors import explain, listed
from ragkit.config_files import missing_files
from ragkit.config_models import unknown_models
from ragkit.config_reading import read_values
from ragkit.embedders import (
    ByScriptConfig,
    HashingConfig,
    MultilingualE5Config,
    OnnxConfig,
    SentenceTransformerConfig,
    UniversalSentenceEncoderConfig,
)
from ragkit.errors import ConfigError
from ragkit.followups import KeepConfig, ModelConfig, RuleConfig
from ragkit.generators import ExtractiveConfig, LlamaCppConfig, LocalConfig, OpenAIConfig
from ragkit.index import DenseKind, IndexSettings, LocalIndex
from ragkit.language import AnalyzerConfig
from ragkit.models import forbid_network
from ragkit.postprocessors import ResultsConfig
from ragkit.queries import (
    DecomposeConfig,
    HydeConfig,
    KeepQueryConfig,
    MultiQueryConfig,
    QueryConfig,
)
from ragkit.rerankers import CrossEncoderConfig, KeepOrderConfig, LateInteractionConfig
from ragkit.retrievers import Bm25Config, DenseConfig, HybridConfig, RankBm25Config
from ragkit.stages import Chunker, Embedder, StageConfig
from ragkit.types import OnOrders, OnUnsupported
from ragkit.verifiers import LexicalConfig, LexicalSemanticConfig, NoVerifierConfig, TrainedConfig

if TYPE_CHECKING:
    from ragkit.ingest import Ingest, ReadLimits

DEFAULT_FILE = Path("ragkit.yaml")
DEFAULT_INDEX = Path("indexes/default")

AnyChunker = Annotated[
    FixedConfig | SentenceConfig | MarkdownConfig | ParentConfig, Field(discriminator="type")
]
AnyEmbedder = Annotated[
    OnnxConfig
    | SentenceTransformerConfig
    | UniversalSentenceEncoderConfig
    | MultilingualE5Config
    | ByScriptConfig
    | HashingConfig,
    Field(discriminator="type"),
]
AnyRewriter = Annotated[
    KeepQueryConfig | DecomposeConfig | MultiQueryConfig | HydeConfig, Field(discriminator="type")
]
AnyRetriever = Annotated[
    HybridConfig | Bm25Config | DenseConfig | RankBm25Config, Field(discriminator="type")
]
AnyReranker = Annotated[
    KeepOrderConfig | CrossEncoderConfig | LateInteractionConfig, Field(discriminator="type")
]
AnyGenerator = Annotated[
    ExtractiveConfig | LocalConfig | LlamaCppConfig | OpenAIConfig, Field(discriminator="type")
]
AnyVerifier = Annotated[
    TrainedConfig | LexicalSemanticConfig | LexicalConfig | NoVerifierConfig, Field(discriminator="type")
]
AnyAbstention = Annotated[CalibratedConfig | NeverConfig, Field(discriminator="type")]
AnyFollowUps = Annotated[RuleConfig | KeepConfig | ModelConfig, Field(discriminator="type")]


class Config(StageConfig):
    """Every part of a chain and where its index lies.

    With `offline`, every connection of this process beyond this machine is refused from `build` or
    `build_ingest` on. `candidates` passages reach the reranker, `limit` of them the generator. Sentences
    that nothing supports are marked, dropped, or make the chain abstain. `orders` are sentences of
    documents that address the assistant: left out of what it reads, or kept. Relative paths start at the
    working directory. From the likeness `near_duplicates` on (0.9, say) a document that nearly repeats
    another is stored, but only the other is searched; by default every document is.
    """

    model_config = ConfigDict(hide_input_in_errors=True)  # someone may have written a key

    index: Path = DEFAULT_INDEX
    dense_index: DenseKind = "auto"
    analyzer: AnalyzerConfig = AnalyzerConfig()
    chunker: AnyChunker = MarkdownConfig()
    embedder: AnyEmbedder = OnnxConfig()
    query: QueryConfig = QueryConfig()
    rewriter: AnyRewriter = KeepQueryConfig()
    retriever: AnyRetriever = HybridConfig()
    reranker: AnyReranker = KeepOrderConfig()
    results: ResultsConfig = ResultsConfig()
    followups: AnyFollowUps = RuleConfig()
    abstention: AnyAbstention = CalibratedConfig()
    generator: AnyGenerator = ExtractiveConfig()
    verifier: AnyVerifier = TrainedConfig()
    candidates: int = Field(default=30, ge=1)
    limit: int = Field(default=8, ge=1)
    unsupported: OnUnsupported = "mark"
    orders: OnOrders = "leave_out"
    offline: bool = False
    near_duplicates: float | None = Field(default=None, ge=0.5, le=1.0)

    def build(self, *, soon: str = "") -> Chain:
        """The chain over its index. The model that the question `soon` needs loads while the index opens.

        Raises `IndexNotFound`, or `IndexMismatch` when the index was built with other settings.
        """
        self._keep_offline()
        embedder = self.embedder.build()
        with self._loading(embedder, soon):
            index = self.open_index(embedder)
            generator = self.generator.build()
            writer = getattr(generator, "writer", None)  # extractive has none
            return Chain(
                documents=index,
                reader=self.query.build(index, self.rewriter.build()),
                retriever=self.retriever.build(index, embedder),
                reranker=self.reranker.build(),
                results=self.results.build(),
                followups=self.followups.build(writer),
                gate=self.abstention.build(),
                generator=generator,
                verifier=self.verifier.build(),
                candidates=self.candidates,
                limit=self.limit,
                unsupported=self.unsupported,
                orders=self.orders,
            )

    def with_adapter(self, name: str | None) -> Config:
        """The same with another LoRA adapter, a name of `adapters` or a folder, or with none.

        The generators of both share one model in memory. Raises `ConfigError`.
        """
        if not isinstance(self.generator, LocalConfig):
            problem = f"adapter {name!r}: the generator {self.generator.type!r} has none"
            raise ConfigError(f"{problem}. Use the generator local, as in the preset local.")
        generator = self.generator.model_copy(update={"adapter": name})
        generator.adapter_folder()
        return self.model_copy(update={"generator": generator})

    @contextmanager
    def _loading(self, embedder: Embedder, question: str) -> Iterator[None]:
        """Embeds a question meanwhile, for the sake of the model; errors wait until it is really asked."""
        if not question or not isinstance(self.retriever, HybridConfig | DenseConfig):
            yield
            return
        with ThreadPoolExecutor(max_workers=1) as thread:
            thread.submit(lambda: embedder.reads(question) and embedder.embed_query(question))
            yield

    def build_ingest(self, *, password: str | None = None, limits: ReadLimits | None = None) -> Ingest:
        """What fills the index, which is made if there is none. Raises `IndexMismatch`."""
        from ragkit.cleaning import default_cleaners
        from ragkit.ingest import Ingest  # a query needs no loaders

        self._keep_offline()
        embedder = self.embedder.build()
        return Ingest(
            self.open_index(embedder, create=True),
            chunker=self._chunker(embedder),
            embedder=embedder,
            cleaners=default_cleaners(),
            password=password,
            limits=limits,
            near_duplicates=self.near_duplicates,
        )

    def open_index(self, embedder: Embedder | None = None, *, create: bool = False) -> LocalIndex:
        """The index, after checking that it was built with these settings."""
        embedder = embedder or self.embedder.build()
        return LocalIndex(
            self.index,
            analyzer=self.analyzer.build(),
            settings=self._settings(embedder),
            create=create,
            dense_kind=self.dense_index,
        )

    def _keep_offline(self) -> None:
        if self.offline:
            forbid_network()

    def _chunker(self, embedder: Embedder) -> Chunker:
        return self.chunker.build(embedder.token_spans, embedder.window)

    def _settings(self, embedder: Embedder) -> IndexSettings:
        from ragkit.cleaning import CLEANING_VERSION

        return IndexSettings(
            embedder=embedder.name,
            dimension=embedder.dimension,
            analyzer=self.analyzer.build().name,
            chunker=f"{self._chunker(embedder).name} after {CLEANING_VERSION}",
        )


def preset_names() -> list[str]:
    """The chains that ship with ragkit."""
    folder = files("ragkit").joinpath("presets")
    return sorted(Path(entry.name).stem for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def preset_text(name: str) -> str:
    """The YAML of a chain that ships with ragkit."""
    return files("ragkit").joinpath("presets", f"{name}.yaml").read_text(encoding="utf-8")


def load_config(source: str | Path | None = None) -> Config:
    """The configuration in a YAML file, or the preset of that name.

    Without `source`: `ragkit.yaml` of the working directory if it exists, else the preset "default".
    Raises `ConfigError` that lists every problem with its place, its value and the valid choices.
    """
    text, name = _text(source)
    return parse_config(text, name=name)


def config_problems(source: str | Path | None = None) -> list[str]:
    """What `check_config` would refuse, a line each; an empty list for a valid configuration."""
    try:
        return _problems(*_text(source))
    except ConfigError as error:
        return [str(error)]


def check_config(source: str | Path | None = None) -> None:
    """As `load_config`, and whether the files and folders are there that the chain will read.

    Raises `ConfigError`.
    """
    text, name = _text(source)
    if problems := _problems(text, name):
        raise ConfigError(listed(problems, name))


def _problems(text: str, name: str) -> list[str]:
    checked = _checked(text, name)
    problems = checked if isinstance(checked, list) else []
    return problems + missing_files(read_values(text, name)[0])


def parse_config(text: str, *, name: str) -> Config:
    """The configuration in a YAML text; `name` stands for it in errors. Raises `ConfigError`."""
    checked = _checked(text, name)
    if isinstance(checked, list):
        raise ConfigError(listed(checked, name))
    return checked


def config_yaml(config: Config) -> str:
    """The configuration with every default written out."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def _text(source: str | Path | None) -> tuple[str, str]:
    """The YAML and the name that stands for it in errors."""
    if source is None:
        source = DEFAULT_FILE if DEFAULT_FILE.exists() else "default"
    if str(source) in preset_names():
        return preset_text(str(source)), f"preset {source}"
    try:
        return Path(source).read_text(encoding="utf-8"), str(source)
    except (OSError, UnicodeDecodeError) as error:
        near = get_close_matches(str(source), preset_names(), n=1, cutoff=0.7)
        meant = f" Did you mean the preset {near[0]!r}?" if near else ""
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise ConfigError(
            f"No configuration at {source}: {reason}.{meant} Give a YAML file or one of the presets: "
            + ", ".join(preset_names())
        ) from error


def _checked(text: str, name: str) -> Config | list[str]:
    """The configuration, or every problem that it has."""
    values, problems = read_values(text, name)
    invalid: set[object] = set()
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        problems += explain(error, Config)
        invalid = {details["loc"][0] for details in error.errors()}
    problems += unknown_models({part: value for part, value in values.items() if part not in invalid})
    return problems or config
