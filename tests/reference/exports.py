"""Read and write bitcoin-etl's JSON exports, exchange labels and prices."""

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Protocol

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


class Exportable(Protocol):
    """What a chain needs in order to be written."""

    blocks: list[Row]
    transactions: list[Row]
    labels: dict[str, str]
    prices: dict[date, Decimal]


def write_export(chain: Exportable, folder: Path, shuffle_seed: int | None = None) -> None:
    """Write ``blocks.json.gz`` and ``transactions.json.gz``; with a seed, rows out of order as several workers do."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("blocks", chain.blocks), ("transactions", chain.transactions)):
        ordered = list(rows)
        if shuffle_seed is not None:
            Random(shuffle_seed).shuffle(ordered)
        with gzip.open(folder / f"{name}.json.gz", "wt", compresslevel=1) as file:
            file.writelines(json.dumps(row) + "\n" for row in ordered)


def write_labels(chain: Exportable, path: Path) -> None:
    """Write the labels as a CSV file of the project's label columns."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("address", "exchange_code", "role", "source", "as_of", "confidence"))
        for address, code in sorted(chain.labels.items()):
            writer.writerow((address, code, "hot", "random chain", "2024-01-01", "certain"))


def write_prices(chain: Exportable, folder: Path) -> None:
    """Write the prices as ``btc.csv`` with the columns time (the day) and PriceUSD (a plain decimal)."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "btc.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("time", "PriceUSD"))
        for day, price in sorted(chain.prices.items()):
            writer.writerow((day.isoformat(), f"{price:f}"))
