"""The rules of a block chain, all of which the sample chain obeys."""

import duckdb

from dagster_project.sample.generate import SampleChain
from dagster_project.sample.simulation import MATURITY


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return con.execute(sql).fetchall()


def test_every_input_spends_one_earlier_output_once(written: duckdb.DuckDBPyConnection) -> None:
    count, resolved, outpoints = rows(
        written, "SELECT count(*), count(source), count(DISTINCT (source, source_place)) FROM inputs"
    )[0]
    assert count > 15_000
    assert count == resolved == outpoints
    late = "source_block > block_number OR (source_block = block_number AND source_index >= tx_index)"
    assert rows(written, f"SELECT * FROM inputs WHERE {late}") == []


def test_coinbases_ripen(written: duckdb.DuckDBPyConnection) -> None:
    youngest = rows(written, "SELECT min(block_number - source_block) FROM inputs WHERE source_is_coinbase")[0][0]
    assert MATURITY <= youngest < MATURITY + 20


def test_transactions_conserve_value(written: duckdb.DuckDBPyConnection) -> None:
    sql = """
        SELECT hash FROM transactions JOIN (SELECT hash, sum(value) AS spent FROM inputs GROUP BY hash) USING (hash)
        WHERE output_value > spent
    """
    assert rows(written, sql) == []
    assert rows(written, "SELECT min(value) FROM outputs")[0][0] == 0


def test_coinbases_claim_subsidy_and_fees_at_most(written: duckdb.DuckDBPyConnection, chain: SampleChain) -> None:
    sql = """
        WITH spent AS (SELECT block_number, sum(value) AS spent FROM inputs GROUP BY ALL)
        SELECT block_number, coalesce(any_value(spent), 0), sum(output_value) FILTER (NOT is_coinbase),
            sum(output_value) FILTER (is_coinbase)
        FROM transactions LEFT JOIN spent USING (block_number) GROUP BY block_number ORDER BY block_number
    """
    unclaimed = [
        chain.parameters.subsidy(height) + spent - (paid or 0) - claimed
        for height, spent, paid, claimed in rows(written, sql)
    ]
    assert min(unclaimed) == 0
    assert 0.005 < sum(left > 0 for left in unclaimed) / len(unclaimed) < 0.05
    assert max(unclaimed) > chain.parameters.initial_subsidy // 8


def test_blocks_are_whole_and_linked(written: duckdb.DuckDBPyConnection) -> None:
    sql = """
        SELECT number, hash, previous_hash, transaction_count, size, stripped_size, weight,
            (SELECT count(*) FROM transactions WHERE block_number = number AND block_hash = blocks.hash
                AND block_timestamp = timestamp)
        FROM blocks ORDER BY number
    """
    parent = None
    for height, (number, name, previous, count, size, stripped, weight, counted) in enumerate(rows(written, sql)):
        assert (number, previous, count) == (height, parent, counted)
        assert weight == 3 * stripped + size
        parent = name


def test_places_and_counts(written: duckdb.DuckDBPyConnection) -> None:
    sql = """
        SELECT hash FROM transactions WHERE len(inputs) <> input_count OR len(outputs) <> output_count
            OR list_transform(inputs, x -> x.index) <> range(input_count)
            OR list_transform(outputs, x -> x.index) <> range(output_count)
            OR output_value <> list_sum(list_transform(outputs, x -> x.value))
            OR is_coinbase <> (index = 0) OR is_coinbase <> (input_count = 0)
    """
    assert rows(written, sql) == []
    places = "SELECT block_number FROM transactions GROUP BY 1 HAVING max(index) <> count(*) - 1 OR min(index) <> 0"
    assert rows(written, places) == []


def test_hashes_are_unique(written: duckdb.DuckDBPyConnection) -> None:
    for table in ("blocks", "transactions"):
        assert rows(
            written, f"SELECT count(*) = count(DISTINCT hash) AND bool_and(hash ~ '^[0-9a-f]{{64}}$') FROM {table}"
        )[0][0]


def test_inputs_are_not_enriched(written: duckdb.DuckDBPyConnection) -> None:
    sql = """
        SELECT DISTINCT input.script_asm, input.script_hex, input.sequence, input.required_signatures, input.type,
            input.addresses, input.value
        FROM inputs
    """
    assert rows(written, sql) == [("", "", 4294967293, None, None, [], None)]
    fees = "SELECT DISTINCT is_coinbase, input_value, fee = CASE WHEN is_coinbase THEN 0 ELSE -output_value END"
    assert sorted(rows(written, f"{fees} FROM transactions")) == [(False, 0, True), (True, 0, True)]
