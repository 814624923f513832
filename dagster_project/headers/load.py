"""Loads header days from all sources in the settings: CSV files first, then the assets' nodes."""

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any

from dagster_project.errors import SatledgerError
from dagster_project.files import file_sha256
from dagster_project.headers.csv_folder import SETTING, header_files, read_headers
from dagster_project.headers.days import whole_days
from dagster_project.headers.model import Asset, Header, read_assets
from dagster_project.headers.month_files import MONTHS, SINGLE_DAYS
from dagster_project.headers.sample import write_headers
from dagster_project.headers.store import HeaderStore, Written
from dagster_project.headers.update import connect, update_headers
from dagster_project.inputs.bad_rows import BadRows
from dagster_project.inputs.intake import Intake
from dagster_project.inputs.records import read_record, write_record
from dagster_project.sample.generate import SampleChain
from dagster_project.settings import Chain, Settings


def load_headers(settings: Settings, intake: Intake) -> Iterator[tuple[str, Written]]:
    """Yield, for each source of headers, its asset and what was written to the lake.

    Days that an earlier version wrote are first moved into files by month. Without a source, the sample chain has
    synthetic headers, and every other chain has none.

    Args:
        settings: name the sources.
        intake: takes what the files contributed, and the new blocks of the nodes.

    Raises:
        SatledgerError: a node fails, an asset is unknown, or nothing could be taken from the user's CSV files. Or one
            of them has bad rows: then nothing is taken from any CSV file.
    """
    assets = read_assets()
    unknown = sorted(set(settings.header_nodes) - set(assets))
    if unknown:
        raise SatledgerError(
            f"SATLEDGER_HEADER_NODES names {', '.join(unknown)}; the assets are {', '.join(sorted(assets))}."
        )
    for name in sorted({path.parent.name for path in (settings.lake / "headers").glob(f"*/{SINGLE_DAYS}")}):
        HeaderStore(settings.lake, name).take_over_single_days()
    nodes = {asset: connect(assets[asset], url.get_secret_value()) for asset, url in settings.header_nodes.items()}
    folder = settings.headers
    if folder is None and not nodes and settings.resolved_chain is Chain.SAMPLE:
        folder = settings.temp / "sample" / "headers"
        write_headers(folder, SampleChain())
    if folder is not None:
        yield from import_folder(folder, settings.lake, intake)
    for asset in sorted(nodes):
        written = update_headers(nodes[asset], HeaderStore(settings.lake, asset))
        intake.take(f"new blocks of the node of {asset}", written.blocks)
        yield asset, written


def import_folder(folder: Path, lake: Path, intake: Intake | None = None) -> Iterator[tuple[str, Written]]:
    """Yield, for each asset in a folder of CSV files, what was written; incomplete days are left out.

    Files that were imported before, and have not changed, are not imported again.

    Args:
        folder: the folder, or one file.
        lake: root of the lake.
        intake: takes what each file contributed, now or when it was imported.

    Raises:
        SatledgerError: there are bad rows, which are all named, and nothing is taken; or there are no rows to take.
    """
    assets, intake = read_assets(), intake or Intake("headers", folder, SETTING)
    files_of = header_files(folder, assets, intake)
    changed = {asset: files for asset, files in files_of.items() if _changed(lake, asset, files)}
    bad = BadRows("headers")
    for asset, files in changed.items():
        # Read twice instead of kept in memory: the blocks of eth alone would fill a small machine's memory.
        for _ in read_headers(files, assets[asset], bad):
            pass
    bad.refuse()
    for asset, files in files_of.items():
        if asset not in changed:
            intake.put(_imported(lake, asset)["files"])
            continue
        found = Intake("headers", intake.source)
        written = _import(HeaderStore(lake, asset), files, assets[asset], found)
        intake.put(found.records())
        if written.days:
            months = sorted(path.name for path in _record(lake, asset).parent.glob(MONTHS))
            record = {"imported": _fingerprint(files), "files": found.records(), "months": months}
            write_record(_record(lake, asset), record)
        yield asset, written
    intake.refuse_if_nothing()


def _import(store: HeaderStore, files: Sequence[Path], asset: Asset, intake: Intake) -> Written:
    bad = BadRows("headers")
    begins: list[tuple[int, Path]] = []
    kept = Counter[Path]()

    def counted(days: Iterable[tuple[date, list[Header]]]) -> Iterator[tuple[date, list[Header]]]:
        for day, headers in days:
            for header in headers:
                kept[begins[bisect_right(begins, header.height, key=itemgetter(0)) - 1][1]] += 1
            yield day, headers

    headers = read_headers(files, asset, bad, intake, begins)
    written = store.write(counted(whole_days(headers, asset.margin)))
    bad.refuse()
    for file in files:
        intake.keep(file, kept[file], "of days that the files do not hold in whole")
    return written


def _record(lake: Path, asset: str) -> Path:
    return lake / "headers" / asset / "import.json"


def _imported(lake: Path, asset: str) -> dict[str, Any]:
    """The record of an import; empty where there is none, or it is damaged: then the files are read again."""
    try:
        return read_record(_record(lake, asset))
    except (FileNotFoundError, ValueError):
        return {}


def _changed(lake: Path, asset: str, files: Sequence[Path]) -> bool:
    record = _imported(lake, asset)
    # Earlier versions did not say which months there were.
    lost = any(not (_record(lake, asset).parent / month).is_file() for month in record.get("months", ()))
    return lost or not _is_whole(record) or record["imported"] != _fingerprint(files)


def _is_whole(record: Mapping[str, Any]) -> bool:
    try:
        Intake("headers").put(record["files"])
    except (LookupError, TypeError, AttributeError):
        return False
    return "imported" in record


def _fingerprint(files: Sequence[Path]) -> str:
    total = hashlib.sha256()
    for path in files:
        total.update(bytes.fromhex(file_sha256(path)))
    return total.hexdigest()
