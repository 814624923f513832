"""A small chain as export files in the forms that people have them in."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.chain.lake import (
    Row,
    extract_all,
    files_settings,
    lake_files,
    write_export,
)
from tests.reference.chains import ChainOptions, build_chain

Rows = tuple[list[Row], list[Row]]


def small_rows() -> Rows:
    """Blocks and transactions of a small chain, as bitcoin-etl exports them."""
    chain = build_chain(ChainOptions(seed=16, blocks=30, days=5, payments=2, duplicates=False))
    return chain.blocks, chain.transactions


def built(folder: Path, export: Path) -> dict[str, bytes]:
    """The files of the lake that an export gives."""
    settings = files_settings(folder / "home", export)
    assert len(extract_all(settings)) > 3
    return lake_files(settings)


def write_text(path: Path, text: str | bytes) -> None:
    """Write a file and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def lines(rows: list[Row]) -> str:
    """Rows as JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def in_form(write: Callable[[list[Row]], str | bytes], blocks: str = "blocks.json") -> Callable[[Path, Rows], None]:
    """An export whose files are written in some form."""

    def apply(folder: Path, rows: Rows) -> None:
        write_text(folder / blocks, write(rows[0]))
        write_text(folder / blocks.replace("blocks", "transactions"), write(rows[1]))

    return apply


def as_stream(folder: Path, rows: Rows) -> None:
    """One file with blocks and transactions, as ``bitcoinetl stream`` writes them."""
    items: list[Row] = []
    for start in range(0, len(rows[0]), 4):
        items += [row | {"type": "block"} for row in rows[0][start : start + 4]]
        items += [
            row | {"type": "transaction", "item_id": f"transaction_{row['hash']}"}
            for row in rows[1]
            if start <= row["block_number"] < start + 4
        ]
    write_text(folder / "items.json", lines(items))


def enriched(rows: list[Row]) -> list[Row]:
    """Transactions as ``enrich_transactions`` writes them."""
    spent = {(row["hash"], output["index"]): output for row in rows for output in row["outputs"]}
    found = copy.deepcopy(rows)
    for row in found:
        for item in row["inputs"]:
            output = spent[item["spent_transaction_hash"], item["spent_output_index"]]
            item |= {key: output[key] for key in ("type", "addresses", "value", "required_signatures")}
        row["input_value"] = sum(item["value"] for item in row["inputs"])
        row["fee"] = row["input_value"] - row["output_value"] if row["inputs"] else 0
    return found


def with_enriched(folder: Path, rows: Rows) -> None:
    """Enriched transactions instead of the plain ones."""
    write_text(folder / "blocks.json", lines(rows[0]))
    write_text(folder / "enriched_transactions.json", lines(enriched(rows[1])))


def with_both(folder: Path, rows: Rows) -> None:
    """Plain transactions of some heights, and enriched ones of all, in files whose heights overlap."""
    write_text(folder / "blocks.json", lines(rows[0]))
    write_text(folder / "transactions.json", lines([row for row in rows[1] if 5 <= row["block_number"] <= 20]))
    for last in (12, 99):
        part = [row for row in enriched(rows[1]) if last - 87 < row["block_number"] <= last or row["block_number"] < 13]
        name = f"enriched_transactions_{last}.json"
        write_text(folder / name, lines([row for row in part if (row["block_number"] <= 12) == (last == 12)]))


def changed_rows(
    block: Callable[[Row], Row] = lambda row: {}, transaction: Callable[[Row], Row] = lambda row: {}
) -> Callable[[Path, Rows], None]:
    """An export with some columns of each row changed."""

    def apply(folder: Path, rows: Rows) -> None:
        write_export(folder, [row | block(row) for row in rows[0]], [row | transaction(row) for row in rows[1]])

    return apply


def text_time(form: str) -> Callable[[Path, Rows], None]:
    """An export whose times are text."""

    def text(seconds: int) -> str:
        return datetime.fromtimestamp(seconds, UTC).strftime(form)

    return changed_rows(
        lambda row: {"timestamp": text(row["timestamp"])},
        lambda row: {"block_timestamp": text(row["block_timestamp"])},
    )


def numbers_as_text(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    """JSON with whole numbers as text, as BigQuery exports them."""
    match value:
        case dict():
            return {key: numbers_as_text(item) for key, item in value.items()}
        case list():
            return [numbers_as_text(item) for item in value]
        case bool() | None | str():
            return value
    return str(value)


def shifted(seconds: int) -> str:
    """A time with an offset of an hour."""
    return datetime.fromtimestamp(seconds + 3_600, UTC).strftime("%Y-%m-%dT%H:%M:%S+01:00")
