"""Every query of docs/sql.md, on a small ledger on which the answers can be told by head."""

from datetime import date, datetime, timedelta

import duckdb
import pytest

from tests.serving.sql_document import QUERIES, TEXT

DAY = timedelta(days=1)
FIRST = date(2023, 1, 1)
LAST = FIRST + 40 * DAY
COIN = 10**8

TABLES = """
create table metrics_daily (asset varchar, time date, metric varchar, value double, value_text varchar);
create table metric_catalog (id varchar, name varchar);
create table metric_gaps (asset varchar, time date, metric varchar, reason varchar);
create table blocks (asset varchar, day date, height integer, subsidy bigint);
create table transactions (day date, height integer, tx_index integer, txid varchar, is_coinbase boolean);
create table balance_updates (day date, height integer, tx_index integer, kind varchar, account varchar, value bigint);
create table account_days (day date, account varchar, opening bigint, closing bigint);
create table spent_outputs (day date, height integer, tx_index integer, created_day date, account varchar,
    value bigint);
create table hop_members (day date, account varchar, hop integer);
create table label_coverage (exchange varchar, labels bigint);
create table exchange_addresses (address varchar, exchange_code varchar);
create table exchange_transfers (day date, height integer, tx_index integer, party_set varchar, sender varchar,
    receiver varchar, sender_is_exchange boolean, receiver_is_exchange boolean, value bigint);
create table built_days (day date);
create table day_reviews (day date, reviewed_at timestamp);
create table value_history (asset varchar, time date, metric varchar, value_text varchar, valid_from timestamp,
    valid_to timestamp);
"""


@pytest.fixture(scope="module")
def ledger() -> duckdb.DuckDBPyConnection:
    """On the first day the miner is paid 50 and 25 more on the last; then it sends 30 to BNB, which sends 10 to KRK."""
    connection = duckdb.connect()
    connection.execute(TABLES)

    def insert(table: str, *rows: tuple[object, ...]) -> None:
        connection.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)

    days = [FIRST + n * DAY for n in range(41)]
    insert("built_days", *((day,) for day in days))
    insert("blocks", *(("btc", day, n + 1, 50 * COIN if n < 20 else 25 * COIN) for n, day in enumerate(days)))
    share = "percent_of_holders_distribution_combined_balance_1k_to_10k"
    for n, day in enumerate(days):
        values = {
            "FlowNetBNBNtv": float(n % 5 if n < 40 else 30),
            "FlowNetKRKNtv": float(n % 5),
            "FlowNetBNBUSD": 1e9 * n,
            share: 20.0 if n < 20 else 30.0,
            "RevNtv": 50.0,
            "FeeTotNtv": 5.0,
            "FlowMinerOut1HopAllExNtv": 10.0,
        }
        insert("metrics_daily", *(("btc", day, metric, value, str(value)) for metric, value in values.items()))
    insert("metric_catalog", ("RevNtv", "Revenue"), ("FlowNetBNBNtv", "Binance Net Flows"))
    insert("metric_gaps", ("btc", FIRST, "PriceUSD", "no price"), ("btc", LAST, "PriceUSD", "no price"))
    insert("exchange_addresses", ("hot", "BNB"), ("vault", "KRK"))
    insert("hop_members", (FIRST, "miner", 0), (FIRST, "miner", 1), (LAST + DAY, "late", 1))
    insert(
        "transactions",
        (FIRST, 1, 0, "coinbase1", True),
        (LAST, 41, 0, "coinbase2", True),
        (LAST, 41, 1, "deposit", False),
        (LAST, 41, 2, "between", False),
    )
    insert(
        "balance_updates",
        (FIRST, 1, 0, "issuance", "ISSUANCE", -50 * COIN),
        (FIRST, 1, 0, "output", "miner", 50 * COIN),
        (LAST, 41, 0, "issuance", "ISSUANCE", -25 * COIN),
        (LAST, 41, 0, "output", "miner", 25 * COIN),
        (LAST, 41, 1, "input", "miner", -50 * COIN),
        (LAST, 41, 1, "output", "hot", 30 * COIN),
        (LAST, 41, 1, "output", "miner", 20 * COIN),
        (LAST, 41, 2, "input", "hot", -30 * COIN),
        (LAST, 41, 2, "output", "vault", 10 * COIN),
        (LAST, 41, 2, "output", "hot", 20 * COIN),
    )
    insert(
        "account_days",
        (FIRST, "miner", 0, 50 * COIN),
        (LAST, "miner", 50 * COIN, 45 * COIN),
        (LAST, "hot", 0, 20 * COIN),
        (LAST, "vault", 0, 10 * COIN),
    )
    insert(
        "spent_outputs",
        (LAST, 41, 1, FIRST, "miner", 50 * COIN),
        (LAST, 41, 2, LAST, "hot", 30 * COIN),
        (LAST, 41, 3, LAST - 400 * DAY, "old", COIN),
    )
    built, later = datetime(2023, 3, 1), datetime(2023, 3, 2)
    insert("day_reviews", (FIRST, built), (LAST, built), (LAST, later))
    flow = "FlowNetExNtv"
    insert("metrics_daily", ("btc", FIRST, flow, 3.0, "3"), ("btc", LAST, flow, 4.0, "4"))
    insert(
        "value_history",
        ("btc", FIRST, flow, "1", built, later),
        ("btc", FIRST, flow, "2", later, later + DAY),
        ("btc", FIRST, "Gone", "7", built, later),
    )
    both = (("code", "BNB", "KRK"), ("Ex", "Ex", "Ex"))
    insert(
        "exchange_transfers",
        *((LAST, 41, 1, party_set, "miner", name, False, True, 30 * COIN) for party_set, name, _ in both),
        (LAST, 41, 1, "code", "late", "BNB", False, True, COIN),
        (LAST, 41, 2, "code", "BNB", "KRK", True, True, 10 * COIN),
        (LAST, 41, 2, "code", "BNB", "FEES", True, False, 7),
    )
    return connection


ANSWERS: dict[str, list[tuple[object, ...]]] = {
    "Which exchange's net flow broke its range of the last 30 days?": [(LAST, "BNB", 30.0, 0.0, 4.0)],
    "Who are the miners behind yesterday's outflow to an exchange, down to the transaction?": [
        ("miner", 30.0, 1, FIRST, "deposit")
    ],
    "What percentage of the supply did holders of 1k to 10k have, halving by halving?": [
        (50.0, FIRST, 20.0, pytest.approx(20.0), 20.0),
        (25.0, FIRST + 20 * DAY, 30.0, pytest.approx(30.0), 30.0),
    ],
    "What were the largest deposits to exchanges, and who made them?": [
        (LAST, "deposit", "miner", "BNB", 30.0),
        (LAST, "deposit", "late", "BNB", 1.0),
    ],
    "How much do the exchanges send to one another?": [("BNB", "KRK", 10.0, 1)],
    "What did an account hold on each day?": [(FIRST + n * DAY, 20.0 if n == 40 else 0.0) for n in range(41)],
    "Which miners still hold most of what they were paid?": [("miner", FIRST, 75.0, 45.0, 0.6)],
    "How old were the coins that moved?": [(LAST, 50.0 * 40 + 400, 81.0, 1.0)],
    "What do miners earn, what part of it is fees, and how much of it do they sell, month by month?": [
        (date(2023, 1, 1), 31 * 50.0, 0.1, 310.0, 0.2),
        (date(2023, 2, 1), 10 * 50.0, 0.1, 100.0, 0.2),
    ],
    "Does it all balance?": [(FIRST, 0, 50.0, 50.0, 2), (LAST, 0, 25.0, 25.0, 8)],
    "Which metrics are there for an asset, and from when to when?": [
        ("FlowNetBNBNtv", "Binance Net Flows", FIRST, LAST),
        ("RevNtv", "Revenue", FIRST, LAST),
    ],
    "Why is a value missing?": [("PriceUSD", "no price", FIRST, LAST, 2)],
    "Which values have changed since they were reviewed?": [
        (FIRST, "FlowNetExNtv", "2", "3", datetime(2023, 3, 3)),
        (FIRST, "FlowNetExNtv", "1", "3", datetime(2023, 3, 2)),
    ],
    "What was known at a moment, for a backtest?": [(FIRST, "3"), (LAST, "4")],
}


def test_every_query_has_an_answer_here() -> None:
    assert TEXT.count("```sql") == len(QUERIES) == len(ANSWERS)
    assert set(QUERIES) == set(ANSWERS)


@pytest.mark.parametrize("question", ANSWERS)
def test_query(ledger: duckdb.DuckDBPyConnection, question: str) -> None:
    assert ledger.execute(QUERIES[question]).fetchall() == ANSWERS[question]


def test_what_was_known_earlier(ledger: duckdb.DuckDBPyConnection) -> None:
    """The same query, for moments before and between the changes of a value."""
    query = QUERIES["What was known at a moment, for a backtest?"]
    for moment, known in (
        ("2023-02-28", []),
        ("2023-03-01", [(FIRST, "1"), (LAST, "4")]),
        ("2023-03-02", [(FIRST, "2"), (LAST, "4")]),
    ):
        assert ledger.execute(query.replace("2030-01-01", moment)).fetchall() == known
