"""Published copies made by hand, small enough to know what each answer has to be."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from dagster_project.publish.copy import publish
from dagster_project.settings import SEEDS

FIRST = date(2023, 1, 1)
DAYS = 400
PRICE_FROM = 20
BOUNDS = ("0", "0.001", "0.01", "0.1", "1", "10", "100", "1k", "10k", "100k", "1M", "10M", "100M", "1B", "inf")
BUCKETS = [f"{lower}_to_{upper}" for lower, upper in pairwise(BOUNDS)]
THRESHOLDS = ("1", "10", "100", "1k", "10k", "100k", "1M")
Row = tuple[str, date, str, str | None]

TABLES = """
create table metric_catalog (id varchar, name varchar, description varchar, unit varchar, type varchar,
    category varchar, subcategory varchar, "interval" varchar, asset_scope varchar, source_model varchar,
    value_type varchar, alias_of varchar, default_aggregation varchar, exchange varchar, source_column varchar,
    source_key varchar, needs varchar, reviewable boolean, days_ahead integer, per_block varchar);
create table metrics_daily (asset varchar, time date, metric varchar, value double, value_text varchar);
create table metric_gaps (asset varchar, time date, metric varchar, reason varchar);
create table label_coverage (exchange varchar, exchange_name varchar, labels bigint, first_day_seen date,
    last_day_seen date, balance bigint, sources varchar);
create table exchange_addresses (address varchar, exchange_code varchar, exchange_name varchar, role varchar,
    source varchar, as_of date, confidence varchar, method varchar);
create table hop_members (day date, account varchar, hop integer, evidence_height integer, evidence_tx_index integer,
    evidence_txid varchar);
create table exchange_transfers (day date, height integer, tx_index integer, party_set varchar, sender varchar,
    receiver varchar, sender_is_exchange boolean, receiver_is_exchange boolean, value bigint);
create table blocks (asset varchar, day date, height integer, hash varchar, previous_hash varchar, time timestamp,
    median_time timestamp, difficulty double, size bigint, weight bigint, transaction_count integer, subsidy bigint,
    fees bigint, version bigint);
create table block_totals (asset varchar, day date, height integer, transfers bigint, transferred bigint);
create table transactions (day date, height integer, tx_index integer, txid varchar, size integer, fee bigint);
create table balance_updates (day date, height integer, tx_index integer, entry_index integer, account varchar,
    value bigint);
"""
LOOKED_UP = """
create table account_updates as from balance_updates order by account, height, tx_index, entry_index;
create table transaction_places as
    select day, substr(txid, 1, 12) as txid_start, height, tx_index from transactions order by txid_start;
"""
# What publishing adds.
RECORDS = """
create table publication (published_at timestamp, folder varchar);
create table published_files (table_name varchar, first_day date, last_day date, file varchar, rows bigint,
    bytes bigint, sha256 varchar, form varchar);
create table retired_files (file varchar, retired_at timestamp);
create table day_reviews (day date, reviewed_at timestamp);
create table value_history (asset varchar, time date, metric varchar, value_text varchar, valid_from timestamp,
    valid_to timestamp);
"""

MODELS: dict[str, dict[str, Any]] = {
    name: {"description": "", "columns": {}, "config": {}}
    for name in (
        "metric_catalog",
        "metrics_daily",
        "metric_gaps",
        "label_coverage",
        "exchange_addresses",
        "exchange_transfers",
        "hop_members",
        "blocks",
        "block_totals",
        "built_days",
        "transactions",
        "balance_updates",
        "account_updates",
        "transaction_places",
    )
}
MODELS["metrics_daily"]["config"] = {
    "meta": {"files": "years", "day_column": "time", "days_ahead": 1, "order_by": "asset, metric, time"}
}


def day(number: int) -> date:
    """The day of that number, from 0 on."""
    return FIRST + timedelta(days=number)


def make_copy(path: Path, constant: int | None = None) -> Path:
    """Write a published copy and put it in place whole, as a build does, with all tables in the one file.

    Args:
        path: where readers look for it.
        constant: BlkCnt and TxCnt of every day, to tell one copy from another; by default they vary.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name("aside.duckdb")
    aside.unlink(missing_ok=True)
    with duckdb.connect(aside) as connection:
        connection.execute(TABLES + RECORDS)
        published_at = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
        connection.execute("insert into publication values (?, ?)", [published_at, str(path.parent)])
        _insert(connection, "metric_catalog", _catalogue())
        rows = pd.DataFrame(list(_metrics(constant)), columns=["asset", "time", "metric", "value_text"])
        connection.register("made", rows)
        connection.execute(
            "insert into metrics_daily select asset, time, metric, value_text::double, value_text from made "
            "order by asset, metric, time"
        )
        connection.execute(
            "insert into metric_gaps values ('btc', ?, 'FlowInNBXNtv', 'no address of this exchange is labelled')",
            [FIRST],
        )
        connection.execute(
            "insert into exchange_addresses values ('payee0', 'BNB', 'Binance', 'hot', 'hand', ?, 'sure', 'given')",
            [FIRST],
        )
        connection.execute(
            "insert into label_coverage values ('BNB', 'Binance', 12, ?, ?, 500, 'hand'), "
            "('Ex', 'All exchanges', 13, ?, ?, 600, 'hand'), ('KRK', 'Kraken', 1, ?, ?, 100, 'hand'), "
            "('NBX', 'NBX', 0, null, null, 0, null)",
            [FIRST, day(DAYS - 1)] * 3,
        )
        _insert(connection, "blocks", list(_blocks()))
        connection.execute("insert into block_totals select asset, day, height, height, 10 * height from blocks")
        _insert(connection, "transactions", list(_transactions()))
        _insert(connection, "balance_updates", list(_entries()))
        _insert(connection, "hop_members", list(_members()))
        _insert(connection, "exchange_transfers", list(_transfers()))
        connection.execute(LOOKED_UP)
    aside.replace(path)
    return path


def publish_copy(folder: Path, constant: int, now: datetime | None = None) -> None:
    """Make a warehouse of the same tables, and publish it in a home as a build does, metrics in files of their own."""
    warehouse = make_copy(folder / "warehouse.duckdb", constant)
    with duckdb.connect(warehouse) as connection:
        connection.execute("create table built_days as select distinct time as day from metrics_daily")
    publish(warehouse, folder / "published" / "satledger.duckdb", MODELS, now=now)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[object, ...]]) -> None:
    made = pd.DataFrame(rows, dtype=object)
    connection.register("made", made)
    connection.execute(f"insert into {table} from made")


def _catalogue() -> list[tuple[object, ...]]:
    with (SEEDS / "metric_catalog.csv").open(encoding="utf-8", newline="") as file:
        return [tuple(value or None for value in row) for row in list(csv.reader(file))[1:]]


def _metrics(constant: int | None) -> Iterator[Row]:
    for number in range(DAYS):
        time = day(number)
        blocks = 140 + number % 9 if constant is None else constant
        for metric, text in _bitcoin(number, blocks).items():
            yield "btc", time, metric, text
        yield "ltc", time, "BlkCnt", str(500 + number % 7)
        yield "ltc", time, "DiffMean", "0.5"
        if number < 100:
            yield "eth", time, "DiffMean", str(1000 + number)
    # the reference rate alone reaches the day after the last
    for number in (DAYS - 1, DAYS):
        yield "btc", day(number), "ReferenceRate", str(Decimal("29999.125") + number)


def _bitcoin(number: int, blocks: int) -> dict[str, str | None]:
    issued, fees = Decimal(blocks) * Decimal("6.25"), Decimal(number) / 8
    flow_in, flow_out = Decimal(number) / 4, Decimal(number) / 5
    price = Decimal("30000.125") + number if number >= PRICE_FROM else None
    holders = {f"holders_distribution_{bucket}": number + place for place, bucket in enumerate(BUCKETS)}
    over = {name: sum(n + number for n in range(4 + i, 14)) for i, name in enumerate(THRESHOLDS)}
    return {
        "BlkCnt": str(blocks),
        "TxCnt": str(blocks),
        "IssTotNtv": f"{issued:.8f}",
        "FeeTotNtv": f"{fees:.8f}",
        "RevNtv": f"{issued + fees:.8f}",
        "PriceUSD": None if price is None else str(price),
        "FeeTotUSD": None if price is None else f"{fees * price:f}",
        "RevHashNtv": "0.00000000001234567890123456",
        "FlowInBNBNtv": f"{flow_in:.8f}",
        "FlowOutBNBNtv": f"{flow_out:.8f}",
        "FlowNetBNBNtv": f"{flow_in - flow_out:.8f}",
        "FlowInNBXNtv": None,
        "SplyMiner0HopAllNtv": f"{1000 + number}.00000000",
        "MOMR": "0.25",
        **{metric: str(count) for metric, count in holders.items()},
        **{f"holders_distribution_over_{name}": str(count) for name, count in over.items()},
    }


def _blocks() -> Iterator[tuple[object, ...]]:
    """Block 0 and then one every six hours, four a day."""
    for height in range(201):
        time = datetime(2023, 1, 1) + timedelta(hours=6 * height)
        parent = f"{height - 1:064x}" if height else None
        yield (
            "btc",
            time.date(),
            height,
            f"{height:064x}",
            parent,
            time,
            time,
            1.5e-10,
            300,
            1200,
            3,
            5_000_000_000,
            height,
            536_870_912,
        )


def txid(height: int, index: int) -> str:
    """The id of a transaction; those of many blocks begin alike."""
    return f"{index:08x}{height:056x}"


def _transactions() -> Iterator[tuple[object, ...]]:
    """A coinbase and two payments a block, of which the first pays the block's fee."""
    for height in range(201):
        for index in range(3):
            time = datetime(2023, 1, 1) + timedelta(hours=6 * height)
            yield time.date(), height, index, txid(height, index), 200 + index, height if index == 1 else 0


def _entries() -> Iterator[tuple[object, ...]]:
    """What the transactions moved: a miner is paid, pays somebody, who pays somebody new."""
    for height in range(201):
        time = (datetime(2023, 1, 1) + timedelta(hours=6 * height)).date()
        miner, payee = f"miner{height % 5}", f"payee{height % 7}"
        moves = [
            (0, 0, "FEES", -height),
            (0, 1, "ISSUANCE", -5_000_000_000),
            (0, 2, miner, 5_000_000_000 + height),
            (1, 0, miner, -1_000 - height),
            (1, 1, payee, 1_000),
            (1, 2, "FEES", height),
            (2, 0, payee, -600),
            (2, 1, f"new{height}", 500),
            (2, 2, payee, 100),
        ]
        for index, place, account, value in moves:
            if value:
                yield time, height, index, place, account, value


def _members() -> Iterator[tuple[object, ...]]:
    """Miners since their first blocks, and whom these pay."""
    for number in range(5):
        for hop in (0, 1):
            yield day(number // 4), f"miner{number}", hop, number, 0, txid(number, 0)
    for number in range(7):
        yield day(number // 4), f"payee{number}", 1, number, 1, txid(number, 1)


def _transfers() -> Iterator[tuple[object, ...]]:
    """What payee0, which is labelled, is given, and what it gives on."""
    for height in range(0, 201, 7):
        for party_set, party in (("code", "BNB"), ("Ex", "Ex")):
            miner = f"miner{height % 5}"
            yield day(height // 4), height, 1, party_set, miner, party, False, True, 1_000
            if height:
                yield day(height // 4), height, 1, party_set, miner, "FEES", False, False, height
            yield day(height // 4), height, 2, party_set, party, f"new{height}", True, False, 500
