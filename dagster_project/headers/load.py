"""Header days from everything that the settings name: CSV files first, then the assets' nodes."""

from collections.abc import Iterator
from pathlib import Path

from dagster_project.errors import SatledgerError
from dagster_project.headers.csv_folder import header_files, read_headers
from dagster_project.headers.days import linked, whole_days
from dagster_project.headers.model import read_assets
from dagster_project.headers.store import HeaderStore
from dagster_project.headers.update import Update, connect, update_headers
from dagster_project.inputs.bad_rows import BadRows
from dagster_project.settings import Settings


def load_headers(settings: Settings) -> Iterator[tuple[str, Update]]:
    """Yield, for each source of headers, its asset and what was written to the lake.

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
    if settings.headers is not None:
        yield from import_folder(settings.headers, settings.lake)
    for asset in sorted(nodes):
        yield asset, update_headers(nodes[asset], HeaderStore(settings.lake, asset))


def import_folder(folder: Path, lake: Path) -> Iterator[tuple[str, Update]]:
    """Yield, for each asset in a folder of CSV files, what was written; days that lie there in part are left out.

    Raises:
        SatledgerError: some rows are bad; all of them are named, and nothing is taken.
    """
    assets = read_assets()
    files = header_files(folder, assets)
    bad = BadRows("headers")
    for asset, paths in files.items():
        # Read twice rather than held: the blocks of eth alone would fill the memory of a small machine.
        for _ in read_headers(paths, assets[asset], bad):
            pass
    bad.refuse()
    for asset, paths in files.items():
        store, days, blocks = HeaderStore(lake, asset), 0, 0
        for day, headers in whole_days(linked(read_headers(paths, assets[asset], bad)), assets[asset].margin):
            store.write(day, headers)
            days, blocks = days + 1, blocks + len(headers)
        yield asset, Update(days, blocks)
