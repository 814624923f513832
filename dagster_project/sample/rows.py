"""Days of a simulation written out in bitcoin-etl's schema, as DuckDB tables."""

import hashlib

import duckdb
import numpy as np

from dagster_project.sample.plan import GENERATOR_VERSION, Plan
from dagster_project.sample.scripts import AddressForm, create_scripts
from dagster_project.sample.simulation import Day, Rows
from dagster_project.sample.timeline import Timeline

INPUT_TYPE = """STRUCT("index" BIGINT, spent_transaction_hash VARCHAR, spent_output_index BIGINT, script_asm VARCHAR,
    script_hex VARCHAR, sequence BIGINT, required_signatures BIGINT, type VARCHAR, addresses VARCHAR[],
    "value" BIGINT)[]"""


def _prefix(plan: Plan, what: str) -> str:
    """What is hashed, before a number, to name a thing: unlike in any other chain, and in no way a real one."""
    size = f"{plan.days} days {plan.blocks_per_day} blocks {plan.entries} entries"
    return f"satledger sample chain {GENERATOR_VERSION} seed {plan.seed} {size}: {what} "


def block_hash(plan: Plan, height: int) -> str:
    """The synthetic hash of a block; eight leading zeros, as a hash below a target has them."""
    return "00000000" + hashlib.sha256(f"{_prefix(plan, 'block')}{height}".encode()).hexdigest()[:56]


def _name(plan: Plan, what: str, number: str) -> str:
    """SQL for a synthetic SHA-256 that names a thing of the chain."""
    return f"sha256('{_prefix(plan, what)}' || {number})"


def _transaction_hash(plan: Plan, number: str) -> str:
    return _name(plan, "transaction", number)


def _block_hash(plan: Plan, height: str) -> str:
    return f"'00000000' || substr({_name(plan, 'block', height)}, 1, 56)"


def stage(con: duckdb.DuckDBPyConnection, plan: Plan, form: AddressForm, timeline: Timeline, days: list[Day]) -> None:
    """Create the temporary tables ``staged_blocks`` and ``staged_transactions`` of some consecutive days, in any order.

    Inputs carry no signatures and, as in bitcoin-etl's export before enrichment, no value or address; so
    ``input_value`` is 0 and ``fee`` is negative, except for coinbases.
    """
    rows = _join([day.rows for day in days])
    create_scripts(con, plan.seed, form, np.unique(rows.account))
    heights = np.concatenate([np.array(day.heights, dtype=np.int64) for day in days])
    _load(con, timeline, heights, rows)
    _transactions(con, plan)
    _blocks(con, plan)


def _join(parts: list[Rows]) -> Rows:
    return Rows(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in Rows.__dataclass_fields__})


def _load(con: duckdb.DuckDBPyConnection, timeline: Timeline, heights: np.ndarray, rows: Rows) -> None:
    """Copy the columns into temporary tables."""
    tables = {
        "sample_headers": {
            "height": heights,
            "time": timeline.time[heights],
            "median_time": timeline.median_time[heights],
            "bits": np.array([timeline.bits(height) for height in heights], dtype=object),
        },
        "sample_numbers": {"number": rows.transaction, "height": rows.height, "place": rows.index},
        "sample_inputs": {
            "number": rows.input_transaction,
            "place": rows.input_index,
            "spent": rows.spent_transaction,
            "spent_place": rows.spent_output,
        },
        "sample_outputs": {
            "number": rows.output_transaction,
            "place": rows.output_index,
            "account": rows.account,
            "value": rows.value,
        },
    }
    for name, columns in tables.items():
        con.register("sample_columns", columns)
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM sample_columns")
        con.unregister("sample_columns")


def _transactions(con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    # list_sort orders structs by their first field, the index, five times as fast as an aggregate with ORDER BY does.
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE staged_transactions AS
        WITH inputs AS (
            SELECT number, count(*) AS input_count,
                list_sort(list({{'index': place, 'spent_transaction_hash': {_transaction_hash(plan, "spent")},
                    'spent_output_index': spent_place, 'script_asm': '', 'script_hex': '', 'sequence': 4294967293,
                    'required_signatures': NULL, 'type': NULL, 'addresses': [], 'value': NULL}}
                ))::{INPUT_TYPE} AS inputs
            FROM sample_inputs GROUP BY number
        ),
        outputs AS (
            SELECT number, count(*) AS output_count, sum(value)::BIGINT AS output_value,
                list_sort(list({{'index': place, 'script_asm': script_asm, 'script_hex': script_hex,
                    'required_signatures': NULL::BIGINT, 'type': type, 'addresses': addresses, 'value': value}}
                )) AS outputs
            FROM sample_outputs JOIN sample_scripts USING (account) GROUP BY number
        ),
        sizes AS (
            SELECT *, number < 0 AS is_coinbase, coalesce(input_count, 0) AS spends,
                11 + 31 * output_count + CASE WHEN number < 0 THEN 80 ELSE 68 * spends END AS virtual_size
            FROM sample_numbers JOIN outputs USING (number) LEFT JOIN inputs USING (number)
        )
        SELECT {_transaction_hash(plan, "number")} AS hash, virtual_size + 40 * spends AS size, virtual_size,
            2::BIGINT AS version, 0::BIGINT AS lock_time, height AS block_number,
            {_block_hash(plan, "height")} AS block_hash, time AS block_timestamp, is_coinbase, place AS index,
            coalesce(inputs, []) AS inputs, outputs, spends AS input_count, output_count, 0::BIGINT AS input_value,
            output_value, CASE WHEN is_coinbase THEN 0 ELSE -output_value END AS fee
        FROM sizes JOIN sample_headers USING (height)
    """)


def _blocks(con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE staged_blocks AS
        WITH contents AS (
            SELECT block_number AS height, count(*) AS transaction_count, sum(size)::BIGINT AS size,
                sum(virtual_size)::BIGINT AS stripped_size
            FROM staged_transactions GROUP BY block_number
        )
        SELECT {_block_hash(plan, "height")} AS hash, size + 81 AS size, stripped_size + 81 AS stripped_size,
            3 * (stripped_size + 81) + size + 81 AS weight, height AS number, 536870912::BIGINT AS version,
            {_name(plan, "merkle root", "height")} AS merkle_root, time AS timestamp,
            substr({_name(plan, "nonce", "height")}, 1, 8) AS nonce, bits,
            lower(hex('satledger sample block ' || height)) AS coinbase_param, transaction_count, median_time,
            CASE WHEN height > 0 THEN {_block_hash(plan, "(height - 1)")} END AS previous_hash
        FROM sample_headers JOIN contents USING (height)
    """)
