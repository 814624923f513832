"""The GraphQL interface on values that are known."""

import json
import time

import pytest
import requests

from tests.serving.copies import DAYS, PRICE_FROM, day
from tests.serving.servers import Server

RANGE = f'from: "{day(3)}T00:00:00Z", to: "{day(9)}T23:59:59Z"'


def data(server: Server, document: str) -> dict[str, object]:
    answer = server.graphql(document)
    assert answer.status_code == 200
    assert set(answer.json()) == {"data"}, answer.text
    return answer.json()["data"]


def points(server: Server, metric: str, arguments: str) -> list[tuple[str, float]]:
    found = data(server, f'{{getMetric(metric: "{metric}"){{timeseriesDataJson(slug: "bitcoin" {arguments})}}}}')
    return [(p["datetime"][:10], p["value"]) for p in found["getMetric"]["timeseriesDataJson"]]  # type: ignore[index]


def errors(server: Server, document: str) -> str:
    answer = server.graphql(document)
    assert answer.status_code == 200
    return " ".join(error["message"] for error in answer.json()["errors"])


def test_values_and_both_forms(server: Server) -> None:
    expected = [(str(day(n)), float(140 + n % 9)) for n in range(3, 10)]
    assert points(server, "BlkCnt", RANGE) == expected
    found = data(
        server, f'{{getMetric(metric: "BlkCnt"){{timeseriesData(slug: "bitcoin", {RANGE}){{datetime value}}}}}}'
    )
    assert found["getMetric"]["timeseriesData"][0] == {"datetime": f"{day(3)}T00:00:00Z", "value": 143.0}  # type: ignore[index]


@pytest.mark.parametrize(
    ("begin", "end", "first", "last"),
    [
        ("2023-01-04T00:00:01Z", "2023-01-08 00:00:00", 4, 7),
        ("2023-01-04T02:00:00+02:00", "2023-01-08 23:59:59.999999", 3, 7),
        ("2023-01-04", "2023-01-08T01:00:00+02:00", 3, 6),
        ("utc_now-36500d", "2023-01-02", 0, 1),
        ("0001-01-01T00:00:00Z", "2023-01-02", 0, 1),
        ("2024-02-01", "9999-12-31", 396, DAYS - 1),
    ],
)
def test_ranges(server: Server, begin: str, end: str, first: int, last: int) -> None:
    found = points(server, "TxCnt", f'from: "{begin}", to: "{end}"')
    assert [when for when, _ in found] == [str(day(n)) for n in range(first, last + 1)]


def test_several_slugs(server: Server) -> None:
    found = data(
        server,
        f'{{getMetric(metric: "DiffMean"){{timeseriesDataPerSlugJson(selector: {{slugs: ["ethereum", "litecoin"]}} '
        f'from: "{day(98)}", to: "{day(101)}")}}}}',
    )
    rows = found["getMetric"]["timeseriesDataPerSlugJson"]  # type: ignore[index]
    assert rows[0]["data"] == [{"slug": "ethereum", "value": 1098.0}, {"slug": "litecoin", "value": 0.5}]
    assert [len(row["data"]) for row in rows] == [2, 2, 1, 1]


def test_aggregated_and_complexity(server: Server) -> None:
    arguments = f'from: "{day(0)}", to: "{day(8)}T00:00:00Z"'
    found = data(
        server,
        f'{{getMetric(metric: "BlkCnt"){{sum: aggregatedTimeseriesData(slug: "bitcoin", {arguments}) '
        f'top: aggregatedTimeseriesData(slug: "bitcoin", {arguments}, aggregation: MAX) '
        f'timeseriesDataComplexity({arguments}, interval: "1d")}}}}',
    )
    assert found["getMetric"] == {"sum": float(9 * 140 + 36), "top": 148.0, "timeseriesDataComplexity": 5}


def test_discovery(server: Server) -> None:
    found = data(
        server,
        "{getAvailableMetrics allProjects{slug ticker name} allErc20Projects{slug} "
        'nobody: projectBySlug(slug: "x"){slug} projectBySlug(slug: "litecoin"){availableMetrics} '
        'currentUser{apiCallsHistory(from: "utc_now-1d", to: "utc_now", interval: "1d"){apiCallsCount}} '
        'getMetric(metric: "DiffMean"){metadata{availableSlugs defaultAggregation '
        'availableVersions{version} docs{link}} availableSince(slug: "ethereum") '
        'lastDatetimeComputedAt(selector: {slug: "ethereum"})}}',
    )
    assert "FlowInNBXNtv" not in found["getAvailableMetrics"]  # type: ignore[operator]
    assert found["allProjects"] == [
        {"slug": "bitcoin", "ticker": "BTC", "name": "Bitcoin"},
        {"slug": "ethereum", "ticker": "ETH", "name": "Ethereum"},
        {"slug": "litecoin", "ticker": "LTC", "name": "Litecoin"},
    ]
    assert (found["allErc20Projects"], found["nobody"], found["currentUser"]) == ([], None, None)
    assert found["projectBySlug"] == {"availableMetrics": ["BlkCnt", "DiffMean"]}
    assert found["getMetric"] == {
        "metadata": {
            "availableSlugs": ["bitcoin", "ethereum", "litecoin"][1:],
            "defaultAggregation": "AVG",
            "availableVersions": [{"version": "1.0"}],
            "docs": [{"link": "/docs/dbt/#!/model/model.satledger.blocks_metrics"}],
        },
        "availableSince": f"{day(0)}T00:00:00Z",
        "lastDatetimeComputedAt": f"{day(99)}T00:00:00Z",
    }


def test_prices(server: Server) -> None:
    arguments = f'(slug: "bitcoin", from: "{day(0)}", to: "{day(PRICE_FROM)}", interval: "1d")'
    found = data(
        server, f"{{historyPrice{arguments}{{priceUsd volume}} ohlc{arguments}{{closePriceUsd openPriceUsd}}}}"
    )
    price = 30000.125 + PRICE_FROM
    assert found == {
        "historyPrice": [{"priceUsd": price, "volume": None}],
        "ohlc": [{"closePriceUsd": price, "openPriceUsd": None}],
    }


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ('timeseriesDataJson(slug: "nope" from: "2023-01-01" to: "2023-01-02")', "nope"),
        ('timeseriesDataJson(slug: "ethereum" from: "2023-01-01" to: "2023-01-02")', "not available"),
        ('timeseriesDataJson(from: "2023-01-01" to: "2023-01-02")', "Name one asset"),
        ('timeseriesDataJson(slug: "bitcoin" from: "soon" to: "2023-01-02")', "soon"),
        ('timeseriesDataJson(slug: "bitcoin" from: "2023-01-01" to: "2023-01-02" interval: "1h")', "1h"),
        ('timeseriesDataJson(slug: "bitcoin" from: "2023-01-01" to: "2023-01-02" interval: "0d")', "0d"),
        ('timeseriesDataJson(slug: "bitcoin" from: "2023-01-01" to: "2023-01-02" transform: {type: "magic"})', "magic"),
        (
            'timeseriesDataJson(slug: "bitcoin" from: "2023-01-01" to: "2023-01-02" '
            'transform: {type: "moving_average" movingAverageBase: -3})',
            "movingAverageBase",
        ),
        ('timeseriesDataPerSlugJson(selector: {slugs: []} from: "utc_now" to: "utc_now")', "1 to 100"),
    ],
)
def test_errors(server: Server, body: str, word: str) -> None:
    assert word in errors(server, f'{{getMetric(metric: "BlkCnt"){{{body}}}}}')


def test_unknown_metrics_and_versions(server: Server) -> None:
    assert "mistyped" in errors(server, '{getMetric(metric: "nope"){metadata{metric}}}')
    assert "has no values" in errors(server, '{getMetric(metric: "FlowInNBXNtv"){metadata{metric}}}')
    assert "only the version 1.0" in errors(server, '{getMetric(metric: "BlkCnt", version: "2"){metadata{metric}}}')


def test_no_sql_of_the_caller(server: Server) -> None:
    assert "Cannot query field" in errors(server, '{runRawSqlQuery(sqlQueryText: "select 1"){rows}}')
    quote = "bitcoin' or '1'='1"
    found = server.graphql(f'{{getMetric(metric: "BlkCnt"){{timeseriesDataJson(slug: "{quote}", {RANGE})}}}}')
    assert "not an existing slug" in found.text


@pytest.mark.parametrize(
    "document",
    [
        "{" * 2_000 + "}" * 2_000,
        "{a" * 19 + "}" * 19 + "[" * 5_000,
        "{" + "getAvailableMetrics " * 1_001 + "}",
        "{" + "a:getAvailableMetrics " * 9_000 + "}",
        "query A {...F} fragment F on Query {...F}",
        "{__schema{types{fields{type{fields{type{fields{type{fields{type{fields{name}}}}}}}}}}}}",
        "",
        "\x00",
        "query A{allProjects{slug}} query B{allProjects{slug}}",
        "mutation {a}",
        "subscription {a}",
    ],
)
def test_hostile_documents_are_refused_at_once(server: Server, document: str) -> None:
    started = time.monotonic()
    assert errors(server, document)
    assert time.monotonic() - started < 3


def test_a_document_may_not_cost_too_much(server: Server) -> None:
    field = 'x{}: timeseriesDataJson(slug: "bitcoin" from: "2000-01-01" to: "utc_now")'
    document = '{getMetric(metric: "TxCnt"){' + " ".join(field.format(n) for n in range(300)) + "}}"
    assert len(server.graphql(document).json()["data"]["getMetric"]) == 300
    lists = " ".join(f"p{n}: allProjects{{a: availableMetrics}}" for n in range(100))
    assert "errors" not in server.graphql(f"{{{lists}}}").json()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[1]", 400),
        (b'{"query": 1}', 400),
        (b"[" * 100_000, 400),
        (b"x" * 300_000, 413),
        (b"\xff\xfe", 400),
    ],
)
def test_requests_that_hold_no_document(server: Server, body: bytes, status: int) -> None:
    answer = requests.post(f"{server.url}/graphql", data=body, timeout=30)
    assert (answer.status_code, set(answer.json()["errors"])) == (status, {"details"})


def test_variables_and_a_trailing_slash(server: Server) -> None:
    document = "query Q($m: String!, $from: DateTime!) {getMetric(metric: $m)" + (
        '{timeseriesDataJson(slug: "bitcoin", from: $from, to: $from)}}'
    )
    asked = {"query": document, "variables": {"m": "BlkCnt", "from": str(day(0))}, "operationName": "Q"}
    answer = requests.post(f"{server.url}/graphql/", data=json.dumps(asked), timeout=30)
    assert answer.json()["data"]["getMetric"]["timeseriesDataJson"] == [
        {"datetime": f"{day(0)}T00:00:00Z", "value": 140.0}
    ]
    wrong = requests.post(f"{server.url}/graphql", json={**asked, "variables": [1]}, timeout=30)
    assert wrong.status_code == 200
    assert "errors" in wrong.json()


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ({f"unknown{n}": n for n in range(9_000)}, "unknown9"),
        (json.loads("[" * 700 + "]" * 700), "nested"),
        ({"slugs": [True] * 20_000}, "slugs[9]"),
    ],
    ids=["many", "deep", "long"],
)
def test_hostile_variables_are_refused_at_once(server: Server, value: object, word: str) -> None:
    document = (
        "query Q($s: MetricTargetSelectorInputObject) "
        '{getMetric(metric: "BlkCnt"){availableSince(slug: "bitcoin", selector: $s)}}'
    )
    started = time.monotonic()
    asked = json.dumps({"query": document, "variables": {"s": value}})
    answer = requests.post(f"{server.url}/graphql", data=asked, timeout=30)
    assert answer.status_code == 200
    message = answer.json()["errors"][0]["message"]
    assert word in message and len(message) < 10_000
    assert time.monotonic() - started < 3
