"""The one writer of raw days: staged relations are checked, then written aside and renamed into place."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

import duckdb

from dagster_project.chain.consensus import DORMANT_GENESIS
from dagster_project.chain.manifest import Manifest, fingerprint_of
from dagster_project.chain.parameters import load_parameters
from dagster_project.chain.raw_checks import (
    Block,
    check_blocks,
    check_continuation,
    check_transactions,
    lake_ancestors,
    staged_blocks,
)
from dagster_project.chain.raw_files import put_in_place, removed_on_failure, write_day_files
from dagster_project.chain.script_accounts import derive_script_accounts
from dagster_project.chain.staging import readable_errors
from dagster_project.settings import Settings

SECONDS_PER_DAY = 86_400

BLOCK_COLUMNS: Mapping[str, str] = {
    "hash": "VARCHAR",
    "size": "BIGINT",
    "stripped_size": "BIGINT",
    "weight": "BIGINT",
    "number": "BIGINT",
    "version": "BIGINT",
    "merkle_root": "VARCHAR",
    "timestamp": "BIGINT",
    "nonce": "VARCHAR",
    "bits": "VARCHAR",
    "coinbase_param": "VARCHAR",
    "transaction_count": "BIGINT",
    "median_time": "BIGINT",
    "previous_hash": "VARCHAR",
}

OUTPUT_FIELDS = (
    "index BIGINT, script_asm VARCHAR, script_hex VARCHAR, required_signatures BIGINT, type VARCHAR, "
    "addresses VARCHAR[], value BIGINT"
)
INPUT_FIELDS = (
    "index BIGINT, spent_transaction_hash VARCHAR, spent_output_index BIGINT, script_asm VARCHAR, script_hex VARCHAR, "
    "sequence BIGINT, required_signatures BIGINT, type VARCHAR, addresses VARCHAR[], value BIGINT"
)
TRANSACTION_COLUMNS: Mapping[str, str] = {
    "hash": "VARCHAR",
    "size": "BIGINT",
    "virtual_size": "BIGINT",
    "version": "BIGINT",
    "lock_time": "BIGINT",
    "block_number": "BIGINT",
    "block_hash": "VARCHAR",
    "block_timestamp": "BIGINT",
    "is_coinbase": "BOOLEAN",
    "index": "BIGINT",
    "inputs": f"STRUCT({INPUT_FIELDS})[]",
    "outputs": f"STRUCT({OUTPUT_FIELDS})[]",
    "input_count": "BIGINT",
    "output_count": "BIGINT",
    "input_value": "BIGINT",
    "output_value": "BIGINT",
    "fee": "BIGINT",
}


def write_raw_days(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    days: Sequence[date],
    source: str,
    versions: Mapping[str, str],
    days_before: Callable[[], object] = lambda: None,
) -> Iterator[Manifest]:
    """Check the staged blocks of some consecutive days, then write each day and yield its manifest.

    Reads the relations ``staged_blocks`` (BLOCK_COLUMNS) and ``staged_transactions`` (TRANSACTION_COLUMNS) of the
    connection, in any row order; what belongs to other days than those asked for is left alone. A day without blocks
    is written empty. No day is put into the lake unless all the days asked for pass all checks.

    ``days_before`` returns once the lake holds the days before these, where another thread is still writing them; what
    it raises ends this one too. It is asked as late as can be: these days are put in place after those.

    Raises:
        SourceChangedError: the first block's parent is not the lake's last block of the day before.
        SatledgerError: the blocks are not whole, or the disk is full; the sentence names the height.
    """
    if not days:
        return
    parameters = load_parameters(settings.resolved_chain)
    with readable_errors(settings):
        _stage_blocks(connection, days[0], days[-1])
        blocks = staged_blocks(connection)
        check_blocks(blocks, parameters)
        _stage_transactions(connection, blocks)
        check_transactions(connection)
        derive_script_accounts(connection, parameters)
        by_day, counts = _blocks_by_day(connection, blocks), _inputs_and_outputs(connection)
        manifests = [_manifest(settings, day, by_day.get(day, []), counts, source, versions) for day in days]
        with removed_on_failure(settings.raw, days):
            write_day_files(connection, settings.raw, days, _relations())
            days_before()
            check_continuation(blocks, lake_ancestors(connection, settings, days[0]))
            yield from put_in_place(settings.raw, manifests)


def _stage_blocks(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> None:
    columns = {name: name for name in BLOCK_COLUMNS}
    # bitcoin-etl writes the nonce without leading zeros.
    columns["nonce"] = "lpad(nonce, 8, '0') AS nonce"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE raw_blocks AS
        WITH dated AS (
            SELECT *, CASE
                WHEN number = 0
                    AND lead(median_time) OVER by_height - median_time >= {DORMANT_GENESIS.total_seconds():.0f}
                    THEN lead(median_time) OVER by_height
                ELSE median_time
            END // {SECONDS_PER_DAY} AS day_number
            FROM staged_blocks
            WINDOW by_height AS (ORDER BY number)
        )
        SELECT {", ".join(columns.values())}, DATE '1970-01-01' + day_number::INTEGER AS day
        FROM dated
        -- A block without a time is kept for the check that refuses it.
        WHERE coalesce(day BETWEEN DATE '{first}' AND DATE '{last}', true)
        ORDER BY number
    """)


def _stage_transactions(connection: duckdb.DuckDBPyConnection, blocks: Sequence[Block]) -> None:
    first, last = (blocks[0].height, blocks[-1].height) if blocks else (0, -1)
    columns = dict.fromkeys(TRANSACTION_COLUMNS) | {
        "inputs": "coalesce(inputs, []) AS inputs",
        "block_timestamp": "coalesce(block_timestamp, days.timestamp) AS block_timestamp",
    }
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE raw_transactions AS
        SELECT {", ".join(sql or name for name, sql in columns.items())}, days.day
        FROM staged_transactions
        JOIN (SELECT number AS block_number, timestamp, day FROM raw_blocks) AS days USING (block_number)
        WHERE block_number BETWEEN {first} AND {last}
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP VIEW raw_outputs AS
        SELECT day, output.script_hex, output.addresses
        FROM (SELECT day, unnest(outputs) AS output FROM raw_transactions)
    """)


def _blocks_by_day(connection: duckdb.DuckDBPyConnection, blocks: Sequence[Block]) -> dict[date, list[Block]]:
    days = connection.execute("SELECT day FROM raw_blocks ORDER BY number").fetchall()
    by_day: dict[date, list[Block]] = {}
    for block, (day,) in zip(blocks, days, strict=True):
        by_day.setdefault(day, []).append(block)
    return by_day


def _inputs_and_outputs(connection: duckdb.DuckDBPyConnection) -> dict[int, tuple[int, int]]:
    """How many inputs and outputs there are at each height."""
    rows = connection.execute("""
        SELECT block_number, sum(input_count)::BIGINT, sum(output_count)::BIGINT FROM raw_transactions
        GROUP BY block_number
    """).fetchall()
    return {height: (inputs, outputs) for height, inputs, outputs in rows}


def _relations() -> dict[str, tuple[str, str]]:
    """What each file of a day holds, and the order of its rows."""
    return {
        "blocks": (f"SELECT {', '.join(BLOCK_COLUMNS)}, day FROM raw_blocks", "number"),
        "transactions": (f"SELECT {', '.join(TRANSACTION_COLUMNS)}, day FROM raw_transactions", "block_number, index"),
        "script_accounts": ("SELECT script_hex, account, day FROM raw_script_accounts", "script_hex"),
    }


def _manifest(
    settings: Settings,
    day: date,
    blocks: Sequence[Block],
    counts: Mapping[int, tuple[int, int]],
    source: str,
    versions: Mapping[str, str],
) -> Manifest:
    first, last = (blocks[0], blocks[-1]) if blocks else (None, None)
    return Manifest(
        chain=settings.resolved_chain.value,
        day=day,
        first_height=first.height if first else None,
        last_height=last.height if last else None,
        first_hash=first.hash if first else None,
        last_hash=last.hash if last else None,
        blocks=len(blocks),
        transactions=sum(block.transaction_count for block in blocks),
        inputs=sum(counts[block.height][0] for block in blocks),
        outputs=sum(counts[block.height][1] for block in blocks),
        source=source,
        versions=dict(sorted({**versions, "duckdb": duckdb.__version__}.items())),
        fingerprint=fingerprint_of(day, (block.hash for block in blocks)),
    )
