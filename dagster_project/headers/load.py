"""Header days from everything that the settings name: CSV files first, then the assets' nodes."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from dagster_project.errors import SatledgerError
from dagster_project.headers.csv_folder import header_files, read_headers
from dagster_project.headers.days import whole_days
from dagster_project.headers.model import Asset, read_assets
from dagster_project.headers.store import HeaderStore, Written
from dagster_project.headers.update import connect, update_headers
from dagster_project.inputs.bad_rows import BadRows
from dagster_project.inputs.lake_table import write_json
from dagster_project.sample.generate import SampleChain
from dagster_project.sample.headers import write_headers
from dagster_project.settings import Chain, Settings


def load_headers(settings: Settings) -> Iterator[tuple[str, Written]]:
    """Yield, for each source of headers, its asset and what was written to the lake.

    Without a source the sample chain has invented headers of its own, and every other chain has none.

    Raises:
        SatledgerError: a node fails, an asset is unknown, or a CSV file has bad rows; of the CSV files nothing is
            taken then.
    """
    assets = read_assets()
    unknown = sorted(set(settings.header_nodes) - set(assets))
    if unknown:
        raise SatledgerError(
            f"SATLEDGER_HEADER_NODES names {', '.join(unknown)}; the assets are {', '.join(sorted(assets))}."
        )
    nodes = {asset: connect(assets[asset], url.get_secret_value()) for asset, url in settings.header_nodes.items()}
    folder = settings.headers
    if folder is None and not nodes and settings.resolved_chain is Chain.SAMPLE:
        folder = settings.temp / "sample" / "headers"
        write_headers(folder, SampleChain())
    if folder is not None:
        yield from import_folder(folder, settings.lake)
    for asset in sorted(nodes):
        yield asset, update_headers(nodes[asset], HeaderStore(settings.lake, asset))


def import_folder(folder: Path, lake: Path) -> Iterator[tuple[str, Written]]:
    """Yield, for each asset in a folder of CSV files, what was written; days that lie there in part are left out.

    Files that were imported before, and have not changed, are not imported again.

    Raises:
        SatledgerError: some rows are bad; all of them are named, and nothing is taken.
    """
    assets = read_assets()
    changed = {asset: files for asset, files in header_files(folder, assets).items() if _changed(lake, asset, files)}
    bad = BadRows("headers")
    for asset, files in changed.items():
        # Read twice rather than held: the blocks of eth alone would fill the memory of a small machine.
        for _ in read_headers(files, assets[asset], bad):
            pass
    bad.refuse()
    for asset, files in changed.items():
        yield asset, _import(HeaderStore(lake, asset), files, assets[asset])
        write_json(_record(lake, asset), {"imported": _fingerprint(files)})


def _import(store: HeaderStore, files: Sequence[Path], asset: Asset) -> Written:
    bad = BadRows("headers")
    written = store.write(whole_days(read_headers(files, asset, bad), asset.margin))
    bad.refuse()
    return written


def _record(lake: Path, asset: str) -> Path:
    return lake / "headers" / asset / "import.json"


def _changed(lake: Path, asset: str, files: Sequence[Path]) -> bool:
    record = _record(lake, asset)
    return not record.is_file() or json.loads(record.read_text(encoding="utf-8"))["imported"] != _fingerprint(files)


def _fingerprint(files: Sequence[Path]) -> str:
    total = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()
