"""A run as a page: its curves, results, settings and data."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from ragkit.tuning.runs.curves import draw
from ragkit.tuning.runs.folder import CURVES, PAGE, RunFolder, TunedRecord

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1f2328}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}"
    "td{border-top:1px solid #d0d7de;padding:.3rem .5rem;overflow-wrap:anywhere;vertical-align:top}"
    "td:first-child{color:#57606a;width:14rem}svg{width:100%;height:auto}"
)


def write_page(folder: RunFolder) -> None:
    """Writes loss.png and index.html, which needs nothing but itself.

    Raises `ConfigError`, and `MissingDependency` without matplotlib.
    """
    record, drawn = folder.record(), draw(folder.metrics(), folder.path / CURVES)
    (folder.path / PAGE).write_text(_page(folder.path.name, record, drawn), encoding="utf-8")


def _page(name: str, record: TunedRecord, drawn: str) -> str:
    told = f"{record.kind} of {record.model}" + (f", going on from {record.start}" if record.start else "")
    made = {"status": record.status, "begun": record.created, "threads": record.threads, **record.packages}
    template = {"chat template, sha256": record.template} if record.template else {}
    learnt = {"parameters that learn": f"{record.trainable:,} of {record.parameters:,}"}
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(name)}</title>\n'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>\n'
        f"<h1>{escape(name)}</h1>\n<p>{escape(told)}</p>\n{drawn}"
        f"<h2>Results</h2>{_table({**record.results, **learnt})}"
        f"<h2>Settings</h2>{_table(flat(record.recipe))}"
        f"<h2>Data</h2>{_table({**record.data, **template})}"
        f"<h2>Made with</h2>{_table(made)}</html>\n"
    )


def _table(rows: Mapping[str, object]) -> str:
    inside = "".join(f"<tr><td>{escape(k)}</td><td>{escape(shown(v))}</td></tr>" for k, v in rows.items())
    return f"<table>{inside}</table>\n"


def flat(settings: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Settings with those inside of others under names such as "lora.rank"."""
    found: dict[str, object] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def shown(value: object) -> str:
    """A value for people: whole numbers without a point, others with four digits."""
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() and abs(value) >= 1 else f"{value:.4g}"
    return str(value)
