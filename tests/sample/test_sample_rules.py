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
    # Ids of these are known only once those of the same block are.
    assert rows(written, "SELECT count(*) FROM inputs WHERE source_block = block_number")[0][0] > 10


def test_coinbases_ripen(written: duckdb.DuckDBPyConnection) -> None:
    youngest = rows(written, "SELECT min(block_number - source_block) FROM inputs WHERE source_is_coinbase")[0][0]
    assert MATURITY <= youngest < MATURITY + 20


def test_transactions_conserve_value(written: duckdb.DuckDBPyConnection) -> None:
    sql = """
        SELECT hash FROM (SELECT hash, sum(value) AS spent FROM inputs GROUP BY hash)
        JOIN (SELECT hash, sum(value) AS created FROM outputs GROUP BY hash) USING (hash)
        WHERE created > spent
    """
    assert rows(written, sql) == []
    assert rows(written, "SELECT min(value) FROM outputs")[0][0] == 0


def test_coinbases_claim_subsidy_and_fees_at_most(written: duckdb.DuckDBPyConnection, chain: SampleChain) -> None:
    sql = """
        WITH spent AS (SELECT block_number, sum(value) AS spent FROM inputs GROUP BY ALL)
        SELECT block_number, coalesce(any_value(spent), 0), sum(value) FILTER (NOT is_coinbase),
            sum(value) FILTER (is_coinbase)
        FROM outputs LEFT JOIN spent USING (block_number) GROUP BY block_number ORDER BY block_number
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
        SELECT number, hash, previous_hash, transaction_count, size, stripped_size, any_value(transactions.total),
            any_value(transactions.stripped), any_value(transactions.counted)
        FROM blocks JOIN (
            SELECT block_number AS number, sum(size) AS total, sum(stripped_size) AS stripped, count(*) AS counted
            FROM transactions GROUP BY block_number
        ) AS transactions USING (number)
        GROUP BY ALL ORDER BY number
    """
    parent = "0" * 64
    found = rows(written, sql)
    for height, (number, name, previous, count, size, stripped, total, total_stripped, counted) in enumerate(found):
        assert (number, previous, count) == (height, parent, counted)
        assert count < 0xFD
        assert (size, stripped) == (81 + total, 81 + total_stripped)
        parent = name


def test_places_and_counts(written: duckdb.DuckDBPyConnection) -> None:
    for table, number in (("inputs", "input_count"), ("outputs", "output_count")):
        sql = f"""
            SELECT hash FROM transactions LEFT JOIN (
                SELECT hash, count(*) AS counted, list(place ORDER BY place) AS places FROM {table} GROUP BY hash
            ) USING (hash)
            WHERE coalesce(counted, 0) <> {number} OR coalesce(places, []) <> range({number})
        """
        assert rows(written, sql) == []
    assert rows(written, "SELECT hash FROM transactions WHERE is_coinbase <> (input_count = 0)") == []
    places = (
        "SELECT block_number FROM transactions GROUP BY 1 HAVING max(tx_index) <> count(*) - 1 OR min(tx_index) <> 0"
    )
    assert rows(written, places) == []


def test_hashes_are_unique(written: duckdb.DuckDBPyConnection) -> None:
    for table in ("blocks", "transactions"):
        assert rows(
            written, f"SELECT count(*) = count(DISTINCT hash) AND bool_and(hash ~ '^[0-9a-f]{{64}}$') FROM {table}"
        )[0][0]


def test_coinbases_say_their_height(written: duckdb.DuckDBPyConnection) -> None:
    """BIP 34, read with Bitcoin's rules for numbers in scripts; a script has 2 to 100 bytes."""
    found = rows(written, "SELECT number, coinbase_script FROM blocks ORDER BY number")
    for number, text in found:
        script = bytes.fromhex(text)
        assert 2 <= len(script) <= 100
        if number <= 16:
            assert script[0] == (0x50 + number if number else 0)
        else:
            pushed = script[1 : 1 + script[0]]
            assert int.from_bytes(pushed, "little", signed=True) == number
            assert int.from_bytes(pushed[:-1] or b"\0", "little", signed=True) != number  # no byte too many
    assert len({text for _, text in found}) == len(found)


def test_inputs_show_what_their_outputs_need(written: duckdb.DuckDBPyConnection) -> None:
    """Scripts where an output without witness is spent; a witness, which only the size tells, where one is needed."""
    lengths = dict(
        rows(
            written,
            """
            SELECT outputs.type, list(DISTINCT len(input_script) // 2 ORDER BY len(input_script) // 2)
            FROM inputs JOIN outputs ON source = outputs.hash AND source_place = outputs.place GROUP BY ALL
            """,
        )
    )
    assert lengths == {
        "pubkeyhash": [106, 138],
        "scripthash": [23],
        "witness_v0_keyhash": [0],
        "witness_v0_scripthash": [0],
        "witness_v1_taproot": [0],
        "pubkey": [72],
        "nonstandard": [0, 1, 33, 73, 145],
        "witness_unknown": [0],  # the anchor
    }
    sql = """
        SELECT count(*), count(*) FILTER ((transactions.size > transactions.stripped_size) = witness)
        FROM transactions JOIN (
            SELECT hash, bool_or(script_hex ~ '^(0014.{40}|a914.*|(0020|5120).{64})$') AS witness
            FROM inputs GROUP BY hash
        ) USING (hash)
    """
    every, right = rows(written, sql)[0]
    assert every == right > 10_000


def test_signatures_are_all_different(written: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT count(*), count(DISTINCT input_script[:144]) FROM inputs WHERE len(input_script) >= 2 * 72"
    every, distinct = rows(written, sql)[0]
    assert every == distinct > 1_000
