"""`satledger mcp`: the published data as tools of the Model Context Protocol, for assistants; read-only.

The package `mcp` is imported where it is used: it is an extra.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dagster_project.errors import SatledgerError
from satledger.client import as_day
from satledger.local import Home
from serving.errors import ApiError
from serving.published import Published
from serving.rest.ledger.cursor import reading
from serving.rest.ledger.entities import whole_transaction
from serving.sql.run import Limits, SqlRunner, columns_by_table

if TYPE_CHECKING:
    from mcp.server import MCPServer

_INSTRUCTIONS = """\
Daily metrics and the double-entry ledger of a Bitcoin chain. Find a metric with search_metrics, read what it means with
describe_metric before quoting it, and get its values with get_series. Days are UTC days of consensus time. Money in the
ledger's tables is in satoshi; in metrics it is in the metric's unit. A null is a day without a value, never 0."""
MOST_FOUND = 50
MOST_DAYS = 1_000
LIMITS = Limits(rows=500, answer_bytes=500_000)


def assistant_server(home: Path, threads: int) -> "MCPServer":
    """The server of five tools on the published data of a home.

    Raises:
        SatledgerError: the extra is not installed, or nothing is published.
    """
    try:
        from mcp.server import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
    except ModuleNotFoundError:
        raise SatledgerError("The package mcp is not installed: `uv sync --extra mcp`.") from None
    published = Published(home / "published" / "satledger.duckdb", threads)
    tools = _Tools(home, published)
    server = MCPServer("satledger", instructions=_INSTRUCTIONS, log_level="ERROR")

    def search_metrics(text: str) -> list[dict[str, Any]]:
        """Find metrics: all words of the text have to occur in an id, name, description or category.

        At most 50 are listed, those with the words in id or name first.
        """
        return tools.search(text)

    def describe_metric(metric: str) -> dict[str, Any]:
        """What a metric is: its definition and unit, the days that it has values of by asset, and the SQL behind it."""
        return _told(ToolError, lambda: tools.describe(metric))

    def get_series(
        metric: str, asset: str = "btc", start: str | None = None, end: str | None = None
    ) -> list[dict[str, Any]]:
        """Daily values of a metric of an asset, from one ISO day to another, both included; the last 1,000 at most."""
        return _told(ToolError, lambda: tools.series(metric, asset, start, end))

    def query_sql(query: str) -> dict[str, Any]:
        """Run one SELECT in DuckDB's SQL on the public tables; 10 seconds, 1 GB and 500 rows at most.

        The query `tables` lists the tables with their columns.
        """
        return _told(ToolError, lambda: tools.query(query))

    def follow_transaction(txid: str) -> dict[str, Any]:
        """A transaction with its entries in the ledger, and for labelled accounts the exchange that each belongs to."""
        return _told(ToolError, lambda: tools.follow(txid))

    for tool in (search_metrics, describe_metric, get_series, query_sql, follow_transaction):
        server.tool()(tool)
    return server


class _Tools:
    """What the tools do, without the protocol."""

    def __init__(self, home: Path, published: Published) -> None:
        self._home = Home(home)
        self._published = published
        self._sql = SqlRunner(LIMITS)

    def search(self, text: str) -> list[dict[str, Any]]:
        words = text.lower().split()
        found: list[tuple[int, str, dict[str, Any]]] = []
        for row in self._home.catalog():
            close = f"{row['id']} {row['name']}".lower()
            whole = f"{close} {row['description']} {row['category']} {row['subcategory']}".lower()
            if words and all(word in whole for word in words):
                missing = sum(word not in close for word in words)
                found.append((missing, row["id"], {key: row[key] for key in ("id", "name", "unit", "category")}))
        return [entry for *_, entry in sorted(found, key=lambda each: each[:2])[:MOST_FOUND]]

    def describe(self, metric: str) -> dict[str, Any]:
        row = next((each for each in self._home.catalog() if each["id"] == metric), None)
        if row is None:
            raise SatledgerError(f"There is no metric {metric[:100]}: search_metrics finds those that there are.")
        ranges = self._published.snapshot().catalog.ranges
        days = {asset: [str(r.first), str(r.last)] for (asset, each), r in ranges.items() if each == metric}
        return {**row, "days": days, "sql": self._home.model_sql(row["source_model"])}

    def series(self, metric: str, asset: str, start: str | None, end: str | None) -> list[dict[str, Any]]:
        found: pa.Table = self._home.metrics([metric], [asset], as_day(start or None), as_day(end or None))
        latest = found.slice(max(0, len(found) - MOST_DAYS))
        return [{"day": str(row["day"]), "value": row[metric]} for row in latest.to_pylist()]

    def query(self, query: str) -> dict[str, Any]:
        snapshot = self._published.snapshot()
        if query.strip().lower() == "tables":
            return {"tables": columns_by_table(snapshot)}
        found = self._sql.run(snapshot, query)
        names = [name for name, _ in found.columns]
        return {"columns": names, "rows": found.rows, "truncated": found.truncated}

    def follow(self, txid: str) -> dict[str, Any]:
        with reading(self._published.snapshot()) as cursor:
            entity: dict[str, Any] = dict(whole_transaction("btc", txid.strip().lower(), None, cursor))
            accounts = sorted({str(each["account"]) for each in entity["balance_updates"]})
            rows = cursor.execute(
                "select address, exchange_name from published.exchange_addresses where list_contains(?, address)",
                [accounts],
            ).fetchall()
        return {**entity, "exchanges": dict(rows)}


def _told(error_type: type[Exception], find: Any) -> Any:  # noqa: ANN401 (what the tool returns)
    """What a tool found; our own errors, which are sentences for readers, in the protocol's form."""
    try:
        return find()
    except ApiError as error:
        raise error_type(error.message) from None
    except SatledgerError as error:
        raise error_type(str(error)) from None
