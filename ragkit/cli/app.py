"""The commands, put together. Only typer is imported here: `--help` must be instant."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from ragkit.cli.accounts import users_app
from ragkit.cli.answering import ask, search
from ragkit.cli.browsing import list_documents, show, stats
from ragkit.cli.chatting import chat
from ragkit.cli.configuring import config_app
from ragkit.cli.data import data_app
from ragkit.cli.estimating import estimate
from ragkit.cli.eval_stored import compare, list_runs
from ragkit.cli.evaluating import eval_app
from ragkit.cli.faithful import faithfulness
from ragkit.cli.golden import check, import_set
from ragkit.cli.golden_making import make
from ragkit.cli.indexing import compact, index, remove
from ragkit.cli.judging import judge_by_ragas
from ragkit.cli.modelling import doctor, models_app
from ragkit.cli.output import OutputClosed, flush_or_forget, notice, say
from ragkit.cli.root import Root, unwrap_help
from ragkit.cli.serving import serve
from ragkit.cli.sweeping import sweep
from ragkit.cli.tuned import compare_tuned, export_tuned, list_tuned, merge_tuned, show_tuned
from ragkit.cli.tuning import tune_app
from ragkit.cli.tuning_llm import tune_dpo, tune_sft
from ragkit.cli.tuning_retrieval import tune_embedder, tune_reranker
from ragkit.errors import RagkitError

app = typer.Typer(
    name="ragkit",
    cls=Root,
    help="Ask your own documents questions. Every statement of an answer names the place it comes from.",
    epilog="Exit codes: 0 done, 1 error, 2 wrong usage, 3 some files failed, 4 abstained (--strict).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)
app.command("index")(index)
app.command("search")(search)
app.command("ask")(ask)
app.command("chat")(chat)
app.command("list")(list_documents)
app.command("show")(show)
app.command("rm")(remove)
app.command("stats")(stats)
app.command("compact")(compact)
app.add_typer(eval_app, name="eval")
eval_app.command("check")(check)
eval_app.command("import")(import_set)
eval_app.command("make")(make)
eval_app.command("compare")(compare)
eval_app.command("sweep")(sweep)
eval_app.command("list")(list_runs)
eval_app.command("faithfulness")(faithfulness)
eval_app.command("ragas")(judge_by_ragas)
app.add_typer(data_app, name="data")
app.add_typer(tune_app, name="tune")
tune_app.command("sft")(tune_sft)
tune_app.command("dpo")(tune_dpo)
tune_app.command("embedder")(tune_embedder)
tune_app.command("reranker")(tune_reranker)
tune_app.command("list")(list_tuned)
tune_app.command("show")(show_tuned)
tune_app.command("compare")(compare_tuned)
tune_app.command("merge")(merge_tuned)
tune_app.command("export")(export_tuned)
app.command("estimate")(estimate)
app.command("app")(serve)
app.add_typer(users_app, name="users")
app.add_typer(config_app, name="config")
app.add_typer(models_app, name="models")
app.command("doctor")(doctor)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        say(f"ragkit {version('ragkit')}")
        raise typer.Exit


@app.callback()
def options(
    offline: Annotated[
        bool, typer.Option("--offline", help="Refuse every connection beyond this machine.")
    ] = False,
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and stop.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Options before the command."""
    if offline or _offline_by_environment():
        from ragkit.models import forbid_network

        forbid_network()


unwrap_help(app)


def _offline_by_environment() -> bool:
    if not os.environ.get("RAGKIT_OFFLINE"):
        return False  # the usual case, and the models' code takes a while to import
    from ragkit.models import is_offline

    return is_offline()


def main() -> None:
    """Runs the command line and exits with its code."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them reads every package
    try:
        app()
    except RagkitError as error:
        notice(f"error: {error}")
        sys.exit(1)
    except OutputClosed:
        sys.exit(0)
    finally:
        flush_or_forget(sys.stdout, sys.stderr)
