"""The writer of raw days: what they hold of what a source gave."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.lake.manifest import held_manifests
from dagster_project.settings import Chain, Settings
from tests.chain.lake import (
    Row,
    changed,
    extract_all,
    files_settings,
    lake_files,
    leftovers,
    query,
    write_export,
)
from tests.chain.shaped_chain import FIRST, LAST
from tests.reference.chains import ChainOptions, build_chain
from tests.reference.consensus_time import median_times
from tests.reference.serialise import transaction_bytes

Export = tuple[list[Row], list[Row]]


@pytest.fixture(scope="module")
def rows() -> Export:
    """Blocks and transactions of a small chain that has every kind of script, and witnesses."""
    chain = build_chain(ChainOptions(seed=21, blocks=40, days=5, keys=6, payments=4))
    return chain.blocks, chain.transactions


def early(folder: Path, export: Export, threads: int = 2) -> Settings:
    """Settings for an export."""
    return files_settings(folder / "home", write_export(folder / "export", *export), threads=threads)


def test_the_first_days_of_mainnet(tmp_path: Path, mainnet_export: Export) -> None:
    export = write_export(tmp_path / "export", *mainnet_export)
    settings = files_settings(tmp_path / "home", export, Chain.MAINNET)
    manifests = extract_all(settings)
    assert held_manifests(settings.raw) == manifests
    assert [manifest.day for manifest in manifests] == [date(2009, 1, 3 + number) for number in range(9)]
    assert [manifest.blocks for manifest in manifests] == [1, 0, 0, 0, 0, 0, 19, 61, 93]
    assert [manifest.transactions for manifest in manifests] == [1, 0, 0, 0, 0, 0, 19, 61, 94]
    assert (manifests[0].first_height, manifests[1].first_height, manifests[8].last_height) == (0, None, 173)
    assert (manifests[8].inputs, manifests[8].outputs) == (1, 95)
    assert leftovers(settings) == []
    rows = query(
        settings,
        lambda table: (
            f"""
            SELECT count(DISTINCT payload), min(octet_length(payload)) FROM {table("outputs")}
            WHERE script_type = 'pubkey'
        """
        ),
    )
    assert rows[0][0] > 100 and rows[0][1] == 20  # nearly all early outputs pay to bare public keys


COLUMNS = {
    "blocks": {
        "height": "INTEGER",
        "hash": "BLOB",
        "previous_hash": "BLOB",
        "merkle_root": "BLOB",
        "version": "INTEGER",
        "time": "UINTEGER",
        "median_time": "UINTEGER",
        "bits": "UINTEGER",
        "nonce": "UINTEGER",
        "size": "INTEGER",
        "stripped_size": "INTEGER",
        "transaction_count": "INTEGER",
        "coinbase_script": "BLOB",
    },
    "transactions": {
        "height": "INTEGER",
        "tx_index": "INTEGER",
        "txid": "BLOB",
        "version": "UINTEGER",
        "lock_time": "UINTEGER",
        "size": "INTEGER",
        "witness_size": "INTEGER",
        "input_count": "INTEGER",
        "output_count": "INTEGER",
    },
    "inputs": {
        "height": "INTEGER",
        "tx_index": "INTEGER",
        "input_index": "INTEGER",
        "spent_txid": "BLOB",
        "spent_output_index": "UINTEGER",
        "sequence": "UINTEGER",
    },
    "outputs": {
        "height": "INTEGER",
        "tx_index": "INTEGER",
        "output_index": "INTEGER",
        "value": "BIGINT",
        "script_type": "VARCHAR",
        "payload": "BLOB",
        "script": "BLOB",
    },
}


@pytest.mark.parametrize("keep_scripts", [False, True])
def test_columns_are_the_same_on_empty_days(tmp_path: Path, early_export: Export, keep_scripts: bool) -> None:
    settings = changed(early(tmp_path, early_export), keep_scripts=keep_scripts)
    extract_all(settings)
    for day in (FIRST, FIRST + timedelta(1), LAST):
        assert sorted(path.stem for path in (settings.raw / str(day)).glob("*.parquet")) == sorted(COLUMNS)
        for name, columns in COLUMNS.items():
            rows = duckdb.sql(f"DESCRIBE FROM '{settings.raw}/{day}/{name}.parquet'").fetchall()
            kept = {"script": "BLOB"} if name == "inputs" and keep_scripts else {}
            assert {row[0]: row[1] for row in rows} == columns | kept


def test_a_day_holds_what_the_export_says(tmp_path: Path, rows: Export) -> None:
    """Every column of every row, computed here from the rows of the export in plain Python."""
    settings = files_settings(tmp_path / "home", write_export(tmp_path / "export", *rows))
    settings = changed(settings, keep_scripts=True)
    last = max(manifest.last_height or 0 for manifest in extract_all(settings))
    blocks = [row for row in rows[0] if row["number"] <= last]
    transactions = [row for row in rows[1] if row["block_number"] <= last]
    times = median_times([row["timestamp"] for row in blocks])
    assert table_rows(settings, "blocks") == [
        (
            row["number"],
            bytes.fromhex(row["hash"]),
            bytes.fromhex(blocks[row["number"] - 1]["hash"]) if row["number"] else bytes(32),
            bytes.fromhex(row["merkle_root"]),
            row["version"],
            row["timestamp"],
            times[row["number"]],
            int(row["bits"], 16),
            int(row["nonce"], 16),
            row["size"],
            row["stripped_size"],
            row["transaction_count"],
            bytes.fromhex(row["coinbase_param"]),
        )
        for row in blocks
    ]
    scripts = {row["number"]: row["coinbase_param"] for row in blocks}
    script_of = [scripts[row["block_number"]] if row["is_coinbase"] else None for row in transactions]
    stripped = [len(transaction_bytes(row, script)) for row, script in zip(transactions, script_of, strict=True)]
    assert table_rows(settings, "transactions") == [
        (
            row["block_number"],
            row["index"],
            bytes.fromhex(row["hash"]),
            row["version"] % 2**32,
            row["lock_time"],
            row["size"],
            row["size"] - size,
            row["input_count"],
            row["output_count"],
        )
        for row, size in zip(transactions, stripped, strict=True)
    ]
    assert any(row["size"] > size for row, size in zip(transactions, stripped, strict=True))
    assert table_rows(settings, "inputs") == [
        (
            row["block_number"],
            row["index"],
            item["index"],
            bytes.fromhex(item["spent_transaction_hash"]),
            item["spent_output_index"],
            item["sequence"],
            bytes.fromhex(item["script_hex"]),
        )
        for row in transactions
        for item in row["inputs"]
    ]
    outputs = [(row, item) for row in transactions for item in row["outputs"]]
    found = table_rows(settings, "outputs")
    assert [row[:4] for row in found] == [
        (row["block_number"], row["index"], item["index"], item["value"]) for row, item in outputs
    ]
    for (*_, kind, _, script), (_, item) in zip(found, outputs, strict=True):
        kept = kind in ("nonstandard", "nulldata", "pubkey")
        assert script == (bytes.fromhex(item["script_hex"]) if kept else None)
    assert {row[4] for row in found} > {"nonstandard", "nulldata", "pubkey", "pubkeyhash", "witness_v0_keyhash"}


def table_rows(settings: Settings, name: str) -> list[tuple[object, ...]]:
    """The rows of all days, in the order in which they lie in the files."""
    paths = sorted(settings.raw.glob(f"*/{name}.parquet"))
    return [row for path in paths for row in duckdb.sql(f"FROM '{path}'").fetchall()]


def test_rows_are_ordered_whatever_the_order_of_the_export(tmp_path: Path, early_export: Export) -> None:
    blocks, transactions = early_export
    settings = early(tmp_path / "a", early_export, threads=1)
    shuffled = early(tmp_path / "b", (blocks[::-1], transactions[1::2] + transactions[::2]), threads=2)
    extract_all(settings)
    extract_all(shuffled)
    assert lake_files(settings) == lake_files(shuffled)
