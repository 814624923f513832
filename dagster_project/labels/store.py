"""The labels in the lake: an input table of the exchange models."""

from collections.abc import Sequence
from pathlib import Path

from dagster_project.inputs.lake_table import write_table
from dagster_project.inputs.records import write_manifest
from dagster_project.labels.model import Exchanges, Label

LABELS = "labels/exchange_addresses.parquet"  # below the lake
COLUMNS = {
    "address": "VARCHAR",
    "exchange_code": "VARCHAR",
    "exchange_name": "VARCHAR",
    "role": "VARCHAR",
    "source": "VARCHAR",
    "as_of": "DATE",
    "confidence": "VARCHAR",
}


def write_labels(lake: Path, labels: Sequence[Label], exchanges: Exchanges) -> str:
    """Write ``labels/exchange_addresses.parquet`` and its manifest, and return the fingerprint of the content.

    Args:
        lake: root of the lake.
        labels: labels ordered by address; may be empty.
        exchanges: gives the exchanges' names.
    """
    rows = (
        (
            label.address,
            label.exchange_code,
            exchanges.names[label.exchange_code],
            label.role,
            label.source,
            label.as_of.isoformat(),
            label.confidence,
        )
        for label in labels
    )
    table = lake / LABELS
    fingerprint = write_table(table, COLUMNS, rows)
    write_manifest(table, {"fingerprint": fingerprint, "labels": len(labels)})
    return fingerprint
