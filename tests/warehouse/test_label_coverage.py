"""What the labels cover, and that values of too few labels are withheld."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from dagster_project.settings import Settings
from tests.reference.compare import compare_metrics
from tests.reference.exports import load_labels
from tests.reference.metrics import compute_export
from tests.reference.parameters import parameters
from tests.warehouse.harness import Home

REASON = "fewer than 60 addresses of this exchange are labelled (SATLEDGER_MIN_LABELS)"
COVERAGE = """
select exchange, exchange_name, labels, first_day_seen, last_day_seen, balance, sources
from label_coverage
order by exchange
"""


def test_coverage_of_every_exchange(regtest_home: Home, shared: Path) -> None:
    """Counted again from the labels and from the balances of their accounts."""
    with regtest_home.reading() as connection:
        rows = connection.execute(COVERAGE).fetchall()
        changes = connection.execute(
            """
            select exchange_code, min(day), max(day), sum(credits + debits)
            from account_days join exchange_addresses on account = address
            group by exchange_code
            """
        ).fetchall()
        sources = dict(
            connection.execute(
                "select exchange_code, list(distinct source) from exchange_addresses group by exchange_code"
            ).fetchall()
        )
    labels = load_labels(shared / "data" / "regtest_70_days" / "exchange_labels.csv")
    found = {row[0]: row[1:] for row in rows}
    assert len(rows) == len(found) == 22
    assert found["DER"] == ("Deribit", 0, None, None, 0, None)
    seen = {code: (first, last, balance) for code, first, last, balance in changes}
    assert len(seen) == 8
    for code, expected in seen.items():
        assert found[code][1:5] == (sum(other == code for other in labels.values()), *expected)
        assert found[code][5] == "; ".join(sorted(sources[code]))
    firsts, lasts, balances = zip(*seen.values(), strict=True)
    assert found["Ex"][:5] == ("All exchanges", len(labels), min(firsts), max(lasts), sum(balances))


@pytest.fixture(scope="module")
def demanding(regtest_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The regtest chain built again, by one who trusts no exchange with fewer than 60 labels."""
    folder = tmp_path_factory.mktemp("demanding") / "home"
    shutil.copytree(regtest_home.settings.home, folder)
    built = regtest_home.settings
    home = Home(
        Settings(
            home=folder, chain=built.chain, source=built.source, files=built.files, min_confirmations=0, min_labels=60
        )
    )
    home.build(select="exchanges_metrics+ miner_exchange_flows_metrics+", keyframe_period="month")
    return home


def test_an_exchange_with_fewer_labels_is_withheld(demanding: Home, shared: Path) -> None:
    data = shared / "data" / "regtest_70_days"
    with demanding.reading() as connection:
        rows = connection.execute("select day, price_text from daily_prices").fetchall()
        prices: dict[date, Decimal] = {day: Decimal(text) for day, text in rows}
        expected = compute_export(
            data,
            parameters("regtest"),
            load_labels(data / "exchange_labels.csv"),
            prices,
            min_confirmations=0,
            min_labels=60,
        )
        assert compare_metrics(connection, expected) == []
        known = connection.execute(
            "select distinct catalog.exchange from metrics_daily join metric_catalog as catalog on metric = id "
            "where catalog.exchange is not null and value is not null order by 1"
        ).fetchall()
        reasons = dict(
            connection.execute(
                "select regexp_extract(metric, '^FlowNet(.*)Ntv$', 1) as party, min(reason) from metric_gaps "
                "where party <> '' group by party having min(reason) = max(reason)"
            ).fetchall()
        )
    assert [code for (code,) in known] == ["BFX", "BMX", "BNB", "Ex"]
    assert (reasons["KRK"], reasons["DER"]) == (REASON, "no address of this exchange is labelled")
    assert len(reasons) == 18
