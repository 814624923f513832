"""Documents as Santiment's own clients and its documentation write them."""

import json
import re
import time
from pathlib import Path
from statistics import fmean, pstdev

import pytest
import requests

from tests.serving.copies import DAYS, day
from tests.serving.servers import Server
from tests.serving.vendor_documents import CHART, HOLDERS, Answer, problem, rows, send

# Holders of that interval on the day of a number, in the copy made by hand.
HELD = 4


def test_the_web_clients_chart(server: Server) -> None:
    variables = {
        "metric": HOLDERS,
        "from": f"{day(10)}T00:00:00.000Z",
        "to": f"{day(12)}T23:59:59.999Z",
        "slug": "bitcoin",
        "interval": "1d",
        "transform": None,
    }
    found = send(server, CHART, variables)
    points = [{"d": f"{day(n)}T00:00:00Z", "v": n + HELD, "__typename": "MetricData"} for n in range(10, 13)]
    assert found == {"data": {"getMetric": {"timeseriesData": points, "__typename": "Metric"}}}
    refused = send(server, CHART, {**variables, "holdersCount": 100})
    assert "holdersCount is not supported" in refused["errors"][0]["message"]


def test_the_shared_documents(server: Server, shared: Path) -> None:
    folder = shared / "data" / "inputs" / "graphql"
    for file in sorted(folder.glob("*.json")):
        answer = requests.post(f"{server.url}/graphql", data=file.read_bytes(), timeout=30).json()
        assert set(answer) == {"data"}, (file.name, answer)
        assert answer["data"]["getMetric"]["timeseriesData"], file.name


def test_fields_rename_keys(server: Server) -> None:
    found = rows(server, HOLDERS, to=str(day(1)), fields={"datetime": "d", "value": "v"})
    assert found == [{"d": f"{day(n)}T00:00:00Z", "v": n + HELD} for n in range(2)]
    assert rows(server, HOLDERS, to=str(day(0)), fields={"value": "v"}) == [
        {"datetime": f"{day(0)}T00:00:00Z", "v": HELD}
    ]
    document = (
        '{getMetric(metric: "DiffMean"){timeseriesDataPerSlugJson(selector: {slugs: ["ethereum", "litecoin"]} '
        f'from: "{day(0)}" to: "{day(0)}" fields: {{datetime: "d" data: "rows" slug: "s" value: "v"}})}}}}'
    )
    several = send(server, document)["data"]["getMetric"]["timeseriesDataPerSlugJson"]
    pairs = [{"s": "ethereum", "v": 1000.0}, {"s": "litecoin", "v": 0.5}]
    assert several == [{"d": f"{day(0)}T00:00:00Z", "rows": pairs}]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"datum": "d"}, "datum"),
        ({"open": "o"}, "open"),
        ({"datetime": "x", "value": "x"}, '"x"'),
        ({"value": "datetime"}, '"datetime"'),
        ({"value": ""}, '""'),
        ({"value": 7}, "value"),
        ("d", "$fields"),
    ],
)
def test_fields_that_cannot_be(server: Server, fields: object, name: str) -> None:
    found = problem(server, fields=fields)
    assert name in found and "fields" in found


@pytest.mark.parametrize(
    ("interval", "starts"),
    [
        ("toStartOfDay", [str(day(n)) for n in range(DAYS)][:3]),
        ("toStartOfWeek", ["2023-01-01", "2023-01-08", "2023-01-15"]),
        ("toMonday", ["2022-12-26", "2023-01-02", "2023-01-09"]),
        ("toStartOfMonth", ["2023-01-01", "2023-02-01", "2023-03-01"]),
        ("toStartOfQuarter", ["2023-01-01", "2023-04-01", "2023-07-01"]),
        ("toStartOfYear", ["2023-01-01", "2024-01-01"]),
    ],
)
def test_intervals_of_the_calendar(server: Server, interval: str, starts: list[str]) -> None:
    found = rows(server, "BlkCnt", interval=interval, aggregation="COUNT")
    assert [row["datetime"][:10] for row in found[:3]] == starts
    assert sum(row["value"] for row in found) == DAYS
    months = [row["value"] for row in rows(server, "BlkCnt", interval="toStartOfMonth", aggregation="COUNT")]
    assert months[:4] == [31, 28, 31, 30]


def held(first: int, last: int) -> list[int]:
    return [n + HELD for n in range(first, last + 1)]


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        ({"type": "none"}, held(10, 13)),
        ({"type": "changes"}, [1, 1, 1, 1]),
        ({"type": "consecutive_differences"}, [1, 1, 1, 1]),
        ({"type": "consecutiveDifferences"}, [1, 1, 1, 1]),
        ({"type": "cumulative_sum"}, [14, 29, 45, 62]),
        ({"type": "percent_change"}, [100 / 13, 100 / 14, 100 / 15, 100 / 16]),
        ({"type": "cumulative_percent_change"}, [100 * 14 / 13, 100 * 15 / 27, 100 * 16 / 42, 100 * 17 / 58]),
        ({"type": "z_score"}, [(value - fmean(held(10, 13))) / pstdev(held(10, 13)) for value in held(10, 13)]),
        ({"type": "moving_average", "movingAverageBase": 3}, [13, 14, 15, 16]),
        ({"type": "moving_average", "moving_average_base": 3}, [13, 14, 15, 16]),
        ({"type": "movingAverage", "movingAverageBase": 4}, [12.5, 13.5, 14.5, 15.5]),
    ],
)
def test_transforms(server: Server, transform: Answer, expected: list[float]) -> None:
    found = rows(server, HOLDERS, **{"from": str(day(10)), "to": str(day(13))}, transform=transform)
    assert [row["datetime"][:10] for row in found] == [str(day(n)) for n in range(10, 14)]
    assert [row["value"] for row in found] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"transform": {"type": "magic"}}, "percent_change"),
        ({"transform": {"type": "moving_average"}}, "movingAverageBase"),
        ({"transform": {"type": "moving_average", "movingAverageBase": 1001}}, "movingAverageBase"),
        ({"transform": {"type": "changes", "movingAverageBase": 3}}, "movingAverageBase"),
        ({"metric": "MOMR", "transform": {"type": "z_score"}}, "z_score"),
        ({"aggregation": "OHLC", "transform": {"type": "changes"}}, "transform"),
        ({"interval": "toStartOfHour"}, "toStartOfMonth"),
        ({"cachingParams": {"baseTtl": 1, "maxTtlOffset": 1}}, "cachingParams"),
        ({"metric": "FlowInBNBNtv", "onlyFinalizedData": True}, "onlyFinalizedData"),
        ({"selector": {"text": "bitcoin"}}, "text"),
        ({"selector": {"slugs": ["bitcoin", None]}}, "slugs"),
        ({"selector": {"slugs": ["bitcoin"], "ignoredSlugs": ["bitcoin"]}}, "Name one asset"),
        ({"from": "utc_now-1month"}, "utc_now-1y"),
    ],
)
def test_what_is_refused_is_named(server: Server, given: Answer, word: str) -> None:
    assert word in problem(server, **given)


def test_candles(server: Server) -> None:
    names = {"datetime": "d", "valueOhlc": "v", "open": "o", "high": "h", "low": "l", "close": "c"}
    found = rows(server, "PriceUSD", interval="toStartOfMonth", aggregation="OHLC", fields=names, to="2023-02-28")
    first, last = 30_000.125 + 31, 30_000.125 + 58
    assert found[1] == {"d": "2023-02-01T00:00:00Z", "v": {"o": first, "h": last, "l": first, "c": last}}
    document = (
        '{getMetric(metric: "BlkCnt"){timeseriesData(slug: "bitcoin" from: "2023-01-01" to: "2023-01-31" '
        'interval: "toStartOfMonth" aggregation: OHLC){value valueOhlc{open high low close}}}}'
    )
    points = send(server, document)["data"]["getMetric"]["timeseriesData"]
    assert points == [{"value": None, "valueOhlc": {"open": 140, "high": 148, "low": 140, "close": 143}}]


def test_dates_before_now(server: Server) -> None:
    for begin in ("utc_now-90y", "utc_now - 33000d", "utc_now-80y52w"):
        assert len(rows(server, "BlkCnt", **{"from": begin, "to": "utc_now"})) == DAYS


def test_the_default_of_holders_is_the_average(server: Server) -> None:
    found = rows(server, HOLDERS, interval="toStartOfMonth", to="2023-02-28")
    assert [row["value"] for row in found] == [fmean(held(0, 30)), fmean(held(31, 58))]
    document = (
        f'{{getMetric(metric: "{HOLDERS}"){{metadata{{defaultAggregation}} '
        'aggregatedTimeseriesData(slug: "bitcoin" from: "2023-01-01" to: "2023-01-31")}}'
    )
    metric = send(server, document)["data"]["getMetric"]
    assert metric == {"metadata": {"defaultAggregation": "AVG"}, "aggregatedTimeseriesData": fmean(held(0, 30))}


def test_counts_are_whole_numbers(server: Server) -> None:
    arguments = 'slug: "bitcoin" from: "2023-01-01" to: "2023-01-08"'
    document = (
        f'{{getMetric(metric: "{HOLDERS}"){{'
        f"json: timeseriesDataJson({arguments}) object: timeseriesData({arguments}){{value}} "
        f"sum: aggregatedTimeseriesData({arguments} aggregation: SUM) "
        f"mean: aggregatedTimeseriesData({arguments}) "
        f'week: timeseriesDataJson({arguments} interval: "7d") '
        f'ratio: timeseriesDataJson({arguments} transform: {{type: "percent_change"}})}}}}'
    )
    text = requests.post(f"{server.url}/graphql", json={"query": document}, timeout=30).text
    assert re.findall(r'"value":([0-9.]+)}', text[: text.index('"sum"')]) == [str(n) for n in held(0, 7)] * 2
    found = json.loads(text)["data"]["getMetric"]
    assert (found["sum"], found["mean"]) == (sum(held(0, 7)), 7.5)
    assert type(found["sum"]) is int
    assert all(type(row["value"]) is float for row in found["ratio"])
    native = rows(server, "SplyMiner0HopAllNtv", to=str(day(0)))
    assert type(native[0]["value"]) is float


def test_discovery_as_documented(server: Server) -> None:
    document = (
        "{getAvailableMetrics(product: SANAPI, plan: BUSINESS_PRO) none: getAvailableMetrics(hasIncompleteData: true) "
        'both: getAvailableMetricsForSelector(selector: {slugs: ["litecoin", "ethereum"]}) '
        "getAccessRestrictions(product: SANAPI, plan: FREE, filter: METRIC)"
        "{type name isRestricted isAccessible restrictedFrom minInterval docs{link}} "
        "queries: getAccessRestrictions(filter: QUERY){name} page: allProjects(page: 2, pageSize: 2){slug} "
        'flow: getMetric(metric: "FlowInBNBNtv"){metadata{canMutate hasIncompleteData stabilizationPeriod}} '
        f'held: getMetric(metric: "{HOLDERS}"){{metadata{{canMutate requiredSelectors}}}}}}'
    )
    found = send(server, document)["data"]
    names = [restriction["name"] for restriction in found["getAccessRestrictions"]]
    assert found["getAvailableMetrics"] == names and "price_usd" in names
    assert all(row["isAccessible"] and not row["isRestricted"] for row in found["getAccessRestrictions"])
    assert (found["none"], found["queries"]) == ([], [])
    assert found["both"] == ["DiffMean"]
    assert found["page"] == [{"slug": "litecoin"}]
    assert found["flow"]["metadata"] == {"canMutate": True, "hasIncompleteData": False, "stabilizationPeriod": None}
    assert found["held"]["metadata"] == {"canMutate": False, "requiredSelectors": [["SLUG", "SLUGS"]]}
    final = rows(server, HOLDERS, onlyFinalizedData=True)
    assert final == rows(server, HOLDERS)


@pytest.mark.parametrize("pattern", ["(", "(a+)+$" * 400, "\\"])
def test_regular_expressions_that_are_none(server: Server, pattern: str) -> None:
    document = "query Q($p: String) {getAvailableMetrics(nameRegexFilter: $p)}"
    assert "nameRegexFilter" in send(server, document, {"p": pattern})["errors"][0]["message"]


def test_a_regular_expression_cannot_hold_the_server_up(server: Server) -> None:
    document = "query Q($p: String) {getAvailableMetrics(nameRegexFilter: $p)}"
    started = time.monotonic()
    assert send(server, document, {"p": r"^((\w|_)+)+-$"})["data"] == {"getAvailableMetrics": []}
    assert time.monotonic() - started < 3
