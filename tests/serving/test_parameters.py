"""How parameters may be written: assets in capitals, lists in several pieces, single values once."""

import pytest

from serving.rest.parameters import LISTS
from tests.serving.servers import Server

SERIES = "/v4/timeseries/asset-metrics"
GOOD = "assets=btc&metrics=BlkCnt&page_size=2"


@pytest.mark.parametrize(
    ("path", "capitals", "small"),
    [
        (SERIES, "assets=BTC&metrics=BlkCnt", "assets=btc&metrics=BlkCnt"),
        (SERIES, "assets=Btc,LTC,btc&metrics=BlkCnt&sort=time", "assets=btc,ltc&metrics=BlkCnt&sort=time"),
        (SERIES, "assets=BTC&metrics=TxCnt&frequency=1b", "assets=btc&metrics=TxCnt&frequency=1b"),
        (SERIES, "assets=BTC&metrics=BlkCnt&format=csv", "assets=btc&metrics=BlkCnt&format=csv"),
        (SERIES, "assets=BTC&metrics=BlkCnt&format=json_stream", "assets=btc&metrics=BlkCnt&format=json_stream"),
        ("/v4/catalog-v2/asset-metrics", "assets=BTC", "assets=btc"),
        ("/v4/catalog-all-v2/asset-metrics", "assets=ETH,LTC", "assets=eth,ltc"),
        ("/v4/reference-data/assets", "assets=XMR", "assets=xmr"),
        ("/v4/catalog/assets", "assets=LTC", "assets=ltc"),
        ("/v4/catalog-all/assets", "assets=LTC", "assets=ltc"),
    ],
)
def test_assets_in_capitals(server: Server, path: str, capitals: str, small: str) -> None:
    found, expected = server.get(f"{path}?{capitals}"), server.get(f"{path}?{small}")
    assert (found.status_code, expected.status_code) == (200, 200), found.text
    # Page tokens belong to the request as it was written.
    if found.headers["content-type"] == "application/json":
        assert found.json()["data"] == expected.json()["data"]
        assert found.json()["data"]
    else:
        assert found.text == expected.text


def test_the_asset_of_a_path_in_capitals(server: Server) -> None:
    expected = server.get("/v4/blockchain-v2/btc/blocks").json()["data"]
    assert len(expected) == 100
    for address in ("BTC/blocks", "btc/blocks?asset=BTC", "BTC/blocks?asset=btc"):
        assert server.get(f"/v4/blockchain-v2/{address}").json()["data"] == expected
    assert server.get("/v4/blockchain-v2/BTC/blocks?asset=ltc").status_code == 400


def test_an_unknown_asset_is_named_as_it_was_written(server: Server) -> None:
    answer = server.get(f"{SERIES}?assets=BTC,NoPe,NaDa&metrics=BlkCnt")
    assert (answer.status_code, "NoPe, NaDa" in answer.json()["error"]["message"]) == (400, True)
    assert server.get(f"{SERIES}?assets=BTC,NoPe&metrics=BlkCnt&ignore_unsupported_errors=true").json()["data"]


def test_pages_of_a_request_in_capitals_go_on(server: Server) -> None:
    address = f"{SERIES}?assets=BTC&assets=LTC&metrics=BlkCnt&page_size=500&paging_from=start"
    first = server.get(address).json()
    second = server.get(first["next_page_url"].removeprefix(server.url)).json()
    assert (len(first["data"]), len(second["data"]), "next_page_url" in second) == (500, 300, False)


@pytest.mark.parametrize(
    ("path", "pieces", "joined"),
    [
        (SERIES, "assets=btc&assets=ltc&metrics=BlkCnt&sort=time", "assets=btc,ltc&metrics=BlkCnt&sort=time"),
        (SERIES, "assets=btc&metrics=BlkCnt&metrics=TxCnt,RevNtv", "assets=btc&metrics=BlkCnt,TxCnt,RevNtv"),
        ("/v4/catalog-v2/asset-metrics", "assets=btc&metrics=BlkCnt&assets=ltc", "assets=btc,ltc&metrics=BlkCnt"),
        ("/v4/reference-data/asset-metrics", "metrics=BlkCnt&metrics=TxCnt", "metrics=BlkCnt,TxCnt"),
        ("/v4/catalog/metrics", "metrics=BlkCnt&metrics=TxCnt", "metrics=BlkCnt,TxCnt"),
        ("/v4/catalog/assets", "exclude=metrics&exclude=full_name", "exclude=metrics,full_name"),
        ("/v4/catalog/assets", "include=metrics&include=full_name", "include=metrics,full_name"),
    ],
)
def test_the_pieces_of_a_list_are_joined(server: Server, path: str, pieces: str, joined: str) -> None:
    found, expected = server.get(f"{path}?{pieces}"), server.get(f"{path}?{joined}")
    assert (found.status_code, expected.status_code) == (200, 200), found.text
    assert found.json()["data"] == expected.json()["data"]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (f"{SERIES}?{GOOD}&page_size=3", "page_size"),
        (f"{SERIES}?{GOOD}&page_size=2", "page_size"),
        (f"{SERIES}?{GOOD}&frequency=1b&frequency=1d", "frequency"),
        (f"{SERIES}?{GOOD}&start_time=2023-01-01&start_time=2023-02-01", "start_time"),
        (f"{SERIES}?{GOOD}&format=json&format=csv", "format"),
        (f"{SERIES}?{GOOD}&api_key=a&api_key=b", "api_key"),
        ("/v4/catalog-v2/asset-metrics?reviewable=true&reviewable=false", "reviewable"),
        ("/v4/reference-data/assets?page_size=1&page_size=2", "page_size"),
        ("/v4/catalog/metrics?pretty=true&pretty=false", "pretty"),
        ("/v4/blockchain-v2/btc/blocks?asset=btc&asset=ltc", "asset"),
    ],
)
def test_a_single_value_may_be_given_once(server: Server, address: str, name: str) -> None:
    answer = server.get(address)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "bad_parameter")
    assert answer.json()["error"]["message"].startswith(f"Bad parameter '{name}'. It is given more than once")


def test_every_comma_separated_parameter_may_come_in_pieces(server: Server) -> None:
    paths = server.get("/openapi.json").json()["paths"]
    checked = set[str]()
    for path, operations in paths.items():
        for parameter in operations["get"].get("parameters", ()):
            if "Comma separated" in parameter.get("description", ""):
                place = path.format(asset="btc", account="FEES")
                answer = server.get(f"{place}?{parameter['name']}=x&{parameter['name']}=y")
                assert "more than once" not in answer.text
                checked.add(parameter["name"])
    assert checked == set(LISTS)


def test_the_description_says_how_to_ask_for_the_latest(server: Server) -> None:
    operation = server.get("/openapi.json").json()["paths"][SERIES]["get"]
    described = {parameter["name"]: parameter["description"] for parameter in operation["parameters"]}
    assert "ask for the latest by paging_from=end" in described["limit_per_asset"]
    first, latest = (
        [
            str(row["time"])[:10]
            for row in server.rows(assets="btc", metrics="BlkCnt", limit_per_asset=2, paging_from=side)
        ]
        for side in ("start", "end")
    )
    assert first == ["2023-01-01", "2023-01-02"]
    assert latest == ["2024-02-03", "2024-02-04"]
