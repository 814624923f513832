"""The raw days of a lake as rows of bitcoin-etl, so that the reference can be asked about any home."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from .ledger import Row

# The scripts that the lake does not keep, because kind and payload tell them, in hexadecimal digits.
SCRIPTS = {
    "pubkeyhash": "76a914{}88ac",
    "scripthash": "a914{}87",
    "witness_v0_keyhash": "0014{}",
    "witness_v0_scripthash": "0020{}",
    "witness_v1_taproot": "5120{}",
    "witness_unknown": "{}",
}


def read_raw_days(*folders: Path) -> tuple[list[Row], list[Row]]:
    """Return the blocks and transactions of all raw days in some folders, with what the reference reads of them."""

    def rows(columns: str, name: str) -> Iterator[tuple[Any, ...]]:
        files = [str(path) for folder in folders for path in sorted(folder.glob(f"*/{name}.parquet"))]
        yield from duckdb.execute(f"select {columns} from read_parquet(?)", [files]).fetchall()

    blocks = [
        {"number": height, "timestamp": time, "bits": f"{bits:08x}", "size": size, "weight": 3 * stripped_size + size}
        for height, time, bits, size, stripped_size in rows("height, time, bits, size, stripped_size", "blocks")
    ]
    transactions: dict[tuple[int, int], Row] = {}
    for height, index, txid in rows("height, tx_index, lower(hex(txid))", "transactions"):
        transactions[height, index] = {
            "hash": txid,
            "block_number": height,
            "index": index,
            "inputs": [],
            "outputs": [],
        }
    columns = "height, tx_index, input_index, lower(hex(spent_txid)), spent_output_index"
    for height, index, number, spent, output in rows(columns, "inputs"):
        transactions[height, index]["inputs"].append(
            {"index": number, "spent_transaction_hash": spent, "spent_output_index": output}
        )
    columns = "height, tx_index, output_index, value, script_type, payload, script"
    for height, index, number, value, kind, payload, script in rows(columns, "outputs"):
        digits = script.hex() if script is not None else SCRIPTS[kind].format(payload.hex())
        transactions[height, index]["outputs"].append({"index": number, "value": value, "script_hex": digits})
    return blocks, list(transactions.values())
