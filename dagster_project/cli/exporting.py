"""What ``satledger export`` does: daily metrics in one file."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
from rich.console import Console

from dagster_project.cli.options import ExportFormat
from dagster_project.cli.sizes import readable
from dagster_project.database import explained
from dagster_project.errors import SatledgerError
from dagster_project.home import refuse_unbuilt
from dagster_project.lake.staging import own_limits, quoted
from dagster_project.publish.place import refuse_changed
from dagster_project.publish.state import reading_published
from dagster_project.settings import Settings

_OPTIONS = {
    ExportFormat.PARQUET: "format parquet, compression zstd",
    # Null is written as empty; no text is empty.
    ExportFormat.CSV: "format csv, header true",
}


def export(
    settings: Settings,
    out: Path,
    file_format: ExportFormat | None,
    metrics: Sequence[str],
    assets: Sequence[str],
    first: date | None,
    last: date | None,
) -> None:
    """Write rows of ``metrics_daily`` that have a value: asset, time, metric, value, value_text, in this order.

    The file is written under another name and renamed when it is complete.

    Args:
        settings: name the home.
        out: the file, which must not exist.
        file_format: of the file; by default the ending of its name decides.
        metrics: ids; empty for all.
        assets: tickers; empty for all.
        first: the first day; None for all.
        last: the last day; None for all.

    Raises:
        SatledgerError: nothing is published yet, a name is unknown, or the file exists or cannot be written.
    """
    chosen = file_format or _by_name(out)
    if out.exists():
        raise SatledgerError(f"{out} is there already: remove it, or give another name.")
    if not out.parent.is_dir():
        raise SatledgerError(f"There is no folder {out.parent}: make it, or give another one.")
    if not settings.published.exists():
        refuse_unbuilt(settings, "published")
    aside = out.with_name(f".{out.name}.aside")
    with own_limits(settings) as config, reading_published(settings.published, config) as connection:
        refuse_changed(settings.published)
        _refuse_unknown(connection, "metric", metrics, "select id from metric_catalog")
        _refuse_unknown(connection, "asset", assets, "select distinct asset from metrics_daily")
        try:
            with explained(out):
                connection.execute(
                    f"copy ({_query(metrics, assets, first, last)}) to {quoted(aside)} ({_OPTIONS[chosen]})"
                )
                (rows,) = connection.fetchall()[0]
                os.link(aside, out)
        except FileExistsError:
            raise SatledgerError(f"{out} is there already: remove it, or give another name.") from None
        finally:
            aside.unlink(missing_ok=True)
    Console(stderr=True).print(
        f"{rows:,} values in {out} ({readable(out.stat().st_size)})", markup=False, highlight=False, soft_wrap=True
    )


def _by_name(out: Path) -> ExportFormat:
    ending = out.suffix.removeprefix(".").lower()
    if ending not in list(ExportFormat):
        raise SatledgerError(f"{out.name} ends in no format: let it end in .parquet or .csv, or give --format.")
    return ExportFormat(ending)


def _refuse_unknown(connection: duckdb.DuckDBPyConnection, what: str, names: Sequence[str], known: str) -> None:
    unknown = set(names) - {name for (name,) in connection.execute(known).fetchall()} if names else set()
    if unknown:
        raise SatledgerError(
            f"There is no {what} {', '.join(sorted(unknown))}: `satledger sql 'select distinct {what} from "
            "metrics_daily'` lists what there is."
        )


def _query(metrics: Sequence[str], assets: Sequence[str], first: date | None, last: date | None) -> str:
    conditions = ["value_text is not null"]
    for column, names in (("metric", metrics), ("asset", assets)):
        if names:
            conditions.append(f"{column} in ({', '.join(map(quoted, names))})")
    conditions += [f"time >= date '{first}'"] if first else []
    conditions += [f"time <= date '{last}'"] if last else []
    return (
        "select asset, time, metric, value, value_text from metrics_daily "
        f"where {' and '.join(conditions)} order by asset, metric, time"
    )
