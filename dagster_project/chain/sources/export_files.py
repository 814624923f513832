"""Which files of a folder are exports of bitcoin-etl, what they hold and in which form."""

import codecs
import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from dagster_project.errors import SatledgerError
from dagster_project.inputs.folder import input_files
from dagster_project.inputs.intake import Intake
from dagster_project.inputs.limits import unpacking_problem

# In nearly all files the first row, a block or a coinbase, fits into this many bytes; other files are recognised by
# name.
HEAD = 1 << 18
SETTING = "SATLEDGER_FILES"
JSON_ENDINGS = (".json", ".jsonl", ".ndjson")
CSV_ENDING = ".csv"
ENDINGS = tuple(f"{ending}{gz}" for ending in (*JSON_ENDINGS, CSV_ENDING) for gz in ("", ".gz"))
WHAT_IS_NEEDED = "export it as JSON lines (with bitcoin-etl: to a name that ends in .json)"
NO_CSV = "CSV, which cannot hold inputs and outputs as they are"


class Form(StrEnum):
    """How a file's rows are written; the values are DuckDB's names."""

    LINES = "newline_delimited"
    ARRAY = "array"
    OBJECTS = "unstructured"


@dataclass(frozen=True)
class ExportFile:
    """A file of rows.

    Attributes:
        path: the file.
        form: how its rows are written.
    """

    path: Path
    form: Form


@dataclass(frozen=True)
class Exports:
    """The exports in a folder; one that holds blocks and transactions is in both lists.

    Attributes:
        blocks: files with blocks.
        transactions: files with transactions.
        enriched: files with transactions whose inputs were resolved, which often are copies of the others.
    """

    blocks: Sequence[ExportFile]
    transactions: Sequence[ExportFile]
    enriched: Sequence[ExportFile]


def find_exports(folder: Path, intake: Intake) -> Exports:
    """The exports in a folder and those below it, in order of their paths.

    A file is recognised by its name (``blocks*``, ``transactions*``, ``enriched_transactions*``) or by the ``type`` of
    its first row. Where that finds no file of a kind, the columns of the first row decide.

    Args:
        folder: the folder.
        intake: takes what is skipped: other JSON, CSV, files of other kinds and hidden ones; and what is to be read.

    Raises:
        SatledgerError: there are no blocks or no transactions, or a file is of a kind that cannot be read.
    """
    found: dict[str, list[ExportFile]] = {"blocks": [], "transactions": [], "enriched_transactions": []}
    # Recognised by their columns only. They are not used where other files say by name or type what they are: then
    # these hold something else, such as the blocks of a branch that was kept for reference.
    alike: dict[str, list[ExportFile]] = {"blocks": [], "transactions": []}
    tables: list[Path] = []
    for path in input_files(folder, ENDINGS, intake, nested=True):
        if _ending(path) == CSV_ENDING:
            intake.leave_file(path, f"{NO_CSV}: {WHAT_IS_NEEDED}" if _kind_by_name(path) else "no .json file")
            tables += [path] * bool(_kind_by_name(path))
            continue
        form, row = _look_into(path)
        kinds = _kinds_told(path, row)
        for kind in kinds:
            found[kind].append(ExportFile(path, form))
        if not kinds:
            _sort_by_columns(ExportFile(path, form), row, alike, intake)
    _take_alike(alike["blocks"], found["blocks"], found["blocks"], intake)
    sure = [*found["transactions"], *found["enriched_transactions"]]
    _take_alike(alike["transactions"], found["transactions"], sure, intake)
    exports = Exports(found["blocks"], found["transactions"], found["enriched_transactions"])
    for what, files in (("blocks", exports.blocks), ("transactions", [*exports.transactions, *exports.enriched])):
        if not files:
            if tables:
                _refuse_csv(tables[0])
            # Only the first few are named: none of these files looks like an export.
            alike_by_name = (
                f"{name}: {left.left()}"
                for name, left in sorted(intake.files.items())
                if ".json" in name or _kind_by_name(Path(name))
            )
            aside = list(islice(alike_by_name, 3))
            raise SatledgerError(
                f"There is no {what}*.json or {what}*.json.gz in {folder}: put bitcoin-etl's exports there, or set "
                f"{SETTING} to another folder" + (f" (left aside: {'; '.join(aside)})." if aside else ".")
            )
    intake.expect(file.path for files in found.values() for file in files)
    return exports


def check_compressed(path: Path) -> None:
    """Read a compressed file to its end, because DuckDB checks neither its checksum nor whether it is truncated.

    Raises:
        SatledgerError: the file is truncated or corrupt, or unpacks to more than such a file may.
    """
    if path.suffix != ".gz":
        return
    try:
        size, unpacked = path.stat().st_size, 0
        with gzip.open(path) as file:
            if not size:
                raise EOFError  # the library would treat it as a file without rows
            while read := len(file.read(1 << 20)):
                unpacked += read
                if problem := unpacking_problem(size, unpacked):
                    raise SatledgerError(f"{path} is not read, for {problem}: export it again in smaller parts.")
    except EOFError:
        raise SatledgerError(f"{path} is truncated: copy or export it again.") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise SatledgerError(f"{path} is corrupt ({error}): copy or export it again.") from None


def _ending(path: Path) -> str:
    """The file's ending in lower case, without that of compression."""
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    return plain.suffix.lower()


def _kind_by_name(path: Path) -> str | None:
    kinds = ("blocks", "transactions", "enriched_transactions")
    return next((kind for kind in kinds if path.name.startswith(kind)), None)


def _kinds_told(path: Path, row: Mapping[str, Any]) -> list[str]:
    """The kinds of rows in a file, by its name or by the type of its first row."""
    by_name = _kind_by_name(path)
    if row.get("type") in ("block", "transaction"):
        # A file of bitcoin-etl's stream, or another one whose rows give their type.
        return ["blocks", by_name if by_name == "enriched_transactions" else "transactions"]
    return [by_name] if by_name else []


def _sort_by_columns(
    file: ExportFile, row: Mapping[str, Any], alike: Mapping[str, list[ExportFile]], intake: Intake
) -> None:
    """Sort a file without a telling name or type by the columns of its first row."""
    if "hash" in row and "block_hash" in row and ("outputs" in row or "output_count" in row):
        alike["transactions"].append(file)
    elif "hash" in row and ("merkle_root" in row or "transaction_count" in row):
        alike["blocks"].append(file)
    else:
        intake.leave_file(file.path, "its rows are neither blocks nor transactions of bitcoin-etl")


def _take_alike(alike: list[ExportFile], found: list[ExportFile], sure: Sequence[ExportFile], intake: Intake) -> None:
    """Take files recognised by their columns only, unless others of that kind were recognised by name or type."""
    if not sure:
        found += alike
        return
    for file in alike:
        intake.leave_file(file.path, f"{sure[0].path.name} has a name that says what it holds, this one has not")


def _look_into(path: Path) -> tuple[Form, Mapping[str, Any]]:
    """The form of a file and its first row; the row is empty where the file's beginning does not hold it.

    Raises:
        SatledgerError: the file is not JSON, or damaged.
    """
    head = _head(path)
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if head.startswith(mark):
            raise SatledgerError(f"{path} is UTF-16 text: save it as UTF-8.")
    # The first character is ASCII; here it takes two bytes.
    if len(head) > 1 and (head[0] == 0) != (head[1] == 0):
        raise SatledgerError(f"{path} is UTF-16 text: save it as UTF-8.")
    if head.startswith(b"\x1f\x8b"):
        raise SatledgerError(f"{path} is compressed: give it a name that ends in .gz, in small letters.")
    has_mark = head.startswith(codecs.BOM_UTF8)
    text = head.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")
    start = text.lstrip()
    if start.startswith("["):
        return Form.ARRAY, _first_row(start[1:].lstrip())
    if start.startswith("{"):
        row = _first_row(start)
        whole_first_line = isinstance(_parsed(start.split("\n", 1)[0]), dict)
        # In files of lines DuckDB accepts neither a byte order mark nor rows over several lines.
        is_other = has_mark or (row and not whole_first_line)
        return (Form.OBJECTS if is_other else Form.LINES), row
    if start and _kind_by_name(path):
        if "," in start.split("\n", 1)[0] and "hash" in start.split("\n", 1)[0]:
            _refuse_csv(path)
        raise SatledgerError(f"{path} is not JSON: {WHAT_IS_NEEDED}.")
    return Form.LINES, {}


def _head(path: Path) -> bytes:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return file.read(HEAD)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        check_compressed(path)
        raise


def _first_row(text: str) -> Mapping[str, Any]:
    try:
        row, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}


def _parsed(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _refuse_csv(path: Path) -> None:
    raise SatledgerError(f"{path} is {NO_CSV}: {WHAT_IS_NEEDED}.")
