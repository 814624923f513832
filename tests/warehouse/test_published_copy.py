"""A copy that was really built and published: every query of docs/sql.md, and what the official clients see."""

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.days import Days
from dagster_project.publish import names
from dagster_project.publish.copy import publish
from dagster_project.publish.tables import public_tables
from dagster_project.publish.writing import joined_as_written
from dagster_project.warehouse.manifest import load_manifest, public_models
from tests.serving.servers import Server
from tests.serving.sql_document import QUERIES, TEXT
from tests.serving.walk import BTC, Row, coins, walk
from tests.warehouse.harness import Home

Connection = duckdb.DuckDBPyConnection

# Nothing was revised, no exchange sent anything out of its range on the last day, and no miner to BNB.
MAY_BE_EMPTY = {
    "Which exchange's net flow broke its range of the last 30 days?",
    "Who are the miners behind yesterday's outflow to an exchange, down to the transaction?",
    "Which values have changed since they were reviewed?",
}

WITH_NAMES = {
    "account_days",
    "account_updates",
    "balance_updates",
    "exchange_transfers",
    "hop_members",
    "spent_outputs",
}


@pytest.fixture(scope="module")
def published(regtest_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published copy of the regtest chain, in a home of its own."""
    path = tmp_path_factory.mktemp("home") / "published" / "satledger.duckdb"
    manifest = load_manifest(regtest_home.settings.home / "target" / "manifest.json")
    publish(regtest_home.settings.warehouse, path, public_models(manifest))
    return path


@pytest.fixture(scope="module")
def copy(published: Path) -> Iterator[Connection]:
    """A connection to the copy, as any tool opens it."""
    with duckdb.connect(published, read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("question", QUERIES)
def test_query(copy: Connection, question: str) -> None:
    rows = copy.execute(QUERIES[question]).fetchall()
    assert rows or question in MAY_BE_EMPTY


def test_the_miners_behind_an_outflow_add_up_to_the_metric(copy: Connection) -> None:
    query = QUERIES["Who are the miners behind yesterday's outflow to an exchange, down to the transaction?"]
    days: list[tuple[str, date, float]] = copy.execute(
        "select substr(metric, 20, 3), time, value from metrics_daily "
        "where regexp_full_match(metric, 'FlowMinerOut1HopAll[A-Z]{3}Ntv') and value > 0"
    ).fetchall()
    assert days
    for exchange, day, value in days:
        own = query.replace("'BNB'", f"'{exchange}'").replace("(select max(day) from built_days)", f"date '{day}'")
        found = copy.execute(own).fetchall()
        assert sum(btc for _, btc, *_ in found) == pytest.approx(value, rel=1e-12)


def test_a_range_that_was_broken_is_found_on_the_day(copy: Connection) -> None:
    query = QUERIES["Which exchange's net flow broke its range of the last 30 days?"]
    found: list[str] = []
    for (day,) in copy.execute("select day from built_days order by day").fetchall():
        own = query.replace("(select max(time) from flows)", f"date '{day}'")
        for _, exchange, net, lowest, highest in copy.execute(own).fetchall():
            assert not lowest <= net <= highest
            found.append(exchange)
    assert found


def test_it_all_balances(copy: Connection) -> None:
    rows = copy.execute(QUERIES["Does it all balance?"]).fetchall()
    assert [must_be_zero for _, must_be_zero, *_ in rows] == [0] * len(rows)
    assert all(issued == received for _, _, issued, received, _ in rows)


def test_an_account_ends_with_its_balance(copy: Connection) -> None:
    rows = copy.execute(QUERIES["What did an account hold on each day?"]).fetchall()
    held = copy.execute(
        "select arg_max(closing, day) / 1e8 from account_days "
        "where account = (select address from exchange_addresses order by exchange_code, address limit 1)"
    ).fetchone()
    assert held is not None
    assert rows[-1][1] == held[0]


def test_every_day_is_reviewed(copy: Connection) -> None:
    assert copy.execute("select day from day_reviews order by day").fetchall() == (
        copy.execute("select day from built_days order by day").fetchall()
    )


def test_the_copy_holds_what_the_document_says(copy: Connection) -> None:
    documented = dict[str, list[str]]()
    for line in TEXT.split("## Ten questions")[0].splitlines():
        if line.startswith("| `"):
            table, _, columns = line.strip("| ").split(" | ")
            documented[table.strip("`")] = [part.split("`")[1] for part in columns.split(", ") if "`" in part]
    present = {name for (name,) in copy.execute("show tables").fetchall()}
    assert set(documented) == present
    for table, columns in documented.items():
        found = {name for name, *_ in copy.execute(f"describe from {table}").fetchall()}
        assert set(columns) <= found, table


def test_the_ledger_is_served_as_it_is_published(published: Path, copy: Connection) -> None:
    entries = copy.execute("select height, tx_index, entry_index, account, value from balance_updates").fetchall()
    walked = list(walk(entries))
    told = dict[str, list[Row]]()
    for row in walked:
        told.setdefault(row["account"], []).append(row)
    busiest = sorted(told, key=lambda account: len(told[account]))
    few = [account for account in busiest if len(told[account]) == 2][:1]
    with Server(published.parent.parent) as server:
        for account in [*busiest[-4:], *few]:
            rows = server.get(f"{BTC}/accounts/{account}/balance-updates", page_size=10_000).json()["data"]
            assert [{name: row.get(name) for name in told[account][-1]} for row in rows[-1:]] == told[account][-1:]
            assert [row["new_balance"] for row in rows] == [row["new_balance"] for row in told[account][-10_000:]]
        rows = server.get(f"{BTC}/balance-updates", page_size=500).json()["data"]
        besides = {"block_hash", "consensus_time", "txid"}
        assert [{k: v for k, v in row.items() if k not in besides} for row in rows] == walked[-500:]
        # One page: to list all 26,000 accounts takes minutes, and tests/serving does that with few.
        accounts = [row["account"] for row in server.get(f"{BTC}/accounts", page_size=500).json()["data"]]
        assert len(set(accounts)) == min(500, len(told))
        assert set(accounts) <= told.keys()
        (txid, spent) = copy.execute("select txid, input_value from transactions order by fee desc limit 1").fetchall()[
            0
        ]
        whole = server.get(f"{BTC}/transactions/{txid}").json()
        assert (whole["txid"], whole["amount"]) == (txid, coins(spent))
        assert sum(Decimal(row["change"]) for row in whole["balance_updates"]) == 0


# The other checks need prices on every day, or subsidies that halve more rarely than those of regtest.
CHECKS = {
    "accept_coinmetrics.py": {
        "consistency.flow_net_is_in_minus_out",
        "consistency.revenue_is_issuance_plus_fees",
        "consistency.hashrate_formula",
        "consistency.revhash_ratios",
        "consistency.one_hop_contains_zero_hop",
        "consistency.miner_ratios",
    },
    "accept_sanpy.py": {
        "holders.buckets_sum_to_total",
        "holders.over_thresholds",
        "holders.percent_of",
        "holders.combined_balance",
        "holders.active_subset",
    },
}


def test_values_are_consistent_as_the_official_clients_see_them(
    published: Path, shared: Path, clients: Path, subtests: pytest.Subtests
) -> None:
    with Server(published.parent.parent) as server:
        for script, checks in CHECKS.items():
            with subtests.test(script):
                group = min(checks).split(".")[0]
                strict = ["--over-strict"] if "sanpy" in script else []
                options = ["--port", str(server.port), "--only", f"{group}.", *strict]
                command = [str(clients), str(shared / "acceptance" / script), *options]
                done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
                passed = set(re.findall(r"^PASS ([\w.]+):", done.stdout, re.M))
                assert checks <= passed, done.stdout


def test_no_view_has_the_names_of_all_accounts_hashed(regtest_home: Home) -> None:
    """They are 1,400 million on the whole chain; what is hashed has to be the days' own rows."""
    warehouse = regtest_home.settings.warehouse
    models = public_models(load_manifest(regtest_home.settings.home / "target" / "manifest.json"))
    named = set()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as {warehouse.stem} (read_only)")
        connection.execute(f"use {warehouse.stem}")
        with joined_as_written(connection):
            for table in public_tables(models):
                if table.pace is not None:
                    query = f"explain (format json) from {table.name} where {table.day_column} >= date '2024-05-03'"
                    ((_, text),) = connection.execute(query).fetchall()
                    (plan,) = json.loads(text)
                    named |= {table.name} if "user_accounts" in text else set()
                    assert not any("user_accounts" in found for found in hashed_whole(plan)), table.name
    assert named == WITH_NAMES


def test_names_looked_up_aside_are_those_of_all(
    regtest_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many days' names are looked up at once, the same rows give files of the same names."""
    models = public_models(load_manifest(regtest_home.settings.home / "target" / "manifest.json"))
    found = []
    # Of 0 rows and more none are looked up; of 300 those of a few days, and some months have more.
    for rows in (0, 300, names.PERIOD_ROWS):
        monkeypatch.setattr(names, "PERIOD_ROWS", rows)
        path = tmp_path / str(rows) / "satledger.duckdb"
        publish(regtest_home.settings.warehouse, path, models)
        found.append(sorted(file.relative_to(path.parent) for file in path.parent.rglob("tables/*/*.parquet")))
    assert found[0] == found[1] == found[2]
    files = sorted(path.parent.rglob("tables/*/*.parquet"))
    with duckdb.connect(regtest_home.settings.warehouse, read_only=True) as connection:
        days = [day for (day,) in connection.execute("select day from built_days order by day").fetchall()]
    for day in (days[0], days[len(days) // 2], *days[-2:]):
        publish(regtest_home.settings.warehouse, path, models, Days(day, day))
        assert sorted(path.parent.rglob("tables/*/*.parquet")) == files, day


def test_names_of_a_few_days_are_looked_up_once(regtest_home: Home) -> None:
    warehouse = regtest_home.settings.warehouse
    models = public_models(load_manifest(regtest_home.settings.home / "target" / "manifest.json"))
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as {warehouse.stem} (read_only)")
        connection.execute(f"use {warehouse.stem}")
        ((last,),) = connection.execute("select max(day) from built_days").fetchall()
        aside = names.NamesAside(connection, [table for table in public_tables(models) if table.accounts])
        assert set(aside.views) == WITH_NAMES
        aside.look_up([Days(last, last)])
        for name, view in aside.views.items():
            told = f"from {{}} where day = date '{last}'"
            expected = connection.execute(told.format(name)).fetchall()
            assert sorted(connection.execute(told.format(view)).fetchall()) == sorted(expected)
            assert "user_accounts" not in str(connection.execute(f"explain from {view}").fetchall())


def hashed_whole(plan: dict[str, Any]) -> Iterator[str]:
    """The tables that hash joins of a plan hash, which are their second children, without what joins found in them."""
    if plan["name"].strip() == "HASH_JOIN":
        yield from scanned(plan["children"][1])
    for child in plan["children"]:
        yield from hashed_whole(child)


def scanned(plan: dict[str, Any]) -> Iterator[str]:
    """The tables that a part of a plan reads and hands on as they are."""
    if "JOIN" not in plan["name"]:
        yield str(plan["extra_info"].get("Table", ""))
        for child in plan["children"]:
            yield from scanned(child)
