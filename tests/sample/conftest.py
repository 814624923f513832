"""The default sample chain in a database, written out once for all tests that only read it."""

from collections.abc import Iterator

import duckdb
import pytest

from dagster_project.sample.generate import SampleChain
from dagster_project.sample.plan import DEFAULT_PLAN


@pytest.fixture(scope="session")
def chain() -> SampleChain:
    return SampleChain(DEFAULT_PLAN)


@pytest.fixture(scope="session")
def written(chain: SampleChain) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables blocks, transactions, and unnested and numbered in chain order: inputs, outputs."""
    with duckdb.connect() as con:
        for part, _ in enumerate(chain.stage(con, 0, DEFAULT_PLAN.days)):
            verb = "INSERT INTO {}" if part else "CREATE TABLE {} AS"
            con.execute(verb.format("blocks") + " FROM staged_blocks")
            con.execute(verb.format("transactions") + " FROM staged_transactions")
        con.execute("""
            CREATE TABLE outputs AS
            SELECT hash, block_number, tx_index, is_coinbase, output.index AS place, output.script_hex,
                output.script_asm, output.type, output.addresses, output.value, output.required_signatures
            FROM (
                SELECT hash, block_number, index AS tx_index, is_coinbase, unnest(outputs) AS output FROM transactions
            )
        """)
        con.execute("""
            CREATE TABLE inputs AS
            SELECT spender.hash, spender.block_number, spender.tx_index, spender.input.index AS place, spender.input,
                outputs.hash AS source, outputs.block_number AS source_block, outputs.tx_index AS source_index,
                outputs.is_coinbase AS source_is_coinbase, outputs.place AS source_place, outputs.value,
                outputs.script_hex, outputs.addresses
            FROM (SELECT hash, block_number, index AS tx_index, unnest(inputs) AS input FROM transactions) AS spender
            LEFT JOIN outputs
                ON outputs.hash = spender.input.spent_transaction_hash
                AND outputs.place = spender.input.spent_output_index
        """)
        yield con
