"""Read bitcoin-etl's JSON exports, exchange labels and published truth."""

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from .ledger import Row


def json_lines(path: Path) -> Iterator[Row]:
    """Return the objects of a JSON-lines file, compressed or not."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        for line in file:
            yield json.loads(line)


def load_export(folder: Path) -> tuple[list[Row], list[Row]]:
    """All blocks and all transactions of a folder, in whatever order and split they lie there."""
    blocks = [row for path in sorted(folder.glob("blocks*.json*")) for row in json_lines(path)]
    transactions = [row for path in sorted(folder.glob("transactions*.json*")) for row in json_lines(path)]
    return blocks, transactions


def csv_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file with a header."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def load_labels(path: Path) -> dict[str, str]:
    """Exchange code by address from a CSV file of the project's label columns."""
    return {row["address"]: row["exchange_code"] for row in csv_rows(path)}
