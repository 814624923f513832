"""Blocks as tables that tests can query: one row for each block, transaction, input and output."""

import duckdb
import numpy as np
import pyarrow as pa

from dagster_project.blocks.columns import BlockColumns, Slices
from dagster_project.blocks.parameters import ChainParameters
from dagster_project.blocks.scripts import KINDS, commitments

from .script_reader import account_of


def insert(con: duckdb.DuckDBPyConnection, columns: BlockColumns, parameters: ChainParameters) -> None:
    """Append to the tables blocks, transactions, outputs and spends, which are created where they are missing."""
    heights = np.repeat(columns.heights, columns.transaction_counts)
    tx_index = np.arange(len(heights)) - np.repeat(columns.transaction_starts[:-1], columns.transaction_counts)
    outputs, inputs = np.diff(columns.output_starts), np.diff(columns.input_starts)
    scripts = strings(columns.output_scripts)
    tables = {
        "blocks": {
            "number": columns.heights,
            "hash": hexes(columns.hashes),
            "previous_hash": hexes(columns.previous_hashes),
            "coinbase_script": strings(columns.coinbase_scripts),
            "size": columns.sizes,
            "stripped_size": columns.stripped_sizes,
            "transaction_count": columns.transaction_counts,
        },
        "transactions": {
            "hash": hexes(columns.txids),
            "block_number": heights,
            "tx_index": tx_index,
            "is_coinbase": tx_index == 0,
            "size": columns.transaction_sizes,
            "stripped_size": columns.transaction_stripped_sizes,
            "input_count": inputs,
            "output_count": outputs,
        },
        "outputs": {
            "hash": np.repeat(hexes(columns.txids), outputs),
            "block_number": np.repeat(heights, outputs),
            "tx_index": np.repeat(tx_index, outputs),
            "is_coinbase": np.repeat(tx_index == 0, outputs),
            "place": places(columns.output_starts),
            "script_hex": scripts,
            "type": np.array(KINDS, dtype=object)[commitments(columns.output_scripts).kinds],
            "account": [account_of(bytes.fromhex(script), parameters) for script in scripts],
            "value": columns.values,
        },
        "spends": {
            "hash": np.repeat(hexes(columns.txids), inputs),
            "block_number": np.repeat(heights, inputs),
            "tx_index": np.repeat(tx_index, inputs),
            "place": places(columns.input_starts),
            "spent_hash": hexes(columns.spent_txids),
            "spent_place": columns.spent_indexes,
            "sequence": columns.sequences,
            "input_script": strings(columns.input_scripts),
        },
    }
    for name, fields in tables.items():
        con.register("rows_to_add", pa.table(fields))
        con.execute(f"CREATE TABLE IF NOT EXISTS {name} AS FROM rows_to_add LIMIT 0")
        con.execute(f"INSERT INTO {name} FROM rows_to_add")
        con.unregister("rows_to_add")


def join_inputs(con: duckdb.DuckDBPyConnection) -> None:
    """Create the table inputs: ``spends`` with the output that each spends; null where there is none."""
    con.execute("""
        CREATE TABLE inputs AS
        SELECT spends.*, outputs.hash AS source, outputs.block_number AS source_block, outputs.tx_index AS source_index,
            outputs.is_coinbase AS source_is_coinbase, outputs.place AS source_place, outputs.value,
            outputs.script_hex, outputs.account
        FROM spends LEFT JOIN outputs ON outputs.hash = spends.spent_hash AND outputs.place = spends.spent_place
    """)


def hexes(rows: np.ndarray) -> np.ndarray:
    return np.array([row.tobytes().hex() for row in rows], dtype=object)


def strings(slices: Slices) -> list[str]:
    return [slices[number].hex() for number in range(len(slices))]


def places(starts: np.ndarray) -> np.ndarray:
    return np.arange(starts[-1]) - np.repeat(starts[:-1], np.diff(starts))
