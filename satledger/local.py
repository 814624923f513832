"""The published files of a home, read with DuckDB; each call reads the newest published state."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from dagster_project.database import first_line
from dagster_project.errors import SatledgerError
from dagster_project.publish.state import reading_published
from dagster_project.settings import DBT_PROJECT

CATALOGUE = ("id", "name", "description", "unit", "category", "subcategory", "source_model")


class Home:
    """A home folder."""

    def __init__(self, home: Path) -> None:
        self._published = home / "published" / "satledger.duckdb"
        if not self._published.is_file():
            raise SatledgerError(
                f"Nothing is published in {home}: name a home in which `satledger build` or `satledger demo` has run."
            )

    def metrics(self, ids: Sequence[str], assets: Sequence[str], start: date | None, end: date | None) -> pa.Table:
        """As ``client.Source``; a metric that does not exist for an asset is null there."""
        with reading_published(self._published) as connection:
            for what, query, asked in (
                ("metric", "select id from metric_catalog", ids),
                ("asset", "select distinct asset from metrics_daily", assets),
            ):
                known = {name for (name,) in connection.execute(query).fetchall()}
                if unknown := [name for name in asked if name not in known]:
                    raise SatledgerError(f"There is no {what} {unknown[0]} in {self._published}.")
            # Safe as column names: all ids were looked up in the catalogue.
            columns = ", ".join(f'max(value) filter (where metric = ${n}) as "{id_}"' for n, id_ in enumerate(ids, 5))
            return connection.execute(
                f"""
                select asset, time as day, {columns}
                from metrics_daily
                where list_contains($1, metric) and list_contains($2, asset)
                    and time >= coalesce($3, time) and time <= coalesce($4, time)
                group by asset, time
                order by asset, time
                """,
                [list(ids), list(assets), start, end, *ids],
            ).to_arrow_table()

    def table(self, name: str, where: str) -> pa.Table:
        """As ``client.Source``; the condition is the caller's own SQL, on a connection that can only read."""
        with reading_published(self._published) as connection:
            try:
                return connection.table(name).filter(where).to_arrow_table()
            except (duckdb.CatalogException, duckdb.BinderException, duckdb.ParserException) as error:
                raise SatledgerError(f"{name} cannot be read where {where}: {first_line(str(error))}.") from error

    def catalog(self) -> list[dict[str, Any]]:
        """As ``client.Source``."""
        with reading_published(self._published) as connection:
            query = f"select {', '.join(CATALOGUE)} from metric_catalog order by id"
            return [dict(zip(CATALOGUE, row, strict=True)) for row in connection.execute(query).fetchall()]

    def model_sql(self, model: str) -> str:
        """As ``client.Source``."""
        text = model_texts().get(model)
        if text is None:
            raise SatledgerError(f"{self._published} was made by another version of satledger: run `satledger build`.")
        return text


@cache
def model_texts() -> dict[str, str]:
    """SQL of all models by name; all are read at once, so that a name from a caller is never used as a path."""
    return {path.stem: path.read_text(encoding="utf-8") for path in (DBT_PROJECT / "models").rglob("*.sql")}
