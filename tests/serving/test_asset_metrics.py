"""`/v4/timeseries/asset-metrics` on values that are known."""

import csv
import gzip
import io
import json
from decimal import Decimal

import pytest
import requests

from tests.serving.copies import DAYS, PRICE_FROM, day
from tests.serving.servers import Server

PATH = "/v4/timeseries/asset-metrics"


def stamp(number: int) -> str:
    return f"{day(number)}T00:00:00.000000000Z"


def test_values_are_the_exact_texts(server: Server) -> None:
    rows = server.rows(assets="btc", metrics="RevHashNtv,IssTotNtv", start_time=day(7), end_time=day(7))
    expected = {"RevHashNtv": "0.00000000001234567890123456", "IssTotNtv": "918.75000000"}
    assert rows == [{"asset": "btc", "time": stamp(7), **expected}]


def test_a_metric_that_the_asset_does_not_have_is_left_out_and_a_missing_value_is_null(server: Server) -> None:
    rows = server.rows(assets="ltc,btc", metrics="BlkCnt,PriceUSD", start_time=day(0), end_time=day(0))
    assert rows == [
        {"asset": "btc", "time": stamp(0), "BlkCnt": "140", "PriceUSD": None},
        {"asset": "ltc", "time": stamp(0), "BlkCnt": "500"},
    ]
    zeros = server.rows(assets="btc", metrics="BlkCnt,PriceUSD", end_time=day(0), null_as_zero="true")
    assert zeros[0]["PriceUSD"] == "0"


def test_a_row_exists_where_one_of_the_metrics_has_a_value(server: Server) -> None:
    rows = server.rows(assets="btc", metrics="PriceUSD", page_size=10000)
    assert rows[0]["time"] == stamp(PRICE_FROM)
    assert len(rows) == DAYS - PRICE_FROM


def test_supplies_and_flows_carry_their_status(server: Server) -> None:
    (row,) = server.rows(assets="btc", metrics="FlowInBNBNtv,BlkCnt", limit_per_asset=1)
    assert list(row) == ["asset", "time", "FlowInBNBNtv", "FlowInBNBNtv-status", "FlowInBNBNtv-status-time", "BlkCnt"]
    assert row["FlowInBNBNtv-status"] == "reviewed"
    assert server.rows(assets="btc", metrics="FlowInBNBNtv", status="flash") == []
    mixed = server.rows(assets="btc", metrics="FlowInBNBNtv,BlkCnt", status="flash", limit_per_asset=1)
    assert mixed == [{"asset": "btc", "time": stamp(DAYS - 1), "FlowInBNBNtv": None, "BlkCnt": row["BlkCnt"]}]


@pytest.mark.parametrize("sort", ["asset", "time"])
@pytest.mark.parametrize("end", ["start", "end"])
@pytest.mark.parametrize("size", [1, 7, 100])
def test_pages_have_all_rows_once(server: Server, sort: str, end: str, size: int) -> None:
    asked = {"assets": "*", "metrics": "DiffMean", "sort": sort, "start_time": day(90), "end_time": day(110)}
    everything = server.rows(**asked, page_size=10000)
    assert len(everything) == 21 + 10
    pages, address = (
        [],
        requests.Request("GET", server.url + PATH, params={**asked, "page_size": size, "paging_from": end}),
    )
    url: str | None = address.prepare().url
    while url:
        page = requests.get(url, timeout=30).json()
        assert 0 < len(page["data"]) <= size
        pages.append(page["data"])
        url = page.get("next_page_url")
    found = [row for page in (reversed(pages) if end == "end" else pages) for row in page]
    assert found == everything


def test_a_token_belongs_to_its_request(server: Server) -> None:
    page = server.get(PATH, assets="btc", metrics="BlkCnt", page_size=5).json()
    other = server.get(PATH, assets="btc", metrics="TxCnt", page_size=5, next_page_token=page["next_page_token"])
    assert other.status_code == 400
    assert "'next_page_token'" in other.json()["error"]["message"]
    wider = server.get(PATH, assets="btc", metrics="BlkCnt", page_size=9, next_page_token=page["next_page_token"])
    assert len(wider.json()["data"]) == 9


def test_limit_per_asset_takes_the_first_or_the_latest_rows(server: Server) -> None:
    asked = {"assets": "btc,ltc", "metrics": "BlkCnt", "limit_per_asset": 2}
    latest = [row["time"] for row in server.rows(**asked)]
    first = [row["time"] for row in server.rows(**asked, paging_from="start")]
    assert latest == [stamp(DAYS - 2), stamp(DAYS - 1)] * 2
    assert first == [stamp(0), stamp(1)] * 2


def test_the_three_forms_have_the_same_rows(server: Server) -> None:
    asked = {"assets": "btc,ltc", "metrics": "FlowInBNBNtv,BlkCnt,PriceUSD", "page_size": 10000}
    rows = server.rows(**asked)
    lines = server.get(PATH, **asked, format="json_stream")
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in lines.text.splitlines()] == rows
    table = list(csv.DictReader(io.StringIO(server.get(PATH, **asked, format="csv").text)))
    assert [{k: v for k, v in row.items() if v} for row in table] == [
        {k: v for k, v in row.items() if v is not None} for row in rows
    ]


def test_pretty_and_compressed_answers_say_the_same(server: Server) -> None:
    asked = {"assets": "btc", "metrics": "BlkCnt"}
    plain = server.get(PATH, **asked)
    pretty = server.get(PATH, **asked, pretty="true")
    assert pretty.text.startswith('{\n  "data"')
    assert pretty.json()["data"] == plain.json()["data"]
    assert plain.headers["content-encoding"] == "gzip"
    raw = requests.get(server.url + PATH, params=asked, headers={"accept-encoding": "gzip"}, stream=True, timeout=30)
    assert (
        gzip.decompress(raw.raw.read(decode_content=False))
        == requests.get(server.url + PATH, params=asked, headers={"accept-encoding": "identity"}, timeout=30).content
    )


def test_rows_per_block(server: Server) -> None:
    asked = "RevNtv,DiffLast,TxCnt,TxTfrValNtv,TxTfrValMeanNtv"
    rows = server.rows(assets="btc", metrics=asked, frequency="1b", start_height=5, end_height=6)
    assert rows[0] == {
        "asset": "btc",
        "time": "2023-01-02T06:00:00.000000000Z",
        "height": "5",
        "block_hash": f"{5:064x}",
        "parent_block_hash": f"{4:064x}",
        "RevNtv": "50.00000005",
        "DiffLast": "0.00000000015",
        "TxCnt": "2",
        "TxTfrValNtv": "0.00000050",
        "TxTfrValMeanNtv": "0.0000001",
    }
    assert len(rows) == 2


def heights(server: Server, **parameters: object) -> list[int]:
    rows = server.rows(assets="btc", metrics="TxCnt", frequency="1b", page_size=10000, **parameters)
    return [int(row["height"] or "") for row in rows]


def test_bounds_of_blocks(server: Server) -> None:
    assert heights(server) == list(range(1, 199))  # block 0 has no metrics; two confirmations by default
    assert heights(server, min_confirmations=0)[-1] == 200
    assert heights(server, start_hash=f"{9:064x}", end_height=12, start_inclusive="false") == [10, 11, 12]
    assert heights(server, start_time="2023-01-02", end_time="2023-01-03", end_inclusive="false") == [4, 5, 6, 7]
    assert heights(server, limit_per_asset=3, paging_from="start") == [1, 2, 3]


@pytest.mark.parametrize("sort", ["asset", "height", "time"])
def test_pages_of_blocks(server: Server, sort: str) -> None:
    found: list[str | None] = []
    asked = {"assets": "btc", "metrics": "TxCnt", "frequency": "1b", "page_size": 60, "sort": sort}
    page = server.get(PATH, **asked).json()
    found[:0] = [row["height"] for row in page["data"]]
    while token := page.get("next_page_token"):
        page = server.get(PATH, **asked, next_page_token=token).json()
        found[:0] = [row["height"] for row in page["data"]]
    assert found == [str(height) for height in range(1, 199)]


def test_per_block_csv(server: Server) -> None:
    text = server.get(PATH, assets="btc", metrics="FeeTotNtv", frequency="1b", format="csv", end_height=1).text
    assert text.splitlines() == [
        "asset,time,height,block_hash,parent_block_hash,FeeTotNtv",
        f"btc,2023-01-01T06:00:00.000000000Z,1,{1:064x},{0:064x},0.00000001",
    ]


def test_blocks_add_up_to_their_satoshi(server: Server) -> None:
    rows = server.rows(assets="btc", metrics="RevNtv,IssTotNtv,FeeTotNtv", frequency="1b", page_size=10000)
    assert all(
        Decimal(r["RevNtv"] or "") == Decimal(r["IssTotNtv"] or "") + Decimal(r["FeeTotNtv"] or "") for r in rows
    )


def test_list_of_blocks(server: Server) -> None:
    page = server.get("/v4/blockchain-v2/btc/blocks", page_size=1).json()
    assert page["data"][0]["height"] == "200"
    before = server.get("/v4/blockchain-v2/btc/blocks", page_size=1, next_page_token=page["next_page_token"]).json()
    assert before["data"][0]["height"] == "199"
