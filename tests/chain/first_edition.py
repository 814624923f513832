"""Raw days as the lake's first edition had them: nested tables in bitcoin-etl's schema, frozen here for its upgrade."""

import hashlib
import json
from datetime import date
from pathlib import Path

import duckdb

from tests.reference.consensus_time import block_days, median_times
from tests.reference.random_chain import RandomChain

OUTPUT = (
    "index BIGINT, script_asm VARCHAR, script_hex VARCHAR, required_signatures BIGINT, type VARCHAR, "
    "addresses VARCHAR[], value BIGINT"
)
INPUT = (
    "index BIGINT, spent_transaction_hash VARCHAR, spent_output_index BIGINT, script_asm VARCHAR, script_hex VARCHAR, "
    "sequence BIGINT, required_signatures BIGINT, type VARCHAR, addresses VARCHAR[], value BIGINT"
)
BLOCKS = {
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
TRANSACTIONS = {
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
    "inputs": f"STRUCT({INPUT})[]",
    "outputs": f"STRUCT({OUTPUT})[]",
    "input_count": "BIGINT",
    "output_count": "BIGINT",
    "input_value": "BIGINT",
    "output_value": "BIGINT",
    "fee": "BIGINT",
}
SCRIPT_ACCOUNTS = {"script_hex": "VARCHAR", "account": "VARCHAR"}


def write_first_edition(raw: Path, chain: RandomChain, days: list[date]) -> None:
    """Write days of a chain into a lake's folder of it as the first edition did."""
    times = [row["timestamp"] for row in chain.blocks]
    medians, day_of = median_times(times), block_days(times)
    for day in days:
        blocks = [
            row
            | {
                "median_time": medians[row["number"]],
                "previous_hash": chain.blocks[row["number"] - 1]["hash"] if row["number"] else None,
                "nonce": row["nonce"].rjust(8, "0"),
            }
            for row in chain.blocks
            if day_of[row["number"]] == day
        ]
        heights = {row["number"] for row in blocks}
        transactions = [row for row in chain.transactions if row["block_number"] in heights]
        folder = raw / day.isoformat()
        folder.mkdir(parents=True)
        _write(folder / "blocks.parquet", blocks, BLOCKS, "number")
        _write(folder / "transactions.parquet", transactions, TRANSACTIONS, "block_number, index")
        _write(folder / "script_accounts.parquet", [], SCRIPT_ACCOUNTS, "script_hex")
        (folder / "manifest.json").write_text(_manifest(raw.name, day, blocks, transactions), encoding="utf-8")


def _write(path: Path, rows: list, columns: dict[str, str], order: str) -> None:
    lines = path.with_suffix(".jsonl")
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    kinds = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items()) + "}"
    with duckdb.connect() as connection:
        connection.execute(f"""
            COPY (
                SELECT * FROM read_json('{lines}', format = 'newline_delimited', columns = {kinds}) ORDER BY {order}
            ) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
        """)
    lines.unlink()


def _manifest(chain: str, day: date, blocks: list, transactions: list) -> str:
    hashes = [row["hash"] for row in blocks]
    fields = {
        "chain": chain,
        "day": day.isoformat(),
        "first_height": blocks[0]["number"] if blocks else None,
        "last_height": blocks[-1]["number"] if blocks else None,
        "first_hash": hashes[0] if blocks else None,
        "last_hash": hashes[-1] if blocks else None,
        "blocks": len(blocks),
        "transactions": len(transactions),
        "inputs": sum(row["input_count"] for row in transactions),
        "outputs": sum(row["output_count"] for row in transactions),
        "source": "node",
        "versions": {"bitcoin-etl": "1.5.2", "duckdb": duckdb.__version__, "node": "/Satoshi:28.1.0/"},
        "fingerprint": hashlib.sha256("\n".join([day.isoformat(), *hashes]).encode()).hexdigest(),
    }
    return json.dumps(fields, indent=2) + "\n"
