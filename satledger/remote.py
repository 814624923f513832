"""A server (``satledger serve``), read through the same HTTP API that its page and the vendors' clients use."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import requests

from dagster_project.errors import SatledgerError
from satledger.local import CATALOGUE

_SECONDS = 60
_ROWS = 10_000


class Server:
    """A server's address, and the API key for it."""

    def __init__(self, url: str, api_key: str | None) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        if api_key:
            self._session.headers["Authorization"] = f"Apikey {api_key}"

    def metrics(self, ids: Sequence[str], assets: Sequence[str], start: date | None, end: date | None) -> pa.Table:
        """As ``client.Source``."""
        query: dict[str, str | int] = {
            "assets": ",".join(assets),
            "metrics": ",".join(ids),
            "frequency": "1d",
            "page_size": _ROWS,
            "paging_from": "start",
        }
        query |= {name: day.isoformat() for name, day in (("start_time", start), ("end_time", end)) if day}
        rows = [
            (row["asset"], date.fromisoformat(row["time"][:10]), *(_number(row.get(metric)) for metric in ids))
            for row in self._pages("/v4/timeseries/asset-metrics", query)
        ]
        kinds = [("asset", pa.string()), ("day", pa.date32()), *((metric, pa.float64()) for metric in ids)]
        columns = zip(*rows, strict=True) if rows else [[] for _ in kinds]
        found = pa.table(
            [pa.array(values, kind) for (_, kind), values in zip(kinds, columns, strict=True)],
            names=[name for name, _ in kinds],
        )
        return found.sort_by([("asset", "ascending"), ("day", "ascending")])

    def table(self, name: str, where: str) -> pa.Table:
        """As ``client.Source``, if the server accepts SQL and returns all rows at once.

        Numbers beyond 2^53 and decimals are returned as text, days as ISO text.
        """
        found = self._get(f"{self._url}/sql", body={"query": f"select * from {name} where {where}"}).json()
        if found["truncated"]:
            raise SatledgerError(
                f"{self._url} gives {len(found['rows']):,} rows at a time: ask for fewer, or read {name} from a home."
            )
        names = [column["name"] for column in found["columns"]]
        columns = zip(*found["rows"], strict=True) if found["rows"] else [[] for _ in names]
        return pa.table([pa.array(values) for values in columns], names=names)

    def catalog(self) -> list[dict[str, Any]]:
        """As ``client.Source``."""
        found = self._get(f"{self._url}/page/catalogue").json()["metrics"]
        return sorted(({name: each[name] for name in CATALOGUE} for each in found), key=lambda each: each["id"])

    def model_sql(self, model: str) -> str:
        """As ``client.Source``."""
        return self._get(f"{self._url}/page/sql/{model}").text

    def _pages(self, path: str, query: dict[str, str | int]) -> Iterator[dict[str, Any]]:
        answer = self._get(f"{self._url}{path}", query).json()
        yield from answer["data"]
        while token := answer.get("next_page_token"):
            answer = self._get(f"{self._url}{path}", {**query, "next_page_token": token}).json()
            yield from answer["data"]

    def _get(
        self, address: str, query: dict[str, str | int] | None = None, body: dict[str, str] | None = None
    ) -> requests.Response:
        method = "POST" if body else "GET"
        try:
            answer = self._session.request(method, address, params=query, json=body, timeout=_SECONDS)
        except requests.RequestException as error:
            raise SatledgerError(
                f"{self._url} cannot be reached ({type(error).__name__}): see that the server runs."
            ) from None
        if answer.status_code != requests.codes.ok:
            raise SatledgerError(f"{self._url} refuses: {_said(answer)}")
        return answer


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)


def _said(answer: requests.Response) -> str:
    try:
        return answer.json()["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}."
