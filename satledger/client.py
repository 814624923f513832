"""The public class for notebooks; the data comes from one of two sources, a home or a server."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, overload

from dagster_project.errors import SatledgerError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Frame = Literal["pandas", "polars", "arrow"]
Day = date | str


class Source(Protocol):
    """The interface of a source of series and tables."""

    def metrics(self, ids: Sequence[str], assets: Sequence[str], start: date | None, end: date | None) -> "pa.Table":
        """The columns asset and day, and one of doubles for each metric; rows in order of asset and day."""
        ...

    def table(self, name: str, where: str) -> "pa.Table":
        """The rows of a public table for which a condition holds."""
        ...

    def catalog(self) -> list[dict[str, Any]]:
        """The catalogue's row of each metric, in order of id."""
        ...

    def model_sql(self, model: str) -> str:
        """The SQL of the dbt model of this name."""
        ...


class Satledger:
    """The published data of a home or of a server.

    Args:
        home_or_url: the home folder, as ``SATLEDGER_HOME`` names it, or the address of a server (``satledger serve``),
            such as ``http://127.0.0.1:8000``.
        api_key: only for a server that requires one.

    Raises:
        SatledgerError: nothing is published in the home.
    """

    def __init__(self, home_or_url: str | Path = "data", api_key: str | None = None) -> None:
        self._source = _source(home_or_url, api_key)

    @overload
    def metrics(
        self,
        ids: str | Sequence[str],
        assets: str | Sequence[str] = ...,
        start: Day | None = ...,
        end: Day | None = ...,
    ) -> "pd.DataFrame": ...

    @overload
    def metrics(
        self,
        ids: str | Sequence[str],
        assets: str | Sequence[str] = ...,
        start: Day | None = ...,
        end: Day | None = ...,
        *,
        frame: Literal["pandas"],
    ) -> "pd.DataFrame": ...

    @overload
    def metrics(
        self,
        ids: str | Sequence[str],
        assets: str | Sequence[str] = ...,
        start: Day | None = ...,
        end: Day | None = ...,
        *,
        frame: Literal["polars"],
    ) -> "pl.DataFrame": ...

    @overload
    def metrics(
        self,
        ids: str | Sequence[str],
        assets: str | Sequence[str] = ...,
        start: Day | None = ...,
        end: Day | None = ...,
        *,
        frame: Literal["arrow"],
    ) -> "pa.Table": ...

    def metrics(
        self,
        ids: str | Sequence[str],
        assets: str | Sequence[str] = "btc",
        start: Day | None = None,
        end: Day | None = None,
        *,
        frame: Frame = "pandas",
    ) -> "pd.DataFrame | pl.DataFrame | pa.Table":
        """Daily values of some metrics of some assets.

        Args:
            ids: one metric or several, such as ``FlowNetBFXNtv``.
            assets: one asset or several, such as ``btc``.
            start: the first day, a date or its ISO text; by default the first day with a value.
            end: the last day, included; by default the last day with a value.
            frame: ``pandas``, ``polars`` or ``arrow``.

        Returns:
            Values as doubles in the metric's unit, null where a day has none. In pandas a frame indexed by ``day`` with
            one column for each metric, or for a list of assets one column for each asset and metric. In Polars and
            Arrow the columns ``asset`` and ``day``, and one for each metric.

        Raises:
            SatledgerError: a metric or asset is unknown, a day is invalid, or the server refuses or cannot be reached.
        """
        metrics, wanted = _listed(ids, "metric"), _listed(assets, "asset")
        found = self._source.metrics(metrics, wanted, as_day(start), as_day(end))
        if frame != "pandas":
            return _framed(found, frame)
        table = _indexed(found)
        if isinstance(assets, str):
            return table.drop(columns="asset")
        return table.pivot(columns="asset").swaplevel(axis="columns").sort_index(axis="columns")

    def table(self, name: str, where: str = "true", *, frame: Frame = "pandas") -> Any:  # noqa: ANN401 (three kinds)
        """The rows of a public table (docs/sql.md lists them).

        Args:
            name: of the table, such as ``exchange_transfers``.
            where: a condition in SQL, such as ``day = '2023-01-31'``; by default all rows.
            frame: ``pandas``, ``polars`` or ``arrow``.

        Raises:
            SatledgerError: there is no such table, the condition is invalid, the server does not accept SQL, or the
                rows are more than it returns at a time.
        """
        return _framed(self._source.table(name, where), frame)

    def catalog(self, *, frame: Frame = "pandas") -> Any:  # noqa: ANN401 (three kinds)
        """All metrics: id, name, description, unit, category, subcategory and the model that each comes from.

        Raises:
            SatledgerError: the server refuses or cannot be reached.
        """
        import pyarrow as pa

        return _framed(pa.Table.from_pylist(self._source.catalog()), frame)

    def explain(self, metric: str) -> dict[str, str]:
        """What a metric means and how it is computed.

        Returns:
            Its row of the catalogue, and under the key ``sql`` the SQL of the dbt model that it comes from.

        Raises:
            SatledgerError: the metric is unknown, or the server refuses or cannot be reached.
        """
        row = next((each for each in self._source.catalog() if each["id"] == metric), None)
        if row is None:
            raise SatledgerError(f"There is no metric {metric}: `catalog()` lists those that there are.")
        return {**row, "sql": self._source.model_sql(row["source_model"])}


def _source(home_or_url: str | Path, api_key: str | None) -> Source:
    if isinstance(home_or_url, str) and home_or_url.startswith(("http://", "https://")):
        from satledger.remote import Server

        return Server(home_or_url, api_key)
    from satledger.local import Home

    return Home(Path(home_or_url))


def _listed(names: str | Sequence[str], what: str) -> list[str]:
    listed = [names] if isinstance(names, str) else list(dict.fromkeys(names))
    if not listed:
        raise SatledgerError(f"No {what} is named.")
    return listed


def as_day(day: Day | None) -> date | None:
    """A date, or its ISO text, as a date.

    Raises:
        SatledgerError: the text is not a day.
    """
    if day is None or isinstance(day, date):
        return day
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise SatledgerError(f"{day!r} is no day: write it as in 2023-01-31.") from None


def _indexed(found: "pa.Table") -> "pd.DataFrame":
    import pandas as pd

    table = found.to_pandas()
    table["day"] = pd.to_datetime(table["day"])
    return table.set_index("day")


def _framed(found: "pa.Table", frame: Frame) -> Any:  # noqa: ANN401 (three kinds)
    if frame == "arrow":
        return found
    if frame == "polars":
        try:
            import polars
        except ModuleNotFoundError:
            raise SatledgerError("Polars is not installed: `pip install polars`, or ask for pandas or arrow.") from None
        return polars.from_arrow(found)
    if frame == "pandas":
        return found.to_pandas()
    raise SatledgerError(f"There is no frame {frame!r}: ask for pandas, polars or arrow.")
