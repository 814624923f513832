"""Prices and market value under the names of Santiment."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.serving.copies import DAYS, PRICE_FROM, day, make_copy
from tests.serving.servers import Server, make_key
from tests.serving.vendor_documents import problem, rows, send


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose copy has the supply of bitcoin and the prices of another asset too."""
    home = tmp_path_factory.mktemp("priced")
    copy = make_copy(home / "published" / "satledger.duckdb")
    with duckdb.connect(copy) as connection:
        connection.execute(
            """
            insert into metrics_daily
            select 'btc', time, 'SplyCur', 1000, '1000.00000000'
            from metrics_daily where asset = 'btc' and metric = 'BlkCnt'
            union all
            select 'ltc', time, 'PriceUSD', value / 4, (value / 4)::varchar
            from metrics_daily where asset = 'btc' and metric = 'PriceUSD' and value is not null
            """
        )
    return home


@pytest.fixture(scope="module")
def vendor(priced: Path) -> Iterator[Server]:
    with Server(priced) as running:
        yield running
        assert "Traceback" not in running.log


def test_prices_under_the_vendors_names(vendor: Server) -> None:
    price = 30_000.125 + PRICE_FROM
    window = {"from": str(day(PRICE_FROM)), "to": str(day(PRICE_FROM))}
    litecoin = {"selector": {"slug": "litecoin"}, **window}
    assert [row["value"] for row in rows(vendor, "price_usd", **window)] == [price]
    assert [row["value"] for row in rows(vendor, "price_btc", **window)] == [1]
    assert [row["value"] for row in rows(vendor, "marketcap_usd", **window)] == [1000 * price]
    assert [row["value"] for row in rows(vendor, "price_btc", **litecoin)] == [0.25]
    assert "not available" in problem(vendor, metric="marketcap_usd", selector={"slug": "litecoin"})
    assert len(rows(vendor, "price_usd")) == DAYS - PRICE_FROM
    document = (
        '{getAvailableMetrics(nameRegexFilter: "^(price|marketcap)_") '
        'projectBySlug(slug: "litecoin"){availableMetrics} '
        'getMetric(metric: "marketcap_usd"){metadata{availableSlugs canMutate} '
        f'availableSince(slug: "bitcoin")}} history: historyPrice(slug: "bitcoin" from: "{day(19)}" to: "{day(20)}")'
        "{datetime priceUsd priceBtc marketcap volume}}"
    )
    assert send(vendor, document)["data"] == {
        "getAvailableMetrics": ["marketcap_usd", "price_btc", "price_usd"],
        "projectBySlug": {"availableMetrics": ["BlkCnt", "DiffMean", "PriceUSD", "price_btc", "price_usd"]},
        "getMetric": {
            "metadata": {"availableSlugs": ["bitcoin"], "canMutate": True},
            "availableSince": f"{day(PRICE_FROM)}T00:00:00Z",
        },
        "history": [
            {
                "datetime": f"{day(PRICE_FROM)}T00:00:00Z",
                "priceUsd": price,
                "priceBtc": 1,
                "marketcap": 1000 * price,
                "volume": None,
            }
        ],
    }


def test_a_key_sees_prices_only_where_it_sees_what_they_are_made_of(priced: Path) -> None:
    no_prices = make_key(priced, "no prices", "--metrics", "[!P]*")
    no_supply = make_key(priced, "no supply", "--metrics", "[!S]*")
    prices = '{getAvailableMetrics(nameRegexFilter: "_(usd|btc)$")}'
    history = f'{{historyPrice(slug: "bitcoin" from: "{day(20)}" to: "{day(20)}"){{priceBtc marketcap}}}}'
    restrictions = "{getAccessRestrictions{name isAccessible}}"
    with Server(priced, "--keys") as server:
        assert server.graphql(prices, no_prices).json()["data"] == {"getAvailableMetrics": []}
        assert "no access" in server.graphql(history, no_prices).json()["errors"][0]["message"]
        assert server.graphql(prices, no_supply).json()["data"] == {"getAvailableMetrics": ["price_btc", "price_usd"]}
        found = server.graphql(history, no_supply).json()["data"]["historyPrice"]
        assert found == [{"priceBtc": 1, "marketcap": None}]
        seen = server.graphql(restrictions, no_supply).json()["data"]["getAccessRestrictions"]
        assert {row["name"]: row["isAccessible"] for row in seen if row["name"].endswith("_usd")} == {
            "marketcap_usd": False,
            "price_usd": True,
        }
        anonymous = server.graphql(restrictions).json()["data"]["getAccessRestrictions"]
        assert not any(row["isAccessible"] for row in anonymous)
