"""Options that several commands share. Each one sets a setting, and overrides its environment variable."""

import os
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.errors import SatledgerError
from dagster_project.settings import MOST_THREADS, Chain, NodeReader, ProofMode, Settings, Source


def day(text: str) -> date:
    """The day in a text of the user's.

    Raises:
        BadParameter: the text is no day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a day like 2009-01-09") from None


Home = Annotated[Path | None, typer.Option(help="Folder of everything that satledger writes.", show_default=False)]
OfChain = Annotated[Chain | None, typer.Option(help="The chain; by default the one that the home holds.")]
FromSource = Annotated[Source | None, typer.Option(help="Where raw blocks come from.", show_default=False)]
NodeUrl = Annotated[str | None, typer.Option(help="JSON-RPC address of the node, with user and password if need be.")]
NodeCookie = Annotated[Path | None, typer.Option(help="Cookie file of the node, instead of user and password.")]
NodeReading = Annotated[
    NodeReader | None,
    typer.Option("--node-reader", help="What reads blocks from the node: bitcoin-etl, or raw bytes, which is quicker."),
]
Blocks = Annotated[Path | None, typer.Option(help="A node's folder of blk*.dat files.")]
Files = Annotated[Path | None, typer.Option(help="Folder of bitcoin-etl exports.")]
Dataset = Annotated[str | None, typer.Option(help="Folder or S3 URL of the public data set.")]
Proof = Annotated[ProofMode | None, typer.Option(help="Which days may enter the lake.", show_default=False)]
Labels = Annotated[Path | None, typer.Option(help="Exchange labels: a CSV file, or a folder of CSV and TagPacks.")]
Prices = Annotated[str | None, typer.Option(help="Price CSV, a file or a folder, or URL of a Coin Metrics shaped API.")]
MinConfirmations = Annotated[int | None, typer.Option(min=0, help="Blocks on top of a complete day's successor.")]
MemoryLimit = Annotated[str | None, typer.Option(help="DuckDB's memory limit, such as 4GB.")]
Threads = Annotated[int | None, typer.Option(min=1, max=MOST_THREADS, help="DuckDB's threads.")]
From = Annotated[date | None, typer.Option("--from", parser=day, metavar="DAY", help="First day.")]
Select = Annotated[
    str | None,
    typer.Option(
        metavar="ASSETS",
        help="Build only these: names of models, `name+` with all that reads it, `+name` with all that it reads.",
    ),
]
FullRefresh = Annotated[
    bool, typer.Option("--full-refresh", help="Set the warehouse aside and build it anew from the raw days.")
]
To = Annotated[date | None, typer.Option("--to", parser=day, metavar="DAY", help="Last day.")]


class Part(StrEnum):
    """A part of Dagster that runs as a process of its own."""

    PAGE = "page"
    DAEMON = "daemon"


Only = Annotated[
    Part | None,
    typer.Option(help="Run the page, or the daemon that starts builds, as a service of its own.", show_default=False),
]
PathPrefix = Annotated[
    str, typer.Option(help="Path of the page behind a proxy, such as /dagster; with --only page.", show_default=False)
]


class ExportFormat(StrEnum):
    """A format of exported files."""

    PARQUET = "parquet"
    CSV = "csv"


Day = date
Value = str | int | Path | datetime | None


def names(text: str) -> list[str]:
    """Split names at commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def refuse_reversed(first: date | None, last: date | None) -> None:
    """Refuse a range whose end is before its beginning.

    Raises:
        BadParameter: the end is before the beginning.
    """
    if first and last and first > last:
        raise typer.BadParameter(f"{first} is later than {last}", param_hint="--from")


def refuse_missing(settings: Settings) -> None:
    """Refuse the user's input files if they do not exist, before a build spends time on anything else.

    Raises:
        SatledgerError: a file or folder that a setting names does not exist.
    """
    prices = None if settings.prices is None or "://" in settings.prices else Path(settings.prices)
    named = {"LABELS": settings.labels, "PRICES": prices, "HEADERS": settings.headers}
    for name, path in named.items():
        if path is not None and not path.exists():
            raise SatledgerError(f"There is nothing at {path}: correct SATLEDGER_{name}, or unset it.")


def announce_loading(settings: Settings) -> None:
    """Print a message before the seconds that loading Dagster and dbt takes; the first time, compile meanwhile."""
    typer.echo("Loading Dagster and dbt; the first time, this takes a while ...", err=True)
    from dagster_project.first_start import compile_ahead

    compile_ahead(settings)


def configure(**options: Value) -> Settings:
    """Return the settings; options that were given override the environment.

    The options are written to the environment, so that every process that the command starts has the same settings.

    Args:
        **options: values by the name of the setting; None where an option was not given.
    """
    for name, value in options.items():
        if value is not None:
            os.environ[f"SATLEDGER_{name.upper()}"] = str(value)
    settings = Settings()
    # Absolute, because other processes may run in another folder. The chain is set so that all of them use the same
    # one.
    os.environ["SATLEDGER_HOME"] = str(settings.home.resolve())
    os.environ["SATLEDGER_CHAIN"] = settings.resolved_chain.value
    return Settings()
