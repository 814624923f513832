"""What ``satledger demo`` does: it builds everything for the sample chain."""

import os
import shlex

import duckdb
from rich.console import Console
from rich.table import Table

from dagster_project.cli.building import build
from dagster_project.publish.state import reading_published
from dagster_project.settings import Settings

DAYS_SHOWN = 4
METRICS = ("BlkCnt", "TxCnt", "FeeTotNtv", "SplyCur", "HashRate", "SplyMiner0HopAllNtv", "FlowNetExNtv", "PriceUSD")


def demo(settings: Settings) -> None:
    """Build every complete day of the sample chain, and show the last days and what to try next.

    Raises:
        SatledgerError: the home holds another chain, or the build failed.
    """
    console = Console()
    console.print(
        "A chain that satledger made up itself: its blocks, exchange labels and prices are synthetic, no real data.",
        style="yellow",
    )
    build(settings)
    with reading_published(settings.published) as connection:
        console.print(_last_days(connection))
    console.print("Synthetic data: these values belong to no real chain.", style="yellow")
    console.print("Look further:")
    for meaning, command in hints(settings):
        console.print(f"  {meaning}:", highlight=False)
        # Printed as one line, however long, so that it can be copied as one.
        console.print(f"    {command}", highlight=False, markup=False, soft_wrap=True)


def hints(settings: Settings) -> list[tuple[str, str]]:
    """What can be done with a built home, each with its shell command."""
    runner = "uv run satledger" if "UV" in os.environ else "satledger"
    default = settings.home.resolve() == Settings.model_fields["home"].default.resolve()
    home = "" if default else f" --home {shlex.quote(str(settings.home))}"
    query = "from metrics_daily where metric = 'FlowNetExNtv' order by time desc limit 10"
    return [
        ("Ask in SQL", f'{runner} sql{home} "{query}"'),
        ("See the metrics on a page, and get them over HTTP", f"{runner} serve{home}"),
        ("See the assets, their checks and this run in Dagster", f"{runner} ui{home}"),
        ("Read what every table and column means", f"{runner} docs{home}"),
        ("Check all invariants over all days", f"{runner} check{home}"),
    ]


def _last_days(connection: duckdb.DuckDBPyConnection) -> Table:
    """Return the last days of some metrics; an empty cell is a null with a documented reason."""
    rows = connection.execute(
        """
        with last_days as (select day as time from built_days order by time desc limit ?)

        select id, catalog.name, list(value_text order by time) as texts, list(time order by time) as days
        from last_days
        cross join metric_catalog as catalog
        left join metrics_daily using (time)
        where asset = 'btc' and metric = id and list_contains(?, id)
        group by id, catalog.name
        """,
        [DAYS_SHOWN, list(METRICS)],
    ).fetchall()
    texts = {metric: (name, values) for metric, name, values, _ in rows}
    table = Table("metric", *(day.isoformat() for day in rows[0][3]), title="The last days of the sample chain")
    for metric in METRICS:
        name, values = texts[metric]
        table.add_row(f"{metric}\n[dim]{name}[/dim]", *(_short(value) for value in values))
    return table


def _short(text: str | None) -> str:
    """A value for the table: an integer exactly, any other number with six digits."""
    return "" if text is None else text if "." not in text else f"{float(text):.6g}"
