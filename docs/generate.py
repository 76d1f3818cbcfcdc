"""Writes what the documentation takes from the code: JSON schemas and the pictures of the terminal.

.venv/bin/python docs/generate.py            everything (the pictures need the demo index)
.venv/bin/python docs/generate.py schemas    the schemas only
"""

from __future__ import annotations

import html
import json
import os
import pty
import re
import shlex
import sys
from pathlib import Path
from typing import get_args

from pydantic import BaseModel
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ragkit.cli.answer_shapes import AskShape, SearchShape
from ragkit.cli.data_shapes import CleanShape, DedupShape, FilterShape, StatsShape
from ragkit.cli.estimate_shapes import EstimateShape
from ragkit.cli.eval_shapes import EvalShape, FaithfulnessShape, RunsShape
from ragkit.cli.judging_told import JudgedShape
from ragkit.cli.shapes import IndexShape, ListShape, TalksShape, UsersShape
from ragkit.cli.sweep_shapes import SweepShape
from ragkit.cli.talk import ChatLine
from ragkit.cli.tuned_shapes import TunedRunsShape
from ragkit.config import Config
from ragkit.evaluation import Question, Run
from ragkit.stages import StageConfig
from ragkit.tuning.pairs.rows import Pair
from ragkit.tuning.pairs.writing import PairsSummary

DOCS = Path(__file__).parent
SCHEMAS: dict[str, type[BaseModel]] = {
    "index": IndexShape,
    "search": SearchShape,
    "ask": AskShape,
    "chat": ChatLine,
    "sessions": TalksShape,
    "list": ListShape,
    "users": UsersShape,
    "eval": EvalShape,
    "runs": RunsShape,
    "faithfulness": FaithfulnessShape,
    "sweep": SweepShape,
    "ragas": JudgedShape,
    "estimate": EstimateShape,
    "data-clean": CleanShape,
    "data-filter": FilterShape,
    "data-dedup": DedupShape,
    "data-stats": StatsShape,
    "run": Run,
    "golden": Question,
    "pairs": PairsSummary,
    "pair": Pair,
    "tuned": TunedRunsShape,
    "config": Config,
}
PICTURES = {
    "ask": [
        'ragkit ask --index demo "Why did the crop-seeding Air Tractor end up in a ravine near Soledad?"',
        'ragkit ask --index demo "赛里木湖里的鱼是从什么时候开始引进的？"',
        'ragkit ask --index demo "Who won the 2022 World Cup?"',
    ],
}
_CONFIGURATION_HEAD = """# Configuration

A chain is one YAML file. Every key may be left out; `ragkit config show --full` prints all of them with their values,
`ragkit config validate FILE` lists every problem at once, `ragkit config schema` serves completion in an editor.
An index remembers the embedder, analyzer and chunker that it was built with; another one needs `ragkit index --rebuild`.

```yaml
index: indexes/default   # where the index lies
dense_index: auto        # auto (exact up to 100,000 passages, then ivf), flat, ivf or hnsw
candidates: 30           # passages that reach the reranker
limit: 8                 # passages that reach the generator
unsupported: mark        # sentences that nothing supports: mark, drop, or abstain
near_duplicates: null    # 0.9: documents so much alike are stored, but one of them is searched
```

This page is written by docs/generate.py.
"""
_WIDTH = 100
_CELL = 12.2  # width of a terminal cell in rich's pictures
_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" class="rich-terminal">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", Menlo, monospace;
font-size: {char_height}px; line-height: {line_height}px; white-space: pre; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def schema_text(shape: type[BaseModel]) -> str:
    """A schema as it lies in docs/schemas."""
    return json.dumps(shape.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def write_schemas() -> None:
    """One file for each JSON shape, and the page of all settings."""
    (DOCS / "configuration.md").write_text(configuration_text(), encoding="utf-8")
    for name, shape in SCHEMAS.items():
        (DOCS / "schemas" / f"{name}.json").write_text(schema_text(shape), encoding="utf-8")


def configuration_text() -> str:
    """docs/configuration.md: every part that a configuration can name, with its settings."""
    lines = [_CONFIGURATION_HEAD]
    for name, field in Config.model_fields.items():
        parts = [m for m in get_args(field.annotation) or (field.annotation,) if _is_config(m)]
        if parts:
            lines += [f"## {name}\n", *map(_part_text, parts)]
    return "\n".join(lines)


def _is_config(member: object) -> bool:
    return isinstance(member, type) and issubclass(member, StageConfig)


def _part_text(part: type[StageConfig]) -> str:
    settings = {k: f for k, f in part.model_fields.items() if k != "type"}
    rows = [f"| `{key}` | `{_default_text(field.default)}` |" for key, field in settings.items()]
    table = "\n".join(["| setting | default |", "|---|---|", *rows, ""]) if rows else ""
    about = " ".join((part.__doc__ or "").split())
    kind = part.model_fields.get("type")
    title = f"### `{kind.default}`\n\n" if kind else ""
    return f"{title}{about}\n\n{table}"


def _default_text(value: object) -> str:
    """A default as YAML takes it; of parts within a part only their types."""
    if isinstance(value, StageConfig):
        return f"{{type: {value.model_dump().get('type')}}}"
    if isinstance(value, tuple) and any(isinstance(member, StageConfig) for member in value):
        return f"[{', '.join(map(_default_text, value))}]"
    return json.dumps(value, ensure_ascii=False)


def terminal_output(command: str) -> str:
    """What a command prints on a terminal, colours included."""
    chunks: list[bytes] = []

    def read(descriptor: int) -> bytes:
        data = os.read(descriptor, 65536)
        chunks.append(data)
        return b" "

    os.environ |= {"COLUMNS": str(_WIDTH), "TERM": "xterm-256color"}
    real, sys.stdout = os.dup(1), sys.stdout
    with Path(os.devnull).open("w") as null:
        os.dup2(null.fileno(), 1)
        try:
            pty.spawn(shlex.split(command), read)
        finally:
            os.dup2(real, 1)
    return b"".join(chunks).decode().replace("\r\n", "\n")


def write_pictures() -> None:
    """One SVG for each session."""
    for name, commands in PICTURES.items():
        console = Console(record=True, width=_WIDTH, file=Path(os.devnull).open("w"))  # noqa: SIM115
        for command in commands:
            console.print(Text.assemble(("$ ", "green"), command))
            console.print(Text.from_ansi(terminal_output(command)))
        svg = _wide(console.export_svg(title="ragkit", code_format=_SVG, unique_id="ragkit"))
        (DOCS / "images" / f"{name}.svg").write_text(svg, encoding="utf-8")


def _wide(svg: str) -> str:
    """Rich gives each character one cell; Chinese ones take two."""

    def length(match: re.Match[str]) -> str:
        cells = cell_len(html.unescape(match[3]))
        return f'textLength="{cells * _CELL:.1f}"{match[2]}>{match[3]}</text>'

    return re.sub(r'textLength="([\d.]+)"([^>]*)>([^<]*)</text>', length, svg)


if __name__ == "__main__":
    write_schemas()
    if sys.argv[1:] != ["schemas"]:
        write_pictures()
