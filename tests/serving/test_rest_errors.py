"""Every documented error has its code, its shape and a sentence that names the parameter."""

import pytest
import requests

from tests.serving.servers import Server

PATH = "/v4/timeseries/asset-metrics"
GOOD = {"assets": "btc", "metrics": "BlkCnt"}

BAD = [
    ({"metrics": "BlkCnt"}, "assets"),
    ({"assets": "btc"}, "metrics"),
    ({**GOOD, "assets": ""}, "assets"),
    ({**GOOD, "assets": "btc,,ltc"}, "assets"),
    ({**GOOD, "assets": "btc,nope,nada"}, "nope, nada"),
    ({**GOOD, "metrics": "BlkCnt,Nope"}, "Nope"),
    ({**GOOD, "metrics": "blkcnt"}, "metrics"),
    ({**GOOD, "frequency": "1h"}, "frequency"),
    ({**GOOD, "status": "rumoured"}, "status"),
    ({**GOOD, "start_time": "soon"}, "start_time"),
    ({**GOOD, "start_time": "2020-1-1"}, "start_time"),
    ({**GOOD, "start_time": "2020-01-01T00:00:00.12345678Z"}, "start_time"),
    ({**GOOD, "end_time": "2020-02-30"}, "end_time"),
    ({**GOOD, "end_time": "0000-01-01"}, "end_time"),
    ({**GOOD, "timezone": "Mars/Olympus"}, "timezone"),
    ({**GOOD, "timezone": "../../etc/passwd"}, "timezone"),
    ({**GOOD, "start_time": "2020-01-01", "start_height": "1"}, "start_height"),
    ({**GOOD, "end_height": "1", "end_hash": "00"}, "end_hash"),
    ({**GOOD, "start_height": "1"}, "start_height"),
    ({**GOOD, "frequency": "1b", "start_height": "-1"}, "start_height"),
    ({**GOOD, "metrics": "TxCnt", "frequency": "1b", "start_hash": "nope"}, "start_hash"),
    ({**GOOD, "metrics": "SplyCur", "frequency": "1b"}, "SplyCur"),
    ({"assets": "ltc", "metrics": "TxCnt", "frequency": "1b"}, "ltc"),
    ({**GOOD, "min_confirmations": "100"}, "min_confirmations"),
    ({**GOOD, "page_size": "0"}, "page_size"),
    ({**GOOD, "page_size": "10001"}, "page_size"),
    ({**GOOD, "page_size": "many"}, "page_size"),
    ({**GOOD, "page_size": "9" * 5000}, "page_size"),
    ({**GOOD, "paging_from": "middle"}, "paging_from"),
    ({**GOOD, "sort": "colour"}, "sort"),
    ({**GOOD, "sort": "height"}, "sort"),
    ({**GOOD, "limit_per_asset": "0"}, "limit_per_asset"),
    ({**GOOD, "pretty": "perhaps"}, "pretty"),
    ({**GOOD, "null_as_zero": "2"}, "null_as_zero"),
    ({**GOOD, "format": "yaml"}, "format"),
    ({**GOOD, "next_page_token": "not-a-token!"}, "next_page_token"),
    ({**GOOD, "next_page_token": "W10"}, "next_page_token"),
    ({**GOOD, "colour": "red"}, "colour"),
    ({**GOOD, "metrics": "FlowInNBXNtv"}, "no address of this exchange is labelled"),
    ({**GOOD, "assets": "btc' or 1=1 --"}, "assets"),
    ({**GOOD, "metrics": "BlkCnt\x00"}, "metrics"),
]


@pytest.mark.parametrize(("parameters", "word"), BAD, ids=lambda value: str(value)[:60])
def test_bad_parameters(server: Server, parameters: dict[str, str], word: str) -> None:
    answer = server.get(PATH, **parameters)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert error["type"] == "bad_parameter"
    assert word in error["message"]
    assert len(error["message"]) < 700


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/v4/catalog-v2/asset-metrics", {"metrics": "Nope"}),
        ("/v4/catalog-v2/asset-metrics", {"format": "csv"}),
        ("/v4/catalog/metrics", {"metrics": "Nope"}),
        ("/v4/catalog/assets", {"exclude": "colour"}),
        ("/v4/reference-data/assets", {"assets": "nope"}),
        ("/v4/reference-data/asset-metrics", {"reviewable": "perhaps"}),
        ("/v4/blockchain-v2/ltc/blocks", {}),
    ],
)
def test_bad_parameters_elsewhere(server: Server, path: str, parameters: dict[str, str]) -> None:
    answer = server.get(path, **parameters)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "bad_parameter")


@pytest.mark.parametrize("form", ["json", "json_stream", "csv"])
def test_errors_have_one_shape_in_every_form(server: Server, form: str) -> None:
    answer = server.get(PATH, assets="nope", metrics="BlkCnt", format=form)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")


def test_unknown_things_can_be_ignored(server: Server) -> None:
    asked = {"assets": "btc,nope", "metrics": "BlkCnt,Nope", "limit_per_asset": 1}
    assert server.rows(**asked, ignore_unsupported_errors="true") == server.rows(**GOOD, limit_per_asset=1)
    assert server.rows(assets="nope", metrics="Nope", ignore_unsupported_errors="true") == []


@pytest.mark.parametrize("path", ["/v4/nothing", "/nothing", "/static/../app.py", "/static/nothing", "/docs/dbt/../x"])
def test_nothing_there(server: Server, path: str) -> None:
    answer = server.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
    assert answer.json()["error"]["type"] == "not_found"


def test_other_methods(server: Server) -> None:
    answer = requests.post(server.url + PATH, timeout=30)
    assert (answer.status_code, answer.json()["error"]["type"]) == (405, "method_not_allowed")


def test_too_long_an_address(server: Server) -> None:
    answer = server.get(PATH, assets="x" * 10_801, metrics="BlkCnt")
    assert (answer.status_code, answer.json()["error"]["type"]) == (414, "uri_too_long")


def test_an_empty_first_parameter_is_tolerated(server: Server) -> None:
    assert server.get(f"{PATH}?&assets=btc&metrics=BlkCnt&api_key=").status_code == 200
