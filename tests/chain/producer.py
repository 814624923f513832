"""A data set as the producer of the public one writes it, made from rows of a bitcoin-etl export."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from tests.chain.lake import Row
from tests.chain.raw_witnesses import Witnessed

TIMES = ("timestamp", "mediantime", "block_timestamp", "last_modified")


def write_producer_dataset(
    folder: Path,
    blocks: list[Row],
    transactions: list[Row],
    files: int = 1,
    witnesses: Mapping[str, Witnessed] | None = None,
) -> Path:
    """Write Parquet by header date, each day in some files, with only the columns that have a value in that file.

    Args:
        folder: where to.
        blocks: rows of an export.
        transactions: rows of an export.
        files: files of a day.
        witnesses: by txid, what raw blocks tell of it: then rows have these ids and witnesses, as its own have.

    """
    times = [row["timestamp"] for row in blocks]
    spent = {(row["hash"], output["index"]): output for row in transactions for output in row["outputs"]}
    rows = {
        "blocks": [_block(row, blocks, times) for row in blocks],
        "transactions": [_transaction(row, spent, witnesses or {}) for row in transactions],
    }
    for table, all_rows in rows.items():
        key = "timestamp" if table == "blocks" else "block_timestamp"
        by_day: dict[str, list[Row]] = {}
        for row in all_rows:
            by_day.setdefault(str(datetime.fromtimestamp(row[key], UTC).date()), []).append(row)
        for day, of_day in by_day.items():
            for number in range(files):
                part = of_day[number::files]
                if part:
                    _write(folder / table / f"date={day}" / f"part-{number:05d}-1b2c.snappy.parquet", part)
    return folder


def _block(row: Row, blocks: list[Row], times: list[int]) -> Row:
    height = row["number"]
    span = sorted(times[max(height - 10, 0) : height + 1])
    parent = {"previousblockhash": blocks[height - 1]["hash"]} if height else {}
    # Nothing of the export is left out, and the nonce is a number.
    return row | {"mediantime": span[len(span) // 2], "nonce": int(row["nonce"], 16), "difficulty": 1.0} | parent


def _transaction(row: Row, spent: dict[tuple[str, int], Row], witnesses: Mapping[str, Witnessed]) -> Row:
    outputs = [_script(output) for output in row["outputs"]]
    # A sum of doubles, one after the other, which is seldom exact.
    output_value = 0.0
    for output in outputs:
        output_value += output["value"]
    made = {key: row[key] for key in row if key not in ("inputs", "outputs", "input_value", "output_value", "fee")}
    made |= {"outputs": outputs, "output_value": output_value}
    if row["inputs"]:
        inputs = [
            {k: v for k, v in item.items() if k not in ("required_signatures", "type", "addresses", "value")}
            | {k: v for k, v in _resolved(item, spent).items() if k in ("type", "address", "value")}
            for item in row["inputs"]
        ]
        input_value = 0.0
        for item in inputs:
            input_value += item.get("value", 0.0)
        made |= {"inputs": inputs, "input_value": input_value, "fee": input_value - output_value}
    if row["hash"] in witnesses:
        # A coinbase's input is left out, and with it its witness.
        witnessed = witnesses[row["hash"]]
        made |= {"hash": witnessed.wtxid}
        for item, stack in zip(made.get("inputs", []), witnessed.stacks, strict=False):
            item |= {"txinwitness": stack} if stack else {}
    return made


def _resolved(item: Row, spent: dict[tuple[str, int], Row]) -> Row:
    """What an input spends; nothing where no output of the export is that."""
    output = spent.get((item["spent_transaction_hash"], item["spent_output_index"]))
    return _script(output) if output else {}


def _script(output: Row) -> Row:
    address = output["addresses"][0]
    named = {} if address.startswith("nonstandard") else {"address": address}
    return {
        "value": output["value"] / 1e8,
        "type": output["type"] if named else "pubkey",
        "script_asm": output["script_asm"],
        "script_hex": output["script_hex"],
        "required_signatures": 1,
        "index": output["index"],
        **named,
    }


def _write(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = path.with_suffix(".json")
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    present = {name for row in rows for name in row}
    times = ", ".join(f"to_timestamp({name})::TIMESTAMP AS {name}" for name in TIMES if name in present)
    with duckdb.connect() as connection:
        # Columns and fields are those that the rows have.
        connection.execute(f"""
            COPY (SELECT * REPLACE ({times}) FROM read_json('{lines}', format = 'newline_delimited', sample_size = -1))
            TO '{path}' (FORMAT parquet, COMPRESSION snappy)
        """)
    lines.unlink()


def columns_of(path: Path) -> dict[str, Any]:
    """Names and types of the columns of a Parquet file."""
    with duckdb.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(f"DESCRIBE FROM '{path}'").fetchall()}


def files_of(dataset: Path, table: str) -> Iterator[Path]:
    """The files of a table, in order."""
    yield from sorted((dataset / table).glob("date=*/*.parquet"))
