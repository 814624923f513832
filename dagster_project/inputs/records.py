"""Small records in the lake: what was written of an input, and what was read of its files. They carry a seal."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster_project.errors import SatledgerError
from dagster_project.files import file_sha256, put_in_place
from dagster_project.inputs.lake_table import aside_in
from dagster_project.seals import is_sealed, sealed

# The records of an earlier version have neither an edition nor a seal; a damaged one keeps one of them.
EDITION = 2

_MANIFEST = "manifest.json"
# All records of a lake but the manifests of raw days.
_PLACES = ("inputs/*.json", "labels/*.json", "prices/*.json", "headers/*/*.json")


def write_record(path: Path, content: Mapping[str, object]) -> None:
    """Write a record as JSON, with sorted keys, under another name, and rename it."""
    text = json.dumps({"edition": EDITION, **content}, indent=2, sort_keys=True)
    with aside_in(path.parent, path.name) as folder:
        aside = folder / path.name
        aside.write_text(sealed(text), encoding="utf-8")
        put_in_place(aside, path)


def read_record(path: Path) -> dict[str, Any]:
    """The content of a record.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it is not what was written.
    """
    data = path.read_bytes()
    fields = json.loads(data)
    if not isinstance(fields, dict) or (fields.keys() & {"edition", "seal"} and not is_sealed(data)):
        raise ValueError(f"{path} is not what was written")
    return {name: value for name, value in fields.items() if name not in ("edition", "seal")}


def refuse_damaged_records(lake: Path) -> None:
    """Refuse a lake with a record that is not what was written. Raw days have manifests of their own.

    Raises:
        SatledgerError: the first such record.
    """
    for path in _records(lake):
        try:
            read_record(path)
        except ValueError:
            raise _damaged(path) from None


def write_manifest(table: Path, content: Mapping[str, object]) -> None:
    """Write ``manifest.json`` beside a table, with the SHA-256 of the table's bytes."""
    write_record(table.with_name(_MANIFEST), {**content, "sha256": file_sha256(table)})


def read_manifest(table: Path) -> dict[str, Any]:
    """What ``manifest.json`` beside a table says; empty where there is none.

    Raises:
        SatledgerError: it is damaged.
    """
    path = table.with_name(_MANIFEST)
    try:
        return read_record(path)
    except FileNotFoundError:
        return {}
    except ValueError:
        raise _damaged(path) from None


def refuse_changed(table: Path) -> None:
    """Refuse a table whose bytes are not what was written. Earlier versions wrote no SHA-256.

    Raises:
        SatledgerError: the table or its manifest is damaged.
    """
    said = read_manifest(table).get("sha256")
    if said is not None and table.is_file() and said != file_sha256(table):
        raise _damaged(table)


def _records(lake: Path) -> Iterator[Path]:
    for place in _PLACES:
        yield from sorted(lake.glob(place))


def _damaged(path: Path) -> SatledgerError:
    return SatledgerError(f"{path} is not what was written: remove it and run `satledger build`, which writes it anew.")
