"""The sample chain has what makes flows, hops and holders hard to get right."""

import duckdb
import numpy as np
import pytest

from dagster_project.labels.sample import write_labels
from dagster_project.sample.generate import SampleChain
from dagster_project.sample.plan import EXCHANGES


@pytest.fixture(scope="module")
def labelled(
    written: duckdb.DuckDBPyConnection, chain: SampleChain, tmp_path_factory: pytest.TempPathFactory
) -> duckdb.DuckDBPyConnection:
    """The chain with the table ``labels``, and ``nets``: what each exchange gains in each transaction."""
    path = tmp_path_factory.mktemp("labels") / "labels.csv"
    write_labels(path, chain)
    written.execute("CREATE OR REPLACE TABLE labels AS FROM read_csv(?)", [str(path)])
    written.execute("""
        CREATE OR REPLACE TABLE entries AS
        SELECT hash, block_number, account, value FROM outputs WHERE value > 0
        UNION ALL SELECT hash, block_number, account, -value FROM inputs WHERE value > 0
    """)
    written.execute("""
        CREATE OR REPLACE TABLE nets AS
        SELECT hash, block_number, exchange_code, role, sum(value) AS net, sum(value) FILTER (value > 0) AS received,
            sum(value) FILTER (value < 0) AS sent
        FROM entries JOIN labels ON account = address GROUP BY ALL
    """)
    return written


def count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return con.execute(sql).fetchall()[0][0]


def test_labels_cover_exchanges_in_part(labelled: duckdb.DuckDBPyConnection) -> None:
    used = labelled.execute("""
        SELECT exchange_code, role, count(*) FROM labels WHERE address IN (SELECT account FROM entries) GROUP BY ALL
    """).fetchall()
    assert {code for code, _, _ in used} == set(EXCHANGES)
    assert {role for _, role, _ in used} == {"hot", "cold", "deposit"}
    assert sum(number for _, _, number in used) > 0.7 * count(labelled, "SELECT count(*) FROM labels")


def test_exchange_to_exchange(labelled: duckdb.DuckDBPyConnection) -> None:
    assert (
        count(
            labelled,
            """
        SELECT count(*) FROM nets AS a JOIN nets AS b USING (hash)
        WHERE a.exchange_code <> b.exchange_code AND a.net < 0 AND b.net > 0
    """,
        )
        > 20
    )


def test_exchange_that_opens_late(labelled: duckdb.DuckDBPyConnection, chain: SampleChain) -> None:
    first = count(labelled, "SELECT min(block_number) FROM nets WHERE exchange_code = 'POL'")
    assert chain.timeline.day[first] >= chain.plan.days // 4


def test_pool_that_mines_to_an_exchange(labelled: duckdb.DuckDBPyConnection) -> None:
    assert (
        count(
            labelled,
            """
        SELECT count(*) FROM nets JOIN transactions USING (hash) WHERE is_coinbase AND role = 'deposit'
    """,
        )
        > 100
    )


def test_miners_and_every_exchange_pay_each_other(labelled: duckdb.DuckDBPyConnection) -> None:
    sql = """
        WITH mined AS (
            SELECT account, min(block_number) AS first FROM outputs
            WHERE is_coinbase AND value > 0 AND account NOT IN (SELECT address FROM labels) GROUP BY ALL
        )
        SELECT DISTINCT exchange_code FROM nets JOIN entries USING (hash) JOIN mined USING (account)
        WHERE first <= entries.block_number AND net * value < 0 AND sign(net) = ?
    """
    for direction in (1, -1):
        assert {code for (code,) in labelled.execute(sql, [direction]).fetchall()} == set(EXCHANGES)


def test_coinbase_shapes(written: duckdb.DuckDBPyConnection) -> None:
    shapes = written.execute("""
        SELECT DISTINCT count(*), list(type ORDER BY place) FROM outputs WHERE is_coinbase GROUP BY hash
    """).fetchall()
    assert len(shapes) > 8
    assert max(outputs for outputs, _ in shapes) >= 12


def test_co_spending_and_single_inputs(written: duckdb.DuckDBPyConnection) -> None:
    counts = written.execute(
        "SELECT input_count, count(*) FROM transactions WHERE NOT is_coinbase GROUP BY 1"
    ).fetchall()
    assert dict(counts)[1] > 1000
    assert sum(number for inputs, number in counts if inputs > 1) > 1000
    assert sum(number for inputs, number in counts if inputs > 10) > 10


def test_coinjoin_like_transactions(written: duckdb.DuckDBPyConnection) -> None:
    assert (
        count(
            written,
            """
        WITH equal AS (
            SELECT hash, value, count(DISTINCT account) AS takers FROM outputs WHERE NOT is_coinbase GROUP BY ALL
        )
        SELECT count(DISTINCT hash) FROM equal
        JOIN (SELECT hash, count(DISTINCT account) AS payers FROM inputs GROUP BY hash) USING (hash)
        WHERE takers >= 5 AND payers >= 3 AND value >= 1000000
    """,
        )
        >= 3
    )


def test_deposit_and_withdrawal_in_one(labelled: duckdb.DuckDBPyConnection) -> None:
    """An exchange and somebody else both spend, and both receive."""
    assert (
        count(
            labelled,
            """
        WITH users AS (
            SELECT hash FROM entries ANTI JOIN labels ON account = address GROUP BY hash
            HAVING min(value) < 0 AND max(value) > 0
        )
        SELECT count(*) FROM nets SEMI JOIN users USING (hash) WHERE role = 'hot' AND sent < 0 AND received > 0
    """,
        )
        > 10
    )


def test_zero_fees(written: duckdb.DuckDBPyConnection) -> None:
    free = count(
        written,
        """
        SELECT count(*) FROM (SELECT hash, sum(value) AS spent FROM inputs GROUP BY hash)
        JOIN (SELECT hash, sum(value) AS created FROM outputs GROUP BY hash) USING (hash)
        WHERE spent = created
    """,
    )
    assert 20 < free < 1000


def test_accounts_that_pay_before_their_first_coinbase(written: duckdb.DuckDBPyConnection) -> None:
    """Whom such an account paid becomes a 1-hop member on the day of that coinbase, by looking back."""
    assert (
        count(
            written,
            """
        WITH mined AS (
            SELECT account, min(block_number) AS first FROM outputs
            WHERE is_coinbase AND value > 0 GROUP BY ALL
        ),
        paid AS (SELECT account, min(block_number) AS first FROM inputs WHERE value > 0 GROUP BY ALL)
        SELECT count(*) FROM mined JOIN paid USING (account) WHERE paid.first + 100 < mined.first
    """,
        )
        >= 5
    )


def test_addresses_used_once_and_hot_ones(labelled: duckdb.DuckDBPyConnection) -> None:
    once, accounts, hottest, entries = labelled.execute("""
        SELECT count(*) FILTER (uses <= 2), count(*), max(uses), sum(uses)
        FROM (SELECT account, count(*) AS uses FROM entries GROUP BY account)
    """).fetchall()[0]
    assert once > 0.8 * accounts
    assert hottest > 0.005 * entries


def test_outputs_are_spent_within_days_with_a_long_tail(written: duckdb.DuckDBPyConnection, chain: SampleChain) -> None:
    ages = written.execute("SELECT block_number - source_block FROM inputs WHERE NOT source_is_coinbase").fetchall()
    days = np.array(ages) / chain.plan.blocks_per_day
    assert np.percentile(days, 50) < 4
    assert np.percentile(days, 99) > 200


def test_holders_expire(labelled: duckdb.DuckDBPyConnection, chain: SampleChain) -> None:
    """Accounts that hold something and have not moved for 365 days exist."""
    cutoff = chain.timeline.heights(chain.plan.days - 365).stop
    assert (
        count(
            labelled,
            f"""
        SELECT count(*) FROM (
            SELECT account FROM entries GROUP BY account HAVING sum(value) > 0 AND max(block_number) < {cutoff}
        )
    """,
        )
        > 50
    )
