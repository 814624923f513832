"""The bitcoin-like adapter against a real node."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from dagster_project.headers.model import Asset
from dagster_project.headers.store import HeaderStore
from dagster_project.headers.update import connect, update_headers

from .rpc_servers import rpc

START = int(datetime(2024, 3, 1, 6, tzinfo=UTC).timestamp())


def test_headers_agree_with_the_node(regtest_url: str, tmp_path: Path) -> None:
    for number in range(60):
        rpc(regtest_url, "setmocktime", START + 5400 * number)
        rpc(regtest_url, "generatetodescriptor", 1, "raw(51)")
    asset = Asset("ltc", "bitcoin", date(2024, 3, 1), "1d00ffff")
    update_headers(connect(asset, regtest_url), HeaderStore(tmp_path, "ltc"), confirmations=3)
    rows = duckdb.sql(
        f"select * exclude (day) from read_parquet('{tmp_path}/headers/ltc/*.parquet') order by height"
    ).fetchall()

    chainwork, expected, difficulties, parent_time = 0, [], [], None
    for height in range(58):
        header = rpc(regtest_url, "getblockheader", rpc(regtest_url, "getblockhash", height))
        block = rpc(regtest_url, "getblock", header["hash"], 2)
        total = int(header["chainwork"], 16)
        reward = sum(Decimal(str(output["value"])) for output in block["tx"][0]["vout"]) * 10**8
        if height:
            expected.append(
                ("ltc", height, header["hash"], header["time"], parent_time if height > 1 else None,
                 header["mediantime"], header["bits"], total - chainwork, reward)
            )  # fmt: skip
            difficulties.append(header["difficulty"])
        chainwork, parent_time = total, header["time"]
    last = datetime.fromtimestamp(expected[-1][5], UTC).date()
    expected = [row for row in expected if datetime.fromtimestamp(row[5], UTC).date() < last]
    assert len(expected) > 30
    assert [(*row[:7], *row[8:]) for row in rows] == expected
    # The node computes its difficulty in doubles, and rounds it.
    assert difficulties == pytest.approx([row[7] for row in rows] + difficulties[len(rows) :], rel=1e-12)
    days = [date(2024, 3, 1) + timedelta(days=number) for number in range((last - date(2024, 3, 1)).days)]
    assert HeaderStore(tmp_path, "ltc").days() == days
