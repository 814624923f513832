"""Headers from CSV, where there is no node: for each asset one file, or several split by height.

A file has the lake's own columns: asset, height, hash, time, and either bits (bitcoin-like chains) or difficulty (other
chains). median_time, work and reward are optional; a missing median_time is computed from the times. Or the file is a
block export of ethereum-etl (number, timestamp, hash, parent_hash, difficulty), named by its asset: ``eth.csv``,
``etc_blocks_0_9.csv``.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dagster_project.errors import SatledgerError
from dagster_project.headers import proof_of_work
from dagster_project.headers.model import FIRST_HEIGHT, MEDIAN_PREDECESSORS, Asset, Header, median_of
from dagster_project.inputs.bad_rows import BadRows
from dagster_project.inputs.csv_rows import csv_rows
from dagster_project.inputs.folder import input_files
from dagster_project.inputs.intake import Intake
from dagster_project.inputs.limits import MAX_ROW

Row = dict[str, str]

REQUIRED = ("height", "hash", "time", "difficulty")
REQUIRED_OF_BITCOIN = ("height", "hash", "time", "bits")
ETHEREUM_ETL = {"number": "height", "timestamp": "time", "parent_hash": "previous_hash"}
CLOSE = 1e-9

ENDINGS = (".csv",)
SETTING = "SATLEDGER_HEADERS"


def header_files(place: Path, assets: Mapping[str, Asset], intake: Intake | None = None) -> dict[str, list[Path]]:
    """Return the CSV files of a folder, or the one file, by asset, in the order of their heights.

    Args:
        place: the folder or file.
        assets: the assets by id.
        intake: takes the files that are skipped: files of other kinds, and of assets whose headers are not imported.

    Raises:
        SatledgerError: there is no CSV file.
    """
    intake = intake or Intake("headers", place, SETTING)
    files = input_files(place, ENDINGS, intake)
    if not files:
        raise SatledgerError(f"There is no CSV file in the folder of headers {place}: check {SETTING}.")
    found: dict[str, list[tuple[int, Path]]] = {}
    for file in files:
        row = next(_rows(file, (), BadRows("headers")), (0, {}))[1]
        asset = _asset_of(file, row)
        if asset not in assets:
            intake.leave_file(file, f"of no other chain that satledger knows: {asset}")
        elif assets[asset].family == "ledger":
            intake.leave_file(file, f"of no other chain that satledger knows: {asset} (its headers are in the ledger)")
        else:
            height = row.get("height", "")
            found.setdefault(asset, []).append((int(height) if height.isdecimal() else 0, file))
    return {asset: [file for _, file in sorted(heights)] for asset, heights in sorted(found.items())}


def read_headers(
    files: Iterable[Path],
    asset: Asset,
    bad: BadRows,
    intake: Intake | None = None,
    begins: list[tuple[int, Path]] | None = None,
) -> Iterator[Header]:
    """Yield an asset's headers from its files, in order; a row that is no header, or breaks the order, goes to ``bad``.

    If the files of a bitcoin-like chain have no median times and do not begin with block 0 or 1, their first ten blocks
    are not yielded: they only serve to compute the median times of later blocks.

    Args:
        files: of one asset, by height.
        asset: the asset.
        bad: takes the bad rows.
        intake: counts by file the headers, the rows of which only the time is used, and block 0.
        begins: takes each file with the height of the first header that it yields.
    """
    intake, begins = intake or Intake("headers"), [] if begins is None else begins
    required = REQUIRED_OF_BITCOIN if asset.family == "bitcoin" else REQUIRED
    chain = _Chain(asset)
    for file in files:
        intake.take(file, 0)
        for line, row in _rows(file, required, bad):
            try:
                header = chain.next(_asset_of(file, row), row)
            except ValueError as error:
                bad.add(file, line, str(error))
                continue
            if header.height < FIRST_HEIGHT:
                intake.leave(file, "block 0, which is not mined")
            elif asset.family == "bitcoin" and header.median_time is None:
                intake.leave(file, "used for the median times of later blocks only")
            else:
                if not begins or begins[-1][1] != file:
                    begins.append((header.height, file))
                intake.take(file)
                yield header


class _Chain:
    """Checks each row against the rows before it."""

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        self._times: deque[int] = deque(maxlen=MEDIAN_PREDECESSORS + 1)
        self._first: int | None = None
        self._expected = 0
        self._parent = ""

    def next(self, asset: str, row: Row) -> Header:
        """Return the header of a row that follows those before.

        Raises:
            ValueError: it does not follow them, or is no header.
        """
        height = _integer(row, "height")
        if self._first is None:
            self._first = self._expected = height
        # Updated even for a bad row, so that the next row is not reported for the same fault.
        expected, self._expected = self._expected, height + 1
        parent, self._parent = self._parent, row["hash"]
        if asset != self.asset.id:
            raise ValueError(f"the asset is {asset}, not {self.asset.id} as before")
        if height != expected:
            raise ValueError(f"height {height} follows height {expected - 1}: heights must rise by one")
        if parent and row.get("previous_hash") not in (None, "", parent):
            raise ValueError(f"block {height} is no child of block {height - 1}")
        time = _integer(row, "time")
        previous_time = self._times[-1] if self._times and height > FIRST_HEIGHT else None
        self._times.append(time)
        has_median = len(self._times) > MEDIAN_PREDECESSORS or self._first <= FIRST_HEIGHT
        return _header(
            self.asset, row, height, time, previous_time, median_of(list(self._times)) if has_median else None
        )


def _rows(file: Path, required: Iterable[str], bad: BadRows) -> Iterator[tuple[int, Row]]:
    """Yield a file's rows under the lake's names of the columns."""
    theirs = {name: other for other, name in ETHEREUM_ETL.items()}
    try:
        with file.open(encoding="utf-8-sig", errors="replace") as opened:
            is_export = {"number", "timestamp"} <= {name.strip() for name in opened.readline(MAX_ROW).split(",")}
    except OSError as error:
        bad.add(file, 1, f"the file cannot be read ({error.strerror})")
        return
    names = [theirs.get(name, name) for name in required] if is_export else list(required)
    for line, row in csv_rows(file, names, bad):
        yield line, {ETHEREUM_ETL.get(name, name): value for name, value in row.items()} if is_export else row


def _asset_of(file: Path, row: Row) -> str:
    return (row.get("asset") or re.split(r"[^A-Za-z0-9]+", file.name)[0]).lower()


def _integer(row: Row, name: str) -> int:
    text = row.get(name, "")
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{name} is {text!r}, not a whole number")
    return int(text)


def _header(
    asset: Asset, row: Row, height: int, time: int, previous_time: int | None, computed_median: int | None
) -> Header:
    if not re.fullmatch(r"(0x)?[0-9a-f]{64}", row["hash"]):
        raise ValueError(f"hash is {row['hash']!r}, not 64 hexadecimal digits")
    reward = _integer(row, "reward") if row.get("reward") else None
    previous_hash = row.get("previous_hash") or None
    if asset.family != "bitcoin":
        # Where a row has both, work is used because it is exact: a file written from the lake has the difficulty as a
        # double.
        hashes = _integer(row, "work" if row.get("work") else "difficulty")
        return Header(
            height, row["hash"], previous_hash, time, previous_time, None, None, float(hashes), hashes, reward
        )
    bits = row["bits"].lower().removeprefix("0x")
    work, difficulty = proof_of_work.work(bits), proof_of_work.difficulty(bits, asset.difficulty_one_bits)
    if row.get("work") and _integer(row, "work") != work:
        raise ValueError(f"work is {row['work']}, but the bits {bits} mean {work}")
    if row.get("difficulty") and abs(float(row["difficulty"]) / difficulty - 1) > CLOSE:
        raise ValueError(f"difficulty is {row['difficulty']}, but the bits {bits} mean {difficulty!r}")
    median_time = _integer(row, "median_time") if row.get("median_time") else computed_median
    return Header(height, row["hash"], previous_hash, time, previous_time, median_time, bits, difficulty, work, reward)
