"""`ragkit data`: corpora and training sets are cleaned, filtered, freed of copies, and described."""

from __future__ import annotations

import typer

from ragkit.cli.data_clean import clean
from ragkit.cli.data_dedup import dedup
from ragkit.cli.data_filter import filter_texts
from ragkit.cli.data_stats import stats

data_app = typer.Typer(
    help="Clean, filter and describe corpora and training sets, and free them of copies.",
    no_args_is_help=True,
)
data_app.command("clean")(clean)
data_app.command("filter")(filter_texts)
data_app.command("dedup")(dedup)
data_app.command("stats")(stats)
