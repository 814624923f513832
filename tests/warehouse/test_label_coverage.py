"""What the labels cover, and that values of too few labels are withheld."""

import shutil
from collections import Counter
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

FEW = "fewer than {least} addresses of this exchange are labelled (SATLEDGER_MIN_LABELS)"
NONE = "no address of this exchange is labelled"
COVERAGE = """
select exchange, exchange_name, labels, first_day_seen, last_day_seen, balance, sources
from label_coverage
order by exchange
"""


def test_coverage_of_every_exchange(regtest_home: Home, regtest_data: Path) -> None:
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
    labels = load_labels(regtest_data / "exchange_labels.csv")
    found = {row[0]: row[1:] for row in rows}
    assert len(rows) == len(found) == 22
    assert found["DER"] == ("Deribit", 0, None, None, 0, None)
    seen = {code: (first, last, balance) for code, first, last, balance in changes}
    assert len(seen) > 2
    for code, expected in seen.items():
        assert found[code][1:5] == (sum(other == code for other in labels.values()), *expected)
        assert found[code][5] == "; ".join(sorted(sources[code]))
    firsts, lasts, balances = zip(*seen.values(), strict=True)
    assert found["Ex"][:5] == ("All exchanges", len(labels), min(firsts), max(lasts), sum(balances))


@pytest.fixture(scope="module")
def counted(regtest_data: Path) -> Counter[str]:
    """Labels by exchange."""
    return Counter(load_labels(regtest_data / "exchange_labels.csv").values())


@pytest.fixture(scope="module")
def least(counted: Counter[str]) -> int:
    """A number of labels that some exchanges have, and some do not."""
    return sorted(counted.values())[len(counted) // 2]


@pytest.fixture(scope="module")
def demanding(regtest_home: Home, least: int, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The regtest chain built again, by one who trusts no exchange with fewer labels than these."""
    folder = tmp_path_factory.mktemp("demanding") / "home"
    shutil.copytree(regtest_home.settings.home, folder)
    built = regtest_home.settings
    home = Home(
        Settings(
            home=folder,
            chain=built.chain,
            source=built.source,
            files=built.files,
            min_confirmations=0,
            min_labels=least,
        )
    )
    home.build(select="labelled_parties+", keyframe_period="month")
    return home


def test_an_exchange_with_fewer_labels_is_withheld(
    demanding: Home, regtest_data: Path, counted: Counter[str], least: int
) -> None:
    with demanding.reading() as connection:
        rows = connection.execute("select day, price_text from daily_prices").fetchall()
        prices: dict[date, Decimal] = {day: Decimal(text) for day, text in rows}
        expected = compute_export(
            regtest_data,
            parameters("regtest"),
            load_labels(regtest_data / "exchange_labels.csv"),
            prices,
            min_confirmations=0,
            min_labels=least,
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
    trusted = {code for code, labels in counted.items() if labels >= least}
    assert {code for (code,) in known} == {*trusted, "Ex"}
    assert len(reasons) == 22 - len(known)
    assert FEW.format(least=least) in reasons.values()
    for party, reason in reasons.items():
        assert reason == (FEW.format(least=least) if counted[party] else NONE), party
