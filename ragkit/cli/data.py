"""`ragkit data`: corpora and training sets are cleaned, filtered, freed of copies, described, and made."""

from __future__ import annotations

import typer

from ragkit.cli.data_clean import clean
from ragkit.cli.data_dedup import dedup
from ragkit.cli.data_filter import filter_texts
from ragkit.cli.data_stats import stats
from ragkit.cli.pairs import pairs

data_app = typer.Typer(
    help="Clean, filter and describe corpora and training sets, free them of copies, make pairs.",
    no_args_is_help=True,
)
data_app.command("clean")(clean)
data_app.command("filter")(filter_texts)
data_app.command("dedup")(dedup)
data_app.command("stats")(stats)
data_app.command("pairs")(pairs)
